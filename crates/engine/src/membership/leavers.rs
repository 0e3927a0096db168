//! Leaver first: what people who left must lose is taken from them in all customers before anybody is added anywhere.
//!
//! One customer's plan removes before it adds. Over all customers the tick does it: where somebody left, was barred or
//! fell out of their last group, it carries out the removals alone in every customer that has them, before it names
//! the customers that are due; the whole runs, with their additions, come after.

use super::documents::Body;
use super::leased::Scope;
use super::orders::OVERLAP;
use super::partner::Partner;
use crate::{Engine, Error, How, Outcome, Run};
use access::config::{Customer, Disable, Mode};
use access::ids::PersonId;
use access::ledger::Ledger;
use futures::StreamExt;
use futures::future::{Either, select};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// How many customers are looked at together: a leaver in 200 customers is gone from all within seconds.
pub(super) const AT_ONCE_MAX: usize = 64;

/// How long the removals may keep the rest waiting. A customer that takes longer goes on by itself.
const GO_AHEAD_MAX: Duration = Duration::from_secs(30);

impl Engine {
    /// Takes out, in these customers, everybody who has left the partner, is barred or is in none of its groups (the
    /// last as far as the rails let it), before the caller lets anybody in. Returns what was done, by customer; what
    /// failed is left to the customer's own run, which tells it.
    pub async fn take_out_leavers(&self, customers: &[String]) -> Result<BTreeMap<String, Run>, Error> {
        let partner = self.fresh_partner().await?;
        let leavers = leavers(&partner, None);
        let done = self.go_ahead(customers, &partner, &leavers).await;
        Ok(done.into_iter().filter_map(|(name, run)| Some((name, run?))).collect())
    }

    /// The same for those who left since the last tick, in the customers that this touched. Returns the customers in which it is not done.
    pub(super) async fn leavers_first(
        &self,
        touched: &[String],
        partner: &Arc<Partner>,
        since: Option<Timestamp>,
    ) -> BTreeSet<String> {
        let Some(since) = since else { return BTreeSet::new() };
        let leavers = leavers(partner, Some(since - OVERLAP));
        let done = self.go_ahead(touched, partner, &leavers).await;
        let is_left = |run: &Option<Run>| run.as_ref().is_none_or(|run| !run.failures.is_empty() || run.waiting > 0);
        done.into_iter().filter(|(_, run)| is_left(run)).map(|(name, _)| name).collect()
    }

    async fn go_ahead(
        &self,
        names: &[String],
        partner: &Arc<Partner>,
        leavers: &BTreeSet<PersonId>,
    ) -> BTreeMap<String, Option<Run>> {
        if leavers.is_empty() {
            return BTreeMap::new();
        }
        let until = self.clock.monotonic() + GO_AHEAD_MAX;
        let names: BTreeSet<&String> = names.iter().collect();
        let mut work = Vec::new();
        for customer in &self.config.customers {
            if customer.mode == Mode::Enforce && names.contains(&customer.name) {
                work.push(self.ahead_in(customer, partner, leavers, until));
            }
        }
        let done: Vec<_> = futures::stream::iter(work).buffer_unordered(AT_ONCE_MAX).collect().await;
        done.into_iter().flatten().collect()
    }

    /// One customer: `None` where nobody of them has anything.
    async fn ahead_in(
        &self,
        customer: &Customer,
        partner: &Arc<Partner>,
        leavers: &BTreeSet<PersonId>,
        until: Duration,
    ) -> Option<(String, Option<Run>)> {
        if !self.has_any(customer, leavers, partner).await? {
            return None;
        }
        Some((customer.name.clone(), self.removals(customer, partner, until).await))
    }

    /// Whether one of these people has something of ours here; `None` where not, or where nothing was kept yet.
    async fn has_any(&self, customer: &Customer, leavers: &BTreeSet<PersonId>, partner: &Partner) -> Option<bool> {
        let body = self.store.read::<Body>(&super::documents::body_path(customer.tenant_id)).await.ok()??;
        Some(has_any(&body.value.ledger, leavers, partner, self.config.leavers.disable))
    }

    async fn removals(&self, customer: &Customer, partner: &Arc<Partner>, until: Duration) -> Option<Run> {
        let left = until.checked_sub(self.clock.monotonic())?;
        let run = std::pin::pin!(self.run_leased(customer, How::default(), Scope::Removals, partner.clone()));
        // Given up midway it is like a process that died: the journal tells the next run how far it came.
        match select(run, self.clock.sleep(left)).await {
            Either::Left((Ok(Outcome::Ran(run)), _)) => Some(*run),
            Either::Left((Ok(_), _)) | Either::Right(_) => None,
            Either::Left((Err(error), _)) => {
                tracing::warn!(customer = %customer.name, %error, "the leavers' removals are left to the whole run");
                None
            }
        }
    }
}

/// Who must go somewhere: who left the partner, is barred, or is in no source group any more; of those of whom that
/// became known since then.
fn leavers(partner: &Partner, since: Option<Timestamp>) -> BTreeSet<PersonId> {
    let recent = |at: Option<Timestamp>| since.is_none_or(|since| at.is_none_or(|at| at > since));
    let snapshot = &partner.snapshot;
    let present: BTreeSet<PersonId> =
        snapshot.groups.values().flat_map(|group| group.people.iter().chain(&group.doubtful).copied()).collect();
    let gone = snapshot.people.iter().filter(|(id, person)| {
        person.has_left() && recent(person.left) || !present.contains(id) && recent(Some(person.seen))
    });
    let barred = partner.orders.barred.iter().filter(|(_, bar)| recent(Some(bar.at)));
    gone.map(|(id, _)| *id).chain(barred.map(|(id, _)| *id)).collect()
}

fn has_any(ledger: &Ledger, leavers: &BTreeSet<PersonId>, partner: &Partner, disable: Disable) -> bool {
    let mut rows = ledger.rows.values().flat_map(|rows| rows.values());
    let is_out = |id: &PersonId| {
        partner.orders.is_barred(*id)
            || disable != Disable::Never && partner.snapshot.people.get(id).is_some_and(|person| person.has_left())
    };
    rows.any(|row| leavers.contains(&row.person) && row.removing.is_none() && row.vanished.is_none())
        || leavers
            .iter()
            .filter(|id| is_out(id))
            .filter_map(|id| ledger.guests.get(id))
            .any(|row| row.ours && row.disabled.is_none() && row.deleted.is_none())
}
