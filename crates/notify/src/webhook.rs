//! A POST of ours, signed by Standard Webhooks 1.0: HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`.
//!
//! The id stays the same over all attempts, so that the receiver can tell a repetition; time and signature are made anew
//! for each. <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use crate::message::{About, Message};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, header};
use jiff::Timestamp;
use serde_json::json;
use sha2::Sha256;

/// The most characters of a title or a text.
const TEXT_MAX: usize = 8_000;

/// The request that sends this message at this time.
pub(crate) fn render(url: &str, key: &[u8], message: &Message, now: Timestamp) -> Result<Request<Bytes>, http::Error> {
    let family = match message.about {
        About::Notice { .. } => "notice",
        About::Incident { .. } => "incident",
    };
    let body = json!({
        "type": format!("gatehouse.{family}.{}", message.state()),
        "timestamp": now,
        "data": message.data(TEXT_MAX),
    })
    .to_string();
    let (id, at) = (&message.message, now.as_second());
    let signature = sign(key, id, at, body.as_bytes());
    Request::post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", at)
        .header("webhook-signature", signature)
        .body(Bytes::from(body))
}

/// One signature, with its version.
pub(crate) fn sign(key: &[u8], id: &str, at: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}
