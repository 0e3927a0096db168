//! The key sets that tokens are held against: fetched when one is needed, kept in memory and in the store.
//!
//! A request that nobody has proven yet decides that a fetch is due, so that fetches are rare whatever strangers send:
//! one a minute for each configured tenant. What was read last stands in for the service for a week.

use access::ids::TenantId;
use bytes::Bytes;
use callers::{KEY_SET_BYTES_MAX, KeySet, Wanted};
use http::header::ACCEPT;
use http::{Request, StatusCode, Uri};
use jiff::{SignedDuration, Timestamp};
use outside::{Clock, Transport};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Document, Store};

/// A key set of this age is read anew. Entra changes keys without notice and asks to look once a day (page "Signing key
/// rollover in the Microsoft identity platform").
const REFRESHED_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// A key set of this age is not used any more.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long after a fetch no other is tried for the same tenant.
const FETCH_EVERY: Duration = Duration::from_secs(60);

/// How long each of the two requests of a fetch may take. A caller waits for both.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// The key sets of the configured tenants.
pub(crate) struct KeySets {
    /// Where tokens are issued, without a slash at the end.
    login: String,
    transport: Arc<dyn Transport>,
    store: Store,
    clock: Arc<dyn Clock>,
    places: Mutex<HashMap<TenantId, Arc<Place>>>,
}

/// One tenant's place.
#[derive(Default)]
struct Place {
    known: Mutex<Known>,
    /// Held while a key set is read, so that others wait for the same.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    kept: Option<Kept>,
    /// When a fetch was last tried (by the monotonic clock).
    tried: Option<Duration>,
    /// Why it failed, if it did. Until one succeeds nobody can say that a key is not published.
    why: Option<String>,
}

#[derive(Clone)]
struct Kept {
    keys: Arc<KeySet>,
    read_at: Timestamp,
}

/// What was read last, for the day on which the service is out of reach.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct LastGood {
    read_at: Timestamp,
    /// From where: another cloud's keys are no good.
    login: String,
    keys: String,
}

impl Document for LastGood {
    const V: u32 = 1;
}

impl KeySets {
    /// Nothing is fetched before the first question.
    pub(crate) fn new(login: String, transport: Arc<dyn Transport>, store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { login, transport, store, clock, places: Mutex::default() }
    }

    /// The tenant's key set, which need not have the wanted key: it is not published then, and the token is refused.
    /// `wanted.tenant` must be one of the configuration's. The error says why there is none to be had, or none that is new
    /// enough to say that the key is not published: whoever is refused for good because Entra was out of reach does not
    /// come again.
    pub(crate) async fn get(&self, wanted: &Wanted) -> Result<Arc<KeySet>, String> {
        let place = self.places.lock().expect("no holder panics").entry(wanted.tenant).or_default().clone();
        if let Some(keys) = self.settled(&place, &wanted.kid) {
            return Ok(keys);
        }
        // Whoever has a key that will do must not wait because of somebody else's unknown one, nor for a mere refresh.
        let _reading = match (place.reading.try_lock(), self.usable(&place)) {
            (Ok(reading), _) => reading,
            (Err(_), Some(keys)) if keys.has(&wanted.kid) => return Ok(keys),
            (Err(_), _) => place.reading.lock().await,
        };
        if let Some(keys) = self.settled(&place, &wanted.kid) {
            return Ok(keys);
        }
        let now = self.clock.monotonic();
        if place.with(|known| known.tried.is_none_or(|tried| now.saturating_sub(tried) >= FETCH_EVERY)) {
            if place.with(|known| known.kept.is_none()) {
                let last = self.last_good(wanted.tenant).await;
                place.with(|known| known.kept = last);
            }
            if let Some(keys) = self.settled(&place, &wanted.kid) {
                return Ok(keys);
            }
            self.read(wanted.tenant, &place).await;
        }
        let why = place.with(|known| known.why.clone());
        match self.usable(&place) {
            Some(keys) if why.is_none() || keys.has(&wanted.kid) => Ok(keys),
            _ => Err(why.unwrap_or_else(|| format!("the key set of tenant {} is too old", wanted.tenant))),
        }
    }

    async fn read(&self, tenant: TenantId, place: &Place) {
        // Noted before it is sent: a request that is given up meanwhile must not make the next one try again at once.
        place.with(|known| {
            known.tried = Some(self.clock.monotonic());
            known.why = Some(format!("the key set of tenant {tenant} was not read to its end"));
        });
        match self.fetch(tenant).await {
            Ok((keys, text)) => {
                let read_at = self.clock.now();
                place.with(|known| {
                    known.kept = Some(Kept { keys: Arc::new(keys), read_at });
                    known.why = None;
                });
                self.keep(tenant, LastGood { read_at, login: self.login.clone(), keys: text }).await;
            }
            Err(why) => {
                tracing::warn!(%tenant, why, "tokens are held against the key set that was read last, if there is one");
                place.with(|known| known.why = Some(format!("the key set of tenant {tenant} cannot be read: {why}")));
            }
        }
    }

    /// What is kept, if nothing better can be hoped for.
    fn settled(&self, place: &Place, kid: &str) -> Option<Arc<KeySet>> {
        self.kept_for(place, REFRESHED_AFTER).filter(|keys| keys.has(kid))
    }

    fn usable(&self, place: &Place) -> Option<Arc<KeySet>> {
        self.kept_for(place, KEPT_FOR)
    }

    /// What is kept, if it is no older than that. One from the future is as doubtful as an old one.
    fn kept_for(&self, place: &Place, age: SignedDuration) -> Option<Arc<KeySet>> {
        let kept = place.with(|known| known.kept.clone())?;
        (self.clock.now().duration_since(kept.read_at).abs() <= age).then_some(kept.keys)
    }

    async fn last_good(&self, tenant: TenantId) -> Option<Kept> {
        let stored = self.store.read::<LastGood>(&path(tenant)).await;
        let stored =
            stored.inspect_err(|error| tracing::warn!(%error, %tenant, "no key set can be read from the store"));
        let last = stored.ok()??.value;
        let keys =
            KeySet::parse(tenant, &self.login, last.keys.as_bytes()).ok().filter(|_| last.login == self.login)?;
        Some(Kept { keys: Arc::new(keys), read_at: last.read_at })
    }

    async fn keep(&self, tenant: TenantId, last: LastGood) {
        // Of two processes at once either may win: both have just read the same.
        if let Err(error) = self.store.update(&path(tenant), |_| Some(last.clone())).await {
            tracing::warn!(%error, %tenant, "the key set could not be kept for the day that Entra is down");
        }
    }

    /// Reads the key set from where the tenant's configuration says, and its text.
    async fn fetch(&self, tenant: TenantId) -> Result<(KeySet, String), String> {
        let configuration = format!("{}/{tenant}/v2.0/.well-known/openid-configuration", self.login);
        let usual = format!("{}/{tenant}/discovery/v2.0/keys", self.login);
        let named = self.ask(&configuration).await?.and_then(|text| self.keys_url(&text));
        let published = self.ask(&named.unwrap_or(usual)).await?.ok_or("there is no answer that can be used")?;
        let keys = KeySet::parse(tenant, &self.login, published.as_bytes()).map_err(|unfit| unfit.to_string())?;
        Ok((keys, published))
    }

    /// The address of the keys, if it is one at the login service: whatever an answer says, tokens are not held against
    /// keys from elsewhere.
    fn keys_url(&self, configuration: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct Configuration {
            jwks_uri: String,
        }

        let named = serde_json::from_str::<Configuration>(configuration).ok()?.jwks_uri;
        let (url, login) = (named.parse::<Uri>().ok()?, self.login.parse::<Uri>().ok()?);
        let is_there = url.scheme() == login.scheme() && url.authority() == login.authority();
        if !is_there {
            tracing::warn!(host = url.host(), "a tenant's OpenID configuration names keys at another host: not used");
        }
        is_there.then_some(named)
    }

    /// The text at this address; `None` where something else than a text of reasonable size is there, or an error. The
    /// error is that nobody answers at all.
    async fn ask(&self, url: &str) -> Result<Option<String>, String> {
        let request = Request::get(url).header(ACCEPT, "application/json").body(Bytes::new());
        let request = request.map_err(|error| format!("{url} is no address: {error}"))?;
        let answer = self.transport.send(request, FETCH_TIMEOUT).await.map_err(|error| format!("{url}: {error}"))?;
        let is_fine = answer.status() == StatusCode::OK && answer.body().len() <= KEY_SET_BYTES_MAX;
        tracing::debug!(url, status = answer.status().as_u16(), "asked for what tokens are held against");
        Ok(if is_fine { String::from_utf8(answer.into_body().to_vec()).ok() } else { None })
    }
}

impl Place {
    fn with<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.known.lock().expect("no holder panics"))
    }
}

fn path(tenant: TenantId) -> String {
    format!("keys/{tenant}")
}

#[cfg(test)]
mod tests;
