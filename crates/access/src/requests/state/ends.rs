//! Ends before the time: somebody cancels, or it goes no further.

use super::{Why, enter, note};
use crate::requests::event::{By, Refusal};
use crate::requests::{Closing, Happened, Request, Status};
use jiff::Timestamp;

/// Anybody who may touch the request may cancel it, the requester and the invitee too: it takes access away.
pub(super) fn cancel(request: &mut Request, by: &By, now: Timestamp) -> Result<(), Refusal> {
    if request.status == Status::Cancelled
        || request.closing.as_ref().is_some_and(|closing| closing.status == Status::Cancelled)
    {
        return Ok(());
    }
    if request.status.is_final() {
        return Err(Refusal::WrongState("it is over already"));
    }
    if request.starts_at.is_none() {
        enter(request, Status::Cancelled, Why::default(), Some(by), now);
        return Ok(());
    }
    if request.closing.is_some() || request.ends_at.is_some_and(|end| end <= now) {
        return Err(Refusal::WrongState("it is being ended already"));
    }
    let why = Why::new("cancelled", format!("cancelled by {}", by.name()));
    close(request, Status::Cancelled, why, Some(by), now);
    Ok(())
}

/// Ends now. Where a grant may be in the ledger, the request stays what it is until a survey shows the end of that too.
pub(super) fn close(request: &mut Request, status: Status, why: Why, by: Option<&By>, now: Timestamp) {
    if request.starts_at.is_none() {
        return enter(request, status, why, by, now);
    }
    request.ends_at = Some(request.ends_at.map_or(now, |end| end.min(now)));
    request.code.clone_from(&why.code);
    request.detail.clone_from(&why.detail);
    request.closing = Some(Closing { status, code: why.code, detail: why.detail });
    let text = by.and_then(|by| by.comment.clone()).or_else(|| request.detail.clone());
    note(request, Happened::Closing, by, text, now);
}
