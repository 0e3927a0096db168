//! ConnectWise PSA: an internal analysis note of a service ticket. The header `clientId` names the integration.

use super::desk::Desk;
use super::notes::{Asked, Notes};
use super::told::Told;
use crate::Sent;
use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;

/// The delivery of this note.
pub(crate) fn notes<'a>(desk: &'a Desk, told: &Told) -> Result<Notes<'a>, Sent> {
    let notes = format!("/v4_6_release/apis/3.0/service/tickets/{}/notes", told.ticket.decimal()?);
    Ok(Notes {
        host: &desk.host,
        mark: told.mark(),
        token: None,
        list: told.again.then(|| desk.get(&format!("{notes}?orderBy=id%20desc&pageSize=100"))),
        write: render(desk, &notes, told),
        took: |answer| answer.status == 201,
        asked: Asked::Nothing,
    })
}

/// The request that writes the note.
pub(crate) fn render(desk: &Desk, notes: &str, told: &Told) -> Request<Bytes> {
    let body = json!({
        "text": told.text(),
        "detailDescriptionFlag": false,
        "internalAnalysisFlag": true,
        "resolutionFlag": false,
    });
    desk.json(Method::POST, notes, &body)
}
