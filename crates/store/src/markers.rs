//! Markers of open work: `open/<kind>/<id>`, so that a timer lists what is unfinished and nothing else.
//!
//! Set the marker *before* the work's own document says that there is work, and clear it *after* that document says
//! that there is none: a crash in between leaves a marker too many, which the next listing clears, never one too few.

use crate::{Document, Error, Store};
use serde::{Deserialize, Serialize};

/// A marker's document holds nothing: that it is there says all.
#[derive(Serialize, Deserialize)]
struct Marker {}

impl Document for Marker {
    const V: u32 = 1;
}

/// Marks the work as open. It may be marked already.
pub async fn set(store: &Store, kind: &str, id: &str) -> Result<(), Error> {
    match store.create(&format!("open/{kind}/{id}"), Marker {}).await {
        Ok(_) | Err(Error::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The ids of the open work of this kind, sorted.
pub async fn list(store: &Store, kind: &str) -> Result<Vec<String>, Error> {
    let folder = format!("open/{kind}/");
    let paths = store.list(&folder).await?;
    Ok(paths.iter().filter_map(|path| path.strip_prefix(&folder)).map(Into::into).collect())
}

/// Says that the work is done. It may be cleared already.
pub async fn clear(store: &Store, kind: &str, id: &str) -> Result<(), Error> {
    store.delete(&format!("open/{kind}/{id}")).await
}
