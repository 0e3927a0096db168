//! The program on real stores: Azurite for Azure Blob Storage, moto for S3, each over TLS.
//!
//! Every promise of a store is kept there as it is in memory and on disk, and the story of the demo, from the first sync
//! over a leaver and a request to an alert, ends everywhere alike.

mod identity;
mod rights;
mod story;

use crate::servers::{ACCOUNT, ACCOUNT_KEY, Azurite, Moto};
use async_trait::async_trait;
use bytes::Bytes;
use gatehouse::demo::Home;
use http::{Request, Response};
use outside::{Clock, Https, SystemClock, SystemRandom, Transport, TransportError, VirtualClock};
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::conformance::{PROMISES, Stand};
use store::{Documents, Error, Keys, Objects, Opening};

/// How many documents the longest list names.
const MANY: usize = 3_000;

/// How long one promise may take. The longest writes [`MANY`] documents, which takes about ten seconds.
const PROMISE_MAX: Duration = Duration::from_secs(180);

/// A container or bucket of a real server.
#[derive(Clone)]
struct Place {
    /// Its URL, without a prefix.
    url: String,
    endpoint: String,
    keys: Keys,
    ca_pem: String,
    /// One for all, as the program has it.
    transport: Arc<dyn Transport>,
}

impl Place {
    async fn on_azurite(azurite: &Azurite) -> Self {
        let name = "gatehouse";
        azurite.container(name).await;
        Self {
            url: format!("az://{ACCOUNT}/{name}"),
            endpoint: azurite.blob_url(),
            keys: Keys::Account(ACCOUNT_KEY.into()),
            ca_pem: azurite.running.ca_pem.clone(),
            transport: Arc::new(Https::new(azurite.running.ca_pem.clone().into_bytes())),
        }
    }

    async fn on_moto(moto: &Moto) -> Self {
        let name = "gatehouse";
        moto.bucket(name).await;
        Self {
            url: format!("s3://{name}"),
            endpoint: moto.url(),
            keys: Keys::Aws { id: "AKIAEXAMPLE".into(), secret: "secret".into(), session: None },
            ca_pem: moto.running.ca_pem.clone(),
            transport: Arc::new(Https::new(moto.running.ca_pem.clone().into_bytes())),
        }
    }

    fn open(&self, prefix: &str) -> Arc<dyn Documents> {
        self.open_through(prefix, self.transport.clone())
    }

    fn open_through(&self, prefix: &str, transport: Arc<dyn Transport>) -> Arc<dyn Documents> {
        let objects = Objects {
            transport,
            clock: Arc::new(SystemClock::new()),
            random: Arc::new(SystemRandom),
            endpoint: Some(self.endpoint.clone()),
            region: Some("us-east-1".into()),
            keys: self.keys.clone(),
        };
        let opening = Opening { base_dir: Path::new("."), objects: Some(objects) };
        store::open(&format!("{}/{prefix}", self.url), opening).unwrap()
    }

    async fn keeps_every_promise(&self) {
        for (name, promise) in PROMISES {
            let clock = VirtualClock::new("2026-03-01T12:00:00Z".parse().unwrap());
            let started = clock.monotonic();
            let stand = Stand { documents: self.open(&format!("promises/{name}")), clock: clock.clone(), many: MANY };
            let kept = tokio::time::timeout(PROMISE_MAX, promise(stand)).await;
            println!("{}: {name}: {:?}", self.url, clock.monotonic() - started);
            assert!(kept.is_ok(), "{name} takes longer than {PROMISE_MAX:?}");
        }
    }

    async fn spends_one_request_on_each_operation(&self) {
        let counting = Arc::new(Counting { inner: self.transport.clone(), requests: AtomicUsize::new(0) });
        let store = self.open_through("requests", counting.clone());
        let spent = || counting.requests.swap(0, Ordering::Relaxed);
        let tag = store.create("a", "one".into()).await.unwrap();
        assert_eq!(spent(), 1, "create");
        store.replace("a", "two".into(), &tag).await.unwrap();
        assert_eq!(spent(), 1, "replace");
        assert_eq!(store.create("a", "three".into()).await, Err(Error::Conflict));
        assert_eq!(spent(), 1, "create over something");
        store.get("a").await.unwrap().unwrap();
        assert_eq!(spent(), 1, "get");
        assert_eq!(store.get("b").await, Ok(None));
        assert_eq!(spent(), 1, "get of nothing");
        store.list("").await.unwrap();
        assert_eq!(spent(), 1, "list");
        store.delete("a").await.unwrap();
        assert_eq!(spent(), 1, "delete");
    }

    /// What people read who have not made the container or bucket.
    async fn is_missed_when_it_is_not_there(&self) {
        let elsewhere = Self { url: self.url.replace("gatehouse", "nowhere"), ..self.clone() };
        let store = elsewhere.open("state");
        for failed in [
            store.get("a").await.map(drop),
            store.create("a", "bytes".into()).await.map(drop),
            store.replace("a", "bytes".into(), &store::Tag("\"1\"".into())).await.map(drop),
            store.list("").await.map(drop),
        ] {
            let Err(Error::Unavailable(text)) = failed else { panic!("{failed:?} on {}", elsewhere.url) };
            assert!(text.contains("nowhere") && text.contains("create it"), "{text}");
        }
    }

    /// The `[store]` table of a configuration in this folder, which gets the secrets beside it.
    fn table(&self, home: &Home) -> String {
        let secret = |name: &str, text: &str| std::fs::write(home.folder.join(name), text).unwrap();
        let mut table = format!("url = \"{}/story\"\nendpoint = \"{}\"\n", self.url, self.endpoint);
        match &self.keys {
            Keys::Account(key) => {
                secret("account-key", key);
                table += "credential = { account_key = \"file:account-key\" }\n";
            }
            Keys::Aws { id, secret: text, .. } => {
                secret("s3-secret", text);
                let credential = format!("{{ access_key = \"{id}\", secret = \"file:s3-secret\" }}");
                write!(table, "region = \"us-east-1\"\ncredential = {credential}\n").unwrap();
            }
            Keys::Tokens(_) => {}
        }
        table
    }
}

/// Counts what is sent.
struct Counting {
    inner: Arc<dyn Transport>,
    requests: AtomicUsize,
}

#[async_trait]
impl Transport for Counting {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request, timeout).await
    }
}

/// Asks for pages of seven names, however many the service would give. A signature would not stand it.
struct ShortPages {
    inner: Arc<dyn Transport>,
    pages: Mutex<usize>,
}

#[async_trait]
impl Transport for ShortPages {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let (mut parts, body) = request.into_parts();
        if parts.uri.query().is_some_and(|query| query.contains("comp=list")) {
            *self.pages.lock().unwrap() += 1;
            parts.uri = format!("{}&maxresults=7", parts.uri).parse().unwrap();
        }
        self.inner.send(Request::from_parts(parts, body), timeout).await
    }
}

#[tokio::test]
async fn azurite_keeps_the_promises_of_a_store_and_the_story_ends_there_as_in_memory() {
    let azurite = Azurite::start();
    let place = Place::on_azurite(&azurite).await;
    place.spends_one_request_on_each_operation().await;
    place.is_missed_when_it_is_not_there().await;
    place.keeps_every_promise().await;
    identity::lets_us_in(&azurite, &place).await;
    identity::a_wrong_key_is_refused_by_name(&place).await;
    story::ends_as_in_memory(&place).await;
}

#[tokio::test]
async fn moto_keeps_the_promises_of_a_store_and_the_story_ends_there_as_in_memory() {
    let moto = Moto::start();
    let place = Place::on_moto(&moto).await;
    place.spends_one_request_on_each_operation().await;
    place.is_missed_when_it_is_not_there().await;
    place.keeps_every_promise().await;
    story::ends_as_in_memory(&place).await;
    rights::are_as_documented(&moto, &place).await;
}
