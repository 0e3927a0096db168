//! Break-glass incidents: alerts are stored, people are paged until somebody answers, and nothing is lost in between.
//!
//! In the order in which things happen: [`take`](Engine::take_alert) stores an alert's bytes and opens what it is about,
//! with the first page claimed in the same write; [`pager`] sends; [`follow`] is the minute timer that goes on with
//! whatever is due, from alerts whose process died to the last step of the escalation; [`decide`] lets people answer.
//! `access::incidents` says what all of it means, and nothing else changes an incident.

mod api;
mod compose;
mod decide;
mod document;
mod enrich;
mod follow;
mod heartbeat;
mod link;
mod look;
mod minute;
mod open;
mod pager;
mod policy;
mod raw;
mod read;
mod red;
mod rotate;
mod take;
mod watch;

pub(crate) use watch::Watching;

pub use api::{AlertCall, Filter, Heard, Page, Refused, Taken, Untaken};

#[cfg(doc)]
use crate::Engine;
