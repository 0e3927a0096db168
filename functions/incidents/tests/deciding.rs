//! Acknowledge, and give a verdict.

use super::{ID, has_one, of_contoso, request, send, told};
use crate::Known;
use crate::double::{Double, captured, json, known};
use access::config::May;
use bytes::Bytes;
use engine::replay::{Answer, Begun};
use http::Response;
use serde_json::json;
use std::sync::Mutex;

async fn decide(known: Known, verb: &str, body: &str) -> (Response<Bytes>, Vec<String>) {
    send(known, request("POST", &format!("/{ID}/{verb}"), body), has_one()).await
}

#[tokio::test]
async fn the_history_learns_who_answered_and_who_says_so() {
    let named = r#"{"by":{"email":"ola@northwind.example"},"comment":"on it"}"#;
    let judged = r#"{"by":{"email":"ola@northwind.example"},"comment":"ours","verdict":"genuine"}"#;
    let person = Known { person: Some("ana@northwind.example".into()), ..known(&[May::Operate]) };
    for (caller, verb, body, asked) in [
        (known(&[May::Operate]), "acknowledge", named, r#"None ola@northwind.example true Some("on it") all false"#),
        (known(&[May::Operate]), "acknowledge", "", "None servicenow false None all false"),
        (person.clone(), "acknowledge", named, r#"None ana@northwind.example false Some("on it") all false"#),
        (of_contoso(&[May::Operate]), "acknowledge", "", r#"Some(["contoso"]) servicenow false None all false"#),
        (known(&[May::Operate]), "verdict", judged, r#"None genuine ola@northwind.example true Some("ours")"#),
        (person, "verdict", judged, r#"None genuine ana@northwind.example false Some("ours")"#),
        (
            of_contoso(&[May::Operate]),
            "verdict",
            r#"{"verdict":"drill"}"#,
            r#"Some(["contoso"]) drill servicenow false None"#,
        ),
    ] {
        let (response, heard) = decide(caller, verb, body).await;
        assert_eq!((response.status().as_u16(), &json(&response)["id"]), (200, &json!(ID)), "{verb} {body}");
        let deed = if verb == "verdict" { "give_verdict" } else { verb };
        assert_eq!(heard, [format!("{deed} {ID} {asked}")]);
    }
    let (response, _) =
        send(known(&[May::Operate]), captured(include_str!("../captured/acknowledge.http")), has_one()).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_body_that_answers_nothing_is_refused_with_what_is_wrong() {
    for (verb, body, status, code, pointer) in [
        ("acknowledge", "{", 400, "invalid_json", None),
        ("acknowledge", r#"{"verdict":"drill"}"#, 422, "invalid_body", Some("#/verdict")),
        ("acknowledge", r#"{"by":"ola@northwind.example"}"#, 422, "invalid_body", Some("#/by")),
        ("verdict", "", 422, "invalid_body", Some("#/verdict")),
        ("verdict", "{}", 422, "invalid_body", Some("#/verdict")),
        ("verdict", r#"{"verdict":"Drill"}"#, 422, "invalid_body", Some("#/verdict")),
        ("verdict", r#"{"verdict":["drill"]}"#, 422, "invalid_body", Some("#/verdict")),
        ("verdict", r#"{"verdict":"drill","close":true}"#, 422, "invalid_body", Some("#/close")),
    ] {
        let (response, asked) = decide(known(&[May::Operate]), verb, body).await;
        assert_eq!((told(&response), asked.len()), ((status, code.to_owned()), 0), "{verb} {body}");
        assert_eq!(json(&response)["errors"][0]["pointer"].as_str(), pointer, "{verb} {body}");
    }
    let mut form = request("POST", &format!("/{ID}/acknowledge"), "by=ola");
    form.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    let (response, _) = send(known(&[May::Operate]), form, has_one()).await;
    assert_eq!(told(&response), (415, "unsupported_media_type".to_owned()));
}

#[tokio::test]
async fn the_same_call_sent_again_is_done_once() {
    let again = || {
        let mut request = request("POST", &format!("/{ID}/acknowledge"), "{}");
        request.headers_mut().insert("idempotency-key", "\"1\"".parse().unwrap());
        request
    };
    let (_, asked) = send(known(&[May::Operate]), again(), has_one()).await;
    let first: Vec<_> = asked.iter().map(|asked| asked.split(' ').next().unwrap()).collect();
    assert_eq!(first, ["begin_call", "acknowledge", "finish_call"]);
    let kept = Answer { status: 200, body: "{}".into(), ..Answer::default() };
    let engine = Double { begun: Mutex::new(vec![Ok(Begun::Same(kept))]), ..has_one() };
    let (response, asked) = send(known(&[May::Operate]), again(), engine).await;
    assert_eq!((response.status().as_u16(), asked), (200, vec!["begin_call servicenow key 1".to_owned()]));
}
