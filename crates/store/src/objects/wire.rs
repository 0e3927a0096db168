//! The way out that the crate `object_store` is given: our transport, with attempts and pauses of our own.

use super::Tokens;
use super::answers::{self, Refusal, What, Where};
use super::failure::Failure;
use super::strangers::Strangers;
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use outside::{Clock, Random, Transport};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long one attempt may take. The largest document needs 8 s at 10 Mbit/s.
pub(super) const ATTEMPT_MAX: Duration = Duration::from_secs(10);

/// The most attempts at one request, the first included.
pub(super) const ATTEMPTS_MAX: u32 = 5;

/// How long after its beginning an operation may begin another attempt; so it takes 20 s at most.
pub(super) const ATTEMPTS_WITHIN: Duration = Duration::from_secs(10);

/// The pause after the first attempt; it doubles with each.
const PAUSE_FIRST: Duration = Duration::from_millis(200);

/// The way to one container or bucket.
pub(super) struct Wire {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) place: Where,
    /// Where tokens come from, if tokens let us in.
    pub(super) tokens: Option<Arc<dyn Tokens>>,
    pub(super) strangers: Strangers,
}

impl Wire {
    /// Sends the request until there is an answer that counts, or no more time.
    ///
    /// A read is sent again after whatever went wrong on the way. A write is sent again only after an answer that says
    /// that it was not carried out, or when nothing was sent: what was lost may have happened, and the caller is told so.
    pub(super) async fn exchange(&self, request: HttpRequest) -> Result<Response<Bytes>, Failure> {
        let (mut parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|error| Failure::Invalid(error.to_string()))?.to_bytes();
        let what = What::of(&parts.method, &parts.uri);
        let started = self.clock.monotonic();
        let (mut attempts, mut renewed) = (0, false);
        loop {
            attempts += 1;
            let sent = self.transport.send(again(&parts, &body), ATTEMPT_MAX).await;
            if !renewed && sent.as_ref().is_ok_and(answers::refuses_proof) {
                renewed = true;
                if self.renew(&mut parts).await? {
                    continue;
                }
            }
            let Refusal { failure, again, after } = match answers::sort(&self.place, what, sent) {
                Ok(page) if what == What::List => return Ok(page.map(|page| self.strangers.without(&self.place, page))),
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let pause = self.pause(attempts).max(after.unwrap_or_default());
            let elapsed = self.clock.monotonic().saturating_sub(started);
            if !again || attempts >= ATTEMPTS_MAX || elapsed + pause >= ATTEMPTS_WITHIN {
                return Err(failure);
            }
            self.clock.sleep(pause).await;
        }
    }

    /// Puts a new token into the request, where tokens let us in.
    async fn renew(&self, parts: &mut Parts) -> Result<bool, Failure> {
        let Some(tokens) = &self.tokens else { return Ok(false) };
        tokens.forget().await;
        let token = tokens.token().await.map_err(Failure::Unavailable)?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| Failure::Unavailable("the token is not fit for a header".into()))?;
        bearer.set_sensitive(true);
        parts.headers.insert(AUTHORIZATION, bearer);
        Ok(true)
    }

    /// Doubling, half of it left to chance, so that many who failed together do not come back together.
    fn pause(&self, attempts: u32) -> Duration {
        let full = PAUSE_FIRST * 2u32.pow(attempts - 1);
        full / 2 + (full / 2).mul_f64(self.random.fraction())
    }
}

fn again(parts: &Parts, body: &Bytes) -> Request<Bytes> {
    Request::from_parts(parts.clone(), body.clone())
}

/// Nothing of what it holds: some of it is secret.
impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire({})", self.place)
    }
}

/// Connects whatever the crate `object_store` wants to send.
#[derive(Debug)]
pub(super) struct Connector(pub(super) Arc<Wire>);

#[derive(Debug)]
struct Service(Arc<Wire>);

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Service(self.0.clone())))
    }
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        // This kind is never retried.
        let answer =
            self.0.exchange(request).await.map_err(|failure| HttpError::new(HttpErrorKind::Unknown, failure))?;
        let (mut parts, body) = answer.into_parts();
        // The body is here as a whole, whatever way it came; its length is asked for.
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        Ok(HttpResponse::from_parts(parts, body.into()))
    }
}
