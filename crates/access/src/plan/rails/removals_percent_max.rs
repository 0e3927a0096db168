//! `removals_percent_max`: most people whom a rolling day removes from a package, as a share of its members.
//!
//! The accident: a small group loses most of its people in several plans, each of them below the count. One person a
//! day is always allowed, or a group of three could never lose a leaver.

use super::{Judging, Verdict};
use crate::config::Package;
use crate::ids::{GuestId, ObjectId};
use jiff::SignedDuration;
use std::collections::BTreeSet;

const WINDOW: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for standing in judging.standing {
        let package = standing.package;
        let steps = judging.set_removals(package);
        if steps.is_empty() {
            continue;
        }
        let earlier = removed(judging, package, false);
        let planned: BTreeSet<ObjectId> =
            steps.iter().filter_map(|index| judging.drafts[*index].step.guest).map(ObjectId::from).collect();
        let total = earlier.union(&planned).count();
        let gone = removed(judging, package, true).len();
        let start = members_at_start(judging, package, gone);
        let percent = package.limits.removals_percent_max as usize;
        if total > 1 && total * 100 > percent * start {
            verdicts.push(Verdict {
                rail: "removals_percent_max",
                package: package.name.clone(),
                limit: Some(package.limits.removals_percent_max),
                text: format!(
                    "{total} of {start} members would be removed within 24 hours, and the limit is {percent} %. {}",
                    super::RELEASE
                ),
                steps,
                sets_only: true,
            });
        }
    }
    verdicts
}

/// Whom this package lost in the last 24 hours; `all`: also those who went because of a fact.
fn removed(judging: &Judging<'_>, package: &Package, all: bool) -> BTreeSet<ObjectId> {
    let since = judging.input.now - WINDOW;
    let ours = judging.input.ledger.removed.iter().filter(|removed| removed.at > since && removed.package == package.name);
    ours.filter(|removed| all || !removed.fact).map(|removed| ObjectId::from(removed.guest)).collect()
}

/// How many members the package had when the window began: those of now, plus who went, minus who came.
fn members_at_start(judging: &Judging<'_>, package: &Package, removed: usize) -> usize {
    let input = judging.input;
    let since = input.now - WINDOW;
    let mut now: BTreeSet<GuestId> = BTreeSet::new();
    for rows in input.ledger.rows.values() {
        let live = rows.iter().filter(|(_, row)| row.removing.is_none() && row.packages.contains(&package.name));
        now.extend(live.map(|(guest, _)| *guest));
    }
    // Strangers whom `ownership = "all"` removes are members too.
    let planned = judging.set_removals(package);
    now.extend(planned.iter().filter_map(|index| judging.drafts[*index].step.guest));
    let came = input.ledger.added.iter().filter(|(at, name)| *at > since && *name == package.name).count();
    (now.len() + removed).saturating_sub(came).max(1)
}
