//! From the input to the plan: compare, then let the rails hold what they name.

use super::desired::{Standing, standing};
use super::difference::compare;
use super::guests::plan_guests;
use super::problems::Problems;
use super::rails::{self, Judging, RAILS, Verdict};
use super::world::{Actual, OtherAccess, Snapshot};
use super::{CustomerPlan, Held, Step, Target, digest};
use crate::config::{Address, Customer, Invitations, Leavers, Mode};
use crate::ids::{GuestId, ObjectId, PersonId};
use crate::ledger::{Entry, Ledger, StepKey};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The program-wide settings that a plan depends on.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Which address is invited.
    pub address: Address,
    /// What becomes of guests that are ours.
    pub leavers: Leavers,
    /// The budget of invitations.
    pub invitations: Invitations,
}

/// Everything that a plan is a function of.
pub struct Input<'a> {
    pub(super) customer: &'a Customer,
    pub(super) mode: Mode,
    pub(super) settings: Settings,
    pub(super) snapshot: &'a Snapshot,
    pub(super) actual: &'a Actual,
    pub(super) ledger: &'a Ledger,
    pub(super) now: Timestamp,
    /// Who has an address, where exactly one person does.
    pub(super) by_address: BTreeMap<String, PersonId>,
    /// Addresses that two people of the partner have.
    pub(super) shared_addresses: BTreeSet<String>,
}

impl<'a> Input<'a> {
    /// Puts the input together. `mode` is what this run may do (`--enforce` differs from the customer's).
    pub fn new(
        customer: &'a Customer,
        mode: Mode,
        settings: Settings,
        snapshot: &'a Snapshot,
        actual: &'a Actual,
        ledger: &'a Ledger,
        now: Timestamp,
    ) -> Self {
        let mut by_address = BTreeMap::new();
        let mut shared_addresses = BTreeSet::new();
        for (&id, person) in &snapshot.people {
            if let Some(address) = person.address(settings.address).filter(|_| !person.has_left())
                && by_address.insert(address.clone(), id).is_some()
            {
                shared_addresses.insert(address);
            }
        }
        by_address.retain(|address, _| !shared_addresses.contains(address));
        Self { customer, mode, settings, snapshot, actual, ledger, now, by_address, shared_addresses }
    }
}

/// A step, and what the journal must know of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Draft {
    /// The step.
    pub step: Step,
    /// All the packages that ask for it.
    pub packages: BTreeSet<String>,
    /// Whether an earlier attempt was never settled: then "already there" means ours.
    pub retry: bool,
}

impl Draft {
    /// Whose step it is: counted as one person, however many steps they have.
    pub(super) fn who(&self) -> Option<ObjectId> {
        self.step.person.map(ObjectId::from).or(self.step.guest.map(ObjectId::from))
    }

    /// Whether it takes something away because of a set, not of a fact.
    pub(super) fn is_set_removal(&self) -> bool {
        self.step.action.takes() && !self.step.cause.is_some_and(super::Cause::is_fact)
    }
}

/// A plan, and what the run that carries it out needs besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The plan as people see it.
    pub plan: CustomerPlan,
    /// The steps that may be taken, in order.
    pub drafts: Vec<Draft>,
    /// Which of them a person released: they use no budget.
    pub released: BTreeSet<StepKey>,
    /// Which steps are held, and by which rail.
    pub held: BTreeSet<StepKey>,
    /// Journal entries that need no write to Microsoft.
    pub notes: Vec<Entry>,
    /// Guests whose other access must be read before this plan is final.
    pub ask: BTreeSet<GuestId>,
    /// When the plan changes by itself, if it does.
    pub wake: Option<Timestamp>,
}

/// Plans one customer. Pure and total; the same input gives the same bytes.
pub fn plan(input: &Input<'_>) -> Planned {
    let mut problems = Problems::default();
    for gap in &input.actual.gaps {
        problems.add("survey_incomplete", None, None, format!("the survey is not complete: {gap}"));
    }
    let standing = standing(input, &mut problems);
    let mut difference = compare(input, &standing, &mut problems);
    let wake = plan_guests(input, &standing, &mut difference, &mut problems);
    let wake = [wake, difference.wake].into_iter().flatten().min();
    let mut drafts = std::mem::take(&mut difference.drafts);
    // By address where there is one: a plan is read by people.
    let place = |draft: &Draft| (draft.step.action, draft.step.package.clone(), draft.step.target, draft.step.mail.clone());
    drafts.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.cmp(b)));
    let mut ask = std::mem::take(&mut difference.ask);
    for guest in drafts.iter().filter_map(|draft| draft.step.guest) {
        match input.actual.access.get(&guest) {
            None => {
                ask.insert(guest);
            }
            Some(OtherAccess::Unread { why }) => {
                let text = format!("whether guest {guest} holds a directory role could not be read: {why}");
                problems.add("vetting_unknown", None, Some(guest.into()), text);
            }
            Some(OtherAccess::Known { .. }) => {}
        }
    }
    let released = decided(input, true);
    let judged = judge(input, &standing, &difference.members, &drafts, &released);
    let held_keys: Vec<(&str, StepKey)> = judged
        .rail_of
        .iter()
        .filter(|(_, rail)| **rail != rails::protect::NAME)
        .map(|(&index, rail)| (*rail, StepKey::of(&drafts[index].step)))
        .collect();
    let digest = digest(input.customer.tenant_id, &held_keys);
    let refused = input.ledger.releases.iter().find(|known| !known.allow && known.digest == digest && known.until > input.now);
    let mut held = judged.held;
    if let Some(refusal) = refused {
        held.iter_mut().for_each(|one| one.text.push_str(&format!(" Refused by {}.", refusal.by)));
    }
    let is_held = |index: usize| judged.rail_of.contains_key(&index);
    let (mut passing, mut held_steps) = (Vec::new(), Vec::new());
    let mut held_set = BTreeSet::new();
    for (index, draft) in drafts.into_iter().enumerate() {
        if is_held(index) {
            held_set.insert(StepKey::of(&draft.step));
            held_steps.push(draft.step);
        } else {
            passing.push(draft);
        }
    }
    Planned {
        plan: CustomerPlan {
            customer: input.customer.name.clone(),
            tenant_id: input.customer.tenant_id,
            mode: input.mode,
            digest,
            steps: passing.iter().map(|draft| draft.step.clone()).collect(),
            held,
            held_steps,
            problems: problems.into_sorted(),
            unchanged: difference.unchanged,
        },
        drafts: passing,
        released,
        held: held_set,
        notes: difference.notes,
        ask,
        wake,
    }
}

fn decided(input: &Input<'_>, allow: bool) -> BTreeSet<StepKey> {
    let live = input.ledger.releases.iter().filter(|known| known.allow == allow && known.until > input.now);
    live.flat_map(|known| known.steps.iter().cloned()).collect()
}

struct Judged {
    held: Vec<Held>,
    /// The first rail that named a step.
    rail_of: BTreeMap<usize, &'static str>,
}

fn judge(
    input: &Input<'_>,
    standing: &[Standing<'_>],
    members: &BTreeMap<Target, usize>,
    drafts: &[Draft],
    released: &BTreeSet<StepKey>,
) -> Judged {
    let mut verdicts: Vec<Verdict> = Vec::new();
    for rail in &RAILS {
        let free: Vec<bool> = drafts
            .iter()
            .map(|draft| rail.releasable && released.contains(&StepKey::of(&draft.step)))
            .collect();
        let judging = Judging { input, standing, members, drafts, free: &free };
        let mut named = (rail.judge)(&judging);
        named.iter_mut().for_each(|verdict| verdict.steps.retain(|index| !free[*index]));
        verdicts.extend(named.into_iter().filter(|verdict| !verdict.steps.is_empty()));
    }
    close_over_people(drafts, released, &mut verdicts);
    let mut rail_of = BTreeMap::new();
    let mut held = Vec::new();
    for verdict in verdicts {
        for &index in &verdict.steps {
            rail_of.entry(index).or_insert(verdict.rail);
        }
        let people: BTreeSet<ObjectId> = verdict.steps.iter().filter_map(|index| drafts[*index].who()).collect();
        held.push(Held {
            rail: verdict.rail.into(),
            package: verdict.package,
            count: people.len() as u32,
            limit: verdict.limit,
            steps: verdict.steps.len() as u32,
            text: verdict.text,
        });
    }
    Judged { held, rail_of }
}

/// While one removal of a person is held, everything that would be taken from that person here is held with it.
fn close_over_people(drafts: &[Draft], released: &BTreeSet<StepKey>, verdicts: &mut [Verdict]) {
    for verdict in verdicts {
        let people: BTreeSet<ObjectId> = verdict
            .steps
            .iter()
            .map(|index| &drafts[*index])
            .filter(|draft| draft.step.action.takes())
            .filter_map(Draft::who)
            .collect();
        for (index, draft) in drafts.iter().enumerate() {
            let named = draft.step.action.takes() && draft.who().is_some_and(|who| people.contains(&who));
            // Facts go ahead beside a hold of sets: a leaver must not stay because a group looks wrong.
            let fact = draft.step.cause.is_some_and(super::Cause::is_fact) && verdict.sets_only;
            if named && !fact && !released.contains(&StepKey::of(&draft.step)) {
                verdict.steps.insert(index);
            }
        }
    }
}
