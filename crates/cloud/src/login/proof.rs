//! What goes into a token request to prove that we are the app.

use super::answer::Sorted;
use super::{OPERATION, unsent};
use crate::credential::{Credential, SecretText};
use crate::error::{Error, Kind};
use crate::pipeline::call::{Content, READ_TIMEOUT};
use crate::pipeline::{door, retry};
use bytes::Bytes;
use http::{Method, Request};
use outside::{Clock, Random, Transport};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use uuid::Uuid;

/// How long a certificate assertion is good for.
const ASSERTION_LIFE: Duration = Duration::from_secs(5 * 60);

/// How long the managed identity's token is used again, so that signing in to many tenants asks for it once. The platform
/// gives out tokens that are good for hours.
const IDENTITY_KEPT: Duration = Duration::from_secs(60);

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Form fields, the names as Entra knows them.
pub(super) type Fields = Vec<(&'static str, SecretText)>;

/// Makes the proof.
pub(super) struct Proof {
    credential: Credential,
    app: Uuid,
    audience: String,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    identity: Mutex<Option<(SecretText, Duration)>>,
}

impl Proof {
    pub(super) fn new(
        credential: Credential,
        app: Uuid,
        audience: String,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { credential, app, audience, clock, random, identity: Mutex::default() }
    }

    /// The fields for a request to this token endpoint.
    pub(super) async fn fields(&self, token_endpoint: &str, tenant: Uuid) -> Result<Fields, Sorted> {
        let assertion = match &self.credential {
            Credential::Secret(secret) => return Ok(vec![("client_secret", secret.clone())]),
            Credential::Certificate(key) => {
                let now = self.clock.now().as_second();
                let until = now + ASSERTION_LIFE.as_secs().cast_signed();
                let claims = json!({
                    "aud": token_endpoint, "iss": self.app, "sub": self.app, "jti": self.random.id(),
                    "nbf": now, "iat": now, "exp": until,
                });
                let signed = key.sign(&claims).map_err(|error| bad(tenant, format!("cannot sign: {error}")))?;
                SecretText::new(signed)
            }
            Credential::ManagedIdentity { client_id, identity_endpoint, identity_header, local } => {
                let mut kept = self.identity.lock().await;
                let now = self.clock.monotonic();
                match kept.as_ref() {
                    Some((token, until)) if now < *until => token.clone(),
                    _ => {
                        let url = self.identity_url(identity_endpoint, client_id);
                        let token = self.identity_token(&url, identity_header, local.as_ref(), tenant).await?;
                        *kept = Some((token.clone(), now + IDENTITY_KEPT));
                        token
                    }
                }
            }
        };
        let kind = SecretText::new(ASSERTION_TYPE);
        Ok(vec![("client_assertion_type", kind), ("client_assertion", assertion)])
    }

    /// Makes the next proof a new one.
    pub(super) async fn forget(&self) {
        *self.identity.lock().await = None;
    }

    fn identity_url(&self, endpoint: &str, client_id: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("resource", &self.audience)
            .append_pair("api-version", "2019-08-01")
            .append_pair("client_id", client_id)
            .finish();
        format!("{endpoint}?{query}")
    }

    /// Asks the platform (App Service's page "How to use managed identities") for a token that stands for us at Entra.
    async fn identity_token(
        &self,
        url: &str,
        header: &SecretText,
        local: &dyn Transport,
        tenant: Uuid,
    ) -> Result<SecretText, Sorted> {
        let mut secret = http::HeaderValue::try_from(header.reveal())
            .map_err(|_| bad(tenant, "IDENTITY_HEADER is not fit for a header".to_owned()))?;
        secret.set_sensitive(true);
        let request = Request::builder().method(Method::GET).uri(url).header("X-IDENTITY-HEADER", secret);
        let request = request
            .body(Bytes::new())
            .map_err(|error| bad(tenant, format!("IDENTITY_ENDPOINT is not a usable address: {error}")))?;
        let response = local.send(request, READ_TIMEOUT).await.map_err(|error| unsent(tenant, &error))?;
        let reply = door::reply(response, self.clock.now());
        let token = match &reply.content {
            Content::Json(body) if reply.status == 200 => body.get("access_token").and_then(Value::as_str),
            _ => None,
        };
        match token {
            Some(token) => Ok(SecretText::new(token)),
            None if reply.status == 429 || retry::faulty(&reply) => {
                let message = format!("the managed identity's endpoint answered {}", reply.status);
                Err(Sorted::Later(Error::new(Kind::Unavailable, tenant, OPERATION, message), reply.retry_after))
            }
            None => {
                let message = format!("the managed identity gave no token (status {})", reply.status);
                Err(bad(tenant, message))
            }
        }
    }
}

fn bad(tenant: Uuid, message: String) -> Sorted {
    Sorted::Refused(Error::new(Kind::BadCredential, tenant, OPERATION, message))
}
