//! The answers to questions.

use super::fitness::Found;
use super::inviting::{AuthorizationPolicy, CrossTenantAccess, InvitationDomains};
use super::models::{
    ConditionalAccessPolicy, DeltaRound, Group, GroupChange, Member, Membership, Organization, RoleAssignment,
    Subscription, Unit, User, UserChange,
};
use super::reports::{Audit, Report, SignIn};
use crate::error::{Error, Kind};
use uuid::Uuid;

/// What came back. Each question says which variants it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Changed groups.
    Groups(DeltaRound<GroupChange>),
    /// Changed users.
    Users(DeltaRound<UserChange>),
    /// Direct members.
    Members(Vec<Member>),
    /// Users.
    People(Vec<User>),
    /// Object ids.
    Ids(Vec<Uuid>),
    /// A group.
    Group(Box<Group>),
    /// A user.
    User(Box<User>),
    /// An administrative unit.
    Unit(Box<Unit>),
    /// What an object is in, or owns.
    Memberships(Vec<Membership>),
    /// Directory roles.
    Roles(Vec<RoleAssignment>),
    /// Our subscriptions.
    Subscriptions(Vec<Subscription>),
    /// Conditional Access policies.
    Policies(Vec<ConditionalAccessPolicy>),
    /// Who may invite.
    Authorization(AuthorizationPolicy),
    /// Cross-tenant access settings.
    CrossTenant(Box<CrossTenantAccess>),
    /// Mail domains that may be invited, or not.
    InvitationDomains(Box<InvitationDomains>),
    /// Sign-ins.
    SignIns(Report<SignIn>),
    /// Entries of the audit log.
    Audits(Report<Audit>),
    /// The tenant.
    Organization(Box<Organization>),
    /// What an audit of break-glass accounts wanted to know.
    Fitness(Box<Found>),
    /// The object is not there, and that is an answer.
    Absent,
}

/// Takes one variant out, or says that the answer is to another question.
macro_rules! take {
    ($(#[$doc:meta])* $name:ident, $variant:ident, $type:ty) => {
        $(#[$doc])*
        pub fn $name(self) -> Result<$type, Error> {
            match self {
                Self::$variant(found) => Ok(found),
                other => Err(other.unexpected(stringify!($variant))),
            }
        }
    };
}

/// Takes one variant out, with `None` for [`Answer::Absent`].
macro_rules! take_present {
    ($(#[$doc:meta])* $name:ident, $variant:ident, $type:ty) => {
        $(#[$doc])*
        pub fn $name(self) -> Result<Option<$type>, Error> {
            match self {
                Self::$variant(found) => Ok(Some(*found)),
                Self::Absent => Ok(None),
                other => Err(other.unexpected(stringify!($variant))),
            }
        }
    };
}

impl Answer {
    take!(
        /// The round of [`Ask::GroupsDelta`](super::Ask::GroupsDelta).
        groups, Groups, DeltaRound<GroupChange>
    );
    take!(
        /// The round of [`Ask::UsersDelta`](super::Ask::UsersDelta).
        users, Users, DeltaRound<UserChange>
    );
    take!(
        /// Direct members of a group or unit.
        members, Members, Vec<Member>
    );
    take!(
        /// Users, of a group or with a mail.
        people, People, Vec<User>
    );
    take!(
        /// Object ids.
        ids, Ids, Vec<Uuid>
    );
    take!(
        /// Memberships, owners or owned objects.
        memberships, Memberships, Vec<Membership>
    );
    take!(
        /// Directory roles.
        roles, Roles, Vec<RoleAssignment>
    );
    take!(
        /// Our subscriptions.
        subscriptions, Subscriptions, Vec<Subscription>
    );
    take!(
        /// Conditional Access policies.
        policies, Policies, Vec<ConditionalAccessPolicy>
    );
    take_present!(
        /// The group, if it is there.
        group, Group, Group
    );
    take_present!(
        /// The user, if it is there.
        user, User, User
    );
    take_present!(
        /// The unit, if it is there.
        unit, Unit, Unit
    );
    take!(
        /// Who may invite.
        authorization, Authorization, AuthorizationPolicy
    );
    take_present!(
        /// Cross-tenant access settings, if there are any.
        cross_tenant, CrossTenant, CrossTenantAccess
    );
    take_present!(
        /// The list of mail domains, if the service knows of such lists.
        invitation_domains, InvitationDomains, InvitationDomains
    );
    take!(
        /// Sign-ins.
        sign_ins, SignIns, Report<SignIn>
    );
    take!(
        /// Entries of the audit log.
        audits, Audits, Report<Audit>
    );
    take_present!(
        /// The tenant.
        organization, Organization, Organization
    );

    take_present!(
        /// What an audit wanted to know, if there is such a thing.
        fitness, Fitness, Found
    );

    /// The one id of [`Ask::OwnServicePrincipal`](super::Ask::OwnServicePrincipal), if it is there.
    pub fn own_id(self) -> Result<Option<Uuid>, Error> {
        match self {
            Self::Ids(ids) if ids.len() == 1 => Ok(ids.first().copied()),
            Self::Absent => Ok(None),
            other => Err(other.unexpected("one id")),
        }
    }

    fn unexpected(&self, wanted: &str) -> Error {
        let found = match self {
            Self::Groups(_) => "Groups",
            Self::Users(_) => "Users",
            Self::Members(_) => "Members",
            Self::People(_) => "People",
            Self::Ids(_) => "Ids",
            Self::Group(_) => "Group",
            Self::User(_) => "User",
            Self::Unit(_) => "Unit",
            Self::Memberships(_) => "Memberships",
            Self::Roles(_) => "Roles",
            Self::Policies(_) => "Policies",
            Self::Subscriptions(_) => "Subscriptions",
            Self::Authorization(_) => "Authorization",
            Self::CrossTenant(_) => "CrossTenant",
            Self::InvitationDomains(_) => "InvitationDomains",
            Self::SignIns(_) => "SignIns",
            Self::Audits(_) => "Audits",
            Self::Organization(_) => "Organization",
            Self::Fitness(_) => "Fitness",
            Self::Absent => "Absent",
        };
        another(wanted, found)
    }
}

/// The answer is one to another question.
pub(super) fn another(wanted: &str, found: &str) -> Error {
    Error::new(Kind::Garbled, Uuid::nil(), "use an answer", format!("wanted {wanted}, found {found}"))
}
