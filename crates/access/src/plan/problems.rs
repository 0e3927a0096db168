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

    /// All of them, in order.
    pub(super) fn into_sorted(self) -> Vec<Problem> {
        self.0.into_iter().collect()
    }
}
