//! `additions_max`: most people whom one plan adds to a package.
//!
//! The accident: the group of all employees is nested into a source group, and the whole company gets into a
//! customer's tenant.

use super::{Judging, Verdict};
use std::collections::BTreeSet;

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for standing in judging.standing {
        let limit = standing.package.limits.additions_max;
        let adds = judging.live().filter(|(_, draft)| {
            let step = &draft.step;
            let counts = !step.action.takes() && step.action != crate::plan::Action::AdoptMember && step.person.is_some();
            counts && draft.packages.contains(&standing.package.name)
        });
        let steps: BTreeSet<usize> = adds.map(|(index, _)| index).collect();
        let count = judging.people(&steps).len();
        if count > limit as usize {
            verdicts.push(Verdict {
                rail: "additions_max",
                package: standing.package.name.clone(),
                steps,
                limit: Some(limit),
                text: format!("{count} people would be added in one plan, and the limit is {limit}. {}", super::RELEASE),
                sets_only: true,
            });
        }
    }
    verdicts
}
