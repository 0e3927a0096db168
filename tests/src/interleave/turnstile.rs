//! One actor's way to the store: it waits there before each operation until it is its turn.

use super::footprint::Operation;
use crate::gate::Gate;
use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::Sim;
use http::{Request, Response};
use outside::{Transport, TransportError};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::task::{Poll, Waker};
use std::time::Duration;

/// Where an actor waits, and all that it has heard so far.
///
/// An actor is a function of what it hears: the store's answers, and Microsoft's, which are functions of the question and
/// of all that was changed before.
pub(super) struct Turnstile {
    sim: Sim,
    /// How much had been changed in the tenants before anybody began.
    changed: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    waiting: VecDeque<(u64, String)>,
    allowed: Option<u64>,
    /// Of those who wait, by the number of their operation: an actor may be at several at once.
    wakers: BTreeMap<u64, Waker>,
    operations: Vec<Operation>,
    heard: DefaultHasher,
}

impl Turnstile {
    pub(super) fn new(sim: Sim) -> Self {
        Self { changed: sim.effects().len(), sim, state: Mutex::default() }
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

    /// The store answers.
    pub(super) fn hears(&self, answer: impl Hash) {
        answer.hash(&mut self.state.lock().expect("no holder panics").heard);
    }

    /// An operation on the store went this way.
    pub(super) fn did(&self, name: String, changed: bool) {
        let mut state = self.state.lock().expect("no holder panics");
        name.hash(&mut state.heard);
        state.operations.push(Operation { name, changed });
    }

    /// The operations since the last time that somebody asked.
    pub(super) fn operations(&self) -> Vec<Operation> {
        std::mem::take(&mut self.state.lock().expect("no holder panics").operations)
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

    async fn after(&self, _: u64, _: &(dyn Debug + Sync)) {}
}

#[async_trait]
impl Transport for Turnstile {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let asked = (request.method().to_string(), request.uri().to_string(), request.body().clone());
        let before = format!("{:?}", self.sim.effects_after(self.changed));
        let answer = self.sim.send(request, timeout).await;
        (asked, before, answer.is_ok()).hash(&mut self.state.lock().expect("no holder panics").heard);
        answer
    }
}
