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
