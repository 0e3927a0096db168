//! A configuration's texts, not yet looked at.

use super::document::{Publication, Published};
use access::config::{self, Folder, Loaded};
use jiff::Timestamp;
use jiff::civil::Date;
use std::path::PathBuf;

/// A configuration as it was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The files.
    pub files: Folder,
    /// What they are known by: `sha256:…`.
    pub digest: String,
    /// Where they come from.
    pub origin: Origin,
}

/// Where a configuration comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A folder.
    Folder {
        /// Its path.
        path: PathBuf,
        /// When it was read.
        read: Timestamp,
    },
    /// A store.
    Published(Published),
}

impl Found {
    /// The files of a folder.
    pub fn in_folder(files: Folder, path: PathBuf, read: Timestamp) -> Self {
        let digest = Publication::digest_of(&files.files.iter().cloned().collect());
        Self { files, digest, origin: Origin::Folder { path, read } }
    }

    /// What it is called where something is said about it.
    pub fn name(&self) -> String {
        match &self.origin {
            Origin::Folder { path, .. } => format!("the configuration in {}", path.display()),
            Origin::Published(published) => format!("the configuration published at {published}"),
        }
    }

    /// What it is called beside another one from the same place.
    pub fn of_when(&self) -> String {
        match &self.origin {
            Origin::Folder { read, .. } => format!("what was read there at {}", read.strftime("%Y-%m-%d %H:%M:%S UTC")),
            Origin::Published(published) => format!("the one published at {published}"),
        }
    }

    /// Reads and checks it as of this day. What a host could not find is an error of a published one.
    pub fn check(&self, today: Date) -> Loaded {
        let mut loaded = config::load(&self.files, today);
        if matches!(self.origin, Origin::Published(_)) {
            let unfit: Vec<_> = loaded.config.iter().flat_map(config::unpublishable).collect();
            // Nobody may go on and look for such a file where this process was started.
            loaded.config = loaded.config.filter(|_| unfit.is_empty());
            loaded.problems.extend(unfit);
        }
        loaded
    }
}
