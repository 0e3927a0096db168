//! The minute timer's part: whatever is due is done. A crash anywhere delays by a minute.

use super::document::MARKER;
use super::pager::Marked;
use super::raw::{self, RawAlert};
use crate::{Engine, Error};
use access::ids::TenantId;
use access::incidents::{Event, Incident, IncidentId, Kind, Severity, Status};
use futures::StreamExt;
use futures::future::join;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::time::Duration;
use store::{hourly, markers};

/// How many incidents are looked after at a time.
const AT_ONCE: usize = 32;

/// How long one tick goes on: what is due within it is done when it is due, and not a minute later.
const GO_ON_FOR: Duration = Duration::from_secs(45);

/// Between two looks at what is due lies at least so long.
const PAUSE_MIN: Duration = Duration::from_millis(100);

/// An alert of which nothing was made for so long was taken by a process that died.
const RECOVER_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// A marker that leads nowhere is left alone for so long: somebody may be about to write what it stands for.
const ORPHANED_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// So many failed attempts within so long are an attack, and as bad as a success.
const FAILURES_MIN: usize = 5;
const FAILURES_WITHIN: SignedDuration = SignedDuration::from_mins(10);

impl Engine {
    /// Pages and steps that are due: one list where there is nothing to do. Returns what a person may want to know. An error
    /// is a failure of the store; what fails with one incident does not stop the others.
    pub(super) async fn follow_due(&self, ids: Vec<IncidentId>, open: &[Incident]) -> Result<Vec<String>, Error> {
        let until = self.clock.monotonic() + GO_ON_FOR;
        // Side by side: a hundred alerts left behind, and a channel that hangs, keep nobody waiting who is next.
        let (recovered, followed) = join(self.recover_alerts(until), self.follow_open(ids, open, until)).await;
        let mut logs = recovered?;
        logs.extend(followed);
        Ok(logs)
    }

    async fn follow_open(&self, ids: Vec<IncidentId>, open: &[Incident], until: Duration) -> Vec<String> {
        let mut logs = Vec::new();
        if let Err(error) = self.raise_failures(open).await {
            logs.push(format!("whether attempts belong together could not be seen: {error}"));
        }
        let known: BTreeSet<&IncidentId> = open.iter().map(|one| &one.id).collect();
        let (there, gone): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| known.contains(id));
        for id in gone {
            if let Err(error) = self.clear_orphan(MARKER, id.as_str()).await {
                logs.push(format!("the mark of incident {id}, which is not there: {error}"));
            }
        }
        let whose: HashMap<IncidentId, TenantId> = open.iter().map(|one| (one.id.clone(), one.tenant_id)).collect();
        logs.extend(self.follow_all(there, &whose, until).await);
        logs
    }

    /// Goes over the incidents whenever something of one is due, until this time. A channel that does not answer holds up
    /// nothing but what goes to it: no incident waits for another one's pause. Returns what to log.
    async fn follow_all(
        &self,
        ids: Vec<IncidentId>,
        whose: &HashMap<IncidentId, TenantId>,
        until: Duration,
    ) -> Vec<String> {
        let pager = self.pager().await;
        let mut logs = Vec::new();
        let mut waiting: Vec<(IncidentId, Timestamp)> = ids.into_iter().map(|id| (id, Timestamp::MIN)).collect();
        loop {
            let now = self.clock.now();
            let (due, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, next)| *next <= now);
            let followed = futures::stream::iter(in_turn(self.rotated(due), |(id, _)| whose.get(id)))
                .map(|(id, _)| {
                    let pager = &pager;
                    async move {
                        match self.clock.monotonic() < until {
                            true => (pager.drive(&id).await, id),
                            false => (Ok(None), id),
                        }
                    }
                })
                .buffer_unordered(AT_ONCE);
            waiting = later;
            for (followed, id) in followed.collect::<Vec<_>>().await {
                match followed {
                    Ok(next) => waiting.extend(next.map(|next| (id, next))),
                    Err(error) => logs.push(format!("incident {id}: {error}; the next tick goes on")),
                }
            }
            let Some(soonest) = waiting.iter().map(|(_, next)| *next).min() else { return logs };
            let pause = soonest.duration_since(self.clock.now()).max(SignedDuration::ZERO).unsigned_abs();
            if self.clock.monotonic() + pause >= until {
                return logs;
            }
            self.clock.sleep(pause.max(PAUSE_MIN)).await;
        }
    }

    /// Alerts of which nothing was made: whoever took them died. Returns what to log.
    async fn recover_alerts(&self, until: Duration) -> Result<Vec<String>, Error> {
        let marks = markers::list(&self.store, raw::MARKER).await?;
        let recovered = futures::stream::iter(marks)
            .map(|mark| async move {
                if self.clock.monotonic() >= until {
                    return None;
                }
                match self.recover_one(&mark).await {
                    Ok(true) => {
                        Some(format!("alert {mark} was left behind by a process that died, and was made up for"))
                    }
                    Ok(false) => None,
                    Err(error) => Some(format!("alert {mark} was left behind: {error}; the next tick tries again")),
                }
            })
            .buffer_unordered(AT_ONCE);
        Ok(recovered.collect::<Vec<_>>().await.into_iter().flatten().collect())
    }

    async fn recover_one(&self, mark: &str) -> Result<bool, Error> {
        let Some((path, _)) = raw::marked(mark) else {
            markers::clear(&self.store, raw::MARKER, mark).await?;
            return Ok(false);
        };
        let Some(kept) = self.store.read::<RawAlert>(&path).await? else {
            self.clear_orphan(raw::MARKER, mark).await?;
            return Ok(false);
        };
        // The same bytes may have come before, and been made something of: the mark is that of the latest.
        let Some(marked) = self.store.read::<Marked>(&format!("open/{}/{mark}", raw::MARKER)).await? else {
            return Ok(false);
        };
        let received = marked.value.at.max(kept.value.received);
        if self.clock.now().duration_since(received) < RECOVER_AFTER {
            return Ok(false);
        }
        self.recover_alert(mark, received).await?;
        Ok(true)
    }

    async fn clear_orphan(&self, kind: &str, id: &str) -> Result<(), Error> {
        let marked = self.store.read::<Marked>(&format!("open/{kind}/{id}")).await?;
        if marked.is_some_and(|marked| marked.value.at + ORPHANED_AFTER <= self.clock.now()) {
            markers::clear(&self.store, kind, id).await?;
            // Whoever wrote what it stands for in between has found the mark still there.
            if let (MARKER, Ok(incident)) = (kind, id.parse::<IncidentId>()) {
                self.pager().await.mark_if_open(&incident).await?;
            }
        }
        Ok(())
    }

    /// Many attempts in a short time are worse than each of them.
    async fn raise_failures(&self, open: &[Incident]) -> Result<(), Error> {
        if open.len() < FAILURES_MIN {
            return Ok(());
        }
        let mut attempts: BTreeMap<String, Vec<(Timestamp, &Incident)>> = BTreeMap::new();
        for incident in open {
            let failed = |code: &str| code != "0";
            let is_attempt = incident.kind == Kind::SignIn
                && !incident.test
                && incident.sign_ins.last().and_then(|one| one.result.as_deref()).is_some_and(failed);
            if let (true, [account]) = (is_attempt && incident.status != Status::Closed, incident.accounts.as_slice()) {
                let at = incident.occurred_at.unwrap_or(incident.opened_at);
                let whose = format!("{} {}", incident.tenant_id, account.id);
                attempts.entry(whose).or_default().push((at, incident));
            }
        }
        for (_, mut of_one) in attempts {
            of_one.sort_by_key(|(at, _)| *at);
            let burst = of_one.windows(FAILURES_MIN).rev().find(|burst| match (burst.first(), burst.last()) {
                (Some((first, _)), Some((last, _))) => last.duration_since(*first) <= FAILURES_WITHIN,
                _ => false,
            });
            // One of them says it for all.
            let said =
                |burst: &&[(Timestamp, &Incident)]| burst.iter().any(|(_, one)| one.severity == Severity::Critical);
            let Some((_, last)) = burst.filter(|burst| !said(burst)).and_then(|burst| burst.last()) else { continue };
            let why =
                format!("{FAILURES_MIN} or more attempts on this account within {} minutes", FAILURES_WITHIN.as_mins());
            let pager = self.pager().await;
            pager.happen(&last.id, &Event::Raise { severity: Severity::Critical, why }).await?;
        }
        Ok(())
    }

    /// Deletes the bytes of alerts that are older than a quarter of a year; what was made of them stays.
    pub(crate) async fn sweep_alerts(&self, last: Option<Timestamp>, now: Timestamp) -> Result<(), Error> {
        /// How long an alert's bytes are kept: an inquiry comes within weeks, and drills are compared over 90 days.
        const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 100);
        if last.is_none_or(|last| hourly::folder(raw::ALERTS, last) != hourly::folder(raw::ALERTS, now)) {
            hourly::sweep(&self.store, raw::ALERTS, now - KEPT_FOR).await?;
        }
        Ok(())
    }
}

/// In the same order, but one of each customer, then another of each: a thousand alerts in one customer keep nobody
/// waiting in another.
fn in_turn<T, W: Hash + Eq>(all: Vec<T>, whose: impl Fn(&T) -> W) -> Vec<T> {
    let mut turns: HashMap<W, usize> = HashMap::new();
    let mut numbered: Vec<(usize, T)> = Vec::with_capacity(all.len());
    for one in all {
        let turn = turns.entry(whose(&one)).or_default();
        numbered.push((*turn, one));
        *turn += 1;
    }
    numbered.sort_by_key(|(turn, _)| *turn);
    numbered.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::in_turn;

    #[test]
    fn a_flood_in_one_customer_leaves_the_others_their_turn() {
        let all = ["a1", "a2", "a3", "b1", "a4", "c1", "b2"].to_vec();
        assert_eq!(in_turn(all, |one| one.as_bytes()[0]), ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]);
        assert_eq!(in_turn(Vec::<&str>::new(), |one| one.len()), [""; 0]);
    }
}
