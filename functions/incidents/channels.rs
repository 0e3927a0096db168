//! `POST /api/v1/incidents/channels/{channel}`: what people answered where they were paged. Slack calls it when a button is
//! pressed, and PagerDuty when an incident is acknowledged there; a customer's own channel is named `{customer}/{channel}`.
//!
//! Neither has a credential of a caller: the engine holds the signature over the raw bytes against the channel's own secret.

use crate::Inside;
use crate::problem::{Code, problem};
use bytes::Bytes;
use engine::incidents::{ChannelAnswer, ChannelCall};
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};

/// How soon what was not noted is to be sent again, in seconds.
const AGAIN: HeaderValue = HeaderValue::from_static("30");

pub(super) async fn answer(inside: &Inside, parts: &Parts, body: &[u8], channel: &str) -> Response<Bytes> {
    let call = ChannelCall { channel, headers: &parts.headers, body };
    match inside.engine.channel_answer(&call).await {
        // The same bytes as for every other wrong caller.
        ChannelAnswer::Denied => problem(Code::Unauthenticated, ""),
        ChannelAnswer::Challenge(text) => text_of(Bytes::from(text)),
        ChannelAnswer::Slack => text_of(Bytes::new()),
        ChannelAnswer::PagerDuty => plain(StatusCode::ACCEPTED, Bytes::new()),
        ChannelAnswer::Later => {
            let mut response = problem(Code::StorageUnavailable, "");
            response.headers_mut().insert(header::RETRY_AFTER, AGAIN);
            response
        }
    }
}

/// What Slack takes for success.
fn text_of(text: Bytes) -> Response<Bytes> {
    let mut response = plain(StatusCode::OK, text);
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn plain(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
