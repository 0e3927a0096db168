//! `gatehouse.toml`

use super::{CallerTable, ChannelTable, EscalationStep, OnboardingTable, PagingTable, ProgramLimits};
use crate::config::apps::Granted;
use crate::config::model::{Address, Disable, Drift};
use crate::config::words::{Duration, DurationOrNever, HttpsUrl, Name, Secret, StoreUrl, Text};
use crate::ids::{ObjectId, TenantId};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// gatehouse.toml: the partner, the app, and everything that holds for all customers.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ProgramFile {
    /// Whose engineers these are.
    pub(in crate::config) partner: PartnerTable,
    /// The multi-tenant app registration that each customer consents to.
    pub(in crate::config) app: AppTable,
    /// Further app registrations, by name, for the customers that name them.
    #[serde(default)]
    pub(in crate::config) apps: BTreeMap<String, AppTable>,
    /// Which of Microsoft's clouds.
    #[serde(default)]
    pub(in crate::config) cloud: CloudTable,
    /// Where state is kept.
    #[serde(default)]
    pub(in crate::config) store: StoreTable,
    /// How people are known.
    #[serde(default)]
    pub(in crate::config) people: PeopleTable,
    /// How often, and what to do about drift.
    #[serde(default)]
    pub(in crate::config) sync: SyncTable,
    /// The rails.
    #[serde(default)]
    pub(in crate::config) limits: ProgramLimits,
    /// The budget and the mail of invitations.
    #[serde(default)]
    pub(in crate::config) invitations: InvitationsTable,
    /// What becomes of guests that are ours.
    #[serde(default)]
    pub(in crate::config) leavers: LeaversTable,
    /// Who may call the HTTP API, by name.
    #[serde(default)]
    pub(in crate::config) callers: BTreeMap<String, CallerTable>,
    /// Where notices go, by name.
    #[serde(default)]
    pub(in crate::config) channels: BTreeMap<String, ChannelTable>,
    /// Who is paged when a break-glass account is used, and who next.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub(in crate::config) escalation: Vec<EscalationStep>,
    /// How people are paged.
    #[serde(default)]
    pub(in crate::config) break_glass: PagingTable,
    /// Which channels hear of which kind of notice: `held`, `consent`, `problems`, `approvals`.
    #[serde(default)]
    pub(in crate::config) notices: BTreeMap<String, Vec<String>>,
    /// How customers come in.
    #[serde(default)]
    pub(in crate::config) onboarding: OnboardingTable,
}

/// [partner]
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct PartnerTable {
    /// A label for people.
    pub(in crate::config) name: Text,
    /// The tenant in which the engineers work.
    pub(in crate::config) tenant_id: TenantId,
}

/// [app], [apps.NAME]
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct AppTable {
    /// Its application (client) id.
    pub(in crate::config) client_id: ObjectId,
    /// How it proves itself.
    pub(in crate::config) credential: CredentialTable,
    /// What the registration asks customers for.
    #[serde(default)]
    pub(in crate::config) permissions: Granted,
}

/// How the app proves itself to Entra.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum CredentialTable {
    /// A client secret.
    ClientSecret(Secret),
    /// A key and its certificate, PEM.
    Certificate(Secret),
    /// The client id of a user-assigned managed identity that the app trusts.
    ManagedIdentity(ObjectId),
}

/// [cloud]
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct CloudTable {
    /// Which cloud.
    #[serde(default)]
    #[schemars(extend("default" = "public"))]
    pub(in crate::config) name: CloudName,
    /// Base of the token endpoints; for `custom` only.
    pub(in crate::config) login: Option<HttpsUrl>,
    /// Base of Graph, without the version; for `custom` only.
    pub(in crate::config) graph: Option<HttpsUrl>,
    /// Base of Azure Resource Manager; for `custom` only.
    pub(in crate::config) resource_manager: Option<HttpsUrl>,
    /// Base of the Log Analytics API; for `custom` only.
    pub(in crate::config) log_analytics: Option<HttpsUrl>,
    /// A file with an extra root certificate, PEM; for `custom` only.
    pub(in crate::config) ca_file: Option<Text>,
}

/// Microsoft's clouds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::config) enum CloudName {
    /// The public cloud.
    #[default]
    Public,
    /// Azure US government.
    UsGovernment,
    /// Azure operated by 21Vianet.
    China,
    /// Endpoints of one's own.
    Custom,
}

/// [store]
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct StoreTable {
    /// Where state is kept.
    #[serde(default = "beside_the_configuration")]
    #[schemars(extend("default" = "file:state"))]
    pub(in crate::config) url: StoreUrl,
    /// The base of the object store, where it is not the cloud's own.
    pub(in crate::config) endpoint: Option<HttpsUrl>,
    /// The region of the bucket; `AWS_REGION` if nothing is said.
    pub(in crate::config) region: Option<Name>,
    /// What lets us into an object store.
    pub(in crate::config) credential: Option<StoreCredentialTable>,
}

/// What lets us into an object store: one of three ways.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct StoreCredentialTable {
    /// The client id of a managed identity; Azure only.
    pub(in crate::config) managed_identity: Option<ObjectId>,
    /// The key of the storage account; Azure only.
    pub(in crate::config) account_key: Option<Secret>,
    /// The id of an access key; S3 only.
    pub(in crate::config) access_key: Option<Text>,
    /// The secret of that access key.
    pub(in crate::config) secret: Option<Secret>,
}

fn beside_the_configuration() -> StoreUrl {
    StoreUrl("file:state".to_owned())
}

impl Default for StoreTable {
    fn default() -> Self {
        Self { url: beside_the_configuration(), endpoint: None, region: None, credential: None }
    }
}

/// [people]
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct PeopleTable {
    /// What is invited, and held against `domains`.
    #[serde(default)]
    pub(in crate::config) address: Address,
}

/// [sync]
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct SyncTable {
    /// How often each customer is looked at.
    #[schemars(extend("default" = "5m"))]
    pub(in crate::config) every: Option<Duration>,
    /// What to do about a membership that the customer took away.
    #[serde(default)]
    pub(in crate::config) drift: Drift,
}

/// [invitations]
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct InvitationsTable {
    /// Most invitations into one customer in any 60 minutes.
    #[schemars(extend("default" = 20))]
    pub(in crate::config) per_tenant_per_hour: Option<u32>,
    /// Most invitations into one customer in any 24 hours.
    #[schemars(extend("default" = 100))]
    pub(in crate::config) per_tenant_per_day: Option<u32>,
    /// Who mails standing members when they are invited.
    #[serde(default)]
    #[schemars(extend("default" = "none"))]
    pub(in crate::config) mail: InvitationMail,
    /// How long a requested person has to accept an invitation before it is sent again.
    #[schemars(extend("default" = "3d"))]
    pub(in crate::config) resend_after: Option<Duration>,
    /// How long a requested person has to accept an invitation at all.
    #[schemars(extend("default" = "14d"))]
    pub(in crate::config) give_up_after: Option<Duration>,
}

/// Who mails an invited person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::config) enum InvitationMail {
    /// Nobody.
    #[default]
    None,
    /// Microsoft.
    Microsoft,
}

/// [leavers]
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct LeaversTable {
    /// Whose guest accounts are disabled.
    #[serde(default)]
    pub(in crate::config) disable: Disable,
    /// How long after the cause was seen.
    #[schemars(extend("default" = "0d"))]
    pub(in crate::config) disable_after: Option<Duration>,
    /// How long after disabling the guest is deleted.
    #[schemars(extend("default" = "never"))]
    pub(in crate::config) delete_after: Option<DurationOrNever>,
    /// Whether sign-in sessions are revoked with the last membership.
    #[serde(default)]
    pub(in crate::config) revoke_sessions: bool,
}
