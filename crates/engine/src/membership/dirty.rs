//! Waking up: the dirty counter, so that no wake-up is lost, and the minute tick.

use super::documents::{Head, SCHEDULE, Schedule, head_path};
use super::hints::{self, Hints};
use super::orders::OVERLAP;
use super::partner::Partner;
use crate::{Engine, Error, Tick, told};
use access::config::{Customer, Mode};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use tracing::Instrument;

/// Customers that somebody marked: `open/dirty/<tenant>`.
pub(super) const MARKER: &str = "dirty";

/// The tick's length.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// How many missed minutes one tick makes up for; every customer comes around within `sync.every` anyway.
const CATCH_UP_MAX: i64 = 60;

impl Engine {
    /// Counts one wake-up of this customer, and lists them for the next tick.
    pub(crate) async fn mark_dirty(&self, customer: &Customer) -> Result<(), Error> {
        let path = head_path(customer.tenant_id);
        // Without a head there was no run yet, and the first one reads everything.
        self.store
            .update::<Head>(&path, |head| {
                head.map(|mut head| {
                    head.dirty += 1;
                    head
                })
            })
            .await?;
        store::markers::set(&self.store, MARKER, &customer.tenant_id.to_string()).await?;
        Ok(())
    }

    /// `schedule_sync`: refreshes the partner snapshot once, then names the customers that are due: by their turn,
    /// because a group of theirs changed at the partner or somebody ordered something, or because somebody marked them.
    /// Where people left, their removals in all customers are done first, before anybody is told to add.
    pub async fn tick(&self) -> Result<Tick, Error> {
        let now = self.clock.now();
        let mut notes = Vec::new();
        let last = self.store.read::<Schedule>(SCHEDULE).await?;
        let since = last.as_ref().map(|kept| kept.value.tick);
        if let Some(since) = since
            && let Err(error) = self.report_standstill(since, now).await
        {
            notes.push(format!("that the minute timer stood still could not be stored: {error}"));
        }
        if let Err(error) = self.report_ailments().await {
            notes.push(format!("that something is wrong with the program could not be stored: {error}"));
        }
        let dirty: BTreeSet<String> = store::markers::list(&self.store, MARKER).await?.into_iter().collect();
        let hints = if dirty.contains(hints::MARKED) { self.take_hints().await? } else { Hints::default() };
        let refreshing = self.refresh_partner_at(&hints).instrument(tracing::debug_span!("partner"));
        let (partner, partner_unread) = match refreshing.await {
            Ok(partner) => (Some(partner), None),
            Err(error) => {
                tracing::warn!(%error, "the partner could not be read");
                notes.push(format!("the partner could not be read: {error}"));
                self.report_program(&error).await;
                (None, Some(error.to_string()))
            }
        };
        let orders = self.orders_document().await?;
        if !orders.owed.is_empty()
            && let Err(error) = self.journal_orders().await
        {
            notes.push(format!("orders that count are not in the journal yet: {error}"));
        }
        let granted = match &partner {
            Some(partner) => self.left_with_grants(partner, since).await?,
            None => BTreeSet::new(),
        };
        let (mut due, mut touched) = (Vec::new(), Vec::new());
        for customer in self.config.customers.iter().filter(|customer| customer.mode != Mode::Paused) {
            // A leaver concerns those whose groups changed. Whoever else may know them by an earlier group finds out in
            // their own run: looking into every customer first would keep these waiting.
            if since.is_some_and(|since| orders.concerns(customer, since - OVERLAP, now))
                || partner.as_ref().is_some_and(|partner| changed_since(customer, partner, since))
                || granted.contains(&customer.tenant_id)
            {
                touched.push(customer.name.clone());
                due.push(customer.name.clone());
            } else if dirty.contains(&customer.tenant_id.to_string()) || self.has_its_turn(customer, since, now) {
                due.push(customer.name.clone());
            }
        }
        if let Err(error) = self.sweep_windows(since, now).await {
            tracing::warn!(%error, "old notes of the rails over all customers could not be deleted");
        }
        if let Err(error) = self.sweep_calls(since, now).await {
            tracing::warn!(%error, "old answers to callers could not be deleted");
        }
        if let Err(error) = self.sweep_alerts(since, now).await {
            tracing::warn!(%error, "the bytes of old alerts could not be deleted");
        }
        let leaving = match &partner {
            Some(partner) => {
                let leavers = self.leavers_first(&touched, partner, since);
                leavers.instrument(tracing::debug_span!("leavers")).await
            }
            None => BTreeSet::new(),
        };
        if let Some(partner) = &partner {
            match self.rotate_credentials(partner, since, now).await {
                Ok(logs) => notes.extend(logs),
                Err(error) => notes.push(format!("whether holders of credentials left is not known: {error}")),
            }
        }
        let mut configured = self.configured();
        if let Err(error) = self.report_gone(last.as_ref().map(|kept| &kept.value), now).await {
            notes.push(format!("whether customers are missing from the configuration is not known: {error}"));
            // So that the next tick looks.
            configured = String::new();
        }
        // After the leavers: a chat that does not answer must not keep them in.
        let telling = self.tell(partner.is_some()).instrument(tracing::debug_span!("notices"));
        if let Err(error) = telling.await {
            notes.push(format!("notices could not be sent: {error}"));
        }
        due.sort_by(|a, b| (!leaving.contains(a), a).cmp(&(!leaving.contains(b), b)));
        let tick = Schedule { tick: now, partner_unread, configured };
        let stored = match &last {
            Some(kept) => self.store.replace(kept, tick).await,
            None => self.store.create(SCHEDULE, tick).await,
        };
        match stored {
            Ok(_) | Err(store::Error::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        told::due(due.len());
        Ok(Tick { due, notes })
    }

    /// Each customer has its minute within `sync.every`, by a hash of its tenant: no state, and an even load.
    fn has_its_turn(&self, customer: &Customer, since: Option<Timestamp>, now: Timestamp) -> bool {
        let Some(since) = since else { return true };
        let every = (self.config.sync_every.as_secs() / 60).max(1);
        let hash = Sha256::digest(customer.tenant_id.0.as_bytes());
        let slot = i64::from(u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]])) % every;
        let (first, last) = (since.as_second().div_euclid(60) + 1, now.as_second().div_euclid(60));
        // Minutes that no tick saw are made up for.
        (first.max(last - CATCH_UP_MAX.max(every))..=last).any(|minute| minute.rem_euclid(every) == slot)
    }
}

/// Whether a source group of this customer changed since the last tick (with a minute's overlap: a tick may be lost).
fn changed_since(customer: &Customer, partner: &Arc<Partner>, since: Option<Timestamp>) -> bool {
    let Some(since) = since else { return true };
    customer.sources().filter_map(|id| partner.snapshot.groups.get(&id)).any(|group| group.changed > since - MINUTE)
}
