//! What requests cost: operations on the store, and requests to Microsoft.

use super::town::{Town, body, known};
use access::config::May;
use engine::requests::{Heard, Wish};

#[tokio::test(start_paused = true)]
async fn asking_for_what_needs_approval_is_two_operations_on_the_store_and_nothing_to_microsoft() {
    let town = Town::new(1).await;
    let (engine, before) = (town.world.engine(), town.world.sim.requests().len());
    let caller = known("servicenow", &[May::Request]);
    let body = body(8).to_string();
    // The key is no dearer; that a delivery is signed is one document more.
    for (key, delivery, creates) in [(None, None, 2), (Some("k"), None, 2), (None, Some("m"), 3)] {
        town.world.documents.reset();
        let wish = Wish { caller: &caller, key, delivery, body: body.as_bytes() };
        let made = engine.ask_for(&wish).await.expect("it is allowed");
        assert!(matches!(made, Heard::Made(made) if !made.again));
        let counts = town.world.documents.counts("");
        assert_eq!((counts.creates, counts.writes(), counts.reads()), (creates, creates, 0), "{counts:?}");
    }
    assert_eq!(town.world.sim.requests().len(), before);
}

#[tokio::test(start_paused = true)]
async fn following_nothing_is_one_list() {
    let town = Town::new(1).await;
    let (engine, before) = (town.world.engine(), town.world.sim.requests().len());
    town.world.documents.reset();
    engine.follow_requests().await.expect("the store works");
    let counts = town.world.documents.counts("");
    assert_eq!((counts.lists, counts.reads(), counts.writes()), (1, 1, 0), "{counts:?}");
    assert_eq!(town.world.sim.requests().len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_or_is_active_costs_one_read_a_minute() {
    let town = Town::new(0).await;
    town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed");
    for _ in 0..4 {
        town.minute().await;
    }
    assert!(town.is_in());
    let (engine, before) = (town.world.engine(), town.world.sim.requests().len());
    town.world.documents.reset();
    engine.follow_requests().await.expect("the store works");
    let counts = town.world.documents.counts("");
    assert_eq!((counts.lists, counts.gets, counts.writes()), (1, 1, 0), "{counts:?}");
    assert_eq!(town.world.sim.requests().len(), before);
}
