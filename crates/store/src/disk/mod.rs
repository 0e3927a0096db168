//! Documents in a folder, safe for several processes and for sudden death.
//!
//! A document is a file of the same name. A write goes to a temporary file that is synced and renamed over the old
//! one, so a reader, and a machine that lost its power, sees the old or the new document as a whole. File systems have
//! no conditional replace, so writers take turns by an operating system's lock on one of [`LOCKS`] files that are never
//! renamed; the system drops the lock of a process that dies. The folder must be on a local file system, or on one
//! whose locks work between its clients.

use crate::documents::{check_path, check_write, folder};
use crate::{Documents, Error, Stored, Tag};
use async_trait::async_trait;
use bytes::Bytes;
use std::path::PathBuf;
use std::sync::Arc;

mod files;
use files::Files;

#[cfg(test)]
pub(crate) mod tests;

/// How many lock files there are: as many documents, at most, are written at once.
const LOCKS: u8 = 64;

/// A store in a folder. Clones share it.
#[derive(Debug, Clone)]
pub struct Disk(Arc<Files>);

impl Disk {
    /// A store in this folder, which is made if need be. [`Error::Unavailable`] when it cannot be.
    pub fn new(root: impl Into<PathBuf>) -> Result<Self, Error> {
        Ok(Self(Arc::new(Files::new(root.into())?)))
    }

    /// Runs blocking work on a thread that may block. It goes on even when nobody waits for it any more.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let files = self.0.clone();
        // The work panics never; so it was cancelled by the end of the runtime, before or midway.
        let ended = tokio::task::spawn_blocking(move || work(&files)).await;
        ended.unwrap_or_else(|error| Err(Error::Unclear(format!("the program is ending: {error}"))))
    }
}

#[async_trait]
impl Documents for Disk {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        check_path(path)?;
        let path = path.to_owned();
        self.run(move |files| files.read(&path)).await
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        check_write(path, &bytes)?;
        let path = path.to_owned();
        self.run(move |files| files.write(&path, &bytes, None)).await
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        check_write(path, &bytes)?;
        let (path, tag) = (path.to_owned(), tag.clone());
        self.run(move |files| files.write(&path, &bytes, Some(&tag))).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let folder = folder(prefix)?.to_owned();
        self.run(move |files| files.list(&folder)).await
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        check_path(path)?;
        let path = path.to_owned();
        self.run(move |files| files.delete(&path)).await
    }
}
