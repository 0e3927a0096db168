//! Incidents: one use of a break-glass account, or a change to one, from the first sign of it to a verdict.
//!
//! * [`openings`] says which incidents an alert opens (or belongs to), and how bad each is;
//! * [`apply`] is the state machine: what may happen to an incident when, and what that makes of it;
//! * [`seen`], [`undelivered`], [`rotate`] open what no alert tells of, and [`match_entries`] says which entries of a log
//!   belong to an incident;
//! * [`advance`] is the escalation: who is paged next, and when;
//! * [`claim`] and [`settle`] are the outbox: what is to be sent now, and how that ended;
//! * [`document`] is what callers of the HTTP API see;
//! * [`IncidentRecord`] is what the journal keeps of a closed one.
//!
//! An incident's id is a hash of what it is about, so that the same sign-in is the same incident by whichever of its
//! roads we hear of it, and however many hear of it at once.

mod declared;
pub mod document;
mod escalation;
mod id;
mod incident;
mod kind;
mod opening;
mod outbox;
mod paging_test;
mod reading;
mod record;
mod rotate;
mod said;
mod seen;
mod severity;
mod state;
#[cfg(test)]
mod tests;

pub use declared::concerns;
pub use escalation::{DEAD_AFTER, Stage, advance, next_due};
pub use id::IncidentId;
pub use incident::{
    Account, Acknowledged, Change, Changed, Drill, Given, HISTORY_MAX, Happened, Heard, Incident, LISTED_MAX, SignIn,
    Wants,
};
pub use kind::{Kind, Status, Verdict};
pub use opening::{Circumstances, Opening, openings, unread};
pub use outbox::{CLAIM, Claimed, Outcome, PageRecord, PageState, What, claim, settle};
pub use paging_test::{PageTest, page_test};
pub use reading::{Entry, Matched, READ_AGAIN, match_change, match_entries};
pub use record::IncidentRecord;
pub use rotate::rotate;
pub use seen::{ALERT_WITHIN, MissedAlert, alias, missed, seen, undelivered};
pub use severity::Severity;
pub use state::{Details, Event, Refusal, apply};
