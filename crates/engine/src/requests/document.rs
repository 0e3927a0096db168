//! What is stored of a request besides the request itself: what its ticket and the journal have yet to hear.

use super::notice::Told;
use access::requests::document::to_tell;
use access::requests::{Change, Request, RequestId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::Document;

/// The folder of the requests' documents, by id.
pub(super) const REQUESTS: &str = "requests";

/// The kind of the markers of requests that are not over, or whose end somebody has yet to hear: `open/requests/<id>`.
pub(super) const MARKER: &str = "requests";

/// What a marker holds: when it was set, since it is set before there is a request.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Marked {
    /// When.
    pub(super) at: Timestamp,
}

impl Document for Marked {
    const V: u32 = 1;
}

/// One request. Creating this document is the claim on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestDocument {
    /// The request.
    pub request: Request,
    /// The changes that its ticket has yet to hear of, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub calls: Vec<Call>,
    /// Why a call was given up, the last time that happened: a dead letter, which `health` shows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dead: Option<String>,
    /// How much of its history the customer's journal has.
    #[serde(default)]
    pub copied: usize,
    /// What those who approve were told last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub told: Option<Told>,
}

impl Document for RequestDocument {
    const V: u32 = 1;
}

/// One change that the ticket is to hear of. Which change, and the history up to it, stay the same from one attempt to the
/// next; the rest of the document is as it is then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The change, as its place in the history. There is one call for each.
    pub change: usize,
    /// When it was owed.
    pub at: Timestamp,
    /// How often it was sent.
    pub attempts: u32,
    /// When it is sent next.
    pub next: Timestamp,
    /// Until when somebody is sending it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub claimed: Option<Timestamp>,
    /// Whether an earlier attempt may have arrived.
    #[serde(default)]
    pub may_repeat: bool,
}

impl RequestDocument {
    /// A new one.
    pub(super) fn new(request: Request, tells: bool) -> Self {
        let mut document = Self { request, calls: Vec::new(), dead: None, copied: 0, told: None };
        document.owe(0, tells);
        document
    }

    /// The same after something happened: the ticket is owed every change that it is to hear of.
    pub(super) fn with(&self, request: Request, tells: bool) -> Self {
        let before = self.request.history.len();
        let mut document = Self { request, ..self.clone() };
        document.owe(before, tells);
        document
    }

    /// Whether nothing of it is left to do.
    pub(super) fn is_done(&self) -> bool {
        self.request.status.is_final() && self.calls.is_empty() && self.copied == self.request.history.len()
    }

    /// The change that a call is about.
    pub(super) fn change(&self, call: &Call) -> Option<&Change> {
        self.request.history.get(call.change)
    }

    fn owe(&mut self, from: usize, tells: bool) {
        if !tells {
            return;
        }
        let owed = to_tell(&self.request, from).map(|change| {
            let at = self.request.history[change].at;
            Call { change, at, attempts: 0, next: at, claimed: None, may_repeat: false }
        });
        self.calls.extend(owed.collect::<Vec<_>>());
    }
}

/// Where its marker is.
pub(super) fn marker(id: &RequestId) -> String {
    format!("open/{MARKER}/{id}")
}

/// Where a request is kept.
pub(super) fn path(id: &RequestId) -> String {
    format!("{REQUESTS}/{id}")
}
