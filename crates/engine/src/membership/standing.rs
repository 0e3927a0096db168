//! Customers whose runs were due and did not come: the queue that does not reach us, a function that is switched off. A run
//! that fails says so itself; one that never begins cannot.
//!
//! A run that finds nothing to do stores nothing, so the head tells only when the next whole one was due. It is looked at
//! once an hour, beside everything that counts.

use super::documents::{Head, SCHEDULE, Schedule, head_path};
use crate::notices::stands_still;
use crate::{Engine, Error, Red};
use access::config::{Customer, Mode};
use access::ids::TenantId;
use futures::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Document;

/// Its code in `health`.
pub(super) const NOT_RUN: &str = "not_run";

/// Where it is kept who waits.
const STANDING: &str = "standing";

/// A run that was due this many turns ago does not come, and at least so long ago.
const TURNS: i32 = 3;
const AT_LEAST: SignedDuration = SignedDuration::from_mins(30);

/// How many heads are read at a time.
const READ_AT_ONCE: usize = 16;

/// Who waits for a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Standing {
    /// By tenant, since when: those whose run is overdue, and those of whom there was none yet, since that was seen first.
    waiting: BTreeMap<TenantId, Timestamp>,
}

impl Document for Standing {
    const V: u32 = 1;
}

impl Engine {
    /// Looks at every customer's head, and keeps who waits. Where everybody waits for one reason, that is told elsewhere.
    pub(super) async fn look_who_waits(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let schedule = self.store.read::<Schedule>(SCHEDULE).await?.map(|kept| kept.value);
        let Some(schedule) = schedule.filter(|last| !stands_still(last.tick, now)) else { return Ok(()) };
        if schedule.partner_unread.is_some() {
            return Ok(());
        }
        let kept = self.store.read::<Standing>(STANDING).await?;
        let known = kept.as_ref().map(|kept| &kept.value);
        let looked_after = self.config.customers.iter().filter(|customer| customer.mode != Mode::Paused);
        let reads: Vec<_> = looked_after.map(|customer| self.waits_since(customer, known)).collect();
        let waiting: Vec<_> = futures::stream::iter(reads).buffered(READ_AT_ONCE).try_collect().await?;
        let standing = Standing { waiting: waiting.into_iter().flatten().collect() };
        if known.map_or(standing.waiting.is_empty(), |known| *known == standing) {
            return Ok(());
        }
        let stored = match &kept {
            Some(kept) => self.store.replace(kept, standing).await,
            None => self.store.create(STANDING, standing).await,
        };
        match stored {
            // Another process has just looked.
            Ok(_) | Err(store::Error::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Since when this customer waits, if they do.
    async fn waits_since(
        &self,
        customer: &Customer,
        known: Option<&Standing>,
    ) -> Result<Option<(TenantId, Timestamp)>, Error> {
        let (tenant, now) = (customer.tenant_id, self.clock.now());
        let Some(head) = self.store.read::<Head>(&head_path(tenant)).await? else {
            let first = known.and_then(|known| known.waiting.get(&tenant).copied()).unwrap_or(now);
            return Ok(Some((tenant, first)));
        };
        Ok(due(&head.value).filter(|due| self.is_late(*due)).map(|due| (tenant, due)))
    }

    fn is_late(&self, due: Timestamp) -> bool {
        due + (self.config.sync_every * TURNS).max(AT_LEAST) <= self.clock.now()
    }

    /// What is red of it. Whoever waited when that was looked at and does not any more is not.
    pub(super) async fn red_standing(&self) -> Result<Vec<Red>, Error> {
        let Some(kept) = self.store.read::<Standing>(STANDING).await? else { return Ok(Vec::new()) };
        let mut red = Vec::new();
        for (tenant, since) in kept.value.waiting {
            let Some(customer) = self.config.customer_of(tenant).filter(|customer| customer.mode != Mode::Paused)
            else {
                continue;
            };
            let head = self.store.read::<Head>(&head_path(tenant)).await?;
            let due = head.map_or(Some(since), |head| due(&head.value));
            if let Some(due) = due.filter(|due| self.is_late(*due)) {
                let text = format!(
                    "a run was due at {} and none has come to its end; look whether sync_customer runs, and for its errors in the log; by hand: gatehouse sync {}",
                    due.strftime("%Y-%m-%d %H:%M UTC"),
                    customer.name
                );
                red.push(Red { customer: Some(customer.name.clone()), code: NOT_RUN.into(), text });
            }
        }
        Ok(red)
    }
}

/// When the next whole run is due by what the last one left; `None` where it is known why there is none.
fn due(head: &Head) -> Option<Timestamp> {
    match head.trouble {
        Some(_) => None,
        None => Some(head.wake.map_or(head.full_at, |wake| wake.min(head.full_at))),
    }
}
