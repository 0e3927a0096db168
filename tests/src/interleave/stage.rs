//! A schedule that is played: the program itself on a world of its own, and the script learns what everybody does.

use super::ears::{Ears, digest};
use super::scene::{Scene, Standing};
use super::script::{Cue, Line, Next, Script};
use super::surroundings::Since;
use super::turnstile::Turnstile;
use crate::world::World;
use futures::future::LocalBoxFuture;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// One step of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// This actor begins or goes on.
    Go(usize),
    /// So much time passes, and nobody goes on meanwhile.
    Wait(Duration),
}

/// One of those who use the store.
pub(super) struct Actor<T> {
    turnstile: Arc<Turnstile>,
    work: Option<LocalBoxFuture<'static, T>>,
    /// Whether it stands at an operation, or has ended.
    begun: bool,
    said: Option<T>,
}

impl<T> Actor<T> {
    pub(super) fn new(turnstile: Arc<Turnstile>, work: LocalBoxFuture<'static, T>) -> Self {
        Self { turnstile, work: Some(work), begun: false, said: None }
    }
}

/// A place to start from, and those who act there.
pub(super) trait Play: Sized {
    /// What an actor says in the end. Two words are the same where [`check`](Self::check) cannot tell them apart.
    type Said: Hash;

    /// The same place as it was made, for one more schedule. Nobody has acted in this one, and nobody will.
    fn again(&self) -> Self;

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

/// A schedule under way.
pub(super) struct Stage<'a, T> {
    world: &'a World,
    since: Since,
    actors: Vec<Actor<T>>,
    script: &'a mut Script,
    /// What was done, a line each.
    told: Vec<String>,
}

impl<'a, T: Hash> Stage<'a, T> {
    pub(super) fn new<P: Play<Said = T>>(play: &'a P, script: &'a mut Script) -> Self {
        let (actors, world) = (play.actors(), play.world());
        Self { world, since: Since::now(world), actors, script, told: Vec::new() }
    }

    pub(super) async fn take(&mut self, choice: Choice) {
        match choice {
            Choice::Wait(time) => {
                self.told.push(format!("{time:?} pass"));
                tokio::time::advance(time).await;
            }
            Choice::Go(actor) => {
                let Actor { turnstile, begun, .. } = &self.actors[actor];
                if *begun {
                    let waits_for = turnstile.waits_for().expect("it can go on");
                    self.told.push(format!("{actor}: {waits_for}"));
                    turnstile.allow();
                }
                self.advance(actor).await;
            }
        }
    }

    /// Lets the actor go on until it has ended, or comes to an operation whose place in the order matters.
    async fn advance(&mut self, number: usize) {
        let Self { world, since, actors, script, told } = self;
        let Actor { turnstile, work, begun, said } = &mut actors[number];
        *begun = true;
        let asked = || world.sim.count(|_| true);
        let at = |ears: &Ears| Cue { actor: number, heard: ears.heard(), surroundings: since.surroundings(world) };
        let (mut cue, mut asked_before) = (at(&turnstile.ears), asked());
        std::future::poll_fn(|context| {
            loop {
                let Some(going) = work else { return Poll::Ready(()) };
                let next = match going.as_mut().poll(context) {
                    Poll::Ready(word) => {
                        let next = Next::Nothing(digest(&word));
                        (*said, *work) = (Some(word), None);
                        next
                    }
                    Poll::Pending => match turnstile.waits_for() {
                        Some(name) => Next::Call(name),
                        // It waits for time to pass, as after a pause between two attempts.
                        None => return Poll::Pending,
                    },
                };
                let done = turnstile.ears.done();
                if done.is_none() {
                    turnstile.ears.hear("nothing came of it");
                }
                let now = at(&turnstile.ears);
                let asked_now = asked();
                let line = Line {
                    heard: now.heard,
                    surroundings: now.surroundings,
                    asked: asked_now > asked_before,
                    next: next.clone(),
                };
                script.learn(cue, done, line);
                match next {
                    Next::Call(name) if !script.uses.is_a_choice(&name) => {
                        told.push(format!("{number}: {name} (by the way)"));
                        (cue, asked_before) = (now, asked_now);
                        turnstile.allow();
                    }
                    _ => return Poll::Ready(()),
                }
            }
        })
        .await;
    }

    /// Lets everybody go on to the end, one after the other.
    pub(super) async fn finish(&mut self) {
        for actor in 0..self.actors.len() {
            while self.actors[actor].said.is_none() {
                self.take(Choice::Go(actor)).await;
            }
        }
    }

    /// How it is now, on paper.
    pub(super) async fn scene(&self) -> Scene {
        let standing = |Actor { turnstile, said, begun, .. }: &Actor<T>| {
            let next = match said {
                Some(word) => Some(Next::Nothing(digest(word))),
                None => begun.then(|| Next::Call(turnstile.waits_for().expect("it can go on"))),
            };
            Standing { heard: turnstile.ears.heard(), next }
        };
        let actors = self.actors.iter().map(standing).collect();
        Scene::new(self.world.documents.inner().copy(), self.since.surroundings(self.world), actors).await
    }

    /// What everybody said, if all have ended; and what was done.
    pub(super) fn end(self) -> (Option<Vec<T>>, String) {
        let said = self.actors.into_iter().map(|actor| actor.said).collect();
        (said, self.told.join("\n"))
    }
}
