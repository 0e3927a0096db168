//! Change notifications: who subscribed, what is owed to them, and its delivery.

use crate::directory::Change;
use jiff::{SignedDuration, Timestamp};
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
    /// When it came up: what cannot be delivered for long is lost.
    pub(crate) since: Timestamp,
}

/// "Change notifications through webhooks": retries go on for so long.
pub(crate) const KEPT: SignedDuration = SignedDuration::from_hours(4);

impl Subscription {
    /// The notification of a change, if this subscription is about it.
    fn notification(&self, id: Uuid, tenant: Uuid, change: &Change, since: Timestamp) -> Option<Owed> {
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
        Some(Owed { url: self.url.clone(), item, since })
    }

    /// Asks the subscriber to show that it may still be told.
    pub(crate) fn reauthorization(&self, id: Uuid, tenant: Uuid, since: Timestamp) -> Option<Owed> {
        let item = json!({
            "subscriptionId": id,
            "subscriptionExpirationDateTime": self.expires.to_string(),
            "tenantId": tenant,
            "clientState": self.client_state,
            "lifecycleEvent": "reauthorizationRequired",
        });
        Some(Owed { url: self.lifecycle_url.clone()?, item, since })
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
    live.filter_map(|(id, subscription)| subscription.notification(*id, tenant, change, now)).collect()
}

/// Gathers what goes to the same address, as the service does; at most `items_max` in each post.
pub(crate) fn gather(owed: Vec<Owed>, items_max: usize) -> Vec<Vec<Owed>> {
    let mut by_url: BTreeMap<String, Vec<Owed>> = BTreeMap::new();
    for one in owed {
        by_url.entry(one.url.clone()).or_default().push(one);
    }
    by_url.into_values().flat_map(|items| items.chunks(items_max).map(<[Owed]>::to_vec).collect::<Vec<_>>()).collect()
}
