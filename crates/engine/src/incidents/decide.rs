//! Somebody answers: looks after an incident, or judges it.

use super::api::Refused;
use super::document::{IncidentDocument, lead};
use crate::{By, Engine};
use access::incidents::{Event, Incident, IncidentId, Status, Verdict, apply};
use futures::future::{Either, select};
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
        let event = Event::Acknowledge {
            by: by.who.clone(),
            asserted: by.asserted,
            for_long: self.config.paging.verdict_within,
            comment: by.comment.clone(),
        };
        let incident = self.answer(id, customers, &event).await?;
        for other in incident.announces.iter().filter(|_| all) {
            match self.answer(other, customers, &event).await {
                // Judged meanwhile, or somebody else's: the page was about more than this one.
                Ok(_) | Err(Refused::WrongState(_) | Refused::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(incident)
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
        self.answer(id, customers, &Event::Judge { verdict, by: who, asserted: by.asserted, comment }).await
    }

    async fn answer(&self, id: &IncidentId, customers: Option<&[String]>, event: &Event) -> Result<Incident, Refused> {
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let Some(kept) = lead(&self.store, id).await? else {
                return Err(Refused::NotFound(id.to_string()));
            };
            if !self.may_see_incident(&kept.value.0, customers) {
                return Err(Refused::NotFound(id.to_string()));
            }
            let id = &kept.value.0.id;
            let next = apply(&kept.value.0, event, self.clock.now())?;
            let pager = self.pager().await;
            // An incident that was done with has no mark any more; the same holds for one that was judged a moment ago.
            if kept.value.0.status == Status::Closed || kept.value.0.is_done() {
                pager.mark(id).await?;
            }
            match self.store.replace(&kept, IncidentDocument(next)).await {
                Ok(kept) => {
                    let mine = id.clone();
                    let told = tokio::spawn(async move { pager.drive(&mine).await });
                    if let Either::Left((Ok(Err(error)), _)) = select(told, pin!(self.clock.sleep(TELL_WITHIN))).await {
                        tracing::warn!(incident = %id, %error, "channels were not told of an answer; the timer does it");
                    }
                    return Ok(kept.value.0);
                }
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(store::Error::Conflict.into())
    }
}
