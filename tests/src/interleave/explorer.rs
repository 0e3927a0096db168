//! All orders in which some actors can use one store, found by going through them.
//!
//! A schedule is a list of choices: which actor goes on to its next operation, or that time passes while all stand
//! still. The explorer goes on with the first choice that there is, and keeps the others for later. Where it comes into a
//! state that it has seen (the same store, every actor having heard the same) it turns back: what follows was explored
//! from there.

use super::company::{Anew, Company};
use super::ears::digest;
use super::scene::Scene;
use super::stage::{Choice, Play};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;

/// Of so many orders one is played that would not have to be, to see whether it goes as it says in the script.
pub(super) const AUDIT: usize = 1_000;

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
#[derive(Debug)]
pub(super) struct Explored {
    /// Schedules that were followed: to their end, or into a state that was seen before.
    pub(super) orders: usize,
    /// Those that were played; the others were followed by what had been learnt from these.
    pub(super) played: usize,
    /// Different states.
    pub(super) states: usize,
    /// The documents whose order of use matters.
    pub(super) contested: usize,
    /// The different states in which all had ended, each of them played and checked.
    pub(super) ends: BTreeSet<u64>,
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { orders, played, states, contested, ends } = self;
        let ends = ends.len();
        write!(f, "{orders} orders, {played} played, {states} states, {ends} ends, {contested} contested documents")
    }
}

/// A schedule so far: how many of its choices interrupted somebody, how often time passed.
#[derive(Clone)]
struct Path {
    choices: Vec<Choice>,
    /// Who went on last, if it was not time that passed.
    last: Option<usize>,
    preemptions: u32,
    waits: u32,
}

impl Path {
    /// All have begun.
    fn begun(actors: usize) -> Self {
        Self { choices: (0..actors).map(Choice::Go).collect(), last: None, preemptions: 0, waits: 0 }
    }

    /// The choices that there are: whoever went on last goes first.
    fn enabled(&self, scene: &Scene, bounds: Bounds) -> Vec<Choice> {
        let mut enabled: Vec<Choice> = scene.ready().map(Choice::Go).collect();
        if let Some(last) = self.last.filter(|last| enabled.contains(&Choice::Go(*last))) {
            enabled.retain(|choice| *choice != Choice::Go(last));
            if bounds.preemptions_max.is_some_and(|most| self.preemptions >= most) {
                enabled.clear();
            }
            enabled.insert(0, Choice::Go(last));
        }
        if !enabled.is_empty() && self.waits < bounds.waits_max {
            enabled.push(Choice::Wait(bounds.wait));
        }
        enabled
    }

    fn with(&self, scene: &Scene, choice: Choice) -> Self {
        let mut next = self.clone();
        next.choices.push(choice);
        next.last = None;
        match choice {
            Choice::Wait(_) => next.waits += 1,
            Choice::Go(actor) => {
                let interrupts = self.last.is_some_and(|last| last != actor && scene.is_ready(last));
                next.preemptions += u32::from(interrupts);
                next.last = Some(actor);
            }
        }
        next
    }
}

/// Goes through all schedules within the bounds.
pub(super) async fn explore<P: Play>(bounds: Bounds, place: &P) -> Explored {
    let mut company = Company::new(place);
    loop {
        if let Ok(explored) = go_through(bounds, &mut company, place.kinds().len()).await {
            return explored;
        }
    }
}

async fn go_through<P: Play>(bounds: Bounds, company: &mut Company<'_, P>, actors: usize) -> Result<Explored, Anew> {
    let (mut orders, mut ends) = (0_usize, BTreeSet::new());
    let mut seen: HashMap<u64, u32> = HashMap::new();
    let mut scene = company.beginning().await;
    let path = Path::begun(actors);
    for (number, choice) in path.choices.iter().enumerate() {
        company.take(&mut scene, &path.choices[..number], *choice).await?;
    }
    let mut open = vec![(path, scene)];
    while let Some((mut path, mut scene)) = open.pop() {
        let whole = loop {
            let enabled = path.enabled(&scene, bounds);
            let Some((first, others)) = enabled.split_first() else { break true };
            let (key, places) = company.key(&scene);
            // Whom the next step would interrupt makes a difference only where interruptions are counted.
            let last = path.last.filter(|_| bounds.preemptions_max.is_some()).map(|last| places[last]);
            let key = digest(&(key, path.waits, last));
            // Seen with as many interruptions left, or more: all that can follow was seen, too.
            if seen.get(&key).is_some_and(|preemptions| *preemptions <= path.preemptions) {
                break false;
            }
            seen.insert(key, path.preemptions);
            for choice in others {
                let mut other = scene.clone();
                company.take(&mut other, &path.choices, *choice).await?;
                open.push((path.with(&scene, *choice), other));
            }
            let next = path.with(&scene, *first);
            company.take(&mut scene, &path.choices, *first).await?;
            path = next;
        };
        orders += 1;
        if whole && ends.insert(company.key(&scene).0) || orders.is_multiple_of(AUDIT) {
            company.play(path.choices.iter().copied(), &scene).await?;
        }
    }
    Ok(company.explored(orders, seen.len(), ends))
}
