//! `[callers.<name>]`: who may call the HTTP API.

use super::tickets::TicketTable;
use crate::config::model::May;
use crate::config::words::{HostPort, Secret, Text};
use crate::ids::{ObjectId, TenantId};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// [callers.<name>]
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct CallerTable {
    /// How it proves itself.
    pub(in crate::config) auth: AuthTable,
    /// What it may do.
    #[schemars(extend("uniqueItems" = true))]
    pub(in crate::config) may: Vec<May>,
    /// The customers that it may name; omitted: all.
    #[schemars(extend("uniqueItems" = true))]
    pub(in crate::config) customers: Option<Vec<String>>,
    /// Hosts to which its requests may ask us to report back.
    #[serde(default)]
    pub(in crate::config) callbacks: Vec<HostPort>,
    /// How we prove ourselves when we report back.
    pub(in crate::config) callback_auth: Option<CallbackAuthTable>,
    /// The ticketing system whose own bodies it sends.
    pub(in crate::config) format: Option<Format>,
    /// Which of that system's fields means what.
    #[serde(default)]
    pub(in crate::config) fields: BTreeMap<String, Text>,
    /// The ticketing system that is told what becomes of its requests.
    pub(in crate::config) ticket: Option<TicketTable>,
}

/// How a caller proves itself.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum AuthTable {
    /// A key in `Authorization: Bearer` or `X-API-Key`.
    ApiKey(Secrets),
    /// Standard Webhooks signatures.
    StandardWebhooks(Secrets),
    /// `X-Hub-Signature`, as GitHub and Jira make it.
    HubSignature(Secrets),
    /// Zendesk's signature.
    Zendesk(Secrets),
    /// Basic authentication, `user:password`.
    Basic(Secrets),
    /// A token from Entra.
    Entra(EntraTable),
}

/// One secret, or two while they are rotated: new and old.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum Secrets {
    /// One.
    One(Secret),
    /// New and old.
    Two(#[schemars(length(min = 1, max = 2), extend("uniqueItems" = true))] Vec<Secret>),
}

impl Secrets {
    /// All that are valid.
    pub(in crate::config) fn all(&self) -> &[Secret] {
        match self {
            Self::One(secret) => std::slice::from_ref(secret),
            Self::Two(secrets) => secrets,
        }
    }
}

/// A token from Entra.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct EntraTable {
    /// The tenant that issues it.
    pub(in crate::config) tenant_id: TenantId,
    /// Its audience.
    pub(in crate::config) audience: Text,
    /// The calling app.
    pub(in crate::config) app_id: Option<ObjectId>,
    /// The app role that it must hold.
    pub(in crate::config) role: Option<Text>,
}

/// How we prove ourselves when we report back.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum CallbackAuthTable {
    /// A key in `Authorization: Bearer`.
    ApiKey(Secret),
    /// Basic authentication, `user:password`.
    Basic(Secret),
    /// Standard Webhooks signatures.
    StandardWebhooks(Secret),
}

/// Ticketing systems whose own bodies can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::config) enum Format {
    /// Jira.
    Jira,
    /// HaloPSA.
    Halopsa,
    /// ConnectWise PSA.
    Connectwise,
    /// Autotask.
    Autotask,
}
