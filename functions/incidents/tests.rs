//! What callers send and get, over an engine that answers as it was told.

mod channels;
mod deciding;

use crate::Known;
use crate::double::{Double, KEY, captured, incident, inside, json, known};
use access::config::May;
use bytes::Bytes;
use engine::Error;
use engine::incidents::Refused;
use http::{Request, Response};
use serde_json::json;
use std::sync::{Arc, Mutex};

const ID: &str = "0123456789abcdef0123456789abcdef";

/// What is answered, and what the engine was asked.
async fn send(known: Known, request: Request<Bytes>, engine: Double) -> (Response<Bytes>, Vec<String>) {
    let engine = Arc::new(engine);
    let response = super::handle(&inside(&engine, known), request).await;
    (response, engine.asked())
}

/// Below the route.
fn request(method: &str, rest: &str, body: &str) -> Request<Bytes> {
    let uri = format!("/api/v1/incidents{rest}");
    let request = Request::builder().method(method).uri(uri).header("authorization", KEY);
    let kind = (!body.is_empty()).then_some("application/json; charset=utf-8");
    let request = kind.into_iter().fold(request, |request, kind| request.header("content-type", kind));
    request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

/// An engine with one incident.
fn has_one() -> Double {
    Double { incident: Some(incident(|_| {})), ..Double::default() }
}

fn of_contoso(may: &[May]) -> Known {
    Known { customers: Some(["contoso".to_owned()].into()), ..known(may) }
}

/// Status and code of an answer.
fn told(response: &Response<Bytes>) -> (u16, String) {
    (response.status().as_u16(), json(response)["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn whoever_may_look_sees_the_incidents_of_their_customers() {
    for (caller, seen) in [
        (known(&[May::Read]), "None"),
        (known(&[May::Operate]), "None"),
        (of_contoso(&[May::Read]), r#"Some(["contoso"])"#),
    ] {
        let list = captured(include_str!("captured/look.http"));
        let (response, asked) = send(caller.clone(), list, Double { more_incidents: true, ..has_one() }).await;
        let body = json(&response);
        assert_eq!((response.status().as_u16(), &body["incidents"][0]["id"]), (200, &json!(ID)));
        assert_eq!(body["next"], ID);
        let filter = "Filter { customer: None, status: None, after: None }";
        assert_eq!(asked, [format!("incidents {filter} {seen}")]);

        let (response, asked) = send(caller, request("GET", &format!("/{ID}"), ""), has_one()).await;
        assert_eq!((response.status().as_u16(), &json(&response)["customer"]), (200, &json!("contoso")));
        assert_eq!(asked, [format!("incident {ID} {seen}")]);
    }
}

#[tokio::test]
async fn a_list_is_narrowed_by_what_its_address_says() {
    let check = async |query: &str, status: u16, filter: &str| {
        let (response, asked) = send(known(&[May::Read]), request("GET", query, ""), has_one()).await;
        assert_eq!(response.status(), status, "{query}");
        let expected: Vec<_> =
            (status == 200).then(|| format!("incidents Filter {{ {filter} }} None")).into_iter().collect();
        assert_eq!(asked, expected, "{query}");
    };
    check("?customer=contoso&status=open", 200, r#"customer: Some("contoso"), status: Some(Open), after: None"#).await;
    let after = format!(r#"customer: None, status: None, after: Some(IncidentId("{ID}"))"#);
    check(&format!("?next={ID}"), 200, &after).await;
    check("?customer=&status=&next=&pretty=1", 200, "customer: None, status: None, after: None").await;
    check("?status=Open", 400, "").await;
    check("?next=x", 400, "").await;
}

#[tokio::test]
async fn every_wrong_caller_gets_the_same_bytes() {
    let mut answers = Vec::new();
    for key in [None, Some("Bearer wrong"), Some("Basic right")] {
        let paths =
            ["", "?status=no", "/x", &format!("/{ID}"), &format!("/{ID}/acknowledge"), "/a/b/c", "/channels/ops"];
        for (rest, method) in paths.into_iter().flat_map(|rest| [(rest, "GET"), (rest, "POST")]) {
            let mut request = request(method, rest, "{");
            request.headers_mut().remove("authorization");
            if let Some(key) = key {
                request.headers_mut().insert("authorization", key.parse().unwrap());
            }
            let (response, asked) = send(known(&[May::Operate, May::Read]), request, has_one()).await;
            let may_ask = usize::from(rest == "/channels/ops" && method == "POST");
            assert_eq!((response.status().as_u16(), asked.len()), (401, may_ask), "{method} {rest}");
            answers.push(response);
        }
    }
    assert_eq!(json(&answers[0])["code"], "unauthenticated");
    for answer in &answers {
        assert_eq!((answer.body(), answer.headers()), (answers[0].body(), answers[0].headers()));
    }
}

#[tokio::test]
async fn each_deed_needs_its_right_and_a_way_that_is_there() {
    let check = async |may: &[May], request: Request<Bytes>, status: u16, code: &str| {
        let (response, asked) = send(known(may), request, Double::default()).await;
        assert_eq!(told(&response), (status, code.to_owned()));
        assert!(asked.is_empty(), "{asked:?}");
    };
    let others = [May::Request, May::Approve, May::Alert, May::Release];
    let look = format!("/{ID}");
    let (acknowledge, verdict) = (format!("/{ID}/acknowledge"), format!("/{ID}/verdict"));
    check(&others, request("GET", "", ""), 403, "forbidden").await;
    check(&others, request("GET", &look, ""), 403, "forbidden").await;
    let and_read = [May::Request, May::Approve, May::Alert, May::Release, May::Read];
    check(&and_read, request("POST", &acknowledge, "{}"), 403, "forbidden").await;
    check(&and_read, request("POST", &verdict, r#"{"verdict":"drill"}"#), 403, "forbidden").await;
    for (method, rest) in [
        ("POST", ""),
        ("POST", look.as_str()),
        ("GET", acknowledge.as_str()),
        ("GET", verdict.as_str()),
        ("POST", &format!("/{ID}/close")),
        ("GET", &format!("/{}", ID.to_uppercase())),
        ("GET", "/channels/ops"),
    ] {
        check(&[May::Operate, May::Read], request(method, rest, ""), 404, "not_found").await;
    }
    let mut unavailable = request("GET", "", "");
    unavailable.headers_mut().insert("authorization", "Bearer unavailable".parse().unwrap());
    check(&[May::Read], unavailable, 503, "unavailable").await;
}

#[tokio::test]
async fn an_error_of_the_engine_has_its_code_and_tells_a_stranger_nothing() {
    let look = format!("/{ID}");
    let (acknowledge, verdict) = (format!("/{ID}/acknowledge"), format!("/{ID}/verdict"));
    for (method, rest, body) in [
        ("GET", "", ""),
        ("GET", look.as_str(), ""),
        ("POST", acknowledge.as_str(), "{}"),
        ("POST", verdict.as_str(), r#"{"verdict":"drill"}"#),
    ] {
        let check = async |why: Refused, status: u16, code: &str, told_why: bool| {
            let engine = Double { no_incident: Mutex::new(Some(why)), ..has_one() };
            let (response, _) = send(known(&[May::Operate]), request(method, rest, body), engine).await;
            assert_eq!(told(&response), (status, code.to_owned()), "{method} {rest}");
            assert_eq!(json(&response)["detail"].is_string(), told_why);
        };
        check(Refused::NotFound(ID.into()), 404, "not_found", false).await;
        check(Refused::WrongState("the incident is closed"), 409, "wrong_state", true).await;
        check(Refused::Failed(Error::Store("https://account.blob".into())), 503, "storage_unavailable", false).await;
        check(Refused::Failed(Error::Busy("a run".into())), 503, "unavailable", false).await;
        check(Refused::Failed(Error::Internal("bug".into())), 500, "internal", false).await;
    }
}
