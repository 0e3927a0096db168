//! Looking at requests.

use super::api::{Caller, Filter, Page, Refused};
use super::document::{MARKER, REQUESTS, RequestDocument, path};
use crate::{Engine, Error};
use access::config::May;
use access::ids::PersonId;
use access::requests::{Request, RequestId};
use futures::{StreamExt, TryStreamExt};
use std::collections::BTreeSet;
use store::{Kept, markers};

/// The most requests in one page of a list.
pub const PAGE_MAX: usize = 50;

/// The most documents that one page looks at; where few of them fit, the page is short and the list goes on.
const LOOKED_AT_MAX: usize = 500;

/// How many documents are read together.
const READ_AT_ONCE: usize = 16;

impl Engine {
    /// One request, for a caller that may see it.
    pub async fn request(&self, caller: &Caller, id: &RequestId) -> Result<Request, Refused> {
        Ok(self.seen(caller, id).await?.value.request)
    }

    /// The ids that begin with these digits, whoever may see the requests: for people, who do not copy all 32.
    pub async fn request_ids(&self, digits: &str) -> Result<Vec<RequestId>, Error> {
        Ok(self.all_requests().await?.into_iter().filter(|id| id.as_str().starts_with(digits)).collect())
    }

    /// The ids of all requests there ever were, sorted.
    async fn all_requests(&self) -> Result<Vec<RequestId>, Error> {
        let folder = format!("{REQUESTS}/");
        let paths = self.store.list(&folder).await?;
        Ok(paths.iter().filter_map(|path| path.strip_prefix(&folder)?.parse().ok()).collect())
    }

    /// The ids of the requests that are not over, or whose end somebody has yet to hear.
    pub(crate) async fn open_requests(&self) -> Result<BTreeSet<RequestId>, Error> {
        let ids = markers::list(&self.store, MARKER).await?;
        Ok(ids.into_iter().filter_map(|id| id.parse().ok()).collect())
    }

    /// What is stored of these requests; one that is not there is left out.
    pub(crate) async fn request_documents(&self, ids: BTreeSet<RequestId>) -> Result<Vec<RequestDocument>, Error> {
        let read = futures::stream::iter(ids)
            .map(|id| async move { self.store.read::<RequestDocument>(&path(&id)).await })
            .buffered(READ_AT_ONCE)
            .try_filter_map(async |kept| Ok(kept.map(|kept| kept.value)));
        Ok(read.try_collect().await?)
    }

    /// The requests that this caller may see, by id, a page at a time.
    pub async fn requests(&self, caller: &Caller, filter: &Filter) -> Result<Page, Refused> {
        if ![May::Read, May::Approve, May::Request].into_iter().any(|right| caller.may(right)) {
            return Err(Refused::Forbidden("listing requests needs `read`, `approve` or `request`".into()));
        }
        let mut left = self.all_requests().await?;
        left.retain(|id| filter.after.as_ref().is_none_or(|after| id > after));
        let is_more = left.len() > LOOKED_AT_MAX;
        left.truncate(LOOKED_AT_MAX);
        let mut read = futures::stream::iter(left)
            .map(|id| async move { self.store.read::<RequestDocument>(&path(&id)).await.map(|kept| (id, kept)) })
            .buffered(READ_AT_ONCE);
        let mut page = Page::default();
        let mut last = None;
        while let Some((id, kept)) = read.try_next().await.map_err(Error::from)? {
            last = Some(id.clone());
            let request = kept.map(|kept| kept.value.request).filter(|request| self.fits(caller, filter, request));
            page.requests.extend(request);
            if page.requests.len() == PAGE_MAX {
                page.next = Some(id);
                return Ok(page);
            }
        }
        // It may be the id of one that the caller may not see.
        page.next = last.filter(|_| is_more).map(|last| last.around());
        Ok(page)
    }

    /// The person from outside the partner's tenant for whom somebody asked with this address, if there is one.
    pub(crate) async fn outside_invitee(&self, mail: &str) -> Result<Option<PersonId>, Error> {
        let outside = PersonId::outside(self.config.partner.tenant_id, mail);
        let read = futures::stream::iter(self.all_requests().await?)
            .map(|id| async move { self.store.read::<RequestDocument>(&path(&id)).await })
            .buffer_unordered(READ_AT_ONCE);
        let is_theirs = |kept: &Option<Kept<RequestDocument>>| {
            kept.as_ref().is_some_and(|kept| kept.value.request.person == Some(outside))
        };
        let known = read.try_any(|kept| std::future::ready(is_theirs(&kept))).await?;
        Ok(known.then_some(outside))
    }

    /// The document of a request that this caller may see. To one that may not, it does not exist.
    pub(super) async fn seen(&self, caller: &Caller, id: &RequestId) -> Result<Kept<RequestDocument>, Refused> {
        let kept = self.store.read::<RequestDocument>(&path(id)).await?;
        kept.filter(|kept| self.may_see(caller, &kept.value.request)).ok_or_else(|| Refused::NotFound(id.to_string()))
    }

    fn fits(&self, caller: &Caller, filter: &Filter, request: &Request) -> bool {
        let name = self.name_now(request).unwrap_or(&request.customer);
        self.may_see(caller, request)
            && filter.customer.as_ref().is_none_or(|customer| customer == name)
            && filter.status.is_none_or(|status| status == request.status)
    }

    /// Whether the caller may see the request: those of its customers, and with `request` alone only its own.
    fn may_see(&self, caller: &Caller, request: &Request) -> bool {
        let own = caller.may(May::Request) && caller.name == request.caller;
        // By the tenant: the name that the request was made under may be another customer's by now.
        let customers = match self.name_now(request) {
            Some(name) => caller.may_see(name),
            None => caller.customers.is_none(),
        };
        customers && (caller.may(May::Read) || caller.may(May::Approve) || own)
    }

    /// What the request's customer is called now; `None`: it is not in the configuration any more.
    fn name_now(&self, request: &Request) -> Option<&str> {
        self.customer_of(request.tenant_id).map(|customer| customer.name.as_str())
    }
}
