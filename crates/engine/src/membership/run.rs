//! One customer, whole: survey, plan, judge, apply, journal.

use super::documents::{Body, Head, body_path, head_path, lease_path};
use super::leased::{LeasedRun, Scope};
use super::partner::Partner;
use super::survey::Survey;
use super::trouble::is_shut_out;
use super::watch::{self, Watch};
use crate::{Engine, Error, How, Outcome, told};
use access::config::{Customer, Mode};
use access::ledger::{Entry, Ledger, settle};
use futures::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use store::Kept;
use store::journal::Journal;
use store::lease::{self, Take};
use tracing::Instrument;

/// How often a run looks whether its lease needs renewing, and how much of it must be left then.
const RENEW_EVERY: Duration = Duration::from_secs(5);
const RENEW_AHEAD: Duration = Duration::from_secs(9);

/// How many customers are planned at a time.
const PLANNED_AT_ONCE: usize = 16;

impl Engine {
    /// `sync_customer`: one customer, whole. A failure of the run is an outcome; an error is a failure of the store or
    /// a name that is not in the configuration.
    pub async fn sync(&self, customer: &str, how: How) -> Result<Outcome, Error> {
        let customer = self.customer(customer)?;
        // What is logged on the way names the customer.
        let span = tracing::error_span!("run", customer = customer.name);
        let mut lost = false;
        let ended = self.sync_known(customer, how, &mut lost).instrument(span).await;
        told::run(&customer.name, &ended, lost, self.clock.now());
        ended
    }

    async fn sync_known(&self, customer: &Customer, how: How, lost: &mut bool) -> Result<Outcome, Error> {
        if customer.mode == Mode::Paused {
            return Ok(Outcome::Paused);
        }
        let ran = self.sync_customer(customer, how).await;
        match ran {
            Ok(outcome) => Ok(outcome),
            Err(error) => {
                *lost = matches!(error, Error::Lost(_));
                let retry = error.is_transient();
                let text = match self.trouble_of(customer, &error) {
                    Some((code, text)) => format!("customer {}: {code}: {text}", customer.name),
                    None => format!("customer {}: {error}", customer.name),
                };
                // Whoever lost the lease writes nothing any more, and somebody else is at work already.
                if !*lost {
                    self.note_failure(customer, &error, &text).await;
                }
                Ok(Outcome::Failed { text, retry })
            }
        }
    }

    async fn sync_customer(&self, customer: &Customer, how: How) -> Result<Outcome, Error> {
        if let Some(refused) = self.refused_lately(customer.tenant_id) {
            return Err(refused);
        }
        let partner = match self.refused_lately(self.config.partner.tenant_id) {
            Some(refused) => Err(refused),
            None if how.fresh => self.fresh_partner().await,
            None => self.partner().await,
        };
        let partner = match partner {
            Ok(partner) => partner,
            Err(error) => {
                let ended = self.end_grants_alone(customer).await?;
                // A person who asks for a run hears that it was not a whole one.
                return ended.filter(|_| !how.fresh).ok_or(error);
            }
        };
        let head = self.store.read::<Head>(&head_path(customer.tenant_id)).await?;
        if !how.fresh
            && let Some(kept) = &head
            && let Some(paused) = self.paused_by_trouble(customer, &kept.value)
        {
            return Ok(paused);
        }
        if !how.fresh
            && let Some(kept) = &head
            && self.may_be_unchanged(&kept.value, &partner.inputs(self, customer))
        {
            let reader = self.customer_reader(customer);
            let watching = watch::watch(&reader, &kept.value).instrument(tracing::debug_span!("watch"));
            match watching.await {
                Ok(watch) if !watch.changed && !watch.expired => {
                    if self.are_strangers(customer, kept, &watch, &partner).await? {
                        return Ok(Outcome::Unchanged);
                    }
                }
                // A whole run finds out what a refusal means, and starts to follow anew.
                Err(Error::Cloud { source, .. }) if !source.transient() && !is_shut_out(&source) => {}
                Err(error) => return Err(error),
                Ok(_) => {}
            }
        }
        self.run_leased(customer, how, Scope::Whole, partner).await
    }

    /// A run under the customer's lease, whatever the head says.
    pub(super) async fn run_leased(
        &self,
        customer: &Customer,
        how: How,
        scope: Scope,
        partner: Arc<Partner>,
    ) -> Result<Outcome, Error> {
        let _room = self.room_for(customer, &partner).await;
        let holder = format!("gatehouse {}", self.random.id());
        match lease::take(&self.store, &lease_path(customer.tenant_id), &holder).await? {
            Take::Busy { .. } => {
                self.mark_dirty(customer).await?;
                Ok(Outcome::Busy)
            }
            Take::Held(held) => {
                let held = Arc::new(held);
                let run = LeasedRun { engine: self, customer, how, lease: held.clone(), scope };
                let ran = self.holding(&held, Box::pin(run.run(partner))).await;
                // A lease that cannot be given back ends by itself.
                let released = held.release().await;
                let run = ran?;
                released?;
                Ok(Outcome::Ran(Box::new(run)))
            }
        }
    }

    /// Does the work, and renews the lease meanwhile: a slow tenant must not lose it to the next run, again and again.
    /// Where it is lost all the same, the work stops where it stands, as if the process had ended.
    pub(super) async fn holding<T>(
        &self,
        held: &lease::Lease,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut work = std::pin::pin!(work);
        loop {
            // Beside the work, never instead of it: the work may be renewing the lease itself, and whoever waited for it
            // to end without letting it go on would wait for ever.
            let renewal = std::pin::pin!(async {
                self.clock.sleep(RENEW_EVERY).await;
                held.ensure(RENEW_AHEAD).await
            });
            match futures::future::select(work.as_mut(), renewal).await {
                futures::future::Either::Left((done, _)) => return done,
                futures::future::Either::Right((renewed, _)) => {
                    renewed.map_err(|lost| Error::Lost(lost.to_string()))?;
                }
            }
        }
    }

    /// The digest that the head of a customer who was just looked after keeps: of everything on the partner's side and
    /// in the configuration that the customer's plan rests on.
    pub async fn inputs(&self, customer: &str) -> Result<String, Error> {
        Ok(self.partner().await?.inputs(self, self.customer(customer)?))
    }

    /// Whether nothing that we can know without asking the customer's tenant calls for a run.
    fn may_be_unchanged(&self, head: &Head, inputs: &str) -> bool {
        let now = self.clock.now();
        head.inputs == inputs
            && head.dirty == head.done
            && now < head.full_at
            && head.wake.is_none_or(|wake| now < wake)
    }

    /// Whether the users that changed, and the people who left the partner, are none of this customer's; then only the
    /// link and the digest go on.
    async fn are_strangers(
        &self,
        customer: &Customer,
        head: &Kept<Head>,
        watch: &Watch,
        partner: &Partner,
    ) -> Result<bool, Error> {
        let nobody_left = head.value.left.all == partner.left();
        if watch.users_changed.is_empty() && nobody_left {
            return Ok(true);
        }
        let Some(body) = self.store.read::<Body>(&body_path(customer.tenant_id)).await? else { return Ok(false) };
        if body.value.ledger.guests.values().any(|row| watch.users_changed.contains(&row.guest)) {
            return Ok(false);
        }
        let left = match nobody_left {
            true => Some(head.value.left.clone()),
            false => head.value.left.carried_on(partner, &body.value),
        };
        let Some(left) = left else { return Ok(false) };
        let on = Head { users: watch.users.clone(), left, ..head.value.clone() };
        match self.store.replace(head, on).await {
            Ok(_) | Err(store::Error::Conflict) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Surveys and plans the named customers (all, if none is named). It reads the partner afresh, takes no lease,
    /// stores nothing about a customer and never constructs a writer.
    pub async fn plan(&self, customers: &[String]) -> Result<access::plan::Plan, Error> {
        let partner = self.fresh_partner().await?;
        let partner = &partner;
        let parts = futures::stream::iter(self.chosen(customers)?)
            .map(|customer| async move { self.plan_one(customer, partner).await })
            .buffer_unordered(PLANNED_AT_ONCE);
        Ok(access::plan::Plan::new(parts.collect().await))
    }

    pub(super) async fn plan_one(&self, customer: &Customer, partner: &Arc<Partner>) -> access::plan::CustomerPlan {
        let planned = async {
            let body = self.store.read::<Body>(&body_path(customer.tenant_id)).await?;
            let body = body.as_ref().map(|kept| &kept.value);
            let (_, mut ledger, _) = self.unfold(customer, body).await?;
            let vetted = body.map(|body| body.vetted.clone()).unwrap_or_default();
            self.check_partner(customer, &ledger)?;
            let reader = self.customer_reader(customer);
            let survey = Survey { engine: self, customer, reader: &reader, partner, ledger: &ledger, vetted: &vetted };
            let mut surveyed = survey.take().await?;
            for entry in settle(&ledger, &surveyed.actual, &|person| self.address_of(partner, person)) {
                ledger.fold(&entry);
            }
            self.plan_in_windows(customer, customer.mode, partner, &ledger, &mut surveyed, false).await
        };
        match planned.await {
            Ok(planned) => planned.plan,
            Err(error) => {
                let mut plan = super::plans::failed_plan(customer, &error.to_string());
                plan.problems.extend(self.trouble_problem(customer, &error).await);
                plan.problems.sort();
                plan
            }
        }
    }

    pub(super) fn address_of(&self, partner: &Partner, person: access::ids::PersonId) -> Option<String> {
        partner.snapshot.people.get(&person).and_then(|person| person.address(self.config.address))
    }

    /// Another partner tenant than the one for which this customer's ledger was kept stops everything.
    pub(super) fn check_partner(&self, customer: &Customer, ledger: &Ledger) -> Result<(), Error> {
        match ledger.partner {
            Some(known) if known != self.config.partner.tenant_id => Err(Error::PartnerChanged(format!(
                "what is ours in {} was kept for partner tenant {known}, and the configuration now names {}; correct `partner.tenant_id`, or start with an empty store",
                customer.name, self.config.partner.tenant_id
            ))),
            _ => Ok(()),
        }
    }

    /// The customer's journal at its end and the ledger that it folds to; and whether the body was behind it.
    pub(super) async fn unfold(
        &self,
        customer: &Customer,
        body: Option<&Body>,
    ) -> Result<(Journal<Entry>, Ledger, bool), Error> {
        let mut journal = self.journal(customer, body.map(|body| body.chain.clone()))?;
        let mut ledger = body.map(|body| body.ledger.clone()).unwrap_or_default();
        let tail = journal.tail().await?;
        tail.iter().flat_map(|block| &block.entries).for_each(|entry| ledger.fold(entry));
        Ok((journal, ledger, !tail.is_empty()))
    }

    pub(super) fn journal(
        &self,
        customer: &Customer,
        head: Option<store::journal::Head>,
    ) -> Result<Journal<Entry>, Error> {
        let chain = customer.tenant_id.to_string();
        Ok(match head {
            Some(head) => Journal::open(&self.store, &chain, head)?,
            None => Journal::from_start(&self.store, &chain)?,
        })
    }
}
