//! The directory roles that our app's service principal needs where it writes with scoped rights.

use crate::config::{Config, Customer, Disable, Mode};
use crate::ids::{RoleId, UnitId};
use std::collections::BTreeSet;
use std::fmt;
use uuid::uuid;

/// A built-in directory role (page "Microsoft Entra built-in roles").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// As the portal calls it.
    pub name: &'static str,
    /// Its definition's id, the same in every tenant.
    pub id: RoleId,
}

/// Lets groups be changed, those within the unit if it is scoped to one.
pub const GROUPS_ADMINISTRATOR: BuiltIn =
    BuiltIn { name: "Groups Administrator", id: RoleId(uuid!("fdd7a751-b60b-444a-984c-02652fe8fa1c")) };

/// Lets users and groups be changed, those within the unit if it is scoped to one.
pub const USER_ADMINISTRATOR: BuiltIn =
    BuiltIn { name: "User Administrator", id: RoleId(uuid!("fe930be7-5e62-47db-91af-98c3a49a38b1")) };

/// Lets the directory be read. A service principal's scoped role has no effect without a role that reads in the whole
/// tenant (page "Assign Microsoft Entra roles").
pub const DIRECTORY_READERS: BuiltIn =
    BuiltIn { name: "Directory Readers", id: RoleId(uuid!("88d8e3e3-8f55-4a1e-953a-9b9898b8876b")) };

/// A directory role that our app's service principal holds, directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Held {
    /// Which.
    pub role: RoleId,
    /// Within which unit; `None`: in the whole tenant.
    pub unit: Option<UnitId>,
}

/// A directory role that our app's service principal needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRole {
    /// Which.
    pub role: BuiltIn,
    /// Within which unit; `None`: in the whole tenant.
    pub unit: Option<UnitId>,
    /// What for.
    pub why: &'static str,
}

impl OwnRole {
    /// The command by which an administrator of the customer (Privileged Role Administrator) gives it. `principal` is the
    /// object id of the service principal.
    pub fn command(&self, principal: &str) -> String {
        let scope = self.unit.map_or_else(|| "/".to_owned(), |unit| format!("/administrativeUnits/{unit}"));
        let id = self.role.id;
        format!(
            "az rest --method POST --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments --body '{{\"principalId\":\"{principal}\",\"roleDefinitionId\":\"{id}\",\"directoryScopeId\":\"{scope}\"}}'"
        )
    }
}

impl fmt::Display for OwnRole {
    /// That it is missing, in words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "our app is not {} ", self.role.name)?;
        match self.unit {
            None => f.write_str("in the whole tenant")?,
            Some(unit) => write!(f, "within unit {unit}")?,
        }
        write!(f, " ({})", self.why)
    }
}

/// The directory roles that our app needs in the customer's tenant; none without scoped rights. Which of the units holds the
/// groups and which the guests is not in the configuration, so each role is named for each unit.
pub fn own_roles(config: &Config, customer: &Customer) -> Vec<OwnRole> {
    let Some(units) = customer.rights.units() else { return Vec::new() };
    let readers = OwnRole { role: DIRECTORY_READERS, unit: None, why: "without it the others have no effect" };
    let groups = units.iter().map(|unit| OwnRole {
        role: GROUPS_ADMINISTRATOR,
        unit: Some(*unit),
        why: "where the unit holds groups of `groups`: adding members and removing them",
    });
    let leavers = &config.leavers;
    let guests = leavers.disable != Disable::Never || leavers.revoke_sessions || customer.mode == Mode::Offboard;
    let users = units.iter().filter(|_| guests).map(|unit| OwnRole {
        role: USER_ADMINISTRATOR,
        unit: Some(*unit),
        why: "where the unit holds guests: `leavers`",
    });
    std::iter::once(readers).chain(groups).chain(users).collect()
}

/// Whether our app holds the role without which those within units have no effect.
pub fn reads(held: &BTreeSet<Held>) -> bool {
    held.contains(&Held { role: DIRECTORY_READERS.id, unit: None })
}

/// What the customer has yet to give. One of the two roles within a unit is enough to say that the unit is looked after:
/// which of them it takes depends on what is in it, and a group or guest out of reach is said by itself.
pub fn wanting(config: &Config, customer: &Customer, held: &BTreeSet<Held>) -> Vec<OwnRole> {
    let within = |role: BuiltIn, unit: &UnitId| held.contains(&Held { role: role.id, unit: Some(*unit) });
    let looked_after = |unit: &UnitId| within(GROUPS_ADMINISTRATOR, unit) || within(USER_ADMINISTRATOR, unit);
    let units = customer.rights.units();
    let does_users = units.is_some_and(|units| units.iter().any(|unit| within(USER_ADMINISTRATOR, unit)));
    let is_wanting = |one: &OwnRole| match one.unit {
        None => !reads(held),
        Some(unit) if one.role == USER_ADMINISTRATOR => !does_users || !looked_after(&unit),
        Some(unit) => !looked_after(&unit),
    };
    own_roles(config, customer).into_iter().filter(is_wanting).collect()
}
