//! A moment of a play on paper: the store, and where everybody is. From here it goes on by the script alone.

use super::ears::{Ears, digest};
use super::footprint::{Around, Footprint, Operation, Places};
use super::overheard::Overheard;
use super::script::{Cue, Next, Script, nothing};
use super::surroundings::Surroundings;
use std::sync::Arc;
use std::time::Duration;
use store::{Documents, Memory};

/// Where an actor is.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    pub(super) heard: u64,
    /// What it is going to do; nothing is known of somebody who has not begun.
    pub(super) next: Option<Next>,
}

impl Standing {
    fn has_ended(&self) -> bool {
        matches!(self.next, Some(Next::Nothing(_)))
    }

    /// Whoever has ended does nothing more: what it heard is past.
    fn digest(&self) -> u64 {
        match self.next {
            Some(Next::Nothing(_)) => digest(&self.next),
            Some(Next::Call(_)) => digest(&(true, self.heard)),
            None => digest(&(false, 0_u64)),
        }
    }
}

#[derive(Clone)]
pub(super) struct Scene {
    /// Never written to: a write makes another one.
    store: Memory,
    documents: u64,
    surroundings: Surroundings,
    actors: Vec<Standing>,
}

impl Scene {
    pub(super) async fn new(store: Memory, surroundings: Surroundings, actors: Vec<Standing>) -> Self {
        Self { documents: documents(&store).await, store, surroundings, actors }
    }

    /// Who has not ended.
    pub(super) fn ready(&self) -> impl Iterator<Item = usize> {
        (0..self.actors.len()).filter(|actor| self.is_ready(*actor))
    }

    pub(super) fn is_ready(&self, actor: usize) -> bool {
        !self.actors[actor].has_ended()
    }

    /// Time passes.
    pub(super) fn wait(&mut self, time: Duration) {
        self.surroundings.time += time;
    }

    /// The actor begins or goes on, until it has ended or comes to an operation whose place in the order matters. `None`
    /// if the script does not say how; then the scene is in disorder.
    pub(super) async fn step(&mut self, actor: usize, script: &Script, places: &mut Places) -> Option<Footprint> {
        let mut operations = Vec::new();
        let (before, mut asked) = (self.surroundings, false);
        loop {
            let mut cue = Cue { actor, heard: self.actors[actor].heard, surroundings: self.surroundings };
            match script.call(&cue)? {
                None => cue.heard = nothing(cue.heard),
                Some(call) => {
                    let ears = Arc::new(Ears::new(cue.heard, move || cue.surroundings.time));
                    let store = if call.is_read() { self.store.clone() } else { self.store.copy() };
                    call.carry_out(&Overheard::new(store.clone(), ears.clone())).await;
                    let done = ears.done().expect("it was carried out");
                    if done.changed {
                        let path = call.path();
                        let (was, is) = (document(&self.store, path).await, document(&store, path).await);
                        self.documents = self.documents.wrapping_sub(was).wrapping_add(is);
                        self.store = store;
                    }
                    cue.heard = done.after;
                    operations.push(Operation { name: done.call.name(), changed: done.changed });
                }
            }
            let line = script.line(&cue)?;
            self.surroundings = line.surroundings;
            asked |= line.asked;
            self.actors[actor] = Standing { heard: line.heard, next: Some(line.next.clone()) };
            let goes_on = matches!(&line.next, Next::Call(name) if !script.uses.is_a_choice(name));
            if !goes_on {
                let changed = self.surroundings.changes != before.changes;
                let around = Around { asked, changed, waited: self.surroundings.time != before.time };
                return Some(places.touched(&operations, &around, &script.uses));
            }
        }
    }

    /// What everything that can follow is a function of, and each actor's place in it. Actors of one kind may change places.
    pub(super) fn key(&self, kinds: &[usize]) -> (u64, Vec<usize>) {
        let standing = |actor: &usize| (kinds[*actor], self.actors[*actor].digest());
        let mut order: Vec<usize> = (0..self.actors.len()).collect();
        order.sort_by_key(standing);
        let place = |actor| order.iter().position(|other| *other == actor).expect("everybody has one");
        let standings: Vec<_> = order.iter().map(standing).collect();
        (digest(&(standings, self.documents, self.surroundings)), (0..self.actors.len()).map(place).collect())
    }
}

/// A sum over all documents, so that one of them can be another without a look at the rest.
async fn documents(store: &Memory) -> u64 {
    let mut sum = 0_u64;
    for path in store.list("").await.expect("the store works") {
        sum = sum.wrapping_add(document(store, &path).await);
    }
    sum
}

/// A document is what its tag says.
async fn document(store: &Memory, path: &str) -> u64 {
    let stored = store.get(path).await.expect("the store works");
    stored.map_or(0, |stored| digest(&(path, stored.tag.0)))
}
