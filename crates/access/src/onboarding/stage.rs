//! How far a customer is.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The stages of coming in, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It is in the configuration. No link is open: none was made yet, or the last one was refused or ran out.
    #[default]
    Invited,
    /// A link was made, and nobody has come back with it.
    ConsentPending,
    /// Somebody consented. Whether it was in the customer's tenant is not proven yet.
    Consented,
    /// The tenant itself says that it is the one of the configuration. Something that the configuration needs is missing
    /// or not known.
    Verified,
    /// All that the configuration needs is there. Nobody has confirmed yet that the customer meant it.
    Configured,
    /// And a named person has confirmed it.
    Ready,
    /// It was ready, and something that the configuration needs has gone since.
    Degraded,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 7] = [
        Self::Invited,
        Self::ConsentPending,
        Self::Consented,
        Self::Verified,
        Self::Configured,
        Self::Ready,
        Self::Degraded,
    ];

    /// Its name, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::ConsentPending => "consent_pending",
            Self::Consented => "consented",
            Self::Verified => "verified",
            Self::Configured => "configured",
            Self::Ready => "ready",
            Self::Degraded => "degraded",
        }
    }

    /// What it means, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Invited => "nobody has consented, and no link is open",
            Self::ConsentPending => "a link is open, and nobody has come back with it",
            Self::Consented => "somebody consented; whether it was in the customer's tenant is not proven yet",
            Self::Verified => {
                "it is the customer's tenant; something that the configuration needs is missing or not known"
            }
            Self::Configured => {
                "everything that the configuration needs is there; consent proves only that some administrator agreed, and \
                 no person has confirmed yet that the customer meant it"
            }
            Self::Ready => "everything is there, and a person has confirmed it",
            Self::Degraded => "it was ready, and something that the configuration needs has gone since",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
