//! Where incidents are kept.

use access::incidents::{Incident, IncidentId};
use serde::{Deserialize, Serialize};
use store::{Document, Kept, Store};

/// The folder of the incidents' documents, by id.
pub(super) const INCIDENTS: &str = "incidents";

/// The kind of the markers of incidents with something left to do: `open/incidents/<id>`.
pub(super) const MARKER: &str = "incidents";

/// An incident as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct IncidentDocument(pub(crate) Incident);

impl Document for IncidentDocument {
    const V: u32 = 1;
}

/// Where an incident is kept.
pub(super) fn path(id: &IncidentId) -> String {
    format!("{INCIDENTS}/{id}")
}

/// The incident that is meant by this id: itself, or the one that it is the same as.
pub(super) async fn lead(store: &Store, id: &IncidentId) -> Result<Option<Kept<IncidentDocument>>, store::Error> {
    let kept = store.read::<IncidentDocument>(&path(id)).await?;
    let Some(same_as) = kept.as_ref().and_then(|kept| kept.value.0.same_as.as_ref()) else { return Ok(kept) };
    // One step is enough: only what has no alert of its own yet is ever made the same as another.
    store.read::<IncidentDocument>(&path(same_as)).await
}
