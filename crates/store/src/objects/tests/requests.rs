//! What is sent, and how often.

use super::both;
use super::fake::{Dialect, Fake, Fault, PAGE, SECRET};
use crate::objects::{Bucket, Keys, Objects, Tokens, wire};
use crate::{Documents, Error};
use access::config::StorePlace;
use async_trait::async_trait;
use http::Method;
use outside::SeededRandom;
use std::sync::Arc;
use std::sync::Mutex;

#[tokio::test(start_paused = true)]
async fn one_operation_is_one_request() {
    for fake in both() {
        let store = fake.bucket();
        assert_eq!(store.get("a").await, Ok(None));
        let tag = store.create("a", "one".into()).await.unwrap();
        store.replace("a", "two".into(), &tag).await.unwrap();
        store.get("a").await.unwrap().unwrap();
        store.list("").await.unwrap();
        store.delete("a").await.unwrap();
        store.delete("a").await.unwrap();
        let seen = fake.seen();
        let methods: Vec<_> = seen.iter().map(|seen| seen.method.clone()).collect();
        let (get, put, delete) = (Method::GET, Method::PUT, Method::DELETE);
        let expected = [get.clone(), put.clone(), put, get.clone(), get, delete.clone(), delete];
        assert_eq!(methods, expected, "{:?}", fake.dialect);
        assert!(seen.iter().all(|seen| seen.timeout == wire::ATTEMPT_MAX));
        // What our own paths are refused for never leaves the machine.
        store.get("A").await.unwrap_err();
        store.create("a", vec![0; crate::DOCUMENT_BYTES_MAX + 1].into()).await.unwrap_err();
        assert_eq!(store.replace("a", "b".into(), &crate::Tag("no\ntag".into())).await, Err(Error::Conflict));
        assert!(fake.seen().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_is_one_request_for_each_page_and_one_for_none() {
    for fake in both() {
        let store = fake.bucket();
        for (documents, requests) in [(0, 1), (1, 1), (PAGE, 1), (PAGE + 1, 2), (2 * PAGE + 1, 3)] {
            for number in 0..documents {
                let made = store.create(&format!("a/{number:05}"), "bytes".into()).await;
                assert!(matches!(made, Ok(_) | Err(Error::Conflict)));
            }
            fake.seen();
            assert_eq!(store.list("a").await.unwrap().len(), documents, "{:?}", fake.dialect);
            assert_eq!(fake.seen().len(), requests, "{:?}: {documents}", fake.dialect);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn names_are_below_the_prefix_at_the_services_own_address() {
    for (fake, url) in both().into_iter().zip([
        "https://gatehouse1.blob.core.windows.net/state/prod/eu/customers/x/head",
        "https://s3.eu-central-1.amazonaws.com/state/prod/eu/customers/x/head",
    ]) {
        let store = fake.bucket();
        store.create("customers/x/head", "bytes".into()).await.unwrap();
        store.get("customers/x/head").await.unwrap();
        store.delete("customers/x/head").await.unwrap();
        fake.seen().iter().for_each(|seen| assert_eq!(seen.url, url));
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_to_s3_carries_a_checksum_for_buckets_with_object_lock() {
    let fake = Fake::new(Dialect::S3);
    fake.bucket().create("a", "bytes".into()).await.unwrap();
    let seen = fake.seen().remove(0);
    assert_eq!(seen.headers["x-amz-checksum-sha256"], "J3CJ2RwL308uaGK6fkoHYFEZQx9dE/cm3TUrBvGyBqk=");
}

/// Hands out tokens named by their number.
#[derive(Default)]
struct Numbered(Mutex<(u32, bool)>);

#[async_trait]
impl Tokens for Numbered {
    async fn token(&self) -> Result<String, String> {
        let mut state = self.0.lock().unwrap();
        if !state.1 {
            *state = (state.0 + 1, true);
        }
        if state.0 > 2 { Err("the managed identity gave no token".into()) } else { Ok(format!("token-{}", state.0)) }
    }

    async fn forget(&self) {
        self.0.lock().unwrap().1 = false;
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_not_taken_is_renewed_once() {
    for (status, code) in [(401, "InvalidAuthenticationInfo"), (403, "AuthenticationFailed")] {
        renewed_once_after(status, code).await;
    }
    // Another refusal is about us, and a new token would hear the same.
    let fake = Fake::new(Dialect::Azure);
    let store = fake.bucket_with(Keys::Tokens(Arc::new(Numbered::default())));
    fake.then([Fault::Says(403, "AuthorizationPermissionMismatch", None)]);
    store.get("a").await.unwrap_err();
    assert_eq!(fake.seen().len(), 1);
}

async fn renewed_once_after(status: u16, code: &'static str) {
    let fake = Fake::new(Dialect::Azure);
    let store = fake.bucket_with(Keys::Tokens(Arc::new(Numbered::default())));
    let refused = || Fault::Says(status, code, None);
    fake.then([refused()]);
    store.create("a", "bytes".into()).await.unwrap();
    store.delete("a").await.unwrap();
    let shown: Vec<_> = fake.seen().iter().map(|seen| seen.headers["authorization"].clone()).collect();
    assert_eq!(shown, ["Bearer token-1", "Bearer token-2", "Bearer token-2"]);

    // The third is never issued: nothing is sent, and that is certain.
    fake.then([refused()]);
    let failed = store.create("a", "bytes".into()).await.unwrap_err();
    assert_eq!(failed, Error::Unavailable("the managed identity gave no token".into()));
    assert_eq!(fake.seen().len(), 1);
    let failed = store.delete("a").await.unwrap_err();
    assert_eq!(failed, Error::Unavailable("the managed identity gave no token".into()));
    assert!(fake.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn keys_that_do_not_fit_the_store_are_refused_and_never_shown() {
    let aws = || Keys::Aws { id: "AKIA1".into(), secret: SECRET.into(), session: None };
    let fake = Fake::new(Dialect::Azure);
    for (url, keys, region, hint) in [
        ("az://gatehouse1/state", aws(), None, "managed identity"),
        ("az://gatehouse1/state", Keys::Account("not base64!".into()), None, "not base64"),
        ("s3://state", Keys::Account(SECRET.into()), Some("eu-central-1"), "access key of AWS"),
        ("s3://state", aws(), None, "region"),
        ("memory:", aws(), None, "no object store"),
    ] {
        assert!(!format!("{keys:?}").contains(SECRET));
        let objects = Objects {
            transport: Arc::new(fake.clone()),
            clock: fake.clock.clone(),
            random: Arc::new(SeededRandom::new(1)),
            endpoint: None,
            region: region.map(str::to_owned),
            keys,
        };
        let Err(Error::Invalid(text)) = Bucket::open(&StorePlace::parse(url).unwrap(), objects) else {
            panic!("{url}")
        };
        assert!(text.contains(hint) && !text.contains(SECRET), "{url}: {text}");
    }
}
