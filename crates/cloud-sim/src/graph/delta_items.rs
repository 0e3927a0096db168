//! What a delta round tells: objects, their changes, and the changes of their memberships.

use super::delta::DeltaScope;
use super::{Turn, render};
use crate::directory::{Change, Subject};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use uuid::Uuid;

/// One object in a round.
pub(crate) struct Item {
    pub(crate) id: Uuid,
    pub(crate) body: Value,
    /// Entries of its `members@delta`, by member.
    pub(crate) members: Vec<(Uuid, Value)>,
}

/// The state itself, from after this object on. What was deleted before is not listed.
pub(crate) fn first_items(turn: &Turn<'_>, scope: &DeltaScope, after: Option<Uuid>) -> Vec<Item> {
    let directory = &turn.tenant.directory;
    let rest = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
    let wanted = |id: &Uuid| scope.includes(*id) && directory.is_alive(*id);
    // A page is full long before a big tenant ends, so no more than a page can hold is prepared.
    let most = turn.options.delta_page_size + 1;
    if !scope.groups {
        let ids = directory.users.range(rest).map(|(id, _)| *id).filter(wanted).take(most);
        return ids.map(|id| Item { id, body: shown(turn, scope, id), members: Vec::new() }).collect();
    }
    let ids = directory.groups.range(rest).map(|(id, _)| *id).filter(wanted).take(most);
    ids.map(|id| {
        let members = directory.groups.get(&id).filter(|_| scope.has_members()).map(|group| &group.members);
        let members = members.into_iter().flatten().filter(|member| directory.is_alive(**member));
        Item {
            id,
            body: shown(turn, scope, id),
            members: members.map(|member| (*member, entry(turn, *member, true))).collect(),
        }
    })
    .collect()
}

/// What happened between two positions of the log, each object once, in its present state.
pub(crate) fn changed_items(
    turn: &Turn<'_>,
    scope: &DeltaScope,
    (from, to): (u64, u64),
    after: Option<Uuid>,
    latest: bool,
) -> Vec<Item> {
    let mut objects: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    let log = &turn.tenant.log.entries;
    let start = log.partition_point(|(position, _)| *position <= from);
    for (_, change) in log[start..].iter().take_while(|(position, _)| *position <= to) {
        if let (Change::UserRestored { user }, true) = (change, scope.has_members()) {
            // Deleting told nothing of the memberships, which stayed; whoever began to listen meanwhile hears of them now.
            for group in turn.tenant.directory.containers_of(*user).into_iter().filter(|id| scope.includes(*id)) {
                objects.entry(group).or_default().insert(*user);
            }
        }
        let id = match (change.subject(), scope.groups) {
            (Subject::User(id), false) | (Subject::Group(id), true) if scope.includes(id) => id,
            _ => continue,
        };
        match change {
            Change::MemberAdded { member, .. } | Change::MemberRemoved { member, .. } => {
                if scope.has_members() && !latest {
                    objects.entry(id).or_default().insert(*member);
                }
            }
            Change::UserUpdated { properties, .. } | Change::GroupUpdated { properties, .. } => {
                // Only changes of what was selected show.
                let seen = scope.select.as_ref().is_none_or(|names| properties.iter().any(|one| names.contains(one)));
                if seen {
                    objects.entry(id).or_default();
                }
            }
            // A second invitation changes nothing.
            Change::GuestInvited { again: true, .. } => {}
            _ => {
                objects.entry(id).or_default();
            }
        }
    }
    let rest = objects.into_iter().filter(|(id, _)| after.is_none_or(|after| *id > after));
    rest.map(|(id, members)| changed_item(turn, scope, id, &members)).collect()
}

fn changed_item(turn: &Turn<'_>, scope: &DeltaScope, id: Uuid, touched: &BTreeSet<Uuid>) -> Item {
    let directory = &turn.tenant.directory;
    let reason = match (directory.is_alive(id), directory.type_of(id)) {
        (true, _) => None,
        (false, Some(_)) => Some("changed"),
        (false, None) => Some("deleted"),
    };
    if let Some(reason) = reason {
        let body = json!({ "id": id, "@removed": { "reason": reason } });
        return Item { id, body, members: Vec::new() };
    }
    let present = directory.groups.get(&id).map(|group| &group.members);
    let members = touched.iter().map(|member| {
        let is_in = present.is_some_and(|present| present.contains(member));
        (*member, entry(turn, *member, is_in))
    });
    Item { id, body: shown(turn, scope, id), members: members.collect() }
}

/// The object with what was selected. `members` is no property: it comes as `members@delta`.
fn shown(turn: &Turn<'_>, scope: &DeltaScope, id: Uuid) -> Value {
    let names: Option<Vec<&str>> = scope.select.as_ref().map(|names| names.iter().map(String::as_str).collect());
    if scope.groups {
        render::group(turn.tenant, id, names.as_deref().unwrap_or(render::GROUP_DEFAULTS))
    } else {
        render::user(turn.tenant, id, names.as_deref().unwrap_or(render::USER_DEFAULTS))
    }
}

fn entry(turn: &Turn<'_>, member: Uuid, is_in: bool) -> Value {
    // Nothing is left of an object that is gone for good; most of them were users, and clients go by the id.
    let kind = turn.tenant.directory.type_of(member).unwrap_or("#microsoft.graph.user");
    let mut entry = json!({ "@odata.type": kind, "id": member });
    if !is_in {
        entry["@removed"] = json!({ "reason": "deleted" });
    }
    entry
}
