//! The address of the page where somebody answers for an incident.

use super::api::Refused;
use super::document::{IncidentDocument, path};
use crate::Engine;
use crate::links::LinkKey;
use access::incidents::{Incident, IncidentId};

/// What these links are for.
const PURPOSE: &str = "answer";

/// Makes the addresses of the pages where people answer.
#[derive(Clone)]
pub(super) struct Links {
    host: String,
    key: LinkKey,
}

/// What one look at the store shows of them.
pub(super) enum Known {
    /// They can be made.
    Links(Links),
    /// Nobody has made a key yet.
    NotYet,
    /// There will be none.
    None,
}

impl Links {
    /// The whole address of an incident's page.
    pub(super) fn page(&self, id: &IncidentId) -> String {
        format!("{}/api/v1/incidents/{id}/answer?link={}", self.host, self.key.secret(PURPOSE, id.as_str()))
    }
}

impl Engine {
    /// What makes links; `None` where nobody knows at which address this program is reached, or the store does not answer:
    /// a page without a link is better than none.
    pub(super) async fn incident_links(&self) -> Option<Links> {
        self.public_host()?;
        self.links_with(self.link_key().await)
    }

    /// The same in two steps of one operation each, beside what the store is asked anyway: here whether there is a key,
    /// which [`make_incident_links`](Engine::make_incident_links) makes where there is none.
    pub(super) async fn known_incident_links(&self) -> Known {
        if self.public_host().is_none() {
            return Known::None;
        }
        match self.known_link_key().await {
            Ok(Some(key)) => self.links_with(Ok(key)).map_or(Known::None, Known::Links),
            Ok(None) => Known::NotYet,
            Err(error) => self.links_with(Err(error)).map_or(Known::None, Known::Links),
        }
    }

    pub(super) async fn make_incident_links(&self, known: Known) -> Option<Links> {
        match known {
            Known::Links(links) => Some(links),
            Known::None => None,
            Known::NotYet => self.links_with(self.make_link_key().await),
        }
    }

    fn links_with(&self, key: Result<LinkKey, store::Error>) -> Option<Links> {
        let host = self.public_host()?.to_owned();
        match key {
            Ok(key) => Some(Links { host, key }),
            Err(error) => {
                tracing::warn!(%error, "pages go out without a link");
                None
            }
        }
    }

    /// The incident for which this link was made. Changes nothing.
    ///
    /// # Errors
    ///
    /// [`Refused::NotFound`] for a link that was not made for this incident, and for an incident that is not there.
    pub async fn incident_by_link(&self, id: &IncidentId, link: &str) -> Result<Incident, Refused> {
        let wrong = || Refused::NotFound(id.to_string());
        let key = self.known_link_key().await?.ok_or_else(wrong)?;
        // Before the incident is looked for: time tells nobody which ids there are.
        if !key.opens(PURPOSE, id.as_str(), link) {
            return Err(wrong());
        }
        let kept = self.store.read::<IncidentDocument>(&path(id)).await?;
        kept.map(|kept| kept.value.0).ok_or_else(wrong)
    }
}
