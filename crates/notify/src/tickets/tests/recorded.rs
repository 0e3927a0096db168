//! Requests as the systems' integrations make them, kept in `testdata/`.

use super::{answer, desk, told};
use crate::tickets::exchange::{Answer, Step, exchange};
use crate::tickets::{Desk, Told};
use access::config::TicketEvent;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

macro_rules! recorded {
    ($file:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../testdata/", $file, ".json"))).unwrap()
    };
}

/// The request after these answers.
fn request(desk: &Desk, told: &Told, answers: &[Answer]) -> Request<Bytes> {
    let mut exchange = exchange(desk, told).unwrap();
    let mut step = exchange.begin();
    for answer in answers {
        step = exchange.next(answer);
    }
    match step {
        Step::Ask(request) => request,
        Step::Done(sent) => panic!("it ended: {sent:?}"),
    }
}

/// Holds a request against a recorded one, whose own text at `text` is replaced by what is told.
fn check(mut recorded: Value, request: &Request<Bytes>, text: &str, told: &str) {
    assert_eq!(recorded["endpoint"], request.uri().to_string());
    assert_eq!(recorded["method"], request.method().as_str());
    let mut names: Vec<String> = request.headers().keys().map(|name| name.as_str().to_owned()).collect();
    // It is only said aloud.
    names.retain(|name| name != "accept");
    let headers = recorded["headers"].as_object().unwrap();
    let mut expected: Vec<String> = headers.keys().map(|name| name.to_ascii_lowercase()).collect();
    expected.retain(|name| name != "accept");
    names.sort();
    expected.sort();
    assert_eq!(names, expected);
    if !text.is_empty() {
        *recorded.pointer_mut(&format!("/body{text}")).expect("the text is there") = told.into();
    }
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body, recorded["body"]);
    let sensitive = request.headers().iter().filter(|(name, value)| *name != "accept" && value != &"application/json");
    assert!(sensitive.map(|(_, value)| value).all(http::HeaderValue::is_sensitive), "{request:?}");
}

#[test]
fn servicenow_gets_a_work_note_and_a_state() {
    let (told, recorded) = (told("servicenow-client"), recorded!("callback-servicenow-update"));
    let token = answer(200, r#"{"access_token":"t","expires_in":1799}"#);
    check(recorded, &request(&desk("servicenow-client"), &told, &[token]), "/work_notes", &told.text());
}

#[test]
fn jira_gets_a_comment_and_a_transition() {
    let told = Told { event: TicketEvent::Active, ..told("jira") };
    let (jira, text) = (desk("jira"), "/body/content/0/content/0/text");
    check(recorded!("callback-jira-comment"), &request(&jira, &told, &[]), text, &told.text());
    let answers = [answer(201, "{}"), answer(200, r#"{"transitions":[{"id":"11"},{"id":"761"}]}"#)];
    check(recorded!("callback-jira-transition"), &request(&jira, &told, &answers), "", "");
}

#[test]
fn zendesk_gets_a_private_comment_and_a_status() {
    let told = Told { event: TicketEvent::Expired, ..told("zendesk") };
    let of = |tags: Value| {
        let ticket = json!({ "ticket": { "updated_at": "2026-11-20T09:00:01Z", "status": "open", "tags": tags } });
        request(&desk("zendesk"), &told, &[answer(200, &ticket.to_string())])
    };
    check(recorded!("callback-zendesk-update"), &of(json!(["vip", "gatehouse"])), "/ticket/comment/body", &told.text());
    // The tags that it had stay.
    let body: Value = serde_json::from_slice(of(json!(["vip"])).body()).unwrap();
    assert_eq!(body["ticket"]["tags"], json!(["vip", "gatehouse"]));
}

#[test]
fn the_others_get_a_note() {
    for (system, recorded, text) in [
        ("freshservice", recorded!("callback-freshservice-note"), "/body"),
        ("halopsa", recorded!("callback-halopsa-action"), "/0/note"),
        ("connectwise", recorded!("callback-connectwise-note"), "/text"),
        ("autotask", recorded!("callback-autotask-note"), "/description"),
    ] {
        let told = told(system);
        let token = answer(200, r#"{"access_token":"t"}"#);
        let answers = if system == "halopsa" { &[token][..] } else { &[] };
        check(recorded, &request(&desk(system), &told, answers), text, &told.text());
    }
}
