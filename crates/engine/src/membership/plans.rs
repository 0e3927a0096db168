//! Plans that are held: looking at them, letting them through, refusing them; and what needs a person.

use super::documents::{Body, Head, SCHEDULE, Schedule, body_path, head_path, lease_path};
use super::gone_customers::GoneCustomer;
use super::standing::NOT_RUN;
use crate::notices::{CREDENTIAL_REFUSED, TICK_MISSED, causes, stands_still};
use crate::{By, Engine, Error, Health, Red, told};
use access::config::Customer;
use access::ledger::{Entry, Release};
use access::plan::{CustomerPlan, Held, Problem};
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::lease::{self, Take};

/// Customers that need a person: `open/red/<tenant>`.
pub(super) const RED: &str = "red";

/// How long a release holds, and how long a plan that was shown can be decided on.
pub(super) const DECISION_HOLDS: SignedDuration = SignedDuration::from_hours(24);

/// How many bodies are read at a time.
const BODIES_AT_ONCE: usize = 16;

/// How many failures and problems of one customer `health` lists. A customer may have one for each of its people.
const LISTED_MAX: usize = 50;

/// Problems that tell about single people and are no reason to call anybody.
const QUIET: [&str; 21] = [
    "already_there",
    "person_left",
    "many_tenants",
    "barred",
    "barred_stays",
    "paused",
    "invitation_unsettled",
    "person_unsettled",
    "no_address",
    "partner_guest",
    "domain_not_allowed",
    "denied",
    "stranger",
    "stale",
    "vetoed",
    "vetting_unknown",
    "role_by_hand",
    "guest_disabled_by_customer",
    "guest_deleted_by_customer",
    "has_other_access",
    "step_refused",
];

/// The part of a plan that is kept for people to look at.
pub(super) fn shown(plan: &CustomerPlan) -> CustomerPlan {
    CustomerPlan { steps: Vec::new(), ..plan.clone() }
}

/// Whether somebody has to look.
pub(super) fn is_red(plan: &CustomerPlan, failures: &[String]) -> bool {
    !failures.is_empty() || plan.held.iter().any(is_alarm) || plan.problems.iter().any(is_loud)
}

/// What waits because of somebody's order calls nobody.
fn is_alarm(held: &Held) -> bool {
    held.rail != "paused"
}

pub(crate) fn is_loud(problem: &Problem) -> bool {
    !QUIET.contains(&problem.code.as_str())
}

/// What is shown for a customer that could not be planned.
pub(super) fn failed_plan(customer: &Customer, text: &str) -> CustomerPlan {
    CustomerPlan {
        customer: customer.name.clone(),
        tenant_id: customer.tenant_id,
        mode: customer.mode,
        digest: String::new(),
        steps: Vec::new(),
        held: Vec::new(),
        held_steps: Vec::new(),
        problems: vec![Problem { code: "not_planned".into(), package: None, object: None, text: text.into() }],
        unchanged: 0,
    }
}

impl Engine {
    /// The stored plans that hold something and can be decided on, of the named customers (`None`: all), by name.
    pub async fn held(&self, customers: Option<&[String]>) -> Result<Vec<CustomerPlan>, Error> {
        let mut plans = Vec::new();
        let now = self.clock.now();
        for (_, body) in self.red_bodies(customers).await? {
            plans.extend(body.shown_at(now).cloned());
        }
        plans.sort_by(|a, b| a.customer.cmp(&b.customer));
        Ok(plans)
    }

    /// Lets exactly the held steps of this digest through, for 24 h, and wakes their customers. Returns their names.
    pub async fn release(&self, digest: &str, customers: Option<&[String]>, by: &By) -> Result<Vec<String>, Error> {
        self.decide(digest, customers, by, true).await
    }

    /// Refuses the held steps of this digest: each stays held as long as it is planned, or until somebody releases it.
    /// Returns the customers' names.
    pub async fn refuse(&self, digest: &str, customers: Option<&[String]>, by: &By) -> Result<Vec<String>, Error> {
        self.decide(digest, customers, by, false).await
    }

    async fn decide(
        &self,
        digest: &str,
        customers: Option<&[String]>,
        by: &By,
        allow: bool,
    ) -> Result<Vec<String>, Error> {
        let mut decided = Vec::new();
        for (customer, body) in self.red_bodies(customers).await? {
            let named = |plan: &CustomerPlan| plan.digest == digest && !digest.is_empty();
            if !body.last.as_ref().is_some_and(named) {
                continue;
            }
            self.write_decision(customer, |body, at| {
                // Looked at again under the lease: a run may have changed what is held.
                let plan = body.shown_at(at).filter(|plan| named(plan)).ok_or_else(|| {
                    Error::PlanChanged(format!(
                        "the held steps of {} are others by now, or no run has confirmed them for 24 h; look again",
                        customer.name
                    ))
                })?;
                Ok(Entry::Decided(Release {
                    digest: digest.into(),
                    allow,
                    steps: plan.keys_of_digest(),
                    by: by.who.clone(),
                    asserted: by.asserted,
                    comment: by.comment.clone(),
                    at,
                    until: allow.then(|| at + DECISION_HOLDS),
                }))
            })
            .await?;
            decided.push(customer.name.clone());
        }
        if decided.is_empty() {
            return Err(Error::NoSuchPlan(digest.into()));
        }
        decided.sort();
        Ok(decided)
    }

    /// What people decided under this digest or cause in the named customers (`None`: in all) and still holds, with the
    /// customers' names. It is known once a run has come to its end since.
    pub async fn decided(&self, digest: &str, customers: Option<&[String]>) -> Result<Vec<(String, Release)>, Error> {
        let now = self.clock.now();
        let asked = self.config.customers.iter();
        let asked = asked.filter(|customer| customers.is_none_or(|names| names.contains(&customer.name)));
        let of = |customer: &Customer| {
            let (path, name) = (body_path(customer.tenant_id), customer.name.clone());
            async move { Ok::<_, Error>((name, self.store.read::<Body>(&path).await?)) }
        };
        let reads: Vec<_> = asked.map(of).collect();
        let mut read = futures::stream::iter(reads).buffered(BODIES_AT_ONCE);
        let mut decided = Vec::new();
        while let Some(next) = read.next().await {
            let (name, body) = next?;
            let mut releases = body.map(|kept| kept.value.ledger.releases).unwrap_or_default();
            releases.retain(|release| release.digest == digest && release.is_valid(now));
            decided.extend(releases.pop().map(|release| (name, release)));
        }
        Ok(decided)
    }

    /// Notes that Microsoft's support has lifted the block on this customer's invitations, and wakes the customer.
    pub async fn lift_invitations_block(&self, customer: &str, by: &By) -> Result<(), Error> {
        let customer = self.customer(customer)?;
        self.write_decision(customer, |body, at| match body.ledger.invitations_blocked {
            Some(_) => Ok(Entry::InvitationsLifted { by: by.who.clone(), at }),
            None => Err(Error::BadInput(format!("invitations to {} are not blocked", customer.name))),
        })
        .await
    }

    /// A decision is an entry of the customer's journal, so it is written under the customer's lease. It wakes the
    /// customer.
    pub(super) async fn write_decision(
        &self,
        customer: &Customer,
        decide: impl FnOnce(&Body, Timestamp) -> Result<Entry, Error>,
    ) -> Result<(), Error> {
        let holder = format!("gatehouse decision {}", self.random.id());
        let held = match lease::take(&self.store, &lease_path(customer.tenant_id), &holder).await? {
            Take::Held(held) => Arc::new(held),
            Take::Busy { until } => {
                return Err(Error::Busy(format!("a run of {} is under way (until {until}); try again", customer.name)));
            }
        };
        let written = async {
            let body = self.store.read::<Body>(&body_path(customer.tenant_id)).await?;
            let Some(body) = body else {
                return Err(Error::BadInput(format!(
                    "{} was never looked after, so nothing is held there",
                    customer.name
                )));
            };
            let at = self.clock.now();
            let (mut chain, _) = self.open_chain(customer, &held, Some(&body.value)).await?;
            let entry = decide(&Body { ledger: chain.ledger.clone(), ..body.value }, at)?;
            // Marked before it is written: a process that is killed in between wakes the customer for nothing, and none
            // leaves a decision behind that no run looks at. No run can answer the mark before the lease is given back.
            self.mark_dirty(customer).await?;
            chain.note(entry);
            chain.commit(at).await
        };
        let written = written.await;
        held.release().await?;
        written
    }

    /// The bodies of the customers that need a person.
    async fn red_bodies(&self, customers: Option<&[String]>) -> Result<Vec<(&Customer, Body)>, Error> {
        let mut bodies = Vec::new();
        for customer in self.marked_red(customers).await? {
            bodies.extend(self.red_body(customer).await?.flatten().map(|body| (customer, body)));
        }
        Ok(bodies)
    }

    /// The customers that are listed as red.
    async fn marked_red(&self, customers: Option<&[String]>) -> Result<Vec<&Customer>, Error> {
        let red: BTreeSet<String> = store::markers::list(&self.store, RED).await?.into_iter().collect();
        let asked = |customer: &&Customer| customers.is_none_or(|names| names.contains(&customer.name));
        let marked = self.config.customers.iter().filter(asked);
        Ok(marked.filter(|customer| red.contains(&customer.tenant_id.to_string())).collect())
    }

    /// A customer's body: `Some(None)` where no run came to an end yet, `None` where it is newer than this program. That is
    /// told by itself, and the others can be looked at and decided on.
    async fn red_body(&self, customer: &Customer) -> Result<Option<Option<Body>>, Error> {
        match self.store.read::<Body>(&body_path(customer.tenant_id)).await {
            Ok(body) => Ok(Some(body.map(|kept| kept.value))),
            Err(store::Error::Newer { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A run that failed as a whole is kept with the body (if there is one) and listed.
    pub(super) async fn note_failure(&self, customer: &Customer, error: &Error, text: &str) {
        // Told by itself, and nothing of the customer's is touched; or nothing is wrong with the customer, and a machine
        // that has a credential goes on.
        if matches!(error, Error::Newer(_)) || error.is_of_this_machine() {
            return;
        }
        // An outage of the partner's tenant is one thing that is red, which the tick tells, and not one for each
        // customer: nothing is wrong there, and nothing was changed.
        if self.report_program(error).await || self.note_trouble(customer, error).await || self.is_about_partner(error)
        {
            return;
        }
        let path = body_path(customer.tenant_id);
        let failures = vec![text.to_string()];
        // What ends by itself is not told; and without a body nobody could tell of its end.
        let cause = (!error.is_transient()).then(|| causes::of_failure(customer, text));
        let noted = self.store.update::<Body>(&path, |body| {
            body.filter(|body| body.failures != failures).map(|mut body| {
                body.failures.clone_from(&failures);
                body.told.extend(cause.iter().map(causes::Cause::id));
                body
            })
        });
        // The store may be what failed; the outcome tells it all the same.
        match (noted.await, &cause) {
            (Ok(Some(_)), Some(cause)) => {
                if let Err(error) = self.join_cause(cause, Some(customer)).await {
                    tracing::warn!(customer = %customer.name, %error, "a notice could not be stored");
                }
            }
            (Ok(_), _) => {}
            (Err(error), _) => {
                tracing::warn!(customer = %customer.name, %error, "the failure could not be stored");
            }
        }
        let listed = self.list_failure(customer).await;
        if let Err(error) = listed {
            tracing::warn!(customer = %customer.name, %error, "the failure could not be listed");
        }
    }

    /// Whether it is the partner's tenant that could not be read.
    fn is_about_partner(&self, error: &Error) -> bool {
        match error {
            Error::PartnerUnread(_) => true,
            Error::Cloud { source, .. } => source.tenant == self.config.partner.tenant_id.0,
            _ => false,
        }
    }

    /// Lists the customer as red, and makes the next run a whole one: it alone can say that all is well again.
    async fn list_failure(&self, customer: &Customer) -> Result<(), store::Error> {
        let now = self.clock.now();
        let path = head_path(customer.tenant_id);
        let again = |head: Head| Head { red: true, wake: Some(head.wake.map_or(now, |wake| wake.min(now))), ..head };
        self.store
            .update::<Head>(&path, |head| head.filter(|head| !head.red || head.wake.is_none()).map(again))
            .await?;
        store::markers::set(&self.store, RED, &customer.tenant_id.to_string()).await
    }

    /// Liveness, version, and what is red.
    pub async fn health(&self, details: bool) -> Health {
        let mut red = self.red().await;
        red.extend(self.ailments.red());
        red.sort();
        red.dedup();
        let status = if red.is_empty() { "ok" } else { "red" };
        told::red(red.len());
        // That the store does not answer is red already.
        let noted = if details { self.pauses().await.unwrap_or_default() } else { Vec::new() };
        let noted = noted.into_iter().map(|(customer, text)| Red { customer, code: "paused".into(), text });
        Health {
            status: status.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            red: details.then_some(red),
            noted: noted.collect(),
        }
    }

    /// What the minute tick has to say: that the partner cannot be read, or nothing at all any more.
    async fn timer_trouble(&self) -> Result<Vec<Red>, Error> {
        let Some(schedule) = self.store.read::<Schedule>(SCHEDULE).await?.map(|kept| kept.value) else {
            return Ok(Vec::new());
        };
        let mut red = Vec::new();
        let mut add = |code: &str, text: String| red.push(Red { customer: None, code: code.into(), text });
        if stands_still(schedule.tick, self.clock.now()) {
            add(TICK_MISSED, format!("the minute timer last ran at {}; look at the host's timers", schedule.tick));
        }
        if let Some(why) = schedule.partner_unread {
            add("partner_unread", format!("the partner's tenant could not be read: {why}"));
        }
        Ok(red)
    }

    /// Everything that is red. What cannot be read of one thing hides none of the others.
    async fn red(&self) -> Vec<Red> {
        let mut red = Vec::new();
        let mut add = |found: Result<Vec<Red>, Error>| match found {
            Ok(found) => red.extend(found),
            // It is told by itself below.
            Err(Error::Newer(_)) => {}
            Err(error) => red.push(Red { customer: None, code: "storage_unavailable".into(), text: error.to_string() }),
        };
        add(self.red_of_customers().await);
        add(self.gone_customers().await.map(|gone| gone.into_iter().map(GoneCustomer::red).collect()));
        add(self.red_notices().await);
        add(self.red_requests().await);
        add(self.red_incidents().await);
        add(self.red_standing().await);
        let timer = self.timer_trouble().await;
        let stands_still = timer.as_ref().is_ok_and(|timer| !timer.is_empty());
        add(timer);
        add(self.red_poison().await);
        self.note_newer().await;
        add(self.red_newer().await);
        // A refused credential is why the partner cannot be read: one line tells it.
        let refused = red.iter().any(|one| one.code == CREDENTIAL_REFUSED);
        red.retain(|one| !refused || one.code != "partner_unread");
        // That is why nobody's run comes.
        red.retain(|one| !stands_still || one.code != NOT_RUN);
        red
    }

    /// A customer's body is let go of before the next one is read: with all of them at once a bad day would not fit.
    async fn red_of_customers(&self) -> Result<Vec<Red>, Error> {
        let mut red = Vec::new();
        for customer in self.marked_red(None).await? {
            if let Some(body) = self.red_body(customer).await? {
                red.extend(self.red_of_customer(customer, body).await?);
            }
        }
        Ok(red)
    }

    async fn red_of_customer(&self, customer: &Customer, body: Option<Body>) -> Result<Vec<Red>, Error> {
        let red_of = |code: &str, text: String| Red { customer: Some(customer.name.clone()), code: code.into(), text };
        let trouble = match &body {
            Some(body) => body.trouble.clone(),
            None => self.store.read::<Head>(&head_path(customer.tenant_id)).await?.and_then(|kept| kept.value.trouble),
        };
        let mut red: Vec<Red> = trouble.iter().map(|trouble| red_of(&trouble.code, trouble.told())).collect();
        let Some(body) = body else { return Ok(red) };
        let failed = body.failures.iter().map(|text| red_of("failed", text.clone()));
        let mut problems: Vec<Red> = failed.take(LISTED_MAX).collect();
        let mut count = body.failures.len();
        for plan in body.last.iter() {
            let alarms = plan.held.iter().filter(|held| is_alarm(held));
            red.extend(
                alarms.map(|held| red_of(&format!("held_{}", held.rail), held.text.replace("DIGEST", &plan.digest))),
            );
            let loud = || plan.problems.iter().filter(|problem| is_loud(problem));
            let room = LISTED_MAX - problems.len();
            problems.extend(loud().take(room).map(|problem| red_of(&problem.code, problem.text.clone())));
            count += loud().count();
        }
        if count > problems.len() {
            let more = count - problems.len();
            let text = format!("{more} problems more than are listed here: gatehouse plan {}", customer.name);
            red.push(Red { customer: Some(customer.name.clone()), code: "more_problems".into(), text });
        }
        red.extend(problems);
        Ok(red)
    }
}

#[cfg(test)]
mod tests;
