//! Each quota at its boundary, in virtual time.

use super::super::call::{Content, Cost, Exceeded, Reply};
use super::{Account, Pace};
use outside::{Clock, VirtualClock};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const LONG: Duration = Duration::from_secs(3_600);
const NOTHING: Cost = Cost { units: 0, writes: 0, invitations: 0, policies: 0, reports: 0, queries: 0, management: 0 };
const READ: Cost = Cost { units: 1, ..NOTHING };
const WRITE: Cost = Cost { writes: 1, ..READ };
const INVITE: Cost = Cost { invitations: 1, ..WRITE };
const POLICY: Cost = Cost { policies: 1, ..READ };
const REPORT: Cost = Cost { reports: 1, ..NOTHING };
const QUERY: Cost = Cost { queries: 1, ..NOTHING };
const MANAGEMENT: Cost = Cost { management: 1, ..NOTHING };

/// The tenant that another app is used in.
const ANOTHERS: u128 = 0xFFFF;

/// The apps: one, and the other.
const APPS: [Uuid; 2] = [Uuid::from_u128(0xA), Uuid::from_u128(0xB)];

fn account(tenant: u128) -> Account {
    Account { tenant: Uuid::from_u128(tenant), app: APPS[usize::from(tenant == ANOTHERS)] }
}

struct World {
    clock: VirtualClock,
    pace: Pace,
}

impl World {
    fn new() -> Self {
        let clock = VirtualClock::new("2026-11-20T10:00:00Z".parse().unwrap());
        Self { pace: Pace::new(Arc::new(clock.clone()), APPS.into_iter()), clock }
    }

    async fn take(&self, tenant: u128, cost: Cost) {
        self.pace.take(account(tenant), cost, LONG).await.unwrap();
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
        self.pace.observe(account(tenant), cost, &reply);
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
        (1, QUERY, 100),
        (1, MANAGEMENT, 125),
        (1_000, REPORT, 11),
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
            let waited = world.pace.take(account(0), cost, Duration::ZERO).await.is_err();
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

impl World {
    async fn pass(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    fn told(&self, tenant: u128, cost: Cost, left: f64, of: f64) {
        self.answer(tenant, cost, Reply { quota_used: Some(1.0 - left / of), ..answered(200) });
    }

    /// How long so many writes in one tenant take.
    async fn seconds_for(&self, writes: u32) -> f64 {
        let began = self.clock.monotonic();
        for _ in 0..writes {
            self.take(1, WRITE).await;
        }
        (self.clock.monotonic() - began).as_secs_f64()
    }
}

/// The service tells whole percents of 3,000 writes, so what it tells may be thirty off what it told before.
#[tokio::test(start_paused = true)]
async fn what_rounding_explains_slows_nobody_and_a_write_more_does() {
    for (missing, slows) in [(-100.0, false), (0.0, false), (29.9, false), (30.1, true), (100.0, true)] {
        let world = World::new();
        world.take(1, WRITE).await;
        world.told(1, WRITE, 300.0, 3_000.0);
        world.pass(2).await;
        // Forty have come back since.
        world.told(1, WRITE, 340.0 - missing, 3_000.0);
        let took = world.seconds_for(740).await;
        let alone = (400.0 + f64::max(missing, 0.0)) / 20.0;
        assert_eq!(took > alone + 1.0, slows, "{missing} missing: {took} s, {alone} s alone");
    }
}

#[tokio::test(start_paused = true)]
async fn others_are_left_what_they_take_and_no_longer_than_they_take_it() {
    let world = World::new();
    let clock = &world.clock;
    world.take(1, WRITE).await;
    // The real bucket: 20 come back each second, and others take half of that for two minutes.
    let (mut left, mut at, mut ours, mut refused) = (300.0, clock.monotonic(), Vec::new(), 0);
    let ends = at + Duration::from_secs(120);
    while clock.monotonic() < ends + Duration::from_secs(60) {
        world.take(1, WRITE).await;
        let now = clock.monotonic();
        left += (now - at).as_secs_f64() * if now < ends { 10.0 } else { 20.0 };
        at = now;
        if left < 1.0 {
            refused += 1;
            world.answer(1, WRITE, Reply { retry_after: Some(Duration::from_secs(1)), ..answered(429) });
            continue;
        }
        left -= 1.0;
        ours.push(now);
        let rounded = ((1.0_f64 - left / 3_000.0) * 100.0).round() / 100.0;
        world.answer(1, WRITE, Reply { quota_used: Some(rounded), ..answered(200) });
    }
    assert!(refused * 100 < ours.len(), "{refused} refused");
    let within = |from: u64, to: u64| {
        let (from, to) = (Duration::from_secs(from), Duration::from_secs(to));
        ours.iter().filter(|at| (from..to).contains(*at)).count()
    };
    let (beside, alone) = (within(60, 120), within(140, 170));
    assert!((540..=630).contains(&beside), "{beside} beside others who take 600");
    assert!((570..=600).contains(&alone), "{alone} of 600 alone");
}

/// The app's own writes look scarcer than the tenant's by our count, and yet it is never the app that is told of: that
/// would slow down every tenant.
#[tokio::test(start_paused = true)]
async fn a_tenant_whose_writes_are_gone_slows_no_other() {
    let world = World::new();
    world.take(1, WRITE).await;
    world.pass(20).await;
    for left in [120.0, 60.0, 0.0] {
        world.told(1, WRITE, left, 3_000.0);
        world.pass(1).await;
    }
    let now = world.clock.monotonic();
    for number in 0..5_000 {
        world.take(2 + number % 50, WRITE).await;
    }
    assert_eq!(world.clock.monotonic(), now);
    assert!(world.seconds_for(400).await > 17.0);
}

/// Where all processes together are near the app's own quota, our count of it is low as well; then it is the app's.
#[tokio::test(start_paused = true)]
async fn what_is_told_of_the_apps_own_quota_slows_all() {
    for (left, waits) in [(0.10, false), (0.0, true)] {
        let world = World::new();
        for number in 0..16_000 {
            world.take(1 + number % 100, WRITE).await;
        }
        // By our own count 4 % of the app's writes are left.
        world.told(1, WRITE, left, 1.0);
        let now = world.clock.monotonic();
        world.take(200, WRITE).await;
        assert_eq!(world.clock.monotonic() > now, waits, "{left} left");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_an_invitation_that_no_count_explains_is_about_writes() {
    let world = World::new();
    world.take(1, INVITE).await;
    world.pass(20).await;
    world.told(1, INVITE, 0.0, 1.0);
    assert!(world.seconds_for(40).await >= 2.0);
    // Invitations are still there, as soon as writes are.
    world.pass(5).await;
    let now = world.clock.monotonic();
    for _ in 0..100 {
        world.take(1, INVITE).await;
    }
    assert_eq!(world.clock.monotonic(), now);
}

/// The refusal does not say whether it was for the invitations or for the writes.
#[tokio::test(start_paused = true)]
async fn a_refused_invitation_empties_the_quota_that_was_about_empty_and_else_both() {
    for (invitations_before, writes_wait) in [(70, false), (10, true)] {
        let world = World::new();
        for _ in 0..invitations_before {
            world.take(1, INVITE).await;
        }
        let exceeded = Some(Exceeded::Writes);
        let second = Some(Duration::from_secs(1));
        world.answer(1, INVITE, Reply { exceeded, retry_after: second, ..answered(429) });
        let now = world.clock.monotonic();
        world.take(1, WRITE).await;
        assert_eq!(world.clock.monotonic() > now, writes_wait, "{invitations_before}");
        world.take(1, INVITE).await;
        assert!(world.clock.monotonic() > now, "{invitations_before}");
    }
}

/// In whatever way the service counts ten seconds.
#[tokio::test(start_paused = true)]
async fn no_ten_seconds_see_more_reports_than_the_quota_of_a_tenant_or_of_the_app() {
    for (tenants, count, quota, took_at_most) in [(1, 30, 5, 95), (100, 600, 122, 60)] {
        let world = World::new();
        let mut times = Vec::new();
        for number in 0..count {
            world.take(number % tenants, REPORT).await;
            times.push(world.clock.monotonic());
        }
        for (first, at) in times.iter().enumerate() {
            let within = times[first..].iter().filter(|other| **other < *at + Duration::from_secs(10)).count();
            assert!(within <= quota, "{within} of {tenants} tenants from {at:?} on");
        }
        let last = times.last().unwrap().as_secs();
        assert!((took_at_most - 5..=took_at_most).contains(&last), "{tenants} tenants: {last} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_report_closes_the_quota_of_reports_and_no_other() {
    let pause = Some(Duration::from_secs(10));
    for (app_wide, other_tenant_waits) in [(false, false), (true, true)] {
        let world = World::new();
        world.answer(0, REPORT, Reply { retry_after: pause, app_wide, ..answered(429) });
        let waits = async |tenant: u128, cost| world.pace.take(account(tenant), cost, Duration::ZERO).await.is_err();
        for cost in [READ, WRITE, QUERY, MANAGEMENT] {
            assert!(!waits(0, cost).await, "{cost:?}");
        }
        assert!(waits(0, REPORT).await);
        assert_eq!(waits(1, REPORT).await, other_tenant_waits);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_query_or_management_request_closes_its_own_quota() {
    for (cost, other) in [(QUERY, MANAGEMENT), (MANAGEMENT, QUERY)] {
        let world = World::new();
        world.answer(0, cost, Reply { retry_after: Some(Duration::from_secs(5)), ..answered(429) });
        let waits = async |cost| world.pace.take(account(0), cost, Duration::ZERO).await.is_err();
        assert!(waits(cost).await && !waits(other).await && !waits(READ).await, "{cost:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_one_app_is_refused_as_a_whole_holds_up_no_tenant_of_another() {
    let world = World::new();
    world.answer(1, READ, Reply { app_wide: true, retry_after: Some(Duration::from_secs(40)), ..answered(429) });
    let now = world.clock.monotonic();
    world.take(ANOTHERS, READ).await;
    assert_eq!(world.clock.monotonic(), now);
    world.take(2, READ).await;
    assert_eq!(world.clock.monotonic() - now, Duration::from_secs(40), "the first app's tenants all wait");
}
