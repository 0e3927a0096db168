//! Telling tickets what becomes of their requests: claimed before it is sent, settled after.

use super::document::{Call, RequestDocument, path};
use super::outbox;
use crate::{Engine, Error};
use access::callback;
use access::config::TicketEvent;
use access::requests::document::{document, message_id};
use access::requests::{Change, Happened, Request, RequestId, Status};
use bytes::Bytes;
use futures::StreamExt;
use notify::Sent;
use notify::tickets::{self, Desk, Post, Proof, TicketKey, Told};
use outside::Transport;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How many tickets are told at a time.
const AT_ONCE: usize = 8;

/// How tickets are told.
pub struct Tickets {
    /// The ticketing systems of the configuration, by caller; or why one cannot be used, without any secret.
    pub desks: BTreeMap<String, Result<Desk, String>>,
    /// How we prove ourselves to the receivers of call-backs, by caller; or why we cannot.
    pub proofs: BTreeMap<String, Result<Proof, String>>,
    /// The way to addresses that the operator configured.
    pub operators: Arc<dyn Transport>,
    /// The way to addresses that came with a request.
    pub guarded: Arc<dyn Transport>,
}

impl Engine {
    /// Sends what these requests' tickets are to hear now. Returns what to log.
    pub(super) async fn call_back(&self, ids: Vec<RequestId>, until: Duration) -> Vec<String> {
        let told = futures::stream::iter(ids)
            .map(|id| async move {
                // One after the other while they are taken: a ticket that missed five changes hears of five.
                while self.clock.monotonic() < until {
                    match self.call_back_one(&id).await {
                        Ok(true) => {}
                        Ok(false) => break,
                        Err(error) => return Some(format!("the ticket of request {id} was not told: {error}")),
                    }
                }
                None
            })
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>();
        told.await.into_iter().flatten().collect()
    }

    /// Sends the next call of one request. Returns whether it was taken, so that the next may follow.
    async fn call_back_one(&self, id: &RequestId) -> Result<bool, Error> {
        let Some(tickets) = &self.tickets else { return Ok(false) };
        let Some(kept) = self.store.read::<RequestDocument>(&path(id)).await? else { return Ok(false) };
        let mut document = kept.value.clone();
        let Some(call) = outbox::claim(&mut document, self.clock.now()) else { return Ok(false) };
        match self.store.replace(&kept, document.clone()).await {
            Ok(_) => {}
            // Somebody else is at it.
            Err(store::Error::Conflict) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let sent = match document.change(&call) {
            Some(change) => self.tell_ticket(tickets, &document.request, &call, change).await,
            None => Sent::Never { why: "there is no such change".into() },
        };
        if let Sent::Later { why, .. } | Sent::Never { why } = &sent {
            tracing::warn!(request = %id, call = call.change, why, "a ticket did not take what it was told");
        }
        let (now, fraction) = (self.clock.now(), self.random.fraction());
        let mut settled = document;
        outbox::settle(&mut settled, call.change, &sent, now, fraction);
        let is_settled = settled.calls.iter().all(|one| one.change != call.change);
        if is_settled && sent != Sent::Taken {
            // Before it is stored: a crash in between sends it once more, and nothing is given up unheard.
            self.report_untold(&settled).await?;
        }
        self.store
            .update::<RequestDocument>(&path(id), |document| {
                let mut document = document?;
                outbox::settle(&mut document, call.change, &sent, now, fraction);
                Some(document)
            })
            .await?;
        Ok(!matches!(sent, Sent::Later { .. }))
    }

    async fn tell_ticket(&self, tickets: &Tickets, request: &Request, call: &Call, change: &Change) -> Sent {
        let later = |why: &String| Sent::Later { why: why.clone(), after: None, unclear: false };
        if let Some(named) = &request.callback {
            // Held against the list once more: it may have become shorter since the request was made.
            let listed = self.config.callers.get(&request.caller).map(|caller| &caller.callbacks);
            let url = match listed.map(|listed| callback::allowed(named, listed)) {
                Some(Ok(url)) => url,
                Some(Err(why)) => return Sent::Never { why: format!("the address to report to {why}") },
                None => return Sent::Never { why: "the caller is not in the configuration any more".into() },
            };
            let proof = match tickets.proofs.get(&request.caller) {
                Some(Ok(proof)) => proof,
                Some(Err(why)) => return later(why),
                None => &Proof::Nothing,
            };
            let body = serde_json::to_vec(&document(&as_it_was(request, call)));
            let body = body.expect("a document has text keys and no failing parts");
            let id = message_id(request, call.change);
            let post = Post { url: &url, proof, id: &id, body: Bytes::from(body) };
            return tickets::post(&*tickets.guarded, self.clock.now(), &post).await;
        }
        match tickets.desks.get(&request.caller) {
            Some(Ok(desk)) => {
                let told = told(request, call, change);
                tickets::deliver(&*tickets.operators, &*self.clock, desk, &told).await
            }
            Some(Err(why)) => later(why),
            None => Sent::Never { why: "the caller has no ticketing system any more".into() },
        }
    }
}

/// The request with its history up to this change, so that each call ends with the change that it tells.
fn as_it_was(request: &Request, call: &Call) -> Request {
    let mut request = request.clone();
    request.history.truncate(call.change + 1);
    if let Some(change) = request.history.last() {
        request.status = change.status;
    }
    request
}

fn told(request: &Request, call: &Call, change: &Change) -> Told {
    let ticket = request.ticket.as_ref();
    Told {
        request: request.id.to_string(),
        number: call.change as u32,
        event: event(change),
        invitee: request.invitee.email.clone(),
        customer: request.customer.clone(),
        package: request.package.clone(),
        ends_at: request.ends_at,
        detail: change.note.clone(),
        ticket: TicketKey {
            id: ticket.and_then(|ticket| ticket.id.clone()),
            number: ticket.and_then(|ticket| ticket.number.clone()),
        },
        again: call.attempts > 1,
    }
}

/// What a change is to a ticket.
fn event(change: &Change) -> TicketEvent {
    match (change.what, change.status) {
        (Happened::EndsSoon, _) => TicketEvent::EndingSoon,
        (Happened::Extended, _) => TicketEvent::Extended,
        (_, Status::WaitingApproval) => TicketEvent::WaitingApproval,
        (_, Status::Accepted) => TicketEvent::Accepted,
        (_, Status::Invited) => TicketEvent::Invited,
        (_, Status::Active) => TicketEvent::Active,
        (_, Status::Expired) => TicketEvent::Expired,
        (_, Status::Rejected) => TicketEvent::Rejected,
        (_, Status::Cancelled) => TicketEvent::Cancelled,
        (_, Status::Failed) => TicketEvent::Failed,
    }
}
