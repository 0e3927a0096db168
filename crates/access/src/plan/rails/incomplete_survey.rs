//! `incomplete_survey`: absence from something that was not read to its end proves nothing.
//!
//! The accident: the partner's tenant answers half a page, or a group was deleted by mistake, and everybody who was
//! not on it loses access in every customer.

use super::{Judging, Verdict};
use std::collections::BTreeSet;

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for standing in judging.standing {
        if let Some(why) = &standing.incomplete {
            let steps = judging.set_removals_beside(standing.package);
            verdicts.push(verdict(&standing.package.name, steps, why));
        }
    }
    let unread: BTreeSet<_> = judging.unread_targets().collect();
    let gap = judging.input.actual.gaps.first();
    for standing in judging.standing {
        let steps: BTreeSet<usize> = judging
            .set_removals(standing.package)
            .into_iter()
            .filter(|index| gap.is_some() || judging.drafts[*index].step.target.is_some_and(|target| unread.contains(&target)))
            .collect();
        if let Some(why) = gap {
            verdicts.push(verdict(&standing.package.name, steps, why));
        }
    }
    verdicts
}

fn verdict(package: &str, steps: BTreeSet<usize>, why: &str) -> Verdict {
    Verdict {
        rail: "incomplete_survey",
        package: package.into(),
        steps,
        limit: None,
        text: format!("Nobody is removed for being absent while the survey is incomplete ({why}). The next complete survey decides."),
        sets_only: true,
    }
}
