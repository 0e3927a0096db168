//! The plan as people and programs read it.

use super::groups::{HoldGroup, groups};
use crate::config::Mode;
use crate::ids::{GroupId, GuestId, ObjectId, PersonId, RoleId, TenantId, UnitId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What one step does. The order is the order of doing: what takes away comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Take a guest out of a group.
    RemoveMember,
    /// Take a guest out of an administrative unit.
    RemoveFromUnit,
    /// Take a scoped role from a guest.
    RevokeRole,
    /// Forbid a guest to sign in.
    DisableGuest,
    /// End a guest's sign-in sessions.
    RevokeSessions,
    /// Delete a guest (restorable for 30 days).
    DeleteGuest,
    /// Make a group of ours.
    CreateGroup,
    /// Bring a deleted guest back.
    RestoreGuest,
    /// Let a guest that we disabled sign in again.
    EnableGuest,
    /// Invite a person.
    InviteGuest,
    /// Send the invitation again to a guest who has not accepted it.
    ResendInvitation,
    /// Count an existing membership as ours from now on; nothing is written to Microsoft.
    AdoptMember,
    /// Put a guest into a group.
    AddMember,
    /// Put a guest into an administrative unit.
    AddToUnit,
    /// Give a guest a scoped role.
    GrantRole,
}

impl Action {
    /// Every action, in order.
    pub const ALL: [Self; 15] = [
        Self::RemoveMember,
        Self::RemoveFromUnit,
        Self::RevokeRole,
        Self::DisableGuest,
        Self::RevokeSessions,
        Self::DeleteGuest,
        Self::CreateGroup,
        Self::RestoreGuest,
        Self::EnableGuest,
        Self::InviteGuest,
        Self::ResendInvitation,
        Self::AdoptMember,
        Self::AddMember,
        Self::AddToUnit,
        Self::GrantRole,
    ];

    /// Whether it takes something away from a person.
    pub fn takes(self) -> bool {
        matches!(
            self,
            Self::RemoveMember
                | Self::RemoveFromUnit
                | Self::RevokeRole
                | Self::DisableGuest
                | Self::RevokeSessions
                | Self::DeleteGuest
        )
    }

    /// Whether it puts a guest somewhere.
    pub fn places(self) -> bool {
        matches!(self, Self::AddMember | Self::AddToUnit | Self::GrantRole)
    }

    /// Its name in JSON, logs and the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::RemoveMember => "remove_member",
            Self::RemoveFromUnit => "remove_from_unit",
            Self::RevokeRole => "revoke_role",
            Self::DisableGuest => "disable_guest",
            Self::RevokeSessions => "revoke_sessions",
            Self::DeleteGuest => "delete_guest",
            Self::CreateGroup => "create_group",
            Self::RestoreGuest => "restore_guest",
            Self::EnableGuest => "enable_guest",
            Self::InviteGuest => "invite_guest",
            Self::ResendInvitation => "resend_invitation",
            Self::AdoptMember => "adopt_member",
            Self::AddMember => "add_member",
            Self::AddToUnit => "add_to_unit",
            Self::GrantRole => "grant_role",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a person is put or taken from: one group, one unit, or one role within a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A group of the customer's.
    Group(GroupId),
    /// An administrative unit of the customer's.
    Unit(UnitId),
    /// A directory role, within a unit.
    Role(RoleId, UnitId),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(id) => write!(f, "group:{id}"),
            Self::Unit(id) => write!(f, "unit:{id}"),
            Self::Role(role, unit) => write!(f, "role:{role}@{unit}"),
        }
    }
}

impl std::str::FromStr for Target {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a target: group:ID, unit:ID or role:ID@ID");
        let (kind, rest) = text.split_once(':').ok_or_else(wrong)?;
        match kind {
            "group" => Ok(Self::Group(rest.parse().map_err(|_| wrong())?)),
            "unit" => Ok(Self::Unit(rest.parse().map_err(|_| wrong())?)),
            "role" => {
                let (role, unit) = rest.split_once('@').ok_or_else(wrong)?;
                Ok(Self::Role(role.parse().map_err(|_| wrong())?, unit.parse().map_err(|_| wrong())?))
            }
            _ => Err(wrong()),
        }
    }
}

// As text, so that it can be a key of a JSON object too.
impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a person loses something: what the rails distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A fact about one person, positively read: disabled at the partner.
    Disabled,
    /// A fact: deleted at the partner.
    Deleted,
    /// A fact: on the customer's own stop list.
    Denied,
    /// A fact: a grant that ended.
    GrantEnded,
    /// A fact: somebody ordered that they go (`gatehouse leave`).
    Barred,
    /// A set: absent from the package's groups of the partner.
    Absent,
    /// A set: not a person of the partner at all, in a group that we own whole (`ownership = "all"`).
    Stranger,
    /// A set: everything of ours, since the customer is being offboarded.
    Offboarded,
    /// A set: what a run did is undone by a named person.
    Undone,
}

impl Cause {
    /// Whether it uses no budget of the rails over time: somebody decided on this very person.
    pub fn is_free(self) -> bool {
        matches!(self, Self::GrantEnded | Self::Barred)
    }

    /// Whether this is positive knowledge about one person, not a conclusion from a set.
    pub fn is_fact(self) -> bool {
        matches!(self, Self::Disabled | Self::Deleted | Self::Denied | Self::GrantEnded | Self::Barred)
    }
}

/// One element of a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// The package that asks for it; the guest's own steps name the first.
    pub package: String,
    /// Where, for the actions that have a target; `None` for a group that is still to be created and for guests.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<Target>,
    /// The target group (JSON readers find it here; the same as in `target`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<GroupId>,
    /// The name of a group of ours that does not exist yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group_name: Option<String>,
    /// The person, by partner object id; `None` for a stranger.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<PersonId>,
    /// The guest; `None`: to be invited.
    #[serde(default)]
    pub guest: Option<GuestId>,
    /// The person's address, for people who read the plan.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mail: Option<String>,
    /// The person's name, given to an invitation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Why it is taken away.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<Cause>,
    /// The line of policy that asks for it, in words.
    pub why: String,
}

/// Steps that a rail holds back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Held {
    /// The rail's name.
    pub rail: String,
    /// The package whose steps they are.
    pub package: String,
    /// How many people would be removed (or added, for `additions_max`).
    pub count: u32,
    /// The rail's number, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<u32>,
    /// How many steps are held.
    pub steps: u32,
    /// The sentence that a person reads, with the way forward.
    pub text: String,
    /// Names what it has in common with holds in other customers: `cause:…`. Empty where nothing is shared.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub cause: String,
    /// Which of the plan's `held_steps` it holds, by index, sorted. Two rails may hold one step.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub indices: Vec<u32>,
}

/// Something that a person should know or mend.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// A stable code, such as `group_is_dynamic`.
    pub code: String,
    /// The package it concerns.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub package: Option<String>,
    /// The object it concerns.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<ObjectId>,
    /// What is wrong and what to do, in words.
    pub text: String,
}

/// One customer's part of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerPlan {
    /// The customer's name.
    pub customer: String,
    /// The customer's tenant.
    pub tenant_id: TenantId,
    /// What may be done there.
    pub mode: Mode,
    /// Names the held steps: `sha256:…`; empty where nothing is held.
    pub digest: String,
    /// The steps that may be taken, in order.
    pub steps: Vec<Step>,
    /// What is held back.
    pub held: Vec<Held>,
    /// The steps that are held back.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub held_steps: Vec<Step>,
    /// What a person should know.
    pub problems: Vec<Problem>,
    /// How many desired memberships are already there.
    pub unchanged: u32,
}

/// Sums over all customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Steps that may be taken.
    pub steps: u32,
    /// Entries that are held.
    pub held: u32,
    /// Problems.
    pub problems: u32,
    /// Desired memberships that are already there.
    pub unchanged: u32,
}

/// The plan for some customers, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// One part for each customer.
    pub customers: Vec<CustomerPlan>,
    /// The sums.
    pub totals: Totals,
    /// Holds with one cause in two or more customers, by cause.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub groups: Vec<HoldGroup>,
}

impl Plan {
    /// Puts the customers' parts together.
    pub fn new(mut customers: Vec<CustomerPlan>) -> Self {
        customers.sort_by(|a, b| a.customer.cmp(&b.customer));
        let mut totals = Totals::default();
        for part in &customers {
            totals.steps += part.steps.len() as u32;
            totals.held += part.held.len() as u32;
            totals.problems += part.problems.len() as u32;
            totals.unchanged += part.unchanged;
        }
        let groups = groups(&customers);
        Self { customers, totals, groups }
    }
}
