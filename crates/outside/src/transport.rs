//! Sending one HTTP request and reading its whole answer.
//!
//! This is the one seam of the program's network side: the simulated cloud implements [`Transport`] in-process, so
//! paging, batching, pacing and retries run for real in every test. A transport does not retry, follow redirects or
//! look at status codes.

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use std::sync::OnceLock;
use std::time::Duration;
use thiserror::Error;

/// The largest answer that is read. Graph's largest pages (999 users with all that we select) stay under 4 MiB.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why there is no complete answer, sorted by what may have happened at the other end.
#[derive(Debug, Clone, Error)]
pub enum TransportError {
    /// No byte of the request left this machine: even a write may be repeated.
    #[error("the request was never sent: {0}")]
    NeverSent(String),
    /// The request may have been carried out, but its answer was lost.
    #[error("the connection broke before the answer was complete: {0}")]
    Interrupted(String),
    /// The request may have been carried out; no complete answer came in time.
    #[error("no complete answer within {0:?}")]
    TimedOut(Duration),
    /// The answer is larger than [`ANSWER_BYTES_MAX`].
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// Sends one request.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends the request and reads the answer to its end, all within `timeout`.
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError>;
}

/// HTTPS with the platform's roots (`SSL_CERT_FILE` is honoured) and, where given, one root more. Plain HTTP is refused.
///
/// The TLS client is built when it is first used, so that a cold start can answer its host first.
#[derive(Debug)]
pub struct Https {
    extra_roots_pem: Vec<u8>,
    client: OnceLock<Result<reqwest::Client, String>>,
}

impl Https {
    /// A transport that also trusts the roots in `extra_roots_pem` (PEM; may be empty).
    pub fn new(extra_roots_pem: Vec<u8>) -> Self {
        Self { extra_roots_pem, client: OnceLock::new() }
    }

    fn client(&self) -> Result<&reqwest::Client, TransportError> {
        let built = self.client.get_or_init(|| build(base().https_only(true), &self.extra_roots_pem));
        built.as_ref().map_err(|message| TransportError::NeverSent(message.clone()))
    }
}

#[async_trait]
impl Transport for Https {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        exchange(self.client()?, request, timeout).await
    }
}

/// Plain HTTP to an address of this machine, for the platform's own token endpoint (managed identity) and nothing else.
#[derive(Debug, Default)]
pub struct PlainLocal {
    client: OnceLock<Result<reqwest::Client, String>>,
}

#[async_trait]
impl Transport for PlainLocal {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap_or_default();
        // App Service answers on localhost or a link-local address.
        if !(host == "localhost" || host.starts_with("127.") || host.starts_with("169.254.") || host == "[::1]") {
            return Err(TransportError::NeverSent(format!("{host} is not an address of this machine")));
        }
        let client = self.client.get_or_init(|| base().build().map_err(|error| chain(&error)));
        let client = client.as_ref().map_err(|message| TransportError::NeverSent(message.clone()))?;
        exchange(client, request, timeout).await
    }
}

pub(crate) fn base() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("gatehouse/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        .pool_idle_timeout(Duration::from_secs(60))
}

/// The client, which also trusts these roots (PEM; may be empty).
pub(crate) fn build(mut builder: reqwest::ClientBuilder, extra_roots_pem: &[u8]) -> Result<reqwest::Client, String> {
    if !extra_roots_pem.is_empty() {
        let roots = reqwest::Certificate::from_pem_bundle(extra_roots_pem)
            .map_err(|error| format!("the extra root certificate cannot be read: {}", chain(&error)))?;
        builder = builder.tls_certs_merge(roots);
    }
    builder.build().map_err(|error| chain(&error))
}

pub(crate) async fn exchange(
    client: &reqwest::Client,
    request: Request<Bytes>,
    timeout: Duration,
) -> Result<Response<Bytes>, TransportError> {
    let (parts, body) = request.into_parts();
    let url = url::Url::parse(&parts.uri.to_string()).map_err(|error| TransportError::NeverSent(error.to_string()))?;
    let sent = client.request(parts.method, url).headers(parts.headers).body(body).timeout(timeout).send();
    let mut answer = sent.await.map_err(|error| sort(error, timeout))?;
    let mut body = BytesMut::new();
    let (status, headers) = (answer.status(), answer.headers().clone());
    while let Some(chunk) = answer.chunk().await.map_err(|error| sort(error, timeout))? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(TransportError::TooLarge(ANSWER_BYTES_MAX));
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = Response::new(body.freeze());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The address is left out of the words: it may be a secret.
fn sort(error: reqwest::Error, timeout: Duration) -> TransportError {
    let error = error.without_url();
    if error.is_builder() || error.is_connect() {
        TransportError::NeverSent(chain(&error))
    } else if error.is_timeout() {
        TransportError::TimedOut(timeout)
    } else {
        TransportError::Interrupted(chain(&error))
    }
}

/// The error and its causes in one line: the outermost alone ("error sending request") helps nobody.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
