//! Holds with one cause in many customers, shown once and decided together.

use super::{CustomerPlan, Held, RELEASE_COMMAND, Step};
use crate::ids::ObjectId;
use crate::ledger::StepKey;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many are concerned by a cause: what a person confirms who decides on all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HoldTotals {
    /// Customers in which something is held.
    pub customers: u32,
    /// Different people, over all of them.
    pub people: u32,
    /// Steps, over all of them.
    pub steps: u32,
}

/// Holds with one cause in two or more customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldGroup {
    /// The cause.
    pub cause: String,
    /// The rail.
    pub rail: String,
    /// The sentence that a person reads, with the way forward; the first customer's, where they differ.
    pub text: String,
    /// The customers, by name.
    pub customers: Vec<String>,
    /// How many are concerned.
    pub totals: HoldTotals,
}

impl HoldGroup {
    /// What lets all of it through, as [`text`](Self::text) names it.
    pub fn command(&self) -> String {
        command(&self.cause, self.totals)
    }
}

fn command(cause: &str, totals: HoldTotals) -> String {
    format!("gatehouse sync --release {cause} --confirm {} --by YOU", totals.people)
}

impl Held {
    /// Whether a named person can let its steps through.
    pub fn is_releasable(&self) -> bool {
        self.text.contains("DIGEST")
    }
}

/// Whether the rail's holds are nobody's to decide on: not in the digest, and in no release or refusal.
pub(super) fn is_nobodys(rail: &str) -> bool {
    [super::rails::protect::NAME, super::rails::paused::NAME].contains(&rail)
}

impl CustomerPlan {
    /// The holds that are not merely a consequence of others: each holds a step that no hold before it does.
    pub fn main_holds(&self) -> Vec<&Held> {
        let mut covered: BTreeSet<u32> = BTreeSet::new();
        let news = |held: &&Held| {
            let before = covered.len();
            covered.extend(&held.indices);
            covered.len() > before || held.indices.is_empty()
        };
        self.held.iter().filter(news).collect()
    }

    /// The held steps that the digest names, which are all that a person may decide on: what is (also) protected or waits
    /// for the end of a pause is not among them.
    pub fn decidable(&self) -> impl Iterator<Item = (u32, &Step)> {
        let withheld = self.held.iter().filter(|held| is_nobodys(&held.rail)).flat_map(|held| &held.indices);
        let withheld: BTreeSet<u32> = withheld.copied().collect();
        (0..).zip(&self.held_steps).filter(move |(index, _)| !withheld.contains(index))
    }

    /// The steps that a decision on this plan's digest covers.
    pub fn keys_of_digest(&self) -> BTreeSet<StepKey> {
        self.decidable().map(|(_, step)| StepKey::of(step)).collect()
    }

    /// The steps that a decision on this cause covers here: what its holds hold and the digest names.
    pub fn keys_of(&self, cause: &str) -> BTreeSet<StepKey> {
        let holds = self.held.iter().filter(|held| held.cause == cause && !cause.is_empty());
        let indices: BTreeSet<u32> = holds.flat_map(|held| held.indices.iter().copied()).collect();
        self.decidable().filter(|(index, _)| indices.contains(index)).map(|(_, step)| StepKey::of(step)).collect()
    }
}

/// How many are concerned by this cause in these customers.
pub fn totals_of<'a>(cause: &str, plans: impl IntoIterator<Item = &'a CustomerPlan>) -> HoldTotals {
    let (mut totals, mut people) = (HoldTotals::default(), BTreeSet::<ObjectId>::new());
    for plan in plans {
        let keys = plan.keys_of(cause);
        if !keys.is_empty() {
            totals.customers += 1;
            totals.steps += keys.len() as u32;
            people.extend(keys.iter().filter_map(|key| key.who));
        }
    }
    totals.people = people.len() as u32;
    totals
}

/// The causes that hold something in two or more customers, sorted. The customers are sorted by name.
pub(super) fn groups(customers: &[CustomerPlan]) -> Vec<HoldGroup> {
    let mut causes: BTreeMap<&str, Vec<(&CustomerPlan, &Held)>> = BTreeMap::new();
    for plan in customers {
        let mut named: BTreeSet<&str> = BTreeSet::new();
        for held in plan.main_holds() {
            if !held.cause.is_empty() && !held.indices.is_empty() && named.insert(&held.cause) {
                causes.entry(&held.cause).or_default().push((plan, held));
            }
        }
    }
    let shared = causes.into_iter().filter(|(_, holds)| holds.len() > 1);
    let group = |(cause, holds): (&str, Vec<(&CustomerPlan, &Held)>)| {
        let totals = totals_of(cause, holds.iter().map(|(plan, _)| *plan));
        let (first, held) = holds[0];
        let command = command(cause, totals);
        let same = holds.iter().all(|(_, other)| other.text == held.text);
        let of = if same { String::new() } else { format!("In {}: ", first.customer) };
        HoldGroup {
            cause: cause.into(),
            rail: held.rail.clone(),
            text: format!("{of}{}", held.text.replace(RELEASE_COMMAND, &command)),
            customers: holds.iter().map(|(plan, _)| plan.customer.clone()).collect(),
            totals,
        }
    };
    shared.map(group).collect()
}
