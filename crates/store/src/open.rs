//! A store by its URL.

use crate::objects::Bucket;
use crate::{Disk, Documents, Error, Memory, Objects};
use access::config::StorePlace;
use std::path::Path;
use std::sync::Arc;

/// What it takes to open a store, beside its URL.
pub struct Opening<'a> {
    /// The folder that a `file:` store is relative to.
    pub base_dir: &'a Path,
    /// What an object store needs; `None`: there are none.
    pub objects: Option<Objects>,
}

impl<'a> Opening<'a> {
    /// For stores on this machine alone.
    pub fn local(base_dir: &'a Path) -> Self {
        Self { base_dir, objects: None }
    }
}

/// The store that the URL names: `memory:`, `file:PATH` (relative to the base folder unless it starts with a slash),
/// `az://ACCOUNT/CONTAINER/PREFIX` or `s3://BUCKET/PREFIX`. Of an object store nothing is asked yet.
///
/// [`Error::Invalid`] for any other URL and where an object store lacks what it needs, [`Error::Unavailable`] when the
/// folder cannot be made.
pub fn open(url: &str, opening: Opening<'_>) -> Result<Arc<dyn Documents>, Error> {
    let place = StorePlace::parse(url).map_err(|hint| Error::Invalid(format!("{url:?} names no store: {hint}")))?;
    match (&place, opening.objects) {
        (StorePlace::Memory, _) => Ok(Arc::new(Memory::new())),
        (StorePlace::Folder(path), _) => Ok(Arc::new(Disk::new(opening.base_dir.join(path))?)),
        (StorePlace::Azure { .. } | StorePlace::S3 { .. }, Some(objects)) => {
            Ok(Arc::new(Bucket::open(&place, objects)?))
        }
        (StorePlace::Azure { .. } | StorePlace::S3 { .. }, None) => {
            Err(Error::Invalid(format!("{url} is an object store, and nothing here lets us into one")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::tests::Folder;

    #[tokio::test]
    async fn a_url_names_a_store_or_says_what_to_write() {
        let folder = Folder::new();
        let root = folder.path().display();
        for (url, file) in [
            ("file:data".to_owned(), "base/data/a"),
            ("file:../beside".into(), "beside/a"),
            (format!("file:{root}/one"), "one/a"),
            (format!("file://{root}/two"), "two/a"),
        ] {
            let store = open(&url, Opening::local(&folder.path().join("base"))).unwrap();
            store.create("a", "bytes".into()).await.unwrap();
            assert!(folder.path().join(file).exists(), "{url}");
        }
        let memory = open("memory:", Opening::local(folder.path())).unwrap();
        assert_eq!(memory.list("").await.unwrap(), [""; 0]);
        for (url, hint) in [
            ("az://account/container", "nothing here lets us"),
            ("s3://bucket", "nothing here lets us"),
            ("az://account", "az://ACCOUNT/CONTAINER"),
            ("file:", "file:PATH"),
            ("file://host/path", "file:PATH"),
            ("memory:x", "file:PATH"),
            ("data", "file:PATH"),
            ("http://example.com", "file:PATH"),
        ] {
            let Err(Error::Invalid(text)) = open(url, Opening::local(folder.path())) else {
                panic!("{url} is no store")
            };
            assert!(text.contains(hint), "{url}: {text}");
        }
    }
}
