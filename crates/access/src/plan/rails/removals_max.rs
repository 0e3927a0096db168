//! `removals_max`: most people whom one plan removes from a package.
//!
//! The accident: a partner group is replaced by another one that looks right, and half of the engineers lose access
//! in one run.

use super::{Judging, Verdict};

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for standing in judging.standing {
        let limit = standing.package.limits.removals_max;
        let steps = judging.set_removals(standing.package);
        let count = judging.people(&steps).len();
        if count > limit as usize {
            verdicts.push(Verdict {
                rail: "removals_max",
                package: standing.package.name.clone(),
                steps,
                limit: Some(limit),
                text: format!(
                    "{} would be removed in one plan, and the limit is {limit}. {}",
                    super::people(count),
                    super::RELEASE
                ),
            });
        }
    }
    verdicts
}
