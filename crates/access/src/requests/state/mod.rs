//! The life of a request: what may happen to it when, and what it is then. Nothing else changes a request.
//!
//! ```text
//! waiting_approval -> accepted -> invited -> active -> expired
//!        |               |           |          |
//!        '- rejected     '-----------'----------'-> cancelled, failed
//!        '- cancelled, expired (unanswered)
//! ```
//!
//! A status never goes back, and a final one stays. A request whose carrying out has begun has a grant in the
//! customer's ledger: it is final only once a survey shows that the grant holds nothing up any more, also when somebody
//! cancels it. Until then [`closing`](Request::closing) says what it will be.

mod approvals;
mod course;
mod ends;
mod extension;
mod missing;
mod time;

pub use course::CARRY_OUT_WITHIN;
pub use missing::{Missing, missing};
pub use time::{Due, END_TOLD_BEFORE, due, next_due};

use super::body::Asked;
use super::event::{By, Event, Refusal};
use super::policy::Place;
use super::{Change, Happened, Request, RequestId, Status};
use crate::config::Requests;
use jiff::{SignedDuration, Timestamp};

/// The most that is written down of what recurs by itself: reminders, and waits for changing reasons.
pub const HISTORY_MAX: usize = 200;

/// The most approvals that are kept, of the request and of all its extensions.
pub const APPROVALS_MAX: usize = 200;

/// Makes a request of what policy let pass.
pub fn create(id: RequestId, caller: &str, asked: Asked, place: &Place<'_>, print: String, now: Timestamp) -> Request {
    let asks_nobody = place.requests.stages.is_empty();
    let by = asked.requested_by.clone().unwrap_or_else(|| caller.to_owned());
    let status = if asks_nobody { Status::Accepted } else { Status::WaitingApproval };
    Request {
        id,
        caller: caller.to_owned(),
        tenant_id: place.customer.tenant_id,
        customer: place.customer.name.clone(),
        package: place.package.name.clone(),
        invitee: asked.invitee,
        person: None,
        ticket: asked.ticket,
        history: vec![Change {
            at: now,
            what: Happened::Asked,
            status,
            by: Some(by),
            asserted: asked.requested_by.is_some(),
            note: Some(asked.reason.clone()),
        }],
        requested_by: asked.requested_by,
        reason: asked.reason,
        callback: asked.callback,
        hours: asked.hours,
        created_at: now,
        accepted_at: asks_nobody.then_some(now),
        starts_at: None,
        ends_at: None,
        status,
        code: None,
        detail: None,
        approvals: Vec::new(),
        asking: (!asks_nobody).then(|| approvals::asking(0, place.requests, now)),
        closing: None,
        end_told: None,
        print,
    }
}

/// The request after `event`; equal to the one before where it changes nothing, as when something is told twice.
/// `rules` are those of the configuration of now; `None`: nobody can ask for the package any more.
///
/// # Errors
///
/// Why it cannot happen.
pub fn apply(request: &Request, event: &Event, rules: Option<&Requests>, now: Timestamp) -> Result<Request, Refusal> {
    let mut next = request.clone();
    match event {
        Event::Approve(by) => approvals::approve(&mut next, by, rules, now)?,
        Event::Reject(by) => approvals::reject(&mut next, by, rules, now)?,
        Event::Extend { by, hours } => extension::extend(&mut next, by, *hours, rules, now)?,
        Event::Cancel(by) => ends::cancel(&mut next, by, now)?,
        Event::CarryOut { person } => course::carry_out(&mut next, *person, rules, now)?,
        Event::Progress(progress) => course::follow(&mut next, progress, now),
        Event::Tick => time::tick(&mut next, rules, now),
    }
    Ok(next)
}

/// Writes down what happened, with the status as it is now.
fn note(request: &mut Request, what: Happened, by: Option<&By>, note: Option<String>, now: Timestamp) {
    request.history.push(Change {
        at: now,
        what,
        status: request.status,
        by: by.map(|by| by.name().to_owned()),
        asserted: by.is_some_and(|by| by.asserted),
        note,
    });
}

/// A new status, with why.
fn enter(request: &mut Request, status: Status, why: Why, by: Option<&By>, now: Timestamp) {
    request.status = status;
    request.code = why.code;
    request.detail = why.detail;
    request.asking = None;
    let comment = by.and_then(|by| by.comment.clone());
    let text = comment.or_else(|| request.detail.clone()).or_else(|| in_words(status).map(str::to_owned));
    note(request, Happened::Moved, by, text, now);
}

/// What a status means, where nobody says more.
const fn in_words(status: Status) -> Option<&'static str> {
    match status {
        Status::Accepted => Some("approved"),
        Status::Invited => Some("invited; not in all of the package's places yet"),
        Status::Active => Some("in all of the package's places"),
        Status::Expired => Some("the time is over, and the access is seen to be gone"),
        Status::WaitingApproval | Status::Rejected | Status::Cancelled | Status::Failed => None,
    }
}

/// Why a request is where it is.
#[derive(Default)]
struct Why {
    code: Option<String>,
    detail: Option<String>,
}

impl Why {
    fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: Some(code.to_owned()), detail: Some(detail.into()) }
    }
}

/// When something of so many hours is over that begins at `start`. Should that be beyond all time, it is over at once.
fn end(start: Timestamp, hours: u32) -> Timestamp {
    start.checked_add(SignedDuration::from_hours(hours.into())).unwrap_or(start)
}
