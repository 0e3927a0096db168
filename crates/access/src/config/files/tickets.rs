//! `[callers.<name>.ticket]`: the ticketing system that is told what becomes of the caller's requests.

use crate::config::model::SecretRef;
use crate::config::requests::Format;
use crate::config::tickets::{Desk, DeskSystem, ServiceNowAuth, TicketEvent, ZendeskStatus};
use crate::config::words::{HttpsUrl, Name, Secret, Text};
use crate::ids::ObjectId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// [callers.<name>.ticket]: exactly one system.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::config) enum TicketTable {
    /// A table of ServiceNow.
    ServiceNow(ServiceNowTable),
    /// Jira Cloud.
    Jira(JiraTable),
    /// Zendesk.
    Zendesk(ZendeskTable),
    /// Freshservice.
    Freshservice(FreshserviceTable),
    /// HaloPSA.
    Halopsa(HalopsaTable),
    /// ConnectWise PSA.
    Connectwise(ConnectwiseTable),
    /// Autotask.
    Autotask(AutotaskTable),
}

/// A table of ServiceNow.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ServiceNowTable {
    /// The instance.
    pub(in crate::config) url: HttpsUrl,
    /// The table that holds the tickets.
    pub(in crate::config) table: Name,
    /// `user:password`; or else `client`.
    pub(in crate::config) auth: Option<Secret>,
    /// `client id:client secret`; or else `auth`.
    pub(in crate::config) client: Option<Secret>,
    /// The value of `state` for each event that changes it.
    #[serde(default)]
    pub(in crate::config) states: BTreeMap<String, Text>,
}

/// Jira Cloud.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct JiraTable {
    /// The site.
    pub(in crate::config) url: HttpsUrl,
    /// `mail:token`.
    pub(in crate::config) auth: Secret,
    /// Whether comments are for the service desk alone.
    #[serde(default = "yes")]
    pub(in crate::config) internal: bool,
    /// The id of the transition for each event that makes one.
    #[serde(default)]
    pub(in crate::config) transitions: BTreeMap<String, Text>,
}

/// Zendesk.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ZendeskTable {
    /// The account.
    pub(in crate::config) url: HttpsUrl,
    /// `mail/token:TOKEN`.
    pub(in crate::config) auth: Secret,
    /// The status for each event that changes it.
    #[serde(default)]
    pub(in crate::config) states: BTreeMap<String, ZendeskStatus>,
}

/// Freshservice.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct FreshserviceTable {
    /// The account.
    pub(in crate::config) url: HttpsUrl,
    /// The API key.
    pub(in crate::config) auth: Secret,
}

/// HaloPSA.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct HalopsaTable {
    /// The instance.
    pub(in crate::config) url: HttpsUrl,
    /// `client id:client secret`.
    pub(in crate::config) client: Secret,
}

/// ConnectWise PSA.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ConnectwiseTable {
    /// The site.
    pub(in crate::config) url: HttpsUrl,
    /// `company+public key:private key`.
    pub(in crate::config) auth: Secret,
    /// The integration's client id.
    pub(in crate::config) client_id: ObjectId,
}

/// Autotask.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct AutotaskTable {
    /// The zone.
    pub(in crate::config) url: HttpsUrl,
    /// `user name:secret`.
    pub(in crate::config) auth: Secret,
    /// The API integration code.
    pub(in crate::config) integration_code: Secret,
}

const fn yes() -> bool {
    true
}

impl TicketTable {
    /// Whether it is the system that makes bodies of this format.
    pub(in crate::config) fn is_of(&self, format: Format) -> bool {
        match format {
            Format::Jira => matches!(self, Self::Jira(_)),
            Format::Halopsa => matches!(self, Self::Halopsa(_)),
            Format::Connectwise => matches!(self, Self::Connectwise(_)),
            Format::Autotask => matches!(self, Self::Autotask(_)),
        }
    }

    /// The keys that should be events, each with the table that holds it.
    pub(in crate::config) fn events(&self) -> (&'static str, Vec<&String>) {
        match self {
            Self::ServiceNow(table) => ("servicenow.states", table.states.keys().collect()),
            Self::Jira(table) => ("jira.transitions", table.transitions.keys().collect()),
            Self::Zendesk(table) => ("zendesk.states", table.states.keys().collect()),
            Self::Freshservice(_) | Self::Halopsa(_) | Self::Connectwise(_) | Self::Autotask(_) => ("", Vec::new()),
        }
    }

    /// The system; `None` where it does not say how we prove ourselves there.
    pub(in crate::config) fn resolve(&self) -> Option<Desk> {
        let url = |url: &HttpsUrl| url.0.clone();
        let secret = |secret: &Secret| -> SecretRef { secret.0.clone() };
        Some(match self {
            Self::ServiceNow(table) => {
                let auth = match (&table.auth, &table.client) {
                    (Some(auth), _) => ServiceNowAuth::Basic(secret(auth)),
                    (None, Some(client)) => ServiceNowAuth::Client(secret(client)),
                    (None, None) => return None,
                };
                let states = of_events(&table.states, |state| state.0.clone());
                Desk {
                    url: url(&table.url),
                    system: DeskSystem::ServiceNow { table: table.table.0.clone(), auth, states },
                }
            }
            Self::Jira(table) => {
                let transitions = of_events(&table.transitions, |id| id.0.clone());
                let system = DeskSystem::Jira { auth: secret(&table.auth), internal: table.internal, transitions };
                Desk { url: url(&table.url), system }
            }
            Self::Zendesk(table) => {
                let states = of_events(&table.states, |state| *state);
                Desk { url: url(&table.url), system: DeskSystem::Zendesk { auth: secret(&table.auth), states } }
            }
            Self::Freshservice(table) => {
                Desk { url: url(&table.url), system: DeskSystem::Freshservice { auth: secret(&table.auth) } }
            }
            Self::Halopsa(table) => {
                Desk { url: url(&table.url), system: DeskSystem::Halopsa { client: secret(&table.client) } }
            }
            Self::Connectwise(table) => {
                let system = DeskSystem::Connectwise { auth: secret(&table.auth), client_id: table.client_id };
                Desk { url: url(&table.url), system }
            }
            Self::Autotask(table) => {
                let integration_code = secret(&table.integration_code);
                let system = DeskSystem::Autotask { auth: secret(&table.auth), integration_code };
                Desk { url: url(&table.url), system }
            }
        })
    }
}

/// What belongs to events; a key that is none has its own problem.
fn of_events<V, T>(table: &BTreeMap<String, V>, value: impl Fn(&V) -> T) -> BTreeMap<TicketEvent, T> {
    table.iter().filter_map(|(key, written)| Some((TicketEvent::named(key)?, value(written)))).collect()
}
