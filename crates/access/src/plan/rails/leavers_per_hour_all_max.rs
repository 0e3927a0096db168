//! `leavers_per_hour_all_max`: most people found disabled or deleted at the partner within an hour.
//!
//! The accident: an HR import goes wrong and disables half of the company. Each of them is a fact, positively read,
//! and facts go ahead beside every other rail; so this one, besides `protect`, holds facts.
//!
//! It looks at how many left together, which stays with a person until they are back: when the hour is over, the
//! accident must not trickle through. Whoever was let through before the number was reached is gone; what is still to
//! be taken from them is held like the rest.

use super::{Judging, Verdict};
use crate::plan::Cause;
use crate::plan::judge::Draft;
use std::collections::BTreeSet;

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let limit = judging.input.settings.limits.leavers_per_hour_all_max;
    let together = |draft: &Draft| {
        let by_leaving =
            draft.step.action.takes() && matches!(draft.step.cause, Some(Cause::Disabled | Cause::Deleted));
        let person = draft.step.person.filter(|_| by_leaving).and_then(|id| judging.input.snapshot.people.get(&id));
        person.map_or(0, |person| person.left_with)
    };
    let held = judging.live().filter(|(_, draft)| together(draft) > limit);
    let steps: BTreeSet<usize> = held.map(|(index, _)| index).collect();
    let Some(first) = steps.first() else { return Vec::new() };
    let most = steps.iter().map(|index| together(&judging.drafts[*index])).max().unwrap_or_default();
    vec![Verdict {
        rail: "leavers_per_hour_all_max",
        package: judging.drafts[*first].step.package.clone(),
        limit: Some(limit),
        text: format!(
            "{} were found disabled or deleted at the partner within an hour, and the limit is {limit}; until somebody has looked, nothing is taken from those of them who are here. {}",
            super::people(most as usize),
            super::RELEASE
        ),
        steps,
    }]
}
