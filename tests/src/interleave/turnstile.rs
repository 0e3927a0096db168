//! One actor's way to the store: it waits there before each operation until it is its turn.

use crate::gate::Gate;
use async_trait::async_trait;
use cloud_sim::Sim;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::task::{Poll, Waker};

/// Where an actor waits, and all that it has heard so far.
///
/// An actor is a function of what it hears: the store's answers, and the tenants as they are whenever it goes on (what
/// it asks Microsoft in between is answered from them, at once).
pub(super) struct Turnstile {
    sim: Sim,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    waiting: VecDeque<(u64, String)>,
    allowed: Option<u64>,
    /// Of those who wait, by the number of their operation: an actor may be at several at once.
    wakers: BTreeMap<u64, Waker>,
    heard: DefaultHasher,
}

impl Turnstile {
    pub(super) fn new(sim: Sim) -> Self {
        Self { sim, state: Mutex::default() }
    }

    /// The operation at which the actor waits, such as `get lease/…`.
    pub(super) fn waits_for(&self) -> Option<String> {
        self.state.lock().expect("no holder panics").waiting.front().map(|(_, name)| name.clone())
    }

    /// Lets the operation through at which the actor waits.
    pub(super) fn allow(&self) {
        let mut state = self.state.lock().expect("no holder panics");
        let (number, _) = state.waiting.pop_front().expect("the actor waits");
        state.allowed = Some(number);
        if let Some(waker) = state.wakers.remove(&number) {
            waker.wake();
        }
    }

    /// A digest of everything that the actor has heard.
    pub(super) fn heard(&self) -> u64 {
        self.state.lock().expect("no holder panics").heard.finish()
    }
}

#[async_trait]
impl Gate for Turnstile {
    async fn before(&self, name: &str) -> u64 {
        let number = {
            let mut state = self.state.lock().expect("no holder panics");
            state.next += 1;
            let number = state.next;
            state.waiting.push_back((number, name.into()));
            number
        };
        std::future::poll_fn(|context| {
            let mut state = self.state.lock().expect("no holder panics");
            if state.allowed == Some(number) {
                state.allowed = None;
                return Poll::Ready(());
            }
            state.wakers.insert(number, context.waker().clone());
            Poll::Pending
        })
        .await;
        number
    }

    async fn after(&self, number: u64, answer: &(dyn Debug + Sync)) {
        let effects = self.sim.effects().len();
        let mut state = self.state.lock().expect("no holder panics");
        (number, format!("{answer:?}"), effects).hash(&mut state.heard);
    }
}
