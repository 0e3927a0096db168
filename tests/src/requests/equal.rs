//! The same is asked many times, in many processes at once: one request, one grant, one invitation.

use super::town::{LEAD, Town, ZOE, body, known};
use access::config::May;
use access::requests::{RequestId, Status};
use engine::Engine;
use engine::requests::{Decide, Heard, Made, Refused, Wish};
use jiff::SignedDuration;
use outside::SeededRandom;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::latent::Latent;

const CALLS: usize = 20;

/// What beside the body says which request is meant.
#[derive(Clone, Copy, Default)]
struct Meant<'a> {
    key: Option<&'a str>,
    delivery: Option<&'a str>,
}

async fn send(engine: &Engine, meant: Meant<'_>, hours: u32) -> Result<Made, Refused> {
    let caller = known("servicenow", &[May::Request]);
    let body = body(hours).to_string();
    let wish = Wish { caller: &caller, key: meant.key, delivery: meant.delivery, body: body.as_bytes() };
    match engine.ask_for(&wish).await? {
        Heard::Made(made) => Ok(*made),
        Heard::Nothing(why) => panic!("it asks: {why}"),
    }
}

/// A process of its own, whose way to the store takes up to so many milliseconds.
fn far(town: &Town, seed: u64, delay_max: u64) -> Engine {
    let (clock, random) = (Arc::new(town.world.clock.clone()), Arc::new(SeededRandom::new(seed)));
    let delay = Duration::from_millis(delay_max);
    let documents = Latent::jittered(town.world.documents.clone(), clock.clone(), delay, random.clone());
    town.world.engine_of(Arc::new(documents), Arc::new(town.world.sim.clone()), clock, random)
}

async fn documents(town: &Town) -> Vec<String> {
    town.world.engine().store().list("requests/").await.expect("the store works")
}

fn invited(town: &Town) -> usize {
    let effects = town.world.sim.effects().into_iter();
    effects.filter(|one| matches!(&one.change, cloud_sim::Change::GuestInvited { mail, .. } if mail == ZOE)).count()
}

#[tokio::test(start_paused = true)]
async fn twenty_equal_calls_at_once_make_one_request_one_grant_and_one_invitation() {
    let meant = [
        Meant::default(),
        Meant { key: Some("k1"), ..Meant::default() },
        Meant { delivery: Some("msg_1"), ..Meant::default() },
        Meant { key: Some("k1"), delivery: Some("msg_1") },
    ];
    for (case, meant) in meant.into_iter().enumerate() {
        for seed in 0..3 {
            let town = Town::new(0).await;
            let engines: Vec<Engine> = (0..5).map(|n| far(&town, 100 * seed + n, 40)).collect();
            let calls = (0..CALLS).map(|n| send(&engines[n % engines.len()], meant, 8));
            let made: Vec<Made> =
                futures::future::join_all(calls).await.into_iter().map(|one| one.expect("it is allowed")).collect();
            let ids: BTreeSet<&RequestId> = made.iter().map(|one| &one.request.id).collect();
            assert_eq!(ids.len(), 1, "case {case}, seed {seed}: each answer names the same request");
            assert_eq!(made.iter().filter(|one| !one.again).count(), 1, "case {case}, seed {seed}: one of them is new");
            for _ in 0..3 {
                town.minute().await;
            }
            assert_eq!(documents(&town).await.len(), 1, "case {case}, seed {seed}");
            assert_eq!((invited(&town), town.is_in()), (1, true), "case {case}, seed {seed}");
            assert_eq!(town.ledger().await.grants.len(), 1, "case {case}, seed {seed}");
            assert_eq!(town.status(&made[0].request.id).await, Status::Active);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn equal_wishes_of_two_lengths_at_once_make_one_request_and_the_others_hear_which() {
    let town = Town::new(1).await;
    let engines: Vec<Engine> = (0..5).map(|n| far(&town, n, 40)).collect();
    let calls = (0..CALLS).map(|n| send(&engines[n % 5], Meant::default(), 8 + (n % 2) as u32));
    let heard = futures::future::join_all(calls).await;
    let made: Vec<&Made> = heard.iter().filter_map(|one| one.as_ref().ok()).collect();
    assert_eq!(made.len(), CALLS / 2);
    let id = &made[0].request.id;
    assert!(made.iter().all(|one| one.request.id == *id));
    for refused in heard.iter().filter_map(|one| one.as_ref().err()) {
        assert!(matches!(refused, Refused::WrongState(text) if text.contains(id.as_str())), "{refused:?}");
    }
    assert_eq!(documents(&town).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_key_stands_for_one_body_and_a_delivery_for_one_request() {
    let key = |key| Meant { key: Some(key), ..Meant::default() };
    let both = |key, delivery| Meant { key: Some(key), delivery: Some(delivery) };
    let delivery = |delivery| Meant { delivery: Some(delivery), ..Meant::default() };
    // What was sent first, what came later, for how many hours, and how many documents there are then.
    let refused = [
        (key("k1"), key("k1"), 9),
        (delivery("m1"), delivery("m1"), 9),
        (both("k1", "m1"), both("k1", "m1"), 9),
        // A header that nobody signed is changed, left out or added.
        (both("k1", "m1"), both("k2", "m1"), 8),
        (both("k1", "m1"), delivery("m1"), 8),
        (delivery("m1"), both("k1", "m1"), 8),
    ];
    for (first, later, hours) in refused {
        for wait in [SignedDuration::ZERO, SignedDuration::from_hours(30 * 24)] {
            let town = Town::new(1).await;
            send(&far(&town, 1, 0), first, 8).await.expect("it is allowed");
            town.world.pass(wait).await;
            let again = send(&far(&town, 2, 0), later, hours).await;
            assert!(matches!(again, Err(Refused::KeyReused)), "{again:?}");
            assert_eq!(documents(&town).await.len(), 1);
        }
    }
    let town = Town::new(1).await;
    let engine = town.world.engine();
    let first = send(&engine, both("k1", "m1"), 8).await.expect("it is allowed");
    // The sender repeats its call as a new delivery: the same key, the same request.
    let again = send(&engine, both("k1", "m2"), 8).await.expect("it is allowed");
    assert_eq!((again.again, &again.request.id), (true, &first.request.id));
    let other = send(&engine, both("k2", "m3"), 8).await.expect("it is allowed");
    assert!(!other.again && other.request.id != first.request.id);
}

#[tokio::test(start_paused = true)]
async fn the_same_wish_is_a_new_request_a_day_after_the_first_was_over() {
    let town = Town::new(1).await;
    let engine = town.world.engine();
    let first = send(&engine, Meant::default(), 8).await.expect("it is allowed").request.id;
    town.world.pass(SignedDuration::from_hours(48)).await;
    assert!(send(&engine, Meant::default(), 8).await.expect("it is allowed").again, "it waits, however long");
    town.decide(&first, Decide::Reject, LEAD).await.expect("the lead says no");
    let day = SignedDuration::from_hours(24);
    town.world.pass(day - SignedDuration::from_secs(1)).await;
    let early = send(&engine, Meant::default(), 8).await.expect("it is allowed");
    assert_eq!((early.again, &early.request.id, early.request.status), (true, &first, Status::Rejected));
    town.world.pass(SignedDuration::from_secs(1)).await;
    let late = send(&engine, Meant::default(), 9).await.expect("it is allowed");
    assert!(!late.again && late.request.id != first);
    let again = send(&engine, Meant::default(), 9).await.expect("it is allowed");
    assert_eq!((again.again, &again.request.id), (true, &late.request.id), "the new one counts from now on");
    for _ in 0..2 {
        town.minute().await;
    }
    assert_eq!(town.open("requests").await, [late.request.id.to_string()], "nothing is left to do for the first");
}

#[tokio::test(start_paused = true)]
async fn whoever_was_stopped_between_marker_and_request_is_followed_all_the_same() {
    let town = Town::new(1).await;
    let clock = Arc::new(town.world.clock.clone());
    // The marker is there after twelve minutes, and the request after thirty-six.
    let documents = Latent::new(town.world.documents.clone(), clock.clone(), Duration::from_secs(24 * 60));
    let random = Arc::new(SeededRandom::new(9));
    let slow = town.world.engine_of(Arc::new(documents), Arc::new(town.world.sim.clone()), clock, random);
    let beside = async {
        town.world.pass(SignedDuration::from_mins(23)).await;
        assert_eq!(town.open("requests").await.len(), 1);
        town.world.engine().follow_requests().await.expect("the store works");
        assert_eq!(town.open("requests").await.len(), 0, "it looks left behind");
    };
    let (made, ()) = futures::future::join(send(&slow, Meant::default(), 8), beside).await;
    let id = made.expect("it is allowed").request.id;
    assert_eq!(town.open("requests").await, [id.to_string()]);
}
