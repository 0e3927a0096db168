//! An alert comes in: its bytes are stored, what it is about is opened with the first page claimed in the same write, and
//! people are paged. Two operations on the store, one after the other, lie between its arrival and the first page.

use super::api::{AlertCall, Taken, Untaken};
use super::document::{IncidentDocument, MARKER, path};
use super::link::{Known, Links};
use super::pager::{Marked, Pager};
use super::raw::{self, RawAlert};
use super::read::read;
use crate::Engine;
use crate::drills::{self, DrillDocument};
use access::alerts::{Delivery, Reading};
use access::incidents::{Circumstances, Claimed, Event, Incident, IncidentId, Opening, apply, openings};
use futures::future::{Either, join, join_all, select};
use jiff::Timestamp;
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
    lost: Vec<Lost>,
}

/// An opening that could not be stored.
struct Lost {
    opening: Opening,
    why: store::Error,
    /// Whether the incident is there, and only what this alert adds to it is not: people were paged for it.
    is_known: bool,
}

/// What the first operations on the store came to.
struct Stored {
    /// The drill that is announced for the customer.
    drill: Option<access::incidents::Drill>,
    /// Whether one of the marks was there before: it may be an old one that somebody is taking away just now.
    marked_before: bool,
}

impl Engine {
    /// Takes an alert: stores it, opens what it is about, pages. See [`Untaken`] for an alert that is not stored: whoever
    /// sent it is to send it again.
    pub async fn take_alert(&self, call: &AlertCall<'_>) -> Result<super::Heard, Untaken> {
        let received = self.clock.now();
        let until = self.clock.monotonic() + STORE_WITHIN;
        let id = raw::id(call.customer, call.body);
        let around = self.circumstances(call.customer, &id, received);
        let delivery = Delivery { body: call.body, content_type: call.content_type, headers: call.headers };
        let alert = match read(&delivery, around.customer, call.lost_its_body) {
            Reading::Alert(alert) => alert,
            Reading::Validation { code } => return Ok(super::Heard::Validation(code)),
            Reading::Refused(why) => return Ok(super::Heard::Nothing(why)),
        };
        let found = openings(&alert, &around);
        let mut pager = self.pager_with(None);
        let links = async { Ok(self.known_incident_links().await) };
        let stored = self.store_alert(call, &id, received, &found);
        let (stored, links) = join(pager.in_time(until, stored), pager.in_time(until, links)).await;
        let stored = match stored {
            Ok(stored) => stored,
            Err(error) => {
                let why = error.to_string();
                tracing::error!(alert = id, customer = call.customer, why, "an alert could not be stored");
                let telling = self.process.begin(self.tell_from_memory(pager, &id, found));
                select(telling, self.clock.sleep(ANSWER_WITHIN)).await;
                return Err(Untaken(why));
            }
        };
        // Whether a drill covers it changes how it looks, never which incident it is.
        let found = match &stored.drill {
            Some(drill) => openings(&alert, &Circumstances { drill: Some(drill), ..around }),
            None => found,
        };
        // Those who were told of it while it could not be stored are told again, now that they can answer.
        let again = self.was_told(&id, &found);
        let links = async { Ok(self.make_incident_links(links.unwrap_or(Known::None)).await) };
        let (opened, links) = join(pager.open(found, again, until), pager.in_time(until, links)).await;
        pager.links = links.ok().flatten();
        let taken = Taken { id: id.clone(), incidents: opened.ids.clone() };
        let mark = raw::mark(&id, received);
        // The timer makes them once the store answers again, which may be long after.
        let unheard = opened.lost.iter().filter(|lost| !lost.is_known).map(|lost| lost.opening.clone()).collect();
        let telling = self.tell_from_memory(pager.clone(), &id, unheard);
        let work = self.process.begin(async move {
            join(pager.finish(opened, &mark, stored.marked_before), telling).await;
        });
        // Dropping the handle stops nothing: the work goes on as long as the process does.
        select(work, self.clock.sleep(ANSWER_WITHIN)).await;
        Ok(super::Heard::Taken(taken))
    }

    /// An alert of which nothing was made although it was stored a while ago: whoever took it has died. `received` is when it
    /// came, as its mark says: the same bytes may have come before, and those are stored once an hour.
    pub(super) async fn recover_alert(&self, mark: &str, received: Timestamp) -> Result<(), store::Error> {
        let Some((path, id)) = raw::marked(mark) else { return Ok(()) };
        let Some(kept) = self.store.read::<RawAlert>(&path).await? else { return Ok(()) };
        let alert = kept.value;
        let around = self.circumstances(&alert.customer, id, received);
        let drill = match around.customer {
            Some(customer) => drills::read(&self.store, customer.tenant_id).await?,
            None => None,
        };
        let around = Circumstances { drill: drill.as_ref(), ..around };
        let found = alert.openings(&around);
        let pager = self.pager().await;
        for opening in &found {
            pager.mark(&opening.id).await?;
        }
        // Whoever died may have paged from memory.
        let opened = pager.open(found, true, self.clock.monotonic() + STORE_WITHIN).await;
        let lost = opened.lost.first().map(|lost| lost.why.clone());
        pager.page(opened, mark, false).await;
        lost.map_or(Ok(()), Err)
    }

    /// What sends pages for this engine.
    pub(super) async fn pager(&self) -> Pager {
        self.pager_with(self.incident_links().await)
    }

    fn pager_with(&self, links: Option<Links>) -> Pager {
        Pager {
            config: self.config.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            outbox: self.outbox.clone(),
            links,
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
    ) -> Result<Stored, store::Error> {
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
        let marks = marks.into_iter().collect::<Result<Vec<bool>, _>>()?;
        let drill = drill.ok().flatten().and_then(|kept| kept.value.announced);
        Ok(Stored { drill, marked_before: marks.contains(&false) })
    }
}

/// Whether it was written now: a document that is there already is as good as written.
fn created<T>(written: Result<T, store::Error>) -> Result<bool, store::Error> {
    match written {
        Ok(_) => Ok(true),
        Err(store::Error::Conflict) => Ok(false),
        Err(error) => Err(error),
    }
}

impl Pager {
    /// What an operation on the store comes to, if it does by this time (of the monotonic clock).
    async fn in_time<T>(
        &self,
        until: Duration,
        work: impl Future<Output = Result<T, store::Error>>,
    ) -> Result<T, store::Error> {
        let left = until.saturating_sub(self.clock.monotonic());
        match select(pin!(work), self.clock.sleep(left)).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => {
                let why = format!("the store did not answer within {} s", STORE_WITHIN.as_secs());
                Err(store::Error::Unavailable(why))
            }
        }
    }

    /// Creates the incidents that are new, each with its first pages claimed, and adds to those that are known. `again`
    /// says that somebody may have paged for them before.
    async fn open(&self, found: Vec<Opening>, again: bool, until: Duration) -> Opened {
        let opening = found.into_iter().map(|opening| async move {
            let id = opening.id.clone();
            (id, self.open_one(opening, again, until).await)
        });
        let mut opened = Opened::default();
        for (id, one) in join_all(opening).await {
            opened.ids.push(id);
            match one {
                Ok(Some(new)) => opened.new.push(new),
                Ok(None) => {}
                Err(lost) => opened.lost.push(*lost),
            }
        }
        opened
    }

    async fn open_one(&self, opening: Opening, again: bool, until: Duration) -> Result<Option<New>, Box<Lost>> {
        let mut incident = opening.clone();
        let mut claimed = self.make(&mut incident, false);
        if again {
            incident.pages.iter_mut().for_each(|page| page.may_repeat = true);
            claimed.iter_mut().for_each(|page| page.may_repeat = true);
        }
        let path = path(&opening.id);
        match self.in_time(until, self.store.create(&path, IncidentDocument(incident))).await {
            Ok(kept) => Ok(Some(New { kept, claimed })),
            Err(store::Error::Conflict) => match self.in_time(until, self.hear(&opening)).await {
                Ok(()) => Ok(None),
                Err(why) => Err(Box::new(Lost { opening, why, is_known: true })),
            },
            Err(why) => Err(Box::new(Lost { opening, why, is_known: false })),
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

    /// Pages for what is new, and tries again for a while what channels did not take.
    async fn finish(&self, opened: Opened, mark: &str, marked_before: bool) {
        let until = self.clock.monotonic() + GO_ON_FOR;
        let new = self.page(opened, mark, marked_before).await;
        let driven = new.iter().map(|id| async move {
            if let Err(error) = self.drive_until(id, until).await {
                tracing::warn!(incident = %id, %error, "an incident could not be looked after; the timer goes on");
            }
        });
        join_all(driven).await;
    }

    /// Pages for what is new: one message for all of it. Meanwhile the alert is done with, unless something could not be
    /// made of it. The answer is what is new.
    async fn page(&self, opened: Opened, mark: &str, marked_before: bool) -> Vec<IncidentId> {
        for lost in &opened.lost {
            let (incident, why) = (&lost.opening.id, lost.why.to_string());
            tracing::error!(%incident, why, "an incident could not be stored; the timer makes it from the alert");
        }
        let new: Vec<IncidentId> = opened.new.iter().map(|new| new.kept.value.0.id.clone()).collect();
        let done_with = async {
            if !opened.lost.is_empty() {
                return Ok(());
            }
            if marked_before {
                // An old mark may have been taken away before the incident was there to be seen.
                for id in &new {
                    self.mark(id).await?;
                }
            }
            // The incidents are stored, and need the alert no more.
            store::markers::clear(&self.store, raw::MARKER, mark).await
        };
        let (paged, cleared) = join(self.page_together(opened.new), done_with).await;
        if let Err(error) = paged.and(cleared) {
            tracing::warn!(%error, "what became of a page could not be stored; the timer goes on");
        }
        new
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
        Ok(())
    }
}
