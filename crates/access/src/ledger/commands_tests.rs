//! What the entries of commands make of the ledger, and which runs have which number.

use super::{Entry, Ledger, RunNumbers, forget_customer};
use crate::ids::{GroupId, GuestId, PersonId};
use crate::plan::Target;
use jiff::Timestamp;
use std::collections::BTreeSet;
use uuid::Uuid;

const ANA: PersonId = PersonId(Uuid::from_u128(1));
const GUEST: GuestId = GuestId(Uuid::from_u128(3));
const GROUP: Target = Target::Group(GroupId(Uuid::from_u128(4)));

fn noon() -> Timestamp {
    "2026-05-04T12:00:00Z".parse().unwrap()
}

fn adopted(packages: &[&str]) -> Ledger {
    let mut ledger = Ledger::default();
    let packages: BTreeSet<String> = packages.iter().map(|name| (*name).into()).collect();
    ledger.fold(&Entry::Adopted { target: GROUP, guest: GUEST, person: ANA, packages, at: noon() });
    ledger
}

#[test]
fn what_is_forgotten_or_unvetoed_is_no_row_any_more_and_the_guest_stays_known() {
    for entry in [
        Entry::Forgotten { target: GROUP, guest: GUEST, at: noon() },
        Entry::Unvetoed { target: GROUP, guest: GUEST, at: noon() },
    ] {
        let mut ledger = adopted(&["second-line"]);
        ledger.fold(&entry);
        assert!(ledger.rows.is_empty() && ledger.guests.contains_key(&ANA), "{entry:?}");
    }
}

#[test]
fn a_forgotten_customer_leaves_nothing_of_ours() {
    let mut ledger = adopted(&["second-line"]);
    ledger.fold(&Entry::AdoptionDone { target: GROUP });
    for entry in forget_customer(&ledger.clone(), noon()) {
        ledger.fold(&entry);
    }
    assert_eq!(ledger, Ledger::default());
    assert_eq!(forget_customer(&ledger, noon()), []);
}

#[test]
fn a_guest_is_forgotten_for_the_person_for_whom_they_stand_and_for_no_other() {
    let mut ledger = adopted(&["second-line"]);
    let other = GuestId(Uuid::from_u128(9));
    ledger.fold(&Entry::GuestForgotten { person: ANA, guest: other, at: noon() });
    assert!(ledger.guests.contains_key(&ANA));
    ledger.fold(&Entry::GuestForgotten { person: ANA, guest: GUEST, at: noon() });
    assert!(ledger.guests.is_empty());
}

#[test]
fn a_run_is_the_blocks_of_one_epoch_that_follow_each_other() {
    let mut numbers = RunNumbers::default();
    let runs: Vec<u64> = [(1, 1), (2, 1), (3, 4), (4, 5), (5, 5), (6, 1)]
        .into_iter()
        .map(|(block, epoch)| numbers.next(block, epoch))
        .collect();
    // The last epoch is an old number again: the leases were lost, and it is another run all the same.
    assert_eq!(runs, [1, 1, 3, 4, 4, 6]);
}
