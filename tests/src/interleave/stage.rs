//! A schedule under way: who stands where, who goes on next, and what was touched by that.

use super::explorer::Bounds;
use super::footprint::{Around, Footprint, Places};
use super::turnstile::Turnstile;
use super::uses::Uses;
use crate::world::World;
use futures::future::LocalBoxFuture;
use outside::Clock;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use store::Documents;

/// One step of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// This actor goes on.
    Go(usize),
    /// Time passes, and nobody goes on meanwhile.
    Wait,
}

/// One of those who use the store.
pub(super) struct Actor<T> {
    turnstile: Arc<Turnstile>,
    work: Option<LocalBoxFuture<'static, T>>,
    /// Whether it stands at an operation, or has ended.
    begun: bool,
    pub(super) said: Option<T>,
}

impl<T> Actor<T> {
    pub(super) fn new(turnstile: Arc<Turnstile>, work: LocalBoxFuture<'static, T>) -> Self {
        Self { turnstile, work: Some(work), begun: false, said: None }
    }
}

/// A place to start from, and those who act there. Made anew for every schedule, always the same.
pub(super) trait Play {
    /// What an actor says in the end. Two words are the same where [`check`](Self::check) cannot tell them apart.
    type Said: Hash;

    fn world(&self) -> &World;

    fn actors(&self) -> Vec<Actor<Self::Said>>;

    /// Which of them do the same: these may change places.
    fn kinds(&self) -> Vec<usize>;

    /// Looks at what it came to when all have said their word.
    async fn check(self, said: Vec<Self::Said>);
}

/// What somebody does in a play.
pub(super) trait Deed: Debug + Sized {
    type Play: Play;

    /// The play in which each of these is done by somebody.
    async fn play(parts: &[Self]) -> Self::Play;
}

/// A schedule to run: its choices so far, how many of them interrupted somebody, how often time passed.
#[derive(Clone, Default)]
pub(super) struct Path {
    pub(super) choices: Vec<Choice>,
    pub(super) preemptions: u32,
    pub(super) waits: u32,
}

/// Prints the schedule when a check of its end fails.
struct Trace(String);

impl Trace {
    fn forget(mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            println!("the schedule:\n{}", self.0);
        }
    }
}

/// A schedule under way.
pub(super) struct Stage<'a, T> {
    pub(super) actors: Vec<Actor<T>>,
    uses: &'a mut Uses,
    /// Whether somebody used what counted as nobody else's business.
    pub(super) grown: bool,
    /// What was done, a line each.
    pub(super) told: Vec<String>,
    /// How much had been changed in the tenants before anybody began, and when that was.
    changed: usize,
    began: Duration,
}

impl<'a, T: Hash> Stage<'a, T> {
    pub(super) fn new<P: Play<Said = T>>(play: &P, uses: &'a mut Uses) -> Self {
        let (actors, world) = (play.actors(), play.world());
        let (changed, began) = (world.sim.effects().len(), world.clock.monotonic());
        Self { actors, uses, grown: false, told: Vec::new(), changed, began }
    }

    /// Somebody who can go on: whoever went on last, if possible.
    pub(super) fn next(&self, path: &Path) -> Option<usize> {
        let ready = |actor: &usize| self.actors[*actor].said.is_none();
        last(path).filter(ready).or_else(|| (0..self.actors.len()).find(ready))
    }

    /// Lets the actor begin or go on, and looks what it touches.
    pub(super) async fn step(&mut self, actor: usize, world: &World, places: &mut Places) -> Footprint {
        let changes = || world.sim.effects_after(self.changed).len();
        let (asked, changed) = (world.sim.count(|_| true), changes());
        let began = world.clock.monotonic();
        self.take(Choice::Go(actor), Duration::ZERO).await;
        let around = Around {
            asked: world.sim.count(|_| true) > asked,
            changed: world.sim.effects_after(self.changed).len() > changed,
            waited: world.clock.monotonic() > began,
        };
        places.touched(&self.actors[actor].turnstile.operations(), &around, self.uses)
    }

    /// The choices that there are: whoever went on last goes first.
    pub(super) fn enabled(&self, path: &Path, bounds: Bounds) -> Vec<Choice> {
        let ready = |actor: &usize| self.actors[*actor].said.is_none();
        let mut enabled: Vec<Choice> = (0..self.actors.len()).filter(ready).map(Choice::Go).collect();
        if let Some(last) = last(path).filter(ready) {
            enabled.retain(|choice| *choice != Choice::Go(last));
            if bounds.preemptions_max.is_some_and(|most| path.preemptions >= most) {
                enabled.clear();
            }
            enabled.insert(0, Choice::Go(last));
        }
        if !enabled.is_empty() && path.waits < bounds.waits_max {
            enabled.push(Choice::Wait);
        }
        enabled
    }

    pub(super) fn with(&self, path: &Path, choice: Choice) -> Path {
        let mut next = path.clone();
        next.choices.push(choice);
        match choice {
            Choice::Wait => next.waits += 1,
            Choice::Go(actor) => {
                let interrupts = last(path).is_some_and(|last| last != actor && self.actors[last].said.is_none());
                next.preemptions += u32::from(interrupts);
            }
        }
        next
    }

    pub(super) async fn take(&mut self, choice: Choice, wait: Duration) {
        match choice {
            Choice::Wait => {
                self.told.push(format!("{wait:?} pass"));
                tokio::time::advance(wait).await;
            }
            Choice::Go(actor) => {
                if self.actors[actor].begun {
                    let waits_for = self.actors[actor].turnstile.waits_for().expect("it can go on");
                    self.told.push(format!("{actor}: {waits_for}"));
                    self.actors[actor].turnstile.allow();
                }
                self.advance(actor).await;
            }
        }
    }

    /// Lets the actor go on until it has ended, or comes to an operation whose place in the order matters.
    pub(super) async fn advance(&mut self, actor: usize) {
        self.actors[actor].begun = true;
        let Actor { turnstile, work, said, .. } = &mut self.actors[actor];
        let (uses, grown, told) = (&mut *self.uses, &mut self.grown, &mut self.told);
        std::future::poll_fn(|context| {
            loop {
                let Some(going) = work else { return Poll::Ready(()) };
                if let Poll::Ready(word) = going.as_mut().poll(context) {
                    (*said, *work) = (Some(word), None);
                    return Poll::Ready(());
                }
                // Without an operation it waits for time to pass, as after a pause between two attempts.
                let Some(name) = turnstile.waits_for() else { return Poll::Pending };
                *grown |= uses.note(actor, &name);
                if uses.is_a_choice(&name) {
                    return Poll::Ready(());
                }
                told.push(format!("{actor}: {name} (by the way)"));
                turnstile.allow();
            }
        })
        .await;
    }

    /// All have ended: looks at what it came to.
    pub(super) async fn end<P: Play<Said = T>>(self, play: P) {
        let trace = Trace(self.told.join("\n"));
        let said = self.actors.into_iter().map(|actor| actor.said.expect("all have ended")).collect();
        play.check(said).await;
        drop(trace.forget());
    }

    /// What the rest of the schedule is a function of, and each actor's place in it.
    pub(super) async fn key<P: Play<Said = T>>(&self, play: &P, path: &Path, bounds: Bounds) -> (u64, Vec<usize>) {
        let world = play.world();
        let kinds = play.kinds();
        let standing = |actor: usize| {
            let Actor { turnstile, begun, said, .. } = &self.actors[actor];
            let mut hash = DefaultHasher::new();
            match said {
                // Whoever has ended does nothing more: what it heard is past.
                Some(said) => (true, said).hash(&mut hash),
                None => (false, begun, turnstile.heard()).hash(&mut hash),
            }
            (kinds[actor], hash.finish())
        };
        let mut order: Vec<usize> = (0..self.actors.len()).collect();
        order.sort_by_key(|actor| standing(*actor));
        let place = |actor: usize| order.iter().position(|other| *other == actor).expect("everybody has one");
        let mut hash = DefaultHasher::new();
        order.iter().for_each(|actor| standing(*actor).hash(&mut hash));
        for document in world.documents.list("").await.expect("the store works") {
            let stored = world.documents.get(&document).await.expect("the store works");
            (document, stored.map(|stored| stored.tag.0)).hash(&mut hash);
        }
        let changed = format!("{:?}", world.sim.effects_after(self.changed));
        (changed, path.waits, world.clock.monotonic() - self.began).hash(&mut hash);
        if bounds.preemptions_max.is_some() {
            last(path).map(place).hash(&mut hash);
        }
        (hash.finish(), (0..self.actors.len()).map(place).collect())
    }
}

/// Who went on last, if it was not time that passed.
fn last(path: &Path) -> Option<usize> {
    match path.choices.last() {
        Some(Choice::Go(actor)) => Some(*actor),
        _ => None,
    }
}
