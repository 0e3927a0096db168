//! What is kept of the watch.

use access::ids::TenantId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::Document;

/// Where the watch keeps when it last looked.
pub(super) const WATCH: &str = "watch";

/// The folder of customers who cannot be read.
pub(in crate::incidents) const UNWATCHED: &str = "unwatched";

/// When the watch last looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Watch {
    /// The last tick.
    pub(super) tick: Timestamp,
    /// The watch stood still, and not everybody had their turn since.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) behind: Option<Behind>,
}

impl Document for Watch {
    const V: u32 = 1;
}

/// That the watch stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Behind {
    /// Since when nobody looked.
    pub(super) since: Timestamp,
    /// By then everybody has had a turn.
    pub(super) until: Timestamp,
}

/// A customer, or its alerts, who cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::incidents) struct Unwatched {
    /// What happened since then was not read.
    pub(super) since: Timestamp,
    /// When that was found.
    pub(super) found: Timestamp,
    /// Why, for people.
    pub(super) why: String,
    /// When it is tried again.
    pub(super) next: Timestamp,
    /// The notice that tells of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) notice: Option<String>,
}

impl Document for Unwatched {
    const V: u32 = 1;
}

/// Where it is kept that a customer's logs cannot be read.
pub(super) fn unwatched_path(tenant: TenantId) -> String {
    format!("{UNWATCHED}/{tenant}")
}

/// Where it is kept that the alerts that fired there cannot be listed.
pub(super) fn unlisted_path(tenant: TenantId) -> String {
    format!("{UNWATCHED}/{tenant}.alerts")
}
