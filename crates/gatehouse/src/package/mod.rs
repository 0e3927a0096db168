//! Deployable folders, made of this program and what its functions say of themselves.

mod azure;
#[cfg(test)]
mod tests;

pub use azure::azure;
