//! `POST /api/v1/directory-changes`: Microsoft Graph tells that something changed in a directory.
//!
//! Nobody authenticates here: each item of a notification proves itself by its `clientState`, which the engine checks.

use crate::Inside;
use crate::problem::{Code, problem};
use bytes::Bytes;
use engine::Error;
use http::header::{self, HeaderValue};
use http::{Request, Response, StatusCode};
use serde::de::IgnoredAny;

/// The longest validation token that is echoed, in bytes. Graph's are under 200; a token is opaque, so there is room.
const TOKEN_BYTES_MAX: usize = 2048;

pub(crate) async fn handle(inside: &Inside, request: Request<Bytes>) -> Response<Bytes> {
    let query = request.uri().query().unwrap_or_default();
    if let Some((_, token)) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "validationToken")
    {
        return echo(&token);
    }
    let body = request.into_body();
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(&body) {
        return problem(Code::InvalidJson, &format!("the body is not JSON: {error}"));
    }
    match inside.engine.directory_changes(&body).await {
        Ok(believed) => {
            tracing::info!(believed, "directory changes");
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::ACCEPTED;
            response
        }
        Err(Error::BadInput(text)) => problem(Code::InvalidJson, &text),
        // Graph delivers again, for four hours, when the answer is not 2xx: what was not stored is not lost.
        Err(error) => {
            tracing::error!(%error, "directory changes were not stored");
            problem(if error.is_transient() { Code::StorageUnavailable } else { Code::Internal }, "")
        }
    }
}

/// The handshake when a subscription is made (Microsoft Graph, "Receive change notifications through webhooks"): the
/// decoded token comes back as plain text. Whoever sends another text gets that text, which a browser must never take
/// for a page.
fn echo(token: &str) -> Response<Bytes> {
    if token.len() > TOKEN_BYTES_MAX {
        return problem(Code::InvalidJson, &format!("the validation token is longer than {TOKEN_BYTES_MAX} bytes"));
    }
    let mut response = Response::new(Bytes::copy_from_slice(token.as_bytes()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
