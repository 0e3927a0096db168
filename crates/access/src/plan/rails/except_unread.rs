//! `except_unread`: while an `except` group cannot be relied on, nobody is added.
//!
//! The accident: the group of people who must never enter customers is emptied or deleted, and all of them get in.

use super::{Judging, Verdict};
use crate::plan::Action;

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let doubtful =
        |name: &String| judging.standing.iter().any(|one| one.package.name == *name && one.additions_held.is_some());
    let mut verdicts = Vec::new();
    for standing in judging.standing {
        let Some(why) = &standing.additions_held else { continue };
        let adds = judging.live().filter(|(_, draft)| {
            // Whom another package or a grant asks for as well comes in by that.
            let named = !draft.granted
                && draft.packages.contains(&standing.package.name)
                && draft.packages.iter().all(doubtful);
            named
                && (draft.step.action.places()
                    || matches!(draft.step.action, Action::AdoptMember | Action::CreateGroup))
        });
        verdicts.push(Verdict {
            rail: "except_unread",
            package: standing.package.name.clone(),
            steps: adds.map(|(index, _)| index).collect(),
            limit: None,
            text: format!("Nobody is added: {why}, so who must stay out is not known. {}", super::RELEASE),
        });
    }
    verdicts
}
