//! What each actor does, having heard something: written down whenever it is played, so that it need not be played again.

use super::call::Call;
use super::ears::{Done, digest};
use super::surroundings::Surroundings;
use super::uses::Uses;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Debug;
use std::hash::Hash;

/// Where an actor goes on: who, having heard what, and how the tenants and the clock are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cue {
    pub(super) actor: usize,
    pub(super) heard: u64,
    pub(super) surroundings: Surroundings,
}

/// What it does then, until it comes to the store again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// What it has heard at the end of it, from Microsoft, too.
    pub(super) heard: u64,
    pub(super) surroundings: Surroundings,
    /// Whether it asked Microsoft something.
    pub(super) asked: bool,
    pub(super) next: Next,
}

/// What comes next for an actor.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Next {
    /// The operation of this name on the store.
    Call(String),
    /// Nothing: it has ended, with a word of this digest.
    Nothing(u64),
}

/// All that is known of the actors of a play.
#[derive(Default)]
pub(super) struct Script {
    pub(super) uses: Uses,
    /// Whether somebody used what counted as nobody else's business.
    pub(super) grown: bool,
    calls: HashMap<Cue, Option<Call>>,
    lines: HashMap<Cue, Line>,
}

impl Script {
    /// What becomes of the operation at which the actor stands: `Some(None)` if nothing does, as before it has begun, or when
    /// it has waited too long.
    pub(super) fn call(&self, cue: &Cue) -> Option<Option<&Call>> {
        self.calls.get(cue).map(Option::as_ref)
    }

    pub(super) fn line(&self, cue: &Cue) -> Option<&Line> {
        self.lines.get(cue)
    }

    /// An actor went on at this cue: what came of the operation, and what it did then.
    pub(super) fn learn(&mut self, cue: Cue, done: Option<Done>, line: Line) {
        if let Next::Call(name) = &line.next {
            self.grown |= self.uses.note(cue.actor, name);
        }
        assert!(done.as_ref().is_none_or(|done| done.before == cue.heard), "the answer comes first: {cue:?}");
        let heard = done.as_ref().map_or_else(|| nothing(cue.heard), |done| done.after);
        same(&mut self.calls, cue, done.map(|done| done.call));
        same(&mut self.lines, Cue { heard, ..cue }, line);
    }
}

/// What an actor has heard when nothing came of an operation.
pub(super) fn nothing(heard: u64) -> u64 {
    digest(&("nothing", heard))
}

/// An actor who has heard the same does the same.
fn same<K: Hash + Eq + Debug + Clone, V: PartialEq + Debug>(known: &mut HashMap<K, V>, key: K, value: V) {
    match known.entry(key) {
        Entry::Occupied(known) => assert_eq!(*known.get(), value, "of {:?}", known.key()),
        Entry::Vacant(unknown) => drop(unknown.insert(value)),
    }
}
