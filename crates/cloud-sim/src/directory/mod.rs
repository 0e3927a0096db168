//! One tenant's directory: objects, their indexes, and the primitive changes that keep both in step.
//!
//! Nothing here asks for permission or knows HTTP: both the portal (tests) and Graph act through these functions.

mod change;
mod groups;
mod object;
mod people;
#[cfg(test)]
mod tests;

pub(crate) use change::Subject;
pub use change::{Actor, Change};
pub(crate) use object::{Born, External, Group, Other, RareUser, Unit, User};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// The objects of one tenant. Maps are ordered, so that pages and random worlds come out the same each time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory {
    pub(crate) users: BTreeMap<Uuid, User>,
    pub(crate) groups: BTreeMap<Uuid, Group>,
    pub(crate) units: BTreeMap<Uuid, Unit>,
    pub(crate) others: BTreeMap<Uuid, Other>,
    /// Every address of a user, folded to lower case.
    addresses: BTreeSet<(Arc<str>, Uuid)>,
    /// (member, container): the groups and units that an object is in.
    containers: BTreeSet<(Uuid, Uuid)>,
    unique_names: BTreeMap<String, Uuid>,
}

impl Directory {
    /// Users, deleted or not, with this address among any of their addresses.
    pub(crate) fn with_address(&self, address: &str) -> impl Iterator<Item = Uuid> + '_ {
        let key: Arc<str> = address.to_lowercase().into();
        self.addresses.range((key.clone(), Uuid::nil())..=(key, Uuid::max())).map(|(_, id)| *id)
    }

    /// The groups and units that directly hold this object.
    pub(crate) fn containers_of(&self, member: Uuid) -> Vec<Uuid> {
        self.containers.range((member, Uuid::nil())..=(member, Uuid::max())).map(|(_, container)| *container).collect()
    }

    /// The group with this unique name.
    pub(crate) fn by_unique_name(&self, name: &str) -> Option<Uuid> {
        self.unique_names.get(name).copied()
    }

    /// Whether the object exists and is not deleted.
    pub(crate) fn is_alive(&self, id: Uuid) -> bool {
        self.users.get(&id).is_some_and(|user| user.deleted.is_none())
            || self.groups.get(&id).is_some_and(|group| group.deleted.is_none())
            || self.others.contains_key(&id)
            || self.units.contains_key(&id)
    }

    /// The OData type of an object, such as `#microsoft.graph.user`.
    pub(crate) fn type_of(&self, id: Uuid) -> Option<&'static str> {
        if self.users.contains_key(&id) {
            Some("#microsoft.graph.user")
        } else if self.groups.contains_key(&id) {
            Some("#microsoft.graph.group")
        } else if self.units.contains_key(&id) {
            Some("#microsoft.graph.administrativeUnit")
        } else {
            self.others.get(&id).map(|other| match other.kind {
                "device" => "#microsoft.graph.device",
                _ => "#microsoft.graph.servicePrincipal",
            })
        }
    }

    /// When readers can see the object. Units and others are seen at once.
    pub(crate) fn born(&self, id: Uuid) -> Option<Born> {
        self.users.get(&id).map(|user| user.born).or_else(|| self.groups.get(&id).map(|group| group.born))
    }
}
