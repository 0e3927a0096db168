//! An alert, whatever its sender.

use super::finding::Finding;
use super::text::{self, shown};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most notes that an alert keeps.
pub const NOTES_MAX: usize = 20;

/// What one delivery says. Nothing in it is proved: it is what the body says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Which of the known shapes the body has.
    pub shape: Shape,
    /// Whether something happened, or is said to be over.
    pub state: AlertState,
    /// It came of the portal's Test button: at least two of its marks are there, and nobody's account is named.
    pub test: bool,
    /// The alert's own id, in lower case: the same whenever the same alert is sent again. `None` where its sender gives
    /// none that would stay the same, or sends several alerts in one body.
    pub id: Option<String>,
    /// The rule, detection or incident that it comes from, by name.
    pub rule: Option<String>,
    /// When it fired; for a further version of something known, when that version was made.
    pub fired_at: Option<Timestamp>,
    /// The time that its rule looked at.
    pub window: Option<Window>,
    /// The tenant that it says to be about, as written.
    pub said_tenant: Option<String>,
    /// The Log Analytics workspace that its rule looked at.
    pub workspace: Option<Uuid>,
    /// What it says, in the order of the body, equal ones once: at most [`FINDINGS_MAX`](super::FINDINGS_MAX).
    pub findings: Vec<Finding>,
    /// How many findings there were. Equal ones may be counted more than once where there were too many to keep.
    pub findings_count: u32,
    /// What was odd about it, for the record: at most [`NOTES_MAX`].
    pub notes: Vec<String>,
}

/// The shapes that bodies have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A log search alert by a rule of API 2020-05-01 or later, in the common schema: dimensions and no rows.
    LogV2,
    /// A Simple Log Alert: a row, of which the first five columns arrive.
    SimpleLog,
    /// A log search alert by an older rule, in the common schema, with rows unless they are too many.
    LogV1,
    /// The same in its own schema, which has no name in it.
    LogV1Own,
    /// A log search alert on Application Insights, in either schema.
    ApplicationInsights,
    /// An event of the activity log, in either schema.
    ActivityLog,
    /// Trouble in an Azure service.
    ServiceHealth,
    /// Trouble with one resource.
    ResourceHealth,
    /// A metric went over a threshold, in either schema.
    Metric,
    /// Another alert in the common schema: costs, smart detection, Prometheus.
    OtherCommon,
    /// A Microsoft Sentinel incident, forwarded by a playbook.
    Sentinel,
    /// An alert of Microsoft Graph security, such as one of Entra ID Protection.
    GraphAlert,
    /// A risk detection of Entra ID Protection.
    GraphRisk,
    /// Events in Event Grid's schema.
    EventGrid,
    /// Cloud events.
    CloudEvent,
    /// Diagnostic records, as diagnostic settings write them to an event hub.
    EventHub,
    /// JSON of no known shape.
    Unrecognised,
    /// Not even JSON.
    Unreadable,
}

/// Whether something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// It happened.
    Fired,
    /// A further version of something that was sent before, and is closed there.
    Updated,
    /// Its rule has found nothing for a while. Says nothing else: log alerts resolve by time alone.
    Resolved,
}

/// A stretch of time, `from` before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

impl Window {
    /// Both ends known and in order.
    pub(super) fn of(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<Self> {
        let window = Self { from: from?, to: to? };
        (window.from <= window.to).then_some(window)
    }
}

impl Alert {
    /// An alert of which nothing is known yet but that it came.
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            shape,
            state: AlertState::Fired,
            test: false,
            id: None,
            rule: None,
            fired_at: None,
            window: None,
            said_tenant: None,
            workspace: None,
            findings: Vec::new(),
            findings_count: 0,
            notes: Vec::new(),
        }
    }

    /// Bytes that nobody could read.
    pub fn unreadable(why: &str) -> Self {
        let mut alert = Self::new(Shape::Unreadable);
        alert.note(&format!("the body is not JSON: {why}"));
        alert
    }

    /// Keeps what was odd, once.
    pub(super) fn note(&mut self, what: &str) {
        let Some(note) = shown(what) else { return };
        if self.notes.len() < NOTES_MAX && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Takes what the folder of the alert, or its sender, said of it, where the alert itself said nothing.
    pub(super) fn or_id(&mut self, id: Option<&str>) {
        if self.id.is_none() {
            self.id = id.and_then(text::identifier);
        }
    }
}
