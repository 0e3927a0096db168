//! What was read of a customer's tenant, each piece with its own success or failure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use uuid::Uuid;

/// A piece that was read, or why it was not.
pub type Read<T> = Result<T, Unread>;

/// Why something is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What sort of reason it is, which says what to do.
    pub cause: Cause,
    /// The reason in words.
    pub why: String,
}

impl Unread {
    /// A reason.
    pub fn new(cause: Cause, why: impl Into<String>) -> Self {
        Self { cause, why: why.into() }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// The sorts of reasons for which something is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The app lacks a permission or a role: 401 or 403.
    Forbidden,
    /// The tenant lacks a licence (Entra ID P1 or P2) without which the service does not tell.
    NoLicence,
    /// The configuration does not say where to look.
    NotConfigured,
    /// The service asked for a pause: 429.
    Throttled,
    /// The service shows nothing under this name, which does not prove that there is nothing: 404.
    Absent,
    /// Anything else: an outage, an answer that cannot be understood.
    Failed,
}

/// Everything that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The declared accounts, in the order of the declaration.
    pub accounts: Vec<Account>,
    /// The domains of the accounts' names, lower case; `None`: the tenant has no such domain.
    pub domains: BTreeMap<String, Read<Option<Domain>>>,
    /// Whether security defaults are on.
    pub security_defaults: Read<bool>,
    /// All Conditional Access policies.
    pub policies: Read<Vec<Policy>>,
    /// Who may use passkeys (FIDO2).
    pub fido2: Read<MethodPolicy>,
    /// Who may use certificates.
    pub certificates: Read<MethodPolicy>,
    /// The groups by which policies leave the accounts out.
    pub groups: BTreeMap<Uuid, Group>,
    /// Who is Global Administrator of the whole tenant at this moment.
    pub administrators: Read<Vec<Administrator>>,
    /// Where the tenant's logs are sent.
    pub exports: Read<Vec<Export>>,
    /// How many sign-ins the workspace got in the last day.
    pub arrived: Read<u64>,
    /// The declared alert rules in the order of the declaration, by ARM id; `None`: there is none of that id.
    pub rules: Vec<(String, Read<Option<Rule>>)>,
    /// The declared action group; `None`: there is none of that id.
    pub action_group: Read<Option<ActionGroup>>,
    /// The alert processing rules of the subscriptions.
    pub processing: Read<Vec<Processing>>,
    /// When a drill was last carried through, by our own record.
    pub last_drill: Read<Option<Timestamp>>,
}

/// One declared account.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Its object id.
    pub id: Uuid,
    /// Its name, as declared.
    pub upn: String,
    /// The user object; `None`: the tenant has none of this id.
    pub user: Read<Option<User>>,
    /// Assignments of the Global Administrator role, from Privileged Identity Management.
    pub schedules: Read<Vec<Schedule>>,
    /// Directory roles held now, however they came.
    pub roles: Read<Vec<Role>>,
    /// Roles that the account may activate.
    pub eligible: Read<Vec<Role>>,
    /// What it can sign in with.
    pub methods: Read<Vec<Method>>,
    /// What the registration report says of it; `None`: the report does not list it.
    pub registration: Read<Option<Registration>>,
    /// The groups that it is in, nested ones included.
    pub groups: Read<BTreeSet<Uuid>>,
    /// When it last signed in with success; `None`: never, as far as the service tells.
    pub last_sign_in: Read<Option<Timestamp>>,
    /// Devices that it registered.
    pub registered_devices: Read<Vec<Uuid>>,
    /// Devices that it owns.
    pub owned_devices: Read<Vec<Uuid>>,
    /// Groups, applications and the like that it owns.
    pub owned: Read<Vec<Uuid>>,
    /// Applications that it was assigned to.
    pub applications: Read<Vec<Uuid>>,
    /// Applications that it let act in its name.
    pub grants: Read<Vec<Uuid>>,
    /// Its state in Entra ID Protection, such as `atRisk`; `None`: not listed there.
    pub risk: Read<Option<String>>,
}

/// A user object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// Its name now.
    pub upn: Option<String>,
    /// Whether it may sign in.
    pub enabled: Option<bool>,
    /// `Member` or `Guest`.
    pub kind: Option<String>,
    /// Whether it came from outside the tenant.
    pub external: bool,
    /// Whether it is mastered on premises.
    pub synced: bool,
    /// Whether it carries the mark that binds it to an object on premises.
    pub immutable_id: bool,
    /// Such as `DisablePasswordExpiration, DisableStrongPassword`.
    pub password_policies: Option<String>,
}

/// A domain of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// `Managed` or `Federated`.
    pub authentication: Option<String>,
    /// After how many days a password expires; [`Domain::NEVER`]: not at all.
    pub password_days: Option<u64>,
}

impl Domain {
    /// Passwords of such a domain do not expire (page "domain resource type").
    pub const NEVER: u64 = 2_147_483_647;
}

/// An assignment of the Global Administrator role, as Privileged Identity Management tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// `Assigned`, or `Activated` for a while.
    pub assignment: String,
    /// `Direct`, `Group` or `Inherited`.
    pub member: String,
    /// When it ends.
    pub ends: Option<Timestamp>,
    /// Where it holds; `/`: the whole tenant.
    pub scope: String,
}

/// A directory role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its definition.
    pub role: Uuid,
    /// Where it holds; `/`: the whole tenant.
    pub scope: String,
}

/// Something to sign in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// What it is: the type's name without `#microsoft.graph.` and `AuthenticationMethod`, such as `fido2` or `phone`.
    pub kind: String,
    /// When it was registered.
    pub created: Option<Timestamp>,
    /// The model of a passkey.
    pub model: Option<Uuid>,
    /// Whether the passkey is one that somebody's cloud account carries from device to device.
    pub synced: bool,
}

/// What the registration report says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registration {
    /// Methods in the report's words.
    pub methods: Vec<String>,
    /// Whether the account is registered for self-service password reset.
    pub password_reset: bool,
}

/// Who may use a method.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MethodPolicy {
    /// Whether it is on at all.
    pub enabled: bool,
    /// Everybody.
    pub everybody: bool,
    /// These groups.
    pub groups: BTreeSet<Uuid>,
    /// But not these.
    pub except: BTreeSet<Uuid>,
    /// Which models of key, if it is limited.
    pub models: Option<Models>,
}

/// Which models of key may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Models {
    /// Whether only those listed may be used, or all but those.
    pub only: bool,
    /// The models.
    pub listed: BTreeSet<Uuid>,
}

/// A Conditional Access policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Whether it is enforced.
    pub state: State,
    /// Whom it is about.
    pub include: Whom,
    /// Whom it leaves out.
    pub exclude: Whom,
    /// Whether it is about applications' own identities and not about people.
    pub workloads: bool,
    /// Whether it only holds where an application asks for an authentication context.
    pub context_only: bool,
    /// Whether it holds for all applications without exception.
    pub all_apps: bool,
    /// Whether it blocks.
    pub blocks: bool,
    /// The authentication strength that it demands.
    pub strength: Option<Strength>,
    /// Whatever else it demands, in the service's words.
    pub demands: Vec<String>,
    /// Conditions that narrow it, such as `locations` or `platforms`.
    pub conditions: Vec<String>,
}

/// Whether a policy is enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is.
    On,
    /// Its effect is only written down.
    ReportOnly,
    /// It does nothing.
    Off,
}

/// Some users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whom {
    /// Everybody.
    pub all: bool,
    /// These.
    pub users: BTreeSet<Uuid>,
    /// Whoever is in these groups.
    pub groups: BTreeSet<Uuid>,
    /// Whoever holds these directory roles.
    pub roles: BTreeSet<Uuid>,
}

/// An authentication strength.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strength {
    /// Its id.
    pub id: Uuid,
    /// Which combinations of methods satisfy it, in the service's words; empty: not told.
    pub combinations: Vec<String>,
}

/// A group that policies exclude.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The group; `None`: it is not there.
    pub group: Read<Option<GroupKind>>,
    /// Everything in it, nested groups included.
    pub members: Read<BTreeSet<Uuid>>,
    /// Its owners.
    pub owners: Read<BTreeSet<Uuid>>,
}

/// Who can change a group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupKind {
    /// Its name.
    pub name: Option<String>,
    /// Directory roles can be given to it, so that only privileged administrators change it.
    pub role_assignable: bool,
    /// It is in a restricted management administrative unit.
    pub restricted: bool,
    /// A rule fills it.
    pub dynamic: bool,
    /// It is mastered on premises.
    pub synced: bool,
}

/// A Global Administrator other than the declared accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator {
    /// A user, a group or an application.
    pub id: Uuid,
    /// How many it stands for: the members of a group, otherwise one.
    pub people: Read<usize>,
}

/// A diagnostic setting of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// ARM id of the workspace that it writes to, if it does.
    pub workspace: Option<String>,
    /// What it writes there: categories in lower case; `alllogs` stands for all.
    pub categories: BTreeSet<String>,
}

/// An alert rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// On the logs in the workspace.
    Logs(LogRule),
    /// On the activity log: somebody changed what watches.
    Activity {
        /// Whether it is on.
        enabled: bool,
        /// ARM ids of the action groups that it calls.
        action_groups: Vec<String>,
    },
}

/// A log search alert rule.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRule {
    /// Whether it is on.
    pub enabled: bool,
    /// 0 (worst) to 4.
    pub severity: Option<i64>,
    /// Whether it fires once and stays silent until it is resolved.
    pub resolves: bool,
    /// For how long it is silent after an alert, in the service's words.
    pub mute: Option<String>,
    /// How often it looks; `None`: it was not told in words that we know.
    pub every: Option<SignedDuration>,
    /// What it looks at, as ARM ids.
    pub scopes: Vec<String>,
    /// What it looks for.
    pub conditions: Vec<Condition>,
    /// ARM ids of the action groups that it calls.
    pub action_groups: Vec<String>,
}

/// One condition of a log search alert rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The query.
    pub query: String,
    /// Such as `GreaterThan`.
    pub operator: String,
    /// What is compared with.
    pub threshold: Option<f64>,
}

/// An action group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionGroup {
    /// Whether it is on.
    pub enabled: bool,
    /// Whom it tells.
    pub receivers: Vec<Receiver>,
}

/// Somebody whom an action group tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// Such as `webhookReceivers`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Path of a webhook's address, lower case. The rest may hold a secret and is not kept.
    pub path: Option<String>,
    /// Whether it gets the common alert schema.
    pub common_schema: bool,
    /// Whether it takes messages: a person may have opted out.
    pub enabled: bool,
}

/// An alert processing rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processing {
    /// Its name.
    pub name: String,
    /// Whether it is on.
    pub enabled: bool,
    /// Whether it takes action groups away from alerts.
    pub suppresses: bool,
    /// ARM ids of what it is about.
    pub scopes: Vec<String>,
    /// When its schedule ends; `None`: never, or not told.
    pub until: Option<Timestamp>,
}
