//! Opening what no alert told of. The rules are those for alerts: claimed in the write that opens it, paged at once, one page
//! for all that was found together.

use super::document::{IncidentDocument, path};
use super::pager::Pager;
use super::take::New;
use crate::{Engine, Error, drills};
use access::config::Customer;
use access::ids::TenantId;
use access::incidents::{Circumstances, Entry, Event, Incident, IncidentId, Opening, seen, undelivered};
use futures::future::join_all;
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashSet};

/// The most incidents that are opened together: of a flood of attempts the worst come first, and the rest with the next look.
const TOGETHER_MAX: usize = 50;

/// How many documents are read together.
const READ_AT_ONCE: usize = 16;

/// How many incidents are remembered as known.
const REMEMBERED_MAX: usize = 20_000;

/// Incidents that are known to be there, so that an entry of a log that is read again and again costs no look into the store.
#[derive(Debug, Default)]
pub(crate) struct Known(HashSet<IncidentId>);

impl Known {
    fn holds(&self, id: &IncidentId) -> bool {
        self.0.contains(id)
    }

    fn add(&mut self, id: IncidentId) {
        if self.0.len() >= REMEMBERED_MAX {
            self.0.clear();
        }
        self.0.insert(id);
    }
}

impl Engine {
    /// Opens what these entries show and nobody knows of yet. The answer are the new incidents.
    pub(super) async fn open_entries(&self, customer: &Customer, entries: &[Entry]) -> Result<Vec<IncidentId>, Error> {
        let now = self.clock.now();
        let around = around(customer, now);
        let unknown = self.unknown(openings(entries, &around)).await?;
        if unknown.is_empty() {
            return Ok(Vec::new());
        }
        // Whether a drill covers it changes how it looks, never which incident it is.
        let drill = drills::read(&self.store, customer.tenant_id).await.ok().flatten();
        let ids: BTreeSet<&IncidentId> = unknown.iter().map(|opening| &opening.id).collect();
        let mut found = openings(entries, &Circumstances { drill: drill.as_ref(), ..around });
        found.retain(|opening| ids.contains(&opening.id));
        self.open_unknown(found).await
    }

    /// Those of which nobody knows.
    pub(super) async fn unknown(&self, found: Vec<Opening>) -> Result<Vec<Opening>, Error> {
        let is_known = |opening: &Opening| self.watching.known.lock().expect("no holder panics").holds(&opening.id);
        let mut looking = Vec::new();
        for opening in found.into_iter().filter(|opening| !is_known(opening)) {
            looking.push(async move {
                let is_there = self.store.read::<IncidentDocument>(&path(&opening.id)).await?.is_some();
                Ok::<_, Error>((opening, is_there))
            });
        }
        let looked: Vec<_> = futures::stream::iter(looking).buffered(READ_AT_ONCE).try_collect().await?;
        let mut unknown = Vec::new();
        for (opening, is_there) in looked {
            if is_there {
                self.remember_incident(opening.id);
            } else {
                unknown.push(opening);
            }
        }
        Ok(unknown)
    }

    /// Opens these, and pages for them. One that somebody else opened meanwhile has now come by another road.
    pub(super) async fn open_unknown(&self, mut found: Vec<Opening>) -> Result<Vec<IncidentId>, Error> {
        found.sort_by_key(|opening| (opening.severity, opening.occurred_at.map(std::cmp::Reverse)));
        found.truncate(TOGETHER_MAX);
        let pager = self.pager().await;
        let opened = join_all(found.into_iter().map(|opening| open_one(&pager, opening))).await;
        let (mut new, mut failed) = (Vec::new(), None);
        for one in opened {
            match one {
                Ok(Some(one)) => new.push(one),
                Ok(None) => {}
                Err(error) => failed = Some(error),
            }
        }
        let ids: Vec<IncidentId> = new.iter().map(|one: &New| one.kept.value.0.id.clone()).collect();
        ids.iter().for_each(|id| self.remember_incident(id.clone()));
        // What is there is told of, whatever became of the others.
        pager.page_together(new).await?;
        failed.map_or(Ok(ids), |error| Err(error.into()))
    }

    /// Says that alerts of a customer do not reach us, as this incident shows.
    pub(super) async fn report_undelivered(&self, shown_by: &Incident) -> Result<(), Error> {
        let Some(customer) = self.customer_of_incident(shown_by) else { return Ok(()) };
        let opening = undelivered(shown_by, &around(customer, self.clock.now()));
        match self.unknown(vec![opening.clone()]).await? {
            unknown if unknown.is_empty() => {
                let id = opening.id.clone();
                Ok(self.pager().await.happen(&id, &Event::Heard(Box::new(opening))).await?)
            }
            unknown => self.open_unknown(unknown).await.map(|_| ()),
        }
    }

    pub(super) fn remember_incident(&self, id: IncidentId) {
        self.watching.known.lock().expect("no holder panics").add(id);
    }
}

/// The mark first: an incident without one is never looked after.
async fn open_one(pager: &Pager, opening: Opening) -> Result<Option<New>, store::Error> {
    pager.mark(&opening.id).await?;
    let mut incident = opening.clone();
    let claimed = pager.make(&mut incident, false);
    match pager.store.create(&path(&opening.id), IncidentDocument(incident)).await {
        Ok(kept) => Ok(Some(New { kept, claimed })),
        Err(store::Error::Conflict) => {
            let id = opening.id.clone();
            pager.happen(&id, &Event::Heard(Box::new(opening))).await.map(|()| None)
        }
        Err(error) => Err(error),
    }
}

/// What the entries open, each incident once.
fn openings(entries: &[Entry], around: &Circumstances<'_>) -> Vec<Opening> {
    let mut found: Vec<Opening> = Vec::new();
    for entry in entries {
        let Some(mut opening) = seen(&entry.finding, around) else { continue };
        opening.facts.extend(entry.bounded_facts());
        if found.iter().all(|other| other.id != opening.id) {
            found.push(opening);
        }
    }
    found
}

/// The circumstances of what we found ourselves.
pub(super) fn around(customer: &Customer, now: Timestamp) -> Circumstances<'_> {
    let tenant: TenantId = customer.tenant_id;
    Circumstances { customer: Some(customer), name: &customer.name, tenant, raw: "", received: now, drill: None }
}
