//! What an actor hears, as one number, and what it asked the store for.
//!
//! An actor is a function of what it hears: the store's answers, and Microsoft's, which are functions of the question and
//! of all that was changed before, each at its time.

use super::call::Call;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::time::Duration;

pub(super) struct Ears {
    now: Box<dyn Fn() -> Duration + Send + Sync>,
    state: Mutex<State>,
}

struct State {
    heard: u64,
    done: Vec<Done>,
}

/// An operation that was carried out.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) call: Call,
    /// What the actor had heard by then, and with the answer.
    pub(super) before: u64,
    pub(super) after: u64,
    /// Whether the store is another one since.
    pub(super) changed: bool,
}

impl Ears {
    /// Of an actor who has heard this much.
    pub(super) fn new(heard: u64, now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { now: Box::new(now), state: Mutex::new(State { heard, done: Vec::new() }) }
    }

    /// The actor hears something.
    pub(super) fn hear(&self, what: impl Hash) {
        let mut state = self.state.lock().expect("no holder panics");
        state.heard = digest(&(state.heard, (self.now)(), what));
    }

    /// The store answers.
    pub(super) fn answered(&self, call: Call, answer: impl Hash, changed: bool) {
        let mut state = self.state.lock().expect("no holder panics");
        let before = state.heard;
        let after = digest(&(before, (self.now)(), call.name(), answer));
        state.heard = after;
        state.done.push(Done { call, before, after, changed });
    }

    /// A digest of everything that was heard so far.
    pub(super) fn heard(&self) -> u64 {
        self.state.lock().expect("no holder panics").heard
    }

    /// What was asked of the store since the last time that somebody looked: one thing at most.
    pub(super) fn done(&self) -> Option<Done> {
        let mut state = self.state.lock().expect("no holder panics");
        let done = state.done.pop();
        assert!(state.done.is_empty(), "one operation at a time: {:?} and {done:?}", state.done);
        done
    }
}

/// One number for all of it.
pub(super) fn digest(what: &impl Hash) -> u64 {
    let mut hash = DefaultHasher::new();
    what.hash(&mut hash);
    hash.finish()
}
