//! A service that answers as the test tells it, in virtual time.

use crate::graph::{Graph, GraphParts, Permit, Writer};
use crate::{Credential, Endpoints, FurtherApp, SecretText};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use outside::{Clock, SeededRandom, Transport, TransportError, VirtualClock};
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

pub(crate) const TENANT: Uuid = Uuid::from_u128(0xaaaa);
pub(crate) const OTHER_TENANT: Uuid = Uuid::from_u128(0xbbbb);
pub(crate) const APP: Uuid = Uuid::from_u128(0xa11);
pub(crate) const GROUP: Uuid = Uuid::from_u128(0x22);
pub(crate) const USER: Uuid = Uuid::from_u128(0x11);
pub(crate) const SECRET: &str = "the-client-secret";

/// A file of `testdata`.
macro_rules! sample {
    ($name:literal) => {
        serde_json::from_str::<serde_json::Value>(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/testdata/",
            $name,
            ".json"
        )))
        .unwrap()
    };
}
pub(crate) use sample;

/// One scripted answer.
#[derive(Clone)]
pub(crate) enum Say {
    Json(u16, Value),
    With(u16, Vec<(&'static str, &'static str)>, Value),
    Text(u16, &'static str),
    Fail(TransportError),
}

/// What the service saw.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) at: Duration,
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The service. Without a script for logins, every login gives a token.
pub(crate) struct Service {
    clock: VirtualClock,
    graph: Mutex<VecDeque<Say>>,
    logins: Mutex<VecDeque<Say>>,
    pub(crate) seen: Mutex<Vec<Seen>>,
    pub(crate) logged_in: Mutex<Vec<Seen>>,
    under_way: Mutex<usize>,
    pub(crate) most_under_way: Mutex<usize>,
}

impl Service {
    pub(crate) fn new(clock: &VirtualClock, graph: Vec<Say>) -> Arc<Self> {
        let graph = Mutex::new(graph.into());
        let (seen, logged_in, logins, under_way, most_under_way) = Default::default();
        Arc::new(Self { clock: clock.clone(), graph, logins, seen, logged_in, under_way, most_under_way })
    }

    pub(crate) fn logins(&self, say: Vec<Say>) {
        *self.logins.lock().unwrap() = say.into();
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// When each request came, in whole milliseconds.
    pub(crate) fn times(&self) -> Vec<u128> {
        self.seen().iter().map(|seen| seen.at.as_millis()).collect()
    }
}

#[async_trait]
impl Transport for Service {
    async fn send(&self, request: Request<Bytes>, _timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let (parts, body) = request.into_parts();
        let seen = Seen {
            at: self.clock.monotonic(),
            method: parts.method.to_string(),
            uri: parts.uri.to_string(),
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        };
        let login = seen.uri.contains("/oauth2/") || seen.uri.contains("/msi/");
        let say = if login {
            self.logged_in.lock().unwrap().push(seen);
            // Others get the chance to ask at the same time.
            let under_way = {
                let mut under_way = self.under_way.lock().unwrap();
                *under_way += 1;
                *under_way
            };
            let most = under_way.max(*self.most_under_way.lock().unwrap());
            *self.most_under_way.lock().unwrap() = most;
            self.clock.sleep(Duration::from_millis(1)).await;
            *self.under_way.lock().unwrap() -= 1;
            self.logins.lock().unwrap().pop_front().unwrap_or_else(token)
        } else {
            let uri = format!("{} {}", seen.method, seen.uri);
            self.seen.lock().unwrap().push(seen);
            self.graph.lock().unwrap().pop_front().unwrap_or_else(|| panic!("nothing is scripted for {uri}"))
        };
        let (status, headers, body) = match say {
            Say::Json(status, body) => (status, Vec::new(), body.to_string()),
            Say::With(status, headers, body) => (status, headers, body.to_string()),
            Say::Text(status, body) => (status, Vec::new(), body.to_owned()),
            Say::Fail(error) => return Err(error),
        };
        let body = if body == "null" { String::new() } else { body };
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        Ok(response.body(body.into()).unwrap())
    }
}

/// A token that lives an hour.
pub(crate) fn token() -> Say {
    Say::Json(200, json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": "tok.en.1" }))
}

/// An error as Graph writes it.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Say {
    Say::Json(status, json!({ "error": { "code": code, "message": message } }))
}

/// The answer to a batch.
pub(crate) fn batch(items: Vec<(usize, u16, Value)>) -> Say {
    let one = |(id, status, body): (usize, u16, Value)| json!({ "id": id.to_string(), "status": status, "body": body });
    Say::Json(200, json!({ "responses": items.into_iter().map(one).collect::<Vec<_>>() }))
}

/// A permit that counts, and is refused from one question on.
pub(crate) struct Counted {
    pub(crate) left: Mutex<u32>,
}

#[async_trait]
impl Permit for Counted {
    async fn permit(&self, timeout: Duration) -> Result<(), String> {
        assert_eq!(timeout, Duration::from_secs(8));
        let mut left = self.left.lock().unwrap();
        *left = left.checked_sub(1).ok_or("the lease ran out")?;
        Ok(())
    }
}

pub(crate) struct World {
    pub(crate) graph: Graph,
    pub(crate) service: Arc<Service>,
    pub(crate) clock: VirtualClock,
}

impl World {
    pub(crate) fn new(script: Vec<Say>) -> Self {
        Self::with(script, Credential::Secret(SecretText::new(SECRET)))
    }

    pub(crate) fn with(script: Vec<Say>, credential: Credential) -> Self {
        Self::with_apps(script, credential, Vec::new())
    }

    pub(crate) fn with_apps(script: Vec<Say>, credential: Credential, further: Vec<FurtherApp>) -> Self {
        let clock = VirtualClock::new("2026-11-20T10:00:00Z".parse().unwrap());
        let service = Service::new(&clock, script);
        let parts = GraphParts {
            endpoints: Endpoints::public(),
            app: APP,
            credential,
            transport: service.clone(),
            clock: Arc::new(clock.clone()),
            random: Arc::new(SeededRandom::new(7)),
        };
        let graph = Graph::with_apps(parts, further);
        Self { graph, service, clock }
    }

    pub(crate) fn writer(&self) -> Writer {
        self.writer_with(&[], u32::MAX)
    }

    pub(crate) fn writer_with(&self, protected: &[Uuid], permits: u32) -> Writer {
        let protected = Arc::new(protected.iter().copied().collect::<BTreeSet<_>>());
        self.graph.writer(TENANT, protected, Arc::new(Counted { left: Mutex::new(permits) }))
    }
}
