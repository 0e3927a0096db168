//! Journalling what becomes of grants: entries under the customer's lease. What they come to, the next run does.

use crate::membership::dirty;
use crate::membership::documents::{Head, head_path};
use crate::{Engine, Error};
use access::config::Customer;
use access::ledger::{Entry, Ledger};
use store::markers;

impl Engine {
    /// Appends what `entries` finds to be said, under the customer's lease, and marks the customer for the next tick.
    /// Returns whether anything was.
    pub(crate) async fn journal_grants(
        &self,
        customer: &Customer,
        entries: impl Fn(&Ledger) -> Result<Vec<Entry>, Error>,
    ) -> Result<bool, Error> {
        self.under_lease(customer, async |lease| {
            let mut chain = self.chain(customer, &lease).await?;
            let entries = entries(&chain.ledger)?;
            if entries.is_empty() {
                return Ok(false);
            }
            if chain.ledger.partner.is_none() {
                chain.note(Entry::Partner { tenant_id: self.config.partner.tenant_id });
            }
            entries.into_iter().for_each(|entry| chain.note(entry));
            self.announce_grants(customer, &chain.ledger).await?;
            chain.commit(self.clock.now()).await?;
            Ok(true)
        })
        .await
    }

    /// Marks the customer for the next tick and lets its head know of an earlier end, *before* the journal has it: a crash
    /// in between costs a run that finds nothing, and none is missed.
    pub(crate) async fn announce_grants(&self, customer: &Customer, ledger: &Ledger) -> Result<(), Error> {
        let end = ledger.grants_end();
        self.store
            .update::<Head>(&head_path(customer.tenant_id), |head| {
                // Never a later end than the head knows: one that comes too early is found out by its run.
                head.map(|head| Head {
                    grants_end: end.into_iter().chain(head.grants_end).min(),
                    dirty: head.dirty + 1,
                    ..head
                })
            })
            .await?;
        markers::set(&self.store, dirty::MARKER, &customer.tenant_id.to_string()).await?;
        Ok(())
    }
}
