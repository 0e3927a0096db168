//! Customers who have memberships of ours and are not in the configuration (any more): nothing is done there.

use super::documents::{Body, LEASES, body_path};
use crate::{Engine, Error, Red};
use access::ids::TenantId;
use std::collections::BTreeSet;

/// One of them.
pub(crate) struct GoneCustomer {
    pub(crate) tenant_id: TenantId,
    /// The name that the last plan had, if one was made.
    pub(crate) name: Option<String>,
    memberships: usize,
}

impl Engine {
    /// All of them, by tenant.
    pub(crate) async fn gone_customers(&self) -> Result<Vec<GoneCustomer>, Error> {
        let configured: BTreeSet<TenantId> = self.config.customers.iter().map(|customer| customer.tenant_id).collect();
        let mut gone = Vec::new();
        for path in self.store.list(LEASES).await? {
            let tenant = path.trim_start_matches(LEASES).parse().ok();
            let Some(tenant_id) = tenant.filter(|tenant| !configured.contains(tenant)) else { continue };
            let body = match self.store.read::<Body>(&body_path(tenant_id)).await {
                Err(store::Error::Newer { .. }) => continue,
                body => body?,
            };
            let Some(body) = body else { continue };
            let memberships: usize = body.value.ledger.rows.values().map(|rows| rows.len()).sum();
            if memberships > 0 {
                gone.push(GoneCustomer { tenant_id, name: body.value.last.map(|plan| plan.customer), memberships });
            }
        }
        Ok(gone)
    }
}

impl GoneCustomer {
    pub(super) fn red(self) -> Red {
        let Self { tenant_id, name, memberships } = self;
        Red {
            customer: name,
            code: crate::notices::CUSTOMER_GONE.into(),
            text: format!(
                "tenant {tenant_id} has {memberships} memberships of ours and is not in the configuration; nothing is done there until it is back (an error in its file leaves a customer out, too: gatehouse check), or until a person says that it is meant: gatehouse forget {tenant_id}"
            ),
        }
    }
}
