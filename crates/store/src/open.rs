//! A store by its URL.

use crate::{Disk, Documents, Error, Memory};
use std::path::Path;
use std::sync::Arc;

/// The store that the URL names: `memory:`, or `file:PATH`, relative to `base_dir` unless it starts with a slash.
/// [`Error::Invalid`] for any other URL, [`Error::Unavailable`] when the folder cannot be made.
pub fn open(url: &str, base_dir: &Path) -> Result<Arc<dyn Documents>, Error> {
    let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
    match scheme {
        "memory" if rest.is_empty() => Ok(Arc::new(Memory::new())),
        "file" => {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            let named_host = rest.starts_with("//") && !path.starts_with('/');
            if path.is_empty() || named_host {
                return Err(Error::Invalid(format!("{url:?} names no folder: write file:PATH or file:///PATH")));
            }
            Ok(Arc::new(Disk::new(base_dir.join(path))?))
        }
        "az" | "s3" => {
            Err(Error::Invalid(format!("{scheme}:// stores come in a later version: use file:PATH until then")))
        }
        _ => Err(Error::Invalid(format!("{url:?} names no store: write memory: or file:PATH"))),
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
            let store = open(&url, &folder.path().join("base")).unwrap();
            store.create("a", "bytes".into()).await.unwrap();
            assert!(folder.path().join(file).exists(), "{url}");
        }
        assert_eq!(open("memory:", folder.path()).unwrap().list("").await.unwrap(), [""; 0]);
        for (url, hint) in [
            ("az://account/container", "later version"),
            ("s3://bucket", "later version"),
            ("file:", "file:PATH"),
            ("file://host/path", "file:PATH"),
            ("memory:x", "file:PATH"),
            ("data", "file:PATH"),
            ("http://example.com", "file:PATH"),
        ] {
            let Err(Error::Invalid(text)) = open(url, folder.path()) else { panic!("{url} is no store") };
            assert!(text.contains(hint), "{url}: {text}");
        }
    }
}
