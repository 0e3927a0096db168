//! What people answer in a service: Slack's buttons, and PagerDuty's webhooks.
//!
//! Whoever calls proves it by a signature over the raw bytes, compared in constant time, before a byte of the body is
//! read. What they say is then taken apart without trusting any of it: an incident is named by its key alone, and whether
//! there is one, and whether the person may answer for it, is for others to find out.

mod pagerduty;
mod slack;

pub use pagerduty::{PagerDutyAnswer, pagerduty};
pub use slack::{Pressed, SKEW_MAX, SlackAnswer, UNKNOWN_PERSON, respond, slack};

use crate::channel::{Channel, Key, Kind};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// The longest text of a body that is kept.
const KEPT_MAX: usize = 256;

/// What a person says of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// They look after it.
    Acknowledge,
    /// It was a planned drill.
    Drill,
}

/// Why an answer is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no signature, or none in the service's form.
    Unsigned,
    /// It was signed too long ago, or not yet.
    Stale,
    /// It was signed by somebody else, or changed since.
    WrongSignature,
    /// It is signed, and not what the service sends.
    Unreadable,
}

impl Channel {
    /// What signs what a Slack app sends us; `None`: the channel is no such app, or has no buttons.
    pub fn signing_secret(&self) -> Option<&Key> {
        match &self.kind {
            Kind::SlackApp(app) => app.signing_secret.as_ref(),
            _ => None,
        }
    }

    /// The mail address of the Slack user who may answer here.
    pub fn person(&self, user: &str) -> Option<&str> {
        match &self.kind {
            Kind::SlackApp(app) => app.people.get(user).map(String::as_str),
            _ => None,
        }
    }

    /// What signs PagerDuty's webhooks to us; empty: the channel hears nothing from there.
    pub fn webhook_secrets(&self) -> &[Key] {
        match &self.kind {
            Kind::PagerDuty { webhook_secrets, .. } => webhook_secrets,
            _ => &[],
        }
    }
}

/// The value of a header that is there exactly once: of two, a proxy may have read the other one.
fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether one of these signatures (hexadecimal) is that of the parts, under one of the keys.
fn proves(keys: &[&Key], parts: &[&[u8]], signatures: &[&str]) -> bool {
    let mut proven = Choice::from(0);
    for key in keys {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes keys of any length");
        parts.iter().for_each(|part| mac.update(part));
        let ours = mac.finalize().into_bytes();
        for signature in signatures {
            if let Some(theirs) = unhex(signature) {
                proven |= ours.as_slice().ct_eq(&theirs);
            }
        }
    }
    proven.into()
}

/// Thirty-two bytes in lower-case hexadecimal, as both services write them.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes.filter(|bytes| rest.is_empty() && bytes.len() == 32)
}
