//! What Zendesk signed, sent again: by Zendesk, or by somebody who recorded it.

use super::door::{Door, ZENDESK_SECRET};
use super::recording::Recording;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use jiff::SignedDuration;
use outside::Clock;
use serde_json::Value;
use sha2::Sha256;

const CANCEL: &str = r#"{"by":{"email":"lead@partner.example.com"}}"#;

async fn door() -> Door {
    Door::new().await.with_secret("ZENDESK", ZENDESK_SECRET)
}

/// What Zendesk would send now.
fn signed(door: &Door, path: &str, invocation: &str, body: &str) -> Request<Bytes> {
    let now = door.world.clock.now().to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(ZENDESK_SECRET.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(now.as_bytes());
    mac.update(body.as_bytes());
    let request = Request::post(path)
        .header("content-type", "application/json")
        .header("x-zendesk-webhook-invocation-id", invocation)
        .header("x-zendesk-webhook-signature-timestamp", now)
        .header("x-zendesk-webhook-signature", BASE64.encode(mac.finalize().into_bytes()));
    request.body(Bytes::copy_from_slice(body.as_bytes())).expect("it is a request")
}

/// The same bytes and signature, with what is not signed changed.
fn replayed(recorded: &Request<Bytes>, path: &str, invocation: Option<&str>) -> Request<Bytes> {
    let mut request = recorded.clone();
    *request.uri_mut() = path.parse().expect("it is a path");
    request.headers_mut().remove("x-zendesk-webhook-invocation-id");
    if let Some(invocation) = invocation {
        request.headers_mut().insert("x-zendesk-webhook-invocation-id", invocation.parse().expect("it is visible"));
    }
    request
}

/// The body of the recorded wish, for this ticket.
fn wish(ticket: &str) -> String {
    Recording::named("06-zendesk-trigger-webhook").body().replace("35436", ticket)
}

/// The status of an answer, with the id and state of its request, or the code of its problem.
fn told(answer: &Response<Bytes>) -> (u16, String, String) {
    let body: Value = serde_json::from_slice(answer.body()).expect("it is JSON");
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let named = text("id").or_else(|| text("code")).unwrap_or_default();
    (answer.status().as_u16(), named, text("status").unwrap_or_default())
}

fn reused() -> (u16, String, String) {
    (422, "idempotency_key_reused".into(), String::new())
}

#[tokio::test(start_paused = true)]
async fn a_recorded_zendesk_decision_decides_nothing_else_whatever_it_is_called() {
    let door = door().await;
    let [one, other] = ["1", "2"].map(|ticket| signed(&door, "/api/v1/invitations", ticket, &wish(ticket)));
    let (status, one, state) = told(&door.send(one).await);
    assert_eq!((status, state.as_str()), (202, "accepted"));
    let (_, other, _) = told(&door.send(other).await);
    let [one_path, other_path] = [&one, &other].map(|id| format!("/api/v1/invitations/{id}/cancel"));

    let recorded = signed(&door, &one_path, "call-1", CANCEL);
    let answer = door.send(recorded.clone()).await;
    let (status, id, _) = told(&answer);
    assert_eq!((status, id), (200, one), "{answer:?}");
    door.world.pass(SignedDuration::from_mins(4)).await;
    for invocation in [Some("call-1"), Some("call-2"), None] {
        assert_eq!(told(&door.send(replayed(&recorded, &other_path, invocation)).await), reused(), "{invocation:?}");
        let again = door.send(replayed(&recorded, &one_path, invocation)).await;
        assert_eq!(again.body(), answer.body(), "the first answer: {invocation:?}");
    }

    // Zendesk's own repetition has a new time, and its old name.
    let again = door.send(signed(&door, &one_path, "call-1", CANCEL)).await;
    assert_eq!((again.status(), again.body()), (answer.status(), answer.body()));
    // What is signed anew is a decision of its own.
    door.world.pass(SignedDuration::from_secs(1)).await;
    let (status, id, _) = told(&door.send(signed(&door, &other_path, "call-3", CANCEL)).await);
    assert_eq!((status, id), (200, other));
}

#[tokio::test(start_paused = true)]
async fn a_recorded_zendesk_wish_asks_once_whatever_it_is_called_and_zendesks_own_repetition_is_the_same() {
    let door = door().await;
    let path = "/api/v1/invitations";
    let recorded = signed(&door, path, "call-1", &wish("1"));
    let (status, id, _) = told(&door.send(recorded.clone()).await);
    assert_eq!(status, 202);
    assert_eq!(told(&door.send(replayed(&recorded, path, Some("call-2"))).await), reused());
    assert_eq!(told(&door.send(replayed(&recorded, path, None)).await), reused());
    door.world.pass(SignedDuration::from_mins(1)).await;
    let (status, again, _) = told(&door.send(signed(&door, path, "call-1", &wish("1"))).await);
    assert_eq!((status, again), (202, id));
}
