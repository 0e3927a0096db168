//! What people order outside the configuration: kept as one document, which counts the moment it is written.
//!
//! The journal follows: an order stays among those that are *owed* to the program's own chain until it is there, so
//! that neither a crash nor a store that fails in between loses the record or delays the order.

use super::documents::LEASES;
use crate::{Engine, Error};
use access::config::{Customer, Mode};
use access::drills::DrillRecord;
use access::ids::TenantId;
use access::incidents::IncidentRecord;
use access::orders::{Note, Order, Orders, WORDS_MAX};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::Document;
use store::journal::{Head as ChainHead, Journal};
use store::lease::{self, Take};

/// Where the orders are.
pub const ORDERS: &str = "orders";

/// The name of the program's own journal, beside those of the customers.
pub const PROGRAM: &str = "program";

/// How long appending to the journal may take before the lease must be renewed first.
pub(crate) const APPEND_TIMEOUT: Duration = Duration::from_secs(5);

/// The orders, and what the journal does not tell of them yet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OrdersDocument {
    /// Those that stand.
    pub orders: Orders,
    /// When one of them was given last.
    #[serde(default)]
    pub changed: Option<Timestamp>,
    /// The number of the next one.
    pub next: u64,
    /// Given and counting, and not in the journal yet.
    #[serde(default)]
    pub owed: Vec<Note>,
    /// The last block of the program's journal.
    #[serde(default)]
    pub chain: Option<ChainHead>,
}

impl Document for OrdersDocument {
    const V: u32 = 1;
}

/// An entry of the program's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum ProgramEntry {
    /// Somebody ordered something.
    Ordered(Note),
    /// An incident was closed: what it was, and everything that happened. It may stand here twice.
    Incident(Box<IncidentRecord>),
    /// A drill ended: what it showed. It may stand here twice.
    Drill(Box<DrillRecord>),
    /// A writer took over from one that never gave its lease back.
    TakenOver {
        /// The new epoch.
        epoch: u64,
    },
}

impl OrdersDocument {
    /// Whose plans may be others than at the last tick, because somebody ordered something or a pause ended.
    pub(super) fn concerns(&self, customer: &Customer, since: Timestamp, now: Timestamp) -> bool {
        let own = self.orders.pauses.get(&customer.tenant_id).into_iter();
        let ended = |until: Timestamp| since < until && until <= now;
        self.changed.is_some_and(|changed| changed > since)
            || own.chain(&self.orders.pause_all).any(|pause| ended(pause.until))
    }
}

impl Engine {
    /// The orders as they are now: one read.
    pub(crate) async fn orders(&self) -> Result<Arc<Orders>, Error> {
        let kept = self.store.read::<OrdersDocument>(ORDERS).await?;
        Ok(Arc::new(kept.map(|kept| kept.value.orders).unwrap_or_default()))
    }

    /// The same, with what the tick wants to know.
    pub(crate) async fn orders_document(&self) -> Result<OrdersDocument, Error> {
        Ok(self.store.read::<OrdersDocument>(ORDERS).await?.map(|kept| kept.value).unwrap_or_default())
    }

    /// Gives an order: it counts when this returns, and every run that writes after that obeys it. That the journal
    /// could not be written is no error; the next tick makes up for it.
    pub(super) async fn order(&self, by: &str, reason: &str, order: Order) -> Result<Note, Error> {
        for (what, words) in [("a name (--by)", by), ("a reason (--reason)", reason)] {
            let count = words.trim().chars().count();
            if count == 0 || count > WORDS_MAX {
                return Err(Error::BadInput(format!("an order needs {what} of 1 to {WORDS_MAX} characters")));
            }
        }
        let at = self.clock.now();
        let (by, reason) = (by.trim().to_string(), reason.trim().to_string());
        let mut note = Note { number: 0, at, by, reason, order };
        let given = self.store.update::<OrdersDocument>(ORDERS, |document| {
            let mut document = document.unwrap_or_default();
            document.orders.forget_ended(at);
            note.number = document.next;
            document.next += 1;
            document.orders.take(&note);
            document.changed = Some(at);
            document.owed.push(note.clone());
            Some(document)
        });
        given.await?;
        if let Err(error) = self.journal_orders().await {
            tracing::warn!(%error, "the order counts; the journal gets it at the next tick");
        }
        Ok(note)
    }

    /// Writes what is owed into the program's journal. Where somebody else is writing there, they or the next tick do.
    pub(super) async fn journal_orders(&self) -> Result<(), Error> {
        if self.orders_document().await?.owed.is_empty() {
            return Ok(());
        }
        let holder = format!("gatehouse orders {}", self.random.id());
        match lease::take(&self.store, &format!("{LEASES}{PROGRAM}"), &holder).await? {
            Take::Busy { .. } => Ok(()),
            Take::Held(held) => {
                let written = self.append_owed(&held).await;
                held.release().await?;
                written
            }
        }
    }

    async fn append_owed(&self, held: &lease::Lease) -> Result<(), Error> {
        let document = self.orders_document().await?;
        let mut journal = match document.chain {
            Some(head) => Journal::<ProgramEntry>::open(&self.store, PROGRAM, head)?,
            None => Journal::from_start(&self.store, PROGRAM)?,
        };
        // Blocks of a writer that died before it could say so.
        let mut known: BTreeSet<u64> =
            journal.tail().await?.iter().flat_map(|block| &block.entries).fold(BTreeSet::new(), |mut known, entry| {
                if let ProgramEntry::Ordered(note) = entry {
                    known.insert(note.number);
                }
                known
            });
        let mut entries = Vec::new();
        if held.taken_over() {
            entries.push(ProgramEntry::TakenOver { epoch: held.epoch() });
        }
        for note in document.owed.into_iter().filter(|note| !known.contains(&note.number)) {
            entries.push(ProgramEntry::Ordered(note));
        }
        held.ensure(APPEND_TIMEOUT).await.map_err(|lost| Error::Lost(lost.to_string()))?;
        if !entries.is_empty() {
            known.extend(entries.iter().filter_map(|entry| match entry {
                ProgramEntry::Ordered(note) => Some(note.number),
                ProgramEntry::Incident(_) | ProgramEntry::Drill(_) | ProgramEntry::TakenOver { .. } => None,
            }));
            journal.append(held.epoch(), self.clock.now(), entries).await?;
        }
        let head = journal.head().clone();
        let noted = self.store.update::<OrdersDocument>(ORDERS, |document| {
            document.filter(|document| document.chain.as_ref().is_none_or(|chain| chain.seq <= head.seq)).map(
                |mut document| {
                    document.owed.retain(|note| !known.contains(&note.number));
                    document.chain = Some(head.clone());
                    document
                },
            )
        });
        noted.await?;
        Ok(())
    }

    /// Pauses these customers (`None`: all) until then: runs do nothing there but take out people who must go, and
    /// not even that where `everything` is said. A run that is under way stops before its next wave of writes.
    pub async fn pause(
        &self,
        customers: Option<&[String]>,
        by: &str,
        reason: &str,
        until: Timestamp,
        everything: bool,
    ) -> Result<(), Error> {
        let customers = self.tenants(customers)?;
        let now = self.clock.now();
        if until <= now || until.duration_since(now) > access::orders::PAUSE_MAX {
            return Err(Error::BadInput("a pause ends within the next 90 days".into()));
        }
        self.order(by, reason, Order::Paused { customers, until, everything }).await.map(|_| ())
    }

    /// Ends the pause of these customers (`None`: the one of all), and wakes them at the next tick.
    pub async fn resume(&self, customers: Option<&[String]>, by: &str, reason: &str) -> Result<(), Error> {
        let tenants = self.tenants(customers)?;
        let orders = self.orders().await?;
        let now = self.clock.now();
        let all = orders.pause_all.as_ref().filter(|pause| now < pause.until);
        let own = |tenant: &TenantId| orders.pauses.get(tenant).is_some_and(|pause| now < pause.until);
        match &tenants {
            None if all.is_none() => {
                let single: Vec<&str> =
                    self.config.customers.iter().filter(|one| own(&one.tenant_id)).map(|one| &*one.name).collect();
                let hint = match single.is_empty() {
                    true => "nobody is paused".to_string(),
                    false => format!("these are paused by themselves: {}", single.join(", ")),
                };
                return Err(Error::BadInput(format!("there is no pause of all customers; {hint}")));
            }
            Some(tenants) => {
                for one in self.config.customers.iter().filter(|one| tenants.contains(&one.tenant_id)) {
                    if !own(&one.tenant_id) {
                        let why = match (all.is_some(), one.mode) {
                            (true, _) => "is paused with all the others; gatehouse resume --all ends that",
                            (false, Mode::Paused) => "is paused by its file (`mode = \"paused\"`), not by an order",
                            (false, _) => "is not paused",
                        };
                        return Err(Error::BadInput(format!("{} {why}; nothing was changed", one.name)));
                    }
                }
            }
            None => {}
        }
        self.order(by, reason, Order::Resumed { customers: tenants }).await.map(|_| ())
    }

    fn tenants(&self, customers: Option<&[String]>) -> Result<Option<BTreeSet<TenantId>>, Error> {
        let Some(names) = customers else { return Ok(None) };
        let tenants = names.iter().map(|name| self.customer(name).map(|customer| customer.tenant_id));
        tenants.collect::<Result<_, _>>().map(Some)
    }

    /// The pauses that are in force, for `health`: the name of the customer (`None`: all), and the sentence.
    pub(super) async fn pauses(&self) -> Result<Vec<(Option<String>, String)>, Error> {
        let orders = self.orders().await?;
        let now = self.clock.now();
        let all = orders.pause_all.iter().filter(|pause| now < pause.until);
        let mut pauses: Vec<_> = all.map(|pause| (None, pause.sentence("--all"))).collect();
        for customer in &self.config.customers {
            let own = orders.pauses.get(&customer.tenant_id).filter(|pause| now < pause.until);
            pauses.extend(own.map(|pause| (Some(customer.name.clone()), pause.sentence(&customer.name))));
        }
        Ok(pauses)
    }
}

/// The tick's overlap with the one before: a tick may be lost, and clocks differ.
pub(super) const OVERLAP: SignedDuration = SignedDuration::from_mins(1);
