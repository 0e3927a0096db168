//! Documents in memory: for tests, and for trying things out.

use crate::documents::{check_path, check_write, folder};
use crate::{Documents, Error, Stored, Tag};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// A store that is gone when its last clone is dropped. Clones share their documents.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<BTreeMap<String, Stored>>>);

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store of its own in which everything is as it is here now.
    pub fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.documents().clone())))
    }

    fn documents(&self) -> MutexGuard<'_, BTreeMap<String, Stored>> {
        self.0.lock().expect("no holder panics")
    }
}

#[async_trait]
impl Documents for Memory {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        check_path(path)?;
        Ok(self.documents().get(path).cloned())
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        check_write(path, &bytes)?;
        let mut documents = self.documents();
        if documents.contains_key(path) {
            return Err(Error::Conflict);
        }
        // The file system cannot hold both either; here it keeps a mistake from passing the tests.
        let above = path.match_indices('/').any(|(slash, _)| documents.contains_key(&path[..slash]));
        if above || !below(&documents, path).is_empty() {
            return Err(Error::Invalid(format!("{path} would be both a document and a folder of documents")));
        }
        let tag = Tag::of(&bytes);
        documents.insert(path.into(), Stored { bytes, tag: tag.clone() });
        Ok(tag)
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        check_write(path, &bytes)?;
        let mut documents = self.documents();
        let stored = documents.get_mut(path).filter(|stored| stored.tag == *tag).ok_or(Error::Conflict)?;
        *stored = Stored { tag: Tag::of(&bytes), bytes };
        Ok(stored.tag.clone())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        Ok(below(&self.documents(), folder(prefix)?))
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        check_path(path)?;
        self.documents().remove(path);
        Ok(())
    }
}

fn below(documents: &BTreeMap<String, Stored>, folder: &str) -> Vec<String> {
    let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    documents
        .range(start.clone()..)
        .map(|(path, _)| path)
        .take_while(|path| path.starts_with(&start))
        .cloned()
        .collect()
}
