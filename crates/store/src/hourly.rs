//! What expires: documents under `<kind>/<yyyymmddhh>/<id>`, hours in UTC, swept an hour at a time.

use crate::{Error, Store};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The folder of that kind and hour, for [`Store::list`].
pub fn folder(kind: &str, at: Timestamp) -> String {
    format!("{kind}/{}", hour(at))
}

/// The path of one such document.
pub fn path(kind: &str, at: Timestamp, id: &str) -> String {
    format!("{kind}/{}/{id}", hour(at))
}

/// Deletes everything of that kind from hours before that of `before`, and says how many documents that were.
pub async fn sweep(store: &Store, kind: &str, before: Timestamp) -> Result<usize, Error> {
    let (kind, limit) = (format!("{kind}/"), hour(before));
    let mut swept = 0;
    for path in store.list(&kind).await? {
        let hour = path.strip_prefix(&kind).and_then(|rest| rest.split('/').next());
        if hour.is_some_and(|hour| hour.len() == limit.len() && hour < limit.as_str()) {
            store.delete(&path).await?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// Sorts as text like the hours sort in time.
fn hour(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H").to_string()
}
