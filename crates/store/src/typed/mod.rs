//! Typed values in documents, each with a version and a random write id.

use crate::{Documents, Error, Stored, Tag, settle};
use bytes::Bytes;
use outside::{Clock, Random};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// How often [`Store::update`] tries when others write in between.
pub const UPDATE_ATTEMPTS_MAX: usize = 10;

/// A value that is stored as a document.
///
/// Readers tolerate unknown fields, so adding a field (with a serde default) needs no new version. Raise `V` when an
/// older program would do harm by writing the document back: it then refuses to.
pub trait Document: Serialize + DeserializeOwned + Send + Sync {
    /// The newest version that this program understands, and the one that it writes. Older ones must decode too.
    const V: u32;
}

/// A value as it was read or written, and what it takes to replace it.
#[derive(Debug, Clone)]
pub struct Kept<T> {
    /// Where it is.
    pub path: String,
    /// What was read or written.
    pub value: T,
    /// The state of the document with this value.
    pub tag: Tag,
}

/// A store of typed values, with the clock and the randomness that its leases and write ids need. Clones share it.
#[derive(Clone)]
pub struct Store {
    documents: Arc<dyn Documents>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// Documents of newer programs that were met, with their versions.
    newer: Arc<Mutex<BTreeMap<String, u32>>>,
}

/// What is in the document's bytes.
#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    v: u32,
    /// The write id: random, so that a writer recognises its own write and no two writes are equal.
    w: Uuid,
    value: T,
}

impl Store {
    /// A store over these documents.
    pub fn new(documents: Arc<dyn Documents>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { documents, clock, random, newer: Arc::default() }
    }

    /// The documents themselves, for what is not a typed value.
    pub fn documents(&self) -> &dyn Documents {
        &*self.documents
    }

    /// The clock that leases are measured with.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// The source of write ids.
    pub fn random(&self) -> &dyn Random {
        &*self.random
    }

    /// The value, or `None` when there is none. [`Error::Newer`] when a newer program wrote it, [`Error::Invalid`]
    /// when it cannot be understood.
    pub async fn read<T: Document>(&self, path: &str) -> Result<Option<Kept<T>>, Error> {
        let Some(Stored { bytes, tag }) = self.documents.get(path).await? else { return Ok(None) };
        Ok(Some(Kept { path: path.into(), value: self.noting(decode(path, &bytes))?, tag }))
    }

    /// The same, but `None` also while the document is the one with this tag, which is then not decoded.
    pub async fn read_unless<T: Document>(&self, path: &str, known: Option<&Tag>) -> Result<Option<Kept<T>>, Error> {
        let stored = self.documents.get(path).await?.filter(|stored| Some(&stored.tag) != known);
        let Some(Stored { bytes, tag }) = stored else { return Ok(None) };
        Ok(Some(Kept { path: path.into(), value: self.noting(decode(path, &bytes))?, tag }))
    }

    /// The documents of newer programs that were met since this was last asked, with their versions: whoever met one
    /// gave up at that place, and somebody has to hear of it.
    pub fn take_newer(&self) -> BTreeMap<String, u32> {
        std::mem::take(&mut *self.newer.lock().expect("no holder panics"))
    }

    /// Remembers a document of a newer program.
    pub(crate) fn noting<T>(&self, read: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Newer { path, v }) = &read {
            self.newer.lock().expect("no holder panics").insert(path.clone(), *v);
        }
        read
    }

    /// Writes a new document; [`Error::Conflict`] when there is one already. Unclear answers are settled by reading.
    pub async fn create<T: Document>(&self, path: &str, value: T) -> Result<Kept<T>, Error> {
        self.write(path, value, None).await
    }

    /// Writes over what was kept; [`Error::Conflict`] when it changed since or is gone. Unclear answers are settled
    /// by reading.
    pub async fn replace<T: Document>(&self, kept: &Kept<T>, value: T) -> Result<Kept<T>, Error> {
        self.write(&kept.path, value, Some(&kept.tag)).await
    }

    /// Reads, changes and writes, again when others wrote in between, up to [`UPDATE_ATTEMPTS_MAX`] times (then
    /// [`Error::Conflict`]). `change` gets the present value, or `None` when there is no document; it answers the new
    /// value, or `None` to leave everything as it is. It may be called several times, and its change may be made
    /// twice when the store loses answers. The answer is what was written, if anything was.
    pub async fn update<T: Document>(
        &self,
        path: &str,
        mut change: impl FnMut(Option<T>) -> Option<T> + Send,
    ) -> Result<Option<Kept<T>>, Error> {
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let (value, tag) = match self.read::<T>(path).await? {
                Some(kept) => (Some(kept.value), Some(kept.tag)),
                None => (None, None),
            };
            let Some(value) = change(value) else { return Ok(None) };
            match self.write(path, value, tag.as_ref()).await {
                Err(Error::Conflict) => {}
                done => return done.map(Some),
            }
        }
        Err(Error::Conflict)
    }

    /// The full paths of all documents below the folder `prefix`, sorted.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        self.documents.list(prefix).await
    }

    /// Removes the document, whatever its state; one that is absent is fine.
    pub async fn delete(&self, path: &str) -> Result<(), Error> {
        self.documents.delete(path).await
    }

    async fn write<T: Document>(&self, path: &str, value: T, over: Option<&Tag>) -> Result<Kept<T>, Error> {
        let envelope = Envelope { v: T::V, w: self.random.id(), value };
        let bytes = serde_json::to_vec(&envelope)
            .map_err(|error| Error::Invalid(format!("{path} cannot be written as JSON: {error}")))?;
        let tag = settle::write(&*self.documents, path, Bytes::from(bytes), over).await?;
        Ok(Kept { path: path.into(), value: envelope.value, tag })
    }
}

fn decode<T: Document>(path: &str, bytes: &[u8]) -> Result<T, Error> {
    /// Enough of an envelope to see whether a newer program wrote it.
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }

    let envelope = serde_json::from_slice::<Envelope<T>>(bytes);
    // A newer version need not decode as ours, so its number is looked at alone before the failure is believed.
    let v = match &envelope {
        Ok(envelope) => Some(envelope.v),
        Err(_) => serde_json::from_slice::<Version>(bytes).ok().map(|version| version.v),
    };
    match (v, envelope) {
        (Some(v), _) if v > T::V => Err(Error::Newer { path: path.into(), v }),
        (_, Ok(envelope)) => Ok(envelope.value),
        (_, Err(error)) => Err(Error::Invalid(format!("{path} cannot be understood: {error}"))),
    }
}
