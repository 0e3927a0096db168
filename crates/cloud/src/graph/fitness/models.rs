//! What these objects are to us: only the properties that we ask for.

use jiff::Timestamp;
use uuid::Uuid;

/// A user object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Object id.
    pub id: Uuid,
    /// Sign-in name.
    pub user_principal_name: Option<String>,
    /// Whether it may sign in.
    pub account_enabled: Option<bool>,
    /// `Member` or `Guest`.
    pub user_type: Option<String>,
    /// `Invitation` for those who were invited.
    pub creation_type: Option<String>,
    /// `PendingAcceptance` or `Accepted` for those who came from outside.
    pub external_user_state: Option<String>,
    /// Whether it is mastered on premises.
    pub on_premises_sync_enabled: Option<bool>,
    /// The mark of an object on premises.
    pub on_premises_immutable_id: Option<String>,
    /// Such as `DisablePasswordExpiration, DisableStrongPassword`.
    pub password_policies: Option<String>,
}

/// An assignment of a directory role, active or eligible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The role's definition.
    pub role: Uuid,
    /// Where it holds: `/` for the whole tenant.
    pub scope: String,
    /// `Assigned` or `Activated`; `None` for an eligible one.
    pub assignment_type: Option<String>,
    /// `Direct`, `Group` or `Inherited`.
    pub member_type: Option<String>,
    /// When it ends.
    pub ends: Option<Timestamp>,
}

/// Something to sign in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// The type's name without `#microsoft.graph.` and `AuthenticationMethod`, such as `fido2`.
    pub kind: String,
    /// When it was registered.
    pub created: Option<Timestamp>,
    /// The model of a passkey.
    pub aa_guid: Option<Uuid>,
    /// `deviceBound` or `synced` for a passkey.
    pub passkey_type: Option<String>,
}

/// A line of the report of registrations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registration {
    /// Methods in the report's words.
    pub methods: Vec<String>,
    /// Whether the user is registered for self-service password reset.
    pub is_sspr_registered: bool,
}

/// A domain of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// `Managed` or `Federated`.
    pub authentication_type: Option<String>,
    /// Days until a password expires.
    pub password_validity_days: Option<u64>,
}

/// Who may use a method.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MethodTargets {
    /// `enabled` or `disabled`.
    pub state: String,
    /// `all_users`, or ids of groups.
    pub include: Vec<String>,
    /// Ids of groups.
    pub exclude: Vec<String>,
    /// Which keys, for passkeys.
    pub keys: Option<KeyRestrictions>,
}

/// Which models of key may be used, where that is enforced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRestrictions {
    /// `allow` or `block`.
    pub enforcement_type: String,
    /// The models.
    pub aa_guids: Vec<Uuid>,
}

/// A Conditional Access policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub display_name: Option<String>,
    /// `enabled`, `disabled` or `enabledForReportingButNotEnforced`.
    pub state: String,
    /// Whom it is about.
    pub include: Whom,
    /// Whom it leaves out.
    pub exclude: Whom,
    /// Whether it is about applications' own identities.
    pub has_workloads: bool,
    /// Whether it names authentication contexts and no applications.
    pub is_context_only: bool,
    /// Whether it holds for all applications without exception.
    pub has_all_apps: bool,
    /// Built-in controls and whatever else it demands, the authentication strength aside; `block` is one of them.
    pub controls: Vec<String>,
    /// The authentication strength.
    pub strength: Option<Strength>,
    /// The conditions beside users and applications that narrow it, by the names of their properties.
    pub conditions: Vec<String>,
}

/// Some users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whom {
    /// Everybody.
    pub all: bool,
    /// Users by id.
    pub users: Vec<Uuid>,
    /// Groups by id.
    pub groups: Vec<Uuid>,
    /// Directory roles by definition.
    pub roles: Vec<Uuid>,
}

/// An authentication strength.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strength {
    /// Its id.
    pub id: Uuid,
    /// Combinations of methods that satisfy it, such as `fido2` or `password,sms`.
    pub combinations: Vec<String>,
}
