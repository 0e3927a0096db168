//! Decisions of people on what is held.

use crate::ledger::{Entry, Release};
use crate::plan::Planned;
use jiff::Timestamp;

/// What a person decides on everything that this plan holds.
pub(super) fn decision(planned: &Planned, allow: bool, at: Timestamp, until: Timestamp) -> Entry {
    Entry::Decided(Release {
        digest: planned.plan.digest.clone(),
        allow,
        steps: planned.held.clone(),
        by: "lea@northwind.example".into(),
        asserted: false,
        comment: None,
        at,
        until,
    })
}
