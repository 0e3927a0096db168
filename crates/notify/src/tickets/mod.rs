//! Telling a ticket what becomes of the request that it made; and reading one whose system did not send all of it.
//!
//! Two ways: a signed POST of the request's document to the address that the request named ([`post`]), and a note in
//! the ticket by its own system's API ([`deliver`]). One file for each system, with a pure `render` and an exchange: a
//! small state machine of HTTP requests, which is told each answer and says what to ask next or how it ended.
//!
//! No system but the receiver of the signed POST can tell a repetition. So every note begins with a mark of its own, and
//! before a note is written again the ticket's notes are searched for it. Where they cannot be read it may be there
//! twice: at least once is what is promised.
//!
//! [`fetch`] asks for one ticket, at the operator's address for its system and nowhere else.
//!
//! Nothing here waits or repeats by itself: when to try again, [`crate::next_attempt`] says, and whoever keeps the
//! outbox does it.

mod autotask;
mod connectwise;
mod deliver;
mod desk;
pub(crate) mod exchange;
mod fetch;
mod freshservice;
mod halopsa;
mod jira;
mod notes;
mod oauth;
mod post;
mod servicenow;
#[cfg(test)]
mod tests;
mod told;
mod zendesk;

pub use deliver::{DELIVERY_TIMEOUT, deliver};
pub use desk::Desk;
pub use fetch::{FETCH_TIMEOUT, TICKET_BYTES_MAX, Unread, fetch};
pub use post::{Post, Proof, post};
pub use told::{TicketKey, Told};
