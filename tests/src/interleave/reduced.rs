//! All orders that can make a difference: one of each kind.
//!
//! Two orders are of one kind if they differ only in the order of steps that do not get in each other's way, and then they
//! end alike. After each step the explorer looks which earlier steps of others it got in the way of, and makes a note where
//! the order has to be turned round (the method is source sets, from "Optimal Dynamic Partial Order Reduction" by Abdulla,
//! Aronis, Jonsson and Sagonas). Where it comes into a state that it has seen, it takes what was touched from there on for
//! what would follow, and turns back (as in "Efficient Stateful Dynamic Partial Order Reduction" by Yang, Chen,
//! Gopalakrishnan and Kirby).

use super::explorer::{Bounds, Explored};
use super::footprint::{Footprint, Places};
use super::stage::{Choice, Path, Play, Stage};
use super::uses::Uses;
use std::collections::HashMap;
use std::time::Duration;

/// What each actor touches from some state on: by its number, and in what is kept by its place.
type Ahead = Vec<Footprint>;

/// By actor, how many of the steps so far come before something, whatever the order.
type Clock = Vec<usize>;

/// A step that was taken, and the choices where it was.
struct Frame {
    /// The state before it, and each actor's place in that.
    key: u64,
    places_of: Vec<usize>,
    actor: usize,
    touched: Footprint,
    clock: Clock,
    /// Who has to go first here, in some order; a bit an actor.
    wanted: u32,
    /// Whose turn it was already.
    done: u32,
    /// What was touched from here on, in all orders so far.
    ahead: Ahead,
}

/// Goes through one order of each kind.
pub(super) async fn explore_kinds<P: Play>(set_up: impl AsyncFn() -> P) -> Explored {
    let bounds = Bounds { preemptions_max: None, waits_max: 0, wait: Duration::ZERO };
    let mut uses = Uses::default();
    'anew: loop {
        let mut explored = Explored { contested: uses.contested(), ..Explored::default() };
        let mut places = Places::default();
        let mut seen: HashMap<u64, Ahead> = HashMap::new();
        let mut frames: Vec<Frame> = Vec::new();
        loop {
            let play = set_up().await;
            let mut stage = Stage::new(&play, &mut uses);
            let actors = stage.actors.len();
            let again = frames.len();
            let mut path = Path::default();
            for number in 0..again {
                let choice = Choice::Go(frames[number].actor);
                let touched = stage.step(frames[number].actor, play.world(), &mut places).await;
                path = stage.with(&path, choice);
                if number + 1 == again {
                    took(&mut frames, touched, actors);
                } else if !stage.grown {
                    assert_eq!(frames[number].touched, touched, "a schedule goes the same way again");
                }
            }
            let whole = loop {
                let Some(actor) = stage.next(&path) else { break true };
                let (key, places_of) = stage.key(&play, &path, bounds).await;
                if let Some(ahead) = seen.get(&key) {
                    would_follow(&mut frames, &places_of.iter().map(|place| ahead[*place]).collect());
                    break false;
                }
                frames.push(Frame {
                    key,
                    places_of,
                    actor,
                    touched: Footprint::default(),
                    clock: Clock::new(),
                    wanted: 1 << actor,
                    done: 1 << actor,
                    ahead: vec![Footprint::default(); actors],
                });
                let touched = stage.step(actor, play.world(), &mut places).await;
                path = stage.with(&path, Choice::Go(actor));
                took(&mut frames, touched, actors);
            };
            if stage.grown {
                // Something counted as nobody else's business that is.
                continue 'anew;
            }
            if whole && explored.ends.insert(stage.key(&play, &Path::default(), bounds).await.0) {
                stage.end(play).await;
            }
            explored.orders += 1;
            if explored.orders.is_multiple_of(2_000) {
                println!("{} orders, {} states so far", explored.orders, seen.len());
            }
            if !turn(&mut frames, &mut seen) {
                explored.states = seen.len();
                return explored;
            }
        }
    }
}

/// Goes back to the last place where somebody else has to go first. Whether there is one.
fn turn(frames: &mut Vec<Frame>, seen: &mut HashMap<u64, Ahead>) -> bool {
    while let Some(mut frame) = frames.pop() {
        let open = frame.wanted & !frame.done;
        if open != 0 {
            frame.actor = open.trailing_zeros() as usize;
            frame.done |= 1 << frame.actor;
            frames.push(frame);
            return true;
        }
        if let Some(before) = frames.last_mut() {
            join_ahead(&mut before.ahead, &frame.ahead);
        }
        let mut by_place = frame.ahead.clone();
        frame.places_of.iter().zip(frame.ahead).for_each(|(place, ahead)| by_place[*place] = ahead);
        seen.insert(frame.key, by_place);
    }
    false
}

/// The last frame's step was taken: when it comes, and with whom it changes places.
fn took(frames: &mut [Frame], touched: Footprint, actors: usize) {
    let (last, before) = frames.split_last_mut().expect("somebody went on");
    last.touched = touched;
    last.ahead[last.actor].add(touched);
    let mut clock = of_actor(before, last.actor, actors);
    let mut races = Vec::new();
    for (number, earlier) in before.iter().enumerate().rev() {
        if !earlier.touched.disturbs(touched) || clock[earlier.actor] > number {
            continue;
        }
        races.push(number);
        join(&mut clock, &earlier.clock);
    }
    for number in races {
        let (initials, first) = initials(before, number, Some((last.actor, &clock)));
        if initials & before[number].wanted == 0 {
            let own = 1 << last.actor;
            before[number].wanted |= if initials & own != 0 { own } else { 1 << first };
        }
    }
    clock[last.actor] = before.len() + 1;
    last.clock = clock;
}

/// The state was seen: what is ahead of it changes places with what came before it here.
fn would_follow(frames: &mut [Frame], ahead: &Ahead) {
    for (actor, all) in ahead.iter().enumerate() {
        for touched in all.places() {
            let mut clock = of_actor(frames, actor, ahead.len());
            for number in (0..frames.len()).rev() {
                let earlier = &frames[number];
                if !earlier.touched.disturbs(touched) || clock[earlier.actor] > number {
                    continue;
                }
                join(&mut clock, &frames[number].clock);
                // What comes between is not known whole: whoever it may be that has to go first, both are wanted.
                let (initials, first) = initials(frames, number, None);
                frames[number].wanted |= 1 << actor | if initials == 0 { 0 } else { 1 << first };
            }
        }
    }
    if let Some(last) = frames.last_mut() {
        join_ahead(&mut last.ahead, ahead);
    }
}

/// Of the steps after this one that do not need it, and the one that is told: who can go first, and who goes first now.
fn initials(frames: &[Frame], number: usize, last: Option<(usize, &Clock)>) -> (u32, usize) {
    let needs = |clock: &Clock, step: usize| clock[frames[step].actor] > step;
    let between = (number + 1..frames.len()).filter(|step| !needs(&frames[*step].clock, number));
    let free: Vec<usize> = between.collect();
    let (mut met, mut initials) = (0_u32, 0_u32);
    let steps = free.iter().map(|step| (frames[*step].actor, &frames[*step].clock, *step));
    for (actor, clock, step) in steps.chain(last.map(|(actor, clock)| (actor, clock, frames.len()))) {
        let bit = 1 << actor;
        let after_another = free.iter().take_while(|other| **other < step).any(|other| needs(clock, *other));
        if met & bit == 0 && !after_another {
            initials |= bit;
        }
        met |= bit;
    }
    let first = free.first().map(|step| frames[*step].actor).or(last.map(|(actor, _)| actor));
    (initials, first.unwrap_or(0))
}

fn of_actor(frames: &[Frame], actor: usize, actors: usize) -> Clock {
    let last = frames.iter().rev().find(|frame| frame.actor == actor);
    last.map_or_else(|| vec![0; actors], |frame| frame.clock.clone())
}

fn join(clock: &mut Clock, other: &Clock) {
    clock.iter_mut().zip(other).for_each(|(one, other)| *one = (*one).max(*other));
}

fn join_ahead(ahead: &mut Ahead, other: &Ahead) {
    ahead.iter_mut().zip(other).for_each(|(one, other)| one.add(*other));
}
