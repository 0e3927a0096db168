//! Requests as the platform hands them over, and answers as it takes them.

use ::http::header::{CONTENT_TYPE, HeaderValue};
use ::http::uri::PathAndQuery;
use ::http::{Request, Response, Uri};
use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use serde_json::Value;

/// The request as its sender sent it: path and body unchanged, since signatures cover them.
pub(super) fn open(request: lambda_http::Request) -> Request<Body> {
    let uri = address(&request);
    let (mut parts, body) = request.into_parts();
    parts.uri = uri;
    parts.extensions.clear();
    Request::from_parts(parts, Body::from(Bytes::copy_from_slice(&body)))
}

/// Path and query. The path is the raw one: an address that was put together from it has its dots resolved already.
fn address(request: &lambda_http::Request) -> Uri {
    let mut path = request.raw_http_path();
    // The stage of an HTTP API stands before the path and is none of the sender's.
    if let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref()
        && let Some(stage) = context.stage.as_deref().filter(|stage| *stage != "$default")
        && let Some(rest) = path.strip_prefix('/').and_then(|path| path.strip_prefix(stage))
        && rest.starts_with('/')
    {
        path = rest;
    }
    let raw = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    // HTTP APIs decode the path, so it may hold what no address can: then the address that was put together is taken.
    let raw = raw.parse::<PathAndQuery>().ok().or_else(|| request.uri().path_and_query().cloned());
    raw.map(Uri::from).unwrap_or_default()
}

/// The answer to a request. Only text and bytes are told apart: bytes travel in base64.
pub(super) async fn close(answer: Response<Body>) -> Result<Response<lambda_http::Body>, String> {
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.map_err(|error| format!("the answer broke: {error}"))?.to_bytes();
    let body = match String::from_utf8(body.into()) {
        Ok(text) => lambda_http::Body::Text(text),
        Err(error) => lambda_http::Body::Binary(error.into_bytes()),
    };
    Ok(Response::from_parts(parts, body))
}

/// The answer to an event.
pub(super) fn json(value: &Value) -> Response<lambda_http::Body> {
    let mut response = Response::new(lambda_http::Body::Text(value.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
