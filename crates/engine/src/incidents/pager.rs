//! Sending: claimed in the stored document before, settled in it after. What a process that dies leaves claimed, another
//! one sends again when the claim has run out.

use super::compose;
use super::document::{IncidentDocument, MARKER, lead, path};
use super::policy::chain;
use crate::notices::Outbox;
use crate::{drills, told};
use access::config::Config;
use access::incidents::{
    Claimed, Event, Incident, IncidentId, Outcome, PageRecord, Stage, Status, What, advance, apply, claim, next_due,
    settle,
};
use futures::StreamExt;
use futures::channel::mpsc;
use futures::future::{join, join_all};
use jiff::Timestamp;
use notify::{Sent, next_attempt};
use outside::{Clock, Random};
use std::sync::Arc;
use std::time::Duration;
use store::{Document, Kept, Store, UPDATE_ATTEMPTS_MAX};

/// How often in a row one incident is looked at: each time something of it became due by what was done before.
const ROUNDS_MAX: usize = 8;

/// The pauses between attempts to write down how a message ended; together shorter than the claim on it.
const SETTLE_PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(4)];

/// When a marker was set.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Marked {
    pub(super) at: Timestamp,
}

impl Document for Marked {
    const V: u32 = 1;
}

/// Everything that it takes to send an incident's pages. It outlives the call that made it: an alert is answered while a
/// slow channel is still being told.
#[derive(Clone)]
pub(crate) struct Pager {
    pub(super) config: Arc<Config>,
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    /// `None`: this process sends nothing.
    pub(super) outbox: Option<Arc<Outbox>>,
    /// Makes the addresses of the pages where people answer; `None`: nobody knows at which address we are reached.
    pub(super) links: Option<super::link::Links>,
}

/// One message and how its attempt ended.
type Ended = (Claimed, Sent);

impl Pager {
    /// Brings one incident up to now: pages that are due are made, claimed, sent and settled. The answer is when it is to
    /// be looked at next; `None`: by time alone never.
    pub(super) async fn drive(&self, id: &IncidentId) -> Result<Option<Timestamp>, store::Error> {
        for _ in 0..ROUNDS_MAX {
            let Some(kept) = self.store.read::<IncidentDocument>(&path(id)).await? else { return Ok(None) };
            let is_open = kept.value.0.status != Status::Closed;
            // A drill covers one sign-in: whoever is first takes it, every other one was not announced.
            if is_open && kept.value.0.drill.is_some() && !drills::take(&self.store, &kept.value.0).await? {
                self.happen(id, &Event::NoDrill).await?;
                continue;
            }
            let leads = self.is_paged_elsewhere(&kept.value.0).await?;
            let mut incident = kept.value.0.clone();
            let claimed = self.make(&mut incident, leads);
            let kept = if incident == kept.value.0 {
                kept
            } else {
                match self.store.replace(&kept, IncidentDocument(incident)).await {
                    Ok(kept) => kept,
                    // Somebody else is at it.
                    Err(store::Error::Conflict) => continue,
                    Err(error) => return Err(error),
                }
            };
            if claimed.is_empty() {
                if has_no_mark(&kept.value.0) {
                    self.unmark(id).await?;
                }
                return Ok(self.next(&kept.value.0, leads));
            }
            let others = self.announced(&kept.value.0).await?;
            self.send_and_settle(kept, &others, claimed).await?;
        }
        Ok(Some(self.clock.now()))
    }

    /// Looks after one incident until this time (of the monotonic clock), sleeping until something of it is due.
    pub(super) async fn drive_until(&self, id: &IncidentId, until: Duration) -> Result<(), store::Error> {
        loop {
            let Some(next) = self.drive(id).await? else { return Ok(()) };
            let pause = next.duration_since(self.clock.now()).max(jiff::SignedDuration::ZERO).unsigned_abs();
            if self.clock.monotonic() + pause >= until {
                return Ok(());
            }
            self.clock.sleep(pause.max(Duration::from_millis(10))).await;
        }
    }

    /// Makes what is due and claims it, in memory.
    pub(super) fn make(&self, incident: &mut Incident, leads: bool) -> Vec<Claimed> {
        let now = self.clock.now();
        advance(incident, &chain(&self.config, incident.tenant_id), &self.config.paging, leads, now);
        if self.outbox.is_some() { claim(incident, now) } else { Vec::new() }
    }

    /// Sends what was claimed, and notes each outcome as it comes. `kept` is the document with the claims in it. What
    /// cannot be noted of one channel stops no other one from being told.
    pub(super) async fn send_and_settle(
        &self,
        kept: Kept<IncidentDocument>,
        others: &[Incident],
        claimed: Vec<Claimed>,
    ) -> Result<Kept<IncidentDocument>, store::Error> {
        let incident = kept.value.0.clone();
        let (ended, mut ends) = mpsc::unbounded();
        let sending = async {
            let ended = ended;
            let send = |claimed| async {
                // Whoever notes the ends outlives the sending.
                let _ = ended.unbounded_send(self.send(&incident, others, claimed).await);
            };
            join_all(claimed.into_iter().map(send)).await;
        };
        let settling = async {
            let (mut kept, mut failed) = (kept, None);
            while let Some(ended) = ends.next().await {
                match self.settle_for_sure(&kept, &ended).await {
                    Ok(settled) => kept = settled,
                    Err(error) => failed = Some(error),
                }
            }
            failed.map_or(Ok(kept), Err)
        };
        join(sending, settling).await.1
    }

    /// Writes down how an attempt ended, and tries again for a while: what is not written down is sent once more.
    async fn settle_for_sure(
        &self,
        kept: &Kept<IncidentDocument>,
        ended: &Ended,
    ) -> Result<Kept<IncidentDocument>, store::Error> {
        let mut settled = self.settle(kept.clone(), ended).await;
        for pause in SETTLE_PAUSES {
            if settled.is_ok() {
                break;
            }
            self.clock.sleep(pause).await;
            settled = self.settle(kept.clone(), ended).await;
        }
        settled
    }

    /// Sends one message, once.
    pub(super) async fn send(&self, incident: &Incident, others: &[Incident], claimed: Claimed) -> Ended {
        let Some(outbox) = &self.outbox else {
            return (claimed, Sent::Later { why: "this process sends nothing".into(), after: None, unclear: false });
        };
        let sent = match outbox.channels.get(&claimed.channel) {
            Some(Ok(channel)) => {
                let display = self.display(incident);
                let link = self.links.as_ref().map(|links| links.page(&incident.id));
                let page = compose::page(incident, others, &claimed, &display, link);
                notify::send_page(&outbox.ways, channel, &page, self.clock.now()).await
            }
            Some(Err(why)) => Sent::Later { why: why.clone(), after: None, unclear: false },
            None => Sent::Never { why: "there is no such channel in the configuration any more".into() },
        };
        if let Sent::Later { why, .. } | Sent::Never { why } = &sent {
            tracing::warn!(incident = %incident.id, channel = claimed.channel, why, "a page was not taken");
        } else {
            tracing::info!(incident = %incident.id, channel = claimed.channel, what = ?claimed.what, "a page was taken");
            let is_first = |page: &PageRecord| page.channel == claimed.channel && page.number < claimed.number;
            if claimed.what == What::Page && !incident.pages.iter().any(is_first) {
                told::paged(incident, &claimed.channel, self.clock.now());
            }
        }
        (claimed, sent)
    }

    /// Writes down how an attempt ended.
    async fn settle(
        &self,
        kept: Kept<IncidentDocument>,
        ended: &Ended,
    ) -> Result<Kept<IncidentDocument>, store::Error> {
        let (claimed, sent) = ended;
        let fraction = self.random.fraction();
        let now = self.clock.now();
        self.change(kept, |incident| {
            let outcome = incident.pages.iter().find(|page| page.number == claimed.number).map(|page| match sent {
                Sent::Taken => Outcome::Taken,
                Sent::Never { why } => Outcome::Never { why: why.clone() },
                Sent::Later { why, after, unclear } => Outcome::Later {
                    next: next_attempt(page.made, page.attempts, fraction, *after, now),
                    why: why.clone(),
                    unclear: *unclear,
                },
            });
            if let Some(outcome) = outcome {
                settle(incident, claimed.number, &outcome, now);
            }
        })
        .await
    }

    /// Changes what is stored, beginning with what is believed to be there.
    pub(super) async fn change(
        &self,
        mut kept: Kept<IncidentDocument>,
        mut change: impl FnMut(&mut Incident),
    ) -> Result<Kept<IncidentDocument>, store::Error> {
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let mut incident = kept.value.0.clone();
            change(&mut incident);
            if incident == kept.value.0 {
                return Ok(kept);
            }
            match self.store.replace(&kept, IncidentDocument(incident)).await {
                Err(store::Error::Conflict) => {}
                done => return done,
            }
            let path = kept.path.clone();
            let read = self.store.read::<IncidentDocument>(&path).await?;
            kept = read.ok_or_else(|| store::Error::Invalid(format!("{path} was there and is not")))?;
        }
        Err(store::Error::Conflict)
    }

    /// Lets this happen to an incident, as it is stored; a refusal counts as nothing to do. One that was done with has no
    /// mark: where there is something to do again it is marked before, so that nobody who dies leaves it behind, and after,
    /// since the timer may just have found it done with and be about to take the mark away.
    pub(super) async fn happen(&self, id: &IncidentId, event: &Event) -> Result<(), store::Error> {
        let Some(kept) = lead(&self.store, id).await? else { return Ok(()) };
        let now = self.clock.now();
        let begins_again = |before: &Incident, after: &Incident| has_no_mark(before) && !has_no_mark(after);
        if apply(&kept.value.0, event, now).is_ok_and(|next| begins_again(&kept.value.0, &next)) {
            self.mark(&kept.value.0.id).await?;
        }
        let mut began_again = false;
        let changed = self.change(kept, |incident| {
            if let Ok(next) = apply(incident, event, now) {
                began_again = begins_again(incident, &next);
                *incident = next;
            }
        });
        let changed = changed.await?;
        if began_again { self.mark(&changed.value.0.id).await } else { Ok(()) }
    }

    /// Whether people are being paged for the incident in whose pages this one is named.
    async fn is_paged_elsewhere(&self, incident: &Incident) -> Result<bool, store::Error> {
        let Some(lead) = &incident.with else { return Ok(false) };
        let lead = self.store.read::<IncidentDocument>(&path(lead)).await?.map(|kept| kept.value.0);
        let is_going = |stage: &Stage| !stage.ended;
        Ok(lead.is_some_and(|lead| lead.status == Status::Open && lead.stage.as_ref().is_none_or(is_going)))
    }

    /// The other incidents that this one's pages name, and that nobody has answered yet.
    async fn announced(&self, incident: &Incident) -> Result<Vec<Incident>, store::Error> {
        let mut others = Vec::new();
        for id in &incident.announces {
            if let Some(kept) = self.store.read::<IncidentDocument>(&path(id)).await? {
                others.push(kept.value.0);
            }
        }
        others.retain(|other| other.status == Status::Open || incident.status != Status::Open);
        Ok(others)
    }

    fn next(&self, incident: &Incident, leads: bool) -> Option<Timestamp> {
        let of_page = |page: &PageRecord| page.claimed.map_or(page.next, |until| until.max(page.next));
        let pages = incident.pages.iter().filter(|page| !page.is_over()).map(of_page);
        let stage = next_due(incident, &chain(&self.config, incident.tenant_id)).filter(|_| !leads);
        pages.filter(|_| self.outbox.is_some()).chain(stage).min()
    }

    /// What people call the customer.
    fn display(&self, incident: &Incident) -> String {
        let customer = self.config.customer_of(incident.tenant_id);
        customer.map_or_else(|| incident.customer.clone(), |customer| customer.display_name.clone())
    }

    /// Marks an incident as work for the timer.
    pub(super) async fn mark(&self, id: &IncidentId) -> Result<(), store::Error> {
        match self.store.create(&format!("open/{MARKER}/{id}"), Marked { at: self.clock.now() }).await {
            Ok(_) | Err(store::Error::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes the mark away from an incident that is done with, and looks once more: whoever changed it in between found the
    /// mark still there.
    pub(super) async fn unmark(&self, id: &IncidentId) -> Result<(), store::Error> {
        store::markers::clear(&self.store, MARKER, id.as_str()).await?;
        self.mark_if_open(id).await
    }

    /// Marks an incident that is there and has something left to do.
    pub(super) async fn mark_if_open(&self, id: &IncidentId) -> Result<(), store::Error> {
        let again = self.store.read::<IncidentDocument>(&path(id)).await?;
        match again.is_some_and(|again| !has_no_mark(&again.value.0)) {
            true => self.mark(id).await,
            false => Ok(()),
        }
    }
}

/// Whether there is nothing left that the timer would do.
fn has_no_mark(incident: &Incident) -> bool {
    incident.is_done() && !incident.owes_journal()
}
