//! In how many customers' tenants each person is meant to be.

use access::config::{Config, Customer, Mode};
use access::ids::{GroupId, PersonId};
use access::plan::Snapshot;
use std::collections::{BTreeMap, BTreeSet};

/// The groups that a package takes people from, and those of whom they are minus.
type Sources<'a> = (&'a BTreeSet<GroupId>, &'a BTreeSet<GroupId>);

/// For each person the number of customers that may be written to and have a package for them.
///
/// Customers with equal sources are counted in one go: thousands that share a profile cost as much as one.
pub(super) fn per_person(config: &Config, snapshot: &Snapshot) -> BTreeMap<PersonId, u32> {
    let mut alike: BTreeMap<BTreeSet<Sources<'_>>, u32> = BTreeMap::new();
    for customer in config.customers.iter().filter(|customer| customer.mode != Mode::Observe) {
        *alike.entry(sources(customer)).or_default() += 1;
    }
    let mut tenants = BTreeMap::new();
    for (sources, customers) in alike {
        for person in people(&sources, snapshot) {
            *tenants.entry(person).or_default() += customers;
        }
    }
    tenants
}

/// Adds a customer that is only observed to the numbers of its own people: its plan says what would be if it were not.
pub(super) fn with_observed(customer: &Customer, snapshot: &Snapshot, tenants: &mut BTreeMap<PersonId, u32>) {
    for person in people(&sources(customer), snapshot) {
        *tenants.entry(person).or_default() += 1;
    }
}

fn sources(customer: &Customer) -> BTreeSet<Sources<'_>> {
    customer.packages.iter().map(|package| (&package.members, &package.except)).collect()
}

/// Everybody whom one of these takes in.
fn people(sources: &BTreeSet<Sources<'_>>, snapshot: &Snapshot) -> BTreeSet<PersonId> {
    let of = |ids: &BTreeSet<GroupId>| -> BTreeSet<PersonId> {
        ids.iter().filter_map(|id| snapshot.groups.get(id)).flat_map(|group| group.people.iter().copied()).collect()
    };
    sources.iter().flat_map(|(members, except)| &of(members) - &of(except)).collect()
}
