//! The seam: what every object store can do, and nothing more.

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;
use thiserror::Error;

/// The largest document, in bytes. A customer's body with 10,000 members stays under it.
pub const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The longest path, in bytes. S3 and Azure Blob allow 1,024; the rest is left for a prefix of the operator's.
pub const PATH_BYTES_MAX: usize = 512;

/// The longest part of a path between two slashes, in bytes. Most file systems allow 255.
pub const SEGMENT_BYTES_MAX: usize = 200;

/// A document as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its content.
    pub bytes: Bytes,
    /// The state in which it was read.
    pub tag: Tag,
}

/// Names one state of a document, for [`Documents::replace`].
///
/// Equal bytes may have equal tags (S3's etags and our own are hashes of the content), so a document that went from
/// A to B and back to A counts as unchanged. [`crate::Store`] puts a random write id into every document, so no two
/// writes of it are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(pub String);

impl Tag {
    /// The tag of this content, for stores that have no tags of their own.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(sha256_hex(bytes))
    }
}

/// Why an operation on a document failed, sorted by what the caller can do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// Somebody else was first: read again and decide anew.
    #[error("somebody else changed the document first")]
    Conflict,
    /// The write may have happened: read the document to know.
    #[error("the store's answer was lost, and the write may have happened: {0}")]
    Unclear(String),
    /// It did not happen; it may be tried again.
    #[error("the store is out of reach: {0}")]
    Unavailable(String),
    /// The path or the content is not allowed, or the stored content cannot be understood. Trying again is useless.
    #[error("{0}")]
    Invalid(String),
    /// A newer version of this program wrote the document; this one must not touch it.
    #[error("{path} has version {v}, which is newer than this program knows: update the program")]
    Newer {
        /// The document.
        path: String,
        /// Its version.
        v: u32,
    },
}

/// A store of documents, each replaced as a whole and only if it is still as it was read.
///
/// Paths are checked by [`check_path`]. No path may be used both for a document and as the folder of others: file systems
/// cannot hold both and refuse with [`Error::Invalid`], as [`crate::Memory`] does so that tests find it; object stores know
/// no folders, and would have to ask for every part of a path at every write to notice.
///
/// A write whose future is dropped may still happen.
#[async_trait]
pub trait Documents: Send + Sync {
    /// The document, or `None` when there is none.
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error>;

    /// Writes a new document; [`Error::Conflict`] when there is one already.
    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error>;

    /// Writes over the document; [`Error::Conflict`] when it is no longer what `tag` names, or gone.
    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error>;

    /// The full paths of all documents below the folder `prefix`, sorted. `""` means all; a slash at the end changes
    /// nothing, and `a` does not list `ab/c`.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error>;

    /// Removes the document, whatever its state; one that is absent is fine.
    async fn delete(&self, path: &str) -> Result<(), Error>;
}

#[async_trait]
impl<D: Documents + ?Sized> Documents for Arc<D> {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        (**self).get(path).await
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        (**self).create(path, bytes).await
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        (**self).replace(path, bytes, tag).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        (**self).list(prefix).await
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        (**self).delete(path).await
    }
}

/// Whether a document may live here: lower-case letters, digits, `.`, `_`, `-` and `/`; no empty part and none that
/// starts with a dot (so no `..`, and stores may keep files of their own); at most [`PATH_BYTES_MAX`] bytes, each part
/// at most [`SEGMENT_BYTES_MAX`].
pub fn check_path(path: &str) -> Result<(), Error> {
    let fault = if path.len() > PATH_BYTES_MAX {
        format!("it has {} bytes, and {PATH_BYTES_MAX} are allowed", path.len())
    } else if let Some(bad) = path.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '/' | '-')) {
        format!("{bad:?} is not allowed (only a-z, 0-9, '.', '_', '-', '/')")
    } else if path.split('/').any(str::is_empty) {
        "a part of it is empty".into()
    } else if path.split('/').any(|part| part.starts_with('.')) {
        "a part of it starts with a dot".into()
    } else if path.split('/').any(|part| part.len() > SEGMENT_BYTES_MAX) {
        format!("a part of it is longer than {SEGMENT_BYTES_MAX} bytes")
    } else {
        return Ok(());
    };
    // A hostile path may be megabytes long; its beginning is enough to find where it came from.
    let shown: String = path.chars().take(80).collect();
    Err(Error::Invalid(format!("{shown:?} cannot be the path of a document: {fault}")))
}

/// Whether this may be written at this path.
pub(crate) fn check_write(path: &str, bytes: &[u8]) -> Result<(), Error> {
    check_path(path)?;
    check_size(path, bytes.len() as u64)
}

/// Whether a document may be this large.
pub(crate) fn check_size(path: &str, bytes: u64) -> Result<(), Error> {
    if bytes > DOCUMENT_BYTES_MAX as u64 {
        return Err(Error::Invalid(format!("{path} has {bytes} bytes; a document has at most {DOCUMENT_BYTES_MAX}")));
    }
    Ok(())
}

/// The folder that a `prefix` of [`Documents::list`] names, without the slash at its end.
pub(crate) fn folder(prefix: &str) -> Result<&str, Error> {
    let folder = prefix.strip_suffix('/').unwrap_or(prefix);
    if !prefix.is_empty() {
        check_path(folder)?;
    }
    Ok(folder)
}

/// The SHA-256 of the bytes, in lower-case hex.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every character");
        text
    })
}
