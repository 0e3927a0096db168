//! `POST /api/v1/alerts/{customer}`: takes an alert, whatever its shape, stores it and pages.
//!
//! What comes here may be the only sign that somebody is in, and whoever sends it may never send it again: Azure's action
//! groups repeat a call after 408, 429, 503 and 504 alone (page "Action groups"). So nothing that an authenticated caller
//! sends is turned away because we do not understand it, and whatever fails on our side is a 503.

use crate::problem::{Code, problem};
use crate::{Denied, Inside, Known, PREFIX, json};
use access::alerts::{Refused, handshake};
use access::config::May;
use bytes::Bytes;
use engine::incidents::{AlertCall, Heard};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use serde_json::json;

/// Below the public prefix.
const ROUTE: &str = "v1/alerts/";

/// How much of the name in an address is kept, in characters: a configured customer's name is shorter.
const NAME_CHARS_MAX: usize = 100;

/// How soon an alert that was not stored is to be sent again, in seconds.
const AGAIN: HeaderValue = HeaderValue::from_static("5");

pub(crate) async fn handle(inside: &Inside, request: Request<Bytes>) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    let name = name(parts.uri.path());
    // An audience that was mistyped loses every alert without a sound: somebody has to hear of it. What is no alert, a
    // handshake or a look, is lost to nobody.
    let turned_away = async |code: Code| {
        if parts.method == Method::POST {
            inside.engine.alert_turned_away(&name).await;
        }
        problem(code, "")
    };
    let known = match inside.gate.identify(&parts, &body).await {
        Ok(known) => known,
        Err(Denied::Wrong) => return turned_away(Code::Unauthenticated).await,
        Err(Denied::Unavailable(why)) => {
            tracing::error!(why, "callers cannot be told apart");
            return again(problem(Code::Unavailable, ""));
        }
    };
    if !known.may_any(&[May::Alert]) {
        return turned_away(Code::Forbidden).await;
    }
    if !known.may_see(&name) {
        return turned_away(Code::NotFound).await;
    }
    match parts.method {
        Method::OPTIONS => consent(&parts.headers),
        _ => take(inside, &known, &parts, &body, &name).await,
    }
}

/// The handshake of CloudEvents: whose events are welcome, and how many a minute. Without the headers they are not.
fn consent(headers: &HeaderMap) -> Response<Bytes> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut response = Response::new(Bytes::new());
    let granted = handshake(text("webhook-request-origin"), text("webhook-request-rate"));
    for (name, value) in granted {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    response
}

async fn take(inside: &Inside, known: &Known, parts: &Parts, body: &[u8], name: &str) -> Response<Bytes> {
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let headers: Vec<(&str, &str)> = (parts.headers.iter())
        .filter(|(name, _)| name.as_str().starts_with("ce-") || name.as_str().starts_with("aeg-"))
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let call = AlertCall {
        customer: name,
        caller: &known.name,
        body,
        content_type,
        headers: &headers,
        lost_its_body: lost_its_body(&parts.headers, body),
    };
    match inside.engine.take_alert(&call).await {
        Ok(Heard::Taken(taken)) => {
            json::response(StatusCode::ACCEPTED, &json!({ "id": taken.id, "incidents": taken.incidents }))
        }
        Ok(Heard::Validation(code)) => json::response(StatusCode::OK, &json!({ "validationResponse": code })),
        Ok(Heard::Nothing(why)) => {
            // Somebody who may raise alerts believes to have raised one.
            inside.engine.alert_turned_away(name).await;
            match why {
                Refused::Empty => problem(Code::InvalidJson, "the body is empty"),
                Refused::MediaType => problem(Code::UnsupportedMediaType, ""),
            }
        }
        Err(_) => again(problem(Code::StorageUnavailable, "")),
    }
}

/// Whether a body was announced that did not come: Azure's host drops chunked ones where it does not pass requests on.
fn lost_its_body(headers: &HeaderMap, body: &[u8]) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let announced = text(header::CONTENT_LENGTH).trim().parse::<u64>().is_ok_and(|length| length > 0);
    body.is_empty() && (announced || text(header::TRANSFER_ENCODING).to_ascii_lowercase().contains("chunked"))
}

/// The customer that the address names. Those of the configuration have lower-case names. People hear of an alert for one who
/// is not there, so whatever stands there is cut down to a text that is fit to be shown, and that no customer has.
fn name(path: &str) -> String {
    let name = path.get(PREFIX.len() + ROUTE.len()..).unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.chars().take(NAME_CHARS_MAX).map(|c| if fits(c) { c.to_ascii_lowercase() } else { '?' }).collect()
}

fn again(mut response: Response<Bytes>) -> Response<Bytes> {
    response.headers_mut().insert(header::RETRY_AFTER, AGAIN);
    response
}

#[cfg(test)]
mod tests;
