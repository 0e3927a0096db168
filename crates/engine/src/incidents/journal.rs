//! What is over is copied into the program's journal: closed incidents and ended drills, beside the orders, in one chain.
//!
//! First the block, then the note at each incident that it was copied, then the chain's new end. A writer that dies in
//! between is found by the blocks after the recorded end, so that nothing is copied again unless somebody else wrote in
//! between; what stands in the journal twice is the same by its id.

use super::document::{IncidentDocument, path};
use super::pager::Pager;
use crate::membership::documents::LEASES;
use crate::membership::orders::{APPEND_TIMEOUT, ORDERS, OrdersDocument, PROGRAM, ProgramEntry};
use crate::{Engine, Error, drills};
use access::drills::DrillRecord;
use access::ids::TenantId;
use access::incidents::{Incident, IncidentId, IncidentRecord};
use futures::{StreamExt, TryStreamExt};
use std::collections::BTreeSet;
use store::journal::{BLOCK_BYTES_MAX, Journal};
use store::lease::{self, Take};

/// How large the entries of a block may become together: half of what a block may have.
const ENTRIES_BYTES_MAX: usize = BLOCK_BYTES_MAX / 2;

/// How many incidents are copied at a time: the chain's lease is short, and the next tick copies the next ones.
const COPIED_MAX: usize = 100;

/// How many of them are noted together.
const NOTED_AT_ONCE: usize = 16;

/// What is to be copied.
#[derive(Default)]
struct Owed {
    incidents: Vec<IncidentRecord>,
    drills: Vec<(TenantId, DrillRecord)>,
}

impl Engine {
    /// The minute timer's part: drills are followed, and what is over goes into the journal. Returns what to log.
    pub(super) async fn keep_record(&self, open: &[Incident]) -> Vec<String> {
        let mut logs = self.follow_drills().await;
        let closed: Vec<IncidentId> =
            open.iter().filter(|incident| incident.owes_journal()).map(|incident| incident.id.clone()).collect();
        if let Err(error) = self.journal_closed(&closed).await {
            logs.push(format!("incidents that are closed are not in the journal yet: {error}; the next tick goes on"));
        }
        logs
    }

    /// Copies those of these incidents that are closed into the journal, each once. Where somebody else is writing there,
    /// the next tick does.
    pub async fn journal_closed(&self, ids: &[IncidentId]) -> Result<(), Error> {
        let closed = self.incident_documents(ids).await?.into_iter().filter(Incident::owes_journal);
        let incidents: Vec<_> = closed.take(COPIED_MAX).map(|incident| IncidentRecord::of(&incident)).collect();
        self.journal_owed(Owed { incidents, ..Owed::default() }).await
    }

    /// Copies the drills of this customer that have ended into the journal, each once.
    pub(crate) async fn journal_drills(&self, tenant: TenantId) -> Result<(), Error> {
        let ended = |record: &DrillRecord| record.ended.is_some() && record.journalled.is_none();
        let drills = self.drill_records(tenant).await?.into_iter().filter(ended);
        let drills = drills.map(|record| (tenant, record)).collect();
        self.journal_owed(Owed { drills, ..Owed::default() }).await
    }

    async fn journal_owed(&self, owed: Owed) -> Result<(), Error> {
        if owed.incidents.is_empty() && owed.drills.is_empty() {
            return Ok(());
        }
        let holder = format!("gatehouse incidents {}", self.random.id());
        match lease::take(&self.store, &format!("{LEASES}{PROGRAM}"), &holder).await? {
            Take::Busy { .. } => Ok(()),
            Take::Held(held) => {
                let written = self.append_closed(&held, owed).await;
                held.release().await?;
                written
            }
        }
    }

    async fn append_closed(&self, held: &lease::Lease, owed: Owed) -> Result<(), Error> {
        let mut journal = match self.orders_document().await?.chain {
            Some(head) => Journal::<ProgramEntry>::open(&self.store, PROGRAM, head)?,
            None => Journal::from_start(&self.store, PROGRAM)?,
        };
        // Blocks of a writer that died before it could say so.
        let known: BTreeSet<String> = journal
            .tail()
            .await?
            .iter()
            .flat_map(|block| &block.entries)
            .filter_map(id_of)
            .map(str::to_owned)
            .collect();
        let incidents = owed.incidents.iter().cloned().map(|one| ProgramEntry::Incident(Box::new(one)));
        let drills = owed.drills.iter().cloned().map(|(_, one)| ProgramEntry::Drill(Box::new(one)));
        let new = incidents.chain(drills).filter(|entry| id_of(entry).is_some_and(|id| !known.contains(id)));
        let taken_over = held.taken_over().then(|| ProgramEntry::TakenOver { epoch: held.epoch() });
        for block in blocks(taken_over.into_iter().chain(new)) {
            held.ensure(APPEND_TIMEOUT).await.map_err(|lost| Error::Lost(lost.to_string()))?;
            journal.append(held.epoch(), self.clock.now(), block).await?;
        }
        let pager = self.pager().await;
        let ids: Vec<IncidentId> = owed.incidents.iter().map(|incident| incident.id.clone()).collect();
        let noted = futures::stream::iter(ids).map(|id| {
            let pager = &pager;
            async move { self.note_journalled(pager, &id).await }
        });
        noted.buffer_unordered(NOTED_AT_ONCE).try_collect::<()>().await?;
        for (tenant, record) in &owed.drills {
            drills::note_journalled(&self.store, *tenant, &record.id, self.clock.now()).await?;
        }
        let head = journal.head().clone();
        let noted = self.store.update::<OrdersDocument>(ORDERS, |document| {
            let mut document = document.unwrap_or_default();
            if document.chain.as_ref().is_some_and(|chain| chain.seq >= head.seq) {
                return None;
            }
            document.chain = Some(head.clone());
            Some(document)
        });
        noted.await?;
        Ok(())
    }

    async fn note_journalled(&self, pager: &Pager, id: &IncidentId) -> Result<(), Error> {
        let Some(kept) = self.store.read::<IncidentDocument>(&path(id)).await? else { return Ok(()) };
        let now = self.clock.now();
        let kept = pager.change(kept, |incident| incident.journalled = incident.journalled.or(Some(now))).await?;
        if kept.value.0.is_done() {
            pager.unmark(id).await?;
        }
        Ok(())
    }
}

/// By what an entry is recognised when it stands there already.
fn id_of(entry: &ProgramEntry) -> Option<&str> {
    match entry {
        ProgramEntry::Incident(record) => Some(record.id.as_str()),
        ProgramEntry::Drill(record) => Some(&record.id),
        ProgramEntry::Ordered(_) | ProgramEntry::TakenOver { .. } => None,
    }
}

/// The entries in blocks of a fit size. A history that fills one by itself is kept with short notes.
fn blocks(entries: impl Iterator<Item = ProgramEntry>) -> Vec<Vec<ProgramEntry>> {
    let size = |entry: &ProgramEntry| serde_json::to_vec(entry).map_or(0, |bytes| bytes.len());
    let (mut blocks, mut filled) = (Vec::new(), 0);
    for entry in entries {
        let entry = match entry {
            ProgramEntry::Incident(record) if size(&ProgramEntry::Incident(record.clone())) > ENTRIES_BYTES_MAX => {
                ProgramEntry::Incident(Box::new(record.shortened()))
            }
            other => other,
        };
        let bytes = size(&entry);
        if blocks.is_empty() || filled + bytes > ENTRIES_BYTES_MAX {
            blocks.push(Vec::new());
            filled = 0;
        }
        filled += bytes;
        if let Some(block) = blocks.last_mut() {
            block.push(entry);
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::ids::TenantId;
    use access::incidents::{Change, Happened, Incident, PageTest, Status, page_test};
    use jiff::Timestamp;

    /// A closed incident whose history has so many lines of so many bytes.
    fn entry(lines: usize, bytes: usize) -> ProgramEntry {
        let (customer, by, channels, at) = (None, None, &[], Timestamp::UNIX_EPOCH);
        let tenant = TenantId(uuid::Uuid::from_u128(1));
        let test = PageTest { customer, tenant, name: "contoso", key: "a test", by, channels, at };
        let mut incident: Incident = page_test(&test);
        let line =
            Change { at, what: Happened::Heard, status: Status::Closed, by: None, note: Some("x".repeat(bytes)) };
        incident.history = vec![line; lines];
        ProgramEntry::Incident(Box::new(IncidentRecord::of(&incident)))
    }

    #[test]
    fn what_is_copied_fits_into_blocks_however_long_the_histories_are() {
        let sizes =
            |entries: Vec<ProgramEntry>| -> Vec<usize> { blocks(entries.into_iter()).iter().map(Vec::len).collect() };
        assert_eq!(sizes(Vec::new()), [0; 0]);
        assert_eq!(sizes(vec![entry(1, 10), entry(1, 10), entry(1, 10)]), [3]);
        assert_eq!(sizes(vec![entry(100, 2_000), entry(100, 2_000), entry(100, 2_000)]), [2, 1]);
        let huge = blocks(vec![entry(200, 10_000)].into_iter());
        let bytes = serde_json::to_vec(&huge[0]).unwrap().len();
        assert!(bytes <= ENTRIES_BYTES_MAX, "{bytes} bytes");
    }
}
