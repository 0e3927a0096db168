//! Reading one ticket by the API of its own system.
//!
//! A webhook may leave out fields, and may be older than its ticket. Where to read, the operator's configuration says:
//! of what came from outside only the ticket's key is used, and only where it has the shape of one.

use super::desk::{Desk, System};
use super::exchange::Answer;
use super::jira;
use super::oauth;
use super::told::TicketKey;
use crate::Sent;
use crate::send::lost;
use bytes::Bytes;
use http::Request;
use http::header::AUTHORIZATION;
use outside::{Clock, Transport};
use std::time::Duration;

/// How long reading a ticket may take, a token included: whoever called us waits for it.
pub const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest ticket that is read. Custom fields and long descriptions are tens of kilobytes.
pub const TICKET_BYTES_MAX: usize = 1024 * 1024;

/// Why a ticket was not read, without any secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It may be read later.
    Later {
        /// Why not now.
        why: String,
    },
    /// It will never be read as it is.
    Never {
        /// Why.
        why: String,
    },
}

impl From<Sent> for Unread {
    fn from(sent: Sent) -> Self {
        match sent {
            Sent::Later { why, .. } => Self::Later { why },
            Sent::Never { why } => Self::Never { why },
            Sent::Taken => Self::Later { why: "the answer is not what the API answers".into() },
        }
    }
}

/// Reads the ticket once, within [`FETCH_TIMEOUT`]: one request, and one for a token before it where the system wants
/// that. What is returned is a JSON object of at most [`TICKET_BYTES_MAX`] bytes, as the system sent it.
///
/// # Errors
///
/// Why it could not be read; what it says names the host and no more.
pub async fn fetch(
    transport: &dyn Transport,
    clock: &dyn Clock,
    desk: &Desk,
    ticket: &TicketKey,
) -> Result<Bytes, Unread> {
    let Fetch { token, mut read } = render(desk, ticket)?;
    let end = clock.monotonic() + FETCH_TIMEOUT;
    if let Some(token) = token {
        let answer = ask(transport, clock, desk, token, end).await?;
        let bearer = oauth::bearer(&answer).ok_or_else(|| answer.failure(&desk.host))?;
        read.headers_mut().insert(AUTHORIZATION, bearer);
    }
    ticket_in(desk, ask(transport, clock, desk, read, end).await?)
}

/// The requests that read a ticket.
#[derive(Debug)]
pub(crate) struct Fetch {
    /// Asks for the token that the other carries.
    pub(crate) token: Option<Request<Bytes>>,
    /// Asks for the ticket.
    pub(crate) read: Request<Bytes>,
}

/// The requests that read this ticket from this system.
pub(crate) fn render(desk: &Desk, ticket: &TicketKey) -> Result<Fetch, Unread> {
    let (token, path) = match &desk.system {
        // Version 2, whose texts are written as in webhooks, and without what grows with an issue's age.
        System::Jira { .. } => {
            let fields = "*all,-comment,-worklog,-attachment";
            (None, format!("/rest/api/2/issue/{}?fields={fields}", jira::issue_of(ticket)?))
        }
        System::Halopsa { client } => {
            let path = format!("/api/tickets/{}?includedetails=true", ticket.decimal()?);
            (Some(oauth::ask(desk, "/auth/token", client, Some("all"))), path)
        }
        System::Connectwise => (None, format!("/v4_6_release/apis/3.0/service/tickets/{}", ticket.decimal()?)),
        System::Autotask => (None, format!("/atservicesrest/v1.0/Tickets/{}", ticket.decimal()?)),
        System::ServiceNow { .. } | System::Zendesk { .. } | System::Freshservice => {
            return Err(Unread::Never { why: "tickets of this system are not read".into() });
        }
    };
    Ok(Fetch { token, read: desk.get(&path) })
}

/// The ticket in this answer.
pub(crate) fn ticket_in(desk: &Desk, answer: Answer) -> Result<Bytes, Unread> {
    let host = &desk.host;
    if answer.status != 200 {
        return Err(answer.failure(host).into());
    }
    if answer.body.len() > TICKET_BYTES_MAX {
        return Err(Unread::Never { why: format!("the ticket at {host} is larger than {TICKET_BYTES_MAX} bytes") });
    }
    if !answer.json().is_object() {
        return Err(answer.failure(host).into());
    }
    Ok(answer.body)
}

async fn ask(
    transport: &dyn Transport,
    clock: &dyn Clock,
    desk: &Desk,
    request: Request<Bytes>,
    end: Duration,
) -> Result<Answer, Unread> {
    let left = end.saturating_sub(clock.monotonic());
    if left.is_zero() {
        let why = format!("{} did not come to an end within {} s", desk.host, FETCH_TIMEOUT.as_secs());
        return Err(Unread::Later { why });
    }
    match transport.send(request, left).await {
        Ok(response) => Ok(Answer::new(response, clock.now())),
        Err(error) => Err(lost(&desk.host, &error).into()),
    }
}
