//! `removals_per_day_max`: most people whom a rolling day removes from a customer, all packages together.
//!
//! The accident: the slow drain. Every few minutes a few people fall out of a source group, each plan far below the
//! count and the packages too large for the percentage to notice; in the morning the customer has nobody left.

use super::{Judging, Verdict};
use crate::ids::GuestId;
use crate::plan::input::Input;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// The rail's name.
pub(crate) const NAME: &str = "removals_per_day_max";

/// How far it looks back.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    // The number counts per customer, so every package of one has the same.
    let limits = judging.input.customer.packages.iter().map(|package| package.limits.removals_per_day_max);
    let Some(limit) = limits.min() else { return Vec::new() };
    let removals = judging.live().filter(|(_, draft)| draft.is_set_removal());
    let steps: BTreeSet<usize> = removals.map(|(index, _)| index).collect();
    let Some(first) = steps.first() else { return Vec::new() };
    let mut people = removed(judging.input);
    let earlier = people.len();
    people.extend(steps.iter().filter_map(|index| judging.drafts[*index].step.guest));
    if people.len() <= limit as usize {
        return Vec::new();
    }
    vec![Verdict {
        rail: NAME,
        package: judging.drafts[*first].step.package.clone(),
        limit: Some(limit),
        text: format!(
            "{} would be removed from this customer within 24 hours ({earlier} of them were already), and the limit is {limit}. {}",
            super::people(people.len()),
            super::RELEASE
        ),
        steps,
    }]
}

/// Whom this customer lost in the last 24 hours, for being absent and without a person's word.
fn removed(input: &Input<'_>) -> BTreeSet<GuestId> {
    let recent = input.ledger.removed.iter().filter(|removed| input.now.duration_since(removed.at) < WINDOW);
    recent.filter(|removed| !removed.fact).map(|removed| removed.guest).collect()
}

/// When the oldest removal that the rails of a day count is forgotten.
pub(super) fn opens(input: &Input<'_>) -> Option<Timestamp> {
    let ends = input.ledger.removed.iter().filter_map(|removed| removed.at.checked_add(WINDOW).ok());
    ends.filter(|end| *end > input.now).min()
}
