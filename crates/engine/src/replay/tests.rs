use super::*;
use outside::{Clock, SeededRandom, VirtualClock};
use std::sync::Arc;
use std::time::Duration;
use store::faulty::{Fault, Faulty};
use store::{Documents, Memory};

/// Five minutes before an hour ends.
const BEFORE_THE_HOUR: i64 = 1_795_161_300;

struct Bench {
    clock: VirtualClock,
    documents: Arc<Memory>,
}

impl Bench {
    fn new() -> Self {
        let epoch = Timestamp::from_second(BEFORE_THE_HOUR).unwrap();
        Self { clock: VirtualClock::new(epoch), documents: Arc::new(Memory::default()) }
    }

    /// The store as one of several processes sees it.
    fn process(&self, number: u64, skew: SignedDuration) -> Store {
        let clock = Arc::new(self.clock.skewed(skew));
        Store::new(self.documents.clone(), clock, Arc::new(SeededRandom::new(number)))
    }

    fn store(&self) -> Store {
        self.process(1, SignedDuration::ZERO)
    }

    async fn pass(&self, time: Duration) {
        self.clock.sleep(time).await;
    }
}

fn answer(body: &str) -> Answer {
    Answer { status: 200, headers: vec![("etag".into(), "\"1\"".into())], body: body.into() }
}

async fn begun(store: &Store, key: &str, print: &str) -> Begun {
    begin(store, "servicenow", key, print).await.unwrap()
}

async fn fresh(store: &Store, key: &str, print: &str) -> Claim {
    match begun(store, key, print).await {
        Begun::Fresh(claim) => claim,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_repetition_gets_the_first_answer_and_another_request_under_the_key_is_refused() {
    let bench = Bench::new();
    let store = bench.store();
    let claim = fresh(&store, "msg_1", "approve").await;
    assert_eq!(begun(&store, "msg_1", "approve").await, Begun::Running);
    assert_eq!(begun(&store, "msg_1", "reject").await, Begun::Other, "known before the first is done");
    finish(&store, claim, answer("done")).await.unwrap();
    assert_eq!(begun(&store, "msg_1", "approve").await, Begun::Same(answer("done")));
    assert_eq!(begun(&store, "msg_1", "reject").await, Begun::Other);
    fresh(&store, "msg_2", "approve").await;
    // A key is the caller's own.
    assert!(matches!(begin(&store, "jira", "msg_1", "approve").await, Ok(Begun::Fresh(_))));
}

#[tokio::test(start_paused = true)]
async fn callers_and_keys_do_not_run_into_each_other() {
    let bench = Bench::new();
    let store = bench.store();
    for (caller, key) in [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc"), ("a", "b/../c"), ("a", "é\n")] {
        assert!(matches!(begin(&store, caller, key, "x").await, Ok(Begun::Fresh(_))), "{caller:?} {key:?}");
    }
    let long = "k".repeat(100_000);
    assert!(matches!(begin(&store, "a", &long, "x").await, Ok(Begun::Fresh(_))));
    assert_ne!(print(&[b"ab", b"c"]), print(&[b"a", b"bc"]));
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_the_request_can_be_taken_over_by_one_other_after_thirty_seconds() {
    let bench = Bench::new();
    let (one, two) = (bench.store(), bench.process(2, SignedDuration::ZERO));
    let dead = fresh(&one, "msg_1", "approve").await;
    bench.pass(Duration::from_millis(29_999)).await;
    assert_eq!(begun(&two, "msg_1", "approve").await, Begun::Running);
    bench.pass(Duration::from_millis(1)).await;
    assert_eq!(begun(&two, "msg_1", "reject").await, Begun::Other);
    let claim = fresh(&two, "msg_1", "approve").await;
    assert_eq!(begun(&one, "msg_1", "approve").await, Begun::Running, "the thirty seconds count anew");
    // It was not dead, only slow: the answer of whoever has the claim now counts.
    finish(&one, dead.clone(), answer("late")).await.unwrap();
    finish(&two, claim, answer("in time")).await.unwrap();
    give_back(&one, dead).await.unwrap();
    assert_eq!(begun(&one, "msg_1", "approve").await, Begun::Same(answer("in time")));
}

#[tokio::test(start_paused = true)]
async fn of_two_that_begin_at_once_one_goes_ahead_even_on_both_sides_of_an_hour() {
    let bench = Bench::new();
    let before = bench.process(1, SignedDuration::ZERO);
    let after = bench.process(2, SignedDuration::from_secs(302));
    let claim = fresh(&before, "msg_1", "approve").await;
    finish(&before, claim, answer("done")).await.unwrap();
    assert_eq!(begun(&after, "msg_1", "approve").await, Begun::Same(answer("done")));

    let near = bench.process(3, SignedDuration::from_secs(5));
    let (one, two) = tokio::join!(begin(&before, "x", "msg", "p"), begin(&near, "x", "msg", "p"));
    let fresh = [one.unwrap(), two.unwrap()].into_iter().filter(|begun| matches!(begun, Begun::Fresh(_)));
    assert_eq!(fresh.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_given_back_can_be_sent_again_at_once_but_not_changed() {
    let bench = Bench::new();
    let store = bench.store();
    let claim = fresh(&store, "msg_1", "approve").await;
    give_back(&store, claim).await.unwrap();
    assert_eq!(begun(&store, "msg_1", "reject").await, Begun::Other);
    fresh(&store, "msg_1", "approve").await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_kept_for_a_day_and_then_swept_with_its_note() {
    let bench = Bench::new();
    let store = bench.store();
    let claim = fresh(&store, "msg_1", "approve").await;
    finish(&store, claim, answer("done")).await.unwrap();
    for _ in 0..24 {
        assert_eq!(sweep(&store, bench.clock.now()).await.unwrap(), 0);
        assert_eq!(begun(&store, "msg_1", "approve").await, Begun::Same(answer("done")));
        bench.pass(Duration::from_secs(3600)).await;
    }
    assert_eq!(sweep(&store, bench.clock.now()).await.unwrap(), 0, "its hour is not over");
    bench.pass(Duration::from_secs(300)).await;
    assert_eq!(sweep(&store, bench.clock.now()).await.unwrap(), 1);
    // Each hour's repetition left a note; none of them takes away what came later.
    let claim = fresh(&store, "msg_1", "other").await;
    finish(&store, claim, answer("anew")).await.unwrap();
    for _ in 0..24 {
        bench.pass(Duration::from_secs(3600)).await;
        assert_eq!(sweep(&store, bench.clock.now()).await.unwrap(), 0);
    }
    assert_eq!(begun(&store, "msg_1", "other").await, Begun::Same(answer("anew")));
    bench.pass(Duration::from_secs(25 * 3600)).await;
    assert_eq!(sweep(&store, bench.clock.now()).await.unwrap(), 1);
    assert_eq!(bench.documents.list("").await.unwrap(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_kept_up_to_256_kib() {
    let bench = Bench::new();
    let store = bench.store();
    let claim = fresh(&store, "msg_1", "approve").await;
    let too_large = answer(&"x".repeat(ANSWER_BYTES_MAX + 1));
    assert!(matches!(finish(&store, claim.clone(), too_large).await, Err(store::Error::Invalid(_))));
    finish(&store, claim, answer(&"x".repeat(ANSWER_BYTES_MAX))).await.unwrap();
    assert!(matches!(begun(&store, "msg_1", "approve").await, Begun::Same(_)));
}

#[tokio::test(start_paused = true)]
async fn whatever_the_store_loses_no_answer_that_was_kept_is_forgotten_and_no_key_is_stuck() {
    for n in 1..=6 {
        for fault in [None, Some(Fault::Before), Some(Fault::Lost), Some(Fault::After)] {
            let bench = Bench::new();
            let faulty = Arc::new(Faulty::new(bench.documents.clone()));
            match fault {
                None => faulty.kill_after(n - 1),
                Some(fault) => faulty.fault(n, fault),
            }
            let random = Arc::new(SeededRandom::new(1));
            let store = Store::new(faulty.clone(), Arc::new(bench.clock.clone()), random);
            let mut kept = false;
            if let Ok(Begun::Fresh(claim)) = begin(&store, "servicenow", "msg_1", "approve").await {
                kept = finish(&store, claim, answer("done")).await.is_ok();
            }
            faulty.heal();
            bench.pass(Duration::from_secs(30)).await;
            match begun(&store, "msg_1", "approve").await {
                Begun::Same(found) => assert_eq!(found, answer("done")),
                Begun::Fresh(_) => assert!(!kept, "operation {n} {fault:?}"),
                other => panic!("operation {n} {fault:?}: {other:?}"),
            }
        }
    }
}
