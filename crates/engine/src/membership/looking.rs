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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double;
    use futures::FutureExt;
    use futures::future::{join, join_all};
    use jiff::SignedDuration;
    use outside::{Clock, SeededRandom, VirtualClock};
    use std::collections::BTreeMap;
    use std::time::Duration;
    use store::counted::Counted;
    use store::faulty::{Fault, Faulty};
    use store::latent::Latent;
    use store::{Documents, Memory, Store};

    /// How long a look takes; it sees what is stored at its middle.
    const LOOK: Duration = Duration::from_secs(2);

    type Stored = Arc<Counted<Memory>>;

    fn slow(stored: &Stored) -> Engine {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new(double::noon()));
        double::engine(Arc::new(Latent::new(stored.clone(), clock, LOOK)))
    }

    fn taken(minutes: i64) -> Arc<Partner> {
        Arc::new(double::partner(double::snapshot(1, SignedDuration::from_mins(minutes))))
    }

    /// Stores a snapshot that was taken so many minutes after noon, at once.
    async fn put(documents: impl Documents + 'static, minutes: i64) {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new(double::noon()));
        let store = Store::new(Arc::new(documents), clock, Arc::new(SeededRandom::new(2)));
        let document = SnapshotDocument {
            snapshot: double::snapshot(1, SignedDuration::from_mins(minutes)),
            chunks: Vec::new(),
            users: String::new(),
            reread: BTreeMap::new(),
            lacking: BTreeMap::new(),
            told: BTreeMap::new(),
            unconfirmed: BTreeMap::new(),
            full_at: double::noon(),
        };
        store.update(SNAPSHOT, |_| Some(document.clone())).await.expect("the store works");
    }

    fn minutes(partner: &Partner) -> i64 {
        partner.snapshot.taken.duration_since(double::noon()).as_mins()
    }

    #[tokio::test(start_paused = true)]
    async fn the_younger_of_the_known_and_the_stored_snapshot_counts() {
        for (stored, counts) in [(Some(4), 5), (Some(5), 5), (Some(6), 6), (None, 5)] {
            let documents = Stored::new(Counted::new(Memory::new()));
            if let Some(stored) = stored {
                put(documents.clone(), stored).await;
            }
            let engine = slow(&documents);
            let known = taken(5);
            let found = engine.youngest(known.clone(), &Arc::default()).await.expect("the store works");
            assert_eq!(minutes(&found), counts, "stored: {stored:?}");
            assert_eq!(Arc::ptr_eq(&found, &known), counts == 5, "what is known is not taken apart again");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn any_number_that_ask_during_one_look_share_the_next() {
        let documents = Stored::new(Counted::new(Memory::new()));
        put(documents.clone(), 6).await;
        let engine = slow(&documents);
        documents.reset();
        let (known, orders) = (taken(5), Arc::default());
        let found = join_all((0..20).map(|_| engine.youngest(known.clone(), &orders))).await;
        let found: Vec<Arc<Partner>> = found.into_iter().map(|one| one.expect("the store works")).collect();
        assert_eq!(documents.counts(SNAPSHOT).gets, 2, "the first, and one for the nineteen who came after it began");
        assert!(found.iter().all(|one| Arc::ptr_eq(one, &found[0])), "it is the same document, taken apart once");
        engine.youngest(known.clone(), &orders).await.expect("the store works");
        assert_eq!(documents.counts(SNAPSHOT).gets, 3, "whoever asks later sees what was stored by then");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_stored_before_a_run_asks_is_seen_even_if_a_look_is_under_way() {
        let documents = Stored::new(Counted::new(Memory::new()));
        put(documents.clone(), 6).await;
        let engine = slow(&documents);
        let orders = Arc::default();
        let first = engine.youngest(taken(5), &orders);
        let second = async {
            // The look has seen the store, and has not come back yet.
            engine.clock.sleep(LOOK * 3 / 4).await;
            put(documents.clone(), 7).await;
            engine.youngest(taken(5), &orders).await
        };
        let (first, second) = join(first, second).await;
        let (first, second) = (first.expect("the store works"), second.expect("the store works"));
        assert_eq!((minutes(&first), minutes(&second)), (6, 7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_failed_is_nobody_elses() {
        let documents = Arc::new(Faulty::new(Memory::new()));
        put(documents.clone(), 6).await;
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new(double::noon()));
        let engine = double::engine(Arc::new(Latent::new(documents.clone(), clock, LOOK)));
        let orders = Arc::default();
        documents.fault(documents.operations() + 1, Fault::Before);
        let (first, second) = join(engine.youngest(taken(5), &orders), engine.youngest(taken(5), &orders)).await;
        assert!(first.is_err());
        assert_eq!(minutes(&second.expect("it looks by itself")), 6);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_stopped_while_looking_keeps_nobody_waiting() {
        let documents = Stored::new(Counted::new(Memory::new()));
        put(documents.clone(), 6).await;
        documents.reset();
        let engine = slow(&documents);
        let orders = Arc::default();
        let mut stopped = Box::pin(engine.youngest(taken(5), &orders));
        assert!(stopped.as_mut().now_or_never().is_none());
        let (found, ()) = join(engine.youngest(taken(5), &orders), async {
            engine.clock.sleep(LOOK / 4).await;
            drop(stopped);
        })
        .await;
        assert_eq!(minutes(&found.expect("the store works")), 6);
        assert_eq!(documents.counts(SNAPSHOT).gets, 1, "the look that was stopped had not come to it");
    }
}
