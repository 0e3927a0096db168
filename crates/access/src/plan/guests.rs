//! Steps on guests themselves: invited, enabled, restored; and those of ours disabled and deleted as configured.

use super::desired::Standing;
use super::difference::{Difference, blank};
use super::judge::{Draft, Input};
use super::matching::{Match, guest_of};
use super::problems::Problems;
use super::world::{OtherAccess, Person};
use super::{Action, Cause};
use crate::config::Disable;
use crate::ids::{ObjectId, PersonId};
use crate::ledger::GuestRow;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Adds the steps that the additions need, and those on guests of ours who are not needed any more.
///
/// Returns when the plan changes by itself, if it does.
pub(super) fn plan_guests(
    input: &Input<'_>,
    standing: &[Standing<'_>],
    difference: &mut Difference,
    problems: &mut Problems,
) -> Option<Timestamp> {
    bring_in(input, difference);
    let mut wake = None;
    for (&id, row) in &input.ledger.guests {
        if row.ours && row.verified {
            let retiring = Retiring { input, id, row, standing };
            retiring.plan(difference, problems, &mut wake);
        }
    }
    wake
}

fn bring_in(input: &Input<'_>, difference: &mut Difference) {
    let needed: BTreeMap<PersonId, BTreeSet<String>> = std::mem::take(&mut difference.needed);
    for (&id, asking) in &needed {
        let (action, guest, why) = match guest_of(input, id) {
            Match::Nobody => (Action::InviteGuest, None, "not in the customer's tenant yet"),
            Match::DisabledByUs(guest) => (Action::EnableGuest, Some(guest), "is back; it was we who disabled them"),
            Match::DeletedByUs(guest) => (Action::RestoreGuest, Some(guest), "is back; it was we who deleted them"),
            Match::Guest(_) | Match::Problem(..) => continue,
        };
        let Some(package) = asking.first() else { continue };
        let person = input.snapshot.people.get(&id);
        let mut step = blank(action, package, why.into());
        step.person = Some(id);
        step.guest = guest;
        step.mail = person.and_then(|person| person.address(input.settings.address));
        step.name = person.and_then(|person| person.name.clone()).filter(|_| action == Action::InviteGuest);
        let retry = input.ledger.invitation_open(id).is_some();
        difference.drafts.push(Draft { step, packages: asking.clone(), retry });
    }
    difference.needed = needed;
}

/// A guest of ours, and whether it is time for them to go.
struct Retiring<'a> {
    input: &'a Input<'a>,
    id: PersonId,
    row: &'a GuestRow,
    standing: &'a [Standing<'a>],
}

impl Retiring<'_> {
    fn plan(&self, difference: &mut Difference, problems: &mut Problems, wake: &mut Option<Timestamp>) {
        let leavers = &self.input.settings.leavers;
        let Some(facts) = self.input.actual.guests.get(&self.row.guest).filter(|facts| !facts.deleted) else { return };
        let person = self.input.snapshot.people.get(&self.id);
        let left = person.filter(|person| person.has_left()).and_then(|person| person.left);
        let cause = match person.map(|person| person.state) {
            Some(super::PersonState::Disabled) => Cause::Disabled,
            Some(super::PersonState::Deleted) => Cause::Deleted,
            _ => Cause::Absent,
        };
        self.revoke_sessions(cause, difference);
        if facts.enabled {
            let idle = || self.idle_since(difference);
            let since = match leavers.disable {
                Disable::Never => None,
                Disable::Left => left,
                Disable::Unused => left.or_else(idle),
            };
            let Some(due) = since.map(|since| since + leavers.disable_after) else { return };
            if due > self.input.now {
                earlier(wake, due);
            } else if person.is_some_and(Person::has_left) || self.alone(false, difference, problems) {
                self.step(Action::DisableGuest, cause, "of ours, and needed no more", difference);
            }
        } else if let (Some(disabled), Some(after)) = (self.row.disabled, leavers.delete_after) {
            if difference.in_use.contains(&self.id) {
                return;
            }
            let due = disabled + after;
            if due > self.input.now {
                earlier(wake, due);
            } else if self.alone(true, difference, problems) {
                self.step(Action::DeleteGuest, cause, "of ours, and disabled for long enough", difference);
            }
        }
    }

    /// Since when nobody wants this person here; `None` while somebody does, or while that cannot be said.
    fn idle_since(&self, difference: &Difference) -> Option<Timestamp> {
        let uncertain = self.standing.iter().any(|standing| standing.incomplete.is_some() || standing.empty.is_some());
        let holds = self.input.ledger.rows.values().any(|rows| rows.contains_key(&self.row.guest));
        if uncertain || holds || difference.in_use.contains(&self.id) {
            return None;
        }
        Some(self.row.last_removed.unwrap_or(self.row.since))
    }

    /// Whether they have nothing here but what we gave; while it was not read or cannot be, no.
    fn alone(&self, deleting: bool, difference: &mut Difference, problems: &mut Problems) -> bool {
        let guest = self.row.guest;
        let object = Some(ObjectId::from(guest));
        match self.input.actual.access.get(&guest) {
            None => {
                difference.ask.insert(guest);
                false
            }
            Some(OtherAccess::Unread { why }) => {
                let text = format!("what else guest {guest} has could not be read ({why}), so they stay");
                problems.add("has_other_access", None, object, text);
                false
            }
            Some(OtherAccess::Known { memberships, directory_role, owns }) => {
                let ours: BTreeSet<ObjectId> = self
                    .input
                    .ledger
                    .rows
                    .iter()
                    .filter(|(_, rows)| rows.contains_key(&guest))
                    .map(|(target, _)| super::vetting::object_of(*target))
                    .collect();
                if !memberships.is_subset(&ours) || *directory_role || (deleting && *owns) {
                    let text = format!("guest {guest} has other access in the customer's tenant, so they stay");
                    problems.add("has_other_access", None, object, text);
                    return false;
                }
                true
            }
        }
    }

    /// With the last membership go the sessions.
    fn revoke_sessions(&self, cause: Cause, difference: &mut Difference) {
        if !self.input.settings.leavers.revoke_sessions {
            return;
        }
        let guest = self.row.guest;
        let held = self.input.ledger.rows.values().filter(|rows| rows.get(&guest).is_some_and(|row| row.removing.is_none())).count();
        let going = difference
            .drafts
            .iter()
            .filter(|draft| draft.step.guest == Some(guest) && draft.step.action.takes() && draft.step.target.is_some())
            .count();
        if going > 0 && going >= held && !difference.in_use.contains(&self.id) {
            self.step(Action::RevokeSessions, cause, "the last membership goes", difference);
        }
    }

    fn step(&self, action: Action, cause: Cause, why: &str, difference: &mut Difference) {
        let packages: BTreeSet<String> = self.input.customer.packages.iter().map(|one| one.name.clone()).take(1).collect();
        let package = packages.first().cloned().unwrap_or_default();
        let mut step = blank(action, &package, format!("guest {why}"));
        step.person = Some(self.id);
        step.guest = Some(self.row.guest);
        step.cause = Some(cause);
        step.mail = self.input.actual.guests.get(&self.row.guest).and_then(|facts| facts.mail.clone());
        difference.drafts.push(Draft { step, packages, retry: false });
    }
}

fn earlier(wake: &mut Option<Timestamp>, at: Timestamp) {
    *wake = Some(wake.map_or(at, |known| known.min(at)));
}
