//! `removals_percent_max`: most people whom a rolling day removes from a package, as a share of its members.
//!
//! The accident: a small group loses most of its people in several plans, each of them below the count. One person a
//! day is always allowed, or a group of three could never lose a leaver.

use super::{Judging, Verdict};
use crate::config::Package;
use crate::ids::ObjectId;
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// The rail's name.
pub(crate) const NAME: &str = "removals_percent_max";

/// How far it looks back.
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
        let start = members_at_start(judging, package);
        let percent = package.limits.removals_percent_max as usize;
        if total > 1 && total * 100 > percent * start {
            verdicts.push(Verdict {
                rail: NAME,
                package: package.name.clone(),
                limit: Some(package.limits.removals_percent_max),
                text: format!(
                    "{total} people would be removed within 24 hours, of {start} members at their start, and the limit is {percent} %. {}",
                    super::RELEASE
                ),
                steps,
            });
        }
    }
    verdicts
}

/// Whom this package lost in the last 24 hours; `all`: also those who went because of a fact.
fn removed(judging: &Judging<'_>, package: &Package, all: bool) -> BTreeSet<ObjectId> {
    let now = judging.input.now;
    let of_package = judging.input.ledger.removed.iter().filter(|removed| removed.package == package.name);
    let ours = of_package.filter(|removed| now.duration_since(removed.at) < WINDOW);
    ours.filter(|removed| all || !removed.fact).map(|removed| ObjectId::from(removed.guest)).collect()
}

/// How many members the package had when the window began: those of now and those who went, without those who came.
fn members_at_start(judging: &Judging<'_>, package: &Package) -> usize {
    let input = judging.input;
    let mut members = removed(judging, package, true);
    members.extend(judging.inside.get(&package.name).into_iter().flatten().map(|guest| ObjectId::from(*guest)));
    let is_recent = |at| input.now.duration_since(at) < WINDOW;
    for added in input.ledger.added.iter().filter(|added| added.package == package.name && is_recent(added.at)) {
        members.remove(&ObjectId::from(added.guest));
    }
    members.len().max(1)
}
