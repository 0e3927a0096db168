//! The last layer: sending one HTTP request, with a limit on how many are under way.

use super::call::{Content, Exceeded, Reply};
use super::retry;
use super::told::Asked;
use bytes::Bytes;
use futures::future::{Either, select};
use http::{HeaderMap, Request, Response};
use jiff::Timestamp;
use outside::{Clock, Transport, TransportError};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tracing::Instrument;
use uuid::Uuid;

/// The most requests under way at once, over all tenants: more would only queue in the service.
pub(crate) const UNDER_WAY_MAX: usize = 64;

/// The most of one tenant's requests under way at once, so that no tenant can fill the door by itself.
pub(crate) const UNDER_WAY_IN_TENANT_MAX: usize = 16;

/// The most of one tenant's log queries under way at once: further ones would queue in the service, up to 200 of them for
/// three minutes (page "Azure Monitor service limits", log queries).
pub(crate) const QUERIES_UNDER_WAY_MAX: usize = 5;

/// How long a request counts as under way for the others. One that takes longer waits for a slow tenant, and slow tenants,
/// however many, must not close the door to the others.
const SLOW: Duration = Duration::from_secs(1);

/// Which of a tenant's shares a request takes its slot from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Share {
    /// That of everything but log queries.
    Usual,
    /// That of log queries.
    Queries,
}

/// Each tenant's shares, when it has asked for one.
type Shares = HashMap<(Uuid, Share), Arc<Semaphore>>;

/// The way out, for login and every API together.
#[derive(Clone)]
pub(crate) struct Door {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    slots: Arc<Semaphore>,
    shares: Arc<Mutex<Shares>>,
}

impl Door {
    /// A door with all its slots free.
    pub(crate) fn new(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        let slots = Arc::new(Semaphore::new(UNDER_WAY_MAX));
        Self { transport, clock, slots, shares: Arc::default() }
    }

    /// Waits for a free slot, first come, first served; it is free again when the value is dropped.
    pub(crate) async fn slot(&self, tenant: Uuid, share: Share) -> Slot<'_> {
        let most = match share {
            Share::Usual => UNDER_WAY_IN_TENANT_MAX,
            Share::Queries => QUERIES_UNDER_WAY_MAX,
        };
        let new = || Arc::new(Semaphore::new(most));
        let share = self.shares.lock().expect("no holder panics").entry((tenant, share)).or_insert_with(new).clone();
        let in_tenant = share.acquire_owned().await.expect("the semaphore is never closed");
        let overall = self.slots.acquire().await.expect("the semaphore is never closed");
        Slot { door: self, overall, _in_tenant: in_tenant }
    }
}

/// The right to send one request now.
pub(crate) struct Slot<'a> {
    door: &'a Door,
    overall: SemaphorePermit<'a>,
    _in_tenant: OwnedSemaphorePermit,
}

impl Slot<'_> {
    /// Sends it and reads the whole answer.
    pub(crate) async fn send(
        self,
        request: Request<Bytes>,
        timeout: Duration,
        asked: Asked,
    ) -> Result<Response<Bytes>, TransportError> {
        let (span, start) = (asked.span(&request), self.door.clock.monotonic());
        let sent = self.door.transport.send(request, timeout).instrument(span.clone());
        let answer = match select(sent, self.door.clock.sleep(SLOW)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), sent)) => {
                drop(self.overall);
                sent.await
            }
        };
        asked.ended(&span, &answer, self.door.clock.monotonic() - start);
        answer
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
        // Azure's own APIs have another name for it than Graph.
        request_id: header("request-id").or_else(|| header("x-ms-request-id")),
        quota_used: header("x-ms-throttle-limit-percentage").and_then(|text| text.trim().parse().ok()),
        app_wide: header("x-ms-throttle-scope").is_some_and(|scope| scope.starts_with("Application/")),
        exceeded: header("x-ms-throttle-information").and_then(|text| match text.as_str() {
            "ResourceUnitLimitExceeded" => Some(Exceeded::Units),
            "WriteLimitExceeded" => Some(Exceeded::Writes),
            _ => None,
        }),
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
