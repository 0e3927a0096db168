//! The only doors out: clock, randomness, HTTP transport and mail.
//!
//! Everything that is not a function of its inputs comes through one of these four traits. Production uses
//! [`SystemClock`], [`SystemRandom`], [`Https`] and [`Smtp`]; tests use [`VirtualClock`], [`SeededRandom`] and the simulated
//! cloud, so that a whole run replays from a seed. The workspace's `clippy.toml` bans every other way out.

mod clock;
mod guarded;
mod mail;
mod random;
mod reach;
mod smtp;
mod transport;

pub use clock::{Clock, SystemClock, VirtualClock};
pub use guarded::Guarded;
pub use mail::{Mail, MailError, MailSecurity, MailServer, Mailer};
pub use random::{Random, SeededRandom, SystemRandom};
pub use reach::{Reach, is_public, reach};
pub use smtp::Smtp;
pub use transport::{ANSWER_BYTES_MAX, Https, PlainLocal, Transport, TransportError};
