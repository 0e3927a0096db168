//! `gatehouse journal rebuild`: the ledger from the journal alone.

use super::{Go, Told};
use crate::membership::documents::{Body, Head, body_path, head_path};
use crate::{Engine, Error};
use access::config::Customer;
use access::ledger::{Entry, Ledger};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::Document;
use store::journal::{Journal, verify};
use store::lease::Lease;

/// What rebuilding one customer's ledger found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// The customer.
    pub customer: String,
    /// How many blocks the journal has.
    pub blocks: u64,
    /// How many entries they hold.
    pub entries: u64,
    /// How the stored ledger differs from the journal's, in words. Empty: not at all.
    pub differences: Vec<String>,
    /// Whether it was stored.
    pub written: bool,
}

/// A stored document, as far as it can be read.
enum Stored<T> {
    There(T),
    Absent,
    Damaged(String),
}

impl Engine {
    /// Folds the customer's journal from its start, and shows how the stored ledger differs or puts the journal's in
    /// its place. The chain is verified first: a broken one is never believed.
    pub async fn rebuild(&self, customer: &str, go: &Go) -> Result<Rebuilt, Error> {
        let customer = self.customer(customer)?;
        match go {
            Go::Look => Ok(self.refold(customer).await?.0),
            Go::Do(told) => self.under_lease(customer, |lease| self.put_back(customer, lease, told)).await,
        }
    }

    async fn put_back(&self, customer: &Customer, lease: Arc<Lease>, told: &Told) -> Result<Rebuilt, Error> {
        let (mut rebuilt, mut ledger, mut journal) = self.refold(customer).await?;
        if rebuilt.blocks == 0 {
            return Ok(rebuilt);
        }
        let now = self.clock.now();
        let entry = told.entry("journal rebuild", now);
        ledger.fold(&entry);
        journal.append(lease.epoch(), now, vec![entry]).await?;
        let chain = journal.head().clone();
        // So that notices in which the customer is named come to their end.
        let told = match self.stored::<Body>(&body_path(customer.tenant_id)).await? {
            Stored::There(body) => body.told,
            Stored::Absent | Stored::Damaged(_) => BTreeSet::new(),
        };
        let body = Body {
            epoch: lease.epoch(),
            chain: chain.clone(),
            ledger,
            denied: BTreeMap::new(),
            vetted: BTreeMap::new(),
            last: None,
            failures: Vec::new(),
            held_until: None,
            told,
            trouble: None,
        };
        let head = Head { epoch: lease.epoch(), dirty: 1, red: true, ..Head::unread(chain, now) };
        self.overwrite(&body_path(customer.tenant_id), body).await?;
        self.overwrite(&head_path(customer.tenant_id), head).await?;
        self.mark_dirty(customer).await?;
        rebuilt.written = true;
        Ok(rebuilt)
    }

    /// Stores a document over whatever is there, also over what cannot be read.
    async fn overwrite<T: Document>(&self, path: &str, value: T) -> Result<(), Error> {
        match self.store.read::<T>(path).await {
            Ok(Some(kept)) => self.store.replace(&kept, value).await?,
            Ok(None) => self.store.create(path, value).await?,
            Err(store::Error::Invalid(_)) => {
                self.store.delete(path).await?;
                self.store.create(path, value).await?
            }
            Err(error) => return Err(error.into()),
        };
        Ok(())
    }

    async fn stored<T: Document>(&self, path: &str) -> Result<Stored<T>, Error> {
        match self.store.read::<T>(path).await {
            Ok(Some(kept)) => Ok(Stored::There(kept.value)),
            Ok(None) => Ok(Stored::Absent),
            Err(store::Error::Invalid(text)) => Ok(Stored::Damaged(text)),
            Err(error) => Err(error.into()),
        }
    }

    /// The whole journal, verified and folded, beside what is stored.
    async fn refold(&self, customer: &Customer) -> Result<(Rebuilt, Ledger, Journal<Entry>), Error> {
        let tenant = customer.tenant_id;
        let body = self.stored::<Body>(&body_path(tenant)).await?;
        let head = self.stored::<Head>(&head_path(tenant)).await?;
        let known = match (&head, &body) {
            (Stored::There(head), _) => Some(head.chain.clone()),
            (_, Stored::There(body)) => Some(body.chain.clone()),
            _ => None,
        };
        let report = verify(&self.store, &tenant.to_string(), known).await?;
        if let Some(problem) = report.problems.first() {
            return Err(Error::BadInput(format!(
                "the journal of {} is broken at block {}: {}; nothing is rebuilt from it. Restore it from a backup (gatehouse journal verify lists everything)",
                customer.name, problem.seq, problem.text
            )));
        }
        let mut journal = self.journal(customer, None)?;
        let mut ledger = Ledger::default();
        // What the body was folded to, so that only true differences are told and not what came after it.
        let mut then = match &body {
            Stored::There(body) if body.chain.seq == 0 => Some(Ledger::default()),
            _ => None,
        };
        while let Some(block) = journal.next().await? {
            block.entries.iter().for_each(|entry| ledger.fold(entry));
            if let Stored::There(body) = &body
                && body.chain == *journal.head()
            {
                then = Some(ledger.clone());
            }
        }
        self.check_partner(customer, &ledger)?;
        let mut differences = match (&body, then) {
            (Stored::There(body), Some(then)) => differences(&body.ledger, &then),
            (Stored::There(_), None) => {
                vec!["the stored ledger rests on a block that the journal does not have".into()]
            }
            (Stored::Absent, _) if report.blocks == 0 => Vec::new(),
            (Stored::Absent, _) => vec!["there is no stored ledger".into()],
            (Stored::Damaged(text), _) => vec![format!("the stored ledger cannot be read: {text}")],
        };
        if let Stored::Damaged(text) = &head {
            differences.push(format!("the stored head cannot be read: {text}"));
        }
        let rebuilt = Rebuilt {
            customer: customer.name.clone(),
            blocks: report.blocks,
            entries: report.entries,
            differences,
            written: false,
        };
        Ok((rebuilt, ledger, journal))
    }
}

/// How a stored ledger differs from the journal's, a line for each membership and guest, and one for the rest.
fn differences(stored: &Ledger, journal: &Ledger) -> Vec<String> {
    let mut lines = Vec::new();
    let targets: BTreeSet<_> = stored.rows.keys().chain(journal.rows.keys()).collect();
    for target in targets {
        let rows = |ledger: &Ledger| ledger.rows.get(target).cloned().unwrap_or_default();
        let (there, here) = (rows(stored), rows(journal));
        let guests: BTreeSet<_> = there.keys().chain(here.keys()).collect();
        for guest in guests {
            match (there.get(guest), here.get(guest)) {
                (Some(_), None) => lines.push(format!("guest {guest} in {target}: stored, but not in the journal")),
                (None, Some(_)) => lines.push(format!("guest {guest} in {target}: in the journal, but not stored")),
                (Some(a), Some(b)) if a != b => lines.push(format!("guest {guest} in {target}: stored differently")),
                _ => {}
            }
        }
    }
    let people: BTreeSet<_> = stored.guests.keys().chain(journal.guests.keys()).collect();
    for person in people {
        if stored.guests.get(person) != journal.guests.get(person) {
            lines.push(format!("person {person}: who stands for them is stored differently"));
        }
    }
    if lines.is_empty() && stored != journal {
        lines.push("what is open, counted or decided is stored differently".into());
    }
    lines
}
