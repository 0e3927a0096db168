//! Graph's change notifications: hints that make the next run sooner. They are believed only with our `clientState`.

use super::documents::{SNAPSHOT, SnapshotDocument};
use crate::{Engine, Error};
use access::config::Customer;
use access::ids::GroupId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The most notifications of one body that are looked at; Microsoft sends far fewer.
const ITEMS_MAX: usize = 1_000;

#[derive(Deserialize)]
struct Notifications {
    value: Vec<Notification>,
}

/// One notification, of which little is believed: it names a tenant, and that is read again.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    client_state: Option<String>,
    tenant_id: Option<Uuid>,
    /// Such as `Groups/<id>`.
    resource: Option<String>,
}

impl Notification {
    fn group(&self) -> Option<GroupId> {
        let (kind, id) = self.resource.as_deref()?.split_once('/')?;
        kind.eq_ignore_ascii_case("groups").then(|| id.parse().ok()).flatten()
    }
}

/// The random key from which the `clientState` of every subscription is made.
#[derive(Serialize, Deserialize)]
struct Key {
    key: [u8; 32],
}

impl store::Document for Key {
    const V: u32 = 1;
}

const KEY: &str = "subscriptions/key";

impl Engine {
    /// `directory_changes`: takes the body of a change notification and marks the customers that it concerns dirty.
    /// Items with a wrong `clientState` or of an unknown tenant are ignored. Returns how many were believed.
    pub async fn directory_changes(&self, body: &[u8]) -> Result<u32, Error> {
        let notifications: Notifications = serde_json::from_slice(body)
            .map_err(|error| Error::BadInput(format!("not a change notification: {error}")))?;
        let mut marked: BTreeSet<&str> = BTreeSet::new();
        let mut believed = 0;
        let mut source_groups = BTreeSet::new();
        for item in notifications.value.iter().take(ITEMS_MAX) {
            let (Some(tenant), Some(state)) = (item.tenant_id, &item.client_state) else { continue };
            if !same(state, &self.client_state(tenant).await?) {
                continue;
            }
            believed += 1;
            if tenant == self.config.partner.tenant_id.0 {
                source_groups.extend(item.group());
            }
            let theirs = self.config.customers.iter().filter(|customer| customer.tenant_id.0 == tenant);
            marked.extend(theirs.map(|customer| customer.name.as_str()));
        }
        let fed = self.fed_by(&source_groups).await?;
        marked.extend(fed.iter().map(|customer| customer.name.as_str()));
        for name in marked {
            self.mark_dirty(self.customer(name)?).await?;
        }
        Ok(believed)
    }

    /// The customers whose packages take people from one of these partner groups, directly or nested.
    async fn fed_by(&self, changed: &BTreeSet<GroupId>) -> Result<Vec<&Customer>, Error> {
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let snapshot = self.store.read::<SnapshotDocument>(SNAPSHOT).await?.map(|kept| kept.value.snapshot);
        let touched = |id: &GroupId| {
            let nested = snapshot.as_ref().and_then(|snapshot| snapshot.groups.get(id)).map(|group| &group.nested);
            changed.contains(id) || nested.is_some_and(|nested| !nested.is_disjoint(changed))
        };
        let takes = |customer: &&Customer| customer.sources().any(|id| touched(&id));
        Ok(self.config.customers.iter().filter(takes).collect())
    }

    /// The secret that our subscriptions of a tenant carry: nobody who cannot read the store can make it.
    pub async fn client_state(&self, tenant: Uuid) -> Result<String, Error> {
        let key = match self.store.read::<Key>(KEY).await? {
            Some(kept) => kept.value.key,
            None => {
                let mut key = [0; 32];
                self.random.fill(&mut key);
                match self.store.create(KEY, Key { key }).await {
                    Ok(kept) => kept.value.key,
                    Err(store::Error::Conflict) => {
                        let kept = self.store.read::<Key>(KEY).await?;
                        kept.ok_or_else(|| Error::Store("the subscriptions' key vanished".into()))?.value.key
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        };
        Ok(super::partner::hex(&Sha256::digest([key.as_slice(), tenant.as_bytes()].concat())))
    }
}

/// Compares without leaving early, so that time tells nothing about where they differ.
fn same(given: &str, expected: &str) -> bool {
    expected.len() == given.len() && expected.bytes().zip(given.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}
