//! Every recorded request, accepted or refused as it says.

use super::door::{Door, KARI, ZENDESK_SECRET};
use super::recording::{FILES, Recording};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use serde_json::Value;
use sha2::Sha256;
use std::collections::BTreeMap;

/// The recording was signed with the secret of Zendesk's test calls, which we refuse: it is signed anew with another.
fn signed_anew(recording: &Recording) -> Request<Bytes> {
    let mut request = recording.request();
    let mut mac = Hmac::<Sha256>::new_from_slice(ZENDESK_SECRET.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(request.headers()["x-zendesk-webhook-signature-timestamp"].as_bytes());
    mac.update(recording.body().as_bytes());
    let signature = BASE64.encode(mac.finalize().into_bytes());
    request.headers_mut().insert("x-zendesk-webhook-signature", signature.parse().expect("base64 is visible"));
    request
}

fn is_zendesk(recording: &Recording) -> bool {
    recording.file.starts_with("06-")
}

#[tokio::test(start_paused = true)]
async fn every_recorded_request_is_accepted_or_refused_as_it_says_and_what_is_accepted_is_carried_out() {
    let mut door = Door::new().await.with_secret("ZENDESK", ZENDESK_SECRET);
    let mut ids: BTreeMap<&str, String> = BTreeMap::new();
    for (file, _) in FILES {
        let recording = Recording::named(file);
        let request = if is_zendesk(&recording) { signed_anew(&recording) } else { recording.request() };
        let before = door.state().await;
        let answer = door.send(request).await;
        recording.check(&answer);
        let after = door.state().await;
        if recording.is_without_effect() {
            // That a delivery was seen is kept, so that it is not taken for another one later. Nothing else is.
            let kept = |path: &&String| path.starts_with("replay/") || path.starts_with("deliveries/");
            assert_eq!(after.1, before.1, "{file}: Microsoft was called");
            assert!(before.0.iter().all(|(path, bytes)| after.0.get(path) == Some(bytes)), "{file}: something changed");
            let new: Vec<_> = after.0.keys().filter(|path| !before.0.contains_key(*path)).collect();
            let is_known = answer.status() != 401;
            assert!(new.iter().all(|path| is_known && kept(path)), "{file}: {new:?}");
        } else {
            assert_ne!(after.0, before.0, "{file}: nothing was stored");
        }
        let body: Value = serde_json::from_slice(answer.body()).expect("it was read before");
        if let Some(id) = body["id"].as_str() {
            match recording.same_as() {
                Some(first) => assert_eq!(ids[first], id, "{file}"),
                None => assert_eq!(ids.insert(file, id.to_owned()), None),
            }
        }
    }
    let distinct: std::collections::BTreeSet<_> = ids.values().collect();
    assert_eq!((ids.len(), distinct.len()), (10, 10), "each of the others is a request of its own");

    door.enforce();
    for _ in 0..3 {
        door.world.pass(jiff::SignedDuration::from_mins(1)).await;
        let engine = door.world.engine();
        for name in engine.tick().await.expect("a tick").due {
            engine.sync(&name, engine::How::default()).await.expect("the store works");
        }
        engine.follow_requests().await.expect("the store works");
    }
    assert_eq!(door.world.mails(&door.customer, door.target), [KARI], "ten requests, and one guest");
    // Once more, now that it is done: the request as it is by now.
    let answer = door.send(Recording::named("02-servicenow-basic-auth").request()).await;
    let body: Value = serde_json::from_slice(answer.body()).expect("it is JSON");
    assert_eq!((answer.status().as_u16(), &body["status"]), (201, &Value::from("active")));
    assert_eq!(body["id"], *ids["02-servicenow-basic-auth"]);
}

#[tokio::test(start_paused = true)]
async fn the_secret_of_zendesks_test_calls_opens_nothing() {
    let door = Door::new().await;
    let recording = Recording::named("06-zendesk-trigger-webhook");
    let before = door.state().await;
    assert_eq!(door.send(recording.request()).await.status(), 401);
    assert_eq!(door.state().await, before);
}

#[tokio::test(start_paused = true)]
async fn a_recording_of_ten_minutes_ago_is_nobodys_and_one_that_is_not_signed_is_taken() {
    let door = Door::new().await.with_secret("ZENDESK", ZENDESK_SECRET);
    door.world.pass(jiff::SignedDuration::from_mins(10)).await;
    for (file, _) in &FILES[..10] {
        let recording = Recording::named(file);
        let request = if is_zendesk(&recording) { signed_anew(&recording) } else { recording.request() };
        let says_when = ["webhook-timestamp", "x-zendesk-webhook-signature-timestamp"];
        let old = says_when.iter().any(|name| request.headers().contains_key(*name));
        assert_eq!(door.send(request).await.status(), if old { 401 } else { 202 }, "{file}");
    }
}
