//! Leases in virtual time, at their boundaries.

use super::*;
use crate::counted::Counted;
use crate::faulty::{Fault, Faulty};
use crate::latent::Latent;
use crate::{Documents, Memory};
use outside::{Clock, Random, SeededRandom, VirtualClock};
use std::sync::{Arc, Mutex as StdMutex};
use tokio::task::JoinSet;

const PATH: &str = "lease/contoso";
const MILLISECOND: Duration = Duration::from_millis(1);

fn clock() -> VirtualClock {
    VirtualClock::new("2026-03-01T12:00:00Z".parse().unwrap())
}

fn store(documents: impl Documents + 'static, clock: &VirtualClock, seed: u64) -> Store {
    Store::new(Arc::new(documents), Arc::new(clock.clone()), Arc::new(SeededRandom::new(seed)))
}

async fn held(store: &Store, holder: &str) -> Lease {
    match take(store, PATH, holder).await.unwrap() {
        Take::Held(lease) => lease,
        Take::Busy { until } => panic!("{holder} finds the lease taken until {until}"),
    }
}

async fn busy_until(store: &Store, holder: &str) -> Timestamp {
    match take(store, PATH, holder).await.unwrap() {
        Take::Held(_) => panic!("{holder} got the lease, which is taken"),
        Take::Busy { until } => until,
    }
}

#[tokio::test(start_paused = true)]
async fn a_released_lease_is_free_at_once_and_each_take_has_a_higher_epoch() {
    let store = store(Memory::new(), &clock(), 1);
    for epoch in 1..=3 {
        let lease = held(&store, "ana").await;
        assert_eq!((lease.epoch(), lease.taken_over()), (epoch, false));
        busy_until(&store, "ben").await;
        lease.release().await.unwrap();
        lease.ensure(Duration::ZERO).await.unwrap_err();
        lease.release().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_taken_over_at_its_expiry_and_five_seconds() {
    // The taker's clock is ahead by so many seconds; then it takes over after so many.
    for (ahead, after) in [(-5, 25), (0, 20), (5, 15)] {
        let (clock, memory) = (clock(), Memory::new());
        let (ours, theirs) = (store(memory.clone(), &clock, 1), clock.skewed(SignedDuration::from_secs(ahead)));
        let theirs = store(memory, &theirs, 2);
        let lease = held(&ours, "ana").await;
        let until = clock.now() + SignedDuration::from_secs(20);

        clock.sleep(Duration::from_secs(after) - MILLISECOND).await;
        assert_eq!(busy_until(&theirs, "ben").await, until, "{ahead}");
        clock.sleep(MILLISECOND).await;
        let taken = held(&theirs, "ben").await;
        assert_eq!((taken.epoch(), taken.taken_over()), (2, true), "{ahead}");
        assert_eq!(lease.remaining(&*lease.term.lock().await), Duration::ZERO, "{ahead}: two at once");
        lease.ensure(Duration::ZERO).await.unwrap_err();
    }
}

#[tokio::test(start_paused = true)]
async fn clocks_further_apart_than_allowed_make_two_holders_for_as_long_as_they_exceed_it() {
    // The taker's clock is ahead by so many milliseconds; for so many both believe that they hold it.
    for (ahead, both) in [(5_000, 0), (5_001, 1), (8_000, 3_000), (20_000, 15_000), (30_000, 15_000)] {
        let (clock, memory) = (clock(), Memory::new());
        let (ours, theirs) = (store(memory.clone(), &clock, 1), clock.skewed(SignedDuration::from_millis(ahead)));
        let theirs = store(memory, &theirs, 2);
        let lease = held(&ours, "ana").await;
        while let Take::Busy { .. } = take(&theirs, PATH, "ben").await.unwrap() {
            clock.sleep(MILLISECOND).await;
        }
        let left = lease.remaining(&*lease.term.lock().await);
        assert_eq!(left, Duration::from_millis(both), "{ahead} ms ahead");
        clock.sleep(left).await;
        lease.ensure(Duration::ZERO).await.unwrap_err();
    }
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_renewed_only_when_too_little_of_it_is_left() {
    let (clock, counted) = (clock(), Arc::new(Counted::new(Memory::new())));
    let lease = held(&store(counted.clone(), &clock, 1), "ana").await;
    let renewals = || counted.counts("").replaces;

    lease.ensure(TIMEOUT_MAX).await.unwrap();
    assert_eq!(renewals(), 0);
    lease.ensure(TIMEOUT_MAX + MILLISECOND).await.unwrap_err();
    assert_eq!(renewals(), 0, "no renewal could help");
    clock.sleep(MILLISECOND).await;
    lease.ensure(TIMEOUT_MAX).await.unwrap();
    assert_eq!(renewals(), 1);
    clock.sleep(Duration::from_secs(4)).await;
    lease.ensure(Duration::from_secs(10)).await.unwrap();
    assert_eq!(renewals(), 1);
    clock.sleep(MILLISECOND).await;
    lease.ensure(Duration::from_secs(10)).await.unwrap();
    assert_eq!((renewals(), lease.epoch()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn tasks_that_need_a_renewal_together_cause_one() {
    let (clock, counted) = (clock(), Arc::new(Counted::new(Memory::new())));
    let slow = Latent::new(counted.clone(), Arc::new(clock.clone()), Duration::from_millis(100));
    let lease = Arc::new(held(&store(slow, &clock, 1), "ana").await);
    clock.sleep(Duration::from_secs(10)).await;
    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        let lease = lease.clone();
        tasks.spawn(async move { lease.ensure(Duration::from_secs(10)).await.unwrap() });
    }
    tasks.join_all().await;
    assert_eq!(counted.counts("").replaces, 1);
}

#[tokio::test(start_paused = true)]
async fn a_lease_counts_from_before_its_write_was_sent() {
    let (clock, counted) = (clock(), Arc::new(Counted::new(Memory::new())));
    let slow = Latent::new(counted.clone(), Arc::new(clock.clone()), Duration::from_secs(4));
    let lease = held(&store(slow, &clock, 1), "ana").await;
    lease.ensure(Duration::from_secs(10)).await.unwrap();
    assert_eq!(counted.counts("").replaces, 0, "15 s less the 4 s of the write are left");
    clock.sleep(MILLISECOND).await;
    lease.ensure(Duration::from_secs(10)).await.unwrap();
    assert_eq!(counted.counts("").replaces, 1);
    lease.ensure(Duration::from_secs(10) + MILLISECOND).await.unwrap_err();
    assert_eq!(counted.counts("").replaces, 2, "renewed, but again 4 s went by");
}

#[tokio::test(start_paused = true)]
async fn a_stopped_holder_that_wakes_up_finds_its_lease_lost() {
    let (clock, memory) = (clock(), Memory::new());
    let counted = Arc::new(Counted::new(memory.clone()));
    let stopped = held(&store(counted.clone(), &clock, 1), "ana").await;
    clock.sleep(Duration::from_secs(20)).await;
    let store = store(memory, &clock, 2);
    let taken = held(&store, "ben").await;
    for _ in 0..2 {
        stopped.ensure(Duration::from_secs(10)).await.unwrap_err();
    }
    stopped.release().await.unwrap();
    assert_eq!(counted.counts("").replaces, 1, "it does not ask again");
    busy_until(&store, "eve").await;
    taken.ensure(Duration::from_secs(14)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stopped_holder_goes_on_when_nobody_took_over() {
    let clock = clock();
    let store = store(Memory::new(), &clock, 1);
    let lease = held(&store, "ana").await;
    clock.sleep(Duration::from_secs(3600)).await;
    lease.ensure(Duration::from_secs(10)).await.unwrap();
    busy_until(&store, "ben").await;
}

/// A machine with only one of its clocks right.
enum Odd {
    /// It was suspended, and its monotonic clock stood still.
    Suspended(VirtualClock),
    /// Its wall clock is set back as long as it runs.
    SetBack(VirtualClock),
}

#[async_trait::async_trait]
impl Clock for Odd {
    fn now(&self) -> Timestamp {
        match self {
            Self::Suspended(clock) => clock.now(),
            Self::SetBack(clock) => clock.now() - SignedDuration::try_from(clock.monotonic() * 10).unwrap(),
        }
    }
    fn monotonic(&self) -> Duration {
        match self {
            Self::Suspended(_) => Duration::ZERO,
            Self::SetBack(clock) => clock.monotonic(),
        }
    }
    async fn sleep(&self, duration: Duration) {
        let (Self::Suspended(clock) | Self::SetBack(clock)) = self;
        clock.sleep(duration).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_suspended_machine_does_not_believe_its_monotonic_clock() {
    let (clock, memory) = (clock(), Memory::new());
    let odd = Arc::new(Odd::Suspended(clock.clone()));
    let suspended = Store::new(Arc::new(memory.clone()), odd, Arc::new(SeededRandom::new(1)));
    let lease = held(&suspended, "ana").await;
    clock.sleep(Duration::from_secs(20)).await;
    held(&store(memory, &clock, 2), "ben").await;
    lease.ensure(Duration::ZERO).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_is_set_back_does_not_lengthen_a_lease() {
    let (clock, counted) = (clock(), Arc::new(Counted::new(Memory::new())));
    let slow = Latent::new(counted.clone(), Arc::new(clock.clone()), Duration::from_secs(4));
    let odd = Arc::new(Odd::SetBack(clock.clone()));
    let lease = held(&Store::new(Arc::new(slow), odd, Arc::new(SeededRandom::new(1))), "ana").await;
    for renewals in 0..2 {
        lease.ensure(Duration::from_secs(10)).await.unwrap();
        assert_eq!(counted.counts("").replaces, renewals, "15 s less the 4 s of the write are left");
        clock.sleep(MILLISECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_settled_by_reading() {
    let (clock, faulty) = (clock(), Arc::new(Faulty::new(Memory::new())));
    faulty.fault(2, Fault::After);
    let lease = held(&store(faulty.clone(), &clock, 1), "ana").await;
    clock.sleep(Duration::from_secs(10)).await;
    faulty.fault(faulty.operations() + 1, Fault::After);
    lease.ensure(Duration::from_secs(10)).await.unwrap();
    assert_eq!(lease.epoch(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_does_not_end_a_lease_that_still_lasts() {
    let (clock, faulty) = (clock(), Arc::new(Faulty::new(Memory::new())));
    let lease = held(&store(faulty.clone(), &clock, 1), "ana").await;
    faulty.kill_after(faulty.operations());
    clock.sleep(Duration::from_secs(10)).await;
    lease.ensure(Duration::from_secs(4)).await.unwrap();
    lease.ensure(Duration::from_secs(5)).await.unwrap_err();
    assert!(matches!(lease.release().await, Err(Error::Unavailable(_))));
    faulty.heal();
    lease.ensure(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_its_caller_gave_up_does_not_lose_the_lease() {
    let clock = clock();
    let slow = Latent::new(Memory::new(), Arc::new(clock.clone()), Duration::from_secs(1));
    let lease = held(&store(slow, &clock, 1), "ana").await;
    clock.sleep(Duration::from_secs(10)).await;
    let renewal = lease.ensure(Duration::from_secs(10));
    tokio::time::timeout(Duration::from_millis(750), renewal).await.expect_err("the write has landed, unanswered");
    lease.ensure(Duration::from_secs(10)).await.unwrap();
}

/// Machines with clocks up to 5 s apart take, use, stop using, are stopped, die and come back at random: what two
/// epochs cover never overlaps.
#[tokio::test(start_paused = true)]
async fn no_two_holders_work_at_the_same_time() {
    for seed in 0..30 {
        let (clock, memory) = (clock(), Memory::new());
        let work = Arc::new(StdMutex::new(Vec::new()));
        let mut machines = JoinSet::new();
        for machine in 0..3 {
            let random = Arc::new(SeededRandom::new(seed * 10 + machine));
            let skewed = clock.skewed(SignedDuration::from_millis((random.fraction() * 5000.0) as i64));
            let latent = Latent::jittered(
                memory.clone(),
                Arc::new(skewed.clone()),
                Duration::from_secs(2),
                Arc::new(SeededRandom::new(seed * 10 + machine)),
            );
            let store = Store::new(Arc::new(latent), Arc::new(skewed), random.clone());
            machines.spawn(live(store, random, clock.clone(), work.clone()));
        }
        machines.join_all().await;
        let mut work = std::mem::take(&mut *work.lock().unwrap());
        work.sort_unstable();
        let epochs = work.iter().map(|(.., epoch)| epoch).max().copied().unwrap_or_default();
        assert!(epochs > 10, "seed {seed}: too little happened");
        for pair in work.windows(2) {
            let ((_, end, first), (start, _, second)) = (pair[0], pair[1]);
            assert!(
                first == second || end <= start,
                "seed {seed}: epoch {first} until {end:?}, {second} from {start:?}"
            );
        }
    }
}

/// One machine: each piece of work that a lease covers is noted as its start, its end and its epoch.
async fn live(
    store: Store,
    random: Arc<SeededRandom>,
    clock: VirtualClock,
    work: Arc<StdMutex<Vec<(Duration, Duration, u64)>>>,
) {
    let seconds = |max: f64| Duration::from_secs_f64(random.fraction() * max);
    while clock.monotonic() < Duration::from_secs(600) {
        clock.sleep(seconds(10.0)).await;
        let Take::Held(lease) = take(&store, PATH, "machine").await.unwrap() else { continue };
        while random.fraction() < 0.8 {
            let timeout = seconds(4.0);
            if lease.ensure(timeout).await.is_err() {
                break;
            }
            let start = clock.monotonic();
            work.lock().unwrap().push((start, start + timeout, lease.epoch()));
            clock.sleep(timeout).await;
            if random.fraction() < 0.2 {
                clock.sleep(seconds(40.0)).await;
            }
        }
        if random.fraction() < 0.5 {
            lease.release().await.unwrap();
        }
    }
}
