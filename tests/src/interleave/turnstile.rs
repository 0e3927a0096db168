//! One actor's way to the store: it waits there before each operation until it is its turn.

use super::ears::Ears;
use super::overheard::Overheard;
use super::plain::Plain;
use super::surroundings::Since;
use crate::gate::{Gate, Gated};
use crate::world::World;
use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::Sim;
use engine::Engine;
use http::{Request, Response};
use outside::{Clock, SeededRandom, Transport, TransportError};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

/// Where an actor waits, and what it has heard so far.
pub(super) struct Turnstile {
    sim: Sim,
    since: Since,
    pub(super) ears: Arc<Ears>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    waiting: VecDeque<(u64, String)>,
    allowed: Option<u64>,
    /// Of those who wait, by the number of their operation: an actor may be at several at once.
    wakers: BTreeMap<u64, Waker>,
}

impl Turnstile {
    /// For an actor in a world in which nobody has acted yet.
    fn new(world: &World) -> Self {
        let since = Since::now(world);
        let (clock, began) = (world.clock.clone(), since.began());
        let ears = Arc::new(Ears::new(0, move || clock.monotonic() - began));
        Self { sim: world.sim.clone(), since, ears, state: Mutex::default() }
    }

    /// A program of the actor's own in this world, behind its turnstile. `number` tells its randomness from that of others.
    pub(super) fn with_engine(world: &World, number: usize) -> (Arc<Self>, Engine) {
        let turnstile = Arc::new(Self::new(world));
        let store = Plain(Overheard::new(world.documents.clone(), turnstile.ears.clone()));
        let store = Arc::new(Gated::new(Arc::new(store), turnstile.clone()));
        let random = Arc::new(SeededRandom::new(100 + number as u64));
        let engine = world.engine_of(store, turnstile.clone(), Arc::new(world.clock.clone()), random);
        (turnstile, engine)
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

    async fn after(&self, _: u64, _: &(dyn Debug + Sync)) {}
}

#[async_trait]
impl Transport for Turnstile {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let asked = (request.method().to_string(), request.uri().to_string(), request.body().clone());
        let before = self.since.changes(&self.sim);
        let answer = self.sim.send(request, timeout).await;
        self.ears.hear((asked, before, answer.is_ok()));
        answer
    }
}
