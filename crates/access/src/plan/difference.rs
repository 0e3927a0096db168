//! Comparing one place after the other: what is missing, what is too much, and what is already right.

use super::addition::addition;
use super::asking::{Asking, minute};
use super::desired::{Place, Standing, desire, places};
use super::input::{Input, earlier};
use super::judge::Draft;
use super::place::Comparison;
use super::problems::Problems;
use super::vetting::object_of;
use super::world::DenyState;
use super::{Action, PersonState, Step, Target};
use crate::ids::{GuestId, ObjectId, PersonId};
use crate::ledger::{Entry, Grant};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How often it is looked whether a grant that ended holds something up still.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(15);

/// How soon it is looked again whether somebody may be let in whom the partner's directory does not show yet.
const ASK_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// What comparing yields, before any rail has looked at it.
#[derive(Default)]
pub(super) struct Difference {
    pub(super) drafts: Vec<Draft>,
    pub(super) unchanged: u32,
    /// Journal entries that need no write: reasons that changed, targets whose adoption is done.
    pub(super) notes: Vec<Entry>,
    /// Who is wanted somewhere, and by which packages.
    pub(super) wanted: BTreeMap<PersonId, BTreeSet<String>>,
    /// Who is kept where they are, though they would not be added.
    pub(super) kept: BTreeSet<PersonId>,
    /// Who must be invited (or enabled, or restored) for the additions to work, and for which packages.
    pub(super) needed: BTreeMap<PersonId, Asking>,
    /// Guests whose other access must be read before the plan is final.
    pub(super) ask: BTreeSet<GuestId>,
    /// How many members each target that was read has, without those who were removed moments ago.
    pub(super) members: BTreeMap<Target, usize>,
    /// Who is in a package's places and belongs there, or loses them by this plan.
    pub(super) inside: BTreeMap<String, BTreeSet<GuestId>>,
    /// Memberships of ours that nothing in the configuration asks about any more.
    pub(super) orphans: BTreeMap<(Target, BTreeSet<String>), usize>,
    /// How many guests are there who are neither wanted nor ours.
    strangers: usize,
    /// When the plan changes by itself, if it does.
    pub(super) wake: Option<Timestamp>,
}

impl Difference {
    /// Whether somebody wants this person here, or keeps them where they are.
    pub(super) fn uses(&self, person: PersonId) -> bool {
        self.wanted.contains_key(&person) || self.kept.contains(&person)
    }

    /// Counts a stranger, and tells whether the plan still names them.
    pub(super) fn names_stranger(&mut self) -> bool {
        self.strangers += 1;
        self.strangers <= STRANGERS_NAMED_MAX
    }

    pub(super) fn counts(&mut self, guest: GuestId, packages: &BTreeSet<String>) {
        for package in packages {
            self.inside.entry(package.clone()).or_default().insert(guest);
        }
    }

    pub(super) fn wake_at(&mut self, at: Option<Timestamp>) {
        earlier(&mut self.wake, at);
    }
}

/// The most strangers of a customer whom a plan names. It is stored, and a customer's group may hold a hundred thousand.
pub(super) const STRANGERS_NAMED_MAX: usize = 1_000;

/// Compares every place that the configuration or the ledger names.
pub(super) fn compare(input: &Input<'_>, standing: &[Standing<'_>], problems: &mut Problems) -> Difference {
    if let DenyState::Unread { why } = &input.actual.deny {
        let text = format!("the customer's stop list could not be read: {why}; nobody is added");
        problems.add("deny_unread", None, input.customer.deny.map(ObjectId::from), text);
    }
    let mut by_place: BTreeMap<Place, Vec<&Standing<'_>>> = BTreeMap::new();
    for one in standing {
        for place in places(input, one.package) {
            by_place.entry(place).or_default().push(one);
        }
    }
    // What the configuration names no more is compared too: facts about people hold there as well.
    for target in input.ledger.rows.keys() {
        by_place.entry(Place::There(*target)).or_default();
    }
    let mut difference = Difference::default();
    for (place, packages) in &by_place {
        let desire = desire(input, packages, problems);
        for (person, asking) in &desire.wanted {
            difference.wanted.entry(*person).or_default().extend(asking.packages.iter().cloned());
        }
        difference.kept.extend(desire.kept.keys());
        match place {
            Place::There(target) => {
                Comparison { input, target: *target, packages, desire: &desire }.run(&mut difference, problems);
            }
            Place::ToCreate(name) => {
                let granted = desire.wanted.values().any(|asking| asking.granted.is_some());
                if create(input, name, packages, granted, &mut difference, problems) {
                    for (&person, asking) in &desire.wanted {
                        let draft = addition(input, person, asking, Action::AddMember, &mut difference, problems);
                        difference.drafts.extend(draft.map(|mut draft| {
                            draft.step.group_name = Some(name.clone());
                            draft
                        }));
                    }
                }
            }
        }
    }
    tell_orphans(input, &difference, problems);
    grants(input, &mut difference, problems);
    tell_strangers(&difference, problems);
    difference
}

/// When grants begin and end, and those of packages that are gone.
fn grants(input: &Input<'_>, difference: &mut Difference, problems: &mut Problems) {
    for grant in input.ledger.grants.values() {
        let next = [grant.from, grant.until].into_iter().find(|at| *at > input.now);
        // Until it is seen to be over it is looked at again, whatever keeps it.
        difference.wake_at(next.or_else(|| input.now.checked_add(LOOK_AGAIN).ok()));
    }
    // Whether they may work is asked at every look at the partner, and no group tells the answer.
    let waits = |grant: &&Grant| input.person(grant.person).is_some_and(|one| one.state == PersonState::Unconfirmed);
    if input.live_grants().any(|grant| waits(&grant)) {
        difference.wake_at(input.now.checked_add(ASK_AGAIN).ok());
    }
    for grant in input.live_grants().filter(|grant| !input.has_package(&grant.package)) {
        let text = format!(
            "request {} grants {} package {}, which is not in the configuration any more; nothing is given until it is back, and what was given stays until {}",
            grant.request,
            grant.mail,
            grant.package,
            minute(grant.until)
        );
        problems.add_named("package_gone", &grant.package, Some(grant.person.into()), text);
    }
}

/// A group of ours that does not exist yet; `false` where it is not made.
fn create(
    input: &Input<'_>,
    name: &str,
    packages: &[&Standing<'_>],
    granted: bool,
    difference: &mut Difference,
    problems: &mut Problems,
) -> bool {
    let Some(first) = packages.first() else { return false };
    if input.ledger.groups.contains_key(name) {
        let text = format!(
            "the group {name:?}, which we made, was deleted by the customer or is not visible yet; it is not made again"
        );
        problems.add("group_vanished", Some(first.package), None, text);
        return false;
    }
    let names = packages.iter().map(|standing| standing.package.name.clone()).collect();
    let why = format!("package {} asks for a group of its own", first.package.name);
    let step = Step { group_name: Some(name.into()), ..blank(Action::CreateGroup, &first.package.name, why) };
    difference.drafts.push(Draft { granted, ..Draft::new(step, names) });
    true
}

/// Those who are not named, in one sentence.
fn tell_strangers(difference: &Difference, problems: &mut Problems) {
    let more = difference.strangers.saturating_sub(STRANGERS_NAMED_MAX);
    if more > 0 {
        let text = format!(
            "{more} more guest(s) are there who are neither wanted nor ours, besides the {STRANGERS_NAMED_MAX} that are named; left alone"
        );
        problems.add("stranger", None, None, text);
    }
}

/// Memberships of ours that nothing asks about any more: nothing is done, and it is said.
fn tell_orphans(input: &Input<'_>, difference: &Difference, problems: &mut Problems) {
    for ((target, packages), count) in &difference.orphans {
        let object = Some(object_of(*target));
        match packages.iter().find(|name| input.customer.packages.iter().any(|package| package.name == **name)) {
            Some(name) => {
                let text = format!(
                    "{target} holds {count} membership(s) of ours for package {name}, which does not name it any more; nothing is done until it is back, or until a person says that it is meant: gatehouse forget {} --package {name}",
                    input.customer.name
                );
                problems.add_named("target_unnamed", name, object, text);
            }
            None => {
                let text = format!(
                    "{target} holds {count} membership(s) of ours for package {}, which is not in the configuration any more; nothing is done until it is back, or until a person says that it is meant: gatehouse forget {} --package {}",
                    list(packages),
                    input.customer.name,
                    packages.first().map(String::as_str).unwrap_or_default()
                );
                let name = packages.first().map(String::as_str).unwrap_or_default();
                problems.add_named("package_gone", name, object, text);
            }
        }
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

pub(super) fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
