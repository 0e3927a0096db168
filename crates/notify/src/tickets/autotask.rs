//! Autotask: a note of a ticket (page "TicketNotes", Autotask REST API). It is taken where the answer is 200 and has an
//! `itemId`. The host is that of the company's zone, which `zoneInformation` tells once.

use super::desk::Desk;
use super::notes::{Asked, Notes};
use super::told::Told;
use crate::Sent;
use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;

/// The kind of the note ("Task Detail"), and who sees it ("Internal Project Team"): the values of every new database.
const NOTE_TYPE: u8 = 1;
const PUBLISH_INTERNAL: u8 = 2;

/// The delivery of this note.
pub(crate) fn notes<'a>(desk: &'a Desk, told: &Told) -> Result<Notes<'a>, Sent> {
    let notes = format!("/atservicesrest/v1.0/Tickets/{}/Notes", told.ticket.decimal()?);
    Ok(Notes {
        host: &desk.host,
        mark: told.mark(),
        token: None,
        list: told.again.then(|| desk.get(&notes)),
        write: render(desk, &notes, told),
        took: |answer| answer.status == 200 && answer.json()["itemId"].is_number(),
        asked: Asked::Nothing,
    })
}

/// The request that writes the note.
pub(crate) fn render(desk: &Desk, notes: &str, told: &Told) -> Request<Bytes> {
    let body = json!({
        "title": "Invitation",
        "description": told.text(),
        "noteType": NOTE_TYPE,
        "publish": PUBLISH_INTERNAL,
    });
    desk.json(Method::POST, notes, &body)
}
