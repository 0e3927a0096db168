//! `refused`: what a person refused stays held, although nothing else would hold it any more.
//!
//! The accident: somebody refuses removals that were a mistake, and while the group is being mended the day is over that
//! the rails look back on, or another customer's removals stop counting: and those people are out after all, with nobody's
//! word.
//!
//! It comes last, so that whatever else holds a step says so itself.

use super::Verdict;
use crate::plan::Cause;
use crate::plan::input::Input;
use crate::plan::judge::Draft;
use crate::plan::refusals::Refused;
use std::collections::{BTreeMap, BTreeSet};

/// The rail's name.
pub(crate) const NAME: &str = "refused";

/// `refused` says of each draft who refused it, if somebody did; `held` is what other rails hold.
pub(crate) fn judge(
    input: &Input<'_>,
    drafts: &[Draft],
    refused: &[Option<Refused<'_>>],
    held: &BTreeSet<usize>,
) -> Vec<Verdict> {
    let mut steps: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate().filter(|(index, _)| !held.contains(index)) {
        if refused[index].is_some_and(|refused| keeps(input, draft, refused)) {
            steps.entry(&draft.step.package).or_default().insert(index);
        }
    }
    let verdict = |(package, steps): (&str, BTreeSet<usize>)| Verdict {
        rail: NAME,
        package: package.into(),
        limit: None,
        text: format!(
            "No other rail holds this any more, but a person refused it: it stays held as long as it is planned. {}",
            super::RELEASE
        ),
        steps,
    };
    steps.into_iter().map(verdict).collect()
}

/// Whether the refusal speaks of this. A fact about the person goes ahead beside it as beside other holds, and so does
/// what somebody has granted this very person since.
fn keeps(input: &Input<'_>, draft: &Draft, refused: Refused<'_>) -> bool {
    let theirs = |package: &String, person| draft.step.person == Some(person) && draft.packages.contains(package);
    let mut grants = input.live_grants().filter(|grant| theirs(&grant.package, grant.person));
    let since = draft.granted && grants.any(|grant| grant.from > refused.at);
    !since && !draft.step.cause.is_some_and(Cause::is_fact)
}
