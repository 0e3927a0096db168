//! Grants, as far as keeping customers' groups goes: following the partner's people who have one, and ending them while
//! the partner cannot be read.
//!
//! A marker `open/grants/<person>.<tenant>.<request>` is there while a grant of one of the partner's people is not seen to
//! be over: the snapshot follows these people though they may be in no source group. People from outside have none,
//! since nobody could say more of them than their grant does.

use super::documents::{Head, SNAPSHOT, SnapshotDocument, head_path};
use super::leased::Scope;
use super::orders::OVERLAP;
use super::partner::Partner;
use crate::{Engine, Error, How, Outcome};
use access::config::Customer;
use access::ids::{PersonId, TenantId};
use access::ledger::Grant;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::markers;

/// The kind of the markers.
const MARKER: &str = "grants";

impl Engine {
    /// Makes the snapshot follow the person of this grant. To be called before the grant is journalled.
    pub(crate) async fn follow_granted(&self, tenant: TenantId, grant: &Grant) -> Result<(), Error> {
        if !grant.outside {
            markers::set(&self.store, MARKER, &id(tenant, grant)).await?;
        }
        Ok(())
    }

    /// The grant is over, or never came to be.
    pub(crate) async fn unfollow_granted(&self, tenant: TenantId, grant: &Grant) -> Result<(), Error> {
        if !grant.outside {
            markers::clear(&self.store, MARKER, &id(tenant, grant)).await?;
        }
        Ok(())
    }

    /// The partner's people who have grants, and in which customers' tenants.
    pub(super) async fn granted_people(&self) -> Result<BTreeMap<PersonId, BTreeSet<TenantId>>, Error> {
        let mut granted: BTreeMap<PersonId, BTreeSet<TenantId>> = BTreeMap::new();
        for id in markers::list(&self.store, MARKER).await? {
            let mut parts = id.split('.');
            let person = parts.next().and_then(|text| text.parse().ok());
            let tenant = parts.next().and_then(|text| text.parse().ok());
            if let (Some(person), Some(tenant)) = (person, tenant) {
                granted.entry(person).or_default().insert(tenant);
            }
        }
        Ok(granted)
    }

    /// The customers in which people have grants who left the partner since the last tick: no source group tells that.
    /// Nothing is read where nobody left.
    pub(super) async fn left_with_grants(
        &self,
        partner: &Partner,
        since: Option<Timestamp>,
    ) -> Result<BTreeSet<TenantId>, Error> {
        let Some(since) = since else { return Ok(BTreeSet::new()) };
        let people = &partner.snapshot.people;
        let has_left = |id: &PersonId| {
            people.get(id).is_some_and(|one| one.has_left() && one.left.is_none_or(|at| at > since - OVERLAP))
        };
        if !people.keys().any(has_left) {
            return Ok(BTreeSet::new());
        }
        let granted = self.granted_people().await?;
        Ok(granted.into_iter().filter(|(id, _)| has_left(id)).flat_map(|(_, tenants)| tenants).collect())
    }

    /// The partner cannot be read, so the customer cannot be looked after. That a grant has ended rests on the customer's
    /// own ledger alone: what it gave is taken away all the same. `None` where no grant is over.
    pub(super) async fn end_grants_alone(&self, customer: &Customer) -> Result<Option<Outcome>, Error> {
        let head = self.store.read::<Head>(&head_path(customer.tenant_id)).await?;
        let end = head.and_then(|kept| kept.value.grants_end);
        if end.is_none_or(|end| self.clock.now() < end) {
            return Ok(None);
        }
        let Some(kept) = self.store.read::<SnapshotDocument>(SNAPSHOT).await? else { return Ok(None) };
        if kept.value.snapshot.tenant != self.config.partner.tenant_id {
            return Ok(None);
        }
        // However old: it is never acted on, but where it asks for somebody they stay.
        let partner = Arc::new(Partner::new(kept.value.snapshot, self.orders().await?));
        self.run_leased(customer, How::default(), Scope::Ended, partner).await.map(Some)
    }
}

fn id(tenant: TenantId, grant: &Grant) -> String {
    format!("{}.{tenant}.{}", grant.person, grant.request)
}
