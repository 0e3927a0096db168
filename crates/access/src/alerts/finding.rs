//! One thing that an alert says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most findings that an alert keeps.
pub const FINDINGS_MAX: usize = 50;

/// One thing that an alert says: a sign-in, a change, trouble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// What makes it this one and no other, in lower case: the id of the sign-in, of the audit entry, of the activity
    /// log's event. Of a Sentinel incident or a Graph alert its id, the account, and how many alerts it holds if there
    /// are more than one, so that a further alert in it is something new.
    pub event: Option<String>,
    /// The object id: of who signed in, or of what was changed.
    pub user: Option<Uuid>,
    /// The sign-in name as written. Names that only look alike stay different.
    pub upn: Option<String>,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// The result's code (`"0"`, `"50126"`), or the sender's word for it.
    pub result: Option<String>,
    /// The address it came from.
    pub ip: Option<String>,
    /// The application.
    pub app: Option<String>,
    /// Whether a person took part; `Some(false)` for what stands in the table of non-interactive sign-ins.
    pub interactive: Option<bool>,
    /// What was done, as the audit log or the activity log calls it; for trouble, its title.
    pub operation: Option<String>,
    /// Who did it: an object id or a name, as written.
    pub actor: Option<String>,
    /// The resource it was done to, as an ARM id in lower case.
    pub resource: Option<String>,
    /// How many rows stand behind it.
    pub rows: Option<u32>,
    /// What should watch is blind: a rule is off, or a rule, an action group or a workspace is gone.
    pub severe: bool,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Somebody signed in, or tried to.
    SignIn,
    /// An account, a group or a policy was changed.
    Change,
    /// What watches was changed, switched off or deleted.
    Tamper,
    /// What watches has trouble of its own.
    Health,
    /// Something else about somebody.
    Other,
}

impl Finding {
    /// A finding of which only the kind is known.
    pub(super) fn new(kind: FindingKind) -> Self {
        Self {
            kind,
            event: None,
            user: None,
            upn: None,
            at: None,
            result: None,
            ip: None,
            app: None,
            interactive: None,
            operation: None,
            actor: None,
            resource: None,
            rows: None,
            severe: false,
        }
    }

    /// Whether it says whom it is about, or which event.
    pub(super) fn names_something(&self) -> bool {
        self.user.is_some() || self.upn.is_some() || self.event.is_some()
    }

    /// Whether `other` tells people nothing new beside this: another attempt by the same account with the same end.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let same_account = match (self.user, other.user) {
            (None, None) => self.upn == other.upn,
            (one, another) => one == another,
        };
        same_account
            && self.kind == other.kind
            && self.severe == other.severe
            && self.result == other.result
            && self.operation == other.operation
    }
}
