//! Whether the stored snapshot is younger than a run's own: asked by many runs at once, answered for all by one look.
//!
//! The snapshot of a partner of many people is megabytes. Each run has to see what was stored before it plans; taken
//! apart by each, it would be the largest cost of a small change.

use super::documents::{SNAPSHOT, SnapshotDocument};
use super::partner::Partner;
use crate::{Engine, Error};
use access::orders::Orders;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Kept, Tag};

/// The looks of one process.
#[derive(Debug, Default)]
pub(crate) struct Looking {
    /// How many looks have begun.
    begun: AtomicU64,
    /// Held while looking.
    last: tokio::sync::Mutex<Last>,
}

/// The last look that did not fail.
#[derive(Debug, Default)]
struct Last {
    /// Its number, from 1.
    number: u64,
    /// The document as it was found then.
    found: Option<(Tag, Arc<Partner>)>,
}

impl Engine {
    /// Keeps what was just read or stored for the runs that come next.
    pub(super) async fn remember_stored(&self, kept: Kept<SnapshotDocument>, orders: Arc<Orders>) -> Arc<Partner> {
        let partner = self.remember_partner(kept.value.snapshot, orders);
        self.looking.last.lock().await.found = Some((kept.tag, partner.clone()));
        partner
    }

    /// This snapshot, or the stored one where that is younger. What was stored before this call is seen: a run shares
    /// another's look only if that began after it asked.
    pub(super) async fn youngest(&self, known: Arc<Partner>, orders: &Arc<Orders>) -> Result<Arc<Partner>, Error> {
        let asked = self.looking.begun.load(Ordering::SeqCst);
        let mut last = self.looking.last.lock().await;
        if last.number <= asked {
            let number = self.looking.begun.fetch_add(1, Ordering::SeqCst) + 1;
            let tag = last.found.as_ref().map(|(tag, _)| tag);
            if let Some(kept) = self.store.read_unless::<SnapshotDocument>(SNAPSHOT, tag).await? {
                let partner = Partner::new(kept.value.snapshot, orders.clone());
                last.found = Some((kept.tag, Arc::new(partner)));
            }
            last.number = number;
        }
        match &last.found {
            Some((_, found)) if found.snapshot.taken > known.snapshot.taken => Ok(self.remember(found.clone())),
            _ => Ok(known),
        }
    }
}
