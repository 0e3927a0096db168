//! What is deployed, made of a program and what its functions say of themselves: a folder to look at, and the zip of it
//! that a cloud takes.
//!
//! The same program gives the same bytes, wherever and whenever it is packaged: somebody else can make a package again
//! and compare.

mod archive;
mod azure;
mod folder;
mod glibc;
mod host;
mod lambda;
mod made;
mod program;
#[cfg(test)]
mod tests;

pub use host::Host;
pub use made::Package;
pub use program::Program;
