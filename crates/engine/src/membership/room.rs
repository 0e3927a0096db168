//! Bounded memory: how many customers are surveyed at once depends on how many people they have.

use super::partner::Partner;
use crate::Engine;
use access::config::Customer;
use futures::future::{Either, select};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How many people the customers may have together in which whole runs are under way. A run holds some 5 KB for each
/// (what was read of them, their rows, what is stored), so this is about 40 MB.
const PEOPLE_AT_ONCE_MAX: u32 = 8_000;

/// How long a run waits for room.
const WAIT_MAX: Duration = Duration::from_secs(15);

/// The least that a customer counts as: four hundred small ones are never too many, slow as they may be.
const PEOPLE_MIN: u32 = 20;

/// Room for whole runs.
#[derive(Debug)]
pub(crate) struct Room(Semaphore);

impl Default for Room {
    fn default() -> Self {
        Self(Semaphore::new(PEOPLE_AT_ONCE_MAX as usize))
    }
}

impl Engine {
    /// Waits until there is room for a whole run of this customer; until the value is dropped it is taken. Tenants that
    /// are slow must not keep the others waiting, so after a while it goes on without.
    pub(super) async fn room_for(&self, customer: &Customer, partner: &Partner) -> Option<SemaphorePermit<'_>> {
        let room = std::pin::pin!(self.room.0.acquire_many(people(customer, partner)));
        match select(room, self.clock.sleep(WAIT_MAX)).await {
            Either::Left((room, _)) => room.ok(),
            Either::Right(_) => None,
        }
    }
}

/// How many people are in the customer's source groups: as many guests as it has, about. Those
/// with more than there is room for come one at a time.
fn people(customer: &Customer, partner: &Partner) -> u32 {
    let sources: BTreeSet<_> = customer.sources().collect();
    let groups = sources.iter().filter_map(|id| partner.snapshot.groups.get(id));
    let people: usize = groups.map(|group| group.people.len()).sum();
    u32::try_from(people).unwrap_or(u32::MAX).clamp(PEOPLE_MIN, PEOPLE_AT_ONCE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double;
    use futures::FutureExt;
    use futures::future::join;
    use jiff::SignedDuration;
    use std::sync::Arc;
    use store::Memory;

    /// A partner with so many people in the customer's only source group.
    fn of(people: u32) -> Partner {
        double::partner(double::snapshot(people, SignedDuration::ZERO))
    }

    fn engine() -> Engine {
        double::engine(Arc::new(Memory::new()))
    }

    #[test]
    fn a_customer_counts_as_twenty_people_at_least_and_as_all_the_room_at_most() {
        let customer = &double::config().customers[0];
        for (has, counts) in [(0, 20), (20, 20), (21, 21), (7_999, 7_999), (8_000, 8_000), (8_001, 8_000)] {
            assert_eq!(people(customer, &of(has)), counts, "{has} people");
        }
        let unread = Partner::new(
            access::plan::Snapshot { groups: Default::default(), ..double::snapshot(0, SignedDuration::ZERO) },
            Arc::default(),
        );
        assert_eq!(people(customer, &unread), 20, "of whose groups nothing is known");
    }

    #[tokio::test(start_paused = true)]
    async fn as_many_go_at_once_as_there_is_room_for_and_one_more_person_waits() {
        for (first, at_once) in [(7_980, true), (7_981, false)] {
            let engine = engine();
            let customer = &engine.config.customers[0];
            let (large, small) = (of(first), of(20));
            let held = engine.room_for(customer, &large).await;
            assert!(held.is_some());
            let second = engine.room_for(customer, &small).now_or_never();
            assert_eq!(second.is_some(), at_once, "beside {first} people");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_goes_on_without_room_after_fifteen_seconds_and_takes_none() {
        let engine = engine();
        let customer = &engine.config.customers[0];
        let (all, small) = (of(8_000), of(20));
        let held = engine.room_for(customer, &all).await;
        for (end, within) in [(Duration::from_secs(15), true), (Duration::from_millis(14_999), false)] {
            let waiting = std::pin::pin!(engine.room_for(customer, &small));
            let gave_up = matches!(select(waiting, engine.clock.sleep(end)).await, Either::Left((None, _)));
            assert_eq!(gave_up, within, "after {end:?}");
        }
        drop(held);
        assert!(engine.room_for(customer, &all).now_or_never().is_some_and(|room| room.is_some()), "all of it is free");
    }

    #[tokio::test(start_paused = true)]
    async fn two_that_wait_go_one_after_the_other_in_their_order() {
        let engine = engine();
        let customer = &engine.config.customers[0];
        let (all, small) = (of(8_000), of(20));
        let held = engine.room_for(customer, &all).await;
        let start = engine.clock.monotonic();
        let since = || (engine.clock.monotonic() - start).as_secs();
        let run = async |partner: &Partner, takes: u64| {
            let room = engine.room_for(customer, partner).await;
            let began = since();
            engine.clock.sleep(Duration::from_secs(takes)).await;
            (room.is_some(), began)
        };
        let first = run(&all, 5);
        // There would be room for the small one beside others, but not beside the one that asked before it.
        let second = run(&small, 1);
        let ends = async {
            engine.clock.sleep(Duration::from_secs(3)).await;
            drop(held);
        };
        let ((first, second), ()) = join(join(first, second), ends).await;
        assert_eq!((first, second), ((true, 3), (true, 8)));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_stops_waiting_gives_up_its_place() {
        let engine = engine();
        let customer = &engine.config.customers[0];
        let (most, all, small) = (of(7_980), of(8_000), of(20));
        let _held = engine.room_for(customer, &most).await;
        let mut waiting = Box::pin(engine.room_for(customer, &all));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(engine.room_for(customer, &small).now_or_never().is_none(), "behind the one that waits for all");
        drop(waiting);
        assert!(engine.room_for(customer, &small).now_or_never().is_some_and(|room| room.is_some()));
    }
}
