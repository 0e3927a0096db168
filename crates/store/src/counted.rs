//! A store that counts its operations: the budgets of the design are tested with it.

use crate::{Documents, Error, Stored, Tag};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::{Mutex, MutexGuard};

/// How many operations of each kind there were, failed ones included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// [`Documents::get`].
    pub gets: u64,
    /// [`Documents::create`].
    pub creates: u64,
    /// [`Documents::replace`].
    pub replaces: u64,
    /// [`Documents::list`].
    pub lists: u64,
    /// [`Documents::delete`].
    pub deletes: u64,
}

/// A store that counts.
#[derive(Debug)]
pub struct Counted<D> {
    inner: D,
    paths: Mutex<BTreeMap<String, Counts>>,
}

impl Counts {
    /// Operations that change nothing.
    pub fn reads(&self) -> u64 {
        self.gets + self.lists
    }

    /// Operations that may change something.
    pub fn writes(&self) -> u64 {
        self.creates + self.replaces + self.deletes
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.gets += other.gets;
        self.creates += other.creates;
        self.replaces += other.replaces;
        self.lists += other.lists;
        self.deletes += other.deletes;
    }
}

impl<D: Documents> Counted<D> {
    /// A store whose counts are zero.
    pub fn new(inner: D) -> Self {
        Self { inner, paths: Mutex::default() }
    }

    /// The operations on paths that start with `prefix` (for a list: whose prefix does); `""` means all.
    pub fn counts(&self, prefix: &str) -> Counts {
        let mut sum = Counts::default();
        self.paths().iter().filter(|(path, _)| path.starts_with(prefix)).for_each(|(_, counts)| sum += *counts);
        sum
    }

    /// The store whose operations are counted.
    pub fn inner(&self) -> &D {
        &self.inner
    }

    /// Starts again at zero.
    pub fn reset(&self) {
        self.paths().clear();
    }

    fn paths(&self) -> MutexGuard<'_, BTreeMap<String, Counts>> {
        self.paths.lock().expect("no holder panics")
    }

    fn count(&self, path: &str, one: impl FnOnce(&mut Counts)) {
        one(self.paths().entry(path.into()).or_default());
    }
}

#[async_trait]
impl<D: Documents> Documents for Counted<D> {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        self.count(path, |counts| counts.gets += 1);
        self.inner.get(path).await
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        self.count(path, |counts| counts.creates += 1);
        self.inner.create(path, bytes).await
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        self.count(path, |counts| counts.replaces += 1);
        self.inner.replace(path, bytes, tag).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        self.count(prefix, |counts| counts.lists += 1);
        self.inner.list(prefix).await
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        self.count(path, |counts| counts.deletes += 1);
        self.inner.delete(path).await
    }
}
