//! Something happens to one request: read, decide, write over what was read, again where somebody else was faster.

use super::api::Refused;
use super::document::{MARKER, Marked, RequestDocument, marker, path};
use crate::Engine;
use access::requests::{Event, Refusal, Request, RequestId, apply};
use store::{Kept, UPDATE_ATTEMPTS_MAX};

impl Engine {
    /// Lets this happen to the request, while `fits` says that it still does. The answer is the request as it is then.
    pub(super) async fn happen(
        &self,
        id: &RequestId,
        event: &Event,
        fits: impl Fn(&Request) -> bool,
    ) -> Result<Request, Refused> {
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let Some(kept) = self.store.read::<RequestDocument>(&path(id)).await? else {
                return Err(Refused::NotFound(id.to_string()));
            };
            let request = &kept.value.request;
            if !fits(request) {
                return Ok(kept.value.request);
            }
            let rules = self.rules_of(request).map(|(_, rules)| rules);
            let next = apply(request, event, rules, self.clock.now())?;
            if next == *request {
                return Ok(next);
            }
            if let Some(kept) = self.keep_request(&kept, next).await? {
                return Ok(kept.value.request);
            }
        }
        Err(store::Error::Conflict.into())
    }

    /// Stores what became of a request; `None`: somebody else was faster.
    pub(super) async fn keep_request(
        &self,
        kept: &Kept<RequestDocument>,
        request: Request,
    ) -> Result<Option<Kept<RequestDocument>>, store::Error> {
        // What was done with has no marker: whatever happens to it now is work again.
        if kept.value.is_done() {
            self.mark(&kept.value.request.id).await?;
        }
        let document = kept.value.with(request, self.tells(&kept.value.request));
        match self.store.replace(kept, document).await {
            Ok(kept) => Ok(Some(kept)),
            Err(store::Error::Conflict) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Marks a request as work for the timer.
    pub(super) async fn mark(&self, id: &RequestId) -> Result<(), store::Error> {
        match self.store.create(&marker(id), Marked { at: self.clock.now() }).await {
            Ok(_) | Err(store::Error::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes the mark away from a request that is done with, and looks once more: whoever changed it in between found the
    /// mark still there.
    pub(super) async fn unmark(&self, id: &RequestId) -> Result<(), store::Error> {
        store::markers::clear(&self.store, MARKER, id.as_str()).await?;
        let again = self.store.read::<RequestDocument>(&path(id)).await?;
        match again.is_some_and(|again| !again.value.is_done()) {
            true => self.mark(id).await,
            false => Ok(()),
        }
    }

    /// Whether anybody hears of what becomes of this request: it names an address, or its caller's tickets are written to.
    pub(super) fn tells(&self, request: &Request) -> bool {
        let caller = self.config.callers.get(&request.caller);
        request.callback.is_some() || caller.is_some_and(|caller| caller.ticket.is_some())
    }
}

/// Why something does not happen, as whoever wanted it is told.
impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.detail();
        match refusal {
            Refusal::WrongState(_) => Self::WrongState(text),
            Refusal::OwnRequest(_) => Self::OwnRequest(text),
            Refusal::Forbidden(_) => Self::Forbidden(text),
            Refusal::NotRequestable | Refusal::DurationTooLong(_) | Refusal::NotLonger(_) => {
                Self::Rules { code: refusal.code(), text }
            }
        }
    }
}
