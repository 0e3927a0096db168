//! All orders in which some actors can use one store, found by going through them.
//!
//! A schedule is a list of choices: which actor goes on to its next operation, or that time passes while all stand
//! still. The explorer runs a schedule from the start, goes on with the first choice that there is, and keeps the others
//! for later. Where it comes into a state that it has seen (the same store, every actor having heard the same) it turns
//! back: what follows was explored from there.

use super::stage::{Path, Play, Stage};
use super::uses::Uses;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;

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
    /// Schedules that were run: to their end, or into a state that was seen before.
    pub(super) orders: usize,
    /// Different states.
    pub(super) states: usize,
    /// The documents whose order of use matters.
    pub(super) contested: usize,
    /// The different states in which all had ended, each of them checked.
    pub(super) ends: BTreeSet<u64>,
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { orders, states, contested, ends } = self;
        write!(f, "{orders} orders, {states} states, {} ends, {contested} contested documents", ends.len())
    }
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
            let mut stage = Stage::new(&play, &mut uses);
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
                let (key, _) = stage.key(&play, &path, bounds).await;
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
            if whole && explored.ends.insert(stage.key(&play, &Path::default(), bounds).await.0) {
                stage.end(play).await;
            }
            explored.orders += 1;
        }
        explored.states = seen.len();
        return explored;
    }
}
