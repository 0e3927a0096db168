//! Break-glass incidents: alerts are stored, people are paged until somebody answers, and nothing is lost in between.
//!
//! In the order in which things happen: [`take`](Engine::take_alert) stores an alert's bytes and opens what it is about,
//! with the first page claimed in the same write; [`pager`] sends; [`follow`] is the minute timer that goes on with
//! whatever is due, from alerts whose process died to the last step of the escalation; [`decide`] lets people answer, [`answers`] also where they were paged.
//! `access::incidents` says what all of it means, and nothing else changes an incident.

mod answers;
mod api;
mod compose;
mod decide;
mod document;
mod enrich;
mod follow;
mod heartbeat;
mod journal;
mod link;
mod look;
mod memory;
mod minute;
mod open;
mod page_test;
mod pager;
mod policy;
mod raw;
mod read;
mod red;
mod rotate;
mod take;
mod watch;

pub use api::{AlertCall, ChannelAnswer, ChannelCall, Filter, Heard, Page, Refused, Taken, Untaken};
pub use compose::title;
pub use page_test::TestPages;
pub(crate) use policy::chain;
pub(crate) use watch::Watching;

#[cfg(doc)]
use crate::Engine;
