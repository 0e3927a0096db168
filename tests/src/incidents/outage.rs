//! The store fails while alerts come: they are stored or refused, and people hear of them all the same.

use super::alert::{incident, sign_in, sign_ins};
use super::channels::Say;
use super::deaths::check;
use super::scene::{FIRST, Scene, take};
use async_trait::async_trait;
use bytes::Bytes;
use futures::future::join;
use outside::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use store::faulty::{Fault, Faulty};
use store::{Documents, Error, Stored, Tag};

/// How a store is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Down {
    /// It says no.
    Refuses,
    /// It says nothing.
    Hangs,
}

/// A store that is down from its operation of this number on, counted from 0, until it is healed.
struct Ailing {
    inner: Arc<dyn Documents>,
    down: Down,
    from: u64,
    operations: AtomicU64,
    healed: AtomicBool,
}

impl Ailing {
    async fn run<T>(&self, operation: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let number = self.operations.fetch_add(1, Ordering::SeqCst);
        if number < self.from || self.healed.load(Ordering::SeqCst) {
            return operation.await;
        }
        match self.down {
            Down::Refuses => Err(Error::Unavailable("it is down".into())),
            Down::Hangs => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Documents for Ailing {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        self.run(self.inner.get(path)).await
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        self.run(self.inner.create(path, bytes)).await
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        self.run(self.inner.replace(path, bytes, tag)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        self.run(self.inner.list(prefix)).await
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        self.run(self.inner.delete(path)).await
    }
}

/// How many operations taking an alert is, up to its end.
async fn operations(body: &[u8]) -> u64 {
    let mut scene = Scene::new();
    let counted = Arc::new(Faulty::new(scene.world.documents.clone()));
    scene.documents = counted.clone();
    assert!(scene.sent(body).await);
    scene.sleep(50).await;
    counted.operations()
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_ten_minutes_from_any_operation_on_tells_people_once_and_loses_nothing_that_was_taken() {
    let bodies =
        [("one", sign_in(1), vec![1]), ("three", sign_ins(1, &[(1, "50126"), (2, "0"), (3, "50126")]), vec![1, 2, 3])];
    for (name, body, numbers) in bodies {
        for down in [Down::Refuses, Down::Hangs] {
            for from in 0..=operations(&body).await {
                let case = format!("{name}, {down:?} from {from}");
                let mut scene = Scene::new();
                let ailing = Ailing {
                    inner: scene.world.documents.clone(),
                    down,
                    from,
                    operations: AtomicU64::new(0),
                    healed: AtomicBool::new(false),
                };
                let ailing = Arc::new(ailing);
                scene.documents = ailing.clone();
                let begun = scene.world.clock.monotonic();
                let first = scene.sent_once(&body).await;
                assert!(scene.world.clock.monotonic() - begun <= Duration::from_secs(4), "{case}: answered in time");
                let taken = first || scene.sent(&body).await;
                // No timer fires in a store that hangs, and in one that refuses none gets anywhere.
                scene.sleep(600).await;
                let ids: Vec<_> = numbers.iter().map(|number| incident(scene.tenant(), *number)).collect();
                for (id, channel) in ids.iter().flat_map(|id| FIRST.map(|channel| (id, channel))) {
                    let calls = scene.channels.calls(channel, id.as_str());
                    assert_eq!(calls.len(), 1, "{case}: {channel} heard of {id} so often: {calls:#?}");
                }
                ailing.healed.store(true, Ordering::SeqCst);
                // What hung is a process that ended long ago.
                scene.start();
                // Whoever was refused may find it stored all the same; a marker is what it is found by.
                if taken || !scene.stored("open/alerts").await.is_empty() {
                    check(&scene, &ids, 1, &case).await;
                } else {
                    scene.minutes(12).await;
                    assert_eq!(scene.stored("open").await, Vec::<String>::new(), "{case}");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_once_or_thrice_loses_nothing_and_repeats_nothing_unsaid() {
    let body = sign_ins(1, &[(1, "50126"), (2, "0")]);
    let last = operations(&body).await;
    for fault in [Fault::Before, Fault::Lost, Fault::After] {
        for times in [1, 3] {
            for at in 1..=last {
                let case = format!("{fault:?}, {times} times from {at}");
                let mut scene = Scene::new();
                let faulty = Arc::new(Faulty::new(scene.world.documents.clone()));
                (at..at + times).for_each(|number| faulty.fault(number, fault));
                scene.documents = faulty;
                let (taken, ()) = join(scene.sent(&body), scene.minutes(4)).await;
                assert!(taken, "{case}");
                let ids = [1, 2].map(|number| incident(scene.tenant(), number));
                check(&scene, &ids, 2, &case).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_was_told_from_memory_is_told_once_more_when_it_can_be_stored_and_says_that_it_may_repeat() {
    let scene = Scene::new();
    let faulty = Arc::new(Faulty::new(scene.world.documents.clone()));
    faulty.kill_after(0);
    let engine = scene.engine_on(faulty.clone(), scene.channels.clone());
    for _ in 0..3 {
        assert!(!take(&engine, &sign_in(1)).await, "it is not stored");
    }
    faulty.heal();
    for _ in 0..3 {
        assert!(take(&engine, &sign_in(1)).await, "it is stored");
    }
    let id = incident(scene.tenant(), 1);
    for channel in FIRST {
        let calls = scene.channels.calls(channel, id.as_str());
        assert_eq!(calls.len(), 2, "{calls:#?}");
        assert!(calls.iter().all(|call| call.may_repeat()), "{calls:#?}");
        assert_eq!(calls[0].data["id"], calls[1].data["id"], "under the same key");
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_of_a_sign_in_that_cannot_be_stored_is_told_at_once_since_nobody_comes_back_to_it() {
    let scene = Scene::new();
    let faulty = Arc::new(Faulty::new(scene.world.documents.clone()));
    faulty.kill_after(0);
    let engine = scene.engine_on(faulty, scene.channels.clone());
    assert!(!take(&engine, &sign_ins(1, &[(1, "50074")])).await);
    assert_eq!(scene.channels.got().len(), FIRST.len());
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_slower_than_the_answer_is_told_once_from_memory() {
    let mut scene = Scene::new();
    FIRST.iter().for_each(|channel| scene.channels.says(channel, Say::Slow(8_000)));
    let faulty = Arc::new(Faulty::new(scene.world.documents.clone()));
    faulty.kill_after(0);
    scene.documents = faulty;
    assert!(!scene.sent(&sign_in(1)).await);
    scene.sleep(60).await;
    let id = incident(scene.tenant(), 1);
    for channel in FIRST {
        assert_eq!(scene.channels.calls(channel, id.as_str()).len(), 1, "{channel}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_channel_whose_answer_is_lost_hears_it_again_with_the_word_that_it_may_repeat() {
    let scene = Scene::new();
    scene.channels.will_say("ops", &[Say::Lost]);
    let begun = scene.world.clock.monotonic();
    assert!(scene.sent(&sign_in(1)).await);
    assert!(scene.world.clock.monotonic() - begun < Duration::from_secs(2), "the sender does not wait for it");
    scene.sleep(60).await;
    let id = incident(scene.tenant(), 1);
    let repeats: Vec<bool> = scene.channels.calls("ops", id.as_str()).iter().map(|call| call.may_repeat()).collect();
    assert_eq!(repeats, [false, true]);
    assert_eq!(scene.channels.calls("sms", id.as_str()).len(), 1, "success on one channel is not sent again");
}
