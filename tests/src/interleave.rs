//! Runs and decisions on one customer, in every order of their operations on the store.
//!
//! In each order: nobody is invited twice or removed wrongly, the journal's chain holds and the ledger is its fold, a
//! decision that was answered is in effect, what is held can be seen, and after one more tick nothing is left to do.

mod asked;
mod explorer;
mod play;
mod turnstile;

use asked::{Asked, Doing};
use explorer::{Bounds, explore};
use play::{Customer, Part};
use std::time::Duration;

/// Longer than a lease and the skew that others allow for.
const LONG: Duration = Duration::from_secs(21);

/// Explores, says how much that was, and holds it against the least that makes sense: an explorer that finds nothing to
/// choose proves nothing.
async fn explored(preemptions_max: Option<u32>, waits_max: u32, parts: &[Part], least: usize) {
    let bounds = Bounds { preemptions_max, waits_max, wait: LONG };
    let explored = explore(bounds, async || Customer::new(parts).await).await;
    println!("{parts:?} with {bounds:?}: {explored:?}");
    assert!(explored.whole >= least && explored.contested >= 3, "{explored:?}");
}

/// The same for people who ask for access.
async fn explored_asked(preemptions_max: Option<u32>, waits_max: u32, parts: &[Doing], least: usize) {
    let bounds = Bounds { preemptions_max, waits_max, wait: LONG };
    let explored = explore(bounds, async || Asked::new(parts).await).await;
    println!("{parts:?} with {bounds:?}: {explored:?}");
    assert!(explored.whole >= least && explored.contested >= 3, "{explored:?}");
}

#[tokio::test(start_paused = true)]
async fn two_runs_do_not_fight() {
    explored(Some(2), 0, &[Part::Run, Part::Run], 20).await;
}

#[tokio::test(start_paused = true)]
async fn two_runs_that_are_stopped_for_longer_than_their_lease_do_not_fight() {
    explored(Some(0), 1, &[Part::Run, Part::Run], 20).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_and_a_release_do_not_fight_in_any_order() {
    explored(None, 0, &[Part::Run, Part::Release], 20).await;
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
async fn a_run_and_a_lifted_block_do_not_fight() {
    explored(Some(2), 0, &[Part::Run, Part::Lift], 10).await;
}

#[tokio::test(start_paused = true)]
async fn two_runs_a_release_and_a_refusal_do_not_fight() {
    explored(Some(1), 0, &[Part::Run, Part::Run, Part::Release, Part::Refuse], 50).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_and_a_grant_do_not_fight() {
    explored_asked(Some(1), 0, &[Doing::Run, Doing::Grant], 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_grant_and_a_cancellation_do_not_fight() {
    explored_asked(Some(1), 0, &[Doing::Grant, Doing::Cancel], 20).await;
}

#[tokio::test(start_paused = true)]
async fn a_grant_and_a_cancellation_that_are_stopped_for_longer_than_their_lease_do_not_fight() {
    explored_asked(Some(0), 1, &[Doing::Grant, Doing::Cancel], 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_a_grant_and_a_release_do_not_fight() {
    explored_asked(Some(1), 0, &[Doing::Run, Doing::Grant, Doing::Release], 20).await;
}

#[tokio::test(start_paused = true)]
async fn two_grants_of_one_person_do_not_fight() {
    explored_asked(Some(1), 0, &[Doing::Grant, Doing::Second], 20).await;
}

#[tokio::test(start_paused = true)]
async fn two_runs_a_grant_and_a_release_do_not_fight() {
    explored_asked(Some(1), 0, &EVERYBODY, 100).await;
}

/// All that can be at work on one customer at once, and then some.
const EVERYBODY: [Doing; 4] = [Doing::Run, Doing::Run, Doing::Grant, Doing::Release];

#[tokio::test(start_paused = true)]
#[ignore = "every order without a bound: half an hour of work, run by hand"]
async fn nobody_fights_in_any_order_at_all() {
    for waits_max in [0, 1] {
        explored(None, waits_max, &[Part::Run, Part::Run], 20).await;
        explored(None, waits_max, &[Part::Run, Part::Release], 20).await;
        explored(None, waits_max, &[Part::Run, Part::Refuse], 20).await;
        explored(None, waits_max, &[Part::Run, Part::Lift], 20).await;
        explored(Some(2), waits_max, &[Part::Run, Part::Run, Part::Release, Part::Refuse], 50).await;
        explored_asked(None, waits_max, &[Doing::Run, Doing::Grant], 20).await;
    }
}

#[tokio::test(start_paused = true)]
#[ignore = "hours of work, run by hand"]
async fn nobody_fights_in_any_order_of_two_runs_a_grant_and_a_release() {
    explored_asked(Some(2), 0, &EVERYBODY, 1_000).await;
    explored_asked(Some(0), 1, &EVERYBODY, 50).await;
    explored_asked(Some(1), 1, &EVERYBODY, 500).await;
    explored_asked(None, 0, &EVERYBODY, 1_000).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "hours of work, run by hand"]
async fn nobody_fights_in_any_order_of_grants_and_what_ends_them() {
    for waits_max in [0, 1] {
        explored_asked(Some(2), waits_max, &[Doing::Grant, Doing::Cancel], 20).await;
        explored_asked(Some(2), waits_max, &[Doing::Grant, Doing::Second], 20).await;
        explored_asked(Some(2), waits_max, &[Doing::Run, Doing::Grant, Doing::Release], 50).await;
    }
    explored_asked(None, 0, &[Doing::Grant, Doing::Cancel], 20).await;
    explored_asked(None, 0, &[Doing::Grant, Doing::Second], 20).await;
}
