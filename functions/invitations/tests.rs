//! What callers send and get, over an engine that answers as it was told.

mod asking;
mod deciding;
mod looking;

use crate::Known;
use crate::double::{Double, KEY, inside, json, known};
use access::config::May;
use access::requests::{Request as Wanted, Status};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::json;
use std::sync::Arc;

const ID: &str = "0123456789abcdef0123456789abcdef";
const ROUTE: &str = "/api/v1/invitations";

/// What is answered, and what the engine was asked.
async fn send(known: Known, request: Request<Bytes>, engine: Double) -> (Response<Bytes>, Vec<String>) {
    let engine = Arc::new(engine);
    let response = super::handle(&inside(&engine, known), request).await;
    (response, engine.asked())
}

/// Below the route.
fn request(method: &str, rest: &str, body: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(format!("{ROUTE}{rest}")).header("authorization", KEY);
    let kind = (!body.is_empty()).then_some("application/json; charset=utf-8");
    let request = kind.into_iter().fold(request, |request, kind| request.header("content-type", kind));
    request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

/// Status and code of an answer.
fn told(response: &Response<Bytes>) -> (u16, String) {
    (response.status().as_u16(), json(response)["code"].as_str().unwrap_or_default().to_owned())
}

fn pointers(response: &Response<Bytes>) -> Vec<String> {
    let body = json(response);
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}

/// A request of the caller `servicenow`.
fn wanted(status: Status) -> Wanted {
    serde_json::from_value(json!({
        "id": ID,
        "caller": "servicenow",
        "tenant_id": "44444444-4444-4444-8444-444444444444",
        "customer": "contoso",
        "package": "second-line",
        "invitee": { "email": "ana@northwind.example" },
        "reason": "enrolment fault",
        "hours": 8,
        "created_at": "2026-11-20T09:00:00Z",
        "status": status,
        "history": [{ "at": "2026-11-20T09:00:00Z", "what": "asked", "status": status, "by": "servicenow" }],
        "print": "00",
    }))
    .unwrap()
}

#[tokio::test]
async fn every_wrong_caller_gets_the_same_bytes() {
    let mut answers = Vec::new();
    for key in [None, Some("Bearer wrong"), Some("Basic right")] {
        for rest in ["", "?status=no", "/x", &format!("/{ID}"), &format!("/{ID}/approve"), "/a/b/c"] {
            for method in ["GET", "POST"] {
                let mut request = request(method, rest, "{");
                request.headers_mut().remove("authorization");
                if let Some(key) = key {
                    request.headers_mut().insert("authorization", key.parse().unwrap());
                }
                let all = known(&[May::Request, May::Approve, May::Read]);
                let (response, asked) = send(all, request, Double::default()).await;
                assert_eq!((response.status().as_u16(), asked.len()), (401, 0));
                answers.push(response);
            }
        }
    }
    assert_eq!(json(&answers[0])["code"], "unauthenticated");
    for answer in &answers {
        assert_eq!((answer.body(), answer.headers()), (answers[0].body(), answers[0].headers()));
    }
}

#[tokio::test]
async fn each_deed_needs_its_right() {
    let others = [May::Alert, May::Operate, May::Release];
    let decide = |verb: &str| request("POST", &format!("/{ID}/{verb}"), r#"{"durationHours":9}"#);
    let check = async |may: &[May], request: Request<Bytes>| {
        let may: Vec<May> = may.iter().chain(&others).copied().collect();
        let (response, asked) = send(known(&may), request, Double::default()).await;
        assert_eq!((told(&response), asked.len()), ((403, "forbidden".to_owned()), 0));
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    };
    check(&[May::Approve, May::Read], request("POST", "", "{}")).await;
    for verb in ["approve", "reject"] {
        check(&[May::Request, May::Read], decide(verb)).await;
    }
    for verb in ["extend", "cancel"] {
        check(&[May::Read], decide(verb)).await;
    }
}

#[tokio::test]
async fn callers_that_cannot_be_told_apart_now_may_try_again() {
    for method in ["GET", "POST"] {
        let mut request = request(method, "", "{}");
        request.headers_mut().insert("authorization", "Bearer unavailable".parse().unwrap());
        let (response, asked) = send(known(&[May::Request, May::Read]), request, Double::default()).await;
        assert_eq!((told(&response), asked.len()), ((503, "unavailable".to_owned()), 0));
        assert!(json(&response)["detail"].is_null(), "the reason is for the log");
    }
}

#[tokio::test]
async fn what_is_no_route_is_not_there() {
    for (method, rest) in [
        ("POST", format!("/{ID}")),
        ("GET", format!("/{ID}/approve")),
        ("POST", format!("/{ID}/delete")),
        ("POST", format!("/{ID}/approve/now")),
        ("GET", "/no-id".to_owned()),
        ("GET", format!("/{}", ID.to_uppercase())),
        ("POST", "/no-id/cancel".to_owned()),
    ] {
        let all = known(&[May::Request, May::Approve, May::Read]);
        let (response, asked) = send(all, request(method, &rest, ""), Double::default()).await;
        assert_eq!((told(&response), asked.len()), ((404, "not_found".to_owned()), 0), "{method} {rest}");
    }
}
