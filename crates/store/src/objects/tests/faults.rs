//! Services that are overloaded, unwell or out of reach: what is said of a write is true, and nobody waits for ever.

use super::both;
use super::fake::{Dialect, Fake, Fault};
use crate::objects::wire::{ATTEMPTS_MAX, ATTEMPTS_WITHIN};
use crate::{Document, Documents, Error, Memory, Store, Tag};
use outside::{Clock, SeededRandom, VirtualClock};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// What an overloaded service says, once without a pause and once with one.
fn busy(dialect: Dialect) -> Vec<Fault> {
    let code = if dialect == Dialect::Azure { "ServerBusy" } else { "SlowDown" };
    vec![Fault::Says(503, code, None), Fault::Says(429, "TooManyRequests", Some("2")), Fault::Unsent]
}

/// Every kind of operation, over a document that is there.
const OPERATIONS: [&str; 5] = ["get", "create", "replace", "list", "delete"];

async fn run(store: &dyn Documents, operation: &str, tag: &Tag) -> Result<(), Error> {
    match operation {
        "get" => store.get("there").await.map(drop),
        "create" => store.create("new", "bytes".into()).await.map(drop),
        "replace" => store.replace("there", "newer".into(), tag).await.map(drop),
        "list" => store.list("").await.map(drop),
        "delete" => store.delete("there").await,
        _ => unreachable!(),
    }
}

async fn state(store: &dyn Documents) -> Vec<(String, String)> {
    let mut state = Vec::new();
    for path in store.list("").await.unwrap() {
        let bytes = store.get(&path).await.unwrap().unwrap().bytes;
        state.push((path, String::from_utf8(bytes.to_vec()).unwrap()));
    }
    state
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_sent_again_after_the_pause_that_was_asked_for() {
    for operation in OPERATIONS {
        for fake in both() {
            let store = fake.bucket();
            let tag = store.create("there", "bytes".into()).await.unwrap();
            for fault in busy(fake.dialect) {
                fake.seen();
                let asks = matches!(fault, Fault::Says(_, _, Some(_)));
                fake.then([fault]);
                let case = format!("{operation} on {:?}, asks for a pause: {asks}", fake.dialect);
                match run(&store, operation, &tag).await {
                    Ok(()) => {}
                    // It was done by the round before this one.
                    Err(error) => assert_eq!(error, Error::Conflict, "{case}"),
                }
                let seen = fake.seen();
                assert_eq!(seen.len(), 2, "{case}");
                let pause = seen[1].at - seen[0].at;
                let (least, most) = if asks { (2_000, 2_000) } else { (100, 200) };
                assert!((least..=most).contains(&pause.as_millis()), "{case}: {pause:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_stays_overloaded_is_out_of_reach_and_nothing_happened() {
    for operation in OPERATIONS {
        for fake in both() {
            let store = fake.bucket();
            let tag = store.create("there", "bytes".into()).await.unwrap();
            let before = state(&store).await;
            for fault in busy(fake.dialect) {
                fake.seen();
                fake.then(vec![fault; ATTEMPTS_MAX as usize]);
                let started = fake.clock.monotonic();
                let failed = run(&store, operation, &tag).await.unwrap_err();
                let case = format!("{operation} on {:?}: {failed}", fake.dialect);
                assert!(matches!(failed, Error::Unavailable(_)), "{case}");
                assert!(fake.clock.monotonic() - started <= ATTEMPTS_WITHIN, "{case}");
                assert_eq!(fake.seen().len(), ATTEMPTS_MAX as usize, "{case}");
            }
            assert_eq!(state(&store).await, before, "{operation} on {:?}", fake.dialect);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_ten_seconds_for_another_attempt() {
    for (after, attempts) in [("9", 2), ("10", 1), ("3600", 1)] {
        for fake in both() {
            fake.then([Fault::Says(503, "ServerBusy", Some(after))]);
            let read = fake.bucket().get("a").await;
            assert_eq!((fake.seen().len(), read.is_ok()), (attempts, attempts == 2), "{after}");
        }
    }
}

/// A lost answer to a write, and an error after which it may have happened, are not followed by another attempt.
#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_is_lost_is_unclear_and_a_read_is_sent_again() {
    let lost = [
        (Fault::Lost, false),
        (Fault::After, true),
        (Fault::Says(500, "InternalError", None), false),
        (Fault::Says(500, "OperationTimedOut", None), false),
        (Fault::Says(502, "", None), false),
        // Somebody in between says so, and what became of the request nobody knows.
        (Fault::Says(503, "", None), false),
        (Fault::Says(408, "", None), false),
    ];
    for (fault, happens) in lost {
        for operation in OPERATIONS {
            for fake in both() {
                let store = fake.bucket();
                let tag = store.create("there", "bytes".into()).await.unwrap();
                let before = state(&store).await;
                fake.seen();
                fake.then([fault.clone()]);
                let end = run(&store, operation, &tag).await;
                let case = format!("{operation} on {:?} with {fault:?}: {end:?}", fake.dialect);
                let requests = fake.seen().len();
                if matches!(operation, "get" | "list") {
                    assert_eq!((end, requests), (Ok(()), 2), "{case}");
                } else {
                    assert!(matches!(end, Err(Error::Unclear(_))), "{case}");
                    assert_eq!(requests, 1, "{case}");
                    assert_eq!(state(&store).await != before, happens, "{case}");
                }
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Text(String);

impl Document for Text {
    const V: u32 = 1;
}

fn typed(fake: &Fake) -> Store {
    Store::new(Arc::new(fake.bucket()), fake.clock.clone(), Arc::new(SeededRandom::new(1)))
}

/// Over every way in which two attempts in a row can end.
#[tokio::test(start_paused = true)]
async fn a_typed_write_under_faults_tells_the_truth() {
    let ways = || [Fault::Nothing, Fault::Unsent, Fault::Lost, Fault::After, Fault::Says(503, "SlowDown", None)];
    for first in ways() {
        for second in ways() {
            for fake in both() {
                let store = typed(&fake);
                fake.then([first.clone(), second.clone()]);
                let made = store.create("a", Text("one".into())).await;
                let case = format!("{first:?}, {second:?} on {:?}: {made:?}", fake.dialect);
                fake.then([Fault::Nothing, Fault::Nothing]);
                let there = store.read::<Text>("a").await.unwrap();
                assert_eq!(there.map(|kept| kept.tag), Some(made.expect(&case).tag), "{case}");
            }
        }
    }
}

/// The tag of S3 is a hash of the content: a document that went from A to B and back to A counts as unchanged. The random
/// write id in each typed document is what makes its content new each time.
#[tokio::test(start_paused = true)]
async fn on_s3_raw_documents_go_back_unnoticed_and_typed_ones_do_not() {
    let raw: [(Box<dyn Documents>, bool); 3] = [
        (Box::new(Fake::new(Dialect::S3).bucket()), true),
        (Box::new(Memory::new()), true),
        (Box::new(Fake::new(Dialect::Azure).bucket()), false),
    ];
    for (store, unnoticed) in raw {
        let first = store.create("a", "A".into()).await.unwrap();
        let second = store.replace("a", "B".into(), &first).await.unwrap();
        let back = store.replace("a", "A".into(), &second).await.unwrap();
        assert_eq!(back == first, unnoticed);
        assert_eq!(store.replace("a", "C".into(), &first).await.is_ok(), unnoticed);
    }
    for fake in both() {
        let store = typed(&fake);
        let first = store.create("a", Text("A".into())).await.unwrap();
        let second = store.replace(&first, Text("B".into())).await.unwrap();
        let back = store.replace(&second, Text("A".into())).await.unwrap();
        assert_ne!(back.tag, first.tag);
        assert_eq!(store.replace(&first, Text("C".into())).await.unwrap_err(), Error::Conflict);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_has_no_more_time_ends_the_attempts() {
    let fake = Fake::new(Dialect::Azure);
    fake.then(vec![Fault::Says(503, "ServerBusy", Some("4")); 3]);
    let store = fake.bucket();
    let patience = tokio::time::timeout(Duration::from_secs(2), store.get("a")).await;
    assert!(patience.is_err());
    VirtualClock::clone(&fake.clock).sleep(Duration::from_secs(60)).await;
    assert_eq!(fake.seen().len(), 1, "nobody goes on behind its back");
}
