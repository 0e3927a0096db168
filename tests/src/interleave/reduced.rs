//! All orders that can make a difference: one of each kind.
//!
//! Two orders are of one kind if they differ only in the order of steps that do not get in each other's way, and then they
//! end alike. After each step the explorer looks which earlier steps of others it got in the way of, and makes a note where
//! the order has to be turned round (the method is source sets, from "Optimal Dynamic Partial Order Reduction" by Abdulla,
//! Aronis, Jonsson and Sagonas). Where it comes into a state that it has seen, it takes what was touched from there on for
//! what would follow, and turns back (as in "Efficient Stateful Dynamic Partial Order Reduction" by Yang, Chen,
//! Gopalakrishnan and Kirby).

use super::footprint::Footprint;
use std::collections::HashMap;

/// What each actor touches from some state on: by its number, and in what is kept by its place.
pub(super) type Ahead = Vec<Footprint>;

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

/// The states from which everything was seen. There are millions, and few different things ahead of them.
#[derive(Default)]
pub(super) struct Seen {
    states: HashMap<u64, u32>,
    numbers: HashMap<Ahead, u32>,
    all: Vec<Ahead>,
}

impl Seen {
    pub(super) fn get(&self, key: u64) -> Option<&Ahead> {
        self.states.get(&key).map(|number| &self.all[*number as usize])
    }

    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    fn insert(&mut self, key: u64, ahead: Ahead) {
        let next = u32::try_from(self.all.len()).expect("there are few");
        let number = *self.numbers.entry(ahead).or_insert_with_key(|ahead| {
            self.all.push(ahead.clone());
            next
        });
        self.states.insert(key, number);
    }
}

/// The order under way, and where it has to be left for others.
pub(super) struct Orders {
    frames: Vec<Frame>,
    actors: usize,
}

impl Orders {
    pub(super) fn new(actors: usize) -> Self {
        Self { frames: Vec::new(), actors }
    }

    /// Who went on, one after the other; of the last one it may be that it has not yet.
    pub(super) fn schedule(&self) -> impl Iterator<Item = usize> {
        self.frames.iter().map(|frame| frame.actor)
    }

    /// The steps, by number, at which somebody else still has to go first; more of them come to light on the way.
    pub(super) fn open(&self) -> impl Iterator<Item = usize> {
        (0..self.frames.len()).filter(|number| self.frames[*number].wanted & !self.frames[*number].done != 0)
    }

    /// Who goes on last.
    pub(super) fn last(&self) -> Option<usize> {
        self.frames.last().map(|frame| frame.actor)
    }

    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    /// In a state that nobody has seen this actor goes on.
    pub(super) fn goes_on(&mut self, key: u64, places_of: Vec<usize>, actor: usize) {
        self.frames.push(Frame {
            key,
            places_of,
            actor,
            touched: Footprint::default(),
            clock: Clock::new(),
            wanted: 1 << actor,
            done: 1 << actor,
            ahead: vec![Footprint::default(); self.actors],
        });
    }

    /// Goes back to the last place where somebody else has to go first. Whether there is one.
    pub(super) fn turn(&mut self, seen: &mut Seen) -> bool {
        while let Some(mut frame) = self.frames.pop() {
            let open = frame.wanted & !frame.done;
            if open != 0 {
                frame.actor = open.trailing_zeros() as usize;
                frame.done |= 1 << frame.actor;
                self.frames.push(frame);
                return true;
            }
            if let Some(before) = self.frames.last_mut() {
                join_ahead(&mut before.ahead, &frame.ahead);
            }
            let mut by_place = frame.ahead.clone();
            frame.places_of.iter().zip(frame.ahead).for_each(|(place, ahead)| by_place[*place] = ahead);
            seen.insert(frame.key, by_place);
        }
        false
    }

    /// The last frame's step was taken: when it comes, and with whom it changes places.
    pub(super) fn took(&mut self, touched: Footprint) {
        let (last, before) = self.frames.split_last_mut().expect("somebody went on");
        last.touched = touched;
        last.ahead[last.actor].add(touched);
        let mut clock = of_actor(before, last.actor, self.actors);
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
    pub(super) fn would_follow(&mut self, ahead: &Ahead) {
        let frames = &mut self.frames;
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
