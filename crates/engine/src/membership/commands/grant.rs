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
        let end = self.under_lease(customer, async |lease| {
            let mut chain = self.chain(customer, &lease).await?;
            let entries = entries(&chain.ledger)?;
            if entries.is_empty() {
                return Ok(None);
            }
            if chain.ledger.partner.is_none() {
                chain.note(Entry::Partner { tenant_id: self.config.partner.tenant_id });
            }
            entries.into_iter().for_each(|entry| chain.note(entry));
            chain.commit(self.clock.now()).await?;
            Ok(Some(chain.ledger.grants_end()))
        });
        let Some(end) = end.await? else { return Ok(false) };
        self.store
            .update::<Head>(&head_path(customer.tenant_id), |head| {
                head.map(|head| Head { grants_end: end, dirty: head.dirty + 1, ..head })
            })
            .await?;
        markers::set(&self.store, dirty::MARKER, &customer.tenant_id.to_string()).await?;
        Ok(true)
    }
}
