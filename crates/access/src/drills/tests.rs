//! When a drill is over, and what it says then.

use super::*;
use crate::alerts::{Alert, AlertState, Finding, FindingKind, Shape};
use crate::config::{BreakGlass, BreakGlassAccount, Customer, EscalationStep, Mode, Paging, Rights};
use crate::ids::{GuestId, TenantId};
use crate::incidents::{
    Account, Circumstances, Event, Incident, Kind, Outcome, Verdict, advance, apply, claim, openings, settle,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use uuid::{Uuid, uuid};

const TENANT: TenantId = TenantId(uuid!("7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34"));
const BG1: GuestId = GuestId(uuid!("b1ea0001-1111-4a7b-8c2d-000000000001"));
const RAW: &str = "00112233445566778899aabbccddeeff";
const WITHIN: SignedDuration = SignedDuration::from_mins(30);

/// So many seconds after the window was opened.
fn at(seconds: i64) -> Timestamp {
    "2026-03-02T08:00:00Z".parse::<Timestamp>().expect("a time") + SignedDuration::from_secs(seconds)
}

/// A drill of half an hour.
fn drill() -> DrillRecord {
    DrillRecord {
        id: "d".repeat(32),
        customer: "contoso".into(),
        account: Account { id: BG1, upn: "bg1@contoso.onmicrosoft.com".into() },
        by: "dora@northwind.example".into(),
        with: "lead@northwind.example".into(),
        from: at(0),
        until: at(1800),
        announced: Some(at(1)),
        told: Vec::new(),
        incident: None,
        signed_in: None,
        alerted: None,
        paged: None,
        acknowledged: None,
        acknowledged_by: None,
        judged: None,
        judged_by: None,
        verdict: None,
        pages: Vec::new(),
        beside: Vec::new(),
        ended: None,
        journalled: None,
    }
}

fn customer() -> Customer {
    let accounts = vec![BreakGlassAccount { id: BG1, upn: "bg1@contoso.onmicrosoft.com".into() }];
    Customer {
        name: "contoso".into(),
        display_name: "Contoso Ltd".into(),
        tenant_id: TENANT,
        mode: Mode::Observe,
        app: None,
        rights: Rights::Consent,
        domains: BTreeSet::new(),
        deny: None,
        protect: BTreeSet::new(),
        packages: Vec::new(),
        break_glass: BreakGlass { accounts, ..BreakGlass::default() },
    }
}

/// The incident that an alert opens so many seconds into the drill: about a sign-in a minute before, or about nothing that
/// it names.
fn incident(seconds: i64, user: Option<Uuid>, raw: &str) -> Incident {
    let finding = |user| Finding {
        kind: FindingKind::SignIn,
        event: Some(format!("sign-in {raw}")),
        user: Some(user),
        upn: None,
        at: Some(at(seconds - 60)),
        result: Some("0".into()),
        ip: None,
        app: None,
        interactive: None,
        operation: None,
        actor: None,
        resource: None,
        rows: None,
        severe: false,
    };
    let findings: Vec<Finding> = user.into_iter().map(finding).collect();
    let alert = Alert {
        shape: Shape::LogV2,
        state: AlertState::Fired,
        test: false,
        id: None,
        rule: None,
        fired_at: None,
        window: None,
        said_tenant: None,
        workspace: None,
        findings_count: findings.len() as u32,
        findings,
        notes: Vec::new(),
    };
    let customer = customer();
    let around = Circumstances {
        customer: Some(&customer),
        name: "contoso",
        tenant: TENANT,
        raw,
        received: at(seconds),
        drill: None,
    };
    openings(&alert, &around).remove(0)
}

/// Pages the only channel, which takes it at that second or not at all.
fn paged(mut incident: Incident, seconds: i64, taken: bool) -> Incident {
    let chain = [EscalationStep { channels: vec!["duty".into()], wait: SignedDuration::from_mins(5) }];
    advance(&mut incident, &chain, &Paging::default(), false, at(seconds));
    claim(&mut incident, at(seconds));
    let outcome = if taken { Outcome::Taken } else { Outcome::Never { why: "410".into() } };
    settle(&mut incident, 1, &outcome, at(seconds));
    incident
}

fn acknowledged(incident: &Incident, seconds: i64) -> Incident {
    let event = Event::Acknowledge {
        by: "lead@northwind.example".into(),
        asserted: true,
        for_long: WITHIN,
        comment: None,
        said: None,
    };
    apply(incident, &event, at(seconds)).expect("it is open")
}

fn judged(incident: &Incident, verdict: Verdict, seconds: i64) -> Incident {
    let event = Event::Judge { verdict, by: "lead@northwind.example".into(), asserted: true, comment: None };
    apply(incident, &event, at(seconds)).expect("it is not closed")
}

/// The drill after a look at that second.
fn looked(mut record: DrillRecord, incident: Option<&Incident>, others: &[Incident], seconds: i64) -> DrillRecord {
    record.take_in(&Seen { incident, lead: None, others, verdict_within: WITHIN }, at(seconds));
    record
}

fn missing(record: &DrillRecord) -> Option<Missing> {
    record.ended.as_ref().expect("it is over").missing
}

#[test]
fn a_drill_passes_at_the_verdict_and_keeps_when_what_happened() {
    let called = paged(incident(100, Some(BG1.0), RAW), 101, true);
    let answered = acknowledged(&called, 130);
    let mut record = looked(drill(), Some(&called), &[], 102);
    assert!(record.ended.is_none(), "people have not answered");
    record = looked(record, Some(&answered), &[], 131);
    assert!(record.ended.is_none(), "nobody said yet that it was the drill");
    record = looked(record, Some(&judged(&answered, Verdict::Drill, 200)), &[], 201);
    assert!(record.passed());
    assert_eq!(record.stages().map(|(_, at)| at), [40, 100, 101, 130, 200].map(|second| Some(at(second))));
    let took = record.durations().map(|took| took.map(|took| took.as_secs()));
    assert_eq!(took, [None, Some(60), Some(1), Some(29), Some(70)]);
}

#[test]
fn nothing_came_is_said_at_the_end_of_the_window_and_not_before() {
    assert!(looked(drill(), None, &[], 1799).ended.is_none());
    assert_eq!(missing(&looked(drill(), None, &[], 1800)), Some(Missing::Alert));
}

#[test]
fn what_came_beside_says_where_the_way_is_broken() {
    let mut broken = incident(100, None, "another");
    broken.kind = Kind::DeliveryBroken;
    let nameless = incident(100, None, RAW);
    assert_eq!(missing(&looked(drill(), None, &[broken.clone()], 1800)), Some(Missing::AlertOfSeen));
    assert_eq!(missing(&looked(drill(), None, std::slice::from_ref(&nameless), 1800)), Some(Missing::ThisAlert));
    assert_eq!(missing(&looked(drill(), None, &[nameless, broken], 1800)), Some(Missing::AlertOfSeen));
    let mut test = incident(100, None, RAW);
    test.test = true;
    assert_eq!(missing(&looked(drill(), None, &[test], 1800)), Some(Missing::Alert), "a test is no sign-in");
    let seen = paged(incident(100, Some(BG1.0), "watch_sign_ins"), 101, true);
    let seen = judged(&seen, Verdict::Drill, 200);
    let record = looked(drill(), Some(&seen), &[], 1799);
    assert!(record.ended.is_none(), "an alert may still come");
    assert_eq!(missing(&looked(record, Some(&seen), &[], 1800)), Some(Missing::AlertOfSeen));
}

#[test]
fn who_was_called_late_in_the_window_has_as_long_as_anybody_to_answer() {
    let called = paged(incident(1790, Some(BG1.0), RAW), 1791, true);
    let end = 1790 + WITHIN.as_secs();
    assert!(looked(drill(), Some(&called), &[], end - 1).ended.is_none());
    assert_eq!(missing(&looked(drill(), Some(&called), &[], end)), Some(Missing::Acknowledgement));
    let answered = acknowledged(&called, 1900);
    assert_eq!(missing(&looked(drill(), Some(&answered), &[], end)), Some(Missing::Verdict));
    let unpaged = paged(incident(1790, Some(BG1.0), RAW), 1791, false);
    assert_eq!(missing(&looked(drill(), Some(&unpaged), &[], end)), Some(Missing::Page));
}

#[test]
fn a_verdict_that_it_was_no_drill_ends_it_at_once() {
    let called = paged(incident(100, Some(BG1.0), RAW), 101, true);
    for (verdict, expected) in [
        (Verdict::Drill, None),
        (Verdict::Genuine, Some(Missing::OtherVerdict)),
        (Verdict::Misuse, Some(Missing::OtherVerdict)),
        (Verdict::Unknown, Some(Missing::OtherVerdict)),
    ] {
        let record = looked(drill(), Some(&judged(&called, verdict, 200)), &[], 201);
        assert_eq!(missing(&record), expected, "{verdict:?}");
        assert_eq!(record.acknowledged, Some(at(200)), "who judges has answered");
    }
}

#[test]
fn an_end_stays_what_it_is_and_what_came_later_is_kept_beside_it() {
    let record = looked(drill(), None, &[], 1800);
    let late = judged(&paged(incident(2000, Some(BG1.0), RAW), 2001, true), Verdict::Drill, 2100);
    let later = looked(record.clone(), Some(&late), &[], 2200);
    assert_eq!(later.ended, record.ended);
    assert_eq!(later.alerted, Some(at(2000)));
}

#[test]
fn a_drill_that_was_never_announced_does_not_pass() {
    let unannounced = DrillRecord { announced: None, ..drill() };
    let called = judged(&paged(incident(100, Some(BG1.0), RAW), 101, true), Verdict::Drill, 200);
    assert_eq!(missing(&looked(unannounced, Some(&called), &[], 1800 + 1800)), Some(Missing::Announcement));
}

#[test]
fn a_page_of_another_incident_that_names_the_drill_counts_as_its_page() {
    let mut covered = incident(100, Some(BG1.0), RAW);
    let lead = paged(incident(100, None, "another"), 105, true);
    covered.with = Some(lead.id.clone());
    let mut record = drill();
    record.take_in(&Seen { incident: Some(&covered), lead: Some(&lead), others: &[], verdict_within: WITHIN }, at(110));
    assert_eq!(record.paged, Some(at(105)));
}

#[test]
fn only_so_many_other_incidents_are_kept() {
    let others: Vec<Incident> = (0..=BESIDE_MAX).map(|number| incident(100, None, &format!("raw {number}"))).collect();
    assert_eq!(looked(drill(), None, &others[..BESIDE_MAX - 1], 200).beside.len(), BESIDE_MAX - 1);
    let record = looked(drill(), None, &others, 200);
    assert_eq!(record.beside.len(), BESIDE_MAX);
    assert_eq!(looked(record.clone(), None, &others, 300).beside, record.beside, "none twice");
}

#[test]
fn an_incident_that_was_seen_before_it_was_known_to_be_the_drills_is_no_other_one() {
    let covered = incident(100, Some(BG1.0), RAW);
    let others = [covered.clone(), incident(100, None, "another")];
    let before = looked(drill(), None, &others, 101);
    assert_eq!(before.beside.len(), 2);
    let known = looked(before, Some(&covered), &[], 102);
    assert_eq!(known.beside.iter().map(|other| &other.id).collect::<Vec<_>>(), [&others[1].id]);
}
