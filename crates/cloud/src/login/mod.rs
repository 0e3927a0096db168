//! Tokens: one for each tenant and API, kept until shortly before it expires, fetched by one task while the others wait.

mod answer;
mod consent;
mod proof;

use crate::apps::AppOf;
use crate::endpoints::{Api, Endpoints};
use crate::error::{Error, Kind};
use crate::pipeline::call::{READ_TIMEOUT, Reply};
use crate::pipeline::door::{self, Door, Share};
use crate::pipeline::retry;
use crate::pipeline::told::Asked;
use crate::{Credential, SecretText};
use answer::Sorted;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use outside::{Clock, Random, TransportError};
use proof::Proof;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

/// How long before its end a token is renewed.
const RENEW_BEFORE: Duration = Duration::from_secs(5 * 60);

/// A token younger than this is not thrown away because of a missing permission: a new one would say the same.
const FRESH: Duration = Duration::from_secs(5 * 60);

/// The longest life that we believe; the service gives 60 to 90 minutes, 24 hours at most.
const LIFE_MAX: Duration = Duration::from_secs(24 * 3600);

/// What is tried, in errors.
const OPERATION: &str = "sign in";

/// A token for one API in one tenant.
#[derive(Debug)]
pub(crate) struct Token {
    text: SecretText,
    /// The application permissions that it carries, if it says so.
    permissions: Option<BTreeSet<String>>,
    made: Duration,
    renew_at: Duration,
    /// Whether it names no permission at all.
    bare: bool,
    turned_away: AtomicBool,
}

impl Token {
    /// The token itself, for the header.
    pub(crate) fn text(&self) -> &str {
        self.text.reveal()
    }

    /// Whether it names no permission at all: the tenant has taken them all back, or never gave one.
    pub(crate) fn is_bare(&self) -> bool {
        self.bare
    }

    /// Whether it carries this application permission; `None` where the token does not say. Graph's own word counts:
    /// this only spares a request that would be refused.
    pub(crate) fn carries(&self, permission: &str) -> Option<bool> {
        self.permissions.as_ref().map(|permissions| permissions.contains(permission))
    }

    /// The application permissions that it carries; `None` where it does not say.
    pub(crate) fn permissions(&self) -> Option<&BTreeSet<String>> {
        self.permissions.as_ref()
    }

    /// Makes the next request fetch a new one.
    pub(crate) fn forget(&self) {
        self.turned_away.store(true, Ordering::Relaxed);
    }
}

/// The place of one tenant's token for one API in the cache. Its lock is held while a token is fetched.
type Place = Arc<tokio::sync::Mutex<Option<Arc<Token>>>>;

/// Signs in to every tenant.
pub(crate) struct Login {
    door: Door,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    endpoints: Endpoints,
    app_of: Arc<AppOf>,
    proofs: HashMap<Uuid, Proof>,
    places: Mutex<HashMap<(Uuid, Api), Place>>,
}

impl Login {
    /// Nothing is fetched before the first question.
    pub(crate) fn new(
        door: Door,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        endpoints: &Endpoints,
        app_of: Arc<AppOf>,
        credentials: impl IntoIterator<Item = (Uuid, Credential)>,
    ) -> Self {
        let audience = &endpoints.token_exchange_audience;
        let proof =
            |(app, credential)| (app, Proof::new(credential, app, audience.clone(), clock.clone(), random.clone()));
        Self {
            door,
            proofs: credentials.into_iter().map(proof).collect(),
            clock: clock.clone(),
            random: random.clone(),
            endpoints: endpoints.clone(),
            app_of,
            places: Mutex::default(),
        }
    }

    /// The client id of the app that is used in this tenant.
    pub(crate) fn app(&self, tenant: Uuid) -> Uuid {
        self.app_of.tenant(tenant)
    }

    /// What proves that we are the app of this tenant.
    fn proof(&self, tenant: Uuid) -> &Proof {
        self.proofs.get(&self.app(tenant)).expect("every app comes with its credential")
    }

    /// The tenant's token for this API, kept or new. `patience` bounds the pauses between attempts.
    pub(crate) async fn token(&self, tenant: Uuid, api: Api, patience: Duration) -> Result<Arc<Token>, Error> {
        let place = self.places.lock().expect("no holder panics").entry((tenant, api)).or_default().clone();
        let mut kept = place.lock().await;
        if let Some(token) = kept.as_ref()
            && self.clock.monotonic() < token.renew_at
            && !token.turned_away.load(Ordering::Relaxed)
        {
            return Ok(token.clone());
        }
        *kept = None;
        let token = Arc::new(self.fetch(tenant, api, patience).await?);
        *kept = Some(token.clone());
        Ok(token)
    }

    /// Where an administrator of the tenant consents to the app (page "Tenant-wide admin consent URL").
    pub(crate) fn consent_url(&self, tenant: Uuid) -> String {
        format!("{}/{tenant}/adminconsent?client_id={}", self.endpoints.login, self.app(tenant))
    }

    /// Does not use this token again, unless it was made just now; a newer one stays.
    pub(crate) fn forget_unless_fresh(&self, token: &Token) {
        if self.clock.monotonic().saturating_sub(token.made) >= FRESH {
            token.forget();
        }
    }

    /// Does not use the tokens again that the tenant has now.
    pub(crate) fn forget(&self, tenant: Uuid) {
        self.places.lock().expect("no holder panics").retain(|(of, _), _| *of != tenant);
    }

    /// Fetches a token, with pauses while the service is unwell, and once more when it finds fault with the time of what we
    /// signed.
    async fn fetch(&self, tenant: Uuid, api: Api, patience: Duration) -> Result<Token, Error> {
        let deadline = self.clock.monotonic() + patience;
        let mut signed_again = false;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let sorted = self.attempt(tenant, api).await;
            let (pause, error) = match sorted {
                Sorted::Token { text, life } => return self.accept(tenant, text, life),
                Sorted::SignAgain(_) if !signed_again => {
                    signed_again = true;
                    self.proof(tenant).forget().await;
                    continue;
                }
                Sorted::SignAgain(error) | Sorted::Refused(error) => return Err(error),
                Sorted::Later(error, asked) => {
                    let ours = retry::pause(attempts, self.random.fraction());
                    (ours.max(asked.unwrap_or_default()), error)
                }
            };
            if attempts >= retry::ATTEMPTS_MAX || self.clock.monotonic() + pause >= deadline {
                return Err(error);
            }
            self.clock.sleep(pause).await;
        }
    }

    async fn attempt(&self, tenant: Uuid, api: Api) -> Sorted {
        let url = format!("{}/{tenant}/oauth2/v2.0/token", self.endpoints.login);
        let proof = match self.proof(tenant).fields(&url, tenant).await {
            Ok(fields) => fields,
            Err(sorted) => return sorted,
        };
        let app = self.app(tenant).to_string();
        // Made in a block of its own: the serializer must not live across an await.
        let form = {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair("client_id", &app).append_pair("scope", &self.endpoints.scope(api));
            form.append_pair("grant_type", "client_credentials");
            for (name, value) in &proof {
                form.append_pair(name, value.reveal());
            }
            form.finish()
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(&url)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .header("client-request-id", self.random.id().to_string())
            .body(Bytes::from(form));
        let request = match request {
            Ok(request) => request,
            Err(error) => return refused(tenant, format!("{url} is not a usable address: {error}")),
        };
        let slot = self.door.slot(tenant, Share::Usual).await;
        let sent = slot.send(request, READ_TIMEOUT, Asked::token(tenant)).await;
        tracing::debug!(%tenant, ?api, ok = sent.is_ok(), "asked for a token");
        match sent {
            Ok(response) => {
                let reply = door::reply(response, self.clock.now());
                answer::sort(tenant, &reply, &proof)
            }
            Err(error) => unsent(tenant, &error),
        }
    }

    fn accept(&self, tenant: Uuid, text: SecretText, life: Duration) -> Result<Token, Error> {
        if let Some(found) = answer::tenant_of(text.reveal())
            && found != tenant
        {
            let message = format!("the token is for tenant {found}");
            return Err(Error::new(Kind::WrongTenant, tenant, OPERATION, message));
        }
        let made = self.clock.monotonic();
        let life = life.min(LIFE_MAX);
        // A token that lives shorter than the margin is used for half its life.
        let renew_at = made + life.checked_sub(RENEW_BEFORE).unwrap_or_default().max(life / 2);
        let bare = answer::is_bare(text.reveal());
        let permissions = answer::permissions_of(text.reveal());
        Ok(Token { text, permissions, made, renew_at, bare, turned_away: AtomicBool::new(false) })
    }
}

fn refused(tenant: Uuid, message: String) -> Sorted {
    Sorted::Refused(Error::new(Kind::Refused, tenant, OPERATION, message))
}

/// Asking for a token changes nothing, so whatever is lost can be asked again.
fn unsent(tenant: Uuid, error: &TransportError) -> Sorted {
    let kind = match error {
        TransportError::NeverSent(_) => Kind::NeverSent,
        TransportError::Interrupted(_) | TransportError::TimedOut(_) => Kind::Unavailable,
        TransportError::TooLarge(_) => Kind::Garbled,
    };
    let later = kind != Kind::Garbled;
    let error = Error::new(kind, tenant, OPERATION, error.to_string());
    if later { Sorted::Later(error, None) } else { Sorted::Refused(error) }
}

/// An error out of an answer whose text must be cleared of what we sent.
fn refusal(kind: Kind, tenant: Uuid, reply: &Reply, code: String, message: String) -> Error {
    Error {
        kind,
        status: Some(reply.status),
        code,
        message,
        request_id: reply.request_id.clone(),
        operation: OPERATION.to_owned(),
        tenant,
    }
}

#[cfg(test)]
mod tests;
