//! What people decided on held steps, as far as it counts now; and when a refusal is over.
//!
//! A refusal is of single steps, like a release. Neither time nor what else is held ends it: a step of it is over when it
//! is planned no more (somebody put the person back, or took them out by hand), or when a person releases it later.

use super::desired::Standing;
use super::input::{Input, is_certain};
use super::judge::Draft;
use super::matching::{Match, guest_of};
use super::world::{OtherAccess, PersonState, TargetState};
use crate::config::TargetGroup;
use crate::ids::PersonId;
use crate::ledger::{Entry, StepKey};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Who refused a step, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused<'a> {
    pub(super) by: &'a str,
    pub(super) at: Timestamp,
}

/// What people let through and what they refused, as far as it is still valid; the later decision on a step counts.
pub(super) fn decided<'a>(input: &Input<'a>) -> (BTreeSet<StepKey>, BTreeMap<&'a StepKey, Refused<'a>>) {
    let (mut released, mut refused) = (BTreeSet::new(), BTreeMap::new());
    for decision in input.ledger.releases.iter().filter(|known| known.is_valid(input.now)) {
        for key in &decision.steps {
            if decision.allow {
                refused.remove(key);
                released.insert(key.clone());
            } else {
                released.remove(key);
                refused.insert(key, Refused { by: &decision.by, at: decision.at });
            }
        }
    }
    (released, refused)
}

/// Who refused how many of these steps, in words; empty where nobody refused any.
pub(super) fn told<'a>(refused: impl Iterator<Item = Option<Refused<'a>>>) -> String {
    let (mut names, mut count, mut all) = (BTreeSet::new(), 0_usize, 0_usize);
    for one in refused {
        all += 1;
        if let Some(one) = one {
            count += 1;
            names.insert(one.by);
        }
    }
    let names: Vec<&str> = names.into_iter().collect();
    match count {
        0 => String::new(),
        count if count == all => format!(" Refused by {}.", names.join(", ")),
        count => format!(" Of these {all} steps {count} were refused, by {}.", names.join(", ")),
    }
}

/// The refusals that are over, each with those of its steps that are planned no more.
pub(super) fn over(input: &Input<'_>, standing: &[Standing<'_>], drafts: &[Draft]) -> Vec<Entry> {
    let mut refusals =
        input.ledger.releases.iter().filter(|known| !known.allow && known.is_valid(input.now)).peekable();
    if refusals.peek().is_none() || !is_certain(input) {
        return Vec::new();
    }
    let planned: BTreeSet<StepKey> = drafts.iter().map(|draft| StepKey::of(&draft.step)).collect();
    let ended = |key: &&StepKey| !planned.contains(key) && is_read(input, standing, key);
    let over = refusals.map(|refusal| (refusal, refusal.steps.iter().filter(ended).cloned().collect::<BTreeSet<_>>()));
    let over = over.filter(|(_, steps)| !steps.is_empty());
    over.map(|(refusal, steps)| Entry::RefusalEnded { digest: refusal.digest.clone(), steps, at: input.now }).collect()
}

/// Whether everything was read that such a step would follow from: else it may only be missing from this plan.
fn is_read(input: &Input<'_>, standing: &[Standing<'_>], key: &StepKey) -> bool {
    let concerned: Vec<&Standing<'_>> = standing.iter().filter(|one| names(input, one, key)).collect();
    if concerned.is_empty() || concerned.iter().any(|one| one.incomplete.is_some()) {
        return false;
    }
    let Some(person) = key.who.map(|id| PersonId(id.0)) else { return true };
    let inside = concerned.iter().any(|one| one.inside.contains(&person));
    let is_settled = match input.person(person) {
        Some(known) => known.state != PersonState::Unconfirmed,
        None => !inside,
    };
    let target = key.target.is_none_or(|target| {
        matches!(input.actual.targets.get(&target), Some(TargetState::Read { unwritable: None, .. }))
    });
    if !target || !is_settled || concerned.iter().any(|one| one.doubtful.contains(&person)) {
        return false;
    }
    if key.action.takes() {
        return has_read_guest(input, person);
    }
    let wanted = inside || input.live_grants().any(|grant| grant.person == person);
    !wanted || can_come(input, person)
}

/// Whether the package is one of those whose steps have this key.
fn names(input: &Input<'_>, standing: &Standing<'_>, key: &StepKey) -> bool {
    let package = standing.package;
    match (key.target, &key.group_name) {
        (Some(target), _) => {
            let place = super::desired::Place::There(target);
            super::desired::places(input, package).contains(&place)
        }
        (None, Some(wanted)) => {
            package.groups.iter().any(|group| matches!(group, TargetGroup::Create { name } if name == wanted))
        }
        (None, None) => true,
    }
}

/// Whether what else the person's guest has was read, where it was asked for.
fn has_read_guest(input: &Input<'_>, person: PersonId) -> bool {
    let guest = input.ledger.guests.get(&person).map(|row| row.guest);
    !guest.is_some_and(|guest| matches!(input.actual.access.get(&guest), Some(OtherAccess::Unread { .. })))
}

/// Whether nothing but the configuration and the partner's groups says whether the person comes in.
fn can_come(input: &Input<'_>, person: PersonId) -> bool {
    let ledger = input.ledger;
    let invites = ledger.invitations_blocked.is_none()
        && ledger.invitation_open(person).is_none()
        && !ledger.refused.contains_key(&person);
    invites && !matches!(guest_of(input, person), Match::Problem(..))
}
