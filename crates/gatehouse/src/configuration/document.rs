//! How a published configuration is stored: as one document, so that a reader gets all of it or the one before.

use super::found::{Found, Origin};
use access::config::Folder;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use store::{Document, Error, Store};

/// Where it is.
pub const CONFIGURATION: &str = "configuration";

/// Where the last one is that a host could use.
pub const LAST_GOOD: &str = "configuration-last-good";

/// How long after it was last seen to be good a configuration is used where there is no better one, by whoever has it in
/// memory and by whoever begins.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How often it is written down that the last good one is still good.
const SEEN_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// A published configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The SHA-256 of the files, as [`Publication::digest_of`] makes it.
    pub digest: String,
    /// Path (with `/`) and text of each file.
    pub files: BTreeMap<String, String>,
    /// How it came here.
    pub published: Published,
}

/// Who published a configuration, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// When.
    pub at: Timestamp,
    /// Who, as they said.
    pub by: String,
    /// The version of the program that checked it.
    pub program: String,
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.at.strftime("%Y-%m-%d %H:%M:%S UTC"), self.by)
    }
}

impl Document for Publication {
    const V: u32 = 1;
}

/// A configuration that was good.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct LastGood {
    publication: Publication,
    /// When a host last saw that it was still the one to use, within a day.
    seen: Timestamp,
}

impl Document for LastGood {
    const V: u32 = 1;
}

impl Publication {
    /// A publication of these files.
    pub fn new(folder: &Folder, published: Published) -> Self {
        let files: BTreeMap<String, String> = folder.files.iter().cloned().collect();
        Self { digest: Self::digest_of(&files), files, published }
    }

    /// What files are known by, whenever and by whomever they were published. Each path and text goes in with its
    /// length before it, so that no two sets of files give the same bytes.
    pub fn digest_of(files: &BTreeMap<String, String>) -> String {
        let mut hash = Sha256::new();
        for text in files.iter().flat_map(|(path, text)| [path, text]) {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{hex}")
    }

    /// Whether its files are those that were published.
    pub fn is_whole(&self) -> bool {
        self.digest == Self::digest_of(&self.files)
    }

    fn found(self) -> Result<Found, String> {
        if !self.is_whole() {
            return Err(format!(
                "the configuration published at {} is not what was published: its digest does not fit its files; publish it again",
                self.published
            ));
        }
        let files = Folder { files: self.files.into_iter().collect() };
        Ok(Found { files, digest: self.digest, origin: Origin::Published(self.published) })
    }
}

/// The published configuration. The error says why there is none to be had.
pub async fn find(store: &Store, url: &str) -> Result<Found, String> {
    let published = store.read::<Publication>(CONFIGURATION).await.map_err(|error| unread(url, &error))?;
    let published = published.ok_or_else(|| {
        format!("there is no configuration at {url}: gatehouse publish --config DIR --to {url} puts one there")
    })?;
    published.value.found()
}

/// The last good configuration, and when it was last seen to be good; `None`: there is none that is fresh enough to be used.
pub async fn last_good(store: &Store, url: &str) -> Result<Option<(Found, Timestamp)>, String> {
    let kept = store.read::<LastGood>(LAST_GOOD).await.map_err(|error| unread(url, &error))?;
    let fresh = kept.filter(|kept| store.clock().now().duration_since(kept.value.seen).abs() <= KEPT_FOR);
    fresh.map(|kept| Ok((kept.value.publication.found()?, kept.value.seen))).transpose()
}

/// Keeps a configuration that is in use for the day on which what is published cannot be. Written when it changed, and
/// once a day so that its age is known. A newer program's is left alone.
pub async fn keep(store: &Store, found: &Found) -> Result<(), Error> {
    let Origin::Published(published) = &found.origin else { return Ok(()) };
    let seen = store.clock().now();
    let publication = Publication::new(&found.files, published.clone());
    let kept = |present: Option<LastGood>| {
        let same = |present: &LastGood| {
            present.publication == publication && seen.duration_since(present.seen).abs() < SEEN_EVERY
        };
        // Another host may have seen a younger one meanwhile.
        let younger = |present: &LastGood| present.publication.published.at > publication.published.at;
        (!present.as_ref().is_some_and(|present| same(present) || younger(present)))
            .then(|| LastGood { publication: publication.clone(), seen })
    };
    match store.update(LAST_GOOD, kept).await {
        // Another host has just written the same.
        Ok(_) | Err(Error::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}

fn unread(url: &str, error: &Error) -> String {
    format!("the configuration at {url} cannot be read: {error}")
}

#[cfg(test)]
mod tests;
