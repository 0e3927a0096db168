//! A list of permissions in the making: each once, with all of its reasons.

use super::known::{Known, Resource, UNIT_READ, UNIT_WRITE};
use serde::Serialize;
use uuid::Uuid;

/// In whose tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// In the partner's.
    Partner,
    /// In a customer's.
    Customer,
}

/// A permission that the configuration needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Such as `User.Read.All`.
    pub name: &'static str,
    /// The id of its app role.
    pub app_role: Uuid,
    /// Which key of the configuration asks for it, and for what; several are separated by `; `.
    pub why: String,
    /// In whose tenant.
    pub tenant: Side,
    /// The API that it belongs to.
    pub resource: Resource,
    /// Whether the rest works without it: something is then not known, or left to people.
    pub optional: bool,
    /// Whether something can be changed with it.
    pub writes: bool,
}

/// Permissions in one tenant.
pub(super) struct List {
    tenant: Side,
    permissions: Vec<Permission>,
}

impl List {
    pub(super) fn new(tenant: Side) -> Self {
        Self { tenant, permissions: Vec::new() }
    }

    /// Nothing of this works without it.
    pub(super) fn need(&mut self, known: Known, why: &str) {
        self.add(known, why, false);
    }

    /// More is known, or done, with it.
    pub(super) fn like(&mut self, known: Known, why: &str) {
        self.add(known, why, true);
    }

    fn add(&mut self, known: Known, why: &str, optional: bool) {
        let Known { name, app_role, resource, writes } = known;
        let tenant = self.tenant;
        self.take(Permission { name, app_role, why: why.to_owned(), tenant, resource, optional, writes });
    }

    /// Takes in the permissions of another list.
    pub(super) fn merge(&mut self, others: Vec<Permission>) {
        others.into_iter().for_each(|one| self.take(one));
    }

    fn take(&mut self, one: Permission) {
        match self.permissions.iter_mut().find(|there| there.name == one.name && there.resource == one.resource) {
            Some(there) => {
                for why in one.why.split(SEPARATOR) {
                    if there.why.split(SEPARATOR).all(|known| known != why) {
                        there.why = format!("{}{SEPARATOR}{why}", there.why);
                    }
                }
                there.optional &= one.optional;
            }
            None => self.permissions.push(one),
        }
    }

    /// Those that are needed first, and by name. What another one that is needed allows as well is not asked for twice.
    pub(super) fn sorted(mut self) -> Vec<Permission> {
        for (wider, narrower) in CONTAINED {
            let is_needed = self.permissions.iter().any(|one| one.name == wider.name && !one.optional);
            let at = self.permissions.iter().position(|one| one.name == narrower.name).filter(|_| is_needed);
            if let Some(at) = at {
                let why = self.permissions.remove(at).why;
                self.need(wider, &why);
            }
        }
        self.permissions.sort_by_key(|one| (one.optional, one.resource, one.name));
        self.permissions
    }
}

/// Permissions that allow, among others, everything that another one allows.
const CONTAINED: [(Known, Known); 1] = [(UNIT_WRITE, UNIT_READ)];

/// Between two reasons.
const SEPARATOR: &str = "; ";
