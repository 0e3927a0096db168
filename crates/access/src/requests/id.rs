//! The id of a request: the same wish always has the same one, so creating its document is the claim on it.

use crate::ids::{digits, hash_digits};
use serde::{Deserialize, Serialize};

/// The id of a request: 32 lower-case hexadecimal digits, so that it may stand in a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestId(String);

/// The text is not 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of a request: 32 of the characters 0-9 and a-f")]
pub struct UnfitRequestId;

impl RequestId {
    /// The id of what `caller` asks under `key`: its idempotency key, else its delivery id, else a text made of
    /// ticket, package and invitee. Keys of different callers never meet.
    pub fn of(caller: &str, key: &str) -> Self {
        Self(hash_digits(&[caller, key]))
    }
}

digits!(RequestId, UnfitRequestId);
