//! The store of one actor, who hears its answers.

use super::call::Call;
use super::ears::Ears;
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use store::{Documents, Error, Stored, Tag};

pub(super) struct Overheard<D> {
    inner: D,
    ears: Arc<Ears>,
}

impl<D> Overheard<D> {
    pub(super) fn new(inner: D, ears: Arc<Ears>) -> Self {
        Self { inner, ears }
    }

    /// A document is what its tag says.
    fn wrote(&self, call: Call, written: &Result<Tag, Error>) {
        let tag = written.as_ref().map(|tag| tag.0.as_str()).map_err(ToString::to_string);
        self.ears.answered(call, tag, written.is_ok());
    }
}

#[async_trait]
impl<D: Documents> Documents for Overheard<D> {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        let found = self.inner.get(path).await;
        let tag = found.as_ref().map(|found| found.as_ref().map(|stored| stored.tag.0.as_str()));
        self.ears.answered(Call::Get(path.into()), tag.map_err(ToString::to_string), false);
        found
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        let written = self.inner.create(path, bytes.clone()).await;
        self.wrote(Call::Create(path.into(), bytes), &written);
        written
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        let written = self.inner.replace(path, bytes.clone(), tag).await;
        self.wrote(Call::Replace(path.into(), bytes, tag.clone()), &written);
        written
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let found = self.inner.list(prefix).await;
        self.ears.answered(Call::List(prefix.into()), found.as_ref().map_err(ToString::to_string), false);
        found
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        let deleted = self.inner.delete(path).await;
        self.ears.answered(Call::Delete(path.into()), deleted.as_ref().map_err(ToString::to_string), deleted.is_ok());
        deleted
    }
}
