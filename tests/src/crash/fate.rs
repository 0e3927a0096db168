//! When processes die: at which of all their operations, with its effect or without.

use crate::gate::Gate;
use async_trait::async_trait;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::Mutex;
use tokio::sync::Notify;

/// One death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Death {
    /// At this operation, counted from 0 over all processes of a story.
    pub(crate) at: u64,
    /// With its effect, but without its answer; else without either.
    pub(crate) after: bool,
}

impl Death {
    /// Both ways to die at each of so many operations.
    pub(crate) fn all(operations: u64) -> impl Iterator<Item = Self> {
        (0..operations).flat_map(|at| [false, true].map(|after| Self { at, after }))
    }
}

/// The deaths of one story, in their order.
pub(crate) struct Fate {
    state: Mutex<State>,
    died: Notify,
}

struct State {
    deaths: VecDeque<Death>,
    names: Vec<String>,
    counting: bool,
}

impl Fate {
    /// Nothing is counted, and nobody dies, before [`Fate::begin`].
    pub(crate) fn new(deaths: &[Death]) -> Self {
        let deaths = deaths.iter().copied().collect();
        Self { state: Mutex::new(State { deaths, names: Vec::new(), counting: false }), died: Notify::new() }
    }

    /// From here on operations count.
    pub(crate) fn begin(&self) {
        self.state.lock().expect("no holder panics").counting = true;
    }

    /// From here on nobody dies.
    pub(crate) fn end(&self) {
        let mut state = self.state.lock().expect("no holder panics");
        state.counting = false;
        state.deaths.clear();
    }

    /// The operations so far.
    pub(crate) fn names(&self) -> Vec<String> {
        self.state.lock().expect("no holder panics").names.clone()
    }

    /// How many deaths are still to come.
    pub(crate) fn deaths_left(&self) -> usize {
        self.state.lock().expect("no holder panics").deaths.len()
    }

    /// Waits until a process dies.
    pub(crate) async fn died(&self) {
        self.died.notified().await;
    }

    async fn die_if(&self, at: u64, after: bool) {
        let dies = {
            let mut state = self.state.lock().expect("no holder panics");
            let dies = state.deaths.front() == Some(&Death { at, after });
            if dies {
                state.deaths.pop_front();
            }
            dies
        };
        if dies {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Gate for Fate {
    async fn before(&self, name: &str) -> u64 {
        let number = {
            let mut state = self.state.lock().expect("no holder panics");
            if !state.counting {
                return u64::MAX;
            }
            state.names.push(name.into());
            state.names.len() as u64 - 1
        };
        self.die_if(number, false).await;
        number
    }

    async fn after(&self, number: u64, _: &(dyn Debug + Sync)) {
        self.die_if(number, true).await;
    }
}
