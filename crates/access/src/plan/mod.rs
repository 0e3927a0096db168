//! What should be, against what is: the ordered difference, and what the rails say of it.
//!
//! [`plan`] is pure and total: the same input gives the same bytes. It works in four stages, a file each:
//! [`desired`] says who should be where and why others should not, [`matching`] finds the guest who stands for a
//! person, [`difference`] compares [`place`] by place and lists steps, and [`judge`] lets the [`rails`] hold some of them.

mod addition;
mod addresses;
mod adopt;
mod asking;
mod by_hand;
mod causes;
mod desired;
mod difference;
mod digest;
mod ended;
mod foresee;
mod groups;
mod guests;
mod input;
mod judge;
mod losing;
mod matching;
mod place;
mod problems;
mod rails;
mod redeeming;
mod refusals;
mod step;
#[cfg(test)]
mod tests;
mod trying;
mod undo;
mod vetting;
mod windows;
mod world;

pub use addresses::Addresses;
pub use adopt::{Adopt, Adoption, Left, adopt, adopt_look_ups};
pub use digest::digest;
pub use groups::{HoldGroup, HoldTotals, totals_of};
pub use input::{Given, Input, Settings};
pub use judge::{Draft, Planned, plan};
pub use rails::RELEASE_COMMAND;
pub use step::{Action, Cause, CustomerPlan, Held, Plan, Problem, Step, Target, Totals};
pub use trying::STEP_REFUSED;
pub use undo::{Undo, Undoing, undo};
pub(crate) use vetting::object_of;
pub use windows::{Entered, GRANT_FRESH_FOR, NEW_FOR, Needs, REMOVAL_COUNTS_FOR, RemovalWindow, Windows};
pub use world::{
    Actual, DenyState, Guest, MemberKind, OtherAccess, Person, PersonState, Reach, Snapshot, SourceGroup, SourceState,
    TargetState, Unwritable,
};
