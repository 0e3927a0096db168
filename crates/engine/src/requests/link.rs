//! The address of a request's approval page.

use super::api::Refused;
use super::document::{RequestDocument, path};
use crate::{Engine, Error};
use access::requests::{Request, RequestId, document};

/// What these links are for.
const PURPOSE: &str = "approval";

impl Engine {
    /// The request for which this link was made. Changes nothing, not even the store of a program that never made a link.
    ///
    /// # Errors
    ///
    /// [`Refused::NotFound`] for a link that was not made for this request, and for a request that is not there.
    pub async fn request_by_link(&self, id: &RequestId, link: &str) -> Result<Request, Refused> {
        let wrong = || Refused::NotFound(id.to_string());
        let key = self.known_link_key().await?.ok_or_else(wrong)?;
        // Before the request is looked for: time tells nobody which ids there are.
        if !key.opens(PURPOSE, id.as_str(), link) {
            return Err(wrong());
        }
        let kept = self.store.read::<RequestDocument>(&path(id)).await?;
        kept.map(|kept| kept.value.request).ok_or_else(wrong)
    }

    /// The whole address of the page; `None` where nobody knows at which address this program is reached.
    pub(super) async fn approval_page(&self, id: &RequestId) -> Result<Option<String>, Error> {
        let Some(host) = self.public_host() else { return Ok(None) };
        let secret = self.link_key().await?.secret(PURPOSE, id.as_str());
        Ok(Some(format!("{host}{}/approval?link={secret}", document::path(id))))
    }
}
