//! Drills: a break-glass account is used on purpose, and what that shows of the way from a sign-in to people is kept.
//!
//! A drill changes how its one sign-in is labelled and how often people are called for it, never whether they are called
//! ([`Drill`](crate::incidents::Drill)). [`DrillRecord`] is the evidence: who announced it, who was told, when what
//! happened; [`DrillRecord::take_in`] reads that from what is stored, and says when a drill is over and whether everything
//! went as it should.

mod ending;
mod record;
#[cfg(test)]
mod tests;

pub use ending::Seen;
pub use record::{Beside, DrillRecord, Ended, Missing, Told};

use jiff::SignedDuration;

/// The shortest window: an alert rule that looks each minute, over a log that is minutes late, needs as much.
pub const WINDOW_MIN: SignedDuration = SignedDuration::from_mins(5);

/// The longest window: whoever knows of it could use the account in it, and it would look like the drill.
pub const WINDOW_MAX: SignedDuration = SignedDuration::from_hours(4);

/// How many drills of a customer are kept.
pub const KEPT_MAX: usize = 20;

/// How many other incidents of the time of a drill are kept with it.
pub const BESIDE_MAX: usize = 10;
