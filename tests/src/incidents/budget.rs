//! What an alert costs before somebody is paged, and after: operations on the store.

use super::alert::{incident, sign_in, sign_ins};
use super::scene::{FIRST, Scene, take};
use engine::Engine;
use jiff::SignedDuration;
use outside::Clock;
use std::sync::Arc;
use std::time::Duration;
use store::counted::Counts;
use store::latent::Latent;

/// How long an operation on the store takes.
const OPERATION: Duration = Duration::from_millis(20);

const PUBLIC: &str = "https://gatehouse.example/api/v1/directory-changes";

/// A process that was just started, on a store across a network.
fn started(scene: &Scene, public: bool) -> Engine {
    let clock = Arc::new(scene.world.clock.clone());
    let slow = Latent::new(scene.world.documents.clone(), clock, OPERATION);
    let engine = scene.engine_on(Arc::new(slow), scene.channels.clone());
    engine.reached_at(public.then(|| PUBLIC.to_owned()))
}

/// After how long the last of the first pages for this sign-in had left.
async fn paged_after(scene: &Scene, engine: &Engine, body: &[u8], number: usize) -> SignedDuration {
    let begun = scene.world.clock.now();
    assert!(take(engine, body).await);
    let id = incident(scene.tenant(), number);
    let calls: Vec<_> = FIRST.iter().flat_map(|channel| scene.channels.calls(channel, id.as_str())).collect();
    assert_eq!(calls.len(), FIRST.len(), "once each");
    calls.iter().map(|call| call.at).max().expect("somebody was paged").duration_since(begun)
}

#[tokio::test(start_paused = true)]
async fn the_first_page_leaves_two_operations_on_the_store_after_the_alerts_arrival() {
    let two = SignedDuration::try_from(2 * OPERATION).expect("it is short");
    let several: Vec<(usize, &str)> = (10..30).map(|number| (number, "0")).collect();
    for (what, public) in [("known to nobody", false), ("known by its address", true)] {
        let scene = Scene::new();
        let engine = started(&scene, public);
        assert_eq!(paged_after(&scene, &engine, &sign_in(1), 1).await, two, "{what}: the very first alert");
        assert_eq!(paged_after(&scene, &engine, &sign_in(2), 2).await, two, "{what}: the next one");
        assert_eq!(paged_after(&scene, &engine, &sign_ins(3, &several), 29).await, two, "{what}: twenty at once");
        let cold = started(&scene, public);
        assert_eq!(paged_after(&scene, &cold, &sign_in(4), 4).await, two, "{what}: a process that was just started");
        let links: Vec<bool> = scene.channels.got().iter().map(|got| got.data["link"].is_string()).collect();
        assert_eq!(links, vec![public; links.len()], "{what}: every page has a link where it can");
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_alert_costs_in_all_is_bounded_and_a_repeated_one_pages_nobody() {
    let scene = Scene::new();
    let engine = scene.engine();
    let documents = &scene.world.documents;
    let cases = [
        ("an alert", sign_in(1), Counts { gets: 2, creates: 4, replaces: 2, lists: 0, deletes: 1 }),
        ("the same bytes", sign_in(1), Counts { gets: 5, creates: 4, replaces: 0, lists: 0, deletes: 1 }),
        ("another road", sign_ins(2, &[(1, "0")]), Counts { gets: 4, creates: 4, replaces: 1, lists: 0, deletes: 1 }),
    ];
    for (what, body, expected) in cases {
        documents.reset();
        assert!(take(&engine, &body).await);
        // What goes on after the answer, too.
        scene.sleep(60).await;
        assert_eq!(documents.counts(""), expected, "{what}");
    }
    assert_eq!(scene.channels.got().len(), FIRST.len(), "nobody was paged twice");
}

#[tokio::test(start_paused = true)]
async fn following_nothing_is_three_lists_and_no_more() {
    let scene = Scene::new();
    scene.engine().follow_incidents().await.expect("the store works");
    let counts = scene.world.documents.counts("");
    assert_eq!(counts, Counts { lists: 3, ..Counts::default() });
}

#[tokio::test(start_paused = true)]
async fn an_incident_that_nobody_answers_costs_two_reads_a_minute_and_no_write() {
    let scene = Scene::new();
    let engine = scene.engine();
    let open = 4;
    for number in 0..open {
        assert!(take(&engine, &sign_in(number)).await);
    }
    // Everybody was paged as often as the configuration says, and the logs were asked for the last time.
    scene.minutes(8 * 60).await;
    scene.world.documents.reset();
    scene.engine().follow_incidents().await.expect("the store works");
    let counts = scene.world.documents.counts("incidents");
    assert_eq!((counts.gets, counts.writes()), (2 * open as u64, 0), "{counts:?}");
}
