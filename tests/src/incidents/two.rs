//! Two processes on one store, both healthy: each message leaves once, whoever meets whom.

use super::alert::{incident, sign_in, sign_ins};
use super::channels::Say;
use super::scene::{FIRST, Scene, take};
use engine::Engine;
use futures::future::join;
use outside::SeededRandom;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::latent::Latent;

/// How often the two meet, each time in another order.
const SEEDS: u64 = 12;

/// A process on a store whose answers take up to a quarter of a second.
fn process(scene: &Scene, seed: u64) -> Engine {
    let (clock, random) = (Arc::new(scene.world.clock.clone()), Arc::new(SeededRandom::new(seed)));
    let slow = Latent::jittered(scene.world.documents.clone(), clock, Duration::from_millis(250), random);
    scene.engine_on(Arc::new(slow), scene.channels.clone())
}

/// Every message that arrived did so once, and none says that it may repeat.
pub(super) fn once_each(scene: &Scene, case: &str) {
    let mut messages: BTreeMap<(String, String), usize> = BTreeMap::new();
    for got in scene.channels.got() {
        assert!(!got.may_repeat(), "{case}: {got:#?}");
        *messages.entry((got.channel, got.message)).or_default() += 1;
    }
    assert!(messages.values().all(|count| *count == 1), "{case}: {messages:#?}");
}

#[tokio::test(start_paused = true)]
async fn the_same_alert_at_two_processes_at_once_is_paged_once() {
    for seed in 0..SEEDS {
        for (what, other) in [("the same bytes", sign_in(1)), ("another road", sign_ins(2, &[(1, "0")]))] {
            let scene = Scene::new();
            let (here, there) = (process(&scene, 2 * seed), process(&scene, 2 * seed + 1));
            let body = sign_in(1);
            let (one, two) = join(take(&here, &body), take(&there, &other)).await;
            assert!(one && two, "{what}, seed {seed}");
            scene.sleep(60).await;
            once_each(&scene, &format!("{what}, seed {seed}"));
            let known = scene.incident(&incident(scene.tenant(), 1)).await.expect("it is stored");
            assert_eq!(known.heard, if body == other { 1 } else { 2 }, "{what}, seed {seed}");
            assert_eq!(scene.channels.got().len(), FIRST.len(), "{what}, seed {seed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_timers_at_once_send_retries_steps_and_rounds_once() {
    for seed in 0..SEEDS {
        let scene = Scene::new();
        let (here, there) = (process(&scene, 2 * seed), process(&scene, 2 * seed + 1));
        scene.channels.will_say("ops", &[Say::Status(503), Say::Later(429, 70), Say::Status(503)]);
        for number in 1..4 {
            assert!(take(&here, &sign_in(number)).await);
        }
        for _ in 0..12 {
            let (one, two) = join(here.follow_incidents(), there.follow_incidents()).await;
            assert_eq!((one.expect("the store works"), two.expect("the store works")), (vec![], vec![]), "seed {seed}");
            scene.sleep(60).await;
        }
        once_each(&scene, &format!("seed {seed}"));
        for number in 1..4 {
            let id = incident(scene.tenant(), number);
            for (channel, least) in [("ops", 2), ("sms", 2), ("boss", 1)] {
                assert!(scene.channels.calls(channel, id.as_str()).len() >= least, "seed {seed}: {channel}, {id}");
            }
        }
    }
}
