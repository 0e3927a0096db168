//! Folding entries into the ledger. Total: no entry can make it fail, so that a journal can always be read.

use super::{Added, Entry, GuestRow, Intent, Ledger, Origin, Outcome, Removed, Row};
use crate::ids::{GuestId, PersonId};
use crate::plan::{Action, Cause, Target};
use jiff::{SignedDuration, Timestamp};

/// What the rails over time and the invitation budget look back on.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

impl Ledger {
    /// Takes in the next entry.
    pub fn fold(&mut self, entry: &Entry) {
        match entry {
            Entry::Partner { tenant_id } => self.partner = Some(*tenant_id),
            Entry::Intent(intent) => self.intend(intent),
            Entry::Outcome { intent, outcome, at } => {
                if let Some(intent) = self.open.get(intent).cloned() {
                    self.end(&intent, outcome, *at);
                }
            }
            Entry::Adopted { target, guest, person, packages, at } => {
                if self.know(*person, *guest, false, *at) {
                    let row = Row {
                        person: *person,
                        origin: Origin::Adopted,
                        verified: true,
                        vanished: None,
                        removing: None,
                        packages: packages.clone(),
                        standing: true,
                    };
                    self.rows.entry(*target).or_default().insert(*guest, row);
                }
            }
            Entry::AdoptionDone { target } => {
                self.adopted.insert(*target);
            }
            Entry::AdoptionOpen { target } => {
                self.adopted.remove(target);
            }
            Entry::Confirmed { target, guest } => {
                if let Some(row) = self.row_mut(*target, *guest) {
                    row.verified = true;
                    row.vanished = None;
                    row.removing = None;
                }
                self.settle_open(*target, *guest);
            }
            Entry::Ended { target, guest }
            | Entry::Forgotten { target, guest, .. }
            | Entry::Unvetoed { target, guest, .. } => {
                if let Some(rows) = self.rows.get_mut(target) {
                    rows.remove(guest);
                    if rows.is_empty() {
                        self.rows.remove(target);
                    }
                }
                self.settle_open(*target, *guest);
            }
            Entry::Vanished { target, guest, at } => {
                if let Some(row) = self.row_mut(*target, *guest) {
                    row.vanished.get_or_insert(*at);
                }
            }
            Entry::Known { person, guest, ours, at } => {
                if self.know(*person, *guest, *ours, *at)
                    && let Some(row) = self.guests.get_mut(person)
                {
                    row.ours = *ours;
                    row.verified = true;
                }
                self.settle_invitations(*person);
            }
            Entry::Undone { guest, action } => self.touch_guest(*guest, |row| match action {
                Action::DisableGuest => row.disabled = None,
                Action::DeleteGuest => row.deleted = None,
                _ => {}
            }),
            Entry::Closed { intent } => {
                self.open.remove(intent);
            }
            Entry::Reasons { target, guest, packages, standing } => {
                if let Some(row) = self.row_mut(*target, *guest) {
                    row.packages = packages.clone();
                    row.standing = *standing;
                }
            }
            Entry::Decided(release) => {
                // The later decision on a step counts, whatever becomes of it: a refusal that ends must not bring an
                // earlier release back.
                for known in &mut self.releases {
                    known.steps.retain(|key| !release.steps.contains(key));
                }
                self.releases.retain(|known| known.is_valid(release.at) && !known.steps.is_empty());
                self.releases.push(release.clone());
            }
            Entry::RefusalEnded { digest, steps, .. } => {
                for known in self.releases.iter_mut().filter(|known| !known.allow && known.digest == *digest) {
                    known.steps.retain(|key| !steps.is_empty() && !steps.contains(key));
                }
                self.releases.retain(|known| known.allow || !known.steps.is_empty());
            }
            Entry::InvitationsBlocked { at } => self.invitations_blocked = Some(*at),
            Entry::InvitationsLifted { .. } => {
                self.invitations_blocked = None;
                self.refused.clear();
            }
            Entry::GuestForgotten { person, guest, .. } => {
                if self.guests.get(person).is_some_and(|row| row.guest == *guest) {
                    self.guests.remove(person);
                }
                self.settle_invitations(*person);
            }
            Entry::Granted(grant) => self.grant(grant),
            Entry::GrantChanged { request, until, .. } => {
                if let Some(grant) = self.grants.get_mut(request) {
                    grant.until = *until;
                }
            }
            Entry::GrantSettled { request, kept_by, at } => self.settle_grant(request, kept_by.as_ref(), *at),
            Entry::Commanded(_) | Entry::Requested { .. } | Entry::TakenOver { .. } => {}
        }
    }

    fn row_mut(&mut self, target: Target, guest: GuestId) -> Option<&mut Row> {
        self.rows.get_mut(&target)?.get_mut(&guest)
    }

    /// Notes who stands for a person; `false` where that guest stands for somebody else already: an address that was
    /// given to another person must not give them the guest too.
    fn know(&mut self, person: PersonId, guest: GuestId, ours: bool, at: Timestamp) -> bool {
        if self.guests.iter().any(|(known, row)| row.guest == guest && *known != person) {
            return false;
        }
        let fresh = GuestRow::new(guest, ours, at);
        let row = self.guests.entry(person).or_insert_with(|| fresh.clone());
        if row.guest != guest {
            *row = fresh;
        }
        true
    }

    fn intend(&mut self, intent: &Intent) {
        self.next = self.next.max(intent.number.saturating_add(1));
        let is_recent = |at: Timestamp| intent.at.duration_since(at) < WINDOW;
        self.removed.retain(|removed| is_recent(removed.at));
        self.added.retain(|added| is_recent(added.at));
        self.invited.retain(|at| is_recent(*at));
        self.refused.retain(|_, at| is_recent(*at));
        self.tried.retain(|_, tried| is_recent(tried.at));
        let (step, at) = (&intent.step, intent.at);
        // Counted when intended: a crash must not give a budget back.
        match (step.action, step.guest) {
            (Action::InviteGuest, _) => self.invited.push(at),
            (Action::ResendInvitation, Some(guest)) => {
                self.invited.push(at);
                self.touch_guest(guest, |row| row.resent = Some(at));
            }
            (action, Some(guest)) if action.places() => {
                let packages = intent.packages.iter().cloned();
                self.added.extend(packages.map(|package| Added { at, package, guest }));
            }
            (action, Some(guest)) if action.takes() && !intent.released && !step.cause.is_some_and(Cause::is_free) => {
                let fact = step.cause.is_some_and(Cause::is_fact);
                let packages = intent.packages.iter().cloned();
                self.removed.extend(packages.map(|package| Removed { at, package, guest, fact }));
            }
            _ => {}
        }
        self.open.insert(intent.number, intent.clone());
    }

    /// An intent whose effect is known: what becomes ours, and what stops being ours.
    fn end(&mut self, intent: &Intent, outcome: &Outcome, at: Timestamp) {
        let step = &intent.step;
        match outcome {
            // Nothing happened, or nobody knows: the latter stays open until a survey shows it.
            Outcome::Unclear { .. } => return,
            Outcome::Refused { .. } | Outcome::NotSent => {
                self.open.remove(&intent.number);
                self.uncount(intent);
                if matches!(outcome, Outcome::Refused { .. }) {
                    self.note_refused(intent, at);
                }
                if step.action == Action::InviteGuest {
                    self.uninvite(intent, outcome, at);
                }
                if let (Action::ResendInvitation, Some(guest)) = (step.action, step.guest) {
                    self.give_back(intent);
                    // What never left is due still; what was refused is not tried again at every turn.
                    if *outcome == Outcome::NotSent {
                        self.touch_guest(guest, |row| row.resent = None);
                    }
                }
                // A refusal stays one until somebody grants the permission: not asked again at every turn.
                if let (Action::RevokeSessions, Outcome::Refused { .. }, Some(guest)) =
                    (step.action, outcome, step.guest)
                {
                    self.touch_guest(guest, |row| row.revoked = Some(at));
                }
                return;
            }
            _ => {
                self.open.remove(&intent.number);
                self.forget_refused(intent);
            }
        }
        match (step.action, step.target, step.guest) {
            (Action::AddMember | Action::AddToUnit | Action::GrantRole, Some(target), Some(guest)) => {
                // There before our first attempt: somebody else's, and it stays theirs.
                let foreign = *outcome == Outcome::AlreadyThere && !intent.retry;
                if let (false, Some(person)) = (foreign, step.person)
                    && self.know(person, guest, false, at)
                {
                    let row = Row {
                        person,
                        origin: Origin::Made,
                        verified: false,
                        vanished: None,
                        removing: None,
                        packages: intent.packages.clone(),
                        standing: intent.standing,
                    };
                    self.rows.entry(target).or_default().insert(guest, row);
                }
            }
            (Action::RemoveMember | Action::RemoveFromUnit | Action::RevokeRole, Some(target), Some(guest)) => {
                if let Some(row) = self.row_mut(target, guest) {
                    row.removing = Some(at);
                }
                self.touch_guest(guest, |row| row.last_removed = Some(at));
            }
            (Action::InviteGuest, ..) => {
                if let (Outcome::Invited { guest }, Some(person)) = (outcome, step.person) {
                    // An earlier attempt whose answer was lost may be the one that made the guest.
                    let earlier = self
                        .open
                        .values()
                        .filter(|open| open.step.action == Action::InviteGuest && open.step.person == Some(person));
                    let since = earlier.map(|open| open.at).min().map_or(intent.at, |at| at.min(intent.at));
                    self.know(person, *guest, true, since);
                    self.settle_invitations(person);
                }
            }
            (Action::CreateGroup, ..) => {
                if let (Outcome::Created { group }, Some(name)) = (outcome, &step.group_name) {
                    self.groups.insert(name.clone(), *group);
                }
            }
            (Action::DisableGuest, _, Some(guest)) => self.touch_guest(guest, |row| row.disabled = Some(at)),
            (Action::RevokeSessions, _, Some(guest)) => self.touch_guest(guest, |row| row.revoked = Some(at)),
            (Action::EnableGuest, _, Some(guest)) => self.touch_guest(guest, |row| row.disabled = None),
            // Gone before our write: it was the customer who deleted them.
            (Action::DeleteGuest, ..) if *outcome == Outcome::NotThere => {}
            (Action::DeleteGuest, _, Some(guest)) => self.touch_guest(guest, |row| row.deleted = Some(at)),
            (Action::RestoreGuest, _, Some(guest)) => self.touch_guest(guest, |row| row.deleted = None),
            _ => {}
        }
    }

    /// An invitation that did not go out gives its share of the budget back to whoever comes after.
    fn uninvite(&mut self, intent: &Intent, outcome: &Outcome, at: Timestamp) {
        self.give_back(intent);
        if let (Outcome::Refused { .. }, Some(person)) = (outcome, intent.step.person) {
            self.refused.insert(person, at);
        }
    }

    /// The share of the budget of an invitation that did not go out.
    fn give_back(&mut self, intent: &Intent) {
        if let Some(index) = self.invited.iter().rposition(|sent| *sent == intent.at) {
            self.invited.remove(index);
        }
    }

    fn touch_guest(&mut self, guest: GuestId, change: impl Fn(&mut GuestRow)) {
        for row in self.guests.values_mut().filter(|row| row.guest == guest) {
            change(row);
        }
    }

    fn settle_invitations(&mut self, person: PersonId) {
        self.open
            .retain(|_, intent| !(intent.step.action == Action::InviteGuest && intent.step.person == Some(person)));
    }

    /// A survey has shown this membership's true state: intents about it are settled.
    fn settle_open(&mut self, target: Target, guest: GuestId) {
        self.open.retain(|_, intent| !(intent.step.target == Some(target) && intent.step.guest == Some(guest)));
    }
}
