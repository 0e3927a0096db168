//! What is neither an actor nor the store.

use super::ears::digest;
use crate::world::World;
use cloud_sim::Sim;
use outside::Clock;
use std::time::Duration;

/// The tenants, and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Surroundings {
    /// A digest of all that was changed in the tenants since the beginning.
    pub(super) changes: u64,
    /// How much time has gone by since.
    pub(super) time: Duration,
}

/// A world's beginning: how much had been changed in the tenants, and what the clock showed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    changes: usize,
    began: Duration,
}

impl Since {
    /// Nobody has acted yet.
    pub(super) fn now(world: &World) -> Self {
        Self { changes: world.sim.effects().len(), began: world.clock.monotonic() }
    }

    pub(super) fn began(&self) -> Duration {
        self.began
    }

    pub(super) fn changes(&self, sim: &Sim) -> u64 {
        let mut changes: Vec<String> =
            sim.effects_after(self.changes).iter().map(|effect| format!("{effect:?}")).collect();
        // The items of a batch are carried out in any order, and come to the same.
        changes.sort();
        digest(&changes)
    }

    /// How the world's are by now.
    pub(super) fn surroundings(&self, world: &World) -> Surroundings {
        Surroundings { changes: self.changes(&world.sim), time: world.clock.monotonic() - self.began }
    }
}
