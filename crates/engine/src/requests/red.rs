//! What a person must mend about requests: access that outlasts its end, tickets that were not told, requests of
//! customers who are not there any more.
//!
//! A marker only says which request to look at; what is wrong with it, the request itself shows.

use super::document::{RequestDocument, path};
use super::follow::is_overdue;
use crate::notices::causes::Cause;
use crate::notices::{CUSTOMER_GONE, TICKET_UNTOLD};
use crate::{Engine, Error, Red};
use access::config::NoticeKind;
use access::requests::RequestId;
use futures::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use store::markers;

/// The kind of the markers of requests with which something may be wrong: `open/red-requests/<id>`.
const MARKER: &str = "red-requests";

/// How long `health` shows a ticket that was not told, from the last change of its request on.
const UNTOLD_SHOWN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How much is told of why a ticketing system takes nothing, in characters: it may quote what came from outside.
const WHY_CHARS_MAX: usize = 200;

/// How many documents are read together.
const READ_AT_ONCE: usize = 16;

impl Engine {
    /// Marks the request where something is wrong with it.
    pub(super) async fn mark_red(&self, document: &RequestDocument) -> Result<(), store::Error> {
        match self.is_wrong_with(document).is_empty() {
            true => Ok(()),
            false => markers::set(&self.store, MARKER, document.request.id.as_str()).await,
        }
    }

    /// People hear of a call to a ticket that was given up.
    pub(super) async fn report_untold(&self, document: &RequestDocument) -> Result<(), store::Error> {
        match self.config.notices.contains_key(&NoticeKind::Problems) {
            true => self.join_cause(&untold(document), None).await,
            false => Ok(()),
        }
    }

    /// What is red of requests.
    pub(crate) async fn red_requests(&self) -> Result<Vec<Red>, Error> {
        let marked = markers::list(&self.store, MARKER).await?;
        let red = futures::stream::iter(marked)
            .map(|id| async move {
                match self.red_request(&id).await {
                    Err(Error::Newer(_)) => Ok(Vec::new()),
                    found => found,
                }
            })
            .buffered(READ_AT_ONCE)
            .try_collect::<Vec<_>>();
        Ok(red.await?.into_iter().flatten().collect())
    }

    async fn red_request(&self, id: &str) -> Result<Vec<Red>, Error> {
        let red = self.look_for_red(id).await?;
        if !red.is_empty() {
            return Ok(red);
        }
        markers::clear(&self.store, MARKER, id).await?;
        // Whoever met with something in between has found the mark still there.
        let again = self.look_for_red(id).await?;
        if !again.is_empty() {
            markers::set(&self.store, MARKER, id).await?;
        }
        Ok(again)
    }

    async fn look_for_red(&self, id: &str) -> Result<Vec<Red>, Error> {
        let Ok(id) = id.parse::<RequestId>() else { return Ok(Vec::new()) };
        let kept = self.store.read::<RequestDocument>(&path(&id)).await?;
        Ok(kept.map(|kept| self.is_wrong_with(&kept.value)).unwrap_or_default())
    }

    fn is_wrong_with(&self, document: &RequestDocument) -> Vec<Red> {
        let tenant = document.request.tenant_id;
        let is_configured = self.customer_of(tenant).is_some();
        wrong(document, is_configured, self.clock.now())
    }
}

fn wrong(document: &RequestDocument, is_configured: bool, now: Timestamp) -> Vec<Red> {
    let request = &document.request;
    let mut red = Vec::new();
    let mut add =
        |code: &str, text: String| red.push(Red { customer: Some(request.customer.clone()), code: code.into(), text });
    if !is_configured && !request.status.is_final() {
        add(
            CUSTOMER_GONE,
            format!(
                "request {} goes no further: its customer is not in the configuration any more; put its file back, or cancel the request",
                request.id
            ),
        );
    } else if is_overdue(request, now) {
        add(
            "grant_overdue",
            format!(
                "the access to {} by request {} is over since {}, and nothing shows yet that it is gone: gatehouse plan {}",
                request.package,
                request.id,
                request.ends_at.unwrap_or(now),
                request.customer
            ),
        );
    }
    let last = request.history.last().map_or(request.created_at, |change| change.at);
    if let Some(why) = document.dead.as_ref().filter(|_| now.duration_since(last) < UNTOLD_SHOWN_FOR) {
        add(
            TICKET_UNTOLD,
            format!(
                "the ticket of request {} was not told what became of it ({}); the request itself went on. Mend [callers.{}]; the ticket hears of what happens from then on",
                request.id,
                beginning(why),
                request.caller
            ),
        );
    }
    red
}

/// One cause for each caller, however many of its tickets are not told.
fn untold(document: &RequestDocument) -> Cause {
    let request = &document.request;
    let why = document.dead.as_deref().unwrap_or_default();
    Cause {
        kind: NoticeKind::Problems,
        code: TICKET_UNTOLD.into(),
        key: request.caller.clone(),
        title: format!("Tickets of {} are not told what becomes of their requests", request.caller),
        text: format!(
            "what was to be told of request {} was given up: {}. The requests themselves go on. Look at [callers.{}] and at the ticketing system; health lists the requests",
            request.id,
            beginning(why),
            request.caller
        ),
        commands: (None, Some(format!("gatehouse requests show {}", request.id))),
    }
}

fn beginning(why: &str) -> String {
    why.chars().take(WHY_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests;
