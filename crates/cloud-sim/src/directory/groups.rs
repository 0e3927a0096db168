//! Groups, administrative units and what is in them.

use super::{Change, Directory, Group, Other, Unit};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

impl Directory {
    /// Puts a new group in.
    pub(crate) fn insert_group(&mut self, id: Uuid, group: Group) {
        if let Some(name) = &group.settings.unique_name {
            self.unique_names.insert(name.clone(), id);
        }
        self.groups.insert(id, group);
    }

    /// Puts a new unit in.
    pub(crate) fn insert_unit(&mut self, id: Uuid, unit: Unit) {
        self.units.insert(id, unit);
    }

    /// Puts a device or a service principal in.
    pub(crate) fn insert_other(&mut self, id: Uuid, other: Other) {
        self.others.insert(id, other);
    }

    /// Adds a direct member; `None` when it was one already or there is no such group.
    pub(crate) fn add_member(&mut self, group: Uuid, member: Uuid, now: Duration, lag: Duration) -> Option<Change> {
        let record = self.groups.get_mut(&group)?;
        if !record.members.insert(member) {
            return None;
        }
        remember(record, now, lag, member, true);
        self.containers.insert((member, group));
        Some(Change::MemberAdded { group, member })
    }

    /// Removes a direct member; `None` when it was none.
    pub(crate) fn remove_member(&mut self, group: Uuid, member: Uuid, now: Duration, lag: Duration) -> Option<Change> {
        let record = self.groups.get_mut(&group)?;
        if !record.members.remove(&member) {
            return None;
        }
        remember(record, now, lag, member, false);
        self.containers.remove(&(member, group));
        Some(Change::MemberRemoved { group, member })
    }

    /// The direct members as a full read shows them when it lags by `lag`.
    pub(crate) fn members_seen(&self, group: Uuid, now: Duration, lag: Duration) -> BTreeSet<Uuid> {
        let Some(record) = self.groups.get(&group) else { return BTreeSet::new() };
        let mut members = record.members.clone();
        for (at, member, added) in record.recent.iter().rev() {
            if *at + lag <= now {
                break;
            }
            if *added {
                members.remove(member)
            } else {
                members.insert(*member)
            };
        }
        members
    }

    /// Adds to an administrative unit.
    pub(crate) fn add_to_unit(&mut self, unit: Uuid, member: Uuid) -> Option<Change> {
        if !self.units.get_mut(&unit)?.members.insert(member) {
            return None;
        }
        self.containers.insert((member, unit));
        Some(Change::UnitMemberAdded { unit, member })
    }

    /// Takes out of an administrative unit.
    pub(crate) fn remove_from_unit(&mut self, unit: Uuid, member: Uuid) -> Option<Change> {
        if !self.units.get_mut(&unit)?.members.remove(&member) {
            return None;
        }
        self.containers.remove(&(member, unit));
        Some(Change::UnitMemberRemoved { unit, member })
    }

    /// Removes a group for good, with its place in other groups and units.
    pub(crate) fn purge_group(&mut self, id: Uuid) -> Vec<Change> {
        let Some(group) = self.groups.remove(&id) else { return Vec::new() };
        if let Some(name) = &group.settings.unique_name {
            self.unique_names.remove(name);
        }
        for member in &group.members {
            self.containers.remove(&(*member, id));
        }
        let mut changes = self.forget_everywhere(id);
        changes.push(Change::GroupDeleted { group: id, for_good: true });
        changes
    }

    /// Takes an object that is gone out of everything that held it.
    pub(super) fn forget_everywhere(&mut self, id: Uuid) -> Vec<Change> {
        let mut changes = Vec::new();
        for container in self.containers_of(id) {
            changes.extend(self.remove_member(container, id, Duration::ZERO, Duration::ZERO));
            changes.extend(self.remove_from_unit(container, id));
        }
        changes
    }

    /// Nested groups flattened: every object below, each once, cycles and all.
    pub(crate) fn transitive_members(&self, group: Uuid, now: Duration, lag: Duration) -> BTreeSet<Uuid> {
        let (mut found, mut todo) = (BTreeSet::new(), vec![group]);
        while let Some(next) = todo.pop() {
            for member in self.members_seen(next, now, lag) {
                if found.insert(member) && self.groups.contains_key(&member) {
                    todo.push(member);
                }
            }
        }
        found
    }
}

fn remember(group: &mut Group, now: Duration, lag: Duration, member: Uuid, added: bool) {
    while group.recent.front().is_some_and(|(at, ..)| *at + lag <= now) {
        group.recent.pop_front();
    }
    if !lag.is_zero() {
        group.recent.push_back((now, member, added));
    }
}
