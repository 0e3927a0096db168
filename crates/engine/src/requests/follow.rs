//! The minute timer's part: requests go on, end and are told of. A crash anywhere delays by a minute.

use super::document::{Marked, RequestDocument, marker, path};
use crate::notices::causes::Cause;
use crate::{Engine, Error, told};
use access::config::{Customer, NoticeKind};
use access::ids::TenantId;
use access::requests::{Due, Event, Progress, Request, RequestId, Status, due};
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// How many documents are read, and how many customers looked after, at a time.
const READ_AT_ONCE: usize = 16;
const CUSTOMERS_AT_ONCE: usize = 8;

/// A grant that is over for so long and not seen to be is told to people.
const OVERDUE_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// A marker without a request that is so old belongs to a process that died between the two.
const ORPHANED_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// A tick begins new work only for so long; the next one goes on.
const BEGIN_WITHIN: Duration = Duration::from_secs(40);

/// How long of that it looks at requests, so that more of them than it can look at keep it from no work.
const LOOK_WITHIN: Duration = Duration::from_secs(20);

/// How long tickets are told at least, however long the work took.
const TELL_WITHIN: Duration = Duration::from_secs(15);

impl Engine {
    /// `follow_requests`: one list where there is nothing to do. Returns what a person may want to know. An error is a
    /// failure of the store; what fails in one customer is told and does not stop the others.
    pub async fn follow_requests(&self) -> Result<Vec<String>, Error> {
        let began = self.clock.monotonic();
        let (look_until, until) = (began + LOOK_WITHIN, began + BEGIN_WITHIN);
        let ids: Vec<RequestId> = self.open_requests().await?.into_iter().collect();
        let looked = futures::stream::iter(self.rotated(ids))
            .map(|id| async move {
                match self.clock.monotonic() < look_until {
                    true => self.look_after(id).await.map(Some),
                    false => Ok(None),
                }
            })
            .buffer_unordered(READ_AT_ONCE);
        let looked: Vec<_> = looked.collect().await;
        let unseen = looked.iter().filter(|looked| matches!(looked, Ok(None))).count();
        let looked = looked.into_iter().filter_map(Result::transpose);
        let mut logs = Vec::new();
        if unseen > 0 {
            logs.push(format!("{unseen} open requests are more than this tick can look at; others do"));
        }
        let mut work: BTreeMap<TenantId, Vec<RequestId>> = BTreeMap::new();
        let (mut open, mut states, waiting) = (Vec::new(), Vec::new(), told::Waiting::default());
        for looked in looked {
            match looked {
                Ok(Some(found)) => {
                    if found.needs_customer {
                        work.entry(found.tenant).or_default().push(found.id.clone());
                    }
                    states.push(found.status);
                    found.owed.into_iter().for_each(|since| waiting.message(since));
                    waiting.dead(u64::from(found.dead));
                    open.push(found.id);
                }
                Ok(None) => {}
                Err(error) => logs.push(format!("a request could not be read: {error}; the next tick tries again")),
            }
        }
        // Of some alone they would say less than nothing.
        if unseen == 0 {
            told::requests(states.into_iter());
            waiting.tell("call_backs", self.clock.now());
        }
        let followed = futures::stream::iter(self.rotated(work.into_iter().collect()))
            .map(|(tenant, ids)| async move {
                match self.clock.monotonic() < until {
                    true => self.follow_customer(tenant, &ids).await,
                    false => None,
                }
            })
            .buffer_unordered(CUSTOMERS_AT_ONCE);
        logs.extend(followed.collect::<Vec<_>>().await.into_iter().flatten());
        // After the work, so that a ticketing system that does not answer delays nobody's access.
        let until = until.max(self.clock.monotonic() + TELL_WITHIN);
        logs.extend(self.call_back(open, until).await);
        Ok(logs)
    }

    /// The same from another place on at each tick: what a tick does not come to, another one begins with.
    pub(crate) fn rotated<T>(&self, mut all: Vec<T>) -> Vec<T> {
        let first = (all.len() as f64 * self.random.fraction()) as usize;
        let middle = first.min(all.len());
        all.rotate_left(middle);
        all
    }

    /// One request: what time alone brings happens to it. `None`: nothing is left to do.
    async fn look_after(&self, id: RequestId) -> Result<Option<Found>, Error> {
        let id = &id;
        let Some(kept) = self.store.read::<RequestDocument>(&path(id)).await? else {
            let marked = self.store.read::<Marked>(&marker(id)).await?;
            // Younger ones may be of a process that is about to write the request.
            if marked.is_some_and(|marked| marked.value.at + ORPHANED_AFTER <= self.clock.now()) {
                self.unmark(id).await?;
            }
            return Ok(None);
        };
        let kept = self.tell_approvers(kept).await?;
        self.mark_red(&kept.value).await?;
        if kept.value.is_done() {
            self.end_overdue(&kept.value.request).await?;
            self.unmark(id).await?;
            return Ok(None);
        }
        let mut document = kept.value;
        while due(&document.request, self.clock.now()) == Due::Tick {
            super::left_to_next(self.happen(id, &Event::Tick, |_| true).await)?;
            let Some(kept) = self.store.read::<RequestDocument>(&path(id)).await? else { return Ok(None) };
            if kept.value.request == document.request {
                break;
            }
            document = kept.value;
        }
        let is_due = matches!(due(&document.request, self.clock.now()), Due::CarryOut | Due::Follow | Due::End);
        let needs_customer = is_due || document.copied < document.request.history.len();
        Ok(Some(Found {
            id: id.clone(),
            tenant: document.request.tenant_id,
            needs_customer,
            status: document.request.status,
            owed: document.calls.first().map(|call| call.at),
            dead: document.dead.is_some(),
        }))
    }

    /// The requests of one customer. Returns what to log.
    async fn follow_customer(&self, tenant: TenantId, ids: &[RequestId]) -> Option<String> {
        let customer = self.customer_of(tenant);
        let worked = async {
            let Some(customer) = customer else { return self.wait_for_customer(ids).await };
            let carried = self.carry_out(customer, ids).await;
            // Told also where the run did not come to it: that is what is to be told.
            self.report_overdue(customer, ids).await?;
            carried
        };
        let name = customer.map_or_else(|| tenant.to_string(), |customer| customer.name.clone());
        match worked.await {
            Ok(()) => None,
            Err(Error::Busy(why)) => {
                tracing::debug!(customer = name, why, "requests wait for a run");
                None
            }
            Err(error) => Some(format!("requests of customer {name}: {error}; the next tick goes on")),
        }
    }

    /// Nobody can look after the requests of a customer who is not in the configuration any more.
    async fn wait_for_customer(&self, ids: &[RequestId]) -> Result<(), Error> {
        let text = "the customer is not in the configuration any more; put its file back, or offboard it there";
        let waiting = Event::Progress(Progress::Waiting { code: "customer_gone".into(), text: text.into() });
        for id in ids {
            super::left_to_next(self.happen(id, &waiting, |_| true).await)?;
        }
        Ok(())
    }

    /// Ends what people were told of a grant that was overdue, for the process that died before it came to that.
    async fn end_overdue(&self, request: &Request) -> Result<(), Error> {
        let last = request.history.last().map_or(request.created_at, |change| change.at);
        let customer = self.customer_of(request.tenant_id);
        match customer.filter(|_| request.ends_at.is_some_and(|end| end + OVERDUE_AFTER <= last)) {
            Some(customer) => Ok(self.leave_cause(&overdue(customer, request).id(), customer).await?),
            None => Ok(()),
        }
    }

    /// A grant that should be over and is not seen to be: people hear of it once, and again when it is.
    async fn report_overdue(&self, customer: &Customer, ids: &[RequestId]) -> Result<(), Error> {
        for id in ids {
            let Some(kept) = self.store.read::<RequestDocument>(&path(id)).await? else { continue };
            let request = &kept.value.request;
            let cause = overdue(customer, request);
            if is_overdue(request, self.clock.now()) {
                self.join_cause(&cause, Some(customer)).await?;
            } else if request.status.is_final() && request.ends_at.is_some() {
                self.leave_cause(&cause.id(), customer).await?;
            }
        }
        Ok(())
    }
}

/// A request with something left to do.
struct Found {
    id: RequestId,
    tenant: TenantId,
    /// Whether the customer's journal or a run of the customer has to do with it now.
    needs_customer: bool,
    /// Where it stands.
    status: Status,
    /// Since when its ticket is to be told of something.
    owed: Option<Timestamp>,
    /// Whether its ticket was given up.
    dead: bool,
}

pub(super) fn is_overdue(request: &Request, now: Timestamp) -> bool {
    !request.status.is_final() && request.ends_at.is_some_and(|end| end + OVERDUE_AFTER <= now)
}

fn overdue(customer: &Customer, request: &Request) -> Cause {
    let name = &customer.name;
    let text = format!(
        "In {name}: the access to {} by request {} is over, and nothing shows yet that it is gone. Each run tries again.",
        request.package, request.id
    );
    Cause {
        kind: NoticeKind::Problems,
        code: "grant_overdue".into(),
        key: request.id.to_string(),
        title: format!("{name}: access outlasts its end"),
        text,
        commands: (Some(format!("gatehouse plan {name}")), Some("gatehouse plan".into())),
    }
}
