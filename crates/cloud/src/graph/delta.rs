//! Putting the pages of a delta round together. Pages come in no promised order, repeat objects, and split a big group's
//! members; the last word about each object and member counts.

use super::models::{GroupChange, MemberChange, ObjectKind, Removed, UserChange};
use super::objects;
use crate::json::{self, Object, Wrong};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Groups so far.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<Uuid, Merged>);

#[derive(Debug, Default)]
struct Merged {
    removed: Option<Removed>,
    display_name: Option<String>,
    members: BTreeMap<Uuid, (ObjectKind, bool)>,
}

impl Groups {
    /// Takes in one item of a page.
    pub(super) fn add(&mut self, object: &Object) -> Result<(), Wrong> {
        let merged = self.0.entry(json::guid(object, "id")?).or_default();
        merged.removed = removed(object);
        if let Some(name) = json::optional_text(object, "displayName")? {
            merged.display_name = Some(name);
        }
        let members = json::optional_list(object, "members@delta")?;
        for member in json::each(members, "members@delta", member)? {
            merged.members.insert(member.id, (member.kind, member.removed));
        }
        Ok(())
    }

    /// All groups, sorted by id, as their members are.
    pub(super) fn finish(self) -> Vec<GroupChange> {
        let one = |(id, merged): (Uuid, Merged)| GroupChange {
            id,
            removed: merged.removed,
            display_name: merged.display_name,
            members: (merged.members.into_iter())
                .map(|(id, (kind, removed))| MemberChange { id, kind, removed })
                .collect(),
        };
        self.0.into_iter().map(one).collect()
    }
}

fn member(object: &Object) -> Result<MemberChange, Wrong> {
    Ok(MemberChange { id: json::guid(object, "id")?, kind: objects::kind(object)?, removed: removed(object).is_some() })
}

/// Users so far.
#[derive(Debug, Default)]
pub(super) struct Users(BTreeMap<Uuid, UserChange>);

impl Users {
    /// Takes in one item of a page.
    pub(super) fn add(&mut self, object: &Object) -> Result<(), Wrong> {
        let id = json::guid(object, "id")?;
        let change = UserChange {
            id,
            removed: removed(object),
            account_enabled: json::optional_bool(object, "accountEnabled")?,
            user_type: json::optional_text(object, "userType")?,
            mail: json::optional_text(object, "mail")?,
            user_principal_name: json::optional_text(object, "userPrincipalName")?,
        };
        self.0.insert(id, change);
        Ok(())
    }

    /// All users, sorted by id.
    pub(super) fn finish(self) -> Vec<UserChange> {
        self.0.into_values().collect()
    }
}

/// How the object left, if it did. Notifications write the reason as plain text; an unknown reason counts as gone.
fn removed(object: &Object) -> Option<Removed> {
    let removed = object.get("@removed").filter(|removed| !removed.is_null())?;
    let reason = removed.get("reason").unwrap_or(removed).as_str();
    Some(if reason == Some("changed") { Removed::Changed } else { Removed::Deleted })
}

/// Where the next round starts, if this was the last page.
pub(super) fn link(page: &Object) -> Option<&str> {
    page.get("@odata.deltaLink").and_then(Value::as_str)
}
