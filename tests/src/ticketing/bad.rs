//! Bad input of every kind: an answer with a code, and nothing else.

use super::door::Door;
use super::recording::Recording;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

const FILE: &str = "02-servicenow-basic-auth";

/// The recorded body, changed.
fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body: Value = serde_json::from_str(Recording::named(FILE).body()).expect("it is JSON");
    change(&mut body);
    body.to_string().into_bytes()
}

fn request(body: &[u8]) -> Request<Bytes> {
    Recording::named(FILE).request().map(|_| Bytes::copy_from_slice(body))
}

#[tokio::test(start_paused = true)]
async fn nothing_is_stored_and_nobody_called_for_a_body_that_cannot_be_taken() {
    let door = Door::new().await;
    let before = door.state().await;
    let set = |pointer: &'static str, value: Value| {
        changed(move |body| {
            let (parent, name) = pointer.rsplit_once('/').expect("it is a pointer");
            body.pointer_mut(parent).expect("it is there")[name] = value;
        })
    };
    let deep = |levels: usize| format!("{{\"x\":{}{}}}", "[".repeat(levels), "]".repeat(levels)).into_bytes();
    let whole = changed(|_| {});
    for (what, body, status, code) in [
        ("nothing", Vec::new(), 400, "invalid_json"),
        ("half of it", whole[..whole.len() / 2].to_vec(), 400, "invalid_json"),
        ("two of it", [whole.clone(), whole.clone()].concat(), 400, "invalid_json"),
        ("no UTF-8", b"{\"reason\":\"\xff\"}".to_vec(), 400, "invalid_json"),
        ("a byte order mark", [b"\xef\xbb\xbf".as_slice(), &whole].concat(), 400, "invalid_json"),
        ("a member twice", br#"{"reason":"a","reason":"b"}"#.to_vec(), 400, "invalid_json"),
        ("very deep", deep(100_000), 400, "invalid_json"),
        ("a huge number", br#"{"x":1e999}"#.to_vec(), 400, "invalid_json"),
        ("a list", b"[]".to_vec(), 422, "invalid_body"),
        ("a text", b"\"access\"".to_vec(), 422, "invalid_body"),
        ("an empty object", b"{}".to_vec(), 422, "invalid_body"),
        ("an unknown member", set("/access/hours", json!(8)), 422, "invalid_body"),
        ("hours as a text", set("/access/durationHours", json!("8")), 422, "invalid_body"),
        ("hours below 1", set("/access/durationHours", json!(0)), 422, "invalid_body"),
        ("hours less than nothing", set("/access/durationHours", json!(-8)), 422, "invalid_body"),
        ("half hours", set("/access/durationHours", json!(0.5)), 422, "invalid_body"),
        ("hours beyond counting", set("/access/durationHours", json!(1e18)), 422, "duration_too_long"),
        ("an hour too many", set("/access/durationHours", json!(81)), 422, "duration_too_long"),
        ("no address", set("/invitee/email", json!("kari")), 422, "invalid_body"),
        ("another domain", set("/invitee/email", json!("kari@example.org")), 422, "domain_not_allowed"),
        ("a sub-domain", set("/invitee/email", json!("kari@x.partner.example.com")), 422, "domain_not_allowed"),
        ("no reason", set("/reason", Value::Null), 422, "invalid_body"),
        ("a long reason", set("/reason", json!("x".repeat(1001))), 422, "invalid_body"),
        ("no customer", set("/customer", json!({})), 422, "invalid_body"),
        ("an unknown customer", set("/customer", json!({ "name": "contoso" })), 422, "unknown_customer"),
        ("an unknown package", set("/access/package", json!("tier9")), 422, "unknown_package"),
        ("plain http", set("/callback/url", json!("http://example.service-now.com/")), 422, "callback_not_allowed"),
        ("another host", set("/callback/url", json!("https://example.org/")), 422, "callback_not_allowed"),
    ] {
        let answer = door.send(request(&body)).await;
        let told: Value = serde_json::from_slice(answer.body()).expect("a problem is JSON");
        assert_eq!((answer.status().as_u16(), &told["code"]), (status, &json!(code)), "{what}: {told}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{what}");
        assert_eq!(door.state().await, before, "{what}");
    }
    let mut form = request(&whole);
    form.headers_mut().insert("content-type", "text/json".parse().expect("it is a header"));
    assert_eq!((door.send(form).await.status().as_u16(), door.state().await == before), (415, true));
    assert_eq!(
        door.send(request(&set("/access/durationHours", json!(80)))).await.status(),
        202,
        "the longest is taken"
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_ticketing_system_sends_beside_is_let_pass() {
    let door = Door::new().await;
    let more = changed(|body| {
        body["priority"] = json!({ "high": true });
        body["ticket"]["assignment_group"] = json!("desk");
    });
    assert_eq!(door.send(request(&more)).await.status(), 202);
}
