//! `/api/v1/invitations/{id}/approval?link=…`: the page that the notice of a request leads to.
//!
//! Looking at it changes nothing, whoever looks: mail filters and chats open links, too. A person approves or rejects by
//! sending the form, which holds the credential of a caller that may approve; from there on it is the ordinary decision,
//! with that person named by that caller.
//!
//! No token against forged requests is needed: nothing that a browser adds by itself (cookies, a login) lets anybody in, so
//! another site that sends this form must have the credential already. That requests of other sites are turned away all
//! the same costs nothing.

mod form;
mod page;

use crate::decision;
use crate::{Denied, Inside};
use access::config::May;
use access::requests::{Request, RequestId, Status};
use bytes::Bytes;
use engine::requests::{Decide, Deciding, Refused};
use engine::{By, Error};
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use page::Said;

/// The whole answer to a request for the page of this id, or for sending its form.
pub(super) async fn answer(inside: &Inside, parts: &Parts, body: &[u8], id: &str) -> Response<Bytes> {
    let request = match find(inside, parts, id).await {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    match parts.method {
        Method::GET | Method::HEAD => page::of(StatusCode::OK, &request, Said::Nothing),
        Method::POST => decide(inside, parts, body, &request).await,
        _ => page::missing(),
    }
}

/// The request that the link was made for. The answer to every wrong address is the same page.
async fn find(inside: &Inside, parts: &Parts, id: &str) -> Result<Request, Box<Response<Bytes>>> {
    let missing = || Box::new(page::missing());
    let id: RequestId = id.parse().map_err(|_| missing())?;
    let query = parts.uri.query().unwrap_or_default();
    let mut links = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "link");
    let (Some((_, link)), None) = (links.next(), links.next()) else { return Err(missing()) };
    inside.engine.request_by_link(&id, &link).await.map_err(|why| match why {
        Refused::Failed(error) => {
            tracing::warn!(%error, "the page of a request");
            Box::new(page::unavailable())
        }
        _ => missing(),
    })
}

async fn decide(inside: &Inside, parts: &Parts, body: &[u8], request: &Request) -> Response<Bytes> {
    if !is_same_origin(&parts.headers) {
        let why = "This was sent from another site. Open the link of the message, and answer there.";
        return page::of(StatusCode::FORBIDDEN, request, Said::No(why, None));
    }
    let form = match form::read(&parts.headers, body) {
        Ok(form) => form,
        Err(unfit) => return page::of(unfit.status, request, Said::No(unfit.text, None)),
    };
    let refused = |status, why: &str| page::of(status, request, Said::No(why, Some(&form)));
    let known = match inside.gate.identify(&credential(&form.key), &[]).await {
        Ok(known) => known,
        Err(Denied::Wrong) => {
            let mut answer = refused(StatusCode::UNAUTHORIZED, "This key is not known here.");
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return answer;
        }
        Err(Denied::Unavailable(why)) => {
            tracing::error!(why, "callers cannot be told apart");
            return refused(StatusCode::SERVICE_UNAVAILABLE, "The key cannot be checked now. Try again soon.");
        }
    };
    if !known.may_any(&[May::Approve]) {
        return refused(StatusCode::FORBIDDEN, "This key may not approve or reject requests.");
    }
    let (who, asserted) = match &known.person {
        Some(person) => (person.clone(), false),
        None => (form.mail.clone(), true),
    };
    let by = By { who, asserted, comment: form.comment.clone() };
    let caller = super::caller(&known);
    let deciding = Deciding { caller: &caller, by: &by, named: true };
    match inside.engine.decide_request(&request.id, form.decide, &deciding).await {
        Ok(decided) => page::of(StatusCode::OK, &decided, Said::Yes(outcome(form.decide, decided.status))),
        // A caller that may not see this customer learns no more than from a wrong address.
        Err(Refused::NotFound(_)) => page::missing(),
        Err(why) => {
            let (status, text) = why_not(&why);
            // Mostly it is another one by now.
            let now = find(inside, parts, request.id.as_str()).await;
            page::of(status, now.as_ref().unwrap_or(request), Said::No(&text, Some(&form)))
        }
    }
}

/// The key, as a caller of the API sends it. Nothing else of what the browser sent goes with it.
fn credential(key: &str) -> Parts {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.method = Method::POST;
    if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {key}")) {
        value.set_sensitive(true);
        parts.headers.insert(AUTHORIZATION, value);
    }
    parts
}

/// Whether the form was sent from the page itself, as far as the browser says. Browsers that send `Sec-Fetch-Site` know
/// best: the page asks for no referrer, and with that `Origin` is `null` (Fetch Standard, "append a request `Origin`
/// header").
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    match text("origin") {
        None | Some("null") => true,
        Some(origin) => {
            let from = origin.split_once("://").map(|(_, host)| host);
            // Behind a gateway only it knows by which name it was called; a form cannot set these headers.
            let ours = ["host", "x-forwarded-host", "x-original-host"].into_iter().filter_map(text);
            let mut ours = ours.flat_map(|hosts| hosts.split(',').map(str::trim));
            from.is_some_and(|from| ours.any(|host| host.eq_ignore_ascii_case(from)))
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
        Refused::Forbidden(text) => (StatusCode::FORBIDDEN, format!("Not decided: this person {text}.")),
        Refused::OwnRequest(text) => (StatusCode::FORBIDDEN, format!("Not decided: {text}.")),
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

/// Whether this can be the mail address of a person, as for the other decisions.
fn is_mail(text: &str) -> bool {
    decision::is_email(text)
}

#[cfg(test)]
mod tests;
