//! What the engine tells whoever observes the program: metrics, as events of the target `metric`. Nothing is read for them,
//! so that they cost no request and no operation of the store; where nobody listens, they cost a look at a flag.

use crate::{Error, Outcome};
use access::incidents::{Incident, PageState};
use access::ledger;
use access::plan::{Action, CustomerPlan};
use access::requests::Status;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Mutex;
use tracing::Level;

/// Whether anybody listens.
fn heard() -> bool {
    tracing::enabled!(target: "metric", Level::TRACE)
}

/// How one customer's run ended.
pub(crate) fn run(customer: &str, ended: &Result<Outcome, Error>, lost: bool, now: Timestamp) {
    let outcome = match ended {
        Ok(Outcome::Unchanged) => "unchanged",
        Ok(Outcome::Ran(run)) if run.failures.is_empty() => "ran",
        Ok(Outcome::Ran(_)) => "incomplete",
        Ok(Outcome::Busy) => "busy",
        Ok(Outcome::Paused) => "paused",
        Ok(Outcome::Failed { .. }) | Err(_) => "failed",
    };
    tracing::event!(target: "metric", Level::TRACE, monotonic_counter.gatehouse.runs = 1, outcome);
    if matches!(outcome, "unchanged" | "ran") {
        let at = now.as_second();
        tracing::event!(target: "metric", Level::TRACE, gauge.gatehouse.run.last_success = at, customer);
    }
    if lost {
        tracing::event!(target: "metric", Level::TRACE, monotonic_counter.gatehouse.leases.lost = 1);
    }
}

/// How one step ended.
pub(crate) fn step(action: Action, outcome: &ledger::Outcome) {
    let outcome = match outcome {
        ledger::Outcome::Done | ledger::Outcome::Invited { .. } | ledger::Outcome::Created { .. } => "done",
        ledger::Outcome::AlreadyThere | ledger::Outcome::NotThere => "no_need",
        ledger::Outcome::Refused { .. } => "refused",
        ledger::Outcome::NotSent => "not_sent",
        ledger::Outcome::Unclear { .. } => "unclear",
    };
    let action = action.name();
    tracing::event!(target: "metric", Level::TRACE, monotonic_counter.gatehouse.steps = 1, action, outcome);
}

/// What a customer's rails hold now; of rails that held something `before` and do not any more, too.
pub(crate) fn held(customer: &str, before: Option<&CustomerPlan>, now: &CustomerPlan) {
    if !heard() {
        return;
    }
    let mut rails: BTreeMap<&str, u32> = BTreeMap::new();
    rails.extend(before.into_iter().flat_map(|plan| &plan.held).map(|held| (held.rail.as_str(), 0)));
    for held in &now.held {
        *rails.entry(&held.rail).or_default() += held.steps;
    }
    for (rail, steps) in rails {
        tracing::event!(target: "metric", Level::TRACE, gauge.gatehouse.steps.held = steps, customer, rail);
    }
}

/// What the tick queued.
pub(crate) fn due(customers: usize) {
    tracing::event!(target: "metric", Level::TRACE, gauge.gatehouse.customers.due = customers as u64);
}

/// What `health` found.
pub(crate) fn red(reasons: usize) {
    tracing::event!(target: "metric", Level::TRACE, gauge.gatehouse.health.red = reasons as u64);
}

/// Requests that are not over.
pub(crate) fn requests(open: impl Iterator<Item = Status>) {
    if !heard() {
        return;
    }
    let living = Status::ALL.into_iter().filter(|status| !status.is_final());
    let mut states: BTreeMap<&str, u64> = living.map(|status| (status.name(), 0)).collect();
    for status in open {
        *states.entry(status.name()).or_default() += 1;
    }
    for (state, count) in states {
        tracing::event!(target: "metric", Level::TRACE, gauge.gatehouse.requests.open = count, state);
    }
}

/// Open incidents, and their pages that nobody has taken.
pub(crate) fn incidents(open: &[Incident], now: Timestamp) {
    if !heard() {
        return;
    }
    tracing::event!(target: "metric", Level::TRACE, gauge.gatehouse.incidents.open = open.len() as u64);
    let outbox = Waiting::default();
    for page in open.iter().flat_map(|incident| &incident.pages).filter(|page| !page.dropped) {
        match page.state {
            PageState::Waiting | PageState::Failed => outbox.message(page.made),
            PageState::Dead => outbox.dead(1),
            PageState::Sent => {}
        }
    }
    outbox.tell("incidents", now);
}

/// A page was taken: the first word to this channel that somebody is wanted.
pub(crate) fn paged(incident: &Incident, channel: &str, now: Timestamp) {
    let seconds = now.duration_since(incident.opened_at).as_secs_f64().max(0.0);
    tracing::event!(target: "metric", Level::TRACE, histogram.gatehouse.alert.page_delay = seconds, channel);
}

/// Messages of one outbox that are not delivered, as they are met with.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<(Option<Timestamp>, u64)>);

impl Waiting {
    /// One that waits since then.
    pub(crate) fn message(&self, since: Timestamp) {
        let mut waiting = self.0.lock().expect("no holder panics");
        waiting.0 = Some(waiting.0.map_or(since, |oldest| oldest.min(since)));
    }

    /// So many were given up.
    pub(crate) fn dead(&self, count: u64) {
        self.0.lock().expect("no holder panics").1 += count;
    }

    /// All were met with.
    pub(crate) fn tell(self, outbox: &str, now: Timestamp) {
        let (oldest, dead) = self.0.into_inner().expect("no holder panics");
        let age = oldest.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64().max(0.0));
        tracing::event!(target: "metric", Level::TRACE, gauge.gatehouse.outbox.age = age, outbox);
        tracing::event!(target: "metric", Level::TRACE, gauge.gatehouse.outbox.dead_letters = dead, outbox);
    }
}

#[cfg(test)]
mod tests;
