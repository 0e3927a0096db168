//! All orders in which some actors can use one store, found by going through them.
//!
//! A schedule is a list of choices: which actor goes on to its next operation, or that time passes while all stand
//! still. The explorer runs a schedule from the start, goes on with the first choice that there is, and keeps the others
//! for later. Where it comes into a state that it has seen (the same store, every actor having heard the same) it turns
//! back: what follows was explored from there. Operations on documents that only one actor uses, or that nobody writes,
//! are no choice: their place in the order makes no difference.

use super::turnstile::Turnstile;
use crate::world::World;
use futures::future::LocalBoxFuture;
use std::collections::{BTreeMap, BTreeSet, HashMap};
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
    said: Option<T>,
}

impl<T> Actor<T> {
    pub(super) fn new(turnstile: Arc<Turnstile>, work: LocalBoxFuture<'static, T>) -> Self {
        Self { turnstile, work: Some(work), said: None }
    }
}

/// A place to start from, and those who act there. Made anew for every schedule, always the same.
pub(super) trait Play {
    /// What an actor says in the end.
    type Said;

    fn world(&self) -> &World;

    fn actors(&self) -> Vec<Actor<Self::Said>>;

    /// Looks at what it came to when all have said their word.
    async fn check(self, said: Vec<Self::Said>);
}

/// How far to go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// How often an actor may be interrupted who could go on; `None`: always.
    pub(super) preemptions_max: Option<u32>,
    /// How often time may pass.
    pub(super) waits_max: u32,
    /// How much time.
    pub(super) wait: Duration,
}

/// What was explored.
#[derive(Debug, Default)]
pub(super) struct Explored {
    /// Schedules that were run to their end and checked.
    pub(super) whole: usize,
    /// Schedules that came into a state that was seen before.
    pub(super) cut: usize,
    /// Different states.
    pub(super) states: usize,
    /// The documents whose order of use matters.
    pub(super) contested: usize,
}

/// Who uses a document, by what was seen so far.
#[derive(Default)]
struct Uses {
    users: BTreeMap<String, BTreeSet<usize>>,
    written: BTreeSet<String>,
    listed: BTreeMap<String, BTreeSet<usize>>,
}

impl Uses {
    /// Takes note of one operation; whether an operation that counted as nobody else's business is some by now.
    fn note(&mut self, actor: usize, name: &str) -> bool {
        let before = self.contested();
        let (verb, path) = name.split_once(' ').expect("a verb and a path");
        if verb == "list" {
            self.listed.entry(path.into()).or_default().insert(actor);
        } else {
            self.users.entry(path.into()).or_default().insert(actor);
            if verb != "get" {
                self.written.insert(path.into());
            }
        }
        self.contested() != before
    }

    fn contested(&self) -> usize {
        let documents = self.written.iter().filter(|path| self.matters(path)).count();
        documents + self.listed.keys().filter(|prefix| self.list_matters(prefix)).count()
    }

    fn matters(&self, path: &str) -> bool {
        let users = self.users.get(path).map_or(0, BTreeSet::len);
        let is_listed = self.listed.keys().any(|prefix| path.starts_with(prefix.as_str()));
        self.written.contains(path) && (users > 1 || is_listed)
    }

    fn list_matters(&self, prefix: &str) -> bool {
        self.written.iter().any(|path| path.starts_with(prefix))
    }

    fn is_a_choice(&self, name: &str) -> bool {
        let (verb, path) = name.split_once(' ').expect("a verb and a path");
        if verb == "list" { self.list_matters(path) } else { self.matters(path) }
    }
}

/// A schedule to run: its choices so far, how many of them interrupted somebody, how often time passed.
#[derive(Clone, Default)]
struct Path {
    choices: Vec<Choice>,
    preemptions: u32,
    waits: u32,
}

/// Goes through all schedules within the bounds.
pub(super) async fn explore<P: Play>(bounds: Bounds, set_up: impl AsyncFn() -> P) -> Explored {
    let mut uses = Uses::default();
    'anew: loop {
        let mut explored = Explored { contested: uses.contested(), ..Explored::default() };
        let mut seen: HashMap<u64, u32> = HashMap::new();
        let mut open = vec![Path::default()];
        while let Some(path) = open.pop() {
            let play = set_up().await;
            let mut stage = Stage { actors: play.actors(), uses: &mut uses, grown: false, told: Vec::new() };
            for actor in 0..stage.actors.len() {
                stage.advance(actor).await;
            }
            let mut path = path;
            for choice in path.choices.clone() {
                stage.take(choice, bounds.wait).await;
            }
            let whole = loop {
                let enabled = stage.enabled(&path, bounds);
                let Some((&first, others)) = enabled.split_first() else { break true };
                let key = stage.key(play.world(), &path, bounds).await;
                // Seen with as many interruptions left, or more: all that can follow was seen, too.
                if seen.get(&key).is_some_and(|preemptions| *preemptions <= path.preemptions) {
                    break false;
                }
                seen.insert(key, path.preemptions);
                open.extend(others.iter().map(|choice| stage.with(&path, *choice)));
                path = stage.with(&path, first);
                stage.take(first, bounds.wait).await;
            };
            if stage.grown {
                // Something counted as nobody else's business that is: what was cut short for it has to be seen.
                continue 'anew;
            }
            if whole {
                explored.whole += 1;
                let told = stage.told.join("\n");
                let said = stage.actors.into_iter().map(|actor| actor.said.expect("all have ended")).collect();
                let trace = Trace(told);
                play.check(said).await;
                drop(trace.forget());
            } else {
                explored.cut += 1;
            }
        }
        explored.states = seen.len();
        return explored;
    }
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
struct Stage<'a, T> {
    actors: Vec<Actor<T>>,
    uses: &'a mut Uses,
    grown: bool,
    told: Vec<String>,
}

impl<T> Stage<'_, T> {
    /// The choices that there are: whoever went on last goes first.
    fn enabled(&self, path: &Path, bounds: Bounds) -> Vec<Choice> {
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

    fn with(&self, path: &Path, choice: Choice) -> Path {
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

    async fn take(&mut self, choice: Choice, wait: Duration) {
        match choice {
            Choice::Wait => {
                self.told.push(format!("{wait:?} pass"));
                tokio::time::advance(wait).await;
            }
            Choice::Go(actor) => {
                let waits_for = self.actors[actor].turnstile.waits_for().expect("it can go on");
                self.told.push(format!("{actor}: {waits_for}"));
                self.actors[actor].turnstile.allow();
                self.advance(actor).await;
            }
        }
    }

    /// Lets the actor go on until it has ended, or comes to an operation whose place in the order matters.
    async fn advance(&mut self, actor: usize) {
        let Actor { turnstile, work, said } = &mut self.actors[actor];
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

    /// What the rest of the schedule is a function of.
    async fn key(&self, world: &World, path: &Path, bounds: Bounds) -> u64 {
        let mut hash = DefaultHasher::new();
        for actor in &self.actors {
            (actor.turnstile.heard(), actor.said.is_some()).hash(&mut hash);
        }
        for document in world.documents.list("").await.expect("the store works") {
            let stored = world.documents.get(&document).await.expect("the store works");
            (document, stored.map(|stored| stored.tag.0)).hash(&mut hash);
        }
        (world.sim.effects().len(), path.waits).hash(&mut hash);
        if bounds.preemptions_max.is_some() {
            last(path).hash(&mut hash);
        }
        hash.finish()
    }
}

/// Who went on last, if it was not time that passed.
fn last(path: &Path) -> Option<usize> {
    match path.choices.last() {
        Some(Choice::Go(actor)) => Some(*actor),
        _ => None,
    }
}
