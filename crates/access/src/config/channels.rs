//! Where notices go, resolved.

use super::model::SecretRef;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A channel that this version can send to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The service, with what it needs.
    pub service: Service,
    /// Another base for the service, `https://…`.
    pub url: Option<String>,
}

/// The services that this version can send to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service {
    /// The URL of a Teams workflow.
    Teams(SecretRef),
    /// The URL of a Slack incoming webhook.
    Slack(SecretRef),
    /// A PagerDuty routing key (Events API v2).
    PagerDuty(SecretRef),
    /// A POST signed by Standard Webhooks.
    Webhook {
        /// Where to, `https://…`.
        url: String,
        /// `whsec_` and base64.
        secret: SecretRef,
    },
}

/// What a notice is about; `[notices]` routes each kind to channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Steps that a rail holds until a person decides.
    Held,
    /// A customer whose administrator must consent (again).
    Consent,
    /// Something that a person has to mend.
    Problems,
    /// A request that waits for somebody's approval.
    Approvals,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Held, Self::Consent, Self::Problems, Self::Approvals];

    /// Its key in `[notices]`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Consent => "consent",
            Self::Problems => "problems",
            Self::Approvals => "approvals",
        }
    }

    /// The kind with this key.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
