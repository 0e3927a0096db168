//! `removals_per_hour_all_max`: most different people whom an hour removes over all customers: the blast radius.
//!
//! The accident: a partner group that feeds two hundred customers is cleaned up by the wrong script. In each customer
//! it is a handful of people, and before anybody has read the first message they are out everywhere. One person who
//! leaves two hundred customers is one removal here.
//!
//! Who was removed elsewhere is counted outside of the plan, by reservations; see [`crate::plan::RemovalWindow`].

use super::{Judging, Verdict};
use crate::ids::ObjectId;
use crate::ledger::StepKey;
use crate::plan::input::Input;
use crate::plan::judge::Draft;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The rail's name.
pub(crate) const NAME: &str = "removals_per_hour_all_max";

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let Some(window) = &judging.input.windows.removals else { return Vec::new() };
    let limit = judging.input.settings.limits.removals_per_hour_all_max;
    let total = window.count();
    if total <= limit as usize {
        return Vec::new();
    }
    // Whoever was let through within the hour counts already, and to hold them here would not undo that.
    let is_new =
        |draft: &Draft| draft.who().is_some_and(|who| window.asked.contains(&who) && !window.granted.contains(&who));
    let held = judging.live().filter(|(_, draft)| draft.is_set_removal() && is_new(draft));
    let steps: BTreeSet<usize> = held.map(|(index, _)| index).collect();
    let Some(first) = steps.first() else { return Vec::new() };
    vec![Verdict {
        rail: NAME,
        package: judging.drafts[*first].step.package.clone(),
        limit: Some(limit),
        text: format!(
            "{} would be removed over all customers within an hour ({} of them by this plan alone), and the limit is {limit}. {}",
            super::people(total),
            judging.people(&steps).len(),
            super::RELEASE
        ),
        steps,
    }]
}

/// The people whom the window must know: those of passing set removals that nobody released.
pub(super) fn people<'d>(drafts: impl Iterator<Item = &'d Draft>, released: &BTreeSet<StepKey>) -> BTreeSet<ObjectId> {
    let counts = |draft: &&Draft| draft.is_set_removal() && !released.contains(&StepKey::of(&draft.step));
    drafts.filter(counts).filter_map(Draft::who).collect()
}

/// When somebody else stops counting; `None` while only this plan's own people do.
pub(super) fn opens(input: &Input<'_>) -> Option<Timestamp> {
    let window = input.windows.removals.as_ref()?;
    window.counted.iter().filter(|(who, _)| !window.asked.contains(*who)).map(|(_, until)| *until).min()
}
