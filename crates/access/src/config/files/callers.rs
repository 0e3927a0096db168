//! `[callers.<name>]`: who may call the HTTP API.

use super::tickets::TicketTable;
use crate::config::model::May;
use crate::config::requests::{Format, ReadBack};
use crate::config::words::{FieldPath, HostPort, Secret, Text};
use crate::ids::{ObjectId, TenantId};
use schemars::JsonSchema;
use serde::Deserialize;

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
    /// Where in such a body to find what a request needs.
    pub(in crate::config) fields: Option<FieldsTable>,
    /// Which of those bodies ask for anything; omitted: all.
    pub(in crate::config) when: Option<WhenTable>,
    /// When the ticket itself is read with the API of `ticket`; omitted: when something is missing in the body.
    pub(in crate::config) read_back: Option<ReadBack>,
    /// The ticketing system that is told what becomes of its requests.
    pub(in crate::config) ticket: Option<TicketTable>,
}

/// Where a ticketing system's own body says what a request needs. The keys are the members of our own body.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(in crate::config) struct FieldsTable {
    /// The ticket.
    pub(in crate::config) ticket: TicketFields,
    /// The customer.
    pub(in crate::config) customer: CustomerFields,
    /// Who is to have access.
    pub(in crate::config) invitee: InviteeFields,
    /// To what, and how long.
    pub(in crate::config) access: AccessFields,
    /// Who asks.
    pub(in crate::config) requested_by: RequestedByFields,
    /// Why; omitted: the ticket's summary.
    pub(in crate::config) reason: Option<FieldPath>,
    /// Where to report back.
    pub(in crate::config) callback: CallbackFields,
}

/// fields.ticket
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::config) struct TicketFields {
    /// The ticketing system; omitted: the format's name.
    pub(in crate::config) system: Option<FieldPath>,
    /// The id by which the system's API knows the ticket; omitted: where the format has it.
    pub(in crate::config) id: Option<FieldPath>,
    /// The number that people know it by; omitted: where the format has it.
    pub(in crate::config) number: Option<FieldPath>,
    /// Where people look at it.
    pub(in crate::config) url: Option<FieldPath>,
}

/// fields.customer: one of the two
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(in crate::config) struct CustomerFields {
    /// The customer's tenant.
    pub(in crate::config) tenant_id: Option<FieldPath>,
    /// The customer's name, as its file has it.
    pub(in crate::config) name: Option<FieldPath>,
}

/// fields.invitee
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(in crate::config) struct InviteeFields {
    /// The mail address.
    pub(in crate::config) email: Option<FieldPath>,
    /// The given name.
    pub(in crate::config) given_name: Option<FieldPath>,
    /// The surname.
    pub(in crate::config) surname: Option<FieldPath>,
}

/// fields.access
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(in crate::config) struct AccessFields {
    /// The package.
    pub(in crate::config) package: Option<FieldPath>,
    /// How long, in hours.
    pub(in crate::config) duration_hours: Option<FieldPath>,
}

/// fields.requestedBy
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::config) struct RequestedByFields {
    /// The mail address.
    pub(in crate::config) email: Option<FieldPath>,
}

/// fields.callback
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::config) struct CallbackFields {
    /// The address.
    pub(in crate::config) url: Option<FieldPath>,
}

/// Which of a ticketing system's bodies ask for anything.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct WhenTable {
    /// Where the body says how far the ticket is.
    pub(in crate::config) field: FieldPath,
    /// What it says when the request may be made.
    #[schemars(length(min = 1, max = 20))]
    pub(in crate::config) is: Vec<Text>,
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
    /// ConnectWise's signature of its call-backs.
    Connectwise(Secrets),
    /// Autotask's signature of its webhooks.
    Autotask(Secrets),
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
