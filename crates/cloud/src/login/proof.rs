//! What goes into a token request to prove that we are the app.

use super::answer::Sorted;
use super::{OPERATION, unsent};
use crate::credential::{Credential, SecretText};
use crate::error::{Error, Kind};
use crate::identity::{Identity, NoToken};
use outside::{Clock, Random};
use serde_json::json;
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
            Credential::Missing(why) => {
                return Err(Sorted::Refused(Error::new(Kind::NoCredential, tenant, OPERATION, why)));
            }
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
                        let identity = Identity {
                            client_id: Some(client_id.clone()),
                            endpoint: identity_endpoint.clone(),
                            header: identity_header.clone(),
                            local: local.clone(),
                        };
                        let issued = identity.ask(&self.audience, &*self.clock).await;
                        let token = issued.map_err(|error| untold(tenant, error))?.text;
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
}

fn untold(tenant: Uuid, error: NoToken) -> Sorted {
    match error {
        NoToken::Unsent(error) => unsent(tenant, &error),
        NoToken::Later(text, after) => Sorted::Later(Error::new(Kind::Unavailable, tenant, OPERATION, text), after),
        NoToken::Refused(text) => bad(tenant, text),
    }
}

fn bad(tenant: Uuid, message: String) -> Sorted {
    Sorted::Refused(Error::new(Kind::BadCredential, tenant, OPERATION, message))
}
