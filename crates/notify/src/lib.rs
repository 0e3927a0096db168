//! Telling people and their systems: where notices and pages go, how each service wants them, and what its answer means.
//!
//! One file for each channel, each with a pure `render`: a message in, an HTTP request out. [`Notice`] and [`Page`] both
//! become the one inner shape (`message`) first. What is in a message comes from tenants, from configuration and from
//! Microsoft's answers, so every channel escapes it in its own way. When to send what, the engine decides. What people
//! answer in a service comes back through [`answers`].

pub mod answers;
mod channel;
mod exchange;
mod heartbeat;
mod jsm;
mod mail;
mod message;
mod notice;
mod page;
mod pagerduty;
mod resolve;
mod retry;
mod send;
mod servicenow;
pub mod sigv4;
mod slack;
mod smtp;
mod sns;
mod teams;
#[cfg(test)]
mod tests;
mod text;
pub mod tickets;
mod twilio;
mod ways;
mod webhook;

pub use channel::{Channel, Key, SecretText};
pub use heartbeat::Heartbeat;
pub use notice::{NAMED_MAX, Notice, State};
pub use page::{ALERTS_MAX, Act, FACTS_MAX, INCIDENTS_NAMED_MAX, Page};
pub use retry::{GIVE_UP_AFTER, RETRY_AFTER_MAX, next_attempt, pause};
pub use send::{REQUESTS_MAX, SEND_TIMEOUT, Sent, send, send_page};
pub use ways::{AwsKeys, Tokens, Ways};
