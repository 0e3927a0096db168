//! Against a service that is simulated at the wire, and against scripted answers.

mod answers;
pub(crate) mod fake;
mod faults;
mod lists;
mod requests;

use fake::{Dialect, Fake};

/// Both languages, each with an empty service of its own.
fn both() -> [Fake; 2] {
    [Dialect::Azure, Dialect::S3].map(Fake::new)
}
