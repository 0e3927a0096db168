//! What somebody who listens hears.

use super::*;
use access::plan::Held;
use expect_test::{Expect, expect};
use std::fmt;
use std::fmt::Write;
use std::sync::Arc;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes down what it hears, a line an event.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<String>>);

struct Line(String);

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, " {}={value}", field.name()).unwrap();
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "metric"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        writeln!(self.0.lock().unwrap(), "{}", line.0.trim()).unwrap();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn check(tell: impl FnOnce(), expected: Expect) {
    let listener = Listener::default();
    tracing::subscriber::with_default(listener.clone(), tell);
    expected.assert_eq(&listener.0.lock().unwrap());
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn plan(held: &[(&str, u32)]) -> CustomerPlan {
    let held = held.iter().map(|(rail, steps)| Held {
        rail: (*rail).into(),
        package: "second-line".into(),
        count: *steps,
        limit: None,
        steps: *steps,
        text: String::new(),
        cause: String::new(),
        indices: Vec::new(),
    });
    CustomerPlan {
        customer: "contoso".into(),
        tenant_id: access::ids::TenantId(uuid::Uuid::nil()),
        mode: access::config::Mode::Enforce,
        digest: String::new(),
        steps: Vec::new(),
        held: held.collect(),
        held_steps: Vec::new(),
        problems: Vec::new(),
        unchanged: 0,
    }
}

#[test]
fn a_rail_that_holds_no_more_is_told_once_with_nothing() {
    let (before, now) =
        (plan(&[("removals_max", 12), ("never_empty", 1)]), plan(&[("never_empty", 2), ("never_empty", 3)]));
    check(
        || {
            held("contoso", Some(&before), &now);
            held("contoso", Some(&now), &plan(&[]));
            held("contoso", None, &plan(&[]));
        },
        expect![[r#"
            gauge.gatehouse.steps.held=5 customer=contoso rail=never_empty
            gauge.gatehouse.steps.held=0 customer=contoso rail=removals_max
            gauge.gatehouse.steps.held=0 customer=contoso rail=never_empty
        "#]],
    );
}

#[test]
fn every_state_of_a_request_that_is_not_over_is_told_and_empty_ones_as_nothing() {
    check(
        || requests([Status::Active, Status::WaitingApproval, Status::Active].into_iter()),
        expect![[r#"
            gauge.gatehouse.requests.open=0 state=accepted
            gauge.gatehouse.requests.open=2 state=active
            gauge.gatehouse.requests.open=0 state=invited
            gauge.gatehouse.requests.open=1 state=waiting_approval
        "#]],
    );
}

#[test]
fn an_outbox_is_as_old_as_its_oldest_message() {
    let now = at("2026-11-02T09:00:00Z");
    check(
        || {
            let waiting = Waiting::default();
            waiting.message(at("2026-11-02T08:59:30Z"));
            waiting.message(at("2026-11-02T08:58:00Z"));
            waiting.message(at("2026-11-02T08:59:00Z"));
            waiting.dead(1);
            waiting.dead(2);
            waiting.tell("notices", now);
            Waiting::default().tell("call_backs", now);
        },
        expect![[r#"
            gauge.gatehouse.outbox.age=120.0 outbox=notices
            gauge.gatehouse.outbox.dead_letters=3 outbox=notices
            gauge.gatehouse.outbox.age=0.0 outbox=call_backs
            gauge.gatehouse.outbox.dead_letters=0 outbox=call_backs
        "#]],
    );
}

#[test]
fn only_a_run_without_a_failure_is_a_success() {
    let now = at("2026-11-02T09:00:00Z");
    let ran = |failures: &[&str]| {
        let failures = failures.iter().map(|text| (*text).to_owned()).collect();
        Ok(Outcome::Ran(Box::new(crate::Run { plan: plan(&[]), applied: 0, waiting: 0, failures, number: None })))
    };
    check(
        || {
            run("contoso", &ran(&[]), false, now);
            run("contoso", &ran(&["refused"]), false, now);
            run("contoso", &Ok(Outcome::Unchanged), false, now);
            run("contoso", &Ok(Outcome::Failed { text: "lost".into(), retry: true }), true, now);
            run("contoso", &Err(Error::Store("away".into())), false, now);
        },
        expect![[r#"
            monotonic_counter.gatehouse.runs=1 outcome=ran
            gauge.gatehouse.run.last_success=1793610000 customer=contoso
            monotonic_counter.gatehouse.runs=1 outcome=incomplete
            monotonic_counter.gatehouse.runs=1 outcome=unchanged
            gauge.gatehouse.run.last_success=1793610000 customer=contoso
            monotonic_counter.gatehouse.runs=1 outcome=failed
            monotonic_counter.gatehouse.leases.lost=1
            monotonic_counter.gatehouse.runs=1 outcome=failed
        "#]],
    );
}
