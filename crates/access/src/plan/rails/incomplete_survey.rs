//! `incomplete_survey`: absence from something that was not read to its end proves nothing.
//!
//! The accident: the partner's tenant answers half a page, or a group was deleted by mistake, and everybody who was
//! not on it loses access in every customer.

use super::{Judging, Verdict};
use crate::plan::PersonState;
use crate::plan::judge::Draft;
use std::collections::BTreeSet;

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let gap = judging.input.actual.gaps.first();
    for standing in judging.standing {
        let package = &standing.package.name;
        if let Some(why) = &standing.incomplete {
            verdicts.push(verdict(judging, package, judging.set_removals_beside(standing.package), why));
        }
        let removals = judging.set_removals(standing.package);
        if let Some(why) = gap {
            verdicts.push(verdict(judging, package, removals.clone(), why));
        }
        let doubtful = removals.into_iter().filter(|index| is_unconfirmed(judging, &judging.drafts[*index])).collect();
        verdicts.push(verdict(
            judging,
            package,
            doubtful,
            "whether somebody has left the partner is not confirmed yet",
        ));
    }
    verdicts
}

/// Whether a list says that this person left, and a read of the person has not confirmed it.
fn is_unconfirmed(judging: &Judging<'_>, draft: &Draft) -> bool {
    let person = draft.step.person.and_then(|id| judging.input.snapshot.people.get(&id));
    person.is_some_and(|person| person.state == PersonState::Unconfirmed)
}

fn verdict(judging: &Judging<'_>, package: &str, steps: BTreeSet<usize>, why: &str) -> Verdict {
    let text = format!(
        "Nobody is removed for being absent while the survey is incomplete ({why}). The next complete survey decides; to survey at once: gatehouse sync {}.",
        judging.input.customer.name
    );
    Verdict { rail: "incomplete_survey", package: package.into(), steps, limit: None, text }
}
