//! What callers see of a request, and what their tickets hear of it.

use super::{Change, Happened, Request, RequestId, Status};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A request as the HTTP API shows it. The names are a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document<'a> {
    /// The request's id.
    pub id: &'a RequestId,
    /// How far it is.
    pub status: Status,
    /// Where to ask again: the path on the host that answered.
    pub status_url: String,
    /// The customer's name.
    pub customer: &'a str,
    /// The package.
    pub package: &'a str,
    /// Who is to have access.
    pub invitee: InviteeDocument<'a>,
    /// The ticket, as it was named.
    pub ticket: Option<TicketDocument<'a>>,
    /// Who asked.
    pub requested_by: Option<PersonDocument<'a>>,
    /// Why.
    pub reason: &'a str,
    /// How long in all, from the start.
    pub duration_hours: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When carrying it out began.
    pub starts_at: Option<Timestamp>,
    /// When it is over.
    pub ends_at: Option<Timestamp>,
    /// Why it is no further, or how it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a str>,
    /// The same for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'a str>,
    /// Everything that happened.
    pub history: Vec<ChangeDocument<'a>>,
}

/// Who is to have access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InviteeDocument<'a> {
    /// The mail address.
    pub email: &'a str,
    /// The given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<&'a str>,
    /// The surname.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<&'a str>,
}

/// A ticket, as it was named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TicketDocument<'a> {
    /// The ticketing system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<&'a str>,
    /// Its id there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<&'a str>,
    /// Its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'a str>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonDocument<'a> {
    /// The mail address.
    pub email: &'a str,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeDocument<'a> {
    /// When.
    pub at: Timestamp,
    /// The status from then on.
    pub status: Status,
    /// Who did it; null: the program.
    pub by: Option<&'a str>,
    /// Whether a machine caller says so.
    pub asserted: bool,
    /// In words.
    pub note: Option<&'a str>,
}

/// Several requests, one page of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct List<'a> {
    /// The requests.
    pub invitations: Vec<Document<'a>>,
    /// What leads to the next page; null: there is none.
    pub next: Option<String>,
}

/// The path of a request.
pub fn path(id: &RequestId) -> String {
    format!("/api/v1/invitations/{id}")
}

/// The request as the HTTP API shows it.
pub fn document(request: &Request) -> Document<'_> {
    Document {
        id: &request.id,
        status: request.status,
        status_url: path(&request.id),
        customer: &request.customer,
        package: &request.package,
        invitee: InviteeDocument {
            email: &request.invitee.email,
            given_name: request.invitee.given_name.as_deref(),
            surname: request.invitee.surname.as_deref(),
        },
        ticket: request.ticket.as_ref().map(|ticket| TicketDocument {
            system: ticket.system.as_deref(),
            id: ticket.id.as_deref(),
            number: ticket.number.as_deref(),
            url: ticket.url.as_deref(),
        }),
        requested_by: request.requested_by.as_deref().map(|email| PersonDocument { email }),
        reason: &request.reason,
        duration_hours: request.hours,
        created_at: request.created_at,
        starts_at: request.starts_at,
        ends_at: request.ends_at,
        code: request.code.as_deref(),
        detail: request.detail.as_deref(),
        history: request.history.iter().map(change).collect(),
    }
}

fn change(change: &Change) -> ChangeDocument<'_> {
    ChangeDocument {
        at: change.at,
        status: change.status,
        by: change.by.as_deref(),
        asserted: change.asserted,
        note: change.note.as_deref(),
    }
}

/// The value of an `ETag` header: the same for the same document, on every host.
pub fn etag(request: &Request) -> String {
    let bytes = serde_json::to_vec(&document(request)).expect("a document has text keys and no failing parts");
    let digits: String = Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

/// Whether the ticket hears of a change. It knows what it asked for, and reminders are for those who approve.
pub fn is_told(change: &Change) -> bool {
    !matches!(change.what, Happened::Asked | Happened::Reminded | Happened::Started)
}

/// The changes from `from` on (counted from 0) of which the ticket hears, by their places in the history.
pub fn to_tell(request: &Request, from: usize) -> impl Iterator<Item = usize> + '_ {
    request.history.iter().enumerate().skip(from).filter(|(_, change)| is_told(change)).map(|(index, _)| index)
}

/// The id under which one change is told, always the same: whoever hears it twice can tell.
pub fn message_id(request: &Request, change: usize) -> String {
    format!("msg_{}_{change}", request.id)
}
