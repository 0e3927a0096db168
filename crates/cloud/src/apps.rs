//! Which app registration speaks for us in which tenant.

use crate::credential::Credential;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// A further app registration, which these tenants consented to instead of the usual one.
#[derive(Debug, Clone)]
pub struct FurtherApp {
    /// Its client id.
    pub app: Uuid,
    /// What proves that we are it.
    pub credential: Credential,
    /// The tenants in which it is used. A tenant that several apps name is that of the last.
    pub tenants: BTreeSet<Uuid>,
}

/// The app of each tenant.
#[derive(Debug)]
pub(crate) struct AppOf {
    usual: Uuid,
    others: HashMap<Uuid, Uuid>,
}

impl AppOf {
    pub(crate) fn new(usual: Uuid, further: &[FurtherApp]) -> Self {
        let others = further.iter().flat_map(|one| one.tenants.iter().map(|tenant| (*tenant, one.app)));
        Self { usual, others: others.collect() }
    }

    /// The client ids of all apps that are used anywhere.
    pub(crate) fn all(&self) -> impl Iterator<Item = Uuid> {
        std::iter::once(self.usual).chain(self.others.values().copied())
    }

    /// The client id of the app that is used in this tenant.
    pub(crate) fn tenant(&self, tenant: Uuid) -> Uuid {
        self.others.get(&tenant).copied().unwrap_or(self.usual)
    }
}
