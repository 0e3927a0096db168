//! The store of one actor, who hears its answers: what it says is what was written and not by whom. Worlds that differ in
//! nothing that anybody decides by are the same world.
//!
//! Each write carries a random number, and a lease the name of its holder, for people and for lost answers. Nothing is
//! lost here. In the number's place comes a digest of what was written over what, so that a document that is as it once
//! was is still another one.

use super::turnstile::Turnstile;
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use store::{Documents, Error, Stored, Tag};

pub(super) struct Plain {
    inner: Arc<dyn Documents>,
    turnstile: Arc<Turnstile>,
}

impl Plain {
    pub(super) fn new(inner: Arc<dyn Documents>, turnstile: Arc<Turnstile>) -> Self {
        Self { inner, turnstile }
    }

    /// A document is what its tag says.
    fn wrote(&self, verb: &str, path: &str, written: &Result<Tag, Error>) {
        self.turnstile.hears(written.as_ref().map(|tag| tag.0.as_str()).map_err(ToString::to_string));
        self.turnstile.did(format!("{verb} {path}"), written.is_ok());
    }
}

fn plain(bytes: Bytes, over: Option<&Tag>) -> Bytes {
    let Ok(Value::Object(mut document)) = serde_json::from_slice(&bytes) else { return bytes };
    if document.remove("w").is_none() {
        return bytes;
    }
    if let Some(holder) = document.get_mut("value").and_then(|value| value.get_mut("holder")) {
        *holder = "somebody".into();
    }
    let mut hash = DefaultHasher::new();
    (Value::Object(document.clone()).to_string(), over.map(|tag| &tag.0)).hash(&mut hash);
    document.insert("w".into(), uuid::Uuid::from_u64_pair(0, hash.finish()).to_string().into());
    Bytes::from(Value::Object(document).to_string())
}

#[async_trait]
impl Documents for Plain {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        let found = self.inner.get(path).await;
        let tag = found.as_ref().map(|found| found.as_ref().map(|stored| stored.tag.0.as_str()));
        self.turnstile.hears(tag.map_err(ToString::to_string));
        self.turnstile.did(format!("get {path}"), false);
        found
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        let written = self.inner.create(path, plain(bytes, None)).await;
        self.wrote("create", path, &written);
        written
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        let written = self.inner.replace(path, plain(bytes, Some(tag)), tag).await;
        self.wrote("replace", path, &written);
        written
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let found = self.inner.list(prefix).await;
        self.turnstile.hears(found.as_ref().map_err(ToString::to_string));
        self.turnstile.did(format!("list {prefix}"), false);
        found
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        let deleted = self.inner.delete(path).await;
        self.turnstile.hears(deleted.as_ref().map_err(ToString::to_string));
        self.turnstile.did(format!("delete {path}"), deleted.is_ok());
        deleted
    }
}
