//! Comparing one place after the other: what is missing, what is too much, and what is already right.

use super::desired::{Desire, Place, Standing, desire, places};
use super::judge::{Draft, Input};
use super::matching::{Match, guest_of};
use super::problems::Problems;
use super::vetting::{object_of, writable};
use super::world::{DenyState, MemberKind, TargetState};
use super::{Action, Cause, PersonState, Step, Target};
use crate::config::{Drift, Mode, Ownership};
use crate::ids::{GuestId, ObjectId, PersonId};
use crate::ledger::{Entry, Row};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How long an invitation without an answer may take to show up before it is sent again.
const INVITATION_LAG: SignedDuration = SignedDuration::from_mins(10);

/// What comparing yields, before any rail has looked at it.
#[derive(Default)]
pub(super) struct Difference {
    pub(super) drafts: Vec<Draft>,
    pub(super) unchanged: u32,
    /// Journal entries that need no write: reasons that changed, targets whose adoption is done.
    pub(super) notes: Vec<Entry>,
    /// People who are wanted somewhere, or kept where they are.
    pub(super) in_use: BTreeSet<PersonId>,
    /// Who must be invited (or enabled, or restored) for the additions to work, and for which packages.
    pub(super) needed: BTreeMap<PersonId, BTreeSet<String>>,
    /// Guests whose other access must be read before the plan is final.
    pub(super) ask: BTreeSet<GuestId>,
    /// When an invitation that is in doubt can be judged.
    pub(super) wake: Option<Timestamp>,
    /// How many members each target that was read has.
    pub(super) members: BTreeMap<Target, usize>,
}

/// Compares every place that the configuration names.
pub(super) fn compare(input: &Input<'_>, standing: &[Standing<'_>], problems: &mut Problems) -> Difference {
    let mut by_place: BTreeMap<Place, Vec<&Standing<'_>>> = BTreeMap::new();
    for one in standing {
        for place in places(input, one.package) {
            by_place.entry(place).or_default().push(one);
        }
        for role in &one.package.roles {
            let text = "scoped roles are not granted by this version; grant them by hand".to_string();
            problems.add("role_by_hand", Some(one.package), Some(ObjectId(role.role.0)), text);
        }
    }
    let mut difference = Difference::default();
    for (place, packages) in &by_place {
        let desire = desire(input, packages, problems);
        difference.in_use.extend(desire.wanted.keys().chain(&desire.kept));
        match place {
            Place::There(target) => Compare { input, target: *target, packages, desire: &desire }
                .run(&mut difference, problems),
            Place::ToCreate(name) => create(input, name, packages, &desire, &mut difference, problems),
        }
    }
    vanished_from_configuration(input, &by_place, problems);
    difference
}

/// A group of ours that does not exist yet: made, then filled.
fn create(
    input: &Input<'_>,
    name: &str,
    packages: &[&Standing<'_>],
    desire: &Desire,
    difference: &mut Difference,
    problems: &mut Problems,
) {
    let Some(first) = packages.first() else { return };
    if input.ledger.groups.contains_key(name) {
        let text = format!("the group {name:?}, which we made, was deleted by the customer or is not visible yet; it is not made again");
        problems.add("group_vanished", Some(first.package), None, text);
        return;
    }
    let names = packages.iter().map(|standing| standing.package.name.clone()).collect();
    let why = format!("package {} asks for a group of its own", first.package.name);
    let step = Step { group_name: Some(name.into()), ..blank(Action::CreateGroup, &first.package.name, why) };
    difference.drafts.push(Draft { step, packages: names, retry: false });
    for (&person, asking) in &desire.wanted {
        if let Some(mut draft) = addition(input, person, asking, Action::AddMember, difference, problems) {
            draft.step.group_name = Some(name.into());
            difference.drafts.push(draft);
        }
    }
}

struct Compare<'a> {
    input: &'a Input<'a>,
    target: Target,
    packages: &'a [&'a Standing<'a>],
    desire: &'a Desire,
}

impl Compare<'_> {
    fn run(&self, difference: &mut Difference, problems: &mut Problems) {
        let Some(state) = self.input.actual.targets.get(&self.target) else {
            problems.add("target_unread", None, Some(object_of(self.target)), format!("{} was not read", self.target));
            return;
        };
        if !writable(self.target, state, self.packages, problems) {
            return;
        }
        let TargetState::Read { members, .. } = state else { return };
        difference.members.insert(self.target, members.len());
        let mut present = BTreeSet::new();
        for (&object, kind) in members {
            let guest = GuestId(object.0);
            if *kind == MemberKind::User
                && let Some(person) = self.member(guest, difference, problems)
            {
                present.insert(person);
            }
        }
        for (&person, asking) in &self.desire.wanted {
            if !present.contains(&person) {
                self.missing(person, asking, difference, problems);
            }
        }
        if self.input.mode == Mode::Enforce && !self.input.ledger.adopted.contains(&self.target) {
            difference.notes.push(Entry::AdoptionDone { target: self.target });
        }
    }

    /// Somebody who is there. Returns the person, if it is one of those who are wanted or kept.
    fn member(&self, guest: GuestId, difference: &mut Difference, problems: &mut Problems) -> Option<PersonId> {
        let input = self.input;
        let row = input.ledger.row(self.target, guest);
        let person = row.map(|row| row.person).or_else(|| self.person_behind(guest));
        let denied = matches!(&input.actual.deny, DenyState::Read(denied) if denied.contains(&guest));
        if let Some(person) = person.filter(|_| !denied) {
            if let Some(asking) = self.desire.wanted.get(&person) {
                difference.unchanged += 1;
                self.stay(person, guest, row, asking, difference);
                return Some(person);
            }
            if self.desire.kept.contains(&person) {
                difference.unchanged += 1;
                return Some(person);
            }
        }
        self.surplus(guest, person, row, denied, difference, problems);
        // Somebody on the stop list is not missing either: nobody adds them again.
        person.filter(|_| denied)
    }

    /// For a member without a row: the person whom our matching would find for them.
    fn person_behind(&self, guest: GuestId) -> Option<PersonId> {
        self.input.ledger.person_of(guest).or_else(|| {
            let facts = self.input.actual.guests.get(&guest)?;
            let by_address = |address: &String| self.input.by_address.get(&address.to_lowercase()).copied();
            let person = facts.mail.as_ref().and_then(by_address).or_else(|| {
                facts.identities.iter().filter_map(|(_, assigned)| assigned.as_ref()).find_map(by_address)
            })?;
            // The match must hold from the person's side too: they may stand behind somebody else.
            match guest_of(self.input, person) {
                Match::Guest(found) | Match::DisabledByUs(found) if found == guest => Some(person),
                _ => None,
            }
        })
    }

    /// Wanted and there: adopted on the first complete run in `enforce`; reasons are kept current.
    fn stay(
        &self,
        person: PersonId,
        guest: GuestId,
        row: Option<&Row>,
        asking: &BTreeSet<String>,
        difference: &mut Difference,
    ) {
        match row {
            Some(row) if row.packages != *asking => difference.notes.push(Entry::Reasons {
                target: self.target,
                guest,
                packages: asking.clone(),
            }),
            Some(_) => {}
            None if !self.input.ledger.adopted.contains(&self.target) => {
                let why = format!("already there, and asked for by {}", list(asking));
                let step = self.step(Action::AdoptMember, asking, Some(person), Some(guest), why);
                difference.drafts.push(Draft { step, packages: asking.clone(), retry: false });
            }
            None => {}
        }
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
            return;
        }
        let cause = self.cause(person, denied);
        let own_all = self.packages.iter().any(|standing| standing.package.ownership == Ownership::All);
        let packages: BTreeSet<String> = match row {
            Some(row) => {
                let known = |name: &&String| self.input.customer.packages.iter().any(|package| package.name == **name);
                let left: BTreeSet<String> = row.packages.iter().filter(known).cloned().collect();
                if left.is_empty() && !cause.is_fact() {
                    let text = format!(
                        "guest {guest} is in {} for package {}, which is not in the configuration any more; nothing is done until it is back or forgotten (gatehouse forget)",
                        self.target,
                        list(&row.packages)
                    );
                    problems.add("package_gone", None, object, text);
                    return;
                }
                left
            }
            None if own_all => BTreeSet::new(),
            None => {
                let left = person.and_then(|id| self.input.snapshot.people.get(&id)).is_some_and(super::Person::has_left);
                let (code, text) = if left {
                    ("stale", "stands for somebody who left the partner, but the membership is not ours")
                } else {
                    ("stranger", "is there, but neither wanted nor ours; left alone")
                };
                problems.add(code, first, object, format!("guest {guest} in {} {text}", self.target));
                return;
            }
        };
        let action = match self.target {
            Target::Group(_) => Action::RemoveMember,
            Target::Unit(_) => Action::RemoveFromUnit,
            Target::Role(..) => Action::RevokeRole,
        };
        let here: BTreeSet<String> = self.packages.iter().map(|standing| standing.package.name.clone()).collect();
        let named: BTreeSet<String> = packages.intersection(&here).cloned().collect();
        let named = if named.is_empty() { here } else { named };
        let mut step = self.step(action, &named, person, Some(guest), why(cause, &named));
        step.cause = Some(cause);
        difference.drafts.push(Draft { step, packages: named, retry: false });
    }

    fn cause(&self, person: Option<PersonId>, denied: bool) -> Cause {
        if denied {
            return Cause::Denied;
        }
        let Some(person) = person else { return Cause::Stranger };
        match self.input.snapshot.people.get(&person).map(|person| person.state) {
            Some(PersonState::Disabled) => Cause::Disabled,
            Some(PersonState::Deleted) => Cause::Deleted,
            Some(PersonState::Enabled | PersonState::Unconfirmed) | None => Cause::Absent,
        }
    }

    /// Wanted, but not there.
    fn missing(
        &self,
        person: PersonId,
        asking: &BTreeSet<String>,
        difference: &mut Difference,
        problems: &mut Problems,
    ) {
        let action = match self.target {
            Target::Group(_) => Action::AddMember,
            Target::Unit(_) => Action::AddToUnit,
            Target::Role(..) => return,
        };
        let known = self.input.ledger.guests.get(&person).map(|row| row.guest);
        let row = known.and_then(|guest| self.input.ledger.row(self.target, guest));
        if let Some(row) = row
            && let Some(since) = row.vanished
            && !self.repairs(asking)
        {
            let text = format!(
                "the customer took {person} out of {} (seen {}); it stays so until `gatehouse unveto`",
                self.target,
                since.strftime("%Y-%m-%d %H:%M UTC")
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
            draft.retry = row.is_some()
                || self.input.ledger.open.values().any(|intent| {
                    intent.step.target == Some(self.target)
                        && intent.step.person == Some(person)
                        && intent.step.action == action
                });
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
        let known = person.and_then(|id| self.input.snapshot.people.get(&id));
        step.mail = known.and_then(|person| person.address(self.input.settings.address)).or_else(|| {
            guest.and_then(|guest| self.input.actual.guests.get(&guest)).and_then(|facts| facts.mail.clone())
        });
        step
    }
}

/// An addition of a wanted person, if they can be added; notes what their guest needs first.
fn addition(
    input: &Input<'_>,
    id: PersonId,
    asking: &BTreeSet<String>,
    action: Action,
    difference: &mut Difference,
    problems: &mut Problems,
) -> Option<Draft> {
    let package = asking.first()?;
    let found = guest_of(input, id);
    let guest = match &found {
        Match::Guest(guest) | Match::DisabledByUs(guest) | Match::DeletedByUs(guest) => Some(*guest),
        Match::Nobody => {
            // The answer was lost, and the directory's index lags: a second invitation would be a second mail.
            let known_at = input.ledger.invitation_open(id).map(|at| at + INVITATION_LAG);
            if let Some(known_at) = known_at.filter(|at| *at > input.now) {
                let package = input.customer.packages.iter().find(|one| one.name == *package);
                let text = format!("whether the invitation of {id} was carried out is not known yet; a later survey shows it");
                problems.add("invitation_unsettled", package, Some(id.into()), text);
                difference.wake = Some(difference.wake.map_or(known_at, |wake| wake.min(known_at)));
                return None;
            }
            None
        }
        Match::Problem(code, text) => {
            let package = input.customer.packages.iter().find(|one| one.name == *package);
            problems.add(code, package, Some(id.into()), text.clone());
            return None;
        }
    };
    match &input.actual.deny {
        DenyState::Read(denied) if guest.is_some_and(|guest| denied.contains(&guest)) => {
            problems.add("denied", None, Some(id.into()), format!("{id} is on the customer's stop list"));
            return None;
        }
        DenyState::Unread { why } => {
            problems.add("deny_unread", None, None, format!("the customer's stop list could not be read: {why}; nobody is added"));
            return None;
        }
        DenyState::Read(_) | DenyState::None => {}
    }
    if !matches!(found, Match::Guest(_)) {
        difference.needed.entry(id).or_default().extend(asking.iter().cloned());
    }
    let person = input.snapshot.people.get(&id)?;
    let mut step = blank(action, package, format!("in the partner groups of {}", list(asking)));
    step.person = Some(id);
    step.guest = guest;
    step.mail = person.address(input.settings.address);
    Some(Draft { step, packages: asking.clone(), retry: false })
}

/// Memberships of ours in targets that no package names any more: nothing is done, and it is said.
fn vanished_from_configuration(
    input: &Input<'_>,
    by_place: &BTreeMap<Place, Vec<&Standing<'_>>>,
    problems: &mut Problems,
) {
    for (target, rows) in &input.ledger.rows {
        if !by_place.contains_key(&Place::There(*target)) {
            let text = format!(
                "{target} holds {} membership(s) of ours but is in no package any more; nothing is done until it is back or forgotten (gatehouse forget)",
                rows.len()
            );
            problems.add("target_unnamed", None, Some(object_of(*target)), text);
        }
    }
}

fn why(cause: Cause, packages: &BTreeSet<String>) -> String {
    match cause {
        Cause::Disabled => "disabled at the partner".into(),
        Cause::Deleted => "deleted at the partner".into(),
        Cause::Denied => "on the customer's stop list".into(),
        Cause::GrantEnded => "the grant has ended".into(),
        Cause::Absent => format!("no longer in the partner groups of {}", list(packages)),
        Cause::Stranger => format!("not a person of {}, whose group is ours alone", list(packages)),
    }
}

/// A step with nothing but its action, package and reason.
pub(super) fn blank(action: Action, package: &str, why: String) -> Step {
    Step {
        action,
        package: package.into(),
        target: None,
        group: None,
        group_name: None,
        person: None,
        guest: None,
        mail: None,
        name: None,
        cause: None,
        why,
    }
}

fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
