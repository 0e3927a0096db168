//! The stored document of a request. What may happen to it is in `state`.

use super::RequestId;
use crate::ids::{PersonId, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Somebody's wish for a grant, and everything that became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// The caller that made it.
    pub caller: String,
    /// The customer's tenant.
    pub tenant_id: TenantId,
    /// The customer's name when it was made: a label.
    pub customer: String,
    /// The package, by name.
    pub package: String,
    /// Who is to have it.
    pub invitee: Invitee,
    /// Who that is at the partner, or the outside person who stands for the address; `None`: not looked up yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<PersonId>,
    /// The ticket that it comes from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ticket: Option<Ticket>,
    /// The mail address of whoever asked, as the caller says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requested_by: Option<String>,
    /// Why.
    pub reason: String,
    /// Where the ticket wants to hear of changes: held against the caller's `callbacks` when it was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub callback: Option<String>,
    /// How long from [`starts_at`](Self::starts_at), in hours.
    pub hours: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When nobody's approval was missing any more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accepted_at: Option<Timestamp>,
    /// When carrying it out began. Stored before its grant is journalled: a grant whose request has no start is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub starts_at: Option<Timestamp>,
    /// When the grant is over: at this time it holds nobody up any more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends_at: Option<Timestamp>,
    /// How far it is.
    pub status: Status,
    /// Why it is no further, or how it ended, for programs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// The same for people, with what to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// Who approved, in order.
    #[serde(default)]
    pub approvals: Vec<Approval>,
    /// While approvals are missing: who is asked, and how long.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub asking: Option<Asking>,
    /// What it becomes once its grant holds nothing up any more; `None`: expired.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closing: Option<Closing>,
    /// The end of which the ticket has been told beforehand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end_told: Option<Timestamp>,
    /// Everything that happened, in order. Only ever grows.
    pub history: Vec<Change>,
    /// SHA-256 of the raw body that made it, in hexadecimal digits: another body under the same id is refused.
    pub print: String,
}

/// Who is to have access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitee {
    /// The mail address, its domain in lower case and IDNA's ASCII form.
    pub email: String,
    /// The given name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub given_name: Option<String>,
    /// The surname.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub surname: Option<String>,
}

/// The ticket that a request comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The ticketing system.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub system: Option<String>,
    /// The id by which the system's own API knows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// The number that people know it by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<String>,
    /// Where people look at it. For people alone: nothing is ever sent there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
}

/// How far a request is. The names are a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Somebody has to approve it.
    WaitingApproval,
    /// Nobody has to approve it (any more).
    Accepted,
    /// The guest is there, not yet in the groups.
    Invited,
    /// A member of the package's groups.
    Active,
    /// Over, and seen to be over; or never answered.
    Expired,
    /// Somebody said no.
    Rejected,
    /// Somebody took it back.
    Cancelled,
    /// It could not be carried out.
    Failed,
}

impl Status {
    /// All of them, in the order of a request's life.
    pub const ALL: [Self; 8] = [
        Self::WaitingApproval,
        Self::Accepted,
        Self::Invited,
        Self::Active,
        Self::Expired,
        Self::Rejected,
        Self::Cancelled,
        Self::Failed,
    ];

    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WaitingApproval => "waiting_approval",
            Self::Accepted => "accepted",
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// The status of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether nothing ever happens to such a request again.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Expired | Self::Rejected | Self::Cancelled | Self::Failed)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One person's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The stage that it counts for, from 0.
    pub stage: usize,
    /// Who: a mail address, or a caller's name.
    pub by: String,
    /// The same person's object id, at the partner or in the customer's tenant, where it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<PersonId>,
    /// Who had the invitee's address at the partner when they approved, if anybody had: that person was approved.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invitee: Option<PersonId>,
    /// Whether a machine caller says so, and nobody's own token.
    #[serde(default)]
    pub asserted: bool,
    /// What they wrote.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment: Option<String>,
    /// When.
    pub at: Timestamp,
    /// For an extension: the new total in hours that is approved.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hours: Option<u32>,
}

/// Whose approval is asked for, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// The stage that is asked, from 0.
    pub stage: usize,
    /// When they are reminded (next).
    pub remind_at: Timestamp,
    /// When nobody is asked any more.
    pub until: Timestamp,
}

/// What a request becomes once its grant holds nothing up any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The final status.
    pub status: Status,
    /// Why, for programs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// Why, for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}

/// One thing that happened to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub what: Happened,
    /// The status from then on.
    pub status: Status,
    /// Who did it; `None`: the program.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<String>,
    /// Whether a machine caller says who it was.
    #[serde(default)]
    pub asserted: bool,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It was made.
    Asked,
    /// Somebody approved it, and more approvals are missing.
    Approved,
    /// Its status changed.
    Moved,
    /// The approvers were reminded.
    Reminded,
    /// Carrying it out began.
    Started,
    /// It lasts longer.
    Extended,
    /// Somebody approved that it lasts longer, and more approvals are missing.
    ExtensionApproved,
    /// It is to end now, before its time.
    Closing,
    /// It ends soon.
    EndsSoon,
    /// It is no further, for another reason than before.
    Waiting,
}

/// In words, for people.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            Happened::Asked => write!(f, "asked for")?,
            Happened::Approved => write!(f, "approved; more approvals are missing")?,
            Happened::Moved => write!(f, "{}", self.status.name().replace('_', " "))?,
            Happened::Reminded => write!(f, "the approvers were reminded")?,
            Happened::Started => write!(f, "carrying it out began")?,
            Happened::Extended => write!(f, "extended")?,
            Happened::ExtensionApproved => write!(f, "extension approved; more approvals are missing")?,
            Happened::Closing => write!(f, "ended before its time")?,
            Happened::EndsSoon => write!(f, "ends soon")?,
            Happened::Waiting => write!(f, "waits")?,
        }
        if let Some(by) = &self.by {
            let says = if self.asserted { ", as the caller says" } else { "" };
            write!(f, " by {by}{says}")?;
        }
        // That it began says its note too.
        let note = self.note.as_ref().filter(|_| self.what != Happened::Started);
        note.map_or(Ok(()), |note| write!(f, ": {note}"))
    }
}
