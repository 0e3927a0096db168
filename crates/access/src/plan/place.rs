//! One place that exists: who is there, who should be, and the steps between the two.

use super::addition::{addition, is_open};
use super::asking::Asking;
use super::by_hand::by_hand;
use super::desired::{Desire, Standing};
use super::difference::{Difference, blank, list};
use super::input::{Input, is_certain};
use super::judge::Draft;
use super::losing::why;
use super::matching::{Behind, behind};
use super::problems::Problems;
use super::vetting::{object_of, writable};
use super::world::{DenyState, MemberKind, TargetState, Unwritable};
use super::{Action, Cause, Step, Target};
use crate::config::{Drift, Mode, Ownership};
use crate::ids::{GuestId, PersonId};
use crate::ledger::{Entry, REPLICA_LAG_MAX, Row};
use std::collections::BTreeSet;

/// One target and everything that bears on it.
pub(super) struct Comparison<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) target: Target,
    /// The packages that name it; none: only the ledger does.
    pub(super) packages: &'a [&'a Standing<'a>],
    pub(super) desire: &'a Desire,
}

impl Comparison<'_> {
    pub(super) fn run(&self, difference: &mut Difference, problems: &mut Problems) {
        let first = self.packages.first().map(|standing| standing.package);
        let Some(state) = self.input.actual.targets.get(&self.target) else {
            let text = format!("{} was not read", self.target);
            problems.add("target_unread", first, Some(object_of(self.target)), text);
            return;
        };
        if !writable(self.target, state, self.packages, problems) {
            return;
        }
        let TargetState::Read { members, .. } = state else { return };
        let mut count = members.len();
        let mut present = BTreeSet::new();
        for (&object, kind) in members {
            let guest = GuestId(object.0);
            let row = self.input.ledger.row(self.target, guest);
            if let Some(at) = row.and_then(|row| row.removing) {
                // We removed them; this read does not show it yet.
                count -= 1;
                difference.wake_at(at.checked_add(REPLICA_LAG_MAX).ok());
                present.extend(row.map(|row| row.person));
            } else if *kind != MemberKind::Other {
                present.extend(self.member(guest, row, difference, problems));
            }
        }
        difference.members.insert(self.target, count);
        for (&person, asking) in &self.desire.wanted {
            if !present.contains(&person) {
                self.missing(person, asking, difference, problems);
            }
        }
        let known = self.packages.iter().all(|standing| standing.is_certain()) && !self.desire.uncertain;
        if self.input.mode == Mode::Enforce && self.adopts() && known && is_certain(self.input) {
            difference.notes.push(Entry::AdoptionDone { target: self.target });
        }
    }

    /// Whether what is wanted and there becomes ours: until the first complete run in `enforce` is done.
    fn adopts(&self) -> bool {
        !self.packages.is_empty() && !self.input.ledger.adopted.contains(&self.target) && !self.is_by_hand()
    }

    /// Whether people have to take the steps here, since our app may not.
    fn is_by_hand(&self) -> bool {
        let state = self.input.actual.targets.get(&self.target);
        matches!(state, Some(TargetState::Read { unwritable: Some(Unwritable::ByHand), .. }))
    }

    /// Somebody who is there. Returns the person, if nobody needs to add them.
    fn member(
        &self,
        guest: GuestId,
        row: Option<&Row>,
        difference: &mut Difference,
        problems: &mut Problems,
    ) -> Option<PersonId> {
        let behind = row.map_or_else(|| behind(self.input, guest), |row| Behind::Person(row.person));
        let denied = self.input.is_denied(guest);
        match &behind {
            Behind::Person(person) if !denied => {
                if let Some(asking) = self.desire.wanted.get(person) {
                    difference.unchanged += 1;
                    difference.counts(guest, &asking.packages);
                    self.stay(*person, guest, row, asking, difference, problems);
                    return Some(*person);
                }
                if let Some(keeping) = self.desire.kept.get(person) {
                    difference.unchanged += 1;
                    difference.counts(guest, &keeping.packages);
                    if let Some(row) = row.filter(|row| keeping.standing && !row.standing) {
                        difference.notes.push(self.reasons(guest, row.packages.clone(), true));
                    }
                    return Some(*person);
                }
            }
            Behind::Maybe(people) if !denied => {
                let here = |person: &PersonId| {
                    self.desire.wanted.contains_key(person) || self.desire.kept.contains_key(person)
                };
                if people.iter().any(here) {
                    return None;
                }
            }
            Behind::Person(_) | Behind::Maybe(_) | Behind::Nobody => {}
        }
        let person = if let Behind::Person(person) = behind { Some(person) } else { None };
        self.surplus(guest, person, row, denied, difference, problems);
        None
    }

    /// Wanted and there: adopted on the first complete run in `enforce`; reasons are kept current.
    fn stay(
        &self,
        person: PersonId,
        guest: GuestId,
        row: Option<&Row>,
        asking: &Asking,
        difference: &mut Difference,
        problems: &mut Problems,
    ) {
        match row {
            Some(row) => {
                let standing = asking.standing || (row.standing && !self.is_known_absent(person));
                if row.packages != asking.packages || row.standing != standing {
                    difference.notes.push(self.reasons(guest, asking.packages.clone(), standing));
                }
            }
            // A grant alone makes nothing ours: it would take it away at its end.
            None if !asking.standing => {
                let package =
                    self.packages.iter().map(|one| one.package).find(|one| asking.packages.contains(&one.name));
                let text = format!(
                    "{} is in {} already, and not through us; the membership stays when the grant ends",
                    name_of(self.input, person),
                    self.target
                );
                problems.add("already_there", package, Some(person.into()), text);
            }
            None if self.adopts() && !matches!(self.input.actual.deny, DenyState::Unread { .. }) => {
                let why = format!("already there, and asked for by {}", list(&asking.packages));
                let step = self.step(Action::AdoptMember, &asking.packages, Some(person), Some(guest), why);
                difference.drafts.push(Draft::new(step, asking.packages.clone()));
            }
            None => {}
        }
    }

    fn reasons(&self, guest: GuestId, packages: BTreeSet<String>, standing: bool) -> Entry {
        Entry::Reasons { target: self.target, guest, packages, standing }
    }

    /// Whether every partner group of this place was read, and this person is in none of them.
    fn is_known_absent(&self, person: PersonId) -> bool {
        self.packages.iter().all(|one| one.is_certain())
            && !self.desire.kept.get(&person).is_some_and(|keeping| keeping.standing)
    }

    /// There, but not wanted.
    fn surplus(
        &self,
        guest: GuestId,
        person: Option<PersonId>,
        row: Option<&Row>,
        denied: bool,
        difference: &mut Difference,
        problems: &mut Problems,
    ) {
        let Some(facts) = self.input.actual.guests.get(&guest) else { return };
        let object = Some(guest.into());
        let first = self.packages.first().map(|standing| standing.package);
        if !facts.is_external() {
            if row.is_some() {
                let text = format!(
                    "user {guest} in {} has become the customer's own, and those are never touched",
                    self.target
                );
                problems.add("internal_user", first, object, text);
            }
            return;
        }
        let cause = self.cause(person, row, denied);
        let here: BTreeSet<String> = self.packages.iter().map(|standing| standing.package.name.clone()).collect();
        let offboarding = self.input.mode == Mode::Offboard;
        // A role that somebody else gave is theirs to take, whoever owns the groups; and offboarding takes away what is
        // ours, and nobody else's.
        let own_all = !offboarding
            && !matches!(self.target, Target::Role(..))
            && self.packages.iter().any(|standing| standing.package.ownership == Ownership::All);
        let packages = match row {
            Some(row) if !cause.is_fact() && person.is_some_and(|person| self.is_granted_by_gone(person, row)) => {
                *difference.orphans.entry((self.target, row.packages.clone())).or_default() += 1;
                return;
            }
            Some(row) => {
                let left: BTreeSet<String> = row.packages.intersection(&here).cloned().collect();
                if !left.is_empty() {
                    left
                } else if cause.is_fact() || offboarding {
                    row.packages.clone()
                } else {
                    *difference.orphans.entry((self.target, row.packages.clone())).or_default() += 1;
                    return;
                }
            }
            None if own_all => here,
            // A place that only the ledger names: who else is there is none of our business.
            None if self.packages.is_empty() => return,
            None => {
                let left =
                    person.and_then(|id| self.input.snapshot.people.get(&id)).is_some_and(super::Person::has_left);
                let (code, text) = if cause == Cause::Barred {
                    (
                        "barred_stays",
                        "stands for somebody who is barred, but the membership is not ours; ask the customer",
                    )
                } else if left {
                    (
                        "stale",
                        "stands for somebody who left the partner, but the membership is not ours; to have it looked after (and removed): gatehouse adopt",
                    )
                } else if denied {
                    ("stranger", "is on the customer's stop list, but the membership is not ours; left alone")
                } else {
                    (
                        "stranger",
                        "is there, but neither wanted nor ours; left alone (gatehouse adopt, if it stands for a person of the partner)",
                    )
                };
                if code != "stranger" || difference.names_stranger() {
                    problems.add(code, first, object, format!("guest {guest} in {} {text}", self.target));
                }
                return;
            }
        };
        let action = match self.target {
            Target::Group(_) => Action::RemoveMember,
            Target::Unit(_) => Action::RemoveFromUnit,
            Target::Role(..) => Action::RevokeRole,
        };
        let mut step = self.step(action, &packages, person, Some(guest), why(cause, &packages));
        step.cause = Some(cause);
        difference.counts(guest, &packages);
        if self.is_by_hand() {
            let whom = person.map_or_else(|| guest.to_string(), |id| name_of(self.input, id));
            by_hand(self.input, &step, &whom, difference, problems);
            return;
        }
        difference.drafts.push(Draft::new(step, packages));
    }

    /// Wanted, but not there.
    fn missing(&self, person: PersonId, asking: &Asking, difference: &mut Difference, problems: &mut Problems) {
        let action = match self.target {
            Target::Group(_) => Action::AddMember,
            Target::Unit(_) => Action::AddToUnit,
            Target::Role(..) => Action::GrantRole,
        };
        let known = self.input.ledger.guests.get(&person).map(|row| row.guest);
        let row = known.and_then(|guest| self.input.ledger.row(self.target, guest));
        if let Some(since) = row.and_then(|row| row.vanished)
            && !self.repairs(&asking.packages)
        {
            let text = format!(
                "the customer took {} out of {} (seen {}); it stays so under drift = \"respect\", until a person says otherwise: gatehouse unveto {} {}",
                name_of(self.input, person),
                self.target,
                since.strftime("%Y-%m-%d %H:%M UTC"),
                self.input.customer.name,
                name_of(self.input, person)
            );
            problems.add("vetoed", self.packages.first().map(|one| one.package), Some(person.into()), text);
            return;
        }
        if let Some(mut draft) = addition(self.input, person, asking, action, difference, problems) {
            draft.step.target = Some(self.target);
            if let Target::Group(group) = self.target {
                draft.step.group = Some(group);
            }
            // An earlier attempt may have worked: then "already there" means ours.
            draft.retry = row.is_some() || is_open(self.input, self.target, person, action);
            if self.is_by_hand() {
                by_hand(self.input, &draft.step, &name_of(self.input, person), difference, problems);
                return;
            }
            difference.drafts.push(draft);
        }
    }

    fn repairs(&self, asking: &BTreeSet<String>) -> bool {
        self.packages
            .iter()
            .any(|standing| standing.package.drift == Drift::Repair && asking.contains(&standing.package.name))
    }

    fn step(
        &self,
        action: Action,
        packages: &BTreeSet<String>,
        person: Option<PersonId>,
        guest: Option<GuestId>,
        why: String,
    ) -> Step {
        let package = packages.first().map(String::as_str).unwrap_or_default();
        let mut step = Step { target: Some(self.target), person, guest, ..blank(action, package, why) };
        if let Target::Group(group) = self.target {
            step.group = Some(group);
        }
        let known = person.and_then(|id| self.input.person(id));
        step.mail = known.and_then(|person| person.address(self.input.settings.address)).or_else(|| {
            guest.and_then(|guest| self.input.actual.guests.get(&guest)).and_then(|facts| facts.mail.clone())
        });
        step
    }
}

/// The person's address, which people know, or the id.
fn name_of(input: &Input<'_>, id: PersonId) -> String {
    let person = input.person(id);
    person.and_then(|person| person.address(input.settings.address)).unwrap_or_else(|| id.to_string())
}
