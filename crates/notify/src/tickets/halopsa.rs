//! HaloPSA: an action that the ticket's user does not see. Actions are posted as a list, and a note is HTML.
//!
//! Pieced together from public integrations, since the API's own description is behind a sign-in: an instance that
//! answers otherwise makes a dead letter, not a wrong note.

use super::desk::Desk;
use super::notes::{Asked, Notes};
use super::oauth::{self, Client};
use super::told::Told;
use crate::Sent;
use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;

/// The delivery of this note.
pub(crate) fn notes<'a>(desk: &'a Desk, told: &Told, client: &Client) -> Result<Notes<'a>, Sent> {
    let ticket = told.ticket.decimal()?;
    Ok(Notes {
        host: &desk.host,
        mark: told.mark(),
        token: Some(oauth::ask(desk, "/auth/token", client, Some("all"))),
        list: told.again.then(|| desk.get(&format!("/api/actions?ticket_id={ticket}"))),
        write: render(desk, ticket, told),
        took: |answer| matches!(answer.status, 200 | 201) && (answer.json().is_object() || answer.json().is_array()),
        asked: Asked::Nothing,
    })
}

/// The request that writes the note to the ticket with this number.
pub(crate) fn render(desk: &Desk, ticket: &str, told: &Told) -> Request<Bytes> {
    let ticket: u64 = ticket.parse().expect("at most 18 digits");
    let action = json!({ "ticket_id": ticket, "outcome": "Private Note", "note": told.html(), "hiddenfromuser": true });
    desk.json(Method::POST, "/api/actions", &json!([action]))
}
