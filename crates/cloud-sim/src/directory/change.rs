//! What can happen to a directory.

use uuid::Uuid;

/// One change of a directory, whoever made it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are object ids, named after what they point at")]
pub enum Change {
    /// A user was made without an invitation.
    UserCreated { user: Uuid },
    /// Somebody was invited; `again` when the guest was there already, `mailed` when Microsoft wrote to them.
    GuestInvited { user: Uuid, mail: String, again: bool, mailed: bool },
    /// These properties were written.
    UserUpdated { user: Uuid, properties: Vec<String> },
    /// Soft-deleted: memberships stay.
    UserDeleted { user: Uuid },
    /// Came back from the deleted items.
    UserRestored { user: Uuid },
    /// Gone for good.
    UserPurged { user: Uuid },
    /// All refresh tokens of the user were made void.
    SessionsRevoked { user: Uuid },
    /// A group was made.
    GroupCreated { group: Uuid },
    /// These properties were written.
    GroupUpdated { group: Uuid, properties: Vec<String> },
    /// Deleted; Microsoft 365 groups can come back.
    GroupDeleted { group: Uuid, for_good: bool },
    /// Came back from the deleted items.
    GroupRestored { group: Uuid },
    /// A direct member was added.
    MemberAdded { group: Uuid, member: Uuid },
    /// A direct member was removed.
    MemberRemoved { group: Uuid, member: Uuid },
    /// An administrative unit was made.
    UnitCreated { unit: Uuid },
    /// Something came into an administrative unit.
    UnitMemberAdded { unit: Uuid, member: Uuid },
    /// Something left an administrative unit.
    UnitMemberRemoved { unit: Uuid, member: Uuid },
    /// A directory role was assigned, tenant-wide (`/`) or in a scope.
    RoleAssigned { assignment: Uuid, principal: Uuid, role: Uuid, scope: String },
    /// A role assignment was removed.
    RoleUnassigned { assignment: Uuid, principal: Uuid },
}

/// Who changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person in the tenant's portal, in tests a [`TenantHandle`](crate::TenantHandle).
    Portal,
    /// An application, by its client id, through Graph.
    App(Uuid),
}

impl Change {
    /// The object whose delta query tells the change.
    pub(crate) fn subject(&self) -> Subject {
        match self {
            Self::UserCreated { user }
            | Self::GuestInvited { user, .. }
            | Self::UserUpdated { user, .. }
            | Self::UserDeleted { user }
            | Self::UserRestored { user }
            | Self::UserPurged { user } => Subject::User(*user),
            Self::GroupCreated { group }
            | Self::GroupUpdated { group, .. }
            | Self::GroupDeleted { group, .. }
            | Self::GroupRestored { group }
            | Self::MemberAdded { group, .. }
            | Self::MemberRemoved { group, .. } => Subject::Group(*group),
            Self::SessionsRevoked { .. }
            | Self::UnitCreated { .. }
            | Self::UnitMemberAdded { .. }
            | Self::UnitMemberRemoved { .. }
            | Self::RoleAssigned { .. }
            | Self::RoleUnassigned { .. } => Subject::Other,
        }
    }
}

/// Which collection a change belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    User(Uuid),
    Group(Uuid),
    Other,
}
