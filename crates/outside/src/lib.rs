//! The only doors out: clock, randomness and HTTP transport.
//!
//! Everything that is not a function of its inputs comes through one of these three traits. Production uses
//! [`SystemClock`], [`SystemRandom`] and [`Https`]; tests use [`VirtualClock`], [`SeededRandom`] and the simulated
//! cloud, so that a whole run replays from a seed. The workspace's `clippy.toml` bans every other way out.

mod clock;
mod guarded;
mod random;
mod reach;
mod transport;

pub use clock::{Clock, SystemClock, VirtualClock};
pub use guarded::Guarded;
pub use random::{Random, SeededRandom, SystemRandom};
pub use reach::{Reach, is_public, reach};
pub use transport::{ANSWER_BYTES_MAX, Https, PlainLocal, Transport, TransportError};
