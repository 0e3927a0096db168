//! Each quota at its boundary, in virtual time.

use super::super::call::{Content, Cost, Exceeded, Reply};
use super::Pace;
use outside::{Clock, VirtualClock};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const LONG: Duration = Duration::from_secs(3_600);
const READ: Cost = Cost { units: 1, writes: 0, invitations: 0, policies: 0 };
const WRITE: Cost = Cost { units: 1, writes: 1, invitations: 0, policies: 0 };
const INVITE: Cost = Cost { units: 1, writes: 1, invitations: 1, policies: 0 };
const POLICY: Cost = Cost { units: 1, writes: 0, invitations: 0, policies: 1 };

struct World {
    clock: VirtualClock,
    pace: Pace,
}

impl World {
    fn new() -> Self {
        let clock = VirtualClock::new("2026-11-20T10:00:00Z".parse().unwrap());
        Self { pace: Pace::new(Arc::new(clock.clone())), clock }
    }

    async fn take(&self, tenant: u128, cost: Cost) {
        self.pace.take(Uuid::from_u128(tenant), cost, LONG).await.unwrap();
    }

    /// How many of these pass before the first that has to wait.
    async fn at_once(&self, tenants: u128, cost: Cost) -> u32 {
        let now = self.clock.monotonic();
        let mut passed = 0;
        loop {
            self.take(u128::from(passed) % tenants, cost).await;
            if self.clock.monotonic() > now {
                return passed;
            }
            passed += 1;
        }
    }

    fn answer(&self, tenant: u128, cost: Cost, reply: Reply) {
        self.pace.observe(Uuid::from_u128(tenant), cost, &reply);
    }
}

fn answered(status: u16) -> Reply {
    let (retry_after, request_id, quota_used, app_wide, exceeded) = (None, None, None, false, None);
    Reply { status, retry_after, request_id, quota_used, app_wide, exceeded, content: Content::Empty }
}

#[tokio::test(start_paused = true)]
async fn half_of_each_published_quota_passes_at_once_after_a_cold_start() {
    // One tenant; and so many that only the app's own quota binds.
    for (tenants, cost, expected) in [
        (1, READ, 1_750),
        (1, WRITE, 1_500),
        (1, INVITE, 75),
        (1, POLICY, 1),
        (100, WRITE, 17_500),
        (1_000, READ, 75_000),
    ] {
        assert_eq!(World::new().at_once(tenants, cost).await, expected, "{tenants} tenants, {cost:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn over_all_tenants_the_apps_writes_go_at_its_own_pace() {
    let world = World::new();
    world.at_once(100, WRITE).await;
    let before = world.clock.monotonic();
    for number in 0..1_167 {
        world.take(number % 100, WRITE).await;
    }
    // 35,000 in 300 s.
    assert_eq!((world.clock.monotonic() - before).as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn what_waits_while_the_service_refuses_waits_for_the_refusals_end_and_leaves_one_after_the_other() {
    let world = World::new();
    world.at_once(1, WRITE).await;
    let refuse = async {
        world.clock.sleep(Duration::from_millis(10)).await;
        let refused = Reply { retry_after: Some(Duration::from_secs(10)), ..answered(429) };
        world.answer(0, WRITE, refused);
    };
    let waiting = futures::future::join_all((0..3).map(|_| async {
        world.take(0, WRITE).await;
        world.clock.monotonic().as_millis()
    }));
    let (_, times) = futures::future::join(refuse, waiting).await;
    // The service said when there is enough for one; the next follow as the quota comes back, 20 a second.
    let apart: Vec<u128> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((10_010..10_160).contains(&times[0]), "{times:?}");
    assert!(apart.iter().all(|apart| (49..=51).contains(apart)), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_empties_the_quota_that_it_names_and_no_other() {
    for (exceeded, units_wait, writes_wait) in [(Exceeded::Units, true, false), (Exceeded::Writes, false, true)] {
        let world = World::new();
        let refused = Reply { exceeded: Some(exceeded), ..answered(429) };
        world.answer(0, WRITE, refused);
        let writes = Cost { units: 0, ..WRITE };
        for (cost, waits) in [(READ, units_wait), (writes, writes_wait)] {
            let waited = world.pace.take(Uuid::from_u128(0), cost, Duration::ZERO).await.is_err();
            assert_eq!(waited, waits, "{exceeded:?} {cost:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_an_invitation_that_says_almost_used_up_slows_invitations_and_no_other_write() {
    let world = World::new();
    for _ in 0..70 {
        world.take(0, INVITE).await;
    }
    world.answer(0, INVITE, Reply { quota_used: Some(0.99), ..answered(201) });
    let now = world.clock.monotonic();
    for _ in 0..1_400 {
        world.take(0, WRITE).await;
    }
    assert_eq!(world.clock.monotonic(), now);
    world.take(0, Cost { invitations: 2, ..INVITE }).await;
    assert!(world.clock.monotonic() > now);
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_is_refused_for_ever_costs_the_others_nothing() {
    let world = World::new();
    for _ in 0..100 {
        world.answer(1, WRITE, Reply { retry_after: Some(LONG), ..answered(429) });
    }
    let now = world.clock.monotonic();
    for tenant in 2..100 {
        world.take(tenant, WRITE).await;
    }
    assert_eq!(world.clock.monotonic(), now);
}

/// A process starts with half of the quota by its own guess; another has just taken nearly all of it and is done.
#[tokio::test(start_paused = true)]
async fn what_was_gone_before_the_first_answer_slows_nobody_down_afterwards() {
    let world = World::new();
    world.take(1, WRITE).await;
    world.answer(1, WRITE, Reply { quota_used: Some(1.0), ..answered(200) });
    let began = world.clock.monotonic();
    for _ in 0..400 {
        world.take(1, WRITE).await;
    }
    // 3,000 writes come back in 150 s, so 400 in 20 s.
    let took = world.clock.monotonic() - began;
    assert!(took >= Duration::from_secs(20) && took < Duration::from_secs(21), "{took:?}");
}
