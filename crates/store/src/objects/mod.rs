//! Documents in an object store: Azure Blob Storage and Amazon S3, or services that speak their languages.
//!
//! The crate `object_store` knows how the two are spoken to: addresses, signatures, conditions, pages. It gets [`wire`],
//! a way out over our own [`Transport`], and nothing else of its own making: no client, no retries, no credentials. An
//! answer is sorted once, in [`answers`], by what it says of the document; whatever `object_store` wraps around that is
//! unwrapped again here.
//!
//! One operation is one request, unless the service asks for a pause or a list has many pages.

use crate::documents::{check_path, check_size, check_write, folder};
use crate::{Documents, Error, Stored, Tag};
use access::config::StorePlace;
use async_trait::async_trait;
use bytes::Bytes;
use failure::Failure;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore, PutMode, PutOptions, UpdateVersion};
use outside::{Clock, Random, Transport};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use wire::Wire;

mod answers;
mod az;
mod failure;
mod listing;
mod s3;
mod strangers;
#[cfg(test)]
pub(crate) mod tests;
mod wire;

/// How long one list may take with all its pages. A page takes less than a second.
const LIST_MAX: Duration = Duration::from_secs(120);

/// What it takes to reach an object store, beside its URL.
#[derive(Clone)]
pub struct Objects {
    /// The way out. Each request is given a time-out.
    pub transport: Arc<dyn Transport>,
    /// For the pauses between attempts.
    pub clock: Arc<dyn Clock>,
    /// For their jitter.
    pub random: Arc<dyn Random>,
    /// The base of the service, https, without a trailing slash; `None`: the service's public one. For Azure it ends
    /// with the account where the account is no part of the host's name.
    pub endpoint: Option<String>,
    /// The bucket's region; S3 alone needs it.
    pub region: Option<String>,
    /// What lets us in.
    pub keys: Keys,
}

/// What lets us in.
#[derive(Clone)]
pub enum Keys {
    /// The key of an Azure storage account, as Azure shows it: base64.
    Account(String),
    /// Tokens for Azure Storage (audience `https://storage.azure.com/`).
    Tokens(Arc<dyn Tokens>),
    /// An access key of AWS.
    Aws {
        /// Its id, which is no secret.
        id: String,
        /// Its secret.
        secret: String,
        /// The session's token, where the key is that of a role.
        session: Option<String>,
    },
}

/// No value: most are secrets.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account(_) => "Account(…)",
            Self::Tokens(_) => "Tokens(…)",
            Self::Aws { .. } => "Aws(…)",
        })
    }
}

/// A source of tokens.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A token that is good for minutes at least, kept or new. The error says why there is none, without a secret.
    async fn token(&self) -> Result<String, String>;

    /// Makes the next token a new one: the service did not take this one.
    async fn forget(&self);
}

/// Documents in a container or bucket.
pub(crate) struct Bucket {
    store: Arc<dyn ObjectStore>,
    eraser: Eraser,
    clock: Arc<dyn Clock>,
    /// What all names begin with; empty or with a slash at its end.
    prefix: String,
}

/// How a document is removed. The batch request with which `object_store` removes blobs hides its answer in another one.
enum Eraser {
    Store,
    Azure(az::Eraser),
}

impl Bucket {
    /// Opens what the place names. Nothing is sent yet. [`Error::Invalid`] where the keys do not fit the place.
    pub(crate) fn open(place: &StorePlace, objects: Objects) -> Result<Self, Error> {
        let clock = objects.clock.clone();
        let slashed = |prefix: &str| if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let (opened, prefix) = match place {
            StorePlace::Azure { account, container, prefix } => {
                let prefix = slashed(prefix);
                (az::open(account, container, &prefix, objects), prefix)
            }
            StorePlace::S3 { bucket, prefix } => {
                let prefix = slashed(prefix);
                (s3::open(bucket, &prefix, objects), prefix)
            }
            StorePlace::Memory | StorePlace::Folder(_) => {
                return Err(Error::Invalid("a store on this machine is no object store".into()));
            }
        };
        let (store, eraser) = opened.map_err(Error::Invalid)?;
        Ok(Self { store, eraser, clock, prefix })
    }

    fn name(&self, path: &str) -> Result<Path, Error> {
        Path::parse(format!("{}{path}", self.prefix)).map_err(|error| Error::Invalid(error.to_string()))
    }

    async fn put(&self, path: &str, bytes: Bytes, mode: PutMode) -> Result<Tag, Error> {
        let put = self.store.put_opts(&self.name(path)?, bytes.into(), PutOptions::from(mode)).await;
        match put.map_err(|error| Failure::of_write(&error)) {
            Ok(put) => put.e_tag.map(Tag).ok_or_else(|| Error::Unclear("the answer names no state (ETag)".into())),
            // Gone is changed, too.
            Err(Failure::Changed | Failure::Missing) => Err(Error::Conflict),
            Err(failure) => Err(failure.into()),
        }
    }

    /// The names below a folder, read page by page to the end.
    async fn names(&self, folder: &str) -> Result<Vec<String>, Failure> {
        let below = format!("{}{folder}", self.prefix);
        let below = Path::parse(&below).map_err(|error| Failure::Invalid(error.to_string()))?;
        let until = self.clock.monotonic() + LIST_MAX;
        let mut pages = self.store.list(Some(&below));
        let mut names = Vec::new();
        while let Some(found) = pages.try_next().await.map_err(|error| Failure::of_read(&error))? {
            if self.clock.monotonic() >= until {
                return Err(Failure::Unavailable(format!("a list took longer than {LIST_MAX:?}")));
            }
            // What somebody else put there is no document: most of it was left out before.
            let path = found.location.as_ref().strip_prefix(&self.prefix);
            names.extend(path.filter(|path| check_path(path).is_ok()).map(str::to_owned));
        }
        names.sort();
        names.dedup();
        Ok(names)
    }
}

#[async_trait]
impl Documents for Bucket {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        check_path(path)?;
        let got = match self.store.get_opts(&self.name(path)?, GetOptions::default()).await {
            Ok(got) => got,
            Err(error) => match Failure::of_read(&error) {
                Failure::Missing => return Ok(None),
                failure => return Err(failure.into()),
            },
        };
        check_size(path, got.meta.size)?;
        let tag = got.meta.e_tag.clone().map(Tag);
        let tag = tag.ok_or_else(|| Error::Unavailable("the answer names no state (ETag)".into()))?;
        let bytes = got.bytes().await.map_err(|error| Failure::of_read(&error))?;
        Ok(Some(Stored { bytes, tag }))
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        check_write(path, &bytes)?;
        self.put(path, bytes, PutMode::Create).await
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        check_write(path, &bytes)?;
        // One that no service gives out names no state of any document.
        if tag.0.is_empty() || !tag.0.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::Conflict);
        }
        let version = UpdateVersion { e_tag: Some(tag.0.clone()), version: None };
        self.put(path, bytes, PutMode::Update(version)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        Ok(self.names(folder(prefix)?).await?)
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        check_path(path)?;
        let name = self.name(path)?;
        let erased = match &self.eraser {
            Eraser::Azure(eraser) => eraser.erase(&name).await,
            Eraser::Store => {
                let erased = object_store::ObjectStoreExt::delete(&*self.store, &name).await;
                erased.map_err(|error| Failure::of_write(&error))
            }
        };
        match erased {
            Ok(()) | Err(Failure::Missing) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }
}

/// What the crate `object_store` is given as its way out, for all its requests.
fn connector(wire: &Arc<Wire>) -> wire::Connector {
    wire::Connector(wire.clone())
}

/// No retries of the crate's own: ours know what surely did not happen.
fn no_retries() -> object_store::RetryConfig {
    object_store::RetryConfig { max_retries: 0, retry_timeout: Duration::ZERO, ..Default::default() }
}
