//! `additions_max`: most people whom one plan adds to a package.
//!
//! The accident: the group of all employees is nested into a source group, and the whole company gets into a
//! customer's tenant. Grants neither count nor wait: each is somebody's decision on one person.

use super::{Judging, Verdict};
use crate::plan::Action;
use crate::plan::judge::Draft;
use std::collections::BTreeSet;

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for standing in judging.standing {
        let limit = standing.package.limits.additions_max;
        let adds = judging
            .live()
            .filter(|(_, draft)| draft.step.action.places() && draft.packages.contains(&standing.package.name))
            .filter(|(_, draft)| !draft.granted);
        let steps: BTreeSet<usize> = adds.map(|(index, _)| index).collect();
        let count = judging.people(&steps).len();
        if count > limit as usize {
            // A group of their own is not made while nobody may enter it.
            let own =
                |draft: &Draft| draft.step.action == Action::CreateGroup && draft.packages.len() == 1 && !draft.granted;
            let mut steps = steps;
            steps.extend(
                judging
                    .live()
                    .filter(|(_, draft)| own(draft) && draft.packages.contains(&standing.package.name))
                    .map(|(index, _)| index),
            );
            verdicts.push(Verdict {
                rail: "additions_max",
                package: standing.package.name.clone(),
                steps,
                limit: Some(limit),
                text: format!(
                    "{} would be added in one plan, and the limit is {limit}. {}",
                    super::people(count),
                    super::RELEASE
                ),
            });
        }
    }
    verdicts
}
