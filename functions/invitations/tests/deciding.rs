//! Approve, reject, extend, cancel.

use super::{ID, pointers, request, send, told, wanted};
use crate::Known;
use crate::double::{Double, json, known};
use access::config::May;
use access::requests::{Request, Status};
use bytes::Bytes;
use engine::Error;
use engine::replay::{Answer, Begun};
use engine::requests::Refused;
use http::Response;
use serde_json::json;
use std::sync::Mutex;

const BY: &str = r#"{"by":{"email":"lead@northwind.example"},"comment":"why not"}"#;

fn decides(decided: Result<Request, Refused>) -> Double {
    Double { looked: Mutex::new(Some(decided)), ..Double::default() }
}

async fn decide(known: Known, verb: &str, body: &str, engine: Double) -> (Response<Bytes>, Vec<String>) {
    send(known, request("POST", &format!("/{ID}/{verb}"), body), engine).await
}

#[tokio::test]
async fn each_word_is_a_decision_and_the_answer_is_the_request_after_it() {
    let by = |who: &str| format!("{ID} {who}");
    let named = by(r#"lead@northwind.example true Some("why not") named true"#);
    let longer = r#"{"by":{"email":"lead@northwind.example"},"comment":"why not","durationHours":12}"#;
    for (may, verb, body, asked) in [
        (May::Approve, "approve", BY, format!("Approve {named}")),
        (May::Approve, "reject", BY, format!("Reject {named}")),
        (May::Approve, "cancel", BY, format!("Cancel {named}")),
        (May::Request, "cancel", "", format!("Cancel {}", by("servicenow false None named false"))),
        (May::Approve, "extend", longer, format!("Extend {{ hours: 12 }} {named}")),
        (
            May::Request,
            "extend",
            r#"{"durationHours":1}"#,
            format!("Extend {{ hours: 1 }} {}", by("servicenow false None named false")),
        ),
    ] {
        let (response, heard) = decide(known(&[may]), verb, body, decides(Ok(wanted(Status::Accepted)))).await;
        assert_eq!((response.status().as_u16(), heard), (200, vec![asked]), "{verb}");
        assert_eq!((&json(&response)["id"], &json(&response)["status"]), (&json!(ID), &json!("accepted")));
    }
}

#[tokio::test]
async fn a_persons_token_decides_as_that_person_whatever_the_body_says() {
    let person = Known { person: Some("ana@northwind.example".into()), ..known(&[May::Approve]) };
    let (_, asked) = decide(person, "approve", BY, decides(Ok(wanted(Status::Accepted)))).await;
    assert_eq!(asked, [format!(r#"Approve {ID} ana@northwind.example false Some("why not") named true"#)]);
}

#[tokio::test]
async fn a_body_that_decides_nothing_is_refused_with_what_is_wrong() {
    for (verb, body, status, code, wrong) in [
        ("approve", "{", 400, "invalid_json", &[][..]),
        ("approve", "[]", 422, "invalid_body", &["#"]),
        ("approve", r#"{"by":{"email":"lead"},"force":true}"#, 422, "invalid_body", &["#/by/email", "#/force"]),
        ("reject", r#"{"durationHours":8}"#, 422, "invalid_body", &["#/durationHours"]),
        ("extend", "", 422, "invalid_body", &["#/durationHours"]),
        ("extend", "{}", 422, "invalid_body", &["#/durationHours"]),
        ("extend", r#"{"durationHours":0}"#, 422, "invalid_body", &["#/durationHours"]),
        ("extend", r#"{"durationHours":-1}"#, 422, "invalid_body", &["#/durationHours"]),
        ("extend", r#"{"durationHours":"8"}"#, 422, "invalid_body", &["#/durationHours"]),
        ("extend", r#"{"durationHours":4294967296}"#, 422, "invalid_body", &["#/durationHours"]),
    ] {
        let (response, asked) = decide(known(&[May::Approve]), verb, body, Double::default()).await;
        assert_eq!(told(&response), (status, code.to_owned()), "{verb} {body}");
        assert_eq!((pointers(&response), asked.len()), (wrong.iter().map(|one| (*one).to_owned()).collect(), 0));
    }
    let mut form = request("POST", &format!("/{ID}/approve"), "by=ana");
    form.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    let (response, _) = send(known(&[May::Approve]), form, Double::default()).await;
    assert_eq!(told(&response), (415, "unsupported_media_type".into()));
}

#[tokio::test]
async fn a_refused_decision_says_why() {
    let rules = |code: &'static str| Refused::Rules { code, text: "because".into() };
    for (why, status, code, wrong) in [
        (Refused::OwnRequest("themselves".into()), 403, "own_request", &[][..]),
        (Refused::Forbidden("not an approver".into()), 403, "forbidden", &[]),
        (Refused::WrongState("over already".into()), 409, "wrong_state", &[]),
        (Refused::NotFound(ID.into()), 404, "not_found", &[]),
        (rules("not_requestable"), 422, "not_requestable", &[]),
        (rules("duration_too_long"), 422, "duration_too_long", &["#/durationHours"]),
        (rules("invalid_body"), 422, "invalid_body", &["#/durationHours"]),
        (Refused::Failed(Error::Lost("contoso".into())), 409, "in_progress", &[]),
        (Refused::Failed(Error::Store("away".into())), 503, "storage_unavailable", &[]),
    ] {
        let (response, asked) =
            decide(known(&[May::Approve]), "extend", r#"{"durationHours":9}"#, decides(Err(why))).await;
        assert_eq!((told(&response), asked.len()), ((status, code.to_owned()), 1));
        assert_eq!(pointers(&response), wrong, "{code}");
    }
    let (response, _) = decide(known(&[May::Approve]), "approve", "", decides(Err(rules("duration_too_long")))).await;
    assert_eq!(told(&response), (422, "duration_too_long".into()));
    assert_eq!(pointers(&response), [""; 0], "whoever approves says nothing of hours");
}

#[tokio::test]
async fn a_decision_that_is_sent_again_is_not_taken_again() {
    let signed = Known { delivery: Some("msg_1".into()), ..known(&[May::Approve]) };
    let (first, asked) = decide(signed.clone(), "approve", BY, decides(Ok(wanted(Status::Accepted)))).await;
    let text = String::from_utf8(first.body().to_vec()).unwrap();
    assert_eq!(asked.len(), 3);
    assert_eq!(
        (asked[0].as_str(), asked[2].as_str()),
        ("begin_call servicenow delivery msg_1", &*format!("finish_call 200 {text}"))
    );

    let stored = Answer { status: 200, headers: Vec::new(), body: text.clone() };
    let engine = Double { begun: vec![Ok(Begun::Same(stored))].into(), ..Double::default() };
    let (again, asked) = decide(signed.clone(), "approve", BY, engine).await;
    assert_eq!((again.body().as_ref(), asked.len()), (text.as_bytes(), 1), "nothing is decided");

    let engine = Double { begun: vec![Ok(Begun::Other)].into(), ..Double::default() };
    let (other, asked) = decide(signed.clone(), "reject", BY, engine).await;
    assert_eq!((told(&other), asked.len()), ((422, "idempotency_key_reused".into()), 1));

    let (refused, asked) =
        decide(signed, "approve", BY, decides(Err(Refused::WrongState("over already".into())))).await;
    assert_eq!((refused.status().as_u16(), asked[2].as_str()), (409, "give_call_back"), "it may come again");
}
