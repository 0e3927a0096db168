//! Holds with one cause in many customers, decided together with their totals confirmed.
//!
//! What a person confirmed is a document, so that a decision that was interrupted in the middle goes on where it stood
//! when the same person says the same again.

use super::documents::Body;
use super::partner::hex;
use crate::{By, Confirm, DecidedTogether, Engine, Error};
use access::config::Customer;
use access::ids::TenantId;
use access::ledger::{Entry, Release, StepKey};
use access::plan::{CustomerPlan, totals_of};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use store::Document;

/// A decision that is under way: `decision/<id>`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Decision {
    /// What is still to be done: the steps that were confirmed, by tenant.
    open: BTreeMap<TenantId, BTreeSet<StepKey>>,
    /// The customers where it is done, by name.
    done: BTreeSet<String>,
    /// When it was confirmed.
    at: Timestamp,
}

impl Document for Decision {
    const V: u32 = 1;
}

impl Engine {
    /// Lets exactly the steps that this cause holds in all these customers (`None`: in all) through for 24 h, or refuses
    /// them, if as many customers and people are concerned as `confirm` says. Other totals: [`Error::PlanChanged`], and
    /// nothing was changed anywhere.
    pub async fn decide_together(
        &self,
        cause: &str,
        allow: bool,
        confirm: Confirm,
        customers: Option<&[String]>,
        by: &By,
    ) -> Result<DecidedTogether, Error> {
        let now = self.clock.now();
        let named: BTreeSet<&String> = customers.into_iter().flatten().collect();
        let said = format!("{cause}|{allow}|{confirm:?}|{:?}", customers.map(|_| named));
        let path = format!("decision/{}", hex(&Sha256::digest(said)[..16]));
        let kept = self.store.read::<Decision>(&path).await?;
        let under_way =
            |decision: &Decision| !decision.open.is_empty() && now < decision.at + super::plans::DECISION_HOLDS;
        let mut kept = match kept {
            Some(kept) if under_way(&kept.value) => kept,
            stale => {
                let decision = self.confirmed(cause, allow, confirm, customers, now).await?;
                match stale {
                    Some(stale) => self.store.replace(&stale, decision).await?,
                    None => self.store.create(&path, decision).await?,
                }
            }
        };
        let mut answer = DecidedTogether { customers: Vec::new(), open: Vec::new(), changed: Vec::new() };
        let mut decision = kept.value.clone();
        for (tenant, steps) in kept.value.open.clone() {
            let Some(customer) = self.customer_of(tenant) else {
                decision.open.remove(&tenant);
                continue;
            };
            match self.decide_one(customer, cause, allow, &steps, by).await {
                Ok(()) => {
                    decision.open.remove(&tenant);
                    decision.done.insert(customer.name.clone());
                }
                Err(Error::PlanChanged(_)) => {
                    decision.open.remove(&tenant);
                    answer.changed.push(customer.name.clone());
                }
                Err(error) => answer.open.push((customer.name.clone(), error.to_string())),
            }
        }
        answer.customers = decision.done.iter().cloned().collect();
        if !decision.open.is_empty() {
            kept = self.store.replace(&kept, decision).await?;
        } else {
            self.store.delete(&kept.path).await?;
        }
        tracing::info!(cause, allow, done = answer.customers.len(), open = kept.value.open.len(), "decided together");
        Ok(answer)
    }

    /// What this cause holds now, if it is what the person saw.
    async fn confirmed(
        &self,
        cause: &str,
        allow: bool,
        confirm: Confirm,
        customers: Option<&[String]>,
        now: Timestamp,
    ) -> Result<Decision, Error> {
        let mut plans = self.held(customers).await?;
        plans.retain(|plan| !plan.keys_of(cause).is_empty());
        if plans.is_empty() {
            return Err(Error::NoSuchPlan(cause.into()));
        }
        let is_free = |plan: &CustomerPlan| plan.held.iter().any(|held| held.cause == cause && held.is_releasable());
        if allow && !plans.iter().any(is_free) {
            return Err(Error::PlanChanged(format!(
                "what {cause} holds cannot be released: something could not be read, and the next complete survey decides"
            )));
        }
        let totals = totals_of(cause, &plans);
        if confirm.people != totals.people || confirm.customers.is_some_and(|count| count != totals.customers) {
            return Err(Error::PlanChanged(format!(
                "{cause} now concerns {} customers and {} people ({} steps), which is not what was confirmed; nothing was changed; look again",
                totals.customers, totals.people, totals.steps
            )));
        }
        let open = plans.iter().map(|plan| (plan.tenant_id, plan.keys_of(cause))).collect();
        Ok(Decision { open, done: BTreeSet::new(), at: now })
    }

    async fn decide_one(
        &self,
        customer: &Customer,
        cause: &str,
        allow: bool,
        steps: &BTreeSet<StepKey>,
        by: &By,
    ) -> Result<(), Error> {
        self.write_decision(customer, |body: &Body, at| {
            let same = body.shown_at(at).is_some_and(|plan| plan.keys_of(cause) == *steps);
            if !same {
                return Err(Error::PlanChanged(format!(
                    "the steps that {cause} holds in {} are others by now; look again",
                    customer.name
                )));
            }
            Ok(Entry::Decided(Release {
                digest: cause.into(),
                allow,
                steps: steps.clone(),
                by: by.who.clone(),
                asserted: by.asserted,
                comment: by.comment.clone(),
                at,
                until: allow.then(|| at + super::plans::DECISION_HOLDS),
            }))
        })
        .await
    }
}
