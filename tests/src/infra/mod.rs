//! The templates of `infra/`, held against the program: what stands in both must be the same.
//!
//! `infra/check` reads them with the tools that there are; what is here needs the program beside it.

mod deployment;
mod expression;
mod names;
mod watching;

pub(crate) use deployment::Deployment;

use std::path::Path;

/// The text of a file of the repository.
fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
