//! Somebody answers: looks after an incident, or judges it.

use super::api::Refused;
use super::document::{IncidentDocument, lead};
use crate::{By, Engine};
use access::incidents::{Event, Incident, IncidentId, Status, Verdict, apply};
use futures::future::{join_all, select};
use jiff::Timestamp;
use std::pin::pin;
use std::time::Duration;
use store::UPDATE_ATTEMPTS_MAX;

/// How long the answer waits until the channels know that somebody has answered; the timer tells the rest.
const TELL_WITHIN: Duration = Duration::from_millis(1500);

impl Engine {
    /// Somebody looks after the incident: nobody else is paged for it, until they must have judged it. `all` says that they
    /// answer a page, and with it everything that the page named.
    pub async fn acknowledge(
        &self,
        id: &IncidentId,
        customers: Option<&[String]>,
        by: &By,
        all: bool,
    ) -> Result<Incident, Refused> {
        let event = self.acknowledgement(by, None);
        self.answer(id, customers, &event, all.then_some(&event)).await
    }

    /// Somebody judges the incident, and closes it with that.
    pub async fn give_verdict(
        &self,
        id: &IncidentId,
        customers: Option<&[String]>,
        verdict: Verdict,
        by: &By,
    ) -> Result<Incident, Refused> {
        let (who, comment) = (by.who.clone(), by.comment.clone());
        self.answer(id, customers, &Event::Judge { verdict, by: who, asserted: by.asserted, comment }, None).await
    }

    /// That this person looks after it, for as long as that counts without a verdict. `said` is when they said so, where that
    /// lies in the past.
    pub(super) fn acknowledgement(&self, by: &By, said: Option<Timestamp>) -> Event {
        Event::Acknowledge {
            by: by.who.clone(),
            asserted: by.asserted,
            for_long: self.config.paging.verdict_within,
            comment: by.comment.clone(),
            said,
        }
    }

    /// This happens to the incident, and `others` to everything else that its pages name. The answer is the incident after
    /// that.
    pub(super) async fn answer(
        &self,
        id: &IncidentId,
        customers: Option<&[String]>,
        event: &Event,
        others: Option<&Event>,
    ) -> Result<Incident, Refused> {
        let incident = self.answer_one(id, customers, event).await?;
        let (mut answered, mut failed) = (vec![incident.id.clone()], None);
        for (other, event) in incident.announces.iter().flat_map(|other| others.map(|event| (other, event))) {
            match self.answer_one(other, customers, event).await {
                Ok(_) => answered.push(other.clone()),
                // Judged meanwhile, or somebody else's: the page was about more than this one.
                Err(Refused::WrongState(_) | Refused::NotFound(_)) => {}
                Err(error) => failed = Some(error),
            }
        }
        self.tell_of_answer(answered).await;
        failed.map_or(Ok(incident), Err)
    }

    async fn answer_one(
        &self,
        id: &IncidentId,
        customers: Option<&[String]>,
        event: &Event,
    ) -> Result<Incident, Refused> {
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let Some(kept) = lead(&self.store, id).await? else {
                return Err(Refused::NotFound(id.to_string()));
            };
            if !self.may_see_incident(&kept.value.0, customers) {
                return Err(Refused::NotFound(id.to_string()));
            }
            let id = &kept.value.0.id;
            let next = apply(&kept.value.0, event, self.clock.now())?;
            if next == kept.value.0 {
                return Ok(next);
            }
            // An incident that was done with has no mark any more; the same holds for one that was judged a moment ago.
            if kept.value.0.status == Status::Closed || kept.value.0.is_done() {
                self.pager().await.mark(id).await?;
            }
            match self.store.replace(&kept, IncidentDocument(next)).await {
                Ok(kept) => return Ok(kept.value.0),
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(store::Error::Conflict.into())
    }

    /// The channels hear that somebody has answered. What they do not take while this waits, they get later.
    async fn tell_of_answer(&self, answered: Vec<IncidentId>) {
        let pager = self.pager().await;
        let told = self.process.begin(async move {
            let told = answered.iter().map(async |id| (id, pager.drive(id).await));
            for (id, told) in join_all(told).await {
                if let Err(error) = told {
                    tracing::warn!(incident = %id, %error, "channels were not told of an answer; the timer does it");
                }
            }
        });
        // Dropping the handle stops nothing.
        select(told, pin!(self.clock.sleep(TELL_WITHIN))).await;
    }
}
