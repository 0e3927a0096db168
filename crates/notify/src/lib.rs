//! Telling people and their systems: where notices go, how each service wants them, and what its answer means.
//!
//! One file for each channel, each with a pure `render`: a notice in, an HTTP request out. What is in a notice comes
//! from tenants, from configuration and from Microsoft's answers, so every channel escapes it in its own way. When to
//! send what, the engine decides.

mod channel;
mod notice;
mod pagerduty;
mod retry;
mod send;
mod slack;
mod teams;
#[cfg(test)]
mod tests;
mod text;
pub mod tickets;
mod webhook;

pub use channel::{Channel, SecretText};
pub use notice::{NAMED_MAX, Notice, State};
pub use retry::{GIVE_UP_AFTER, RETRY_AFTER_MAX, next_attempt, pause};
pub use send::{SEND_TIMEOUT, Sent, send};
