//! Tokens of a managed identity, from the platform's own endpoint (page "How to use managed identities for App Service and
//! Azure Functions").
//!
//! They stand for us at Entra, where the app trusts the identity, and at Azure's own services.

use crate::SecretText;
use crate::pipeline::call::{Content, READ_TIMEOUT};
use crate::pipeline::{door, retry};
use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use outside::{Clock, Transport, TransportError};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long before its end a token is no longer given out.
const RENEW_BEFORE: Duration = Duration::from_secs(5 * 60);

/// The longest life that we believe, and that of a token whose end is not told.
const LIFE_MAX: Duration = Duration::from_secs(24 * 3600);
const LIFE_UNTOLD: Duration = Duration::from_secs(10 * 60);

/// The most attempts at one token, the first included, and the longest pause between two.
const ATTEMPTS_MAX: u32 = 3;
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Where the identity's tokens are issued.
#[derive(Clone)]
pub struct Identity {
    /// The identity's client id; `None`: the one that the platform gave to the whole app.
    pub client_id: Option<String>,
    /// The platform's own token address (`IDENTITY_ENDPOINT`).
    pub endpoint: String,
    /// What it wants in `X-IDENTITY-HEADER` (`IDENTITY_HEADER`).
    pub header: SecretText,
    /// A transport that reaches that address, and nothing else.
    pub local: Arc<dyn Transport>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.client_id.as_deref().unwrap_or("the app's own"))
    }
}

/// A token that was issued just now.
pub(crate) struct Issued {
    pub(crate) text: SecretText,
    pub(crate) life: Duration,
}

/// Why there is no token.
pub(crate) enum NoToken {
    /// There was no answer.
    Unsent(TransportError),
    /// The platform is unwell; it may be asked again, after the pause that it asks for.
    Later(String, Option<Duration>),
    /// It says no.
    Refused(String),
}

impl Identity {
    /// Asks once for a token with which `audience` knows us.
    pub(crate) async fn ask(&self, audience: &str, clock: &dyn Clock) -> Result<Issued, NoToken> {
        let mut secret = HeaderValue::try_from(self.header.reveal())
            .map_err(|_| NoToken::Refused("IDENTITY_HEADER is not fit for a header".into()))?;
        secret.set_sensitive(true);
        let request =
            Request::builder().method(Method::GET).uri(self.url(audience)).header("X-IDENTITY-HEADER", secret);
        let request = request
            .body(Bytes::new())
            .map_err(|error| NoToken::Refused(format!("IDENTITY_ENDPOINT is not a usable address: {error}")))?;
        let response = self.local.send(request, READ_TIMEOUT).await.map_err(NoToken::Unsent)?;
        let reply = door::reply(response, clock.now());
        let body = match &reply.content {
            Content::Json(body) if reply.status == 200 => body,
            _ => &Value::Null,
        };
        match body.get("access_token").and_then(Value::as_str) {
            Some(token) => Ok(Issued { text: SecretText::new(token), life: life(body, clock) }),
            None if reply.status == 429 || retry::faulty(&reply) => {
                let text = format!("the managed identity's endpoint answered {}", reply.status);
                Err(NoToken::Later(text, reply.retry_after))
            }
            None => Err(NoToken::Refused(format!("the managed identity gave no token (status {})", reply.status))),
        }
    }

    fn url(&self, audience: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("resource", audience).append_pair("api-version", "2019-08-01");
        if let Some(id) = &self.client_id {
            query.append_pair("client_id", id);
        }
        format!("{}?{}", self.endpoint, query.finish())
    }
}

/// The platform writes the second of the end as text.
fn life(body: &Value, clock: &dyn Clock) -> Duration {
    let ends = body.get("expires_on").and_then(|ends| ends.as_i64().or_else(|| ends.as_str()?.parse().ok()));
    match ends {
        Some(ends) => {
            Duration::from_secs(u64::try_from(ends - clock.now().as_second()).unwrap_or_default()).min(LIFE_MAX)
        }
        None => LIFE_UNTOLD,
    }
}

/// Tokens of a managed identity for one of Azure's services, each kept until shortly before its end and fetched by one
/// task while the others wait.
pub struct IdentityTokens {
    identity: Identity,
    audience: String,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<(SecretText, Duration)>>,
}

impl IdentityTokens {
    /// Nothing is fetched yet. The audience is the service's own name for itself, such as `https://storage.azure.com/`.
    pub fn new(identity: Identity, audience: &str, clock: Arc<dyn Clock>) -> Self {
        Self { identity, audience: audience.into(), clock, kept: Mutex::default() }
    }

    /// A token that is good for minutes at least, kept or new. The error says why there is none, without a secret.
    pub async fn token(&self) -> Result<SecretText, String> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.monotonic();
        if let Some((token, until)) = kept.as_ref()
            && now < *until
        {
            return Ok(token.clone());
        }
        let issued = self.fetch().await?;
        // A token that lives shorter than the margin is used for half its life.
        let until = now + issued.life.saturating_sub(RENEW_BEFORE).max(issued.life / 2);
        *kept = Some((issued.text.clone(), until));
        Ok(issued.text)
    }

    /// Makes the next token a new one.
    pub async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    /// Asks, and asks again while the platform is unwell: a platform that was just started may be for a moment.
    async fn fetch(&self) -> Result<Issued, String> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (text, after) = match self.identity.ask(&self.audience, &*self.clock).await {
                Ok(issued) => return Ok(issued),
                Err(NoToken::Unsent(error)) => (format!("the managed identity's endpoint: {error}"), None),
                Err(NoToken::Later(text, after)) => (text, after),
                Err(NoToken::Refused(text)) => return Err(text),
            };
            let pause = retry::pause(attempts, 0.0).max(after.unwrap_or_default());
            if attempts >= ATTEMPTS_MAX || pause > PAUSE_MAX {
                return Err(text);
            }
            self.clock.sleep(pause).await;
        }
    }
}

#[cfg(test)]
mod tests;
