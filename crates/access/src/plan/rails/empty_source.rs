//! `empty_source`: an empty source is an error until a person says otherwise.
//!
//! The accident: somebody clears the partner's group (or a sync of an HR system does), and every customer's group
//! follows within minutes.

use super::{Judging, Verdict};

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for standing in judging.standing {
        let Some(why) = &standing.empty else { continue };
        verdicts.push(Verdict {
            rail: "empty_source",
            package: standing.package.name.clone(),
            steps: judging.set_removals_beside(standing.package),
            limit: None,
            text: format!("Nobody is removed: {why}, which is more often a mistake than meant. {}", super::RELEASE),
        });
    }
    verdicts
}
