//! The minute timer: pages and steps that are due; beside them, and never in their way, what the logs tell of open
//! incidents and alerts that should have come; and the sign of life at the end.

use super::pager::Pager;
use crate::{Engine, Error, told};
use access::incidents::{Event, Incident};
use futures::StreamExt;
use futures::future::join;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many looks there are at once.
const AT_ONCE: usize = 8;

/// The most incidents that one look answers for; the rest has the next tick.
const TOGETHER_MAX: usize = 100;

/// All looks of one tick are over within it, so that the next tick is on time; and none begins so shortly before its end.
const READ_WITHIN: Duration = Duration::from_secs(45);
const BEGIN_BEFORE: Duration = Duration::from_secs(15);

impl Engine {
    /// `follow_incidents`: three lists where there is nothing to do. Returns what a person may want to know. An error is a
    /// failure of the store; what fails with one incident does not stop the others.
    pub async fn follow_incidents(&self) -> Result<Vec<String>, Error> {
        let mut ids = self.open_incidents().await?;
        // Read once for everything that only looks: whoever changes one reads it again. One that cannot be read, such as
        // that of a newer program, stops no other.
        let (open, unread) = self.incidents_each(&ids).await;
        if let (true, Some((_, error))) = (open.is_empty(), unread.first()) {
            return Err(Error::Store(error.to_string()));
        }
        told::incidents(&open, self.clock.now());
        ids.retain(|id| unread.iter().all(|(other, _)| other != id));
        let (followed, looked) = join(self.follow_due(ids, &open), self.look_closer(&open)).await;
        let mut logs = followed?;
        logs.extend(looked);
        logs.extend(self.keep_record(&open).await);
        if unread.is_empty() {
            logs.extend(self.beat().await);
        }
        logs.extend(unread.into_iter().map(|(id, error)| {
            tracing::error!(incident = %id, %error, "an incident cannot be read: nobody is paged for it");
            format!("incident {id} cannot be read, and no sign of life is given: {error}")
        }));
        Ok(logs)
    }

    /// Asks the logs about the incidents that want it, and misses alerts that did not come. Returns what to log.
    async fn look_closer(&self, open: &[Incident]) -> Vec<String> {
        if open.is_empty() {
            return Vec::new();
        }
        let now = self.clock.now();
        let pager = &self.pager().await;
        let until = self.clock.monotonic() + READ_WITHIN;
        // One look answers for all of a customer's incidents: a tenant's reports may be asked for rarely.
        let mut asking: BTreeMap<_, Vec<&Incident>> = BTreeMap::new();
        for incident in open {
            let Some(wants) = incident.wants.as_ref().filter(|wants| wants.next <= now) else { continue };
            let target = wants.change.as_ref().map(|changed| changed.target);
            let together = asking.entry((incident.tenant_id, incident.kind, target)).or_default();
            if together.len() < TOGETHER_MAX {
                together.push(incident);
            }
        }
        let mut reading = Vec::new();
        for together in asking.values() {
            reading.push(async move {
                if self.clock.monotonic() + BEGIN_BEFORE >= until {
                    return None;
                }
                let read = self.read_logs(pager, together, until).await;
                read.err().map(|error| format!("what the logs know of incidents: {error}; the next tick goes on"))
            });
        }
        let mut missing = Vec::new();
        for incident in open.iter().filter(|incident| is_overdue(incident, now)) {
            missing.push(async move {
                let missed = self.miss_alert(pager, incident).await;
                missed.err().map(|error| format!("incident {}: {error}; the next tick goes on", incident.id))
            });
        }
        let asked = futures::stream::iter(reading).buffer_unordered(AT_ONCE);
        let missed = futures::stream::iter(missing).buffer_unordered(AT_ONCE);
        let (asked, missed) = join(asked.collect::<Vec<_>>(), missed.collect::<Vec<_>>()).await;
        asked.into_iter().chain(missed).flatten().collect()
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
