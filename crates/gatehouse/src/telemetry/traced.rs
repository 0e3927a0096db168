//! The trace goes on to Microsoft: a transport that says in `traceparent` which span a request belongs to.
//!
//! Only Microsoft's own addresses get it. Channels, tickets and call-backs are other people's: a trace id would tie
//! together what we send to different receivers, and helps nobody there.

use super::context::outgoing;
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use outside::{Transport, TransportError};
use std::sync::Arc;
use std::time::Duration;

/// A transport whose requests carry the trace context of the moment.
pub(crate) struct Traced(pub(crate) Arc<dyn Transport>);

#[async_trait]
impl Transport for Traced {
    async fn send(&self, mut request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        if let Some(value) = outgoing().and_then(|text| HeaderValue::try_from(text).ok()) {
            request.headers_mut().insert("traceparent", value);
        }
        self.0.send(request, timeout).await
    }
}
