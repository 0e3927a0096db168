//! `/api/v1/invitations`: ask for access for somebody, look at requests, decide on them.

mod approval;

use crate::once::{self, once};
use crate::problem::{Code, FieldError, invalid_body, problem, refused};
use crate::{Inside, Known, PREFIX, decision, json};
use access::config::May;
use access::requests::document::{List, document, etag, path};
use access::requests::policy::{self, Problem};
use access::requests::{RequestId, Status};
use bytes::Bytes;
use engine::requests::{Caller, Decide, Deciding, Filter, Heard, Refused, Wish};
use engine::{By, Error};
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

/// Below the public prefix.
const ROUTE: &str = "v1/invitations";

/// How soon it is worth looking again at a request that is not carried out yet, in seconds.
const LOOK_AGAIN: HeaderValue = HeaderValue::from_static("10");

pub(crate) async fn handle(inside: &Inside, request: Request<Bytes>) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let rest = path.get(PREFIX.len() + ROUTE.len()..).unwrap_or_default();
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    if let [id, "approval"] = segments.as_slice() {
        return approval::answer(inside, &parts, &body, id).await;
    }
    // Known first: whoever may not call learns nothing from a wrong path either.
    let known = match inside.known(&parts, &body).await {
        Ok(known) => known,
        Err(answer) => return *answer,
    };
    let caller = caller(&known);
    match (&parts.method, segments.as_slice()) {
        (&Method::POST, []) => ask(inside, &known, &caller, &parts, &body).await,
        (&Method::GET, []) => list(inside, &caller, &parts).await,
        (&Method::GET, [id]) => look(inside, &caller, &parts, id).await,
        (&Method::POST, [id, verb]) => match verb_of(verb) {
            Some(verb) => decide(inside, &known, &caller, &parts, &body, id, verb).await,
            None => problem(Code::NotFound, ""),
        },
        _ => problem(Code::NotFound, ""),
    }
}

async fn ask(inside: &Inside, known: &Known, caller: &Caller, parts: &Parts, body: &[u8]) -> Response<Bytes> {
    if !caller.may(May::Request) {
        return problem(Code::Forbidden, "");
    }
    if !json::is_announced(&parts.headers) {
        return problem(Code::UnsupportedMediaType, "");
    }
    let key = match once::idempotency_key(&parts.headers) {
        Ok(key) => key.or(known.invocation.as_deref()),
        Err(answer) => return *answer,
    };
    let wish = Wish { caller, key, delivery: known.delivery.as_deref(), body };
    match inside.engine.ask_for(&wish).await {
        Ok(Heard::Nothing(why)) => json::response(StatusCode::OK, &json!({ "status": "ignored", "detail": why })),
        Ok(Heard::Made(made)) => {
            let finished = made.request.status == Status::Active;
            let status = if finished { StatusCode::CREATED } else { StatusCode::ACCEPTED };
            let mut response = json::response(status, &document(&made.request));
            let headers = response.headers_mut();
            if let Ok(location) = HeaderValue::from_str(&path(&made.request.id)) {
                headers.insert(header::LOCATION, location);
            }
            if !finished && !made.request.status.is_final() {
                headers.insert(header::RETRY_AFTER, LOOK_AGAIN);
            }
            response
        }
        Err(why) => failure(&why),
    }
}

async fn list(inside: &Inside, caller: &Caller, parts: &Parts) -> Response<Bytes> {
    let mut filter = Filter::default();
    for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        match name.as_ref() {
            // A form or a template that leaves a filter empty filters nothing.
            _ if value.is_empty() => {}
            "customer" => filter.customer = Some(value.into_owned()),
            "status" => match Status::named(&value) {
                Some(status) => filter.status = Some(status),
                None => return problem(Code::InvalidJson, &format!("there is no status {value:?}; {}", statuses())),
            },
            "next" => match value.parse() {
                Ok(id) => filter.after = Some(id),
                Err(_) => return problem(Code::InvalidJson, "next is not one that a list gave"),
            },
            // A gateway may add parameters of its own.
            _ => {}
        }
    }
    match inside.engine.requests(caller, &filter).await {
        Ok(page) => {
            let invitations = page.requests.iter().map(document).collect();
            json::response(StatusCode::OK, &List { invitations, next: page.next.map(|id| id.to_string()) })
        }
        Err(why) => failure(&why),
    }
}

async fn look(inside: &Inside, caller: &Caller, parts: &Parts, id: &str) -> Response<Bytes> {
    let Ok(id) = id.parse::<RequestId>() else { return problem(Code::NotFound, "") };
    let request = match inside.engine.request(caller, &id).await {
        Ok(request) => request,
        Err(why) => return failure(&why),
    };
    let mut response = json::response(StatusCode::OK, &document(&request));
    let tag = etag(&request);
    let known = parts.headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = known.flat_map(|value| value.split(',')).map(|one| one.trim().trim_start_matches("W/"));
    if tags.any(|one| one == tag || one == "*") {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Bytes::new();
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// What is done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Approve,
    Reject,
    Extend,
    Cancel,
}

fn verb_of(segment: &str) -> Option<Verb> {
    Some(match segment {
        "approve" => Verb::Approve,
        "reject" => Verb::Reject,
        "extend" => Verb::Extend,
        "cancel" => Verb::Cancel,
        _ => return None,
    })
}

async fn decide(
    inside: &Inside,
    known: &Known,
    caller: &Caller,
    parts: &Parts,
    body: &[u8],
    id: &str,
    verb: Verb,
) -> Response<Bytes> {
    // Who may do it to which request, the engine knows; whoever may do neither is turned away before anything is read.
    let needed: &[May] = match verb {
        Verb::Approve | Verb::Reject => &[May::Approve],
        Verb::Extend | Verb::Cancel => &[May::Approve, May::Request],
    };
    if !known.may_any(needed) {
        return problem(Code::Forbidden, "");
    }
    let beside = (verb == Verb::Extend).then_some("durationHours");
    let by: By = match decision::read_beside(known, &parts.headers, body, beside) {
        Ok(by) => by,
        Err(answer) => return *answer,
    };
    let decision = match verb {
        Verb::Approve => Decide::Approve,
        Verb::Reject => Decide::Reject,
        Verb::Cancel => Decide::Cancel,
        Verb::Extend => match hours_of(body) {
            Some(hours) => Decide::Extend { hours },
            None => {
                let detail = "expected the new total from the start in hours, a whole number from 1";
                return invalid_body(&[FieldError { pointer: "#/durationHours".into(), detail: detail.into() }]);
            }
        },
    };
    let Ok(id) = id.parse::<RequestId>() else { return problem(Code::NotFound, "") };
    let deciding = Deciding { caller, by: &by, named: known.person.is_some() || by.asserted };
    let decided = async {
        match inside.engine.decide_request(&id, decision, &deciding).await {
            Ok(request) => json::response(StatusCode::OK, &document(&request)),
            Err(why) if verb == Verb::Extend => not_extended(&why),
            Err(why) => failure(&why),
        }
    };
    once(inside, known, parts, body, decided).await
}

fn hours_of(body: &[u8]) -> Option<u32> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("durationHours")?.as_u64().and_then(|hours| u32::try_from(hours).ok()).filter(|hours| *hours > 0)
}

fn caller(known: &Known) -> Caller {
    Caller {
        name: known.name.clone(),
        may: known.may.clone(),
        customers: known.customers.clone(),
        person: known.person.clone(),
        account: known.account,
    }
}

/// The code is that of the first problem; all of them are in `errors`.
fn not_allowed(problems: &[Problem]) -> Response<Bytes> {
    let errors: Vec<FieldError> = problems
        .iter()
        .map(|problem| FieldError {
            pointer: format!("#/{}", problem.field.name().replace('.', "/")),
            detail: problem.detail.clone(),
        })
        .collect();
    let Some(first) = problems.first() else { return problem(Code::Internal, "") };
    let status = match first.code {
        policy::Code::Forbidden => StatusCode::FORBIDDEN,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    refused(first.code.name(), status, &first.detail, &errors)
}

/// An extension that the present rules refuse: where it is for the length, that is what to change.
fn not_extended(why: &Refused) -> Response<Bytes> {
    let Refused::Rules { code, text } = why else { return failure(why) };
    let errors: &[_] = match *code == policy::Code::NotRequestable.name() {
        true => &[],
        false => &[FieldError { pointer: "#/durationHours".into(), detail: text.clone() }],
    };
    refused(code, StatusCode::UNPROCESSABLE_ENTITY, text, errors)
}

fn statuses() -> String {
    let names: Vec<&str> = Status::ALL.iter().map(|status| status.name()).collect();
    format!("known are {}", names.join(", "))
}

fn failure(why: &Refused) -> Response<Bytes> {
    let (code, detail) = match why {
        Refused::Unreadable(text) => (Code::InvalidJson, text.as_str()),
        Refused::Body(wrong) => {
            let errors: Vec<FieldError> = wrong
                .iter()
                .map(|wrong| FieldError { pointer: wrong.pointer.clone(), detail: wrong.detail.clone() })
                .collect();
            return invalid_body(&errors);
        }
        Refused::Policy(problems) => return not_allowed(problems),
        Refused::Rules { code, text } => return refused(code, StatusCode::UNPROCESSABLE_ENTITY, text, &[]),
        Refused::KeyReused => (Code::IdempotencyKeyReused, ""),
        // The same bytes for a request that is not there and one that this caller may not see.
        Refused::NotFound(_) => return problem(Code::NotFound, ""),
        Refused::Forbidden(text) => (Code::Forbidden, text.as_str()),
        Refused::OwnRequest(text) => (Code::OwnRequest, text.as_str()),
        Refused::WrongState(text) => (Code::WrongState, text.as_str()),
        Refused::Failed(error) => {
            tracing::warn!(%error, "invitations");
            match error {
                Error::Busy(_) | Error::Lost(_) => {
                    (Code::InProgress, "another run is at work on the customer; try again")
                }
                Error::Store(_) | Error::Newer(_) => (Code::StorageUnavailable, ""),
                Error::Internal(_) => (Code::Internal, ""),
                _ => (Code::Unavailable, ""),
            }
        }
    };
    problem(code, detail)
}

#[cfg(test)]
mod tests;
