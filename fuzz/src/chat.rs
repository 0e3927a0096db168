//! Channels whose services answer, and signatures as those services make them: what comes after the signature is to be
//! read too.

use access::config::{self, SecretRef, Service, SlackApp};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use notify::Channel;
use sha2::Sha256;

/// The secret that signs.
pub const SECRET: &[u8] = b"8f742231b10e8888abcd99yyyzzz85a5";

/// The time of everything.
pub const NOW: i64 = 1_795_165_200;

/// The channel of a Slack app.
pub fn slack() -> Channel {
    let people = [("U012AB3CD".to_owned(), "ola@example.com".to_owned())].into();
    let secret = SecretRef::Env("ANY".into());
    let (token, signing_secret) = (secret.clone(), Some(secret));
    channel(Service::SlackApp(SlackApp { token, channel: "C0123456789".into(), signing_secret, people }))
}

/// The channel of PagerDuty.
pub fn pagerduty() -> Channel {
    let secret = SecretRef::Env("ANY".into());
    channel(Service::PagerDuty { key: secret.clone(), webhook_secrets: vec![secret] })
}

fn channel(service: Service) -> Channel {
    let channel = config::Channel { service, url: None };
    Channel::resolve(&channel, |_| Ok(SECRET.to_vec())).expect("the secret is fit for everything")
}

/// Slack's headers for this body.
pub fn by_slack(body: &[u8]) -> HeaderMap {
    let signature = sign(&[format!("v0:{NOW}:").as_bytes(), body].concat());
    [("x-slack-request-timestamp", NOW.to_string()), ("x-slack-signature", format!("v0={signature}"))]
        .into_iter()
        .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")))
        .collect()
}

/// PagerDuty's header for this body.
pub fn by_pagerduty(body: &[u8]) -> HeaderMap {
    let value: HeaderValue = format!("v1={}", sign(body)).parse().expect("a value");
    [("x-pagerduty-signature".parse().expect("a name"), value)].into_iter().collect()
}

/// The time at which it was signed.
pub fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("within range")
}

/// What a text that is kept may not hold.
pub fn is_tame(text: &str) -> bool {
    text.chars().count() <= 300 && !text.chars().any(|c| c.is_control() || c == '\u{202e}')
}

fn sign(bytes: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).expect("HMAC takes keys of any length");
    mac.update(bytes);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}
