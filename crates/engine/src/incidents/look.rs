//! Looking at incidents. Nothing here changes anything.

use super::api::{Filter, Page, Refused};
use super::document::{INCIDENTS, IncidentDocument, MARKER, lead, path};
use crate::{Engine, Error};
use access::incidents::{Incident, IncidentId};
use futures::{StreamExt, TryStreamExt};
use store::markers;

/// How many documents are read together.
const READ_AT_ONCE: usize = 16;

/// The most incidents of one page, and the most documents that one page is looked for in.
const PAGE_MAX: usize = 100;
const LOOKED_AT_MAX: usize = 2_000;

impl Engine {
    /// One incident, for somebody who may see these customers (`None`: all).
    pub async fn incident(&self, id: &IncidentId, customers: Option<&[String]>) -> Result<Incident, Refused> {
        let kept = lead(&self.store, id).await?;
        let incident = kept.map(|kept| kept.value.0).filter(|incident| self.may_see_incident(incident, customers));
        incident.ok_or_else(|| Refused::NotFound(id.to_string()))
    }

    /// The incidents of these customers (`None`: all), by id, a page at a time.
    pub async fn incidents(&self, filter: &Filter, customers: Option<&[String]>) -> Result<Page, Refused> {
        let folder = format!("{INCIDENTS}/");
        let mut left: Vec<IncidentId> = self.store.list(&folder).await?.iter().filter_map(|path| id_of(path)).collect();
        left.retain(|id| filter.after.as_ref().is_none_or(|after| id > after));
        let is_more = left.len() > LOOKED_AT_MAX;
        left.truncate(LOOKED_AT_MAX);
        let last = left.last().cloned();
        let mut read = futures::stream::iter(left)
            .map(|id| async move { self.store.read::<IncidentDocument>(&path(&id)).await })
            .buffered(READ_AT_ONCE);
        let mut page = Page::default();
        while let Some(kept) = read.try_next().await? {
            let Some(incident) = kept.map(|kept| kept.value.0) else { continue };
            let wanted = incident.same_as.is_none()
                && filter.status.is_none_or(|status| incident.status == status)
                && filter.customer.as_ref().is_none_or(|name| self.name_of(&incident) == name);
            if !wanted || !self.may_see_incident(&incident, customers) {
                continue;
            }
            if page.incidents.len() == PAGE_MAX {
                page.next = page.incidents.last().map(|incident| incident.id.clone());
                return Ok(page);
            }
            page.incidents.push(incident);
        }
        // It may be the id of one that they may not see.
        page.next = last.filter(|_| is_more).map(|last| last.around());
        Ok(page)
    }

    /// The ids that begin with these digits, sorted.
    pub async fn incident_ids(&self, digits: &str) -> Result<Vec<IncidentId>, Error> {
        let paths = self.store.list(&format!("{INCIDENTS}/")).await?;
        let ids = paths.iter().filter_map(|path| id_of(path));
        Ok(ids.filter(|id| id.as_str().starts_with(digits)).collect())
    }

    /// The incidents with something left to do.
    pub(crate) async fn open_incidents(&self) -> Result<Vec<IncidentId>, Error> {
        let ids = markers::list(&self.store, MARKER).await?;
        Ok(ids.into_iter().filter_map(|id| id.parse().ok()).collect())
    }

    /// What is stored of these incidents; one that is not there is left out.
    pub(crate) async fn incident_documents(&self, ids: &[IncidentId]) -> Result<Vec<Incident>, Error> {
        let (there, unread) = self.incidents_each(ids).await;
        match unread.into_iter().next() {
            None => Ok(there),
            Some((_, error)) => Err(error.into()),
        }
    }

    /// The same, each by itself: those that are there, and why the others cannot be read.
    pub(super) async fn incidents_each(&self, ids: &[IncidentId]) -> (Vec<Incident>, Vec<(IncidentId, store::Error)>) {
        let mut read = futures::stream::iter(ids.to_vec())
            .map(|id| async move { (self.store.read::<IncidentDocument>(&path(&id)).await, id) })
            .buffered(READ_AT_ONCE);
        let (mut there, mut unread) = (Vec::new(), Vec::new());
        while let Some((kept, id)) = read.next().await {
            match kept {
                Ok(kept) => there.extend(kept.map(|kept| kept.value.0)),
                Err(error) => unread.push((id, error)),
            }
        }
        (there, unread)
    }

    /// Whether somebody who may see these customers may see the incident. One of a customer who is not in the configuration
    /// is only for those who may see all.
    pub(super) fn may_see_incident(&self, incident: &Incident, customers: Option<&[String]>) -> bool {
        match (customers, self.customer_of_incident(incident)) {
            (None, _) => true,
            (Some(customers), Some(customer)) => customers.contains(&customer.name),
            (Some(_), None) => false,
        }
    }

    fn name_of<'a>(&'a self, incident: &'a Incident) -> &'a str {
        self.customer_of_incident(incident).map_or(&incident.customer, |customer| &customer.name)
    }
}

fn id_of(path: &str) -> Option<IncidentId> {
    path.rsplit('/').next()?.parse().ok()
}
