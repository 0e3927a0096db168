//! What the journal's entries come to in a report.

use super::{Names, Of, Report, Telling};
use crate::ids::{GroupId, GuestId, PersonId, TenantId};
use crate::ledger::{Entry, Intent, Outcome, Release, StepKey};
use crate::plan::{Action, Cause, Step, Target};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use uuid::Uuid;

const ANA: PersonId = PersonId(Uuid::from_u128(1));
const GUEST: GuestId = GuestId(Uuid::from_u128(3));
const GROUP: Target = Target::Group(GroupId(Uuid::from_u128(4)));

fn hour(number: i64) -> Timestamp {
    let noon: Timestamp = "2026-05-04T12:00:00Z".parse().unwrap();
    noon + SignedDuration::from_hours(number)
}

fn step(action: Action) -> Step {
    Step {
        action,
        package: "second-line".into(),
        target: action.places().then_some(GROUP).or((action == Action::RemoveMember).then_some(GROUP)),
        group: None,
        group_name: None,
        person: Some(ANA),
        guest: Some(GUEST),
        mail: Some("ana@northwind.example".into()),
        name: None,
        cause: action.takes().then_some(Cause::Absent),
        why: "because".into(),
    }
}

/// An intent of this hour, and how it ended.
fn write(number: u64, action: Action, at: i64, released: bool, outcome: Outcome) -> [Entry; 2] {
    let packages = BTreeSet::from(["second-line".to_string()]);
    let intent = Intent {
        number,
        step: step(action),
        packages,
        survey: hour(at),
        at: hour(at),
        retry: false,
        released,
        standing: true,
    };
    [Entry::Intent(Box::new(intent)), Entry::Outcome { intent: number, outcome, at: hour(at) }]
}

fn told(entries: impl IntoIterator<Item = Entry>, from: Option<i64>, to: Option<i64>) -> Report {
    let mut telling = Telling::default();
    entries.into_iter().for_each(|entry| telling.fold(hour(9), &entry));
    let tenant_id = TenantId(Uuid::from_u128(9));
    let (from, to) = (from.map(hour), to.map(hour));
    let of = Of { customer: "Contoso".into(), tenant_id, partner: "Northwind".into(), from, to };
    telling.report(of, &Names::default())
}

/// From when until when, and how it ended.
fn spans(report: &Report) -> Vec<(Timestamp, Option<Timestamp>, String)> {
    report.access.iter().map(|one| (one.from, one.until, one.ended.clone().unwrap_or_default())).collect()
}

fn added() -> Vec<Entry> {
    write(1, Action::AddMember, 0, false, Outcome::Done).into()
}

#[test]
fn a_membership_lasts_from_its_addition_to_its_end() {
    assert_eq!(spans(&told(added(), None, None)), [(hour(0), None, String::new())]);
    let removed = added().into_iter().chain(write(2, Action::RemoveMember, 2, false, Outcome::Done));
    let mut entries: Vec<Entry> = removed.collect();
    assert_eq!(spans(&told(entries.clone(), None, None)), [(hour(0), Some(hour(2)), "taken away: because".into())]);
    entries.push(Entry::Ended { target: GROUP, guest: GUEST });
    entries.extend(write(3, Action::AddMember, 5, false, Outcome::Done));
    let report = told(entries, None, None);
    assert_eq!(report.access.len(), 2);
    assert_eq!(report.access[1].until, None);
    assert_eq!(report.access[0].mail.as_deref(), Some("ana@northwind.example"));
}

#[test]
fn what_was_refused_or_somebody_elses_is_in_no_report() {
    for outcome in [Outcome::AlreadyThere, Outcome::NotSent, Outcome::Refused { text: "no".into() }] {
        let report = told(write(1, Action::AddMember, 0, false, outcome.clone()), None, None);
        assert_eq!(report.access, [], "{outcome:?}");
    }
}

#[test]
fn what_the_customer_took_away_and_put_back_never_ended() {
    let vanished = Entry::Vanished { target: GROUP, guest: GUEST, at: hour(3) };
    let mut entries = added();
    entries.push(vanished);
    assert_eq!(
        spans(&told(entries.clone(), None, None)),
        [(hour(0), Some(hour(3)), "taken away by the customer".into())]
    );
    entries.push(Entry::Confirmed { target: GROUP, guest: GUEST });
    assert_eq!(spans(&told(entries, None, None)), [(hour(0), None, String::new())]);
}

#[test]
fn what_is_forgotten_ends_without_having_been_taken_away() {
    let forgotten = Entry::Forgotten { target: GROUP, guest: GUEST, at: hour(3) };
    let report = told(added().into_iter().chain([forgotten]), None, None);
    assert!(spans(&report)[0].2.starts_with("not looked after any more"));
}

#[test]
fn a_step_that_a_person_let_through_names_them() {
    let release = |by: &str, at: i64| {
        Entry::Decided(Release {
            digest: "sha256:00".into(),
            allow: true,
            steps: [StepKey::of(&step(Action::AddMember))].into(),
            by: by.into(),
            asserted: false,
            comment: Some("meant".into()),
            at: hour(at),
            until: Some(hour(at + 24)),
        })
    };
    let entries = [release("early", 0), release("late", 1)].into_iter();
    let entries = entries.chain(write(1, Action::AddMember, 2, true, Outcome::Done));
    let report = told(entries, None, None);
    assert_eq!(report.access[0].released_by.as_deref(), Some("late"));
    let what: Vec<&str> = report.decisions.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(what, ["released 1 held step of 1 person"; 2]);
}

#[test]
fn a_period_has_what_overlaps_it_at_both_ends() {
    let removed = added().into_iter().chain(write(2, Action::RemoveMember, 2, false, Outcome::Done));
    let entries: Vec<Entry> = removed.chain(write(3, Action::DisableGuest, 2, false, Outcome::Done)).collect();
    let count = |from: Option<i64>, to: Option<i64>| {
        let report = told(entries.clone(), from, to);
        (report.access.len(), report.events.len())
    };
    assert_eq!(count(None, Some(0)), (0, 0), "it begins where the period ends");
    assert_eq!(count(None, Some(1)), (1, 0));
    assert_eq!(count(Some(2), None), (1, 1), "it ends where the period begins");
    assert_eq!(count(Some(3), None), (0, 0));
}
