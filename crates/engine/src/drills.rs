//! Announced drills: for a while, one sign-in with one account is expected.
//!
//! [`announce`] opens the window after every channel was told of it; [`follow`] sees how far it is and ends it; [`tell`]
//! is what the channels hear of the drill itself.

mod announce;
mod follow;
mod tell;

pub use announce::Announce;
pub(crate) use follow::note_journalled;

use access::drills::DrillRecord;
use access::ids::TenantId;
use access::incidents::{Drill, Incident};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Document, Store, UPDATE_ATTEMPTS_MAX};

/// The folder of the drills, by tenant.
const DRILLS: &str = "drills";

/// The drills of a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DrillDocument {
    /// The one that is announced, or was last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) announced: Option<Drill>,
    /// When a drill last went as it should.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) passed: Option<Timestamp>,
    /// The evidence of the latest ones, the last one at the end.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) records: Vec<DrillRecord>,
}

impl Document for DrillDocument {
    const V: u32 = 1;
}

/// Where the drills of a customer are kept.
pub(crate) fn path(tenant: TenantId) -> String {
    format!("{DRILLS}/{tenant}")
}

/// The drill that was last announced for this customer.
pub(crate) async fn read(store: &Store, tenant: TenantId) -> Result<Option<Drill>, store::Error> {
    Ok(store.read::<DrillDocument>(&path(tenant)).await?.and_then(|kept| kept.value.announced))
}

/// Takes the drill for this incident; whether it is the one that it covers. Somebody else may have been first.
pub(crate) async fn take(store: &Store, incident: &Incident) -> Result<bool, store::Error> {
    for _ in 0..UPDATE_ATTEMPTS_MAX {
        let Some(kept) = store.read::<DrillDocument>(&path(incident.tenant_id)).await? else { return Ok(false) };
        let mut document = kept.value.clone();
        let named = document.announced.as_mut().filter(|drill| Some(&drill.id) == incident.drill.as_ref());
        let Some(drill) = named else { return Ok(false) };
        match &drill.incident {
            Some(covered) => return Ok(*covered == incident.id),
            None => drill.incident = Some(incident.id.clone()),
        }
        match store.replace(&kept, document).await {
            Ok(_) => return Ok(true),
            Err(store::Error::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Err(store::Error::Conflict)
}
