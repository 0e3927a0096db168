//! The alerts as they came, byte for byte: stored before anything is made of them.

use super::api::AlertCall;
use super::read::read;
use crate::membership::partner::hex;
use access::alerts::{Delivery, Reading};
use access::config::Customer;
use access::incidents::{Circumstances, Opening, openings, unread};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Document, hourly};

/// The folder of the alerts, by hour: `alerts/<hour>/<id>`.
pub(super) const ALERTS: &str = "alerts";

/// The kind of the markers of alerts of which nothing was made yet: `open/alerts/<hour>.<id>`.
pub(super) const MARKER: &str = "alerts";

/// How many bytes of the hash an alert's id shows.
const ID_BYTES: usize = 16;

/// An alert's bytes, and what is known beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RawAlert {
    /// The customer that the address named.
    pub(super) customer: String,
    /// Who called.
    pub(super) caller: String,
    /// When it came.
    pub(super) received: Timestamp,
    /// How it announced itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) content_type: Option<String>,
    /// The headers that belong to what it says.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    headers: Vec<(String, String)>,
    /// The bytes, in base64.
    bytes: String,
}

impl Document for RawAlert {
    const V: u32 = 1;
}

impl RawAlert {
    pub(super) fn new(call: &AlertCall<'_>, received: Timestamp) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            customer: call.customer.into(),
            caller: call.caller.into(),
            received,
            content_type: call.content_type.map(str::to_owned),
            headers: call.headers.iter().map(owned).collect(),
            bytes: BASE64.encode(call.body),
        }
    }

    /// The alert's own id, read once more.
    pub(super) fn alert_id(&self) -> Option<String> {
        match self.read_again(None, false)? {
            Reading::Alert(alert) => alert.id,
            Reading::Refused(_) | Reading::Validation { .. } => None,
        }
    }

    /// What it opens, read once more.
    pub(super) fn openings(&self, around: &Circumstances<'_>) -> Vec<Opening> {
        // Only alerts are stored: what looks like nothing now had lost its body.
        match self.read_again(around.customer, true) {
            Some(Reading::Alert(alert)) => openings(&alert, around),
            Some(Reading::Refused(_) | Reading::Validation { .. }) => {
                vec![unread(around.raw, around, "the stored bytes are no alert")]
            }
            None => vec![unread(around.raw, around, "the stored bytes were damaged")],
        }
    }

    /// What the stored bytes say; `None`: they were damaged.
    fn read_again(&self, customer: Option<&Customer>, lost_its_body: bool) -> Option<Reading> {
        let body = BASE64.decode(&self.bytes).ok()?;
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let delivery = Delivery { body: &body, content_type: self.content_type.as_deref(), headers: &headers };
        Some(read(&delivery, customer, lost_its_body))
    }
}

/// The id of these bytes at this address: a delivery that is repeated has the same one.
pub(super) fn id(customer: &str, bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update((customer.len() as u64).to_be_bytes());
    hash.update(customer.as_bytes());
    hash.update(bytes);
    hex(&hash.finalize()[..ID_BYTES])
}

/// Where an alert that came then is kept.
pub(super) fn path(id: &str, received: Timestamp) -> String {
    hourly::path(ALERTS, received, id)
}

/// The name of its marker, and where it leads.
pub(super) fn mark(id: &str, received: Timestamp) -> String {
    let folder = hourly::folder(ALERTS, received);
    let hour = folder.strip_prefix("alerts/").unwrap_or_default();
    format!("{hour}.{id}")
}

/// The path of the alert that a marker stands for.
pub(super) fn marked(mark: &str) -> Option<(String, &str)> {
    let (hour, id) = mark.split_once('.')?;
    Some((format!("{ALERTS}/{hour}/{id}"), id))
}
