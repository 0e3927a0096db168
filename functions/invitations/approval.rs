//! `/api/v1/invitations/{id}/approval?link=…`: the page that the notice of a request leads to.
//!
//! Looking at it decides nothing. A person approves or rejects by sending the form, which holds the credential of a caller
//! that may approve; from there on it is the ordinary decision, with that person named by that caller.

mod page;

use crate::Inside;
use crate::page::{Received, Said, link, missing, receive, unavailable};
use access::requests::{Request, RequestId, Status};
use bytes::Bytes;
use engine::Error;
use engine::requests::{Decide, Deciding, Refused};
use http::request::Parts;
use http::{Method, Response, StatusCode};

/// The whole answer to a request for the page of this id, or for sending its form.
pub(super) async fn answer(inside: &Inside, parts: &Parts, body: &[u8], id: &str) -> Response<Bytes> {
    let request = match find(inside, parts, id).await {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    match parts.method {
        Method::GET | Method::HEAD => page::of(&request).respond(StatusCode::OK, Said::Nothing),
        Method::POST => decide(inside, parts, body, &request).await,
        _ => missing(),
    }
}

/// The request that the link was made for. The answer to every wrong address is the same page.
async fn find(inside: &Inside, parts: &Parts, id: &str) -> Result<Request, Box<Response<Bytes>>> {
    let missing = || Box::new(missing());
    let id: RequestId = id.parse().map_err(|_| missing())?;
    let link = link(parts).ok_or_else(missing)?;
    inside.engine.request_by_link(&id, &link).await.map_err(|why| match why {
        Refused::Failed(error) => {
            tracing::warn!(%error, "the page of a request");
            Box::new(unavailable())
        }
        _ => missing(),
    })
}

async fn decide(inside: &Inside, parts: &Parts, body: &[u8], request: &Request) -> Response<Bytes> {
    let Received { form, known, by } = match receive(inside, parts, body, &page::of(request), &page::ANSWER).await {
        Ok(received) => received,
        Err(answer) => return *answer,
    };
    let caller = super::caller(&known);
    let deciding = Deciding { caller: &caller, by: &by, named: true };
    match inside.engine.decide_request(&request.id, form.decide, &deciding).await {
        Ok(decided) => page::of(&decided).respond(StatusCode::OK, Said::Yes(outcome(form.decide, decided.status))),
        // A caller that may not see this customer learns no more than from a wrong address.
        Err(Refused::NotFound(_)) => missing(),
        Err(why) => {
            let (status, text) = why_not(&why);
            // Mostly it is another one by now.
            let now = find(inside, parts, request.id.as_str()).await;
            page::of(now.as_ref().unwrap_or(request)).respond(status, Said::No(&text, Some(&form)))
        }
    }
}

fn outcome(decide: Decide, status: Status) -> &'static str {
    match (decide, status) {
        (Decide::Reject, _) => "You rejected the request. Nobody gets access by it.",
        (_, Status::WaitingApproval) => "Your approval is noted. Others have to approve, too.",
        (_, Status::Active) => "You approved the request, and the access is there.",
        _ => "You approved the request. The access is given within the next minutes.",
    }
}

fn why_not(why: &Refused) -> (StatusCode, String) {
    let (status, text) = match why {
        Refused::Forbidden(text) | Refused::OwnRequest(text) => {
            (StatusCode::FORBIDDEN, format!("Not decided: {text}."))
        }
        Refused::WrongState(text) => (StatusCode::CONFLICT, format!("Not decided: {text}.")),
        Refused::Rules { text, .. } => (StatusCode::UNPROCESSABLE_ENTITY, format!("Not decided: {text}.")),
        Refused::Failed(error) => {
            tracing::warn!(%error, "a decision on the page of a request");
            let status = match error {
                Error::Busy(_) | Error::Lost(_) => StatusCode::CONFLICT,
                Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::SERVICE_UNAVAILABLE,
            };
            (status, "It is not known whether that was noted. Open the link again in a minute.".into())
        }
        other => {
            tracing::error!(%other, "a decision was refused as no decision is");
            (StatusCode::INTERNAL_SERVER_ERROR, "Not decided: internal error.".into())
        }
    };
    (status, text)
}

#[cfg(test)]
mod tests;
