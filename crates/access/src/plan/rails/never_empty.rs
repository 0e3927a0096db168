//! `never_empty`: no conclusion from sets leaves a target without a single member.
//!
//! The accident: the one that remains when all counts look small: a group of two, both gone from the source by
//! mistake, and nobody left who could get in to mend it.

use super::{Judging, Verdict};
use crate::plan::Target;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let mut leaving: BTreeMap<Target, BTreeSet<usize>> = BTreeMap::new();
    for (index, draft) in judging.drafts.iter().enumerate() {
        if let (true, Some(target)) = (draft.step.action.takes(), draft.step.target) {
            leaving.entry(target).or_default().insert(index);
        }
    }
    let mut verdicts = Vec::new();
    for (target, going) in leaving {
        let members = judging.members.get(&target).copied().unwrap_or_default();
        if going.len() < members {
            continue;
        }
        let steps: BTreeSet<usize> = going
            .into_iter()
            .filter(|index| judging.drafts[*index].is_set_removal() && !judging.free[*index])
            .collect();
        let Some(package) = steps.first().map(|index| judging.drafts[*index].step.package.clone()) else { continue };
        verdicts.push(Verdict {
            rail: "never_empty",
            package,
            limit: None,
            text: format!("{target} would be left without members ({members} of {members} go). {}", super::RELEASE),
            steps,
        });
    }
    verdicts
}
