//! An alert comes in: its bytes are stored, what it is about is opened with the first page claimed in the same write, and
//! people are paged. Two operations on the store, one after the other, lie between its arrival and the first page.

use super::api::{AlertCall, Taken, Untaken};
use super::document::{IncidentDocument, MARKER, path};
use super::pager::{Marked, Pager};
use super::raw::{self, RawAlert};
use super::read::read;
use crate::Engine;
use crate::drills::{self, DrillDocument};
use access::alerts::{Delivery, Reading};
use access::incidents::{Circumstances, Claimed, Event, Incident, IncidentId, Opening, apply, openings};
use futures::future::{Either, join_all, select};
use jiff::Timestamp;
use notify::Sent;
use std::pin::pin;
use std::time::Duration;
use store::{Kept, UPDATE_ATTEMPTS_MAX};

/// How long storing an alert may take in all. Whoever sends it waits for about ten seconds, and gives up after a minute.
const STORE_WITHIN: Duration = Duration::from_secs(2);

/// How long the answer waits for the channels. A host that freezes the process after the answer sends what is left at the
/// timer's next tick.
const ANSWER_WITHIN: Duration = Duration::from_millis(1500);

/// How long a process that is not frozen goes on after the answer: the first repetitions follow within seconds.
const GO_ON_FOR: Duration = Duration::from_secs(40);

/// How many alerts that could not be stored are remembered, so that their repetitions page nobody twice.
const REMEMBERED_MAX: usize = 1000;

/// An incident that did not exist before, and what is to be sent of it.
pub(super) struct New {
    pub(super) kept: Kept<IncidentDocument>,
    pub(super) claimed: Vec<Claimed>,
}

/// What became of the openings of one alert.
#[derive(Default)]
struct Opened {
    ids: Vec<IncidentId>,
    new: Vec<New>,
    /// Those that could not be stored.
    lost: Vec<(Opening, String)>,
}

impl Engine {
    /// Takes an alert: stores it, opens what it is about, pages. See [`Untaken`] for an alert that is not stored: whoever
    /// sent it is to send it again.
    pub async fn take_alert(&self, call: &AlertCall<'_>) -> Result<super::Heard, Untaken> {
        let received = self.clock.now();
        let id = raw::id(call.customer, call.body);
        let around = self.circumstances(call.customer, &id, received);
        let delivery = Delivery { body: call.body, content_type: call.content_type, headers: call.headers };
        let alert = match read(&delivery, around.customer, call.lost_its_body) {
            Reading::Alert(alert) => alert,
            Reading::Validation { code } => return Ok(super::Heard::Validation(code)),
            Reading::Refused(why) => return Ok(super::Heard::Nothing(why)),
        };
        let found = openings(&alert, &around);
        let pager = self.pager().await;
        let stored = {
            let stored = pin!(self.store_alert(call, &id, received, &found));
            match select(stored, self.clock.sleep(STORE_WITHIN)).await {
                Either::Left((stored, _)) => stored.map_err(|error| error.to_string()),
                Either::Right(_) => Err(format!("the store did not answer within {} s", STORE_WITHIN.as_secs())),
            }
        };
        let drill = match stored {
            Ok(drill) => drill,
            Err(why) => {
                tracing::error!(alert = id, customer = call.customer, why, "an alert could not be stored");
                self.page_from_memory(&pager, &id, found).await;
                return Err(Untaken(why));
            }
        };
        // Whether a drill covers it changes how it looks, never which incident it is.
        let found = match &drill {
            Some(drill) => openings(&alert, &Circumstances { drill: Some(drill), ..around }),
            None => found,
        };
        let opened = pager.open(found, false).await;
        let taken = Taken { id: id.clone(), incidents: opened.ids.clone() };
        let mark = raw::mark(&id, received);
        let work = tokio::spawn(async move { pager.finish(opened, Some(&mark)).await });
        // Dropping the handle stops nothing: the work goes on as long as the process does.
        select(work, self.clock.sleep(ANSWER_WITHIN)).await;
        Ok(super::Heard::Taken(taken))
    }

    /// An alert of which nothing was made although it was stored a while ago: whoever took it has died.
    pub(super) async fn recover_alert(&self, mark: &str) -> Result<(), store::Error> {
        let Some((path, id)) = raw::marked(mark) else { return Ok(()) };
        let Some(kept) = self.store.read::<RawAlert>(&path).await? else { return Ok(()) };
        let alert = kept.value;
        let drill = match self.config.customers.iter().find(|customer| customer.name == alert.customer) {
            Some(customer) => drills::read(&self.store, customer.tenant_id).await?,
            None => None,
        };
        let around = Circumstances { drill: drill.as_ref(), ..self.circumstances(&alert.customer, id, alert.received) };
        let found = alert.openings(&around);
        let pager = self.pager().await;
        for opening in &found {
            pager.mark(&opening.id).await?;
        }
        // Whoever died may have paged from memory.
        let opened = pager.open(found, true).await;
        if let Some((_, why)) = opened.lost.first() {
            return Err(store::Error::Unavailable(why.clone()));
        }
        pager.finish(opened, Some(mark)).await;
        Ok(())
    }

    /// What sends pages for this engine.
    pub(super) async fn pager(&self) -> Pager {
        Pager {
            config: self.config.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            outbox: self.outbox.clone(),
            links: self.incident_links().await,
        }
    }

    pub(super) fn circumstances<'a>(&'a self, name: &'a str, raw: &'a str, received: Timestamp) -> Circumstances<'a> {
        let customer = self.customer(name).ok();
        let tenant = customer.map_or(self.config.partner.tenant_id, |customer| customer.tenant_id);
        Circumstances { customer, name, tenant, raw, received, drill: None }
    }

    /// Everything that can be written before it is known what is new, at once: the bytes, the marks. The answer is the
    /// drill that is announced for the customer; one that cannot be read announces nothing.
    async fn store_alert(
        &self,
        call: &AlertCall<'_>,
        id: &str,
        received: Timestamp,
        found: &[Opening],
    ) -> Result<Option<access::incidents::Drill>, store::Error> {
        let alert = RawAlert::new(call, received);
        let mark = format!("open/{}/{}", raw::MARKER, raw::mark(id, received));
        let marks = found.iter().map(|opening| format!("open/{MARKER}/{}", opening.id)).chain([mark]);
        let marks =
            join_all(marks.map(|mark| async move { created(self.store.create(&mark, Marked { at: received }).await) }));
        let tenant = self.customer(call.customer).ok().map(|customer| customer.tenant_id);
        let drill = async {
            match tenant {
                Some(tenant) => self.store.read::<DrillDocument>(&drills::path(tenant)).await,
                None => Ok(None),
            }
        };
        let path = raw::path(id, received);
        let (stored, marks, drill) = tokio::join!(self.store.create(&path, alert), marks, drill);
        created(stored)?;
        marks.into_iter().collect::<Result<Vec<()>, _>>()?;
        Ok(drill.ok().flatten().and_then(|kept| kept.value.announced))
    }

    /// The store does not answer, and somebody may be in: people hear of it from what is in memory. Once, however often
    /// the alert is sent again.
    async fn page_from_memory(&self, pager: &Pager, id: &str, found: Vec<Opening>) {
        {
            let mut remembered = self.unstored.lock().expect("nobody panics while holding it");
            if remembered.contains(id) {
                return;
            }
            if remembered.len() >= REMEMBERED_MAX {
                remembered.clear();
            }
            remembered.insert(id.to_owned());
        }
        let mut taken = false;
        let mut found = found;
        let claims: Vec<Vec<Claimed>> = found.iter_mut().map(|one| pager.make(one, false)).collect();
        if let (Some((lead, others)), Some(claimed)) = (found.split_first(), claims.into_iter().next()) {
            let send = |claimed: Claimed| {
                let note = "our store does not answer: this page may come again, and cannot be acknowledged here yet";
                pager.send(lead, others, Claimed { note: Some(note.into()), may_repeat: true, ..claimed })
            };
            let sending = join_all(claimed.into_iter().map(send));
            if let Either::Left((ended, _)) = select(pin!(sending), self.clock.sleep(ANSWER_WITHIN)).await {
                taken = ended.iter().any(|(_, sent)| *sent == Sent::Taken);
            }
        }
        if !taken {
            // Nobody heard: the repetition of the alert tries again.
            self.unstored.lock().expect("nobody panics while holding it").remove(id);
        }
    }
}

/// A document that is there already is as good as written.
fn created<T>(written: Result<T, store::Error>) -> Result<(), store::Error> {
    match written {
        Ok(_) | Err(store::Error::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}

impl Pager {
    /// Creates the incidents that are new, each with its first pages claimed, and adds to those that are known. `again`
    /// says that somebody may have paged for them before.
    async fn open(&self, found: Vec<Opening>, again: bool) -> Opened {
        let opening = found.into_iter().map(|opening| async move {
            let id = opening.id.clone();
            (id, self.open_one(opening, again).await)
        });
        let mut opened = Opened::default();
        for (id, one) in join_all(opening).await {
            opened.ids.push(id);
            match one {
                Ok(Some(new)) => opened.new.push(new),
                Ok(None) => {}
                Err((opening, error)) => opened.lost.push((*opening, error.to_string())),
            }
        }
        opened
    }

    async fn open_one(&self, opening: Opening, again: bool) -> Result<Option<New>, (Box<Opening>, store::Error)> {
        let mut incident = opening.clone();
        let mut claimed = self.make(&mut incident, false);
        if again {
            incident.pages.iter_mut().for_each(|page| page.may_repeat = true);
            claimed.iter_mut().for_each(|page| page.may_repeat = true);
        }
        match self.store.create(&path(&opening.id), IncidentDocument(incident)).await {
            Ok(kept) => Ok(Some(New { kept, claimed })),
            Err(store::Error::Conflict) => match self.hear(&opening).await {
                Ok(()) => Ok(None),
                Err(error) => Err((Box::new(opening), error)),
            },
            Err(error) => Err((Box::new(opening), error)),
        }
    }

    /// The incident is known: one more road on which it came.
    async fn hear(&self, opening: &Opening) -> Result<(), store::Error> {
        let event = Event::Heard(Box::new(opening.clone()));
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            match self.happen(&opening.id, &event).await {
                Err(store::Error::Conflict) => {}
                done => return done,
            }
        }
        Err(store::Error::Conflict)
    }

    /// Pages for what is new: one message for all of it. Then the alert needs nobody's attention any more, and what channels
    /// did not take is tried again for a while.
    async fn finish(&self, opened: Opened, mark: Option<&str>) {
        let until = self.clock.monotonic() + GO_ON_FOR;
        for (opening, why) in &opened.lost {
            tracing::error!(incident = %opening.id, why, "an incident could not be stored; the timer makes it from the alert");
        }
        let new: Vec<IncidentId> = opened.new.iter().map(|new| new.kept.value.0.id.clone()).collect();
        if let (true, Some(mark)) = (opened.lost.is_empty(), mark) {
            // Beside the sending: the incidents are stored, and need the alert no more.
            let cleared = store::markers::clear(&self.store, raw::MARKER, mark);
            let (paged, cleared) = tokio::join!(self.page_together(opened.new), cleared);
            if let Err(error) = paged.and(cleared) {
                tracing::warn!(%error, "what became of a page could not be stored; the timer goes on");
            }
        } else if let Err(error) = self.page_together(opened.new).await {
            tracing::warn!(%error, "what became of a page could not be stored; the timer goes on");
        }
        let driven = new.iter().map(|id| async move {
            if let Err(error) = self.drive_until(id, until).await {
                tracing::warn!(incident = %id, %error, "an incident could not be looked after; the timer goes on");
            }
        });
        join_all(driven).await;
    }

    /// One page for everything that a single alert opened: the worst of it leads, and the others are named.
    pub(super) async fn page_together(&self, mut new: Vec<New>) -> Result<(), store::Error> {
        new.sort_by(|one, other| {
            let key = |new: &New| (new.claimed.is_empty(), new.kept.value.0.severity, new.kept.value.0.id.clone());
            key(one).cmp(&key(other))
        });
        let mut new = new.into_iter();
        let Some(lead) = new.next() else { return Ok(()) };
        // What is not due yet, or belongs to nobody, is looked after by itself.
        let with: Vec<New> = new.filter(|one| !one.claimed.is_empty()).collect();
        let others: Vec<Incident> = with.iter().map(|one| one.kept.value.0.clone()).collect();
        let lead_id = lead.kept.value.0.id.clone();
        let lead_incident = lead.kept.value.0.clone();
        let kept = self.send_and_settle(lead.kept, &others, lead.claimed).await?;
        if !others.is_empty() {
            // First the lead: whoever dies in between leaves the others claimed, and they are paged by themselves.
            let event = Event::Announces(others.iter().map(|other| other.id.clone()).collect());
            let now = self.clock.now();
            let happen = |event: Event| {
                move |incident: &mut Incident| {
                    if let Ok(next) = apply(incident, &event, now) {
                        *incident = next;
                    }
                }
            };
            self.change(kept, happen(event)).await?;
            for other in with {
                self.change(other.kept, happen(Event::With(lead_id.clone()))).await?;
            }
        }
        for incident in std::iter::once(&lead_incident).chain(&others).filter(|incident| incident.drill.is_some()) {
            self.take_drill(incident).await?;
        }
        Ok(())
    }

    /// A drill covers one sign-in: whoever is first takes it, every other one was not announced.
    async fn take_drill(&self, incident: &Incident) -> Result<(), store::Error> {
        match drills::take(&self.store, incident).await? {
            true => Ok(()),
            false => self.happen(&incident.id, &Event::NoDrill).await,
        }
    }
}
