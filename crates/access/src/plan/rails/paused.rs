//! `paused`: while a customer is paused, nothing is done but what facts about one person take away.
//!
//! The accident: something is going wrong, here or at the customer's, and while people find out what, an automatism
//! goes on. It is somebody's order, so nobody releases single steps of it: `gatehouse resume` ends it.

use super::{Judging, Verdict};
use crate::orders::Pause;
use crate::plan::judge::Draft;
use std::collections::{BTreeMap, BTreeSet};

/// The rail's name.
pub(crate) const NAME: &str = "paused";

/// Whether the pause keeps this step back.
pub(crate) fn keeps(pause: &Pause, draft: &Draft) -> bool {
    pause.everything || !draft.step.action.takes() || draft.is_set_removal()
}

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let Some(pause) = judging.input.pause() else { return Vec::new() };
    let mut steps: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (index, draft) in judging.drafts.iter().enumerate().filter(|(_, draft)| keeps(pause, draft)) {
        steps.entry(&draft.step.package).or_default().insert(index);
    }
    let text = |count: usize| {
        let steps = if count == 1 { "1 step waits".into() } else { format!("{count} steps wait") };
        format!("{steps}: {}.", pause.sentence(judging.input.resume_name()))
    };
    steps
        .into_iter()
        .map(|(package, steps)| Verdict {
            rail: NAME,
            package: package.into(),
            limit: None,
            text: text(steps.len()),
            steps,
        })
        .collect()
}
