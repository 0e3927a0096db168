//! The store as everybody sees it who acts: what it says is what was written and not by whom. Worlds that differ in nothing
//! that anybody decides by are the same world.
//!
//! Each write carries a random number, and a lease the name of its holder, for people and for lost answers. Nothing is
//! lost here. In the number's place comes a digest of what was written over what, so that a document that is as it once
//! was is still another one.

use super::ears::digest;
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use store::{Documents, Error, Stored, Tag};

pub(super) struct Plain<D>(pub(super) D);

fn plain(bytes: Bytes, over: Option<&Tag>) -> Bytes {
    let Ok(Value::Object(mut document)) = serde_json::from_slice(&bytes) else { return bytes };
    if document.remove("w").is_none() {
        return bytes;
    }
    if let Some(holder) = document.get_mut("value").and_then(|value| value.get_mut("holder")) {
        *holder = "somebody".into();
    }
    let written = digest(&(Value::Object(document.clone()).to_string(), over.map(|tag| &tag.0)));
    document.insert("w".into(), uuid::Uuid::from_u64_pair(0, written).to_string().into());
    Bytes::from(Value::Object(document).to_string())
}

#[async_trait]
impl<D: Documents> Documents for Plain<D> {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        self.0.get(path).await
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        self.0.create(path, plain(bytes, None)).await
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        self.0.replace(path, plain(bytes, Some(tag)), tag).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        self.0.list(prefix).await
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        self.0.delete(path).await
    }
}
