//! Call-backs to the address that a request named.

use crate::tickets::post::render;
use crate::tickets::{Post, Proof};
use bytes::Bytes;
use serde_json::Value;

const SECRET: &[u8] = b"whsec_Z2VuZXJpYy13ZWJob29rLW91dC1zZWNyZXQtMzJieXQ=\n";
const OTHER: &[u8] = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn headers(proof: &Proof, at: &str) -> Vec<String> {
    let call = Post {
        url: "https://tickets.example/hook",
        proof,
        id: "0123-2",
        body: Bytes::from_static(b"{\"status\":\"active\"}"),
    };
    let request = render(&call, at.parse().unwrap()).unwrap();
    assert_eq!((request.method().as_str(), &request.body()[..]), ("POST", &b"{\"status\":\"active\"}"[..]));
    let shown = |(name, value): (&http::HeaderName, &http::HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
    request.headers().iter().map(shown).collect()
}

#[test]
fn a_recorded_call_back_has_the_signature_that_we_make() {
    let recorded: Value =
        serde_json::from_str(include_str!("../../../testdata/generic-standard-webhook.json")).unwrap();
    let text = |pointer: &str| recorded.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let proof = Proof::signed(&[text("/secret").into_bytes()]).unwrap();
    let (url, id) = (text("/endpoint"), text("/headers/webhook-id"));
    let call = Post { url: &url, proof: &proof, id: &id, body: Bytes::from(text("/body_raw")) };
    let at = text("/headers/webhook-timestamp").parse().unwrap();
    let request = render(&call, jiff::Timestamp::from_second(at).unwrap()).unwrap();
    assert_eq!(request.uri(), url.as_str());
    for (name, value) in recorded["headers"].as_object().unwrap() {
        assert_eq!(request.headers()[name.to_ascii_lowercase()], value.as_str().unwrap(), "{name}");
    }
    assert_eq!(request.headers().len(), recorded["headers"].as_object().unwrap().len());
}

#[test]
fn the_id_stays_while_time_and_signature_are_made_anew() {
    let proof = Proof::signed(&[SECRET.to_vec()]).unwrap();
    let (first, second) = (headers(&proof, "2026-11-20T09:00:00Z"), headers(&proof, "2026-11-20T09:05:00Z"));
    let of = |headers: &[String], name: &str| headers.iter().find(|line| line.starts_with(name)).cloned().unwrap();
    assert_eq!(of(&first, "webhook-id"), "webhook-id: 0123-2");
    assert_eq!(of(&first, "webhook-id"), of(&second, "webhook-id"));
    assert_ne!(of(&first, "webhook-timestamp"), of(&second, "webhook-timestamp"));
    assert_ne!(of(&first, "webhook-signature"), of(&second, "webhook-signature"));
    // While secrets are rotated the receiver may know either.
    let both = headers(&Proof::signed(&[OTHER.to_vec(), SECRET.to_vec()]).unwrap(), "2026-11-20T09:00:00Z");
    let both = of(&both, "webhook-signature");
    assert_eq!(both.matches("v1,").count(), 2);
    assert!(both.ends_with(of(&first, "webhook-signature").trim_start_matches("webhook-signature: ")), "{both}");
}

#[test]
fn others_get_a_header_and_nothing_shows_it() {
    for (proof, header) in [
        (Proof::basic(b"gatehouse:hush\n").unwrap(), Some("authorization: Basic Z2F0ZWhvdXNlOmh1c2g=")),
        (Proof::bearer(b"hush").unwrap(), Some("authorization: Bearer hush")),
        (Proof::Nothing, None),
    ] {
        let headers = headers(&proof, "2026-11-20T09:00:00Z");
        let sent = headers.iter().find(|line| line.starts_with("authorization")).map(String::as_str);
        assert_eq!(sent, header);
        assert!(!headers.iter().any(|line| line.starts_with("webhook-signature")), "{headers:?}");
        assert!(!format!("{proof:?}").contains("hush") && !format!("{proof:?}").contains("Z2F0"), "{proof:?}");
    }
    for refused in [
        Proof::signed(&[b"hush".to_vec()]),
        Proof::basic(b"hush"),
        Proof::basic(b":hush"),
        Proof::bearer(b"\n"),
        Proof::bearer(b"hu\nsh"),
    ] {
        assert!(!refused.unwrap_err().contains("hu"));
    }
}
