//! Graph's change notifications: hints for the next tick, believed only from our own subscriptions and with our
//! `clientState`.

use super::hints::Hints;
use crate::{Engine, Error};
use access::ids::{GroupId, PersonId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
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
    subscription_id: Option<Uuid>,
    /// Such as `Groups/<id>`.
    resource: Option<String>,
    /// `reauthorizationRequired`, `subscriptionRemoved` or `missed`: about the subscription itself.
    lifecycle_event: Option<String>,
}

impl Notification {
    /// The object that changed, if it is of this kind.
    fn object(&self, collection: &str) -> Option<Uuid> {
        let (kind, id) = self.resource.as_deref()?.trim_start_matches('/').split_once('/')?;
        kind.eq_ignore_ascii_case(collection).then(|| id.parse().ok()).flatten()
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
    /// `directory_changes`: takes the body of a change notification. What it names at the partner is looked at by the next
    /// tick, whatever the deltas say by then, and a wish of the service to hear from us is answered. Items of another
    /// tenant, of a subscription that is not ours, or with a wrong `clientState` are ignored. Returns how many were
    /// believed.
    pub async fn directory_changes(&self, body: &[u8]) -> Result<u32, Error> {
        let notifications: Notifications = serde_json::from_slice(body)
            .map_err(|error| Error::BadInput(format!("not a change notification: {error}")))?;
        let partner = self.config.partner.tenant_id.0;
        let items = notifications.value.iter().take(ITEMS_MAX).filter(|item| item.tenant_id == Some(partner));
        let items: Vec<&Notification> = items.collect();
        if items.is_empty() {
            return Ok(0);
        }
        let known = self.known_subscriptions().await?;
        let (subscriptions, client_state) = &*known;
        let is_ours = |item: &&&Notification| {
            item.client_state.as_ref().is_some_and(|state| same(state, client_state))
                && item.subscription_id.is_some_and(|id| subscriptions.ids.values().any(|ours| *ours == id))
        };
        let believed: Vec<&Notification> = items.iter().filter(is_ours).copied().collect();
        let hints = Hints {
            groups: believed.iter().filter_map(|item| item.object("groups")).map(GroupId).collect(),
            people: believed.iter().filter_map(|item| item.object("users")).map(PersonId).collect(),
        };
        self.note_hints(hints).await?;
        if believed.iter().any(|item| item.lifecycle_event.is_some()) {
            self.reauthorize(subscriptions).await?;
        }
        Ok(u32::try_from(believed.len()).unwrap_or(u32::MAX))
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
