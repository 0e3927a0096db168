//! `[[packages]]`: what people get in one customer.

use super::LowerLimits;
use crate::config::model::{Drift, Oddity, Ownership};
use crate::config::words::{Approver, Duration, Name, Pattern, Text};
use crate::ids::{GroupId, RoleId, UnitId};
use schemars::JsonSchema;
use serde::Deserialize;

/// [[packages]]
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct PackageTable {
    /// Its name, unique in the customer.
    pub(in crate::config) name: Name,
    /// Standing members come from these groups of the partner, nested ones included.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub(in crate::config) members: Vec<GroupId>,
    /// Minus the people of these groups of the partner.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub(in crate::config) except: Vec<GroupId>,
    /// The customer's groups that they become members of.
    #[serde(default)]
    pub(in crate::config) groups: Vec<GroupEntry>,
    /// The administrative units in which their guests are kept.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub(in crate::config) units: Vec<UnitId>,
    /// Directory roles, each scoped to a unit.
    #[serde(default)]
    pub(in crate::config) roles: Vec<RoleEntry>,
    /// Whose memberships may be removed.
    #[serde(default)]
    pub(in crate::config) ownership: Ownership,
    /// What to do about a membership that the customer took away; omitted: as `[sync]` says.
    pub(in crate::config) drift: Option<Drift>,
    /// Oddities of a target group that somebody accepted.
    #[serde(default)]
    pub(in crate::config) accept: Vec<AcceptEntry>,
    /// Tighter rails for this package.
    #[serde(default)]
    pub(in crate::config) limits: LowerLimits,
    /// How people may ask for it; omitted: they cannot.
    pub(in crate::config) requests: Option<RequestsTable>,
}

/// A group of the customer's: its id, or the name of one that we make.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum GroupEntry {
    /// The object id of an existing group.
    Id(GroupId),
    /// A group that we make and keep.
    Create(CreateEntry),
}

/// A group that we make and keep.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct CreateEntry {
    /// Its display name.
    pub(in crate::config) name: Text,
    /// Always true: an existing group is taken by its id, never by its name.
    pub(in crate::config) create: bool,
}

/// A directory role within one administrative unit.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct RoleEntry {
    /// The role's definition.
    pub(in crate::config) role: RoleId,
    /// The unit.
    pub(in crate::config) unit: UnitId,
}

/// An oddity that somebody accepted.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct AcceptEntry {
    /// What is accepted.
    pub(in crate::config) oddity: Oddity,
    /// Why.
    pub(in crate::config) reason: Text,
}

/// [packages.requests]
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct RequestsTable {
    /// The longest grant.
    pub(in crate::config) duration_max: Duration,
    /// How many different people must approve; never the requester nor the invitee.
    #[schemars(range(max = 10))]
    #[schemars(extend("default" = 1))]
    pub(in crate::config) approvals: Option<u32>,
    /// Ids of groups, or mail addresses; omitted: anybody whom a caller with `approve` names.
    pub(in crate::config) approvers: Option<Vec<Approver>>,
    /// Several stages of approval, one after the other, in place of `approvals` and `approvers`.
    #[serde(default)]
    #[schemars(length(max = 5))]
    pub(in crate::config) stages: Vec<StageTable>,
    /// After how long the approvers are reminded, again and again.
    #[schemars(extend("default" = "24h"))]
    pub(in crate::config) remind_after: Option<Duration>,
    /// After how long without an answer nobody is asked any more.
    #[schemars(extend("default" = "7d"))]
    pub(in crate::config) unanswered_after: Option<Duration>,
    /// Groups of the partner; omitted: anybody.
    pub(in crate::config) requesters: Option<Vec<GroupId>>,
    /// What a ticket number must match; omitted: no ticket needed.
    pub(in crate::config) ticket: Option<Pattern>,
}

/// [[packages.requests.stages]]
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct StageTable {
    /// How many different people must approve in it.
    #[schemars(range(min = 1, max = 10))]
    #[schemars(extend("default" = 1))]
    pub(in crate::config) approvals: Option<u32>,
    /// Ids of groups, or mail addresses; omitted: anybody whom a caller with `approve` names.
    pub(in crate::config) approvers: Option<Vec<Approver>>,
}
