//! The questions that can be put to Graph.

use super::fitness::About;
use jiff::Timestamp;
use uuid::Uuid;

/// The most group ids in one delta question (page "group: delta").
pub const DELTA_IDS_MAX: usize = 50;

/// The most mails in one [`Ask::UsersByMail`]: each needs two of the 15 `or` clauses that a filter may have.
pub const MAILS_MAX: usize = 7;

/// One question. The answer's variant is named at each; a wrong id gives an error of kind
/// [`Missing`](crate::Kind::Missing) unless the question says that absence is an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// What changed in these groups and their direct members: [`Answer::Groups`](super::Answer::Groups). A first round lists
    /// every one of the groups that is there; one that is missing from it does not exist (or not yet).
    GroupsDelta(DeltaFrom),
    /// What changed in any user: [`Answer::Users`](super::Answer::Users).
    UsersDelta(DeltaFrom),
    /// Direct members of every kind, users with all that tells who they are: `Members`.
    GroupMembers {
        /// The group.
        group: Uuid,
    },
    /// Every user in the group or in a group nested in it, with the state of the account: `People`.
    TransitiveUsers {
        /// The group.
        group: Uuid,
    },
    /// Every group nested in this one, at any depth: `Ids`.
    TransitiveGroups {
        /// The group.
        group: Uuid,
    },
    /// Direct members of an administrative unit, as for a group: `Members`.
    UnitMembers {
        /// The unit.
        unit: Uuid,
    },
    /// Everything that tells whether a group can be written: `Group` or `Absent`.
    Group {
        /// The group.
        id: Uuid,
    },
    /// The group to which its maker gave this name: `Group` or `Absent`.
    GroupByUniqueName {
        /// The name.
        name: String,
    },
    /// Who owns the group: `Memberships`.
    GroupOwners {
        /// The group.
        group: Uuid,
    },
    /// An administrative unit: `Unit` or `Absent`.
    Unit {
        /// The unit.
        id: Uuid,
    },
    /// One user, with all that tells who it is: `User` or `Absent`.
    User {
        /// The user.
        id: Uuid,
    },
    /// A user in the bin: `User` or `Absent`.
    DeletedUser {
        /// The user.
        id: Uuid,
    },
    /// Users with one of these addresses, primary or further: `People`. At most [`MAILS_MAX`]. The index behind this lags:
    /// not found does not prove absence.
    UsersByMail {
        /// The addresses.
        mails: Vec<String>,
    },
    /// Users with this address as their own, as mail, sign-in name or proxy address: `People`, with these three, the kind
    /// and the state of the account. `otherMails` are not asked: anybody may write there. The index behind this lags: not
    /// found does not prove absence.
    UsersByAddress {
        /// The address.
        address: String,
    },
    /// Groups, units and directory roles that the user is directly in: `Memberships`.
    MemberOf {
        /// The user.
        user: Uuid,
    },
    /// Everything that the user is in, through nested groups too: `Memberships`.
    TransitiveMemberOf {
        /// The user.
        user: Uuid,
    },
    /// What the user owns: `Memberships`.
    OwnedObjects {
        /// The user.
        user: Uuid,
    },
    /// The applications (service principals) that the user was assigned to: `Ids`.
    AppRoleAssignments {
        /// The user.
        user: Uuid,
    },
    /// The directory roles that are given to this user or group, at any scope: `Roles`.
    RoleAssignments {
        /// The user or group.
        principal: Uuid,
    },
    /// Who holds this directory role, at any scope: `Roles`. Active assignments only: whoever may activate the role with
    /// Privileged Identity Management is not among them until they do, and then only for a while.
    RoleHolders {
        /// The role's definition.
        role: Uuid,
    },
    /// All Conditional Access policies: `Policies`. Microsoft allows one such request per second and tenant.
    ConditionalAccessPolicies,
    /// Who may invite guests into the tenant: `Authorization`.
    AuthorizationPolicy,
    /// The tenant's cross-tenant access settings for everybody: `CrossTenant`.
    CrossTenantDefault,
    /// The tenant's cross-tenant access settings for one other tenant: `CrossTenant`, or `Absent`: those for everybody hold.
    CrossTenantPartner {
        /// The other tenant.
        tenant: Uuid,
    },
    /// The mail domains that may be invited into the tenant, or that may not: `InvitationDomains`. Only Graph's beta version
    /// has them, so this is a request of its own; `Absent` says nothing, since a tenant without a list has an empty one.
    InvitationDomains,
    /// Interactive sign-ins and attempts of these accounts, newest first: `SignIns`. An attempt is listed under the name
    /// that was typed when the service found no account for it, so both are asked. Entries come minutes late, some twice,
    /// and may change later: ask again for the same time, and go by the entry's id. Together at most
    /// [`ACCOUNTS_MAX`](super::ACCOUNTS_MAX) ids and names.
    SignIns {
        /// Object ids.
        users: Vec<Uuid>,
        /// User principal names.
        names: Vec<String>,
        /// From when on.
        since: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// What was done to this user, group or policy, newest first: `Audits`.
    DirectoryAudits {
        /// The object's id.
        target: Uuid,
        /// From when on.
        since: Timestamp,
    },
    /// What this user did in the directory, newest first: `Audits`.
    DirectoryAuditsBy {
        /// The user.
        actor: Uuid,
        /// From when on.
        since: Timestamp,
    },
    /// The tenant itself: `Organization`.
    Organization,
    /// Our app's own subscriptions to change notifications: `Subscriptions`.
    Subscriptions,
    /// Our app's identity in the tenant: `Ids` with one id, or `Absent`.
    OwnServicePrincipal,
    /// The app roles, of every service, that our app's identity in the tenant was given: `Ids`.
    OwnAppRoles,
    /// What an audit of break-glass accounts wants to know: [`Answer::Fitness`](super::Answer::Fitness), `Absent`, or what
    /// the question says.
    Fitness(About),
}

impl Ask {
    /// Whether it shares no batch: because it is put to another version of Graph, or because its quota is so small that
    /// the others would have to wait with it.
    pub(super) fn goes_alone(&self) -> bool {
        matches!(
            self,
            Self::InvitationDomains
                | Self::SignIns { .. }
                | Self::DirectoryAudits { .. }
                | Self::DirectoryAuditsBy { .. }
                | Self::Fitness(About::Risk { .. })
        )
    }
}

/// Where a delta round starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeltaFrom {
    /// At the beginning, for these objects: the first round lists everything. At most [`DELTA_IDS_MAX`]; only for groups.
    Start {
        /// The objects to follow.
        ids: Vec<Uuid>,
    },
    /// Now: the first round lists nothing. Only for users: for groups such a link does not tell changes of members.
    Latest,
    /// Where an earlier round ended.
    Link(String),
}
