//! A token for ourselves: OAuth 2.0, client credentials (RFC 6749, section 4.4).
//!
//! Each delivery asks for one of its own: they are rare, and a token that nobody keeps cannot leak or be out of date.

use super::desk::{Desk, sensitive};
use super::exchange::Answer;
use crate::channel::SecretText;
use bytes::Bytes;
use http::{HeaderValue, Request};
use url::form_urlencoded;

/// An OAuth client of ours at a ticketing system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) id: SecretText,
    pub(crate) secret: SecretText,
}

/// Asks for a token.
pub(crate) fn ask(desk: &Desk, path: &str, client: &Client, scope: Option<&str>) -> Request<Bytes> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    form.append_pair("client_id", client.id.reveal());
    form.append_pair("client_secret", client.secret.reveal());
    if let Some(scope) = scope {
        form.append_pair("scope", scope);
    }
    desk.form(path, form.finish())
}

/// The header that carries the token, where the answer has one.
pub(crate) fn bearer(answer: &Answer) -> Option<HeaderValue> {
    let body = answer.json();
    let token = body["access_token"].as_str().filter(|token| answer.status == 200 && !token.is_empty())?;
    sensitive(&format!("Bearer {token}")).ok()
}
