//! The public HTTP API, the same under every host that serves it on a socket.

use super::Host;
use super::host::Invocation;
use ::http::{HeaderMap, Request, Response, StatusCode, header};
use axum::body::Body;
use bytes::Bytes;
use functions::{Code, Reply, Wake, problem};
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Answers a request below the public prefix.
pub(crate) async fn answer(host: &Host, request: Request<Body>) -> Response<Body> {
    let invocation = host.invocation(request.headers());
    answer_in(host, &invocation, request).await
}

/// The same in an invocation that the platform has named.
pub(crate) async fn answer_in(host: &Host, invocation: &Invocation, request: Request<Body>) -> Response<Body> {
    let Some(function) = functions::route(host.functions(), request.method(), request.uri().path()) else {
        return problem(Code::NotFound, "").map(Body::from);
    };
    let (parts, body) = request.into_parts();
    let bytes_max = function.body_bytes_max();
    let body = match read(&parts.headers, body, bytes_max).await {
        Ok(body) => body,
        Err(Unread::TooLarge) => {
            return problem(Code::TooLarge, &format!("at most {bytes_max} bytes are read")).map(Body::from);
        }
        Err(Unread::Broken) => return problem(Code::InvalidJson, "the body ended early").map(Body::from),
    };
    match host.wake(function, invocation, Wake::Http(Box::new(Request::from_parts(parts, body)))).await {
        Reply::Http(response) => response.map(Body::from),
        Reply::Done(_) | Reply::Retry(_) => problem(Code::Internal, "").map(Body::from),
    }
}

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is larger than the limit; the rest was not read.
    TooLarge,
    /// The connection broke.
    Broken,
}

/// Reads a body of at most `bytes_max` bytes. One that announces more is not read at all.
pub(crate) async fn read(headers: &HeaderMap, body: Body, bytes_max: usize) -> Result<Bytes, Unread> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > bytes_max as u64) {
        return Err(Unread::TooLarge);
    }
    match Limited::new(body, bytes_max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Unread::TooLarge),
        Err(_) => Err(Unread::Broken),
    }
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
