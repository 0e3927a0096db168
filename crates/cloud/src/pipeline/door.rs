//! The last layer: sending one HTTP request, with a limit on how many are under way.

use super::call::{Content, Reply};
use super::retry;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use jiff::Timestamp;
use outside::{Transport, TransportError};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The most requests under way at once, over all tenants: more would only queue in the service.
pub(crate) const UNDER_WAY_MAX: usize = 64;

/// The way out, for login and Graph together.
#[derive(Clone)]
pub(crate) struct Door {
    transport: Arc<dyn Transport>,
    slots: Arc<Semaphore>,
}

impl Door {
    /// A door with all its slots free.
    pub(crate) fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport, slots: Arc::new(Semaphore::new(UNDER_WAY_MAX)) }
    }

    /// Waits for a free slot; it is free again when the value is dropped.
    pub(crate) async fn slot(&self) -> Slot<'_> {
        let permit = self.slots.acquire().await.expect("the semaphore is never closed");
        Slot { transport: self.transport.as_ref(), _permit: permit }
    }
}

/// The right to send one request now.
pub(crate) struct Slot<'a> {
    transport: &'a dyn Transport,
    _permit: SemaphorePermit<'a>,
}

impl Slot<'_> {
    /// Sends it and reads the whole answer.
    pub(crate) async fn send(
        self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.transport.send(request, timeout).await
    }
}

/// The answer as ours: status, the headers that matter, and the body as JSON if it is that.
pub(crate) fn reply(response: Response<Bytes>, now: Timestamp) -> Reply {
    let (parts, body) = response.into_parts();
    let header = |name: &str| header(&parts.headers, name);
    let content = if body.is_empty() {
        Content::Empty
    } else {
        serde_json::from_slice(&body).map_or(Content::NotJson, Content::Json)
    };
    from_headers(parts.status.as_u16(), header, content, now)
}

/// The answer from its parts; `header` finds a header by its lower-case name.
pub(crate) fn from_headers(
    status: u16,
    header: impl Fn(&str) -> Option<String>,
    content: Content,
    now: Timestamp,
) -> Reply {
    let content = if content == Content::Json(Value::Null) { Content::Empty } else { content };
    let mut reply = Reply {
        status,
        retry_after: header("retry-after").and_then(|text| retry::retry_after(&text, now)),
        request_id: header("request-id"),
        quota_used: header("x-ms-throttle-limit-percentage").and_then(|text| text.trim().parse().ok()),
        app_wide: header("x-ms-throttle-scope").is_some_and(|scope| scope.starts_with("Application/")),
        content,
    };
    if reply.request_id.is_none() {
        reply.request_id = reply.inner_request_id();
    }
    reply
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
