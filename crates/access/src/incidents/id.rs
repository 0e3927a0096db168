//! The id of an incident: what is the same always has the same one, so creating its document is the claim on it.

use super::Kind;
use crate::ids::{TenantId, digits, hash_digits};
use serde::{Deserialize, Serialize};

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
        Self(hash_digits(&[&tenant.to_string(), kind.name(), &key.to_lowercase()]))
    }
}

digits!(IncidentId, UnfitIncidentId);
