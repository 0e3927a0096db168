//! Carrying out what is accepted, and ending what is over: grants go into the customer's journal, and an ordinary run of
//! the customer does the rest.

use super::document::{RequestDocument, path};
use crate::membership::apply::Chain;
use crate::membership::documents::{Body, body_path};
use crate::{Engine, Error, How, Outcome};
use access::config::Customer;
use access::ids::PersonId;
use access::ledger::{Entry, Grant};
use access::requests::{Event, Progress, Request, RequestId, Status, apply, progress};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Kept;
use store::lease::Lease;

impl Engine {
    /// Carries out one request within the call that made or changed it, where nothing else is at work. Whatever fails is
    /// left to the timer; the answer is the request as it is then.
    pub(super) async fn carry_out_now(&self, request: Request) -> Request {
        // One at a time: many requests at once are answered at once, and carried out together by the timer.
        let Ok(_turn) = self.carrying.try_acquire() else { return request };
        let customer = self.customer_of(request.tenant_id);
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
        let mut ready = BTreeMap::new();
        for id in ids {
            ready.extend(self.prepare(customer, id).await?.map(|person| (id.clone(), person)));
        }
        let begun = self.under_lease(customer, |lease| self.journal_requests(customer, lease, ids, &ready)).await?;
        if !begun {
            return Ok(());
        }
        let ran = self.sync(&customer.name, How::default()).await?;
        if let Outcome::Failed { text, .. } = &ran {
            tracing::warn!(customer = customer.name, text, "the run for requests failed");
        }
        self.take_in(customer, ids).await
    }

    /// Writes into the customer's journal what it does not know yet of these requests. Returns whether any of them has
    /// begun and is not seen to be over.
    async fn journal_requests(
        &self,
        customer: &Customer,
        lease: Arc<Lease>,
        ids: &[RequestId],
        ready: &BTreeMap<RequestId, PersonId>,
    ) -> Result<bool, Error> {
        let mut chain = self.chain(customer, &lease).await?;
        let now = self.clock.now();
        let (mut begun, mut changed, mut copied) = (false, false, Vec::new());
        for id in ids {
            // Read under the lease: whoever takes the request back in between is seen here, or sees the grant.
            let Some(kept) = self.store.read::<RequestDocument>(&path(id)).await? else { continue };
            let event = match ready.get(id) {
                Some(person) => Some(Event::CarryOut { person: *person }),
                // Nothing was ever journalled for it, or that is long forgotten: it holds nothing up.
                None if is_over(&kept.value.request, now) && !knows(&chain, id) => {
                    self.unfollow_request(customer, &kept.value.request).await?;
                    Some(Event::Progress(Progress::Settled { kept_by: None }))
                }
                None if is_overtaken(&kept.value.request, &chain, now) => {
                    let text = "the access was over, and seen to be gone, before it could be extended: ask anew";
                    Some(Event::Progress(Progress::Refused { code: "extended_too_late".into(), text: text.into() }))
                }
                None => None,
            };
            let Some(kept) = self.next(kept, event.as_ref(), now).await? else { continue };
            let request = &kept.value.request;
            begun |= request.starts_at.is_some() && !request.status.is_final();
            if let Some(entry) = self.owed(request, &chain, now) {
                if let Entry::Granted(grant) = &entry {
                    self.follow_granted(customer.tenant_id, grant).await?;
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
        if changed {
            self.announce_grants(customer, &chain.ledger).await?;
        }
        chain.commit(now).await?;
        for kept in copied {
            let document = RequestDocument { copied: kept.value.request.history.len(), ..kept.value.clone() };
            match self.store.replace(&kept, document).await {
                // It changed meanwhile: the journal tells the same twice then, with the same times.
                Ok(_) | Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(begun)
    }

    /// The grant of this request is over, or never came to be. To be called before the request says so: whoever dies in
    /// between leaves one that somebody still looks after.
    async fn unfollow_request(&self, customer: &Customer, request: &Request) -> Result<(), Error> {
        match self.grant_of(request) {
            Some(grant) => self.unfollow_granted(customer.tenant_id, &grant).await,
            None => Ok(()),
        }
    }

    /// Lets this happen to what was read; `None`: somebody else changed it, or it cannot happen any more.
    async fn next(
        &self,
        kept: Kept<RequestDocument>,
        event: Option<&Event>,
        now: Timestamp,
    ) -> Result<Option<Kept<RequestDocument>>, Error> {
        let Some(event) = event else { return Ok(Some(kept)) };
        let rules = self.rules_of(&kept.value.request).map(|(_, rules)| rules);
        match apply(&kept.value.request, event, rules, now) {
            Ok(next) if next == kept.value.request => Ok(Some(kept)),
            Ok(next) => Ok(self.keep_request(&kept, next).await?),
            Err(_) => Ok(None),
        }
    }

    /// Brings the requests up to what the customer's last run shows.
    async fn take_in(&self, customer: &Customer, ids: &[RequestId]) -> Result<(), Error> {
        let Some(body) = self.store.read::<Body>(&body_path(customer.tenant_id)).await? else { return Ok(()) };
        let Some(plan) = &body.value.last else { return Ok(()) };
        for id in ids {
            let Some(kept) = self.store.read::<RequestDocument>(&path(id)).await? else { continue };
            let request = kept.value.request;
            let Some(grant) = self.grant_of(&request).filter(|_| !request.status.is_final()) else { continue };
            let package = customer.packages.iter().find(|package| package.name == request.package);
            let progress = progress(package, &body.value.ledger, plan, &grant, self.clock.now());
            if matches!(progress, Progress::Settled { .. }) {
                self.unfollow_request(customer, &request).await?;
            }
            super::left_to_next(self.happen(id, &Event::Progress(progress), |_| true).await)?;
        }
        Ok(())
    }

    /// What the customer's journal must be told of this request: that it begins, or that it ends at another time.
    fn owed(&self, request: &Request, chain: &Chain, now: Timestamp) -> Option<Entry> {
        let grant = self.grant_of(request)?;
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
            None if request.status == Status::Accepted && !is_over(request, now) && !knows(chain, &request.id) => {
                Some(Entry::Granted(grant))
            }
            _ => None,
        }
    }

    /// The grant of a request that has begun.
    fn grant_of(&self, request: &Request) -> Option<Grant> {
        let person = request.person?;
        let invitee = &request.invitee;
        let names: Vec<&str> =
            [&invitee.given_name, &invitee.surname].into_iter().flatten().map(String::as_str).collect();
        Some(Grant {
            request: request.id.clone(),
            person,
            package: request.package.clone(),
            mail: invitee.email.clone(),
            name: Some(names.join(" ")).filter(|name| !name.is_empty()),
            outside: self.is_outside(person, &invitee.email),
            from: request.starts_at?,
            until: request.ends_at?,
            approved_by: request.approvals.iter().map(|approval| approval.by.clone()).collect(),
            ticket: request.ticket.as_ref().and_then(|ticket| ticket.number.clone()),
        })
    }
}

/// Whether the ledger has, or had, a grant of this request.
fn knows(chain: &Chain, id: &RequestId) -> bool {
    chain.ledger.grants.contains_key(id) || chain.ledger.settled.contains_key(id)
}

/// Whether the grant was seen to be over before the journal heard that it lasts longer: it does not begin anew.
fn is_overtaken(request: &Request, chain: &Chain, now: Timestamp) -> bool {
    !request.status.is_final()
        && request.ends_at.is_some_and(|end| now < end)
        && chain.ledger.settled.contains_key(&request.id)
}

/// Whether a request that began is to be over.
fn is_over(request: &Request, now: Timestamp) -> bool {
    !request.status.is_final() && request.ends_at.is_some_and(|end| end <= now)
}
