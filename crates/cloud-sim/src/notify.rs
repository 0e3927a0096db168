//! Change notifications: who subscribed, what is owed to them, and its delivery.

use crate::directory::Change;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// One subscription in a tenant.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) app: Uuid,
    pub(crate) creator: Uuid,
    pub(crate) resource: String,
    pub(crate) change_type: String,
    pub(crate) url: String,
    pub(crate) lifecycle_url: Option<String>,
    pub(crate) client_state: Option<String>,
    pub(crate) expires: Timestamp,
}

/// One notification on its way.
#[derive(Debug, Clone)]
pub(crate) struct Owed {
    pub(crate) url: String,
    pub(crate) item: Value,
}

impl Subscription {
    /// The notification of a change, if this subscription is about it.
    fn notification(&self, id: Uuid, tenant: Uuid, change: &Change) -> Option<Owed> {
        let (kind, object, change_type) = match change {
            Change::UserCreated { user }
            | Change::GuestInvited { user, again: false, .. }
            | Change::UserUpdated { user, .. }
            | Change::UserDeleted { user }
            | Change::UserRestored { user } => ("User", *user, "updated"),
            Change::UserPurged { user } => ("User", *user, "deleted"),
            Change::GroupDeleted { group, for_good: true } => ("Group", *group, "deleted"),
            Change::GroupCreated { group }
            | Change::GroupUpdated { group, .. }
            | Change::GroupDeleted { group, .. }
            | Change::GroupRestored { group }
            | Change::MemberAdded { group, .. }
            | Change::MemberRemoved { group, .. } => ("Group", *group, "updated"),
            _ => return None,
        };
        let collection = format!("{}s", kind.to_lowercase());
        let wanted = self.resource.trim_matches('/').to_lowercase();
        let wanted = wanted.trim_end_matches("/members");
        if wanted != collection && wanted != format!("{collection}/{object}") {
            return None;
        }
        if !self.change_type.split(',').any(|one| one.trim() == change_type) {
            return None;
        }
        let resource = format!("{kind}s/{object}");
        let mut data = json!({
            "@odata.type": format!("#Microsoft.Graph.{kind}"),
            "@odata.id": resource,
            "id": object,
            "organizationId": tenant,
        });
        // Here a removal is a plain string, unlike in delta queries.
        match change {
            Change::MemberAdded { member, .. } => data["members@delta"] = json!([{ "id": member }]),
            Change::MemberRemoved { member, .. } => {
                data["members@delta"] = json!([{ "id": member, "@removed": "deleted" }]);
            }
            _ => {}
        }
        let item = json!({
            "changeType": change_type,
            "clientState": self.client_state,
            "resource": resource,
            "resourceData": data,
            "subscriptionExpirationDateTime": self.expires.to_string(),
            "subscriptionId": id,
            "tenantId": tenant,
        });
        Some(Owed { url: self.url.clone(), item })
    }
}

/// What a tenant owes its subscribers after a change.
pub(crate) fn owed(
    subscriptions: &BTreeMap<Uuid, Subscription>,
    tenant: Uuid,
    change: &Change,
    now: Timestamp,
) -> Vec<Owed> {
    let live = subscriptions.iter().filter(|(_, subscription)| subscription.expires > now);
    live.filter_map(|(id, subscription)| subscription.notification(*id, tenant, change)).collect()
}

/// Gathers what goes to the same address into one body, as the service does; at most `items_max` in each.
pub(crate) fn gather(owed: Vec<Owed>, items_max: usize) -> Vec<(String, Value)> {
    let mut by_url: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for one in owed {
        by_url.entry(one.url).or_default().push(one.item);
    }
    let posts = by_url.into_iter().flat_map(|(url, items)| {
        let chunks: Vec<_> = items.chunks(items_max).map(|chunk| json!({ "value": chunk })).collect();
        chunks.into_iter().map(move |body| (url.clone(), body))
    });
    posts.collect()
}
