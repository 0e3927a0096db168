//! Groups, administrative units and roles, as the portal changes them and as tests look at them.

use super::{AppRoleAssignment, GroupSettings, TenantHandle, born_visible};
use crate::directory::{Change, Group, Other, Unit};
use std::collections::{BTreeSet, VecDeque};
use uuid::Uuid;

impl TenantHandle {
    /// Makes a security group and returns its object id.
    pub fn add_group(&self, name: &str) -> Uuid {
        let id = self.with(|tenant| tenant.fresh_id());
        self.add_group_with_id(id, GroupSettings::named(name))
    }

    /// Makes a group with this object id.
    pub fn add_group_with_id(&self, id: Uuid, settings: GroupSettings) -> Uuid {
        let born = born_visible(self.sim.wall());
        self.act(|tenant| {
            let (members, owners, recent) = (BTreeSet::new(), BTreeSet::new(), VecDeque::new());
            tenant.directory.insert_group(id, Group { settings, members, owners, recent, born, deleted: None });
            vec![Change::GroupCreated { group: id }]
        });
        id
    }

    /// Changes what kind of group it is. `change` must not ask the simulator anything: it is locked meanwhile.
    pub fn set_group(&self, group: Uuid, change: impl FnOnce(&mut GroupSettings)) {
        self.act(|tenant| {
            let Some(found) = tenant.directory.groups.get_mut(&group) else { return Vec::new() };
            change(&mut found.settings);
            let properties = ["displayName", "description", "groupTypes", "mailEnabled", "securityEnabled", "mail"];
            vec![Change::GroupUpdated { group, properties: properties.iter().map(|name| (*name).to_owned()).collect() }]
        });
    }

    /// Deletes a group: a Microsoft 365 group softly, any other for good.
    pub fn delete_group(&self, group: Uuid) {
        let at = self.sim.wall();
        self.act(|tenant| match tenant.directory.groups.get_mut(&group) {
            Some(found) if found.settings.is_unified() => {
                found.deleted = Some(at);
                vec![Change::GroupDeleted { group, for_good: false }]
            }
            _ => tenant.directory.purge_group(group),
        });
    }

    /// Adds a direct member of any kind.
    pub fn add_member(&self, group: Uuid, member: Uuid) {
        let (now, lag) = self.now();
        self.act(|tenant| tenant.directory.add_member(group, member, now, lag).into_iter().collect());
    }

    /// Removes a direct member.
    pub fn remove_member(&self, group: Uuid, member: Uuid) {
        let (now, lag) = self.now();
        self.act(|tenant| tenant.directory.remove_member(group, member, now, lag).into_iter().collect());
    }

    /// Makes somebody an owner of a group.
    pub fn add_owner(&self, group: Uuid, owner: Uuid) {
        self.with(|tenant| tenant.directory.groups.get_mut(&group).map(|found| found.owners.insert(owner)));
    }

    /// Makes a device, which groups and units can hold.
    pub fn add_device(&self, name: &str) -> Uuid {
        self.with(|tenant| {
            let id = tenant.fresh_id();
            let display_name = name.to_owned();
            tenant.directory.insert_other(id, Other { kind: "device", display_name, app_id: None });
            id
        })
    }

    /// Makes an administrative unit.
    pub fn add_unit(&self, name: &str) -> Uuid {
        let id = self.with(|tenant| tenant.fresh_id());
        self.add_unit_with_id(id, name)
    }

    /// Makes an administrative unit with this object id.
    pub fn add_unit_with_id(&self, id: Uuid, name: &str) -> Uuid {
        self.act(|tenant| {
            let unit = Unit { display_name: name.to_owned(), restricted: false, members: BTreeSet::new() };
            tenant.directory.insert_unit(id, unit);
            vec![Change::UnitCreated { unit: id }]
        });
        id
    }

    /// Puts a unit under restricted management: applications cannot change what is in it.
    pub fn restrict_unit(&self, unit: Uuid) {
        self.with(|tenant| tenant.directory.units.get_mut(&unit).map(|found| found.restricted = true));
    }

    /// Puts something into an administrative unit.
    pub fn add_to_unit(&self, unit: Uuid, member: Uuid) {
        self.act(|tenant| tenant.directory.add_to_unit(unit, member).into_iter().collect());
    }

    /// Takes something out of an administrative unit.
    pub fn remove_from_unit(&self, unit: Uuid, member: Uuid) {
        self.act(|tenant| tenant.directory.remove_from_unit(unit, member).into_iter().collect());
    }

    /// Assigns a directory role and returns the assignment's id. `scope` is `/` or `/administrativeUnits/{id}`.
    pub fn assign_role(&self, principal: Uuid, role: Uuid, scope: &str) -> Uuid {
        let id = self.with(|tenant| tenant.fresh_id());
        self.act(|tenant| vec![tenant.assign_role(id, principal, role, scope)]);
        id
    }

    /// The assignment by which somebody holds this role, at whatever scope.
    pub fn role_assignment(&self, principal: Uuid, role: Uuid) -> Option<Uuid> {
        self.with(|tenant| {
            let mut held = tenant.role_assignments.iter();
            held.find(|(_, held)| held.principal == principal && held.role == role).map(|(id, _)| *id)
        })
    }

    /// Takes a directory role away.
    pub fn unassign_role(&self, assignment: Uuid) {
        self.act(|tenant| {
            let held = tenant.role_assignments.remove(&assignment);
            held.map(|held| Change::RoleUnassigned { assignment, principal: held.principal }).into_iter().collect()
        });
    }

    /// Gives a user or a group a role in some application.
    pub fn assign_app_role(&self, principal: Uuid, resource_name: &str) {
        self.with(|tenant| {
            let (id, resource) = (tenant.fresh_id(), tenant.fresh_id());
            let assignment = AppRoleAssignment { principal, resource_name: resource_name.to_owned(), resource };
            tenant.app_role_assignments.insert(id, assignment);
        });
    }

    /// The direct members, as they truly are.
    pub fn members(&self, group: Uuid) -> BTreeSet<Uuid> {
        self.with(|tenant| tenant.directory.groups.get(&group).map(|found| found.members.clone()).unwrap_or_default())
    }

    /// The mail addresses of the direct members that have one.
    pub fn member_mails(&self, group: Uuid) -> BTreeSet<String> {
        self.with(|tenant| {
            let members = tenant.directory.groups.get(&group).into_iter().flat_map(|found| &found.members);
            let users = members.filter_map(|id| tenant.directory.users.get(id));
            users.filter_map(|user| user.mail.as_ref().map(ToString::to_string)).collect()
        })
    }

    /// Groups that are not deleted.
    pub fn groups(&self) -> BTreeSet<Uuid> {
        self.with(|tenant| {
            let groups = tenant.directory.groups.iter();
            groups.filter(|(_, group)| group.deleted.is_none()).map(|(id, _)| *id).collect()
        })
    }

    /// What kind of group it is; `None`: there is none.
    pub fn group_settings(&self, group: Uuid) -> Option<GroupSettings> {
        self.with(|tenant| Some(tenant.directory.groups.get(&group)?.settings.clone()))
    }

    /// The group with this unique name.
    pub fn find_group(&self, unique_name: &str) -> Option<Uuid> {
        self.with(|tenant| tenant.directory.by_unique_name(unique_name))
    }

    /// What is in an administrative unit.
    pub fn unit_members(&self, unit: Uuid) -> BTreeSet<Uuid> {
        self.with(|tenant| tenant.directory.units.get(&unit).map(|found| found.members.clone()).unwrap_or_default())
    }

    /// Who holds a directory role: (principal, role, scope).
    pub fn roles(&self) -> BTreeSet<(Uuid, Uuid, String)> {
        self.with(|tenant| {
            let held = tenant.role_assignments.values();
            held.map(|held| (held.principal, held.role, held.scope.clone())).collect()
        })
    }
}
