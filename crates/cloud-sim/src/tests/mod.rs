//! The simulator over its wire: stories told by a small client that holds every answer against the OpenAPI slice.

mod audits;
mod azure;
mod batch;
mod delta;
mod emergency;
mod faults;
mod invitations;
mod login;
mod membership;
mod openapi;
mod people;
mod roles;
mod sign_ins;
mod subscriptions;
mod throttling;
mod tls;
mod tour;
mod twins;

use crate::{PERMISSIONS, Sim, SimOptions, TenantHandle};
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use outside::{Transport, TransportError, VirtualClock};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

pub(super) const APP: Uuid = Uuid::from_u128(0x2222);
pub(super) const TENANT: Uuid = Uuid::from_u128(0x4444);
pub(super) const SECRET: &str = "the secret";
const TIMEOUT: Duration = Duration::from_secs(30);

/// An app in one tenant, with everything consented.
pub(super) struct World {
    pub(super) sim: Sim,
    pub(super) tenant: TenantHandle,
    pub(super) token: String,
}

/// An answer as a test reads it.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) headers: http::HeaderMap,
    pub(super) body: Value,
}

impl Got {
    pub(super) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The ids in `value`.
    pub(super) fn ids(&self) -> Vec<Uuid> {
        let items = self.body["value"].as_array().into_iter().flatten();
        items.filter_map(|item| Uuid::parse_str(item["id"].as_str()?).ok()).collect()
    }
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut SimOptions)) -> Self {
        let epoch: Timestamp = "2026-11-20T10:00:00Z".parse().expect("a date");
        let mut options = SimOptions::new(7, Arc::new(VirtualClock::new(epoch)));
        change(&mut options);
        let sim = Sim::new(options);
        sim.app(APP).secret(SECRET);
        let tenant = sim.tenant(TENANT, "contoso.onmicrosoft.com");
        tenant.consent(APP, PERMISSIONS);
        let mut world = Self { sim, tenant, token: String::new() };
        world.sign_in().await;
        world
    }

    pub(super) async fn sign_in(&mut self) {
        let got = self.post_form("client_secret=the+secret").await;
        self.token = got.body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {got:?}")).to_owned();
    }

    /// A token request for this service.
    pub(super) async fn token_for(&self, service: &str) -> String {
        let scope = format!("{service}/.default");
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("client_id", &APP.to_string()).append_pair("client_secret", SECRET);
        form.append_pair("grant_type", "client_credentials").append_pair("scope", &scope);
        let url = format!("https://login.sim.example/{TENANT}/oauth2/v2.0/token");
        let request = Request::post(url).body(Bytes::from(form.finish())).expect("a request");
        let got = got(self.sim.send(request, TIMEOUT).await.expect("an answer"));
        got.body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {got:?}")).to_owned()
    }

    /// A token request with this credential.
    pub(super) async fn post_form(&self, credential: &str) -> Got {
        let form = format!(
            "client_id={APP}&grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&{credential}"
        );
        let url = format!("https://login.sim.example/{TENANT}/oauth2/v2.0/token");
        let request = Request::post(url).body(Bytes::from(form)).expect("a request");
        got(self.sim.send(request, TIMEOUT).await.expect("an answer"))
    }

    /// Any request; `url` is a path below the version, one of the beta version with that in front, or a whole link.
    pub(super) async fn try_send(&self, method: &str, url: &str, body: Value) -> Result<Got, TransportError> {
        let base = match url.starts_with("/beta/") {
            true => "https://graph.sim.example",
            false => "https://graph.sim.example/v1.0",
        };
        let path = url.strip_prefix(base).unwrap_or(url);
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{base}{}", path.replace(' ', "%20")))
            .header("authorization", format!("Bearer {}", self.token))
            .header("client-request-id", "88888888-0000-4000-8000-000000000001");
        if path.contains("$count=true") || path.contains("%24count=true") {
            request = request.header("ConsistencyLevel", "eventual");
        }
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let answer = got(self.sim.send(request.body(body).expect("a request"), TIMEOUT).await?);
        openapi::check(method, path, &answer);
        Ok(answer)
    }

    pub(super) async fn send(&self, method: &str, url: &str, body: Value) -> Got {
        self.try_send(method, url, body).await.unwrap_or_else(|error| panic!("{method} {url}: {error}"))
    }

    pub(super) async fn get(&self, url: &str) -> Got {
        self.send("GET", url, Value::Null).await
    }

    pub(super) async fn post(&self, url: &str, body: Value) -> Got {
        self.send("POST", url, body).await
    }

    /// Follows next links to the end: all items, how many pages, and the delta link if there was one.
    pub(super) async fn walk(&self, url: &str) -> (Vec<Value>, usize, Option<String>) {
        let (mut items, mut pages, mut next) = (Vec::new(), 0, url.to_owned());
        loop {
            let page = self.get(&next).await;
            assert_eq!(page.status, 200, "{next}: {:?}", page.body);
            pages += 1;
            items.extend(page.body["value"].as_array().expect("a collection").iter().cloned());
            match page.body["@odata.nextLink"].as_str() {
                Some(link) => next = link.to_owned(),
                None => return (items, pages, page.body["@odata.deltaLink"].as_str().map(str::to_owned)),
            }
        }
    }
}

pub(super) fn got(answer: Response<Bytes>) -> Got {
    let (parts, body) = answer.into_parts();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap_or(Value::Null) };
    Got { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// Lets the clock go on.
pub(super) async fn pass(world: &World, seconds: u64) {
    world.sim.options().clock.sleep(Duration::from_secs(seconds)).await;
}
