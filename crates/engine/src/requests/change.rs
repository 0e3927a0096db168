//! One request changes: read, decide, write over what was read, again where somebody else was faster.

use super::api::Refused;
use super::document::{MARKER, RequestDocument, path};
use crate::Engine;
use access::config;
use access::requests::{Request, RequestId};
use store::{UPDATE_ATTEMPTS_MAX, markers};

impl Engine {
    /// Changes the request as `decide` says; `None` from it leaves everything as it is. It may be asked several times.
    /// The answer is the request as it is then.
    pub(super) async fn change_request(
        &self,
        id: &RequestId,
        mut decide: impl FnMut(&Request) -> Result<Option<Request>, Refused>,
    ) -> Result<Request, Refused> {
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let Some(kept) = self.store.read::<RequestDocument>(&path(id)).await? else {
                return Err(Refused::NotFound(id.to_string()));
            };
            let Some(request) = decide(&kept.value.request)? else { return Ok(kept.value.request) };
            // What was over has no marker: whatever happens to it now is work again.
            if kept.value.is_done() {
                markers::set(&self.store, MARKER, id.as_str()).await?;
            }
            let document = kept.value.with(request, self.tells(&kept.value.request));
            match self.store.replace(&kept, document).await {
                Ok(kept) => return Ok(kept.value.request),
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(store::Error::Conflict.into())
    }

    /// Whether anybody hears of what becomes of this request: its caller has a ticketing system of its own, or the
    /// request names an address.
    pub(super) fn tells(&self, request: &Request) -> bool {
        let caller: Option<&config::Caller> = self.config.callers.get(&request.caller);
        request.callback.is_some() || caller.is_some_and(|caller| caller.ticket.is_some())
    }
}
