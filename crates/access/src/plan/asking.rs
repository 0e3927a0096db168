//! Who asks for a membership: partner groups, grants, or both.

use super::difference::list;
use crate::ledger::Grant;
use crate::requests::RequestId;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Everything that asks for one person in one place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asking {
    /// The packages.
    pub(super) packages: BTreeSet<String>,
    /// Whether a partner group asks.
    pub(super) standing: bool,
    /// The grant that asks the longest, if any does: its end, and its request.
    pub(super) granted: Option<(Timestamp, RequestId)>,
}

impl Asking {
    /// A partner group of this package asks as well.
    pub(super) fn stand(&mut self, package: &str) {
        self.packages.insert(package.into());
        self.standing = true;
    }

    /// A grant asks as well.
    pub(super) fn grant(&mut self, grant: &Grant) {
        self.packages.insert(grant.package.clone());
        self.granted = self.granted.take().max(Some((grant.until, grant.request.clone())));
    }

    /// All that the other one asks, too.
    pub(super) fn merge(&mut self, other: &Self) {
        self.packages.extend(other.packages.iter().cloned());
        self.standing |= other.standing;
        self.granted = self.granted.take().max(other.granted.clone());
    }

    /// The line of policy, in words.
    pub(super) fn why(&self) -> String {
        match &self.granted {
            Some((until, request)) if !self.standing => {
                format!("granted {} until {} by request {request}", list(&self.packages), minute(*until))
            }
            _ => format!("in the partner groups of {}", list(&self.packages)),
        }
    }
}

/// A time as people read it.
pub(super) fn minute(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
