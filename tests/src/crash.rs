//! The process is killed between any two operations and started again: the same end, nobody invited twice, nobody
//! wrongly removed.
//!
//! Every operation is enumerated, not sampled: each one on the store, each request to Microsoft and for a token, and
//! each answer to the host; before its effect, and after its effect but before the process hears of it. The host
//! delivers again what was not answered, and its timer goes on.

mod asking;
pub(crate) mod fate;
pub(crate) mod stories;
pub(crate) mod town;

use fate::Death;
use town::{End, Town};

/// What the story comes to when nobody dies, and at how many operations somebody can.
async fn unharmed(story: impl AsyncFn(&[Death]) -> Town) -> (End, Vec<String>) {
    let town = story(&[]).await;
    let operations = town.operations();
    (town.end().await, operations)
}

/// One death at each operation.
async fn one_death(name: &str, story: impl AsyncFn(&[Death]) -> Town) {
    let (expected, operations) = unharmed(&story).await;
    let mut cases = 0;
    for death in Death::all(operations.len() as u64) {
        // Nobody hears of an answer: dying after it is dying later.
        let last = &operations[death.at as usize];
        if death.after && last == "answer the host" {
            continue;
        }
        let town = story(&[death]).await;
        assert_eq!(town.deaths_left(), 0, "{name}: {death:?} never came");
        assert_eq!(town.end().await, expected, "{name}: {death:?}, {last}");
        cases += 1;
    }
    println!("{name}: {} operations, {cases} deaths", operations.len());
    assert!(operations.len() > 20, "{operations:#?}");
}

/// Two deaths: the first at each operation, the second so many operations later, in whatever runs then.
/// Less than `late_max` of the pairs may reach beyond the end of the story.
async fn two_deaths(
    name: &str,
    distances: impl Iterator<Item = u64> + Clone,
    late_max: f64,
    story: impl AsyncFn(&[Death]) -> Town,
) {
    let (expected, operations) = unharmed(&story).await;
    let (mut cases, mut late) = (0, 0);
    for at in 0..operations.len() as u64 {
        for distance in distances.clone() {
            // Dying after an effect is dying before the next operation, but for what goes on beside it: enough here.
            let first = Death { at, after: false };
            let second = Death { at: at + distance, after: at.is_multiple_of(2) };
            let town = story(&[first, second]).await;
            // Beyond the end of the story there is nobody to die.
            late += town.deaths_left();
            assert_eq!(town.end().await, expected, "{name}: {first:?}, {second:?}");
            cases += 1;
        }
    }
    println!("{name}: {} operations, {cases} pairs of deaths, of which {late} had one only", operations.len());
    assert!((late as f64) < late_max * f64::from(cases), "{late} of {cases}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_dies_and_dies_again_ends_the_same() {
    two_deaths("joiners and leavers", [4, 17].into_iter(), 0.5, stories::joiners_and_leavers).await;
}

#[tokio::test(start_paused = true)]
async fn a_release_that_dies_and_dies_again_ends_the_same() {
    two_deaths("release", [2, 9].into_iter(), 0.5, stories::a_release).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "all pairs: some ten minutes of work, run by hand"]
async fn every_pair_of_deaths_ends_the_same() {
    two_deaths("joiners and leavers", 1..60, 0.5, stories::joiners_and_leavers).await;
    two_deaths("release", 1..60, 0.5, stories::a_release).await;
    two_deaths("ask", 1..60, 0.5, asking::asked).await;
    // As many distances as operations: most pairs reach beyond so short a story.
    two_deaths("approve", 1..60, 0.8, asking::approved).await;
}

#[tokio::test(start_paused = true)]
async fn a_first_run_that_dies_anywhere_ends_the_same() {
    one_death("first sync", stories::first_sync).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_with_joiners_and_leavers_that_dies_anywhere_ends_the_same() {
    one_death("joiners and leavers", stories::joiners_and_leavers).await;
}

#[tokio::test(start_paused = true)]
async fn a_release_that_dies_anywhere_and_is_sent_again_ends_the_same() {
    one_death("release", stories::a_release).await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_dies_anywhere_and_is_sent_again_ends_the_same() {
    one_death("refusal", stories::a_refusal).await;
}

#[tokio::test(start_paused = true)]
async fn a_lifted_block_that_dies_anywhere_and_is_sent_again_ends_the_same() {
    one_death("lifted block", stories::a_lifted_block).await;
}

#[tokio::test(start_paused = true)]
async fn a_tick_that_dies_anywhere_loses_nobody() {
    one_death("ticks", stories::ticks).await;
}

#[tokio::test(start_paused = true)]
async fn a_whole_life_that_dies_anywhere_ends_the_same() {
    one_death("whole life", stories::a_whole_life).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_asks_and_dies_anywhere_is_carried_out_once() {
    one_death("ask", asking::asked).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_approval_dies_anywhere_is_carried_out_once() {
    one_death("approve", asking::approved).await;
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_dies_anywhere_holds() {
    one_death("extend", asking::extended).await;
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_that_dies_anywhere_takes_the_person_out() {
    one_death("cancel", asking::cancelled).await;
}

#[tokio::test(start_paused = true)]
async fn an_end_at_which_somebody_dies_takes_the_person_out() {
    one_death("expire", asking::expired).await;
}
