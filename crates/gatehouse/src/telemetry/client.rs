//! The exporters' way out: the same HTTPS client as everything else, a time limit, and a note of how it went.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use outside::Transport;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long one export may take.
pub(super) const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// The most that a collector's wish to be left alone is followed.
const RETRY_AFTER_MAX: u64 = 3600;

/// Sends exports.
#[derive(Clone)]
pub(super) struct Client {
    transport: Arc<dyn Transport>,
    last: Arc<Mutex<Last>>,
}

/// How the last export went, as far as the exporters do not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Last {
    /// In words, without the address.
    pub(super) why: String,
    /// The pause that the collector asks for.
    pub(super) retry_after: Option<Duration>,
}

impl Client {
    pub(super) fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport, last: Arc::default() }
    }

    /// How the last export went.
    pub(super) fn last(&self) -> Last {
        self.last.lock().expect("no holder panics").clone()
    }

    fn note(&self, last: Last) {
        *self.last.lock().expect("no holder panics") = last;
    }
}

/// No headers and no address: either may hold a key.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        match self.transport.send(request, EXPORT_TIMEOUT).await {
            Ok(response) => {
                let header = response.headers().get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok());
                let seconds = header.and_then(|text| text.trim().parse::<u64>().ok());
                let retry_after = seconds.map(|seconds| Duration::from_secs(seconds.min(RETRY_AFTER_MAX)));
                self.note(Last { why: format!("it answered {}", response.status().as_u16()), retry_after });
                Ok(response)
            }
            Err(error) => {
                self.note(Last { why: error.to_string(), retry_after: None });
                Err(error.into())
            }
        }
    }
}
