//! Requests and answers as the services write them: one alone, or up to 20 for Graph in a batch.

use super::call::{Call, Content, Outcome, QUERY_WAIT, Reply};
use super::door;
use crate::endpoints::{Api, Endpoints};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The most requests in one batch (page "Combine multiple requests in one HTTP call").
pub(crate) const BATCH_MAX: usize = 20;

/// One request by itself.
pub(crate) fn single(endpoints: &Endpoints, call: &Call, token: &str, id: Uuid) -> Result<Request<Bytes>, String> {
    let body = call.body.as_ref().map(Value::to_string);
    let version = match call.api {
        Api::Graph if call.beta => "/beta",
        Api::Graph => "/v1.0",
        Api::LogAnalytics | Api::ResourceManager => "",
    };
    let mut headers = Vec::new();
    if call.eventual {
        headers.push(EVENTUAL);
    }
    if call.is_query() {
        headers.push(("Prefer", QUERY_WAIT));
    }
    let url = format!("{}{version}{}", endpoints.base(call.api), call.path);
    build(&call.method, &url, &headers, body, token, id)
}

/// Several requests in one, numbered from 0.
pub(crate) fn batch(graph: &str, calls: &[&Call], token: &str, id: Uuid) -> Result<Request<Bytes>, String> {
    let requests: Vec<Value> = calls.iter().enumerate().map(|(number, call)| item(number, call)).collect();
    let body = json!({ "requests": requests }).to_string();
    build(&Method::POST, &format!("{graph}/v1.0/$batch"), &[], Some(body), token, id)
}

/// The header of an advanced query.
const EVENTUAL: (&str, &str) = ("ConsistencyLevel", "eventual");

fn item(number: usize, call: &Call) -> Value {
    let mut headers = Map::new();
    let mut item = json!({ "id": number.to_string(), "method": call.method.as_str(), "url": call.path });
    if call.eventual {
        headers.insert(EVENTUAL.0.to_owned(), EVENTUAL.1.into());
    }
    if let Some(body) = &call.body {
        headers.insert("Content-Type".to_owned(), "application/json".into());
        item["body"] = body.clone();
    }
    if !headers.is_empty() {
        item["headers"] = headers.into();
    }
    item
}

fn build(
    method: &Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<String>,
    token: &str,
    id: Uuid,
) -> Result<Request<Bytes>, String> {
    let mut authorization =
        HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| "the token is not fit for a header".to_owned())?;
    // Then it prints as "Sensitive", whoever prints the request.
    authorization.set_sensitive(true);
    let mut request = Request::builder()
        .method(method)
        .uri(url)
        .header(AUTHORIZATION, authorization)
        .header(ACCEPT, "application/json")
        .header("client-request-id", id.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if body.is_some() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    let body = body.map(Bytes::from).unwrap_or_default();
    request.body(body).map_err(|error| format!("{url} is not a usable address: {error}"))
}

/// The answers of a batch, in the order of its requests. What the batch does not answer is lost. Bodies are moved, not
/// copied: twenty pages of members are most of what a run holds at once.
pub(crate) fn unpack(envelope: Reply, count: usize, now: Timestamp) -> Vec<Outcome> {
    let lost = "the batch has no answer to this request";
    let mut outcomes = vec![Outcome::Lost(lost.to_owned()); count];
    let Reply { content, request_id, .. } = envelope;
    let responses = match content {
        Content::Json(mut body) => body.get_mut("responses").map(Value::take),
        Content::Empty | Content::NotJson => None,
    };
    let Some(Value::Array(responses)) = responses else {
        return vec![Outcome::Garbled("the answer has no list at responses".to_owned()); count];
    };
    for response in responses {
        let number = response.get("id").and_then(Value::as_str).and_then(|id| id.parse::<usize>().ok());
        if let Some(outcome) = number.and_then(|number| outcomes.get_mut(number)) {
            *outcome = unpack_one(response, request_id.as_ref(), now);
        }
    }
    outcomes
}

fn unpack_one(mut response: Value, request_id: Option<&String>, now: Timestamp) -> Outcome {
    let status = response.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let Some(status) = status else {
        return Outcome::Garbled("the answer has no number at responses[].status".to_owned());
    };
    let content = match response.get_mut("body").map(Value::take) {
        None | Some(Value::Null) => Content::Empty,
        Some(Value::String(text)) if text.is_empty() => Content::Empty,
        // Anything but JSON comes as text in base64.
        Some(Value::String(_)) => Content::NotJson,
        Some(body) => Content::Json(body),
    };
    let headers = response.get("headers").and_then(Value::as_object);
    // Header names come in both spellings, and a number is at times not in quotes.
    let header = |name: &str| {
        let (_, value) = headers?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|number| number.to_string()))
    };
    let mut reply = door::from_headers(status, header, content, now);
    reply.request_id = reply.request_id.or_else(|| request_id.cloned());
    Outcome::Reply(reply)
}
