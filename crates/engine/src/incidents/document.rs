//! Where incidents are kept.

use access::incidents::{Incident, IncidentId};
use serde::{Deserialize, Serialize};
use store::Document;

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
