//! What a complete survey says about our own writes: the entries that bring the ledger up to it.

use super::{Entry, Intent, Ledger, Outcome, REPLICA_LAG_MAX, Row};
use crate::ids::{GuestId, ObjectId, PersonId};
use crate::plan::{Action, Actual, Target, TargetState};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Clocks differ, ours and Microsoft's: an object made this much before our intent may still be ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(2);

/// How long a membership without an answer may still turn up in a later survey. Whoever is there later was put there
/// by somebody else.
const MEMBERSHIP_LAG_MAX: SignedDuration = SignedDuration::from_hours(1);

/// How long anything else without an answer may still turn up.
const LAG_MAX: SignedDuration = SignedDuration::from_hours(24);

/// A survey at the very end of a lag still counts as within it.
const MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// How long a write of this kind without an answer may still turn up.
fn lag_of(action: Action) -> SignedDuration {
    match action {
        Action::AddMember | Action::AddToUnit | Action::GrantRole => MEMBERSHIP_LAG_MAX,
        Action::RemoveMember | Action::RemoveFromUnit | Action::RevokeRole => REPLICA_LAG_MAX,
        _ => LAG_MAX,
    }
}

impl Ledger {
    /// When, after `now`, the first of the writes whose outcome is not known can no longer turn up: a survey from then on
    /// settles it. Until it is settled, a request that it was for is not over.
    pub fn doubt_ends(&self, now: Timestamp) -> Option<Timestamp> {
        let end = |intent: &Intent| intent.at.checked_add(lag_of(intent.step.action) + MOMENT).ok();
        self.open.values().filter_map(end).filter(|end| *end > now).min()
    }
}

/// The entries that this survey justifies; folding them makes the ledger agree with it.
///
/// Only what was read counts: a target that was not read settles nothing.
pub fn settle(ledger: &Ledger, actual: &Actual, address_of: &dyn Fn(PersonId) -> Option<String>) -> Vec<Entry> {
    let mut entries = Vec::new();
    settle_memberships(ledger, actual, &mut entries);
    settle_invitations(ledger, actual, address_of, &mut entries);
    settle_groups(ledger, actual, &mut entries);
    settle_guests(ledger, actual, &mut entries);
    entries
}

/// Whether `at` lies more than `lag` before the survey.
fn is_older(actual: &Actual, at: Timestamp, lag: SignedDuration) -> bool {
    actual.taken.duration_since(at) > lag
}

/// Whether a write without an answer is so old that no later survey will show it.
fn is_given_up(actual: &Actual, intent: &Intent) -> bool {
    is_older(actual, intent.at, lag_of(intent.step.action))
}

fn present(actual: &Actual, target: Target, guest: GuestId) -> Option<bool> {
    match actual.targets.get(&target)? {
        TargetState::Read { members, .. } => Some(members.contains_key(&ObjectId::from(guest))),
        TargetState::Gone | TargetState::Unread { .. } => None,
    }
}

/// What is known about one membership before the survey.
#[derive(Default)]
struct Membership<'a> {
    row: Option<&'a Row>,
    adding: Vec<&'a Intent>,
    removing: Vec<&'a Intent>,
}

fn settle_memberships(ledger: &Ledger, actual: &Actual, entries: &mut Vec<Entry>) {
    let mut memberships: BTreeMap<(Target, GuestId), Membership<'_>> = BTreeMap::new();
    for (&target, rows) in &ledger.rows {
        for (&guest, row) in rows {
            memberships.entry((target, guest)).or_default().row = Some(row);
        }
    }
    for intent in ledger.open.values() {
        let (Some(target), Some(guest)) = (intent.step.target, intent.step.guest) else { continue };
        let membership = memberships.entry((target, guest)).or_default();
        match intent.step.action {
            Action::AddMember | Action::AddToUnit | Action::GrantRole => membership.adding.push(intent),
            Action::RemoveMember | Action::RemoveFromUnit | Action::RevokeRole => membership.removing.push(intent),
            _ => {}
        }
    }
    for ((target, guest), membership) in memberships {
        match present(actual, target, guest) {
            Some(true) => shown(actual, target, guest, &membership, entries),
            Some(false) => absent(ledger, actual, target, guest, &membership, entries),
            None => {}
        }
    }
}

fn shown(actual: &Actual, target: Target, guest: GuestId, known: &Membership<'_>, entries: &mut Vec<Entry>) {
    if let Some(intent) = known.adding.last() {
        // An addition whose answer was lost has worked.
        entries.push(Entry::Outcome { intent: intent.number, outcome: Outcome::Done, at: actual.taken });
        entries.push(Entry::Confirmed { target, guest });
        return;
    }
    // Not at the end of the lag itself any more: a run that is woken then must find it over.
    let stale = |at: Timestamp| actual.taken.duration_since(at) < REPLICA_LAG_MAX;
    for intent in known.removing.iter().filter(|intent| !stale(intent.at)) {
        entries.push(Entry::Closed { intent: intent.number });
    }
    let Some(row) = known.row else { return };
    // A removal that a stale replica does not show yet is not undone by it.
    if row.removing.is_some_and(stale) || known.removing.iter().any(|intent| stale(intent.at)) {
        return;
    }
    if !row.verified || row.vanished.is_some() || row.removing.is_some() {
        entries.push(Entry::Confirmed { target, guest });
    }
}

fn absent(
    ledger: &Ledger,
    actual: &Actual,
    target: Target,
    guest: GuestId,
    known: &Membership<'_>,
    entries: &mut Vec<Entry>,
) {
    for intent in known.adding.iter().filter(|intent| is_given_up(actual, intent)) {
        entries.push(Entry::Closed { intent: intent.number });
    }
    if let Some(intent) = known.removing.last() {
        // A removal whose answer was lost has worked.
        entries.push(Entry::Outcome { intent: intent.number, outcome: Outcome::Done, at: actual.taken });
        entries.push(Entry::Ended { target, guest });
        return;
    }
    let Some(row) = known.row else { return };
    // A guest's memberships go with the guest.
    let deleted = ledger.guests.values().any(|one| one.guest == guest && one.deleted.is_some());
    if row.removing.is_some() || deleted {
        entries.push(Entry::Ended { target, guest });
    } else if row.verified && row.vanished.is_none() {
        entries.push(Entry::Vanished { target, guest, at: actual.taken });
    }
}

/// Invitations whose answer was lost: a guest with that address who was made since is ours.
fn settle_invitations(
    ledger: &Ledger,
    actual: &Actual,
    address_of: &dyn Fn(PersonId) -> Option<String>,
    entries: &mut Vec<Entry>,
) {
    let mut settled = BTreeSet::new();
    // In order of their numbers: the first attempt may be the one that worked.
    for intent in ledger.open.values().filter(|intent| intent.step.action == Action::InviteGuest) {
        let Some(person) = intent.step.person else { continue };
        if settled.contains(&person) {
            continue;
        }
        let address = intent.step.mail.clone().or_else(|| address_of(person)).map(|mail| mail.to_lowercase());
        let found = address.and_then(|address| {
            actual.found.get(&address)?.iter().copied().find(|guest| {
                let facts = actual.guests.get(guest).filter(|facts| !facts.deleted);
                facts.is_some_and(|facts| facts.is_external() && facts.is_addressed(&address))
            })
        });
        if let Some(guest) = found {
            let ours = made_since(actual, guest, intent.at).unwrap_or(false);
            entries.push(Entry::Known { person, guest, ours, at: intent.at });
            settled.insert(person);
        } else if is_given_up(actual, intent) {
            entries.push(Entry::Closed { intent: intent.number });
        }
    }
}

/// Groups whose making was never answered: found by the name of ours, they are ours.
fn settle_groups(ledger: &Ledger, actual: &Actual, entries: &mut Vec<Entry>) {
    for intent in ledger.open.values().filter(|intent| intent.step.action == Action::CreateGroup) {
        let found = intent.step.group_name.as_ref().and_then(|name| actual.created.get(name));
        if let Some(&group) = found {
            let outcome = Outcome::Created { group };
            entries.push(Entry::Outcome { intent: intent.number, outcome, at: actual.taken });
        } else if is_given_up(actual, intent) {
            entries.push(Entry::Closed { intent: intent.number });
        }
    }
}

fn settle_guests(ledger: &Ledger, actual: &Actual, entries: &mut Vec<Entry>) {
    for (&person, row) in &ledger.guests {
        // An invitation gives an existing guest too, and that one is not ours.
        if row.ours
            && !row.verified
            && let Some(ours) = made_since(actual, row.guest, row.since)
        {
            entries.push(Entry::Known { person, guest: row.guest, ours, at: row.since });
        }
        let Some(facts) = actual.guests.get(&row.guest) else { continue };
        let undone = |at: Option<Timestamp>| at.is_some_and(|at| is_older(actual, at, REPLICA_LAG_MAX));
        if undone(row.deleted) && !facts.deleted {
            entries.push(Entry::Undone { guest: row.guest, action: Action::DeleteGuest });
        }
        if undone(row.disabled) && facts.enabled && !facts.deleted {
            entries.push(Entry::Undone { guest: row.guest, action: Action::DisableGuest });
        }
    }
    // Effects on guests that were never answered.
    for intent in ledger.open.values() {
        let Some(guest) = intent.step.guest else { continue };
        let facts = actual.guests.get(&guest);
        let shown = match intent.step.action {
            Action::DisableGuest => facts.is_some_and(|facts| !facts.enabled),
            Action::EnableGuest => facts.is_some_and(|facts| facts.enabled && !facts.deleted),
            Action::DeleteGuest => facts.is_some_and(|facts| facts.deleted) || actual.gone.contains(&guest),
            Action::RestoreGuest => facts.is_some_and(|facts| !facts.deleted),
            // Nothing shows it; done again it harms nobody, and a mail counts as sent when it was intended.
            Action::RevokeSessions | Action::ResendInvitation => false,
            _ => continue,
        };
        if shown {
            let outcome = Outcome::Done;
            entries.push(Entry::Outcome { intent: intent.number, outcome, at: actual.taken });
        } else if is_given_up(actual, intent) {
            entries.push(Entry::Closed { intent: intent.number });
        }
    }
}

/// Whether a guest was made no earlier than this; `None` where Microsoft does not say when they were made.
fn made_since(actual: &Actual, guest: GuestId, intent_at: Timestamp) -> Option<bool> {
    let created = actual.guests.get(&guest)?.created?;
    Some(intent_at.duration_since(created) <= CLOCK_SKEW)
}
