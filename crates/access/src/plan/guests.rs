//! Steps on guests themselves: invited, enabled, restored; and those of ours disabled and deleted as configured.

use super::desired::Standing;
use super::difference::{Difference, blank};
use super::input::Input;
use super::judge::Draft;
use super::matching::{Match, guest_of};
use super::problems::Problems;
use super::vetting::object_of;
use super::world::{Guest, OtherAccess, Person};
use super::{Action, Cause, PersonState, Step, Target};
use crate::config::{Disable, Mode};
use crate::ids::{GuestId, ObjectId, PersonId};
use crate::ledger::{GuestRow, REPLICA_LAG_MAX, Row};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Adds the steps that the additions need, and those on guests of ours who are not needed any more.
pub(super) fn plan_guests(
    input: &Input<'_>,
    standing: &[Standing<'_>],
    difference: &mut Difference,
    problems: &mut Problems,
) {
    bring_in(input, difference);
    for (&id, row) in &input.ledger.guests {
        let Some(facts) = input.actual.guests.get(&row.guest) else { continue };
        if !facts.is_external() {
            continue;
        }
        let Some(person) = input.person(id) else {
            Retiring { input, id, row, facts, person: None, standing }.plan(difference, problems);
            continue;
        };
        if is_back(input, id, row, facts, person, difference) {
            if out_of_reach(input, Action::EnableGuest, row.guest, difference, problems) {
                continue;
            }
            let why = "is back; it was we who disabled them";
            let packages = difference.wanted.get(&id).cloned().unwrap_or_else(|| first_package(input));
            let step = on_guest(input, Action::EnableGuest, &packages, id, row.guest, why.into());
            difference.drafts.push(Draft::new(step, packages));
        } else {
            Retiring { input, id, row, facts, person: Some(person), standing }.plan(difference, problems);
        }
    }
}

/// Steps on guests without whom the additions cannot work.
fn bring_in(input: &Input<'_>, difference: &mut Difference) {
    for (&id, asking) in &difference.needed {
        let (action, guest, why) = match guest_of(input, id) {
            Match::Nobody => (Action::InviteGuest, None, "not in the customer's tenant yet"),
            Match::DeletedByUs(guest) => (Action::RestoreGuest, Some(guest), "is back; it was we who deleted them"),
            Match::DisabledByUs(_) | Match::Guest(_) | Match::Unusable(..) | Match::Problem(..) => continue,
        };
        let Some(package) = asking.packages.first() else { continue };
        let person = input.person(id);
        let mut step = blank(action, package, why.into());
        step.person = Some(id);
        step.guest = guest;
        step.mail = person.and_then(|person| person.address(input.settings.address));
        step.name = person.and_then(|person| person.name.clone()).filter(|_| action == Action::InviteGuest);
        let retry = input.ledger.invitation_open(id).is_some();
        difference.drafts.push(Draft { retry, ..Draft::asked(step, asking) });
    }
}

/// Whether this is somebody whom we disabled and who has returned: then they are enabled again.
fn is_back(
    input: &Input<'_>,
    id: PersonId,
    row: &GuestRow,
    facts: &Guest,
    person: &Person,
    difference: &Difference,
) -> bool {
    let ours = row.disabled.is_some() && !facts.enabled && input.mode != Mode::Offboard;
    let here = !facts.deleted || (row.deleted.is_some() && difference.needed.contains_key(&id));
    let returned = person.state == PersonState::Enabled && !input.is_denied(row.guest) && input.bar(id).is_none();
    // Whoever was disabled for being unused stays so until somebody wants them again.
    let unused = input.settings.leavers.disable == Disable::Unused || difference.kept.contains(&id);
    ours && here && returned && (difference.wanted.contains_key(&id) || !unused)
}

/// A guest of ours, and whether it is time for them to go.
struct Retiring<'a> {
    input: &'a Input<'a>,
    id: PersonId,
    row: &'a GuestRow,
    facts: &'a Guest,
    /// `None`: nobody whom the partner's side remembers.
    person: Option<&'a Person>,
    standing: &'a [Standing<'a>],
}

impl Retiring<'_> {
    fn plan(&self, difference: &mut Difference, problems: &mut Problems) {
        if !self.row.ours || !self.row.verified || self.facts.deleted {
            return;
        }
        self.revoke_sessions(difference, problems);
        let leavers = &self.input.settings.leavers;
        let fresh =
            self.input.actual.taken.duration_since(self.row.disabled.unwrap_or(Timestamp::MIN)) < REPLICA_LAG_MAX;
        if self.facts.enabled && fresh {
            // We disabled them; this read does not show it yet.
            difference.wake_at(self.row.disabled.and_then(|at| at.checked_add(REPLICA_LAG_MAX).ok()));
        } else if self.facts.enabled {
            // Who is barred waits for no setting.
            let since = match leavers.disable {
                _ if self.is_barred() => Some(self.input.now),
                _ if self.input.mode == Mode::Offboard => Some(self.input.actual.taken),
                Disable::Never => None,
                Disable::Left => self.left(),
                Disable::Unused => self.left().or_else(|| self.idle_since(difference)),
            };
            let after = if self.is_barred() || self.input.mode == Mode::Offboard {
                SignedDuration::ZERO
            } else {
                leavers.disable_after
            };
            if self.is_due(since, after, difference)
                && (self.is_barred() || self.left().is_some() || self.alone(false, difference, problems))
            {
                self.step(
                    Action::DisableGuest,
                    self.cause(difference),
                    "of ours, and needed no more",
                    difference,
                    problems,
                );
            }
        } else if let (Some(after), false) = (leavers.delete_after, difference.uses(self.id))
            && !self.may_be_back()
            && self.is_due(self.row.disabled, after, difference)
            && self.alone(true, difference, problems)
        {
            self.step(
                Action::DeleteGuest,
                self.cause(difference),
                "of ours, and disabled for long enough",
                difference,
                problems,
            );
        }
    }

    /// Whether something about them changed that no read shows yet: it may be that they are back.
    fn may_be_back(&self) -> bool {
        !self.is_barred() && self.person.is_some_and(|person| person.state == PersonState::Unconfirmed)
    }

    /// Since when they are known to have left the partner.
    fn left(&self) -> Option<Timestamp> {
        let person = self.person.filter(|person| person.has_left())?;
        Some(person.left.unwrap_or(self.input.snapshot.taken))
    }

    fn is_barred(&self) -> bool {
        self.input.bar(self.id).is_some()
    }

    fn cause(&self, difference: &Difference) -> Cause {
        let going: BTreeSet<Option<Cause>> = self.going(difference).map(|draft| draft.step.cause).collect();
        match self.person.map(|person| person.state) {
            _ if self.is_barred() => Cause::Barred,
            Some(PersonState::Disabled) => Cause::Disabled,
            Some(PersonState::Deleted) => Cause::Deleted,
            _ if self.input.is_denied(self.row.guest) => Cause::Denied,
            // Goes with the memberships of a grant: nothing was concluded from a set.
            _ if going == BTreeSet::from([Some(Cause::GrantEnded)]) => Cause::GrantEnded,
            _ if self.input.mode == Mode::Offboard => Cause::Offboarded,
            Some(PersonState::Enabled | PersonState::Unconfirmed) | None => Cause::Absent,
        }
    }

    /// Whether it is time; if not yet, the plan changes when it is.
    fn is_due(&self, since: Option<Timestamp>, after: SignedDuration, difference: &mut Difference) -> bool {
        let Some(due) = since.and_then(|since| since.checked_add(after).ok()) else { return false };
        if due > self.input.now {
            difference.wake_at(Some(due));
        }
        due <= self.input.now
    }

    /// Since when nobody wants this person here; `None` while somebody does, or while that cannot be said.
    fn idle_since(&self, difference: &Difference) -> Option<Timestamp> {
        if self.is_uncertain() || self.standing.is_empty() || difference.uses(self.id) {
            return None;
        }
        let going: BTreeSet<Target> = self.going(difference).filter_map(|draft| draft.step.target).collect();
        let held: BTreeSet<Target> = self.held().collect();
        if held.is_empty() {
            return Some(self.row.last_removed.unwrap_or(self.row.since));
        }
        held.is_subset(&going).then_some(self.input.now)
    }

    /// Whether somebody may want them whose wish could not be read.
    fn is_uncertain(&self) -> bool {
        self.standing.iter().any(|standing| standing.incomplete.is_some() || standing.empty.is_some())
    }

    /// Where they still are through us.
    fn held(&self) -> impl Iterator<Item = Target> {
        let guest = self.row.guest;
        let holds = move |row: &Row| row.removing.is_none() && row.vanished.is_none();
        let rows = self.input.ledger.rows.iter();
        rows.filter(move |(_, rows)| rows.get(&guest).is_some_and(holds)).map(|(target, _)| *target)
    }

    /// Steps of this plan that take a membership from them.
    fn going<'d>(&self, difference: &'d Difference) -> impl Iterator<Item = &'d Draft> {
        let guest = self.row.guest;
        difference.drafts.iter().filter(move |draft| {
            draft.step.guest == Some(guest) && draft.step.action.takes() && draft.step.target.is_some()
        })
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
            Some(OtherAccess::Unread { why, .. }) => {
                let text = format!("what else guest {guest} has could not be read ({why}), so they stay");
                problems.add("has_other_access", None, object, text);
                false
            }
            Some(OtherAccess::Known { memberships, directory_role, owns }) => {
                let rows = self.input.ledger.rows.iter().filter(|(_, rows)| rows.contains_key(&guest));
                let going = self.going(difference).filter_map(|draft| draft.step.target).map(object_of);
                let going: BTreeSet<ObjectId> = going.collect();
                let ours: BTreeSet<ObjectId> =
                    rows.map(|(target, _)| object_of(*target)).chain(going.iter().copied()).collect();
                if !memberships.is_subset(&ours) || *directory_role || (deleting && *owns) {
                    let text = format!("guest {guest} has other access in the customer's tenant, so they stay");
                    problems.add("has_other_access", None, object, text);
                    return false;
                }
                // Deleted with a membership of ours, they would come back with it when the customer restores them.
                let stays = deleting && !memberships.is_subset(&going);
                if stays {
                    difference.wake_at(self.input.actual.taken.checked_add(REPLICA_LAG_MAX).ok());
                }
                !stays
            }
        }
    }

    /// With the last membership go the sessions.
    fn revoke_sessions(&self, difference: &mut Difference, problems: &mut Problems) {
        if let Some(bar) = self.input.bar(self.id) {
            // Once for each time that somebody orders it, and whatever else they have.
            if self.row.revoked.is_none_or(|at| at < bar.at) {
                self.step(Action::RevokeSessions, Cause::Barred, "barred, and signed in no more", difference, problems);
            }
            return;
        }
        if !self.input.settings.leavers.revoke_sessions || difference.uses(self.id) {
            return;
        }
        let going: BTreeSet<Target> = self.going(difference).filter_map(|draft| draft.step.target).collect();
        let held: BTreeSet<Target> = self.held().collect();
        let cause = self.going(difference).filter_map(|draft| draft.step.cause).max();
        if let (Some(cause), true) = (cause, held.is_subset(&going))
            && (cause.is_fact() || !self.is_uncertain())
        {
            self.step(Action::RevokeSessions, cause, "loses the last membership", difference, problems);
        }
    }

    fn step(&self, action: Action, cause: Cause, why: &str, difference: &mut Difference, problems: &mut Problems) {
        if out_of_reach(self.input, action, self.row.guest, difference, problems) {
            return;
        }
        let of_going: BTreeSet<String> = self.going(difference).flat_map(|draft| draft.packages.clone()).collect();
        let packages = if of_going.is_empty() { first_package(self.input) } else { of_going };
        let mut step = on_guest(self.input, action, &packages, self.id, self.row.guest, format!("guest {why}"));
        step.cause = Some(cause);
        difference.drafts.push(Draft::new(step, packages));
    }
}

/// How often it is looked whether a guest has come into reach: no delta tells of it.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// Whether the step cannot work because the guest is in no unit within which our app may take it; says so.
fn out_of_reach(
    input: &Input<'_>,
    action: Action,
    guest: GuestId,
    difference: &mut Difference,
    problems: &mut Problems,
) -> bool {
    if input.actual.reach.has(guest) {
        return false;
    }
    let text = format!(
        "{} is due for guest {guest}, who is in no administrative unit within which our app is User Administrator; the customer has to put the guest into one of `scoped_to`, or to do it by hand",
        action.name()
    );
    problems.add("guest_out_of_reach", None, Some(guest.into()), text);
    difference.wake_at(input.now.checked_add(LOOK_AGAIN).ok());
    true
}

/// The package that a guest's own step names where no other has a claim.
fn first_package(input: &Input<'_>) -> BTreeSet<String> {
    input.customer.packages.iter().map(|one| one.name.clone()).take(1).collect()
}

fn on_guest(
    input: &Input<'_>,
    action: Action,
    packages: &BTreeSet<String>,
    person: PersonId,
    guest: GuestId,
    why: String,
) -> Step {
    let mut step = blank(action, packages.first().map(String::as_str).unwrap_or_default(), why);
    step.person = Some(person);
    step.guest = Some(guest);
    step.mail = input.actual.guests.get(&guest).and_then(|facts| facts.mail.clone());
    step
}
