//! Freshservice: a private note (page "Create a Note", Freshservice API v2). Its body is HTML.

use super::desk::Desk;
use super::notes::{Asked, Notes};
use super::told::Told;
use crate::Sent;
use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;

/// The delivery of this note.
pub(crate) fn notes<'a>(desk: &'a Desk, told: &Told) -> Result<Notes<'a>, Sent> {
    let ticket = format!("/api/v2/tickets/{}", told.ticket.decimal()?);
    Ok(Notes {
        host: &desk.host,
        mark: told.mark(),
        token: None,
        list: told.again.then(|| desk.get(&format!("{ticket}/conversations?per_page=100"))),
        write: render(desk, &ticket, told),
        took: |answer| answer.status == 201,
        asked: Asked::Nothing,
    })
}

/// The request that writes the note.
pub(crate) fn render(desk: &Desk, ticket: &str, told: &Told) -> Request<Bytes> {
    desk.json(Method::POST, &format!("{ticket}/notes"), &json!({ "body": told.html(), "private": true }))
}
