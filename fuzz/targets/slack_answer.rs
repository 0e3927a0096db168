//! What Slack sends when somebody presses a button, signed and not.
#![no_main]

use async_trait::async_trait;
use bytes::Bytes;
use fuzz::chat::{by_slack, is_tame, now, slack};
use fuzz::desk::run;
use http::{HeaderMap, HeaderValue, Request, Response};
use libfuzzer_sys::fuzz_target;
use notify::Ways;
use notify::answers::{self, SlackAnswer};
use outside::{Transport, TransportError};
use std::sync::Arc;
use std::time::Duration;

/// Nothing leaves but to Slack.
struct OnlySlack;

#[async_trait]
impl Transport for OnlySlack {
    async fn send(&self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        assert_eq!(request.uri().host(), Some("hooks.slack.com"), "{}", request.uri());
        assert_eq!(request.uri().scheme_str(), Some("https"));
        assert!(request.uri().port().is_none());
        Ok(Response::new(Bytes::from_static(b"ok")))
    }
}

fuzz_target!(|bytes: &[u8]| {
    let channel = slack();
    let secret = channel.signing_secret().expect("there is one");
    let mut unsigned = HeaderMap::new();
    assert!(answers::slack(secret, &unsigned, bytes, now()).is_err());
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        unsigned.insert("x-slack-request-timestamp", value.clone());
        unsigned.insert("x-slack-signature", value);
        assert!(answers::slack(secret, &unsigned, bytes, now()).is_err());
    }
    match answers::slack(secret, &by_slack(bytes), bytes, now()) {
        Ok(SlackAnswer::Challenge(text)) => assert!(is_tame(&text)),
        Ok(SlackAnswer::Pressed(pressed)) => {
            assert!(is_tame(&pressed.key) && is_tame(&pressed.user));
            let known = channel.person(&pressed.user);
            assert!(known.is_none() || pressed.user == "U012AB3CD");
            run(async {
                answers::respond(&Ways::by(Arc::new(OnlySlack)), &channel, &pressed, "Done.", now()).await;
            });
        }
        Ok(SlackAnswer::Other) | Err(_) => {}
    }
});
