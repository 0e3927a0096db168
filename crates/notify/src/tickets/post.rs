//! A call-back: the POST of a request's document to the address that the request named.
//!
//! Signed by Standard Webhooks, or with the authentication that the operator configured. The address must have passed
//! `access::callback::allowed`, and the transport must be one for such addresses (`outside::Guarded`).

use super::desk::{basic, sensitive};
use crate::channel::Key;
use crate::resolve::key;
use crate::send::{lost, retry_after, sort};
use crate::webhook::sign;
use crate::{SEND_TIMEOUT, Sent};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Uri};
use jiff::Timestamp;
use outside::Transport;

/// How we prove ourselves to the receiver of a call-back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Signatures of Standard Webhooks, one for each key: while keys are rotated the receiver may know either.
    Signed(Vec<Key>),
    /// This header.
    Authorization(HeaderValue),
    /// Not at all.
    Nothing,
}

impl Proof {
    /// Signatures with these secrets, each `whsec_` and base64. The error repeats no secret.
    pub fn signed(secrets: &[Vec<u8>]) -> Result<Self, String> {
        let keys: Result<Vec<Key>, String> = secrets.iter().map(|secret| key(&text(secret)?)).collect();
        Ok(Self::Signed(keys?))
    }

    /// Basic authentication with `user:password`. The error repeats no secret.
    pub fn basic(secret: &[u8]) -> Result<Self, String> {
        let pair = text(secret)?;
        if pair.split_once(':').is_none_or(|(user, _)| user.is_empty()) {
            return Err("the secret must be USER:PASSWORD".into());
        }
        Ok(Self::Authorization(basic(&pair)))
    }

    /// A key in `Authorization: Bearer`. The error repeats no secret.
    pub fn bearer(secret: &[u8]) -> Result<Self, String> {
        let key = text(secret)?;
        if key.is_empty() {
            return Err("the secret is empty".into());
        }
        Ok(Self::Authorization(sensitive(&format!("Bearer {key}"))?))
    }
}

fn text(secret: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(secret).map_err(|_| "the secret is not text".to_owned())?;
    // An editor's or a shell's line end is never part of a key.
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// One call-back.
#[derive(Debug, Clone)]
pub struct Post<'a> {
    /// Where to, as `access::callback::allowed` gave it.
    pub url: &'a str,
    /// How we prove ourselves.
    pub proof: &'a Proof,
    /// The message's id: the same in every attempt, by which the receiver tells a repetition. Letters, digits, `-` and `_`.
    pub id: &'a str,
    /// The document, JSON.
    pub body: Bytes,
}

/// Sends the call-back once, at this time, within [`SEND_TIMEOUT`]. Any 2xx is success; a redirect is not followed.
pub async fn post(transport: &dyn Transport, now: Timestamp, call: &Post<'_>) -> Sent {
    let host = call.url.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let Ok(request) = render(call, now) else {
        return Sent::Never { why: format!("no request to {host} can be made of it") };
    };
    match transport.send(request, SEND_TIMEOUT).await {
        Ok(answer) => sort(&host, answer.status().as_u16(), retry_after(answer.headers(), now)),
        Err(error) => lost(&host, &error),
    }
}

/// The request; time and signatures are made anew for each attempt.
pub(crate) fn render(call: &Post<'_>, now: Timestamp) -> Result<Request<Bytes>, http::Error> {
    let mut request = Request::post(call.url).header(CONTENT_TYPE, "application/json").header("webhook-id", call.id);
    request = match call.proof {
        Proof::Signed(keys) => {
            let at = now.as_second();
            let signatures: Vec<String> = keys.iter().map(|key| sign(&key.0, call.id, at, &call.body)).collect();
            request.header("webhook-timestamp", at).header("webhook-signature", signatures.join(" "))
        }
        Proof::Authorization(header) => request.header(AUTHORIZATION, header),
        Proof::Nothing => request,
    };
    request.body(call.body.clone())
}
