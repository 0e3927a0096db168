//! The Azure Functions custom handler.
//!
//! The Azure host starts this process, asks `GET /` until it gets any answer, and then sends each invocation as one
//! HTTP request ("Azure Functions custom handlers" on Microsoft Learn; the finer points were read in the source of
//! azure-functions-host, 4.1037). Timers and queue messages come as `POST /<function>` with a JSON envelope; requests
//! of the public are relayed as they are, always below `/api/`. Both arrive on one port and nothing else tells them
//! apart, so an envelope is only taken at a path that no public route can have.

mod answer;
mod envelope;
#[cfg(test)]
mod tests;

use super::Host;
use super::http::{self, Unread};
use super::stop::{FINISH, Stop};
use ::http::{Method, Request, Response, StatusCode};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use functions::Function;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The largest envelope, in bytes. A queue message has at most 48 KiB of text; encoding it twice and copying its members
/// into the metadata makes up to ten times that.
const ENVELOPE_BYTES_MAX: usize = 1024 * 1024;

/// The exit status after a signal to stop. The Azure host never restarts a handler that exits with 0, counts other
/// statuses as crashes (and gives up at the third), and restarts after this one without counting.
pub const EXIT_STOPPED: u8 = 200;

/// Takes the port that the host chose. Do this before anything else: the host waits for it.
pub async fn bind(port: u16) -> Result<TcpListener, String> {
    // The host connects to IPv4 only.
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| format!("127.0.0.1:{port}, which the Functions host assigned, cannot be listened on: {error}"))
}

/// Answers the host until it is time to stop, then finishes what has begun. The caller exits with [`EXIT_STOPPED`].
pub async fn serve(host: Arc<Host>, listener: TcpListener, stop: Stop) -> Result<(), String> {
    let server = axum::serve(listener, router(Arc::clone(&host))).with_graceful_shutdown(stop.clone());
    tokio::select! {
        served = server => served.map_err(|error| format!("the handler cannot serve any more: {error}")),
        () = async { stop.await; host.clock.sleep(FINISH).await } => Ok(()),
    }
}

/// Everything that the Azure host may ask. One dispatcher and no route table: what is allowed where is decided in
/// [`dispatch`] and nowhere else.
pub(crate) fn router(host: Arc<Host>) -> Router {
    Router::new().fallback(dispatch).with_state(host)
}

async fn dispatch(State(host): State<Arc<Host>>, request: Request<Body>) -> Response<Body> {
    let path = request.uri().path();
    if path.starts_with(functions::PREFIX) {
        return http::answer(&host, request).await;
    }
    if path == "/" {
        // The host's question whether we are there, asked every 25 ms at first: answered at once and not logged.
        return http::empty(StatusCode::OK);
    }
    let function = path.strip_prefix('/').and_then(|name| host.function(name));
    match function.filter(|_| request.method() == Method::POST) {
        Some(function) => invoke(&host, function, request).await,
        None => answer::failure(StatusCode::NOT_FOUND, "there is no such function"),
    }
}

async fn invoke(host: &Host, function: &Function, request: Request<Body>) -> Response<Body> {
    let invocation = host.invocation(request.headers());
    let (parts, body) = request.into_parts();
    let body = match http::read(&parts.headers, body, ENVELOPE_BYTES_MAX).await {
        Ok(body) => body,
        Err(Unread::TooLarge) => return refuse(function, StatusCode::PAYLOAD_TOO_LARGE, "the envelope is too large"),
        Err(Unread::Broken) => return refuse(function, StatusCode::BAD_REQUEST, "the envelope ended early"),
    };
    match envelope::open(function, &body) {
        Ok(wake) => answer::encode(function, host.wake(function, &invocation, wake).await),
        Err(why) => refuse(function, StatusCode::INTERNAL_SERVER_ERROR, &why),
    }
}

fn refuse(function: &Function, status: StatusCode, why: &str) -> Response<Body> {
    tracing::error!(function = function.name, why, "an envelope was refused");
    answer::failure(status, why)
}
