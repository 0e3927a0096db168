//! Two processes whose clocks are thirty seconds apart, six times what leases allow for: what still holds, and by how much
//! what is measured in wall-clock time moves. Each limit is looked at from both sides.

use crate::crash::stories;
use crate::stopped::Stop;
use crate::world::{World, one_customer};
use async_trait::async_trait;
use cloud_sim::TenantHandle;
use engine::{Engine, How, Outcome};
use jiff::{SignedDuration, Timestamp};
use outside::{Clock, SeededRandom, VirtualClock};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const APART: SignedDuration = SignedDuration::from_secs(30);
const FRESH: How = How { fresh: true, enforce: false };

/// The same passing of time on another machine: it was started long ago, and its wall clock is wrong.
struct Elsewhere(VirtualClock);

#[async_trait]
impl Clock for Elsewhere {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic() + Duration::from_secs(1_000_000)
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

/// A process on a machine whose clock is wrong by so much.
fn engine(world: &World, wrong_by: SignedDuration) -> Engine {
    let clock = Arc::new(Elsewhere(world.clock.skewed(wrong_by)));
    let seed = wrong_by.as_secs().unsigned_abs() + 1_000 * world.sim.requests().len() as u64;
    world.engine_of(world.documents.clone(), Arc::new(world.sim.clone()), clock, Arc::new(SeededRandom::new(seed)))
}

#[tokio::test(start_paused = true)]
async fn processes_with_clocks_apart_that_take_turns_end_like_one() {
    for first in [SignedDuration::ZERO, APART] {
        let expected = stories::joiners_and_leavers(&[]).await.end().await;
        let town = stories::before_joiners_and_leavers(&[]).await;
        for turn in 0..8 {
            let wrong_by = if turn % 2 == 0 { first } else { APART - first };
            let engine = engine(&town.world, wrong_by);
            town.world.pass(SignedDuration::from_secs(40)).await;
            for name in engine.tick().await.expect("a tick").due {
                let ran = engine.sync(&name, How::default()).await.expect("the store works");
                assert!(!matches!(ran, Outcome::Failed { .. } | Outcome::Busy), "{ran:?}");
            }
        }
        assert_eq!(town.end().await, expected);
    }
}

/// To a clock thirty seconds ahead every lease has long ended, so its run takes over at once and the other still believes
/// that the lease is its own. Then the journal alone stands between them: what was journalled may be sent once more by
/// its own run, everything after it is lost to it.
#[tokio::test(start_paused = true)]
async fn a_run_that_is_taken_over_by_a_clock_ahead_invites_and_removes_nobody_twice() {
    let town = stories::before_joiners_and_leavers(&[]).await;
    let nowhere = Stop::at(u64::MAX, false);
    nowhere.engine(&town).sync("contoso", FRESH).await.expect("it works");
    let (operations, expected) = (nowhere.names(), town.end().await);
    let mut taken_over = 0;
    for (number, name) in operations.iter().enumerate() {
        for after in [false, true] {
            let town = stories::before_joiners_and_leavers(&[]).await;
            let stop = Stop::at(number as u64, after);
            let slow = stop.engine(&town);
            let ahead = engine(&town.world, APART);
            let (other, outcome) = stop.run(&slow, async || ahead.sync("contoso", FRESH).await).await;
            assert!(matches!(other, Ok(Outcome::Ran(_))), "{number} {name}: {other:?}");
            taken_over += usize::from(!matches!(outcome, Ok(Outcome::Ran(_))));
            assert_eq!(town.end().await, expected, "{number} {name}, {after}");
        }
    }
    println!("{} operations, {taken_over} takeovers", operations.len());
    assert!(taken_over > 20, "{taken_over}");
}

#[tokio::test(start_paused = true)]
async fn a_run_of_a_clock_ahead_is_taken_over_by_so_much_later() {
    for (millis, free) in [(49_999, false), (50_000, true)] {
        let town = stories::before_joiners_and_leavers(&[]).await;
        let path = engine::membership::documents::lease_path(access::ids::TenantId(town.contoso.id()));
        let ahead = engine(&town.world, APART);
        let held = store::lease::take(ahead.store(), &path, "ahead").await.expect("the store works");
        assert!(matches!(held, store::lease::Take::Held(_)));
        town.world.pass(SignedDuration::from_millis(millis)).await;
        let outcome = engine(&town.world, SignedDuration::ZERO).sync("contoso", FRESH).await.expect("the store works");
        assert_eq!(matches!(outcome, Outcome::Ran(_)), free, "{outcome:?}");
    }
}

/// How often the partner's tenant was asked since.
fn partner_asked(world: &World) -> usize {
    let partner = world.partner.id();
    world.sim.count(|request| request.tenant == Some(partner) && request.is_round_trip())
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_serves_five_minutes_give_or_take_what_the_clocks_are_apart() {
    for (writer, reader, seconds) in
        [(APART, SignedDuration::ZERO, 330), (SignedDuration::ZERO, APART, 270), (APART, APART, 300)]
    {
        for (late, asked) in [(-1, false), (1, true)] {
            let (world, ..) = settled().await;
            engine(&world, writer).read_partner().await.expect("the partner answers");
            world.pass(SignedDuration::from_secs(seconds + late)).await;
            world.sim.reset_log();
            engine(&world, reader).sync("contoso", How::default()).await.expect("the store works");
            assert_eq!(partner_asked(&world) > 0, asked, "{seconds} s and {late}");
        }
    }
}

async fn settled() -> (World, TenantHandle, Uuid, Uuid) {
    let (world, contoso, source, target) = one_customer();
    world.people(3, &[source]);
    world.sync().await;
    world.sync().await;
    (world, contoso, source, target)
}

#[tokio::test(start_paused = true)]
async fn the_hour_of_the_invitations_is_so_much_shorter_or_longer() {
    for (writer, reader, seconds) in [(SignedDuration::ZERO, APART, 3_570), (APART, SignedDuration::ZERO, 3_630)] {
        for (late, more) in [(-1, 0), (1, 1)] {
            let (mut world, contoso, source, target) = one_customer();
            world.config.invitations.per_tenant_per_hour = 2;
            world.people(3, &[source]);
            engine(&world, writer).sync("contoso", FRESH).await.expect("the store works");
            assert_eq!(contoso.members(target).len(), 2, "the budget of the hour");
            world.pass(SignedDuration::from_secs(seconds + late)).await;
            engine(&world, reader).sync("contoso", FRESH).await.expect("the store works");
            assert_eq!(contoso.members(target).len(), 2 + more, "{seconds} s and {late}");
        }
    }
}
