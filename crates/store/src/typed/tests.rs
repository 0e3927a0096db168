//! Typed values, and writes whose answers are lost.

use super::*;
use crate::counted::{Counted, Counts};
use crate::faulty::{Fault, Faulty};
use crate::latent::Latent;
use crate::{Memory, hourly, markers};
use outside::{SeededRandom, VirtualClock};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::task::JoinSet;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Number {
    n: u32,
}

impl Document for Number {
    const V: u32 = 2;
}

fn store(documents: impl Documents + 'static) -> Store {
    let clock = VirtualClock::new("2026-03-01T12:00:00Z".parse().unwrap());
    Store::new(Arc::new(documents), Arc::new(clock), Arc::new(SeededRandom::new(1)))
}

fn increment(number: Option<Number>) -> Option<Number> {
    Some(Number { n: number.map_or(0, |number| number.n) + 1 })
}

#[tokio::test]
async fn stored_bytes_are_understood_or_refused() {
    let id = "00000000-0000-4000-8000-000000000000";
    let newer = Err(Error::Newer { path: "a".into(), v: 3 });
    let cases = [
        (r#"{"v":2,"w":"ID","value":{"n":7}}"#, Ok(7)),
        (r#"{"v":1,"w":"ID","value":{"n":7}}"#, Ok(7)),
        (r#"{"v":2,"w":"ID","value":{"n":7,"later":[]},"also":1}"#, Ok(7)),
        (r#"{"v":3,"w":"ID","value":{"n":7}}"#, newer.clone()),
        (r#"{"v":3,"value":"another shape"}"#, newer),
        (r#"{"v":2,"w":"ID","value":{"m":7}}"#, Err(Error::Invalid(String::new()))),
        (r#"{"v":2,"w":"ID""#, Err(Error::Invalid(String::new()))),
        ("", Err(Error::Invalid(String::new()))),
    ];
    for (text, expected) in cases {
        let store = store(Memory::new());
        let bytes = Bytes::from(text.replace("ID", id));
        store.documents().create("a", bytes.clone()).await.unwrap();
        match (store.read::<Number>("a").await, expected) {
            (Ok(Some(kept)), Ok(n)) => assert_eq!(kept.value.n, n, "{text}"),
            (Err(Error::Invalid(_)), Err(Error::Invalid(_))) => {}
            (Err(error), Err(expected)) => assert_eq!(error, expected, "{text}"),
            (got, expected) => panic!("{text}: {got:?}, not {expected:?}"),
        }
        if store.read::<Number>("a").await.is_err() {
            store.update("a", increment).await.unwrap_err();
            assert_eq!(store.documents().get("a").await.unwrap().unwrap().bytes, bytes, "{text}: written over");
        }
    }
}

#[tokio::test]
async fn equal_values_are_different_writes() {
    let store = store(Memory::new());
    let first = store.create("a", Number { n: 1 }).await.unwrap();
    let second = store.replace(&first, Number { n: 1 }).await.unwrap();
    assert_eq!(store.replace(&first, Number { n: 2 }).await.unwrap_err(), Error::Conflict);
    store.replace(&second, Number { n: 2 }).await.unwrap();
    assert_eq!(store.create("a", Number { n: 2 }).await.unwrap_err(), Error::Conflict);
}

#[tokio::test(start_paused = true)]
async fn updates_at_the_same_time_are_all_made() {
    for seed in 0..20 {
        let clock = Arc::new(VirtualClock::new("2026-03-01T12:00:00Z".parse().unwrap()));
        let random = Arc::new(SeededRandom::new(seed));
        let slow = Latent::jittered(Memory::new(), clock.clone(), Duration::from_millis(50), random.clone());
        let store = Store::new(Arc::new(slow), clock, random);
        let mut tasks = JoinSet::new();
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let store = store.clone();
            tasks.spawn(async move { store.update("a", increment).await.unwrap() });
        }
        tasks.join_all().await;
        assert_eq!(store.read::<Number>("a").await.unwrap().unwrap().value.n, UPDATE_ATTEMPTS_MAX as u32);
    }
}

#[tokio::test]
async fn an_update_that_always_loses_gives_up() {
    let memory = Memory::new();
    let (rival, counted) = (store(memory.clone()), Arc::new(Counted::new(memory)));
    let ours = Store { documents: counted.clone(), ..rival.clone() };
    rival.create("a", Number { n: 0 }).await.unwrap();
    let always_too_late = |number: Option<Number>| {
        // The rival writes between our read and our write; in memory it need not wait for anything.
        let written = pin!(rival.update("a", increment)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(written.is_ready());
        increment(number)
    };
    assert_eq!(ours.update("a", always_too_late).await.unwrap_err(), Error::Conflict);
    assert_eq!(counted.counts("a").replaces, UPDATE_ATTEMPTS_MAX as u64);
}

#[tokio::test]
async fn an_update_that_changes_nothing_writes_nothing() {
    let counted = Arc::new(Counted::new(Memory::new()));
    let store = store(counted.clone());
    assert!(store.update::<Number>("a", |_| None).await.unwrap().is_none());
    assert_eq!(counted.counts(""), Counts { gets: 1, ..Counts::default() });
}

/// Whatever operation fails, and however: what the answer says about the write is true.
#[tokio::test]
async fn a_write_under_faults_tells_the_truth() {
    let ways = [None, Some(Fault::Before), Some(Fault::Lost), Some(Fault::After)];
    for first in ways {
        for second in ways {
            for third in ways {
                let faulty = Arc::new(Faulty::new(Memory::new()));
                for (n, fault) in [first, second, third].into_iter().enumerate() {
                    fault.into_iter().for_each(|fault| faulty.fault(n as u64 + 1, fault));
                }
                let store = store(faulty.clone());
                let answer = store.create("a", Number { n: 1 }).await;
                faulty.heal();
                let there = store.read::<Number>("a").await.unwrap();
                let case = format!("{first:?}, {second:?}, {third:?}");
                match answer {
                    Ok(kept) => assert_eq!(there.expect(&case).tag, kept.tag, "{case}"),
                    // What was lost can still arrive, so only the first attempt's clear refusal is a refusal.
                    Err(Error::Unavailable(_)) => assert_eq!((first, there.is_none()), (ways[1], true), "{case}"),
                    Err(Error::Unclear(_)) => assert!(ways[2..].contains(&first), "{case}: it could be known"),
                    Err(error) => panic!("{case}: {error}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn under_random_faults_every_update_is_made_once_or_not_at_all() {
    let mut in_doubt = 0;
    for seed in 0..50 {
        let memory = Memory::new();
        let store = store(Faulty::seeded(memory.clone(), seed, 0.3));
        let (mut made, mut unclear) = (0, 0);
        for _ in 0..50 {
            match store.update("a", increment).await {
                Ok(_) => made += 1,
                Err(Error::Unclear(_)) => unclear += 1,
                Err(error) => assert!(matches!(error, Error::Unavailable(_)), "seed {seed}: {error}"),
            }
        }
        let there = self::store(memory).read::<Number>("a").await.unwrap().unwrap().value.n;
        assert!((made..=made + unclear).contains(&there), "seed {seed}: {made} made, {unclear} unclear, {there} there");
        in_doubt += unclear;
    }
    assert!(in_doubt > 0, "no seed was hard enough");
}

#[tokio::test]
async fn a_write_that_lost_its_answer_and_the_race_is_a_conflict() {
    let faulty = Arc::new(Faulty::new(Memory::new()));
    let store = store(faulty.clone());
    let base = store.create("a", Number { n: 1 }).await.unwrap();
    store.replace(&base, Number { n: 2 }).await.unwrap();
    faulty.fault(faulty.operations() + 1, Fault::After);
    assert_eq!(store.replace(&base, Number { n: 3 }).await.unwrap_err(), Error::Conflict);
    assert_eq!(store.read::<Number>("a").await.unwrap().unwrap().value.n, 2);
}

#[tokio::test]
async fn open_work_is_listed_until_it_is_cleared() {
    let store = store(Memory::new());
    for id in ["b", "a", "b"] {
        markers::set(&store, "requests", id).await.unwrap();
    }
    markers::set(&store, "incidents", "c").await.unwrap();
    assert_eq!(markers::list(&store, "requests").await.unwrap(), ["a", "b"]);
    for _ in 0..2 {
        markers::clear(&store, "requests", "a").await.unwrap();
    }
    assert_eq!(markers::list(&store, "requests").await.unwrap(), ["b"]);
    assert_eq!(markers::list(&store, "req").await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn only_whole_hours_before_the_limit_are_swept() {
    let store = store(Memory::new());
    let times = ["2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z", "2026-03-01T00:59:59Z", "2026-03-01T01:00:00Z"];
    for (id, time) in times.iter().enumerate() {
        let path = hourly::path("window/removals", time.parse().unwrap(), &id.to_string());
        store.create(&path, Number { n: 0 }).await.unwrap();
    }
    let in_between = "2026-03-01T00:30:00Z".parse().unwrap();
    assert_eq!(store.list(&hourly::folder("window/removals", in_between)).await.unwrap().len(), 2);
    assert_eq!(hourly::sweep(&store, "window/removals", in_between).await.unwrap(), 1);
    let left = ["window/removals/2026030100/1", "window/removals/2026030100/2", "window/removals/2026030101/3"];
    assert_eq!(store.list("window").await.unwrap(), left);
}
