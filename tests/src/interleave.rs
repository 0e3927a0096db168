//! Runs and decisions on one customer, in every order of their operations on the store.
//!
//! Millions of orders are gone through, and thousands of them are played by the program itself: an actor who hears the same
//! does the same, so what it did once is known. Every state in which it may end is played and looked at.
//!
//! In each order: nobody is invited twice or removed wrongly, the journal's chain holds and the ledger is its fold, a
//! decision that was answered is in effect, what is held can be seen, and after one more tick nothing is left to do.

mod asked;
mod call;
mod company;
mod ears;
mod explorer;
mod footprint;
mod journal;
mod kinds;
mod overheard;
mod plain;
mod play;
mod reduced;
mod scene;
mod script;
mod stage;
mod surroundings;
mod turnstile;
mod uses;

use asked::Doing;
use explorer::{Bounds, explore};
use kinds::explore_kinds;
use play::Part;
use stage::Deed;
use std::time::Duration;

/// Longer than a lease and the skew that others allow for.
const LONG: Duration = Duration::from_secs(21);

/// Explores, says how much that was, and holds it against the least that makes sense: an explorer that finds nothing to
/// choose proves nothing.
async fn explored<D: Deed>(preemptions_max: Option<u32>, waits_max: u32, parts: &[D], least: usize) {
    let bounds = Bounds { preemptions_max, waits_max, wait: LONG };
    let explored = explore(bounds, &D::play(parts).await).await;
    println!("{parts:?} with {bounds:?}: {explored}");
    assert!(explored.states >= least && explored.contested >= 3, "{explored}");
}

/// All orders of these, one of each kind.
async fn every_kind<D: Deed>(parts: &[D]) {
    let explored = explore_kinds(&D::play(parts).await).await;
    println!("{parts:?}: {explored}");
    assert!(explored.contested >= 3 && explored.orders >= 50, "{explored}");
}

/// One order of each kind ends in every state in which any order ends.
#[tokio::test(start_paused = true)]
async fn the_kinds_of_orders_are_all_there() {
    async fn compare<D: Deed>(parts: &[D]) {
        let bounds = Bounds { preemptions_max: None, waits_max: 0, wait: Duration::ZERO };
        let place = D::play(parts).await;
        let all = explore(bounds, &place).await;
        let kinds = explore_kinds(&place).await;
        println!("{parts:?}: all {all}; kinds {kinds}");
        assert!(all.ends == kinds.ends, "{} ends and {}", all.ends.len(), kinds.ends.len());
        assert!(kinds.orders < all.orders && kinds.states < all.states);
    }
    compare(&[Part::Run, Part::Run]).await;
    compare(&[Part::Run, Part::Release]).await;
    compare(&[Doing::Run, Doing::Grant]).await;
    compare(&[Part::Run, Part::Run, Part::Release]).await;
}

/// Any two, but for those whose orders are a quarter of a million.
#[tokio::test(start_paused = true)]
async fn no_two_fight_in_any_order() {
    every_kind(&[Part::Run, Part::Run]).await;
    every_kind(&[Part::Run, Part::Release]).await;
    every_kind(&[Part::Run, Part::Refuse]).await;
    every_kind(&[Part::Run, Part::Lift]).await;
    every_kind(&[Doing::Run, Doing::Grant]).await;
    every_kind(&[Doing::Grant, Doing::Release]).await;
}

#[tokio::test(start_paused = true)]
async fn two_runs_and_a_release_do_not_fight_in_any_order() {
    every_kind(&[Part::Run, Part::Run, Part::Release]).await;
}

#[tokio::test(start_paused = true)]
async fn two_runs_that_are_stopped_for_longer_than_their_lease_do_not_fight() {
    explored(Some(0), 1, &[Part::Run, Part::Run], 20).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_and_a_release_that_are_stopped_for_longer_than_their_lease_do_not_fight() {
    explored(Some(0), 1, &[Part::Run, Part::Release], 20).await;
}

#[tokio::test(start_paused = true)]
async fn a_release_and_a_refusal_at_once_leave_one_of_them_in_effect() {
    explored(Some(1), 1, &[Part::Release, Part::Refuse], 10).await;
}

#[tokio::test(start_paused = true)]
async fn two_runs_a_release_and_a_refusal_do_not_fight() {
    explored(Some(1), 0, &[Part::Run, Part::Run, Part::Release, Part::Refuse], 50).await;
}

#[tokio::test(start_paused = true)]
async fn a_grant_and_a_cancellation_do_not_fight() {
    explored(Some(1), 0, &[Doing::Grant, Doing::Cancel], 20).await;
}

#[tokio::test(start_paused = true)]
async fn a_grant_and_a_cancellation_that_are_stopped_for_longer_than_their_lease_do_not_fight() {
    explored(Some(0), 1, &[Doing::Grant, Doing::Cancel], 10).await;
}

#[tokio::test(start_paused = true)]
async fn two_grants_of_one_person_do_not_fight() {
    explored(Some(1), 0, &[Doing::Grant, Doing::Second], 20).await;
}

#[tokio::test(start_paused = true)]
async fn two_runs_a_grant_and_a_release_do_not_fight() {
    explored(Some(1), 0, &EVERYBODY, 100).await;
}

/// All that can be at work on one customer at once, and then some.
const EVERYBODY: [Doing; 4] = [Doing::Run, Doing::Run, Doing::Grant, Doing::Release];

#[tokio::test(start_paused = true)]
#[ignore = "a million orders: minutes with an optimised build"]
async fn nobody_fights_in_any_order() {
    every_kind(&[Doing::Grant, Doing::Second]).await;
    every_kind(&[Doing::Grant, Doing::Cancel]).await;
    every_kind(&[Doing::Run, Doing::Run, Doing::Grant]).await;
    every_kind(&[Doing::Run, Doing::Grant, Doing::Release]).await;
    every_kind(&[Part::Run, Part::Run, Part::Release, Part::Refuse]).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "twenty million orders: a quarter of an hour with an optimised build"]
async fn two_runs_a_grant_and_a_release_do_not_fight_in_any_order() {
    every_kind(&EVERYBODY).await;
}

/// Somebody is stopped for longer than a lease, wherever that may be.
#[tokio::test(start_paused = true)]
#[ignore = "long"]
async fn nobody_who_is_stopped_for_longer_than_a_lease_fights_in_any_order() {
    for parts in
        [[Part::Run, Part::Run], [Part::Run, Part::Release], [Part::Run, Part::Refuse], [Part::Run, Part::Lift]]
    {
        explored(None, 1, &parts, 20).await;
    }
    explored(Some(2), 1, &[Doing::Grant, Doing::Cancel], 20).await;
    explored(Some(2), 1, &[Doing::Grant, Doing::Second], 20).await;
    explored(Some(1), 1, &EVERYBODY, 100).await;
}
