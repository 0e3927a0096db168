//! Collecting problems: each once, sorted.

use super::Problem;
use crate::config::Package;
use crate::ids::ObjectId;
use std::collections::BTreeSet;

/// The problems found so far.
#[derive(Default)]
pub(super) struct Problems(BTreeSet<Problem>);

impl Problems {
    /// Notes one; the same again changes nothing.
    pub(super) fn add(&mut self, code: &str, package: Option<&Package>, object: Option<ObjectId>, text: String) {
        let package = package.map(|package| package.name.clone());
        self.0.insert(Problem { code: code.into(), package, object, text });
    }

    /// Notes one about a package that may not be in the configuration any more.
    pub(super) fn add_named(&mut self, code: &str, package: &str, object: Option<ObjectId>, text: String) {
        self.0.insert(Problem { code: code.into(), package: Some(package.into()), object, text });
    }

    /// All of them, in order.
    pub(super) fn into_sorted(self) -> Vec<Problem> {
        self.0.into_iter().collect()
    }
}
