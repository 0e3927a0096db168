//! What Graph's objects are to us: only the properties that we ask for.

use jiff::Timestamp;
use uuid::Uuid;

/// What sort of directory object something is (`@odata.type`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A user: member or guest.
    User,
    /// A group of any sort.
    Group,
    /// A device.
    Device,
    /// An application's identity in the tenant.
    ServicePrincipal,
    /// A directory role.
    DirectoryRole,
    /// An administrative unit.
    Unit,
    /// Anything else, in the service's words.
    Other(String),
}

impl ObjectKind {
    pub(crate) fn from_odata(name: &str) -> Self {
        match name.trim_start_matches('#').strip_prefix("microsoft.graph.") {
            Some("user") => Self::User,
            Some("group") => Self::Group,
            Some("device") => Self::Device,
            Some("servicePrincipal") => Self::ServicePrincipal,
            Some("directoryRole") => Self::DirectoryRole,
            Some("administrativeUnit") => Self::Unit,
            _ => Self::Other(name.to_owned()),
        }
    }
}

/// A user. A property that was not asked for, or has no value, is `None` or empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// Object id in its tenant.
    pub id: Uuid,
    /// Name as shown to people. Never an identity.
    pub display_name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub surname: Option<String>,
    /// Primary address.
    pub mail: Option<String>,
    /// Further addresses.
    pub other_mails: Vec<String>,
    /// Sign-in name.
    pub user_principal_name: Option<String>,
    /// Addresses at which mail arrives, each with its kind before it: `SMTP:` for the primary one, `smtp:` for others.
    pub proxy_addresses: Vec<String>,
    /// `Member` or `Guest`.
    pub user_type: Option<String>,
    /// Whether the account may sign in; `None` if the service did not say.
    pub account_enabled: Option<bool>,
    /// `Invitation` for guests that were invited.
    pub creation_type: Option<String>,
    /// `PendingAcceptance` or `Accepted` for guests.
    pub external_user_state: Option<String>,
    /// When the object was made.
    pub created: Option<Timestamp>,
    /// What the user can sign in with.
    pub identities: Vec<Identity>,
    /// When it was deleted, for an object in the bin.
    pub deleted: Option<Timestamp>,
    /// Whether it is mastered by an on-premises directory.
    pub on_premises_sync_enabled: Option<bool>,
}

impl User {
    /// Whether this address is the user's own: mail, sign-in name or proxy address, capitals or not. Other mails are not.
    pub fn has_address(&self, address: &str) -> bool {
        let same = |text: &str| text.trim().to_lowercase() == address.trim().to_lowercase();
        let is_proxy = |text: &String| {
            text.split_once(':').is_some_and(|(kind, rest)| kind.eq_ignore_ascii_case("smtp") && same(rest))
        };
        let mut named = [&self.mail, &self.user_principal_name].into_iter().flatten();
        named.any(|text| same(text)) || self.proxy_addresses.iter().any(is_proxy)
    }

    /// Whether the account belongs to somebody from outside the tenant: invited, or with the sign-in name of a guest.
    pub fn is_external(&self) -> bool {
        self.external_user_state.is_some()
            || self.creation_type.as_deref() == Some("Invitation")
            || self.user_principal_name.as_deref().is_some_and(|name| name.to_uppercase().contains("#EXT#"))
    }
}

/// One thing that a user can sign in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Such as `federated` or `userPrincipalName`.
    pub sign_in_type: Option<String>,
    /// Such as `ExternalAzureAD`, `MicrosoftAccount`, `mail`, or a domain of the tenant.
    pub issuer: Option<String>,
    /// The name at that issuer.
    pub issuer_assigned_id: Option<String>,
}

/// One direct member of a group or unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its object id.
    pub id: Uuid,
    /// What it is.
    pub kind: ObjectKind,
    /// A user from [outside](User::is_external), with all that tells who it is, names aside. Nothing is kept of the
    /// tenant's own users and of anything else: a group may have hundreds of thousands of them.
    pub outsider: Option<Box<User>>,
}

/// Something that an object belongs to or owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Its object id.
    pub id: Uuid,
    /// What it is.
    pub kind: ObjectKind,
}

/// A group, with everything that tells whether it can and may be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// Object id.
    pub id: Uuid,
    /// Name as shown to people.
    pub display_name: Option<String>,
    /// `Unified` for Microsoft 365 groups, `DynamicMembership` for those filled by a rule.
    pub group_types: Vec<String>,
    /// Whether it has a mailbox.
    pub mail_enabled: Option<bool>,
    /// Whether it can be used to give rights.
    pub security_enabled: Option<bool>,
    /// Whether it is mastered by an on-premises directory.
    pub on_premises_sync_enabled: Option<bool>,
    /// Whether directory roles can be given to it.
    pub is_assignable_to_role: Option<bool>,
    /// Whether it is in a restricted administrative unit.
    pub is_management_restricted: Option<bool>,
    /// The rule that fills it.
    pub membership_rule: Option<String>,
    /// How many licences its members get; `None`: not told, perhaps for want of a permission.
    pub assigned_licenses: Option<usize>,
    /// The name that only its maker can give.
    pub unique_name: Option<String>,
    /// When it was deleted, for an object in the bin.
    pub deleted: Option<Timestamp>,
}

/// An administrative unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unit {
    /// Object id.
    pub id: Uuid,
    /// Name as shown to people.
    pub display_name: Option<String>,
    /// `Dynamic` if a rule fills it.
    pub membership_type: Option<String>,
    /// Whether only administrators of this unit can change its members.
    pub is_member_management_restricted: Option<bool>,
}

/// A directory role that an object holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleAssignment {
    /// The assignment's id, which is not a GUID.
    pub id: String,
    /// Who holds it: a user, a group or an application.
    pub principal: Uuid,
    /// The role's definition.
    pub role: Uuid,
    /// Where it holds: `/` or `/administrativeUnits/{id}` and the like.
    pub scope: String,
}

impl RoleAssignment {
    /// The administrative unit within which it holds; `None` for the whole tenant and for any other scope.
    pub fn unit(&self) -> Option<Uuid> {
        let id = self.scope.strip_prefix(UNIT_SCOPE)?;
        Uuid::try_parse(id).ok()
    }
}

/// What stands before the unit's id in the scope of an assignment (page "Create unifiedRoleAssignment").
pub(crate) const UNIT_SCOPE: &str = "/administrativeUnits/";

/// What a Conditional Access policy leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionalAccessPolicy {
    /// The policy's id.
    pub id: Uuid,
    /// Name as shown to people.
    pub display_name: Option<String>,
    /// `enabled`, `disabled` or `enabledForReportingButNotEnforced`.
    pub state: String,
    /// Groups that it does not apply to.
    pub exclude_groups: Vec<Uuid>,
    /// Users that it does not apply to.
    pub exclude_users: Vec<Uuid>,
}

/// A subscription to change notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: Uuid,
    /// What it is about, such as `/users`.
    pub resource: String,
    /// Which changes, such as `updated,deleted`, in any order.
    pub change_type: String,
    /// Where notifications go.
    pub url: String,
    /// The secret that they carry, where the service shows it.
    pub client_state: Option<String>,
    /// When it ends.
    pub expires: Timestamp,
}

/// The tenant itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// The tenant id.
    pub id: Uuid,
    /// Name as shown to people.
    pub display_name: Option<String>,
    /// Its domains, lower case.
    pub verified_domains: Vec<String>,
}

/// How an object left a delta's scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// Deleted, but can be restored.
    Changed,
    /// Gone for good.
    Deleted,
}

/// One group in a round of changes, merged over all pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupChange {
    /// The group.
    pub id: Uuid,
    /// Whether the group itself is gone.
    pub removed: Option<Removed>,
    /// Its name, if it came.
    pub display_name: Option<String>,
    /// Members that came or went; in a first round, all that are there. In the order of the pages: the last word
    /// about a member counts, and is the only one kept.
    pub members: Vec<MemberChange>,
}

/// One direct member that came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberChange {
    /// The member.
    pub id: Uuid,
    /// What it is.
    pub kind: ObjectKind,
    /// Whether it went.
    pub removed: bool,
}

/// One user in a round of changes. Absent properties are `None`, as are those without a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserChange {
    /// The user.
    pub id: Uuid,
    /// Whether the account is gone.
    pub removed: Option<Removed>,
    /// Whether the account may sign in.
    pub account_enabled: Option<bool>,
    /// `Member` or `Guest`.
    pub user_type: Option<String>,
    /// Primary address.
    pub mail: Option<String>,
    /// Sign-in name.
    pub user_principal_name: Option<String>,
}

/// A whole round of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeltaRound<T> {
    /// What changed, each object once.
    pub changes: Vec<T>,
    /// Where the next round starts. It is good for about a week.
    pub link: String,
}
