//! The minute timer: pages and steps that are due; beside them, and never in their way, what the logs tell of open
//! incidents and alerts that should have come; and the sign of life at the end.

use super::pager::Pager;
use crate::{Engine, Error};
use access::incidents::{Event, Incident};
use futures::StreamExt;
use futures::future::join;
use jiff::Timestamp;

/// How many incidents are looked at together.
const AT_ONCE: usize = 8;

impl Engine {
    /// `follow_incidents`: three lists where there is nothing to do. Returns what a person may want to know. An error is a
    /// failure of the store; what fails with one incident does not stop the others.
    pub async fn follow_incidents(&self) -> Result<Vec<String>, Error> {
        let (followed, looked) = join(self.follow_due(), self.look_closer()).await;
        let mut logs = followed?;
        logs.extend(looked?);
        logs.extend(self.beat().await);
        Ok(logs)
    }

    /// Asks the logs about the incidents that want it, and misses alerts that did not come. Returns what to log.
    async fn look_closer(&self) -> Result<Vec<String>, Error> {
        let ids = self.open_incidents().await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let open = self.incident_documents(&ids).await?;
        let now = self.clock.now();
        let pager = &self.pager().await;
        let is_asking = |incident: &Incident| incident.wants.as_ref().is_some_and(|wants| wants.next <= now);
        // What one page told of is asked about together.
        let leads = |incident: &&Incident| {
            let lead = incident.with.as_ref().and_then(|id| open.iter().find(|other| other.id == *id));
            is_asking(incident) && !lead.is_some_and(is_asking)
        };
        let mut asking = Vec::new();
        for lead in open.iter().filter(leads) {
            let named = |other: &&Incident| is_asking(other) && other.with.as_ref() == Some(&lead.id);
            let together: Vec<&Incident> = std::iter::once(lead).chain(open.iter().filter(named)).collect();
            asking.push(async move {
                let asked = self.read_logs(pager, &together).await;
                asked.err().map(|error| format!("incident {}: {error}; the next tick goes on", lead.id))
            });
        }
        let mut missing = Vec::new();
        for incident in open.iter().filter(|incident| is_overdue(incident, now)) {
            missing.push(async move {
                let missed = self.miss_alert(pager, incident).await;
                missed.err().map(|error| format!("incident {}: {error}; the next tick goes on", incident.id))
            });
        }
        let asked = futures::stream::iter(asking).buffer_unordered(AT_ONCE);
        let missed = futures::stream::iter(missing).buffer_unordered(AT_ONCE);
        let (asked, missed) = join(asked.collect::<Vec<_>>(), missed.collect::<Vec<_>>()).await;
        Ok(asked.into_iter().chain(missed).flatten().collect())
    }

    /// We saw a sign-in ourselves, and no alert about it came in time.
    async fn miss_alert(&self, pager: &Pager, incident: &Incident) -> Result<(), Error> {
        self.report_undelivered(incident).await?;
        // Only then: whoever dies in between reports it once more, which is the same incident.
        Ok(pager.happen(&incident.id, &Event::Unalerted).await?)
    }
}

fn is_overdue(incident: &Incident, now: Timestamp) -> bool {
    incident.awaits.is_some_and(|by| by <= now)
}
