//! How far a drill is, and its end. The command that waits for it and the minute timer both look: whoever is first ends it.

use super::announce::MARKER;
use super::{DrillDocument, path, read};
use crate::{Engine, Error};
use access::config::Customer;
use access::drills::{DrillRecord, Seen};
use access::ids::TenantId;
use access::incidents::Incident;
use jiff::Timestamp;
use store::{Store, UPDATE_ATTEMPTS_MAX, markers};

/// The incidents that a drill is measured by.
#[derive(Default)]
struct Found {
    incident: Option<Incident>,
    lead: Option<Incident>,
    others: Vec<Incident>,
}

impl Engine {
    /// When a drill of this customer last went as it should, from the sign-in to the verdict; `None`: none is known.
    pub async fn last_drill(&self, tenant: TenantId) -> Result<Option<Timestamp>, Error> {
        Ok(self.store.read::<DrillDocument>(&path(tenant)).await?.and_then(|kept| kept.value.passed))
    }

    /// The latest drills of a customer, the newest first, the newest as far as it is now. Changes nothing.
    pub async fn drills(&self, customer: &str) -> Result<Vec<DrillRecord>, Error> {
        let tenant = self.customer(customer)?.tenant_id;
        let mut records = self.drill_records(tenant).await?;
        if let Some(last) = records.last_mut() {
            let found = self.found_of_drill(tenant, last).await?;
            let goes_on = last.ended.is_none();
            last.take_in(&self.drill_seen(&found), self.clock.now());
            if goes_on {
                // Only the look that writes it down ends it.
                last.ended = None;
            }
        }
        records.reverse();
        Ok(records)
    }

    /// Looks how far the customer's last drill is, keeps what there is to know of it, and ends it where it is over. `None`:
    /// there never was one.
    pub async fn follow_drill(&self, customer: &str) -> Result<Option<DrillRecord>, Error> {
        let customer = self.customer(customer)?;
        let tenant = customer.tenant_id;
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let Some(kept) = self.store.read::<DrillDocument>(&path(tenant)).await? else { return Ok(None) };
            let mut document = kept.value.clone();
            let Some(last) = document.records.last_mut() else { return Ok(None) };
            if last.ended.is_some() {
                return Ok(Some(last.clone()));
            }
            let found = self.found_of_drill(tenant, last).await?;
            if !last.take_in(&self.drill_seen(&found), self.clock.now()) {
                return Ok(Some(last.clone()));
            }
            let record = last.clone();
            if let (true, Some(ended)) = (record.passed(), &record.ended) {
                document.passed = Some(ended.at);
            }
            match self.store.replace(&kept, document).await {
                Ok(_) => {
                    if record.ended.is_some() {
                        self.drill_is_over(customer, &record).await;
                    }
                    return Ok(Some(record));
                }
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(store::Error::Conflict.into())
    }

    /// The minute timer's part, for drills at which nobody looks. Returns what to log.
    pub(crate) async fn follow_drills(&self) -> Vec<String> {
        let marks = match markers::list(&self.store, MARKER).await {
            Ok(marks) => marks,
            Err(error) => return vec![format!("which drills go on could not be seen: {error}")],
        };
        let mut logs = Vec::new();
        for mark in marks {
            let customer = mark.parse().ok().map(TenantId).and_then(|tenant| self.customer_of(tenant));
            let followed = match customer {
                Some(customer) => self.follow_marked(customer, &mark).await,
                // Nobody waits for the drill of a customer who is not in the configuration any more.
                None => markers::clear(&self.store, MARKER, &mark).await.map(|()| None).map_err(Error::from),
            };
            match followed {
                Ok(line) => logs.extend(line),
                Err(error) => logs.push(format!("the drill of tenant {mark}: {error}; the next tick goes on")),
            }
        }
        logs
    }

    async fn follow_marked(&self, customer: &Customer, mark: &str) -> Result<Option<String>, Error> {
        let record = self.follow_drill(&customer.name).await?;
        let Some(ended) = record.and_then(|record| record.ended) else { return Ok(None) };
        // It may have ended before, and whoever ended it may have died.
        self.journal_drills(customer.tenant_id).await?;
        if self
            .drill_records(customer.tenant_id)
            .await?
            .iter()
            .all(|one| one.ended.is_none() || one.journalled.is_some())
        {
            markers::clear(&self.store, MARKER, mark).await?;
        }
        let how = ended.missing.map_or("passed", access::drills::Missing::clause);
        Ok(Some(format!("the drill of {} is over: {how}", customer.name)))
    }

    /// What follows from an end that is written down: the channels hear of it, and the journal gets it. What fails here the
    /// timer makes up for, but for the channels: the record has what they would have heard.
    pub(super) async fn drill_is_over(&self, customer: &Customer, record: &DrillRecord) {
        for told in self.tell_of_end(customer, record).await.into_iter().filter(|told| !told.taken) {
            let why = told.why.unwrap_or_default();
            tracing::warn!(
                customer = customer.name,
                channel = told.channel,
                why,
                "a channel did not hear that a drill ended"
            );
        }
        if let Err(error) = self.journal_drills(customer.tenant_id).await {
            tracing::warn!(customer = customer.name, %error, "a drill is not in the journal yet; the timer does it");
        }
    }

    /// What is kept of a customer's drills, the last one at the end.
    pub(crate) async fn drill_records(&self, tenant: TenantId) -> Result<Vec<DrillRecord>, Error> {
        Ok(self.store.read::<DrillDocument>(&path(tenant)).await?.map(|kept| kept.value.records).unwrap_or_default())
    }

    async fn found_of_drill(&self, tenant: TenantId, record: &DrillRecord) -> Result<Found, Error> {
        let announced = read(&self.store, tenant).await?.filter(|drill| drill.id == record.id);
        if let Some(id) = announced.and_then(|drill| drill.incident).or(record.incident.clone()) {
            let incident = self.incident_documents(std::slice::from_ref(&id)).await?.pop();
            let lead = match incident.as_ref().and_then(|incident| incident.with.clone()) {
                Some(lead) => self.incident_documents(&[lead]).await?.pop(),
                None => None,
            };
            return Ok(Found { incident, lead, others: Vec::new() });
        }
        let mut others = self.incident_documents(&self.open_incidents().await?).await?;
        others.retain(|other| other.tenant_id == tenant && other.opened_at >= record.from);
        others.sort_by(|one, other| (one.opened_at, &one.id).cmp(&(other.opened_at, &other.id)));
        Ok(Found { others, ..Found::default() })
    }

    fn drill_seen<'a>(&self, found: &'a Found) -> Seen<'a> {
        Seen {
            incident: found.incident.as_ref(),
            lead: found.lead.as_ref(),
            others: &found.others,
            verdict_within: self.config.paging.verdict_within,
        }
    }
}

/// Notes that a drill was copied into the journal.
pub(crate) async fn note_journalled(
    store: &Store,
    tenant: TenantId,
    id: &str,
    at: Timestamp,
) -> Result<(), store::Error> {
    let path = path(tenant);
    let noted = store.update::<DrillDocument>(&path, |document| {
        let mut document = document?;
        let record = document.records.iter_mut().find(|record| record.id == id && record.journalled.is_none())?;
        record.journalled = Some(at);
        Some(document)
    });
    noted.await.map(|_| ())
}
