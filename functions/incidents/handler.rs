//! `/api/v1/incidents`: look at incidents, look after one, judge it.

mod answer;
mod channels;

use crate::once::once;
use crate::problem::{Code, FieldError, invalid_body, problem};
use crate::{Inside, Known, PREFIX, decision, json};
use access::config::May;
use access::incidents::document::{List, document};
use access::incidents::{IncidentId, Status, Verdict};
use bytes::Bytes;
use engine::Error;
use engine::incidents::{Filter, Refused};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;

/// Below the public prefix.
const ROUTE: &str = "v1/incidents";

pub(crate) async fn handle(inside: &Inside, request: Request<Bytes>) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    let rest = parts.uri.path().get(PREFIX.len() + ROUTE.len()..).unwrap_or_default();
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    match (&parts.method, segments.as_slice()) {
        // Both have credentials of their own. Channels come first: one may be named `answer`.
        (&Method::POST, ["channels", channel @ ..]) => {
            return channels::answer(inside, &parts, &body, &channel.join("/")).await;
        }
        (_, [id, "answer"]) => return answer::answer(inside, &parts, &body, id).await,
        _ => {}
    }
    // Known first: whoever may not call learns nothing from a wrong path either.
    let known = match inside.known(&parts, &body).await {
        Ok(known) => known,
        Err(answer) => return *answer,
    };
    match (&parts.method, segments.as_slice()) {
        (&Method::GET, []) => list(inside, &known, &parts).await,
        (&Method::GET, [id]) => look(inside, &known, id).await,
        (&Method::POST, [id, "acknowledge"]) => acknowledge(inside, &known, &parts, &body, id).await,
        (&Method::POST, [id, "verdict"]) => judge(inside, &known, &parts, &body, id).await,
        _ => problem(Code::NotFound, ""),
    }
}

async fn list(inside: &Inside, known: &Known, parts: &Parts) -> Response<Bytes> {
    if !known.may_any(&[May::Read, May::Operate]) {
        return problem(Code::Forbidden, "");
    }
    let mut filter = Filter::default();
    for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        match name.as_ref() {
            // A form or a template that leaves a filter empty filters nothing.
            _ if value.is_empty() => {}
            "customer" => filter.customer = Some(value.into_owned()),
            "status" => match Status::named(&value) {
                Some(status) => filter.status = Some(status),
                None => {
                    let known: Vec<&str> = Status::ALL.iter().map(|status| status.name()).collect();
                    let detail = format!("there is no status {value:?}; known are {}", known.join(", "));
                    return problem(Code::InvalidJson, &detail);
                }
            },
            "next" => match value.parse() {
                Ok(id) => filter.after = Some(id),
                Err(_) => return problem(Code::InvalidJson, "next is not one that a list gave"),
            },
            // A gateway may add parameters of its own.
            _ => {}
        }
    }
    match inside.engine.incidents(&filter, known.seen().as_deref()).await {
        Ok(page) => {
            let incidents = page.incidents.iter().map(document).collect();
            json::response(StatusCode::OK, &List { incidents, next: page.next.map(|id| id.to_string()) })
        }
        Err(why) => failure(&why),
    }
}

async fn look(inside: &Inside, known: &Known, id: &str) -> Response<Bytes> {
    if !known.may_any(&[May::Read, May::Operate]) {
        return problem(Code::Forbidden, "");
    }
    let Ok(id) = id.parse::<IncidentId>() else { return problem(Code::NotFound, "") };
    match inside.engine.incident(&id, known.seen().as_deref()).await {
        Ok(incident) => json::response(StatusCode::OK, &document(&incident)),
        Err(why) => failure(&why),
    }
}

async fn acknowledge(inside: &Inside, known: &Known, parts: &Parts, body: &[u8], id: &str) -> Response<Bytes> {
    if !known.may_any(&[May::Operate]) {
        return problem(Code::Forbidden, "");
    }
    let by = match decision::read(known, &parts.headers, body) {
        Ok(by) => by,
        Err(answer) => return *answer,
    };
    let Ok(id) = id.parse::<IncidentId>() else { return problem(Code::NotFound, "") };
    let done = async {
        match inside.engine.acknowledge(&id, known.seen().as_deref(), &by, false).await {
            Ok(incident) => json::response(StatusCode::OK, &document(&incident)),
            Err(why) => failure(&why),
        }
    };
    once(inside, known, parts, body, done).await
}

async fn judge(inside: &Inside, known: &Known, parts: &Parts, body: &[u8], id: &str) -> Response<Bytes> {
    if !known.may_any(&[May::Operate]) {
        return problem(Code::Forbidden, "");
    }
    let by = match decision::read_beside(known, &parts.headers, body, Some("verdict")) {
        Ok(by) => by,
        Err(answer) => return *answer,
    };
    let Some(verdict) = verdict_of(body) else {
        let known: Vec<&str> = Verdict::ALL.iter().map(|verdict| verdict.name()).collect();
        let detail = format!("expected one of {}", known.join(", "));
        return invalid_body(&[FieldError { pointer: "#/verdict".into(), detail }]);
    };
    let Ok(id) = id.parse::<IncidentId>() else { return problem(Code::NotFound, "") };
    let done = async {
        match inside.engine.give_verdict(&id, known.seen().as_deref(), verdict, &by).await {
            Ok(incident) => json::response(StatusCode::OK, &document(&incident)),
            Err(why) => failure(&why),
        }
    };
    once(inside, known, parts, body, done).await
}

fn verdict_of(body: &[u8]) -> Option<Verdict> {
    let body: Value = serde_json::from_slice(body).ok()?;
    Verdict::named(body.get("verdict")?.as_str()?)
}

fn failure(why: &Refused) -> Response<Bytes> {
    match why {
        // The same bytes for an incident that is not there and one that this caller may not see.
        Refused::NotFound(_) => problem(Code::NotFound, ""),
        Refused::WrongState(text) => problem(Code::WrongState, text),
        Refused::Failed(error) => {
            tracing::warn!(%error, "incidents");
            match error {
                Error::Store(_) | Error::Newer(_) => problem(Code::StorageUnavailable, ""),
                Error::Internal(_) => problem(Code::Internal, ""),
                _ => problem(Code::Unavailable, ""),
            }
        }
    }
}

#[cfg(test)]
mod tests;
