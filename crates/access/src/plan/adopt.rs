//! Memberships that are there and not ours, and that a person tells us to look after.
//!
//! Only of the partner's people, matched as certainly as for an addition; a guest never becomes ours by it.

use super::desired::{Place, Standing, desire, places, standing};
use super::difference::blank;
use super::foresee::foresee;
use super::input::Input;
use super::matching::{Behind, behind};
use super::problems::Problems;
use super::vetting::{object_of, writable};
use super::world::{MemberKind, TargetState};
use super::{Action, Step, Target};
use crate::ids::{GuestId, ObjectId, PersonId};
use crate::ledger::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Something that a command leaves as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Left {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// What `gatehouse adopt` is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adopt {
    /// Only the places of this package.
    pub package: Option<String>,
    /// Only the people with these addresses, in lower case; none: everybody.
    pub people: BTreeSet<String>,
}

/// What adopting comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Adoption {
    /// What becomes ours, as steps without a write.
    pub steps: Vec<Step>,
    /// The journal's entries.
    pub notes: Vec<Entry>,
    /// Who is there, not ours, and stays so.
    pub left: Vec<Left>,
    /// Of whom the next run removes what becomes ours here.
    pub going: BTreeSet<PersonId>,
    /// Of whom a rail would hold that.
    pub held: BTreeSet<PersonId>,
    /// Guests whose other access must be read before this is final.
    pub ask: BTreeSet<GuestId>,
}

/// Addresses of strangers that belong to people of the partner and were not looked up: without a look-up nobody can be
/// sure who stands for whom.
pub fn adopt_look_ups(input: &Input<'_>) -> BTreeSet<String> {
    let strangers = input.actual.targets.iter().filter_map(|(target, state)| match state {
        TargetState::Read { members, .. } => Some((target, members)),
        TargetState::Gone | TargetState::Unread { .. } => None,
    });
    strangers
        .flat_map(|(target, members)| members.keys().map(|object| (*target, GuestId(object.0))))
        .filter(|(target, guest)| input.ledger.row(*target, *guest).is_none() && !input.by_guest.contains_key(guest))
        .filter_map(|(_, guest)| input.actual.guests.get(&guest))
        .flat_map(|facts| facts.addresses().map(str::to_lowercase))
        .filter(|address| input.addresses.one.contains_key(address) && !input.actual.found.contains_key(address))
        .collect()
}

/// Finds what can be adopted. Pure and total.
pub fn adopt(input: &Input<'_>, what: &Adopt) -> Adoption {
    let mut problems = Problems::default();
    let standing = standing(input, &mut problems);
    let mut by_target: BTreeMap<Target, Vec<&Standing<'_>>> = BTreeMap::new();
    for one in &standing {
        for place in places(input, one.package) {
            if let Place::There(target) = place {
                by_target.entry(target).or_default().push(one);
            }
        }
    }
    let mut found = Adoption {
        steps: Vec::new(),
        notes: Vec::new(),
        left: Vec::new(),
        going: BTreeSet::new(),
        held: BTreeSet::new(),
        ask: BTreeSet::new(),
    };
    for (target, packages) in &by_target {
        let asked = |name: &String| packages.iter().any(|one| one.package.name == *name);
        if what.package.as_ref().is_none_or(asked) {
            Adopting { input, what, target: *target, packages }.run(&mut found);
        }
    }
    found.left.sort();
    let next = foresee(input, &[], &found.notes);
    let adopted: BTreeSet<(Option<Target>, Option<GuestId>)> =
        found.steps.iter().map(|step| (step.target, step.guest)).collect();
    let goes = |step: &&Step| step.action.takes() && adopted.contains(&(step.target, step.guest));
    found.going = next.plan.steps.iter().filter(goes).filter_map(|step| step.person).collect();
    found.held = next.plan.held_steps.iter().filter(goes).filter_map(|step| step.person).collect();
    found.ask = next.ask;
    found
}

struct Adopting<'a> {
    input: &'a Input<'a>,
    what: &'a Adopt,
    target: Target,
    packages: &'a [&'a Standing<'a>],
}

impl Adopting<'_> {
    fn run(&self, found: &mut Adoption) {
        let left = |what: String, why: &str| Left { what, why: why.into() };
        let Some(state) = self.input.actual.targets.get(&self.target) else { return };
        let TargetState::Read { members, .. } = state else {
            found.left.push(left(self.target.to_string(), "it does not exist or could not be read"));
            return;
        };
        if !writable(self.target, state, self.packages, &mut Problems::default()) {
            found.left.push(left(self.target.to_string(), "its members cannot be written (gatehouse plan says why)"));
            return;
        }
        let desire = desire(self.input, self.packages, &mut Problems::default());
        let here: BTreeSet<String> = self.packages.iter().map(|one| one.package.name.clone()).collect();
        for (object, kind) in members {
            let guest = GuestId(object.0);
            if self.input.ledger.row(self.target, guest).is_some() {
                continue;
            }
            match self.person(guest, *kind) {
                Ok(person) if self.is_asked_for(person, guest) => {
                    let asking = desire.wanted.get(&person).or_else(|| desire.kept.get(&person));
                    let asking = asking.map_or(&here, |asking| &asking.packages);
                    self.adopt(person, guest, asking, found);
                }
                Err(why) if self.what.people.is_empty() => {
                    let mail = self.mail(guest).unwrap_or_else(|| object.to_string());
                    found.left.push(left(format!("{mail} in {}", self.target), why));
                }
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// For whom this member stands, or why they are left alone.
    fn person(&self, guest: GuestId, kind: MemberKind) -> Result<PersonId, &'static str> {
        const OWN: &str = "is the customer's own user, and those are never ours";
        match kind {
            MemberKind::User => {}
            MemberKind::Own => return Err(OWN),
            MemberKind::Other => return Err("is no user"),
        }
        let Some(facts) = self.input.actual.guests.get(&guest) else { return Err("could not be read") };
        if !facts.is_external() {
            return Err(OWN);
        }
        let customer = self.input.customer;
        let is_protected = |id: ObjectId| {
            customer.protect.contains(&id)
                || customer.break_glass.accounts.iter().any(|account| ObjectId::from(account.id) == id)
        };
        if is_protected(guest.into()) || is_protected(object_of(self.target)) {
            return Err("is protected by the configuration");
        }
        match behind(self.input, guest) {
            Behind::Person(person) if is_protected(person.into()) => Err("is protected by the configuration"),
            Behind::Person(person) => Ok(person),
            Behind::Maybe(_) => Err("may stand for a person of the partner, but it is not certain for whom"),
            Behind::Nobody => Err("stands for nobody of the partner whom the configuration's groups know"),
        }
    }

    fn is_asked_for(&self, person: PersonId, guest: GuestId) -> bool {
        let known = self.input.person(person);
        let address = known.and_then(|known| known.address(self.input.settings.address));
        let mails = [address, self.mail(guest)];
        self.what.people.is_empty() || mails.into_iter().flatten().any(|mail| self.what.people.contains(&mail))
    }

    fn mail(&self, guest: GuestId) -> Option<String> {
        Some(self.input.actual.guests.get(&guest)?.mail.as_ref()?.to_lowercase())
    }

    fn adopt(&self, person: PersonId, guest: GuestId, packages: &BTreeSet<String>, found: &mut Adoption) {
        let package = packages.first().map(String::as_str).unwrap_or_default();
        let mut step = blank(Action::AdoptMember, package, "there, not ours, and stands for this person".into());
        (step.target, step.person, step.guest) = (Some(self.target), Some(person), Some(guest));
        if let Target::Group(group) = self.target {
            step.group = Some(group);
        }
        let known = self.input.person(person);
        step.mail = known.and_then(|known| known.address(self.input.settings.address)).or_else(|| self.mail(guest));
        found.steps.push(step);
        let (target, at) = (self.target, self.input.now);
        found.notes.push(Entry::Adopted { target, guest, person, packages: packages.clone(), at });
    }
}
