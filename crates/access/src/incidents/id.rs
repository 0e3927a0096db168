//! The id of an incident: what is the same always has the same one, so creating its document is the claim on it.

use super::Kind;
use crate::ids::TenantId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// How many bytes of the hash an id shows: as many as a UUID has.
const BYTES: usize = 16;

/// The id of an incident: 32 lower-case hexadecimal digits, so that it may stand in a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IncidentId(String);

/// The text is not 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of an incident: 32 of the characters 0-9 and a-f")]
pub struct UnfitIncidentId;

impl IncidentId {
    /// The id of what of this kind happened in this tenant; `key` tells it from all else, without regard to case.
    pub fn of(tenant: TenantId, kind: Kind, key: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [tenant.to_string().as_str(), kind.name(), key.to_lowercase().as_str()] {
            // Each with its length before it: no two lists of parts run together into the same bytes.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hash.finalize().iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IncidentId {
    type Err = UnfitIncidentId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 2 * BYTES && text.bytes().all(fits) { Ok(Self(text.to_owned())) } else { Err(UnfitIncidentId) }
    }
}

impl TryFrom<String> for IncidentId {
    type Error = UnfitIncidentId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<IncidentId> for String {
    fn from(id: IncidentId) -> Self {
        id.0
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
