//! The minute timer's part: requests go on, end and are told of. A crash anywhere delays by a minute.

use super::document::{MARKER, RequestDocument, path};
use crate::notices::causes::Cause;
use crate::{Engine, Error};
use access::config::{Customer, NoticeKind};
use access::ids::TenantId;
use access::requests::{Event, Request, RequestId, Status, apply};
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;
use store::markers;

/// How many documents are read, and how many customers looked after, at a time.
const READ_AT_ONCE: usize = 16;
const CUSTOMERS_AT_ONCE: usize = 8;

/// A grant that is over for so long and not seen to be is told to people.
const OVERDUE_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// A tick begins new work only for so long; the next one goes on.
const BEGIN_WITHIN: Duration = Duration::from_secs(40);

impl Engine {
    /// `follow_requests`: one list where there is nothing to do. Returns what a person may want to know. An error is a
    /// failure of the store; what fails in one customer is told and does not stop the others.
    pub async fn follow_requests(&self) -> Result<Vec<String>, Error> {
        let until = self.clock.monotonic() + BEGIN_WITHIN;
        let ids = markers::list(&self.store, MARKER).await?;
        let ids: Vec<RequestId> = ids.into_iter().filter_map(|id| id.parse().ok()).collect();
        let read = futures::stream::iter(ids)
            .map(|id| async move {
                let kept = self.store.read::<RequestDocument>(&path(&id)).await;
                (id, kept)
            })
            .buffer_unordered(READ_AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        let mut logs = Vec::new();
        let mut work: BTreeMap<TenantId, Vec<RequestId>> = BTreeMap::new();
        let mut tell = Vec::new();
        for (id, kept) in read {
            match kept {
                // A marker without its document: the process died in between, or somebody is about to write it.
                Ok(None) => self.clear_if_old(&id).await?,
                Ok(Some(kept)) if kept.value.is_done() => self.clear(&id).await?,
                Ok(Some(kept)) => {
                    if needs_customer(&kept.value, self.clock.now()) {
                        work.entry(kept.value.request.tenant_id).or_default().push(id.clone());
                    }
                    tell.push(id);
                }
                Err(error) => logs.push(format!("request {id} could not be read: {error}")),
            }
        }
        let followed = futures::stream::iter(work)
            .map(|(tenant, ids)| async move {
                match self.clock.monotonic() < until {
                    true => self.follow_customer(tenant, &ids).await,
                    false => None,
                }
            })
            .buffer_unordered(CUSTOMERS_AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        logs.extend(followed.into_iter().flatten());
        // After the work, so that a ticketing system that does not answer delays nobody's access.
        logs.extend(self.call_back(&tell, until).await);
        Ok(logs)
    }

    /// The requests of one customer. Returns what to log.
    async fn follow_customer(&self, tenant: TenantId, ids: &[RequestId]) -> Option<String> {
        let customer = self.config.customers.iter().find(|customer| customer.tenant_id == tenant);
        let worked = async {
            for id in ids {
                self.let_time_pass(id).await?;
            }
            match customer {
                Some(customer) => self.carry_out(customer, ids).await?,
                None => self.wait_for_customer(ids).await?,
            }
            self.report_overdue(customer, ids).await
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

    /// Whatever time alone brings: reminders, the end of waiting, the word that the end is near.
    async fn let_time_pass(&self, id: &RequestId) -> Result<(), Error> {
        let changed = self.change_request(id, |request| {
            let after = apply(request, &Event::Time, self.clock.now())?;
            Ok((after != *request).then_some(after))
        });
        super::left_to_next(changed.await)
    }

    /// Nobody can look after the requests of a customer who is not in the configuration any more.
    async fn wait_for_customer(&self, ids: &[RequestId]) -> Result<(), Error> {
        for id in ids {
            let changed = self.change_request(id, |request| {
                let text = "the customer is not in the configuration any more; put its file back, or offboard it there";
                let waiting = Event::waiting("customer_gone", text);
                let after = apply(request, &waiting, self.clock.now())?;
                Ok((after != *request).then_some(after))
            });
            super::left_to_next(changed.await)?;
        }
        Ok(())
    }

    /// A grant that should be over and is not seen to be: people hear of it, once, and again when it is.
    async fn report_overdue(&self, customer: Option<&Customer>, ids: &[RequestId]) -> Result<(), Error> {
        let Some(customer) = customer else { return Ok(()) };
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

    /// Clears the marker, and looks once more: whoever changed the request in between found the marker still there.
    async fn clear(&self, id: &RequestId) -> Result<(), Error> {
        markers::clear(&self.store, MARKER, id.as_str()).await?;
        let again = self.store.read::<RequestDocument>(&path(id)).await?;
        if again.is_some_and(|again| !again.value.is_done()) {
            markers::set(&self.store, MARKER, id.as_str()).await?;
        }
        Ok(())
    }
}

/// Whether the customer's journal, its run or the clock have something to do with it now.
fn needs_customer(document: &RequestDocument, now: Timestamp) -> bool {
    let request = &document.request;
    let is_new = document.copied < request.history.len();
    let under_way = matches!(request.status, Status::Accepted | Status::Invited) || request.closing.is_some();
    let is_due = access::requests::next_due(request).is_some_and(|due| due <= now);
    is_new || under_way || is_due || has_ended(request, now)
}

fn has_ended(request: &Request, now: Timestamp) -> bool {
    !request.status.is_final() && request.ends_at.is_some_and(|end| end <= now)
}

fn is_overdue(request: &Request, now: Timestamp) -> bool {
    !request.status.is_final() && request.ends_at.is_some_and(|end| end + OVERDUE_AFTER <= now)
}

fn overdue(customer: &Customer, request: &Request) -> Cause {
    let name = &customer.name;
    let text = format!(
        "In {name}: the access to {} by request {} ended, and nothing shows yet that it is gone. The next run tries again.",
        request.package, request.id
    );
    let commands = (Some(format!("gatehouse plan {name}")), Some("gatehouse plan".into()));
    let key = request.id.to_string();
    Cause { kind: NoticeKind::Problems, code: "grant_overdue".into(), key, title: "Access outlasts its end".into(), text, commands }
}
