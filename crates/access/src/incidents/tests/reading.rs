//! Which entries of a log belong to an incident.

use super::*;
use crate::alerts::{Finding, FindingKind};

const LOGGED: &str = "66ea54eb-0000-4000-8000-000000000001";
const OTHER: &str = "66ea54eb-0000-4000-8000-000000000002";

fn noon() -> Timestamp {
    at("2026-11-20T12:00:00Z")
}

fn finding(id: Option<&str>, who: GuestId, minutes: i64) -> Finding {
    Finding {
        kind: FindingKind::SignIn,
        event: id.map(str::to_owned),
        user: Some(who.0),
        upn: None,
        at: Some(noon() + SignedDuration::from_mins(minutes)),
        result: Some("0".into()),
        ip: Some("203.0.113.24".into()),
        app: Some("Azure Portal".into()),
        interactive: Some(true),
        operation: None,
        actor: None,
        resource: None,
        rows: None,
        severe: false,
    }
}

fn entry(id: &str, who: GuestId, minutes: i64) -> Entry {
    Entry { finding: finding(Some(id), who, minutes), facts: vec![("Place".into(), "Oslo\u{202e}, NO".into())] }
}

/// The incident of an alert with these findings, whose rule looked at the ten minutes before noon.
fn alerted(findings: Vec<Finding>) -> Incident {
    let customer = customer();
    let mut alert = crate::alerts::Alert::unreadable("nothing");
    alert.shape = crate::alerts::Shape::LogV2;
    alert.id = Some("alert-1".into());
    alert.window = Some(crate::alerts::Window { from: noon() - SignedDuration::from_mins(10), to: noon() });
    alert.findings = findings;
    openings(&alert, &around(&customer, "raw-1", noon() + SignedDuration::from_mins(5))).remove(0)
}

fn matched(incident: &Incident, entries: &[Entry]) -> Matched {
    let customer = customer();
    match_entries(incident, entries, &around(&customer, "", noon() + SignedDuration::from_mins(6)))
}

/// How many entries are the incident, how many it claims, and how many are something else.
fn counts(matched: &Matched) -> (usize, usize, usize) {
    (matched.details.entries, matched.claims.len(), matched.others.len())
}

#[test]
fn an_alert_that_names_its_entry_has_that_one_and_no_other_however_alike() {
    let incident = alerted(vec![finding(Some(LOGGED), BG1, -5)]);
    let found = matched(&incident, &[entry(OTHER, BG1, -4), entry(LOGGED, BG1, -5), entry(LOGGED, BG1, -5)]);
    assert_eq!(counts(&found), (1, 0, 1), "an entry that is there twice is one");
    assert_eq!(found.details.facts, [("Place".to_owned(), "Oslo\u{fffd}, NO".to_owned())]);
    assert_eq!(found.others[0].id, IncidentId::of(TENANT, Kind::SignIn, OTHER));
    assert_eq!(counts(&matched(&incident, &[entry(OTHER, BG1, -4)])), (0, 0, 1));
}

#[test]
fn an_alert_that_names_nobody_means_what_happened_in_its_window_to_the_second() {
    let incident = alerted(Vec::new());
    for (minutes, claimed) in [(-11, 0), (-10, 1), (0, 1), (1, 0)] {
        let found = matched(&incident, &[entry(LOGGED, BG2, minutes)]);
        assert_eq!(counts(&found), (claimed, claimed, 1 - claimed), "{minutes} minutes");
    }
    let stranger = GuestId(uuid!("b1ea0003-3333-4a7b-8c2d-000000000003"));
    assert_eq!(counts(&matched(&incident, &[entry(LOGGED, stranger, -5)])), (0, 0, 0));
}

#[test]
fn an_alert_without_an_id_means_what_is_like_it() {
    let incident = alerted(vec![finding(None, BG1, -5)]);
    let unlike = |change: fn(&mut Finding)| {
        let mut entry = entry(LOGGED, BG1, -5);
        change(&mut entry.finding);
        counts(&matched(&incident, &[entry])).1
    };
    assert_eq!(unlike(|_| {}), 1);
    assert_eq!(unlike(|one| one.ip = Some("198.51.100.7".into())), 0);
    assert_eq!(unlike(|one| one.result = Some("50126".into())), 0);
    assert_eq!(unlike(|one| one.user = Some(BG2.0)), 0);
    assert_eq!(unlike(|one| one.interactive = Some(false)), 0);
    let details = matched(&incident, &[entry(LOGGED, BG1, -5)]).details;
    let known = apply(&incident, &Event::Read(details), noon()).expect("always");
    assert_eq!((known.sign_ins.len(), known.sign_ins[0].id.as_deref()), (1, Some(LOGGED)), "it has got its name");
}

#[test]
fn whoever_was_not_named_is_known_after_the_reading_and_nobody_is_asked_any_more() {
    let incident = alerted(Vec::new());
    let details = matched(&incident, &[entry(LOGGED, BG2, -5)]).details;
    let known = apply(&incident, &Event::Read(details), noon()).expect("always");
    assert_eq!(known.accounts.iter().map(|one| one.id).collect::<Vec<_>>(), [BG2]);
    assert!(known.wants.is_none() && known.facts.iter().all(|(label, _)| label != "Account"), "{:?}", known.facts);
    let nobody = apply(&incident, &Event::Read(Details::default()), noon()).expect("always");
    assert!(nobody.facts.contains(&("Account".into(), "not named in the alert, nor found in the logs".into())));
}

#[test]
fn what_only_repeats_what_is_known_is_a_line_of_the_history_and_no_notice() {
    let (mut incident, pages) = (alerted(vec![finding(Some(LOGGED), BG1, -5)]), 1);
    let chain = chain(&[(&["duty"], 5)]);
    advance(&mut incident, &chain, &paging(), false, noon() + SignedDuration::from_mins(5));
    claim(&mut incident, noon() + SignedDuration::from_mins(5));
    let bare = Entry { facts: Vec::new(), ..entry(LOGGED, BG1, -5) };
    let details = matched(&incident, &[bare]).details;
    let known = apply(&incident, &Event::Read(details), noon()).expect("always");
    assert_eq!((known.pages.len(), known.history.len()), (pages, incident.history.len() + 1));
}

#[test]
fn an_alert_ends_the_wait_for_one_and_our_own_reading_does_not() {
    let customer = customer();
    let around = around(&customer, "raw-2", noon());
    let own = seen(&finding(Some(LOGGED), BG1, -1), &around).expect("it is theirs");
    assert_eq!(own.awaits, Some(noon() + ALERT_WITHIN));
    let again = Incident { alerts: own.alerts.clone(), ..own.clone() };
    let same = apply(&own, &Event::Heard(Box::new(again)), noon()).expect("always");
    assert_eq!(same, own, "the same again is nothing");
    let alert = alerted(vec![finding(Some(LOGGED), BG1, -1)]);
    assert_eq!(alert.id, own.id);
    let heard = apply(&own, &Event::Heard(Box::new(alert)), noon()).expect("always");
    assert!(heard.awaits.is_none() && heard.has_alert());
    let stranger = GuestId(uuid!("b1ea0003-3333-4a7b-8c2d-000000000003"));
    assert_eq!(seen(&finding(Some(LOGGED), stranger, -1), &around), None);
}

#[test]
fn a_judged_incident_is_not_done_with_while_its_alert_may_still_come() {
    let customer = customer();
    let own = seen(&finding(Some(LOGGED), BG1, -1), &around(&customer, "", noon())).expect("it is theirs");
    let judge = Event::Judge { verdict: Verdict::Drill, by: "ola".into(), asserted: false, comment: None };
    let judged = apply(&own, &judge, noon()).expect("it is open");
    assert!(!judged.is_done());
    let missed = apply(&judged, &Event::Unalerted, noon() + ALERT_WITHIN).expect("always");
    assert!(missed.is_done());
}

#[test]
fn nobody_heard_only_where_each_channel_that_was_paged_failed() {
    let chain = chain(&[(&["duty", "ops"], 5)]);
    let mut incident = sign_in();
    let now = incident.opened_at;
    assert!(incident.is_unheard(now), "there is nobody to page");
    advance(&mut incident, &chain, &paging(), false, now);
    claim(&mut incident, now);
    assert!(!incident.is_unheard(now), "it is on its way");
    let later = Outcome::Later { next: Some(now), why: "503".into(), unclear: false };
    settle(&mut incident, 1, &later, now);
    assert!(!incident.is_unheard(now));
    settle(&mut incident, 2, &Outcome::Never { why: "404".into() }, now);
    assert!(incident.is_unheard(now));
    settle(&mut incident, 1, &Outcome::Taken, now);
    assert!(!incident.is_unheard(now));
}
