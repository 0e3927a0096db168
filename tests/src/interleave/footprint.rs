//! What one step of an actor touches, and which steps get in each other's way.

use super::uses::Uses;
use std::collections::BTreeMap;

/// What an actor touches between two of its choices: contested documents, lists of them, the tenants, time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Footprint {
    read: u128,
    written: u128,
}

impl Footprint {
    /// Whether the order of the two makes a difference.
    pub(super) fn disturbs(self, other: Self) -> bool {
        self.written & (other.read | other.written) != 0 || other.written & self.read != 0
    }

    pub(super) fn add(&mut self, other: Self) {
        self.read |= other.read;
        self.written |= other.written;
    }

    /// The same, a place at a time.
    pub(super) fn places(self) -> impl Iterator<Item = Self> {
        let bits = |all: u128| (0..128).map(|bit| 1 << bit).filter(move |bit| all & bit != 0);
        let read = bits(self.read).map(|read| Self { read, written: 0 });
        read.chain(bits(self.written).map(|written| Self { read: 0, written }))
    }
}

/// One operation on the store, as it went.
#[derive(Debug)]
pub(super) struct Operation {
    /// A verb and a path.
    pub(super) name: String,
    /// Whether the store is another one since.
    pub(super) changed: bool,
}

/// What happened around the operations of a step.
#[derive(Debug)]
pub(super) struct Around {
    /// Microsoft was asked something.
    pub(super) asked: bool,
    /// A tenant is another one since.
    pub(super) changed: bool,
    /// Time went by.
    pub(super) waited: bool,
}

/// The places that steps touch, each with its bit.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<String, u32>);

impl Places {
    fn bit(&mut self, place: &str) -> u128 {
        let next = u32::try_from(self.0.len()).expect("there are few");
        let number = *self.0.entry(place.into()).or_insert(next);
        1_u128.checked_shl(number).expect("a play touches fewer than 128 contested places")
    }

    /// Of a step with these operations.
    pub(super) fn touched(&mut self, operations: &[Operation], around: &Around, uses: &Uses) -> Footprint {
        let (tenants, time) = (self.bit("the tenants"), self.bit("time"));
        // Everybody looks at the clock.
        let mut touched = Footprint { read: time, written: 0 };
        touched.read |= if around.asked { tenants } else { 0 };
        touched.written |= if around.changed { tenants } else { 0 };
        touched.written |= if around.waited { time } else { 0 };
        for operation in operations.iter().filter(|one| uses.is_a_choice(&one.name)) {
            let (verb, path) = operation.name.split_once(' ').expect("a verb and a path");
            match verb {
                "list" => touched.read |= self.bit(&format!("{path}*")),
                _ if operation.changed => {
                    touched.written |= self.bit(path);
                    for folder in uses.lists_with(path) {
                        touched.written |= self.bit(&format!("{folder}*"));
                    }
                }
                _ => touched.read |= self.bit(path),
            }
        }
        touched
    }
}
