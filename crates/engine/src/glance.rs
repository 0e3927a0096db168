//! The status that anybody may ask for. Strangers ask as often as they like and need no credentials, so that the store is
//! looked at for all of them together, once in a while; and none of them gets an older answer than that.

use crate::{Engine, Glance, Health};
use futures::future::{Either, select};
use jiff::Timestamp;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// From this age on an answer is not given any more: an outage of the store is hidden for no longer than that.
const KEPT_FOR: Duration = Duration::from_secs(15);

/// How long a look may take: a store that takes longer is not well. Less than [`KEPT_FOR`], so that whoever waited for a
/// look is answered by it and does not begin another.
const LOOK_WITHIN: Duration = Duration::from_secs(10);

/// What the last look found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    is_red: bool,
    /// When it began, by both clocks: of a process that the platform froze meanwhile one of them may have stood still.
    began: (Duration, Timestamp),
}

impl Engine {
    /// Status and version for anybody, from a look that began less than fifteen seconds ago.
    pub async fn glance(self: Arc<Self>) -> Glance {
        let kept = Arc::clone(&self.seen).lock_owned().await;
        let last = *kept;
        let seen = match last.filter(|seen| self.age_of(seen) < KEPT_FOR) {
            Some(seen) => Some(seen),
            // It goes on when whoever asked goes away: else strangers who do not wait would make each a look of its own.
            None => self.process.begin(Arc::clone(&self).look_for_strangers(kept)).await.ok(),
        };
        // What the process itself knows costs nothing.
        let is_red = seen.is_none_or(|seen| seen.is_red) || !self.ailments.red().is_empty();
        Glance {
            health: Health {
                status: if is_red { "red" } else { "ok" }.into(),
                version: env!("CARGO_PKG_VERSION").into(),
                red: None,
                noted: Vec::new(),
            },
            age: seen.map_or(Duration::ZERO, |seen| self.age_of(&seen)),
        }
    }

    /// Looks, for everybody who waits for `kept`.
    async fn look_for_strangers(self: Arc<Self>, mut kept: OwnedMutexGuard<Option<Seen>>) -> Seen {
        let began = (self.clock.monotonic(), self.clock.now());
        // However the look breaks off, all is not well, and the next one comes no sooner.
        *kept = Some(Seen { is_red: true, began });
        let health = pin!(self.health(false));
        let is_red = match select(health, self.clock.sleep(LOOK_WITHIN)).await {
            Either::Left((health, _)) => health.status != "ok",
            Either::Right(_) => {
                tracing::error!("whether all is well could not be read from the store within ten seconds");
                true
            }
        };
        let seen = Seen { is_red, began };
        *kept = Some(seen);
        seen
    }

    fn age_of(&self, seen: &Seen) -> Duration {
        let (began, began_at) = seen.began;
        let by_the_wall = self.clock.now().duration_since(began_at).unsigned_abs();
        self.clock.monotonic().saturating_sub(began).max(by_the_wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ailments, double};
    use futures::FutureExt;
    use futures::future::join_all;
    use outside::VirtualClock;
    use store::counted::Counted;
    use store::faulty::Faulty;
    use store::latent::Latent;
    use store::{Documents, Memory};

    const SECOND: Duration = Duration::from_secs(1);

    fn operations(documents: &Counted<impl Documents>) -> u64 {
        let counts = documents.counts("");
        counts.reads() + counts.writes()
    }

    /// Each operation of this store takes so long.
    fn slow(by: Duration) -> Arc<Counted<Latent<Memory>>> {
        let clock = Arc::new(VirtualClock::new(double::noon()));
        Arc::new(Counted::new(Latent::new(Memory::new(), clock, by)))
    }

    async fn told(engine: &Arc<Engine>) -> (String, Duration) {
        let glance = Arc::clone(engine).glance().await;
        assert!(glance.health.red.is_none() && glance.health.noted.is_empty());
        (glance.health.status, glance.age)
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_strangers_ask_the_store_is_looked_at_once_in_fifteen_seconds() {
        let documents = slow(Duration::from_millis(10));
        let engine = Arc::new(double::engine(documents.clone()));
        engine.health(false).await;
        let look = operations(&documents);
        assert!(look > 5, "{look}");

        documents.reset();
        let start = engine.clock.monotonic();
        let all = join_all((0..50).map(|_| told(&engine))).await;
        let took = engine.clock.monotonic() - start;
        assert!(all.iter().all(|one| *one == ("ok".to_owned(), took)), "{all:?}");
        assert_eq!(operations(&documents), look);

        engine.clock.sleep(15 * SECOND - took - Duration::from_millis(1)).await;
        let all = join_all((0..50).map(|_| told(&engine))).await;
        assert!(all.iter().all(|one| *one == ("ok".to_owned(), 15 * SECOND - Duration::from_millis(1))), "{all:?}");
        assert_eq!(operations(&documents), look);

        engine.clock.sleep(Duration::from_millis(1)).await;
        join_all((0..50).map(|_| told(&engine))).await;
        assert_eq!(operations(&documents), 2 * look);
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_of_the_store_is_hidden_for_fifteen_seconds_at_most_and_its_end_too() {
        let documents = Arc::new(Faulty::new(Memory::new()));
        let engine = Arc::new(double::engine(documents.clone()));
        assert_eq!(told(&engine).await, ("ok".to_owned(), Duration::ZERO));
        documents.kill_after(0);
        engine.clock.sleep(14 * SECOND).await;
        assert_eq!(told(&engine).await, ("ok".to_owned(), 14 * SECOND));
        engine.clock.sleep(SECOND).await;
        assert_eq!(told(&engine).await, ("red".to_owned(), Duration::ZERO));
        documents.heal();
        engine.clock.sleep(14 * SECOND).await;
        assert_eq!(told(&engine).await, ("red".to_owned(), 14 * SECOND));
        engine.clock.sleep(SECOND).await;
        assert_eq!(told(&engine).await, ("ok".to_owned(), Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_does_not_answer_is_red_after_ten_seconds_for_all_who_wait() {
        let documents = slow(60 * SECOND);
        let engine = Arc::new(double::engine(documents.clone()));
        let all = join_all((0..50).map(|_| told(&engine))).await;
        assert!(all.iter().all(|one| *one == ("red".to_owned(), LOOK_WITHIN)), "{all:?}");
        assert_eq!(operations(&documents), 1, "they waited for the same");
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_who_go_away_while_they_wait_make_no_further_look() {
        let documents = slow(Duration::from_millis(10));
        let engine = Arc::new(double::engine(documents.clone()));
        engine.health(false).await;
        let look = operations(&documents);
        documents.reset();
        for _ in 0..50 {
            assert!(told(&engine).now_or_never().is_none(), "it takes a while");
            engine.clock.sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(told(&engine).await.0, "ok");
        assert_eq!(operations(&documents), look);
    }

    #[tokio::test(start_paused = true)]
    async fn what_ails_the_process_itself_is_told_at_once() {
        let ailments = Ailments::default();
        let engine = Arc::new(double::engine(Arc::new(Memory::new())).ailing(ailments.clone()));
        assert_eq!(told(&engine).await.0, "ok");
        ailments.set("configuration", "it is broken".into());
        assert_eq!(told(&engine).await.0, "red");
        ailments.clear("configuration");
        assert_eq!(told(&engine).await.0, "ok");
    }
}
