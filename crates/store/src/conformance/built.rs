//! What is built on the five operations: typed values, leases and journals.

use super::{RACERS, Stand, sure};
use crate::faulty::{Fault, Faulty};
use crate::journal::{self, Journal};
use crate::lease::{self, Lease, SKEW_MAX, TIMEOUT_MAX, Take};
use crate::{Document, Error, Kept, Store};
use jiff::{SignedDuration, Timestamp};
use outside::Clock;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// As many as an update may lose races against.
const WRITERS: u64 = 8;

const LEASE: &str = "lease/contoso";
const CHAIN: &str = "contoso";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Number {
    n: u64,
}

impl Document for Number {
    const V: u32 = 1;
}

/// Whatever becomes of an operation's answer: what is said of the write is true, and it is made once.
pub(super) async fn a_lost_answer_is_settled_by_reading(stand: Stand) {
    for fault in [Fault::Before, Fault::Lost, Fault::After] {
        let faulty = Arc::new(Faulty::new(stand.documents.clone()));
        let store = stand.store_over(faulty.clone(), 1);
        let path = format!("lost/{fault:?}").to_lowercase();

        faulty.fault(faulty.operations() + 1, fault);
        let made = match store.create(&path, Number { n: 1 }).await {
            Err(Error::Unavailable(_)) if fault == Fault::Before => sure(store.create(&path, Number { n: 1 }).await),
            made => sure(made),
        };
        assert_eq!(n(&store, &path).await, Some(1), "{fault:?}");

        faulty.fault(faulty.operations() + 1, fault);
        let over = match store.replace(&made, Number { n: 2 }).await {
            Err(Error::Unavailable(_)) if fault == Fault::Before => sure(store.replace(&made, Number { n: 2 }).await),
            over => sure(over),
        };
        assert_eq!(n(&store, &path).await, Some(2), "{fault:?}");
        assert_eq!(store.replace(&made, Number { n: 3 }).await.err(), Some(Error::Conflict), "{fault:?}");

        faulty.fault(faulty.operations() + 1, fault);
        assert!(store.delete(&path).await.is_err(), "{fault:?}");
        sure(store.delete(&path).await);
        assert_eq!(n(&store, &path).await, None, "{fault:?}");
        let gone = store.replace(&over, Number { n: 4 }).await;
        assert_eq!(gone.err(), Some(Error::Conflict), "{fault:?}");
    }
}

/// Tags may be hashes of the content; the write id in each typed document makes its content new each time.
pub(super) async fn a_document_that_went_back_is_another_one(stand: Stand) {
    let store = stand.store(1);
    let first = sure(store.create("a", Number { n: 1 }).await);
    let second = sure(store.replace(&first, Number { n: 2 }).await);
    let back = sure(store.replace(&second, Number { n: 1 }).await);
    for earlier in [&first, &second] {
        assert_eq!(store.replace(earlier, Number { n: 3 }).await.err(), Some(Error::Conflict));
    }
    sure(store.replace(&back, Number { n: 3 }).await);
}

pub(super) async fn updates_at_the_same_time_are_all_made(stand: Stand) {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = stand.store(writer);
        writers.spawn(async move {
            sure(store.update("a", |number: Option<Number>| Some(Number { n: number.map_or(0, |n| n.n) + 1 })).await)
        });
    }
    writers.join_all().await;
    assert_eq!(n(&stand.store(0), "a").await, Some(WRITERS));
}

/// The taker's clock is ahead, so that nobody need wait.
pub(super) async fn a_lease_that_ran_out_is_taken_over_and_its_holder_notices(stand: Stand) {
    let lasts = SignedDuration::from_secs(lease::LEASE_SECONDS.into()) + SKEW_MAX;
    let ana = held(&stand.store(1), "ana").await.expect("it is free");
    let early = Stand { clock: stand.clock.skewed(lasts / 2), ..stand.clone() };
    assert!(held(&early.store(2), "ben").await.is_none());

    let late = Stand { clock: stand.clock.skewed(lasts), ..stand.clone() };
    let ben = held(&late.store(3), "ben").await.expect("it ran out");
    assert_eq!((ben.epoch(), ben.taken_over()), (ana.epoch() + 1, true));
    let mut journal = sure(Journal::from_start(&late.store(3), CHAIN));
    sure(journal.append(ben.epoch(), Timestamp::UNIX_EPOCH, vec![0]).await);

    // Sent before the takeover, and landing after it.
    let mut stale = sure(Journal::<u64>::from_start(&stand.store(1), CHAIN));
    let lost = stale.append(ana.epoch(), Timestamp::UNIX_EPOCH, vec![1]).await;
    assert_eq!(lost.err(), Some(Error::Conflict));
    // Some time has passed, so so much of it is not left without a renewal.
    stand.clock.sleep(Duration::from_millis(1)).await;
    assert!(ana.ensure(TIMEOUT_MAX).await.is_err(), "it is somebody else's");
    assert!(ben.ensure(Duration::from_secs(5)).await.is_ok());
    sure(ben.release().await);
    assert_eq!(held(&late.store(4), "cleo").await.map(|lease| lease.taken_over()), Some(false));
}

pub(super) async fn one_of_many_takes_a_free_lease(stand: Stand) {
    let mut racers = JoinSet::new();
    for racer in 0..RACERS as u64 {
        let store = stand.store(racer);
        racers.spawn(async move { held(&store, &racer.to_string()).await.is_some() });
    }
    assert_eq!(racers.join_all().await.into_iter().filter(|held| *held).count(), 1);
}

pub(super) async fn one_of_many_appends_the_next_block(stand: Stand) {
    let mut racers = JoinSet::new();
    for racer in 0..RACERS as u64 {
        let mut journal = sure(Journal::from_start(&stand.store(racer), CHAIN));
        racers.spawn(async move { journal.append(1, Timestamp::UNIX_EPOCH, vec![racer]).await });
    }
    let ends = racers.join_all().await;
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1, "{ends:?}");
    assert!(ends.iter().all(|end| matches!(end, Ok(_) | Err(Error::Conflict))), "{ends:?}");
}

pub(super) async fn a_journal_that_many_append_to_loses_nothing(stand: Stand) {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let mut journal = sure(Journal::from_start(&stand.store(writer), CHAIN));
        writers.spawn(async move {
            loop {
                match journal.append(1, Timestamp::UNIX_EPOCH, vec![writer]).await {
                    Err(Error::Conflict) => drop(sure(journal.tail().await)),
                    appended => return sure(appended).seq,
                }
            }
        });
    }
    let mut blocks = writers.join_all().await;
    blocks.sort_unstable();
    assert_eq!(blocks, (1..=WRITERS).collect::<Vec<_>>());
    let report = sure(journal::verify(&stand.store(0), CHAIN, None).await);
    assert_eq!((report.entries, report.problems), (WRITERS, Vec::new()));
}

async fn n(store: &Store, path: &str) -> Option<u64> {
    sure(store.read::<Number>(path).await).map(|kept: Kept<Number>| kept.value.n)
}

async fn held(store: &Store, holder: &str) -> Option<Lease> {
    match sure(lease::take(store, LEASE, holder).await) {
        Take::Held(lease) => Some(lease),
        Take::Busy { .. } => None,
    }
}
