//! Carrying out what is accepted, and ending what is over: grants go into the customer's journal, and an ordinary run of
//! the customer does the rest.

use super::api::Refused;
use super::document::{RequestDocument, path};
use super::prepare::Ready;
use crate::membership::apply::Chain;
use crate::membership::documents::{Body, body_path};
use crate::{Engine, Error, How, Outcome};
use access::config::Customer;
use access::ledger::{Entry, Grant};
use access::requests::{Event, Request, RequestId, Status, apply, progress};
use jiff::Timestamp;
use store::lease::Lease;
use store::{Kept, markers};
use std::sync::Arc;

/// The kind of the markers by which the partner's snapshot follows people who are in no source group.
const GRANTS: &str = "grants";

impl Engine {
    /// Carries out one request within the call that made or changed it, where nothing else is at work. Whatever fails is
    /// left to the timer; the answer is the request as it is then.
    pub(super) async fn carry_out_now(&self, request: Request) -> Request {
        // One at a time: many requests at once are answered at once, and carried out together by the timer.
        let Ok(_turn) = self.carrying.try_acquire() else { return request };
        let customer = self.config.customers.iter().find(|customer| customer.tenant_id == request.tenant_id);
        let Some(customer) = customer else { return request };
        if let Err(error) = self.carry_out(customer, std::slice::from_ref(&request.id)).await {
            tracing::info!(request = %request.id, %error, "the request is carried out later");
        }
        match self.store.read::<RequestDocument>(&path(&request.id)).await {
            Ok(Some(kept)) => kept.value.request,
            Ok(None) | Err(_) => request,
        }
    }

    /// Brings one customer up to these requests, and them up to the customer.
    pub(super) async fn carry_out(&self, customer: &Customer, ids: &[RequestId]) -> Result<(), Error> {
        for id in ids {
            self.prepare(customer, id).await?;
        }
        let changed = self.under_lease(customer, |lease| self.journal_requests(customer, lease, ids)).await?;
        if changed {
            self.mark_dirty(customer).await?;
        }
        let ran = self.sync(&customer.name, How::default()).await?;
        if let Outcome::Failed { text, .. } = &ran {
            tracing::warn!(customer = customer.name, text, "the run for requests failed");
        }
        self.take_in(customer, ids).await
    }

    /// Writes into the customer's journal what it does not know yet of these requests. Returns whether that changes what
    /// is desired.
    async fn journal_requests(
        &self,
        customer: &Customer,
        lease: Arc<Lease>,
        ids: &[RequestId],
    ) -> Result<bool, Error> {
        let mut chain = self.chain(customer, &lease).await?;
        let now = self.clock.now();
        let (mut changed, mut copied) = (false, Vec::new());
        for id in ids {
            // Read under the lease: whoever takes the request back in between is seen, or sees the grant.
            let Some(mut kept) = self.store.read::<RequestDocument>(&path(id)).await? else { continue };
            if let Some(ready) = Ready::of(&kept.value.request, customer) {
                match self.start(&kept, &ready, now).await? {
                    Some(started) => kept = started,
                    None => continue,
                }
            }
            let request = &kept.value.request;
            if let Some(entry) = owed(request, &chain, now) {
                if let Entry::Granted(grant) = &entry
                    && !grant.outside
                {
                    markers::set(&self.store, GRANTS, &format!("{}.{id}", grant.person)).await?;
                }
                chain.note(entry);
                changed = true;
            }
            let history = request.history.iter().skip(kept.value.copied);
            history.for_each(|change| chain.note(Entry::Requested { request: id.clone(), change: change.clone() }));
            if kept.value.copied < request.history.len() {
                copied.push(kept);
            }
        }
        chain.commit(now).await?;
        for kept in copied {
            let document = RequestDocument { copied: kept.value.request.history.len(), ..kept.value.clone() };
            match self.store.replace(&kept, document).await {
                // It changed meanwhile; the journal tells the same twice then, with the same times.
                Ok(_) | Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(changed)
    }

    /// Stores that the request begins. `None`: somebody else changed it.
    async fn start(
        &self,
        kept: &Kept<RequestDocument>,
        ready: &Ready,
        now: Timestamp,
    ) -> Result<Option<Kept<RequestDocument>>, Error> {
        let Ok(started) = apply(&kept.value.request, &Event::Started { person: ready.person }, now) else {
            return Ok(None);
        };
        let document = kept.value.with(started, self.tells(&kept.value.request));
        match self.store.replace(kept, document).await {
            Ok(kept) => Ok(Some(kept)),
            Err(store::Error::Conflict) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Brings the requests up to what the customer's last run shows.
    pub(super) async fn take_in(&self, customer: &Customer, ids: &[RequestId]) -> Result<(), Error> {
        let Some(body) = self.store.read::<Body>(&body_path(customer.tenant_id)).await? else { return Ok(()) };
        let Some(plan) = &body.value.last else { return Ok(()) };
        for id in ids {
            let changed = self.change_request(id, |request| {
                let Some(grant) = grant_of(request) else { return Ok(None) };
                let now = self.clock.now();
                let package = customer.packages.iter().find(|package| package.name == request.package);
                let progress = progress(package, &body.value.ledger, plan, &grant, now);
                let after = apply(request, &Event::Progress(progress), now).map_err(Refused::from)?;
                Ok((after != *request).then_some(after))
            });
            match changed.await {
                Ok(request) if request.status.is_final() => {
                    if let Some(person) = request.person {
                        markers::clear(&self.store, GRANTS, &format!("{person}.{id}")).await?;
                    }
                }
                Ok(_) | Err(Refused::NotFound(_)) => {}
                Err(Refused::Failed(error)) => return Err(error),
                Err(refused) => tracing::warn!(request = %id, %refused, "what a run shows does not fit the request"),
            }
        }
        Ok(())
    }
}

/// What the customer's journal must be told of this request: that it begins, or that it ends at another time.
fn owed(request: &Request, chain: &Chain, now: Timestamp) -> Option<Entry> {
    let grant = grant_of(request)?;
    match chain.ledger.grants.get(&request.id) {
        Some(known) if known.until != grant.until => {
            let last = request.history.last();
            Some(Entry::GrantChanged {
                request: request.id.clone(),
                until: grant.until,
                by: last.and_then(|change| change.by.clone()).unwrap_or_else(|| "gatehouse".into()),
                note: last.and_then(|change| change.note.clone()),
                at: now,
            })
        }
        None if !chain.ledger.settled.contains_key(&request.id)
            && matches!(request.status, Status::Accepted)
            && request.closing.is_none()
            && !grant.has_ended(now) =>
        {
            Some(Entry::Granted(grant))
        }
        _ => None,
    }
}

/// The grant of a request that was started.
fn grant_of(request: &Request) -> Option<Grant> {
    let approved = request.approvals.iter().map(|approval| approval.by.clone());
    let invitee = &request.invitee;
    let name = [&invitee.given_name, &invitee.surname].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    Some(Grant {
        request: request.id.clone(),
        person: request.person?,
        package: request.package.clone(),
        mail: invitee.email.clone(),
        name: Some(name).filter(|name| !name.is_empty()),
        outside: request.is_outside(),
        from: request.starts_at?,
        until: request.ends_at?,
        approved_by: approved.collect(),
        ticket: request.ticket.as_ref().and_then(|ticket| ticket.number.clone()),
    })
}
