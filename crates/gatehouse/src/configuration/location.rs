//! Where a configuration is.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{Documents, Objects, Opening};

/// What starts the address of a store in which a configuration can be published.
const STORES: [&str; 3] = ["az://", "s3://", "file:"];

/// Where a configuration is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In this folder, as people write it.
    Folder(PathBuf),
    /// In the store at this address, as `gatehouse publish` wrote it.
    Published(String),
}

impl Location {
    /// What `--config` or `GATEHOUSE_CONFIG` names. The error says what may be written.
    pub fn of(named: &Path) -> Result<Self, String> {
        match named.to_str() {
            Some(text) if STORES.iter().any(|scheme| text.starts_with(scheme)) => Ok(Self::Published(text.to_owned())),
            Some(text) if text.contains("://") => Err(format!(
                "{text} is no place for a configuration: write a folder, or the address of a published one: \
                 az://ACCOUNT/CONTAINER/PREFIX, s3://BUCKET/PREFIX or file:PATH"
            )),
            _ => Ok(Self::Folder(named.to_owned())),
        }
    }

    /// The address of the store, if it is published in one.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Folder(_) => None,
            Self::Published(url) => Some(url),
        }
    }
}

/// The store at this address. A relative `file:` path begins where the process was started; what a store elsewhere takes
/// is in `objects`.
pub(crate) fn open(url: &str, objects: Option<Objects>) -> Result<Arc<dyn Documents>, String> {
    let opening = Opening { base_dir: Path::new(""), objects };
    store::open(url, opening).map_err(|error| format!("the store {url} cannot be opened: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_store_is_no_folder_and_other_addresses_are_neither() {
        let of = |named: &str| Location::of(Path::new(named));
        for folder in ["config", "/etc/gatehouse", "./file:x", "az:x"] {
            assert_eq!(of(folder), Ok(Location::Folder(folder.into())), "{folder}");
        }
        for url in ["az://account/container/live", "s3://bucket/live", "file:/srv/live", "file:live"] {
            assert_eq!(of(url).unwrap().url(), Some(url));
        }
        for wrong in ["https://example.com/config", "memory://", "gs://bucket"] {
            assert!(of(wrong).unwrap_err().contains("az://ACCOUNT/CONTAINER/PREFIX"), "{wrong}");
        }
    }
}
