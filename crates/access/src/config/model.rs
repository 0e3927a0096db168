//! The resolved configuration: what the rest of the program works with.
//!
//! Profiles are merged in, limits are narrowed from the program's to the customer's to the package's, defaults are
//! filled in, and every value is of a type that cannot be wrong. The files as people write them are in `files`.

use super::apps::{Granted, Rights};
use super::break_glass::{BreakGlass, EscalationStep, Paging};
use super::channels::{Channel, NoticeKind};
use super::requests::{CallbackAuth, Native, Requests};
use super::store::StoreAccess;
use super::tickets::Desk;
use crate::ids::{GroupId, ObjectId, RoleId, TenantId, UnitId};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the configuration folder says.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Whose engineers these are.
    pub partner: Partner,
    /// The app registration that customers consent to who name no other, and the one of the partner's own tenant.
    pub app: App,
    /// Further app registrations, by name.
    pub apps: BTreeMap<String, App>,
    /// Which of Microsoft's clouds.
    pub cloud: Cloud,
    /// Where state is kept: `file:PATH`, `memory:`, `az://…`, `s3://…`. A relative path starts at the folder.
    pub store_url: String,
    /// What it takes to get in there, if it is an object store.
    pub store_access: StoreAccess,
    /// Which address of a person is invited.
    pub address: Address,
    /// How often each customer is looked at. Default 5 minutes, at least 1 minute.
    pub sync_every: SignedDuration,
    /// The budget and the mail of invitations.
    pub invitations: Invitations,
    /// What becomes of guests that are ours.
    pub leavers: Leavers,
    /// Who may call the HTTP API: `[callers]`, and for each customer whose file says so `alerts.NAME` (a token) and
    /// `alerts.NAME.key`, who may raise alerts about that customer and nothing else.
    pub callers: BTreeMap<String, Caller>,
    /// Where notices and pages can go, by name; only what this version can send to. A customer's own channel has the key
    /// `customer/name`.
    pub channels: BTreeMap<String, Channel>,
    /// Which channels hear of which kind of notice; only channels that are in `channels`.
    pub notices: BTreeMap<NoticeKind, Vec<String>>,
    /// Who is paged about an alert, in order, where a customer has no steps of its own; only channels that are in
    /// `channels`.
    pub escalation: Vec<EscalationStep>,
    /// How people are paged.
    pub paging: Paging,
    /// The program's own limits (for rails over all customers; a package's are in [`Package::limits`]).
    pub limits: Limits,
    /// The customers, sorted by name.
    pub customers: Vec<Customer>,
    /// Where Microsoft's consent page sends the browser back to, where that is not the host's own address: `https://…`.
    pub consent_redirect: Option<String>,
}

impl Config {
    /// The customer of this tenant; `None`: it is not in the configuration (any more).
    pub fn customer_of(&self, tenant: TenantId) -> Option<&Customer> {
        self.customers.iter().find(|customer| customer.tenant_id == tenant)
    }
}

/// The partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// A label for people.
    pub name: String,
    /// The tenant in which the engineers work.
    pub tenant_id: TenantId,
}

/// The multi-tenant app registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Its application (client) id.
    pub client_id: ObjectId,
    /// How it proves itself.
    pub credential: Credential,
    /// What its registration asks customers for. Default [`Granted::All`].
    pub permissions: Granted,
}

/// How the app proves itself to Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A client secret.
    ClientSecret(SecretRef),
    /// A certificate and its key, PEM.
    Certificate(SecretRef),
    /// A user-assigned managed identity as federated credential: its client id.
    ManagedIdentity(ObjectId),
}

/// Where a secret is found; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretRef {
    /// `env:NAME`
    Env(String),
    /// `file:PATH`; a relative path starts at the configuration folder.
    File(String),
}

/// Microsoft's cloud, or a custom one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cloud {
    /// The public cloud.
    #[default]
    Public,
    /// Azure US government.
    UsGovernment,
    /// Azure operated by 21Vianet.
    China,
    /// Endpoints of one's own, such as a simulated cloud.
    Custom {
        /// Base of the token endpoints, `https://…` without a trailing slash.
        login: String,
        /// Base of Graph, without the version, `https://…` without a trailing slash.
        graph: String,
        /// Base of Azure Resource Manager, if needed.
        resource_manager: Option<String>,
        /// Base of the Log Analytics API, if needed.
        log_analytics: Option<String>,
        /// A file with an extra root certificate (PEM), relative to the configuration folder.
        ca_file: Option<String>,
    },
}

/// Which address of a person is invited, and held against a customer's `domains`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Address {
    /// `mail` only; somebody without is not invited.
    Mail,
    /// The user principal name.
    Upn,
    /// `mail`, and the user principal name where there is none.
    #[default]
    MailElseUpn,
}

/// The invitation budget of one customer's tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitations {
    /// Most invitations in any 60 minutes. Default 20.
    pub per_tenant_per_hour: u32,
    /// Most invitations in any 24 hours. Default 100.
    pub per_tenant_per_day: u32,
    /// Whether Microsoft mails standing members when they are invited. Default no.
    pub mail: bool,
    /// How long after an invitation, or after the last time that it was sent again, it is sent again to a requested person
    /// who has not accepted it. Default 3 days, 1 to 30.
    pub resend_after: SignedDuration,
    /// How long after a request was granted it is given up to send. Default 14 days, at most 90, never sooner than
    /// `resend_after`.
    pub give_up_after: SignedDuration,
}

/// What becomes of guests that are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leavers {
    /// Who is disabled. Default [`Disable::Left`].
    pub disable: Disable,
    /// How long after we saw the cause. Default at once.
    pub disable_after: SignedDuration,
    /// How long after disabling the guest is deleted; `None`: never (default).
    pub delete_after: Option<SignedDuration>,
    /// Whether sign-in sessions are revoked with the last membership. Default no.
    pub revoke_sessions: bool,
}

/// Whose guest accounts we disable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Disable {
    /// Nobody's.
    Never,
    /// Those of people who are disabled or deleted at the partner.
    #[default]
    Left,
    /// Also those of people in no package any more.
    Unused,
}

/// Somebody (or something) that may call the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// How it proves itself.
    pub auth: CallerAuth,
    /// What it may do.
    pub may: BTreeSet<May>,
    /// The customers (by name) that it may name; `None`: all.
    pub customers: Option<BTreeSet<String>>,
    /// The hosts (`host` or `host:port`) to which its requests may ask us to report back.
    pub callbacks: BTreeSet<String>,
    /// How we prove ourselves there, unless its own Standard Webhooks secret signs.
    pub callback_auth: Option<CallbackAuth>,
    /// How to read the ticketing system's own bodies that it sends; `None`: it sends ours.
    pub native: Option<Native>,
    /// The ticketing system that is told what becomes of its requests.
    pub ticket: Option<Desk>,
}

/// How a caller proves itself; of secrets two may be valid at a time, for rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerAuth {
    /// A key in `Authorization: Bearer`, `X-API-Key`.
    ApiKey(Vec<SecretRef>),
    /// Standard Webhooks signatures.
    StandardWebhooks(Vec<SecretRef>),
    /// GitHub-style `X-Hub-Signature`.
    HubSignature(Vec<SecretRef>),
    /// Zendesk's signature.
    Zendesk(Vec<SecretRef>),
    /// Basic authentication, `user:password`.
    Basic(Vec<SecretRef>),
    /// ConnectWise's signature of its call-backs; the secrets are signing keys.
    ConnectWise(Vec<SecretRef>),
    /// Autotask's signature of its webhooks.
    Autotask(Vec<SecretRef>),
    /// A token from Entra.
    Entra {
        /// The tenant that issues it.
        tenant_id: TenantId,
        /// Its audience.
        audience: String,
        /// The calling app, if named.
        app_id: Option<ObjectId>,
        /// The app role it must hold, if named.
        role: Option<String>,
    },
}

/// A right of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum May {
    /// Ask for access.
    Request,
    /// Decide on requests.
    Approve,
    /// Raise alerts.
    Alert,
    /// Acknowledge incidents and give verdicts.
    Operate,
    /// Release or refuse held plans.
    Release,
    /// Every GET.
    Read,
}

/// One customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// The file's name: a label; state is keyed by the tenant's id.
    pub name: String,
    /// A name for people.
    pub display_name: String,
    /// The customer's tenant.
    pub tenant_id: TenantId,
    /// What may be done. Default [`Mode::Observe`].
    pub mode: Mode,
    /// Which of [`Config::apps`] it consents to; `None`: [`Config::app`].
    pub app: Option<String>,
    /// By what right we write there. Default [`Rights::Consent`].
    pub rights: Rights,
    /// Mail domains that may be invited: lower case, IDNA ASCII form. Empty: nobody may be invited.
    pub domains: BTreeSet<String>,
    /// The customer's own stop list.
    pub deny: Option<GroupId>,
    /// Objects of either tenant that no step may touch: the program's, the profile's and the customer's together,
    /// with the break-glass accounts.
    pub protect: BTreeSet<ObjectId>,
    /// What people get here, sorted by name.
    pub packages: Vec<Package>,
    /// Accounts that nobody should use, and what belongs to them.
    pub break_glass: BreakGlass,
}

impl Package {
    /// The partner's groups on which it depends: those that people come from, and those of whom they are minus.
    pub fn sources(&self) -> impl Iterator<Item = GroupId> + '_ {
        self.members.iter().chain(&self.except).copied()
    }
}

impl Customer {
    /// The partner's groups on which its packages depend; one may come more than once.
    pub fn sources(&self) -> impl Iterator<Item = GroupId> + '_ {
        self.packages.iter().flat_map(Package::sources)
    }
}

/// What may be done in a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Plan and report; never write.
    #[default]
    Observe,
    /// Plan, judge and apply.
    Enforce,
    /// Nothing at all.
    Paused,
    /// Plan everything of ours away.
    Offboard,
}

impl Mode {
    /// As the configuration writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Enforce => "enforce",
            Self::Paused => "paused",
            Self::Offboard => "offboard",
        }
    }
}

/// What people get in one customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    /// Its name, unique in the customer.
    pub name: String,
    /// Standing members come from these groups of the partner, nested ones included.
    pub members: BTreeSet<GroupId>,
    /// Minus the people of these.
    pub except: BTreeSet<GroupId>,
    /// The customer's groups that they become members of.
    pub groups: Vec<TargetGroup>,
    /// The units in which their guests are kept.
    pub units: BTreeSet<UnitId>,
    /// Directory roles, scoped to a unit.
    pub roles: Vec<ScopedRole>,
    /// Whose memberships we may remove.
    pub ownership: Ownership,
    /// What to do about a membership that the customer took away.
    pub drift: Drift,
    /// Oddities of a target group that somebody accepted.
    pub accept: Vec<Accept>,
    /// The rails' numbers for this package.
    pub limits: Limits,
    /// How people may ask for it; `None`: they cannot.
    pub requests: Option<Requests>,
}

/// A group of the customer's, to be kept equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetGroup {
    /// An existing group.
    Id(GroupId),
    /// A group that we make and keep, known by a `uniqueName` of ours.
    Create {
        /// Its display name.
        name: String,
    },
}

/// A directory role within one administrative unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScopedRole {
    /// The role's definition.
    pub role: RoleId,
    /// The unit.
    pub unit: UnitId,
}

/// Whose memberships we may remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ownership {
    /// Only those that we made or adopted.
    #[default]
    Ours,
    /// Other guests' too; never the customer's own users, groups, devices or service principals.
    All,
}

/// What to do about a membership that the customer took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// It stays away.
    #[default]
    Respect,
    /// It is put back.
    Repair,
}

/// An oddity of a target group that somebody accepted, with a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accept {
    /// What is accepted.
    pub oddity: Oddity,
    /// Why.
    pub reason: String,
}

/// Why a target group is refused unless the package accepts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// It assigns licences to its members.
    HasLicences,
    /// It is a Microsoft 365 group (and maybe a team).
    Microsoft365,
    /// A Conditional Access policy excludes it.
    ConditionalAccessExclusion,
    /// It holds a directory role.
    HoldsDirectoryRole,
    /// Privileged Identity Management hands out its membership.
    PimManaged,
    /// It has owners who are ordinary users and can change it.
    OrdinaryOwners,
}

/// The rails' numbers: `[limits]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most people removed in one plan, per package. Default 10.
    pub removals_max: u32,
    /// Most people removed in a rolling 24 h, as a percentage of the members at its start. Default 20.
    pub removals_percent_max: u32,
    /// Most people removed per customer in a rolling 24 h. Default 25.
    pub removals_per_day_max: u32,
    /// Most different people removed over all customers in an hour. Default 25.
    pub removals_per_hour_all_max: u32,
    /// Most people found disabled or deleted at the partner in an hour. Default 10.
    pub leavers_per_hour_all_max: u32,
    /// Most people added in one plan, per package. Default 200.
    pub additions_max: u32,
    /// Most customers that one new person may enter in the first 24 h. Default 20.
    pub new_person_customers_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            removals_max: 10,
            removals_percent_max: 20,
            removals_per_day_max: 25,
            removals_per_hour_all_max: 25,
            leavers_per_hour_all_max: 10,
            additions_max: 200,
            new_person_customers_max: 20,
        }
    }
}
