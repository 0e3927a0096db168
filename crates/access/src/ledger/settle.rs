//! What a complete survey says about our own writes: the entries that bring the ledger up to it.

use super::{Entry, Ledger};
use crate::ids::{GuestId, ObjectId, PersonId};
use crate::plan::{Action, Actual, TargetState};
use jiff::{SignedDuration, Timestamp};

/// Clocks differ, ours and Microsoft's: an object made this much before our intent may still be ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(10);

/// How long an invitation without an answer may still turn up in a later survey (replication has no promised bound).
const INVITATION_LAG_MAX: SignedDuration = SignedDuration::from_hours(24);

/// The entries that this survey justifies; folding them makes the ledger agree with it.
///
/// Only what was read counts: a target that was not read, or a survey with gaps, settles nothing by absence.
pub fn settle(ledger: &Ledger, actual: &Actual, address_of: &dyn Fn(PersonId) -> Option<String>) -> Vec<Entry> {
    let mut entries = Vec::new();
    settle_rows(ledger, actual, &mut entries);
    settle_additions(ledger, actual, &mut entries);
    settle_invitations(ledger, actual, address_of, &mut entries);
    settle_guests(ledger, actual, &mut entries);
    entries
}

fn present(actual: &Actual, target: crate::plan::Target, guest: GuestId) -> Option<bool> {
    match actual.targets.get(&target)? {
        TargetState::Read { members, .. } => Some(members.contains_key(&ObjectId::from(guest))),
        TargetState::Gone | TargetState::Unread { .. } => None,
    }
}

fn settle_rows(ledger: &Ledger, actual: &Actual, entries: &mut Vec<Entry>) {
    for (&target, rows) in &ledger.rows {
        for (&guest, row) in rows {
            match present(actual, target, guest) {
                // A removal that a stale replica does not show yet is not undone by it.
                Some(true) if row.removing.is_none() && (!row.verified || row.vanished.is_some()) => {
                    entries.push(Entry::Confirmed { target, guest });
                }
                Some(false) if row.removing.is_some() => entries.push(Entry::Ended { target, guest }),
                Some(false) if row.verified && row.vanished.is_none() => {
                    entries.push(Entry::Vanished { target, guest, at: actual.taken });
                }
                _ => {}
            }
        }
    }
}

/// Additions whose answer was lost: shown by the survey, they are ours.
fn settle_additions(ledger: &Ledger, actual: &Actual, entries: &mut Vec<Entry>) {
    for intent in ledger.open.values() {
        let step = &intent.step;
        let (Some(target), Some(guest)) = (step.target, step.guest) else { continue };
        let shown = present(actual, target, guest);
        match step.action {
            Action::AddMember | Action::AddToUnit | Action::GrantRole if shown == Some(true) => {
                entries.push(Entry::Outcome {
                    intent: intent.number,
                    outcome: super::Outcome::Done,
                    at: actual.taken,
                });
                entries.push(Entry::Confirmed { target, guest });
            }
            Action::RemoveMember | Action::RemoveFromUnit | Action::RevokeRole if shown == Some(false) => {
                entries.push(Entry::Outcome {
                    intent: intent.number,
                    outcome: super::Outcome::Done,
                    at: actual.taken,
                });
                entries.push(Entry::Ended { target, guest });
            }
            _ => {}
        }
    }
}

/// Invitations whose answer was lost: a guest with that address who was made since is ours.
fn settle_invitations(
    ledger: &Ledger,
    actual: &Actual,
    address_of: &dyn Fn(PersonId) -> Option<String>,
    entries: &mut Vec<Entry>,
) {
    for intent in ledger.open.values().filter(|intent| intent.step.action == Action::InviteGuest) {
        let Some(person) = intent.step.person else { continue };
        let address = intent.step.mail.clone().map(|mail| mail.to_lowercase()).or_else(|| address_of(person));
        let found = address.and_then(|address| {
            actual.found.get(&address)?.iter().copied().find(|guest| {
                actual.guests.get(guest).is_some_and(|facts| facts.is_external() && facts.is_addressed(&address))
            })
        });
        if let Some(guest) = found {
            let ours = made_since(actual, guest, intent.at).unwrap_or(true);
            entries.push(Entry::Known { person, guest, ours, at: intent.at });
        } else if intent.at + INVITATION_LAG_MAX < actual.taken {
            entries.push(Entry::Closed { intent: intent.number });
        }
    }
}

/// Guests that an invitation gave us: it gives an existing guest too, and that one is not ours.
fn settle_guests(ledger: &Ledger, actual: &Actual, entries: &mut Vec<Entry>) {
    for (&person, row) in ledger.guests.iter().filter(|(_, row)| row.ours && !row.verified) {
        if let Some(ours) = made_since(actual, row.guest, row.since) {
            entries.push(Entry::Known { person, guest: row.guest, ours, at: row.since });
        }
    }
    // Effects on guests that were never answered.
    for intent in ledger.open.values() {
        let Some(facts) = intent.step.guest.and_then(|guest| actual.guests.get(&guest)) else { continue };
        let shown = match intent.step.action {
            Action::DisableGuest => !facts.enabled,
            Action::EnableGuest => facts.enabled && !facts.deleted,
            Action::DeleteGuest => facts.deleted,
            Action::RestoreGuest => !facts.deleted,
            _ => continue,
        };
        if shown {
            let outcome = super::Outcome::Done;
            entries.push(Entry::Outcome { intent: intent.number, outcome, at: actual.taken });
        }
    }
}

fn made_since(actual: &Actual, guest: GuestId, intent_at: Timestamp) -> Option<bool> {
    let created = actual.guests.get(&guest)?.created?;
    Some(created + CLOCK_SKEW >= intent_at)
}
