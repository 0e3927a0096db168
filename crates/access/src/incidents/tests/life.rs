//! What may happen to an incident.

use super::*;

const OLA: &str = "ola@northwind.example";

fn start() -> Timestamp {
    sign_in().opened_at
}

/// Paged on two channels, of which both took it.
fn paged() -> (Incident, Vec<EscalationStep>) {
    let chain = chain(&[(&["duty", "ops"], 5)]);
    let mut incident = sign_in();
    advance(&mut incident, &chain, &paging(), false, start());
    for claimed in claim(&mut incident, start()) {
        settle(&mut incident, claimed.number, &Outcome::Taken, start());
    }
    (incident, chain)
}

fn acknowledge() -> Event {
    let for_long = SignedDuration::from_mins(30);
    Event::Acknowledge { by: OLA.into(), asserted: true, for_long, comment: Some("on it".into()), said: None }
}

fn judge(verdict: Verdict) -> Event {
    Event::Judge { verdict, by: OLA.into(), asserted: false, comment: None }
}

#[test]
fn an_acknowledgement_stops_the_paging_and_every_paged_channel_hears_of_it() {
    let (incident, chain) = paged();
    let mut incident = apply(&incident, &acknowledge(), start()).expect("open");
    assert_eq!(incident.status, Status::Acknowledged);
    assert!(!advance(&mut incident, &chain, &paging(), false, start() + SignedDuration::from_mins(29)));
    let told: Vec<String> = pages(&incident).split_off(2);
    assert_eq!(told, ["3 duty acknowledged round 1 step 1 waiting", "4 ops acknowledged round 1 step 1 waiting"]);
}

#[test]
fn without_a_verdict_an_acknowledgement_lapses_and_people_are_paged_again() {
    let (incident, chain) = paged();
    let mut incident = apply(&incident, &acknowledge(), start()).expect("open");
    let until = start() + SignedDuration::from_mins(30);
    assert_eq!(next_due(&incident, &chain), Some(until));
    assert!(!advance(&mut incident, &chain, &paging(), false, until - SignedDuration::from_millis(1)));
    assert!(advance(&mut incident, &chain, &paging(), false, until));
    assert_eq!(incident.status, Status::Open);
    assert_eq!(incident.pages.iter().filter(|page| page.what == What::Page).count(), 4);
    assert!(incident.history.iter().any(|change| change.what == Happened::Lapsed));
}

/// Each channel, with the number of the call.
fn calls(incident: &Incident) -> Vec<String> {
    let page = |page: &PageRecord| format!("{} {} {:?} {}", page.number, page.channel, page.what, page.anew);
    incident.pages.iter().map(page).collect()
}

#[test]
fn each_time_that_people_are_called_anew_has_a_number_and_news_keep_that_of_the_channels_latest() {
    let chain = chain(&[(&["duty"], 5), (&["boss"], 60)]);
    let mut incident = sign_in();
    let take = |incident: &mut Incident, now: Timestamp| {
        advance(incident, &chain, &paging(), false, now);
        for claimed in claim(incident, now) {
            settle(incident, claimed.number, &Outcome::Taken, now);
        }
    };
    for minute in [0, 5] {
        take(&mut incident, start() + SignedDuration::from_mins(minute));
    }
    let answered = start() + SignedDuration::from_mins(6);
    incident = apply(&incident, &acknowledge(), answered).expect("open");
    take(&mut incident, answered);
    take(&mut incident, answered + SignedDuration::from_mins(30));
    // The second call has not come to the boss yet: whatever the boss hears is about the first.
    incident = apply(&incident, &judge(Verdict::Genuine), answered + SignedDuration::from_mins(31)).expect("open");
    let calls = calls(&incident);
    let expected = [
        "1 duty Page 0",
        "2 boss Page 0",
        "3 duty Acknowledged 0",
        "4 boss Acknowledged 0",
        "5 duty Page 1",
        "6 duty Closed 1",
        "7 boss Closed 0",
    ];
    assert_eq!(calls, expected);
    assert_eq!((incident.alerts_at("duty"), incident.alerts_at("boss")), (vec![0, 1], vec![0]));
}

#[test]
fn what_nobody_was_called_for_yet_is_called_for_the_first_time_however_bad_it_gets() {
    let mut incident = sign_in();
    incident.severity = Severity::High;
    let raise = Event::Raise { severity: Severity::Critical, why: "five attempts".into() };
    assert_eq!(apply(&incident, &raise, start()).expect("always").anew, 0);
    let (mut paged, _) = paged();
    paged.severity = Severity::High;
    assert_eq!(apply(&paged, &raise, start()).expect("always").anew, 1);
}

#[test]
fn an_acknowledgement_that_comes_late_counts_for_no_call_after_it() {
    let (mut paged, chain) = paged();
    paged.severity = Severity::High;
    let raised_at = start() + SignedDuration::from_mins(5);
    let raise = Event::Raise { severity: Severity::Critical, why: "five attempts".into() };
    let answered = apply(&paged, &acknowledge(), start()).expect("open");
    for before in [&paged, &answered] {
        let mut raised = apply(before, &raise, raised_at).expect("always");
        for is_paged in [false, true] {
            if is_paged {
                advance(&mut raised, &chain, &paging(), false, raised_at + SignedDuration::from_millis(1));
            }
            let come = raised_at + SignedDuration::from_mins(3);
            for (said, status) in
                [(raised_at - SignedDuration::from_millis(1), Status::Open), (come, Status::Acknowledged)]
            {
                let Event::Acknowledge { by, asserted, for_long, comment, .. } = acknowledge() else { unreachable!() };
                let late = Event::Acknowledge { by, asserted, for_long, comment, said: Some(said) };
                let after = apply(&raised, &late, come).expect("open");
                assert_eq!(after.status, status, "{said}");
                assert!(status == Status::Acknowledged || after == raised, "it leaves no trace");
            }
        }
    }
}

#[test]
fn a_verdict_closes_for_good() {
    for verdict in Verdict::ALL {
        let (incident, chain) = paged();
        let mut incident = apply(&incident, &judge(verdict), start()).expect("open");
        assert_eq!(incident.status, Status::Closed);
        assert!(!advance(&mut incident, &chain, &paging(), false, start() + SignedDuration::from_hours(99)));
        assert_eq!(apply(&incident, &acknowledge(), start()), Err(Refusal::Closed));
        assert_eq!(apply(&incident, &judge(Verdict::Unknown), start()), Err(Refusal::Closed));
    }
}

#[test]
fn a_resolved_alert_is_noted_and_changes_nothing() {
    let customer = customer();
    let resolved = opened(&payload("02-"), &around(&customer, "raw-2", start())).remove(0);
    let (paged, _) = paged();
    for incident in [paged.clone(), apply(&paged, &acknowledge(), start()).expect("open")] {
        let after = apply(&incident, &Event::Heard(Box::new(resolved.clone())), start()).expect("always");
        assert_eq!((after.status, &after.pages), (incident.status, &incident.pages));
        assert_eq!(after.heard, 2);
        assert_eq!(after.history.last().and_then(|change| change.note.as_deref()), Some("log_v2 resolved"));
    }
}

#[test]
fn the_same_bytes_again_leave_no_trace() {
    let (incident, _) = paged();
    let again = Event::Heard(Box::new(sign_in()));
    assert_eq!(apply(&incident, &again, start()), Ok(incident));
}

#[test]
fn what_is_listed_is_bounded_and_what_is_counted_is_not() {
    let (mut incident, _) = paged();
    for number in 0..300 {
        let mut other = sign_in();
        other.alerts[0].id = format!("raw {number}");
        incident = apply(&incident, &Event::Heard(Box::new(other)), start()).expect("always");
    }
    assert_eq!((incident.alerts.len(), incident.heard), (LISTED_MAX, 301));
    assert_eq!(incident.history.len(), HISTORY_MAX);
    assert_eq!(incident.history[0].what, Happened::Opened, "the beginning stays");
}

#[test]
fn an_answer_that_overtakes_a_page_stops_it() {
    let chain = chain(&[(&["duty", "ops"], 5)]);
    let mut incident = sign_in();
    advance(&mut incident, &chain, &paging(), false, start());
    let mut incident = apply(&incident, &acknowledge(), start()).expect("open");
    assert_eq!(claim(&mut incident, start()), [], "nobody has to be told of what nobody was paged for");
    assert!(incident.pages.iter().all(|page| page.dropped));
}

#[test]
fn a_page_whose_outcome_never_came_is_not_sent_again_after_an_answer_but_its_channel_hears_of_that() {
    let chain = chain(&[(&["duty"], 5)]);
    let mut incident = sign_in();
    advance(&mut incident, &chain, &paging(), false, start());
    assert_eq!(claim(&mut incident, start()).len(), 1);
    let mut incident = apply(&incident, &acknowledge(), start()).expect("open");
    let whats: Vec<What> = claim(&mut incident, start() + CLAIM).into_iter().map(|claimed| claimed.what).collect();
    assert_eq!(whats, [What::Acknowledged]);
}

#[test]
fn details_are_told_to_whoever_was_paged() {
    let (incident, _) = paged();
    let facts = vec![("Second factor".to_owned(), "FIDO2 security key".to_owned())];
    let details = Details { sign_ins: incident.sign_ins.clone(), entries: 1, facts, ..Details::default() };
    let known = apply(&incident, &Event::Read(details.clone()), start()).expect("always");
    assert_eq!(known.pages.iter().filter(|page| page.what == What::Details).count(), 2);
    let again = apply(&known, &Event::Read(details), start()).expect("always");
    assert_eq!(again.pages, known.pages, "nothing new, nothing to tell");
}

#[test]
fn a_sign_in_that_the_drill_does_not_cover_is_as_bad_as_any() {
    let (mut incident, _) = paged();
    incident.drill = Some("drill-1".into());
    incident.severity = Severity::Warning;
    let incident = apply(&incident, &Event::NoDrill, start()).expect("always");
    assert_eq!((incident.severity, &incident.drill), (Severity::Critical, &None));
    assert_eq!(incident.pages.iter().filter(|page| page.what == What::Raised).count(), 2);
}

#[test]
fn a_drill_covers_its_account_in_its_time_and_one_sign_in() {
    let customer = customer();
    let now = at("2026-11-20T02:42:20Z");
    let drill = Drill {
        id: "drill-1".into(),
        account: BG1,
        from: at("2026-11-20T02:30:00Z"),
        until: at("2026-11-20T03:00:00Z"),
        incident: None,
    };
    let covered = |drill: Drill| {
        let around = Circumstances { drill: Some(&drill), ..around(&customer, "raw", now) };
        opened(&payload("01-"), &around)[0].drill.is_some()
    };
    assert!(covered(drill.clone()));
    assert!(!covered(Drill { account: BG2, ..drill.clone() }), "another account");
    assert!(!covered(Drill { until: at("2026-11-20T02:35:00Z"), ..drill.clone() }), "over");
    assert!(!covered(Drill { from: at("2026-11-20T02:59:00Z"), ..drill.clone() }), "not yet");
    let other = IncidentId::of(TENANT, Kind::SignIn, "another");
    assert!(!covered(Drill { incident: Some(other), ..drill.clone() }), "taken by another sign-in");
    assert!(covered(Drill { incident: Some(sign_in().id), ..drill }), "taken by this one");
}

#[test]
fn an_attempt_that_is_told_again_as_a_success_pages_whoever_had_answered() {
    let customer = customer();
    let failed = String::from_utf8(payload("01-")).expect("text").replace(r#""value": "0""#, r#""value": "50126""#);
    let chain = chain(&[(&["duty"], 5)]);
    for answer in [acknowledge(), judge(Verdict::Unknown)] {
        let mut attempt = opened(failed.as_bytes(), &around(&customer, "raw-0", start())).remove(0);
        assert_eq!((attempt.severity, &attempt.id), (Severity::High, &sign_in().id));
        advance(&mut attempt, &chain, &paging(), false, start());
        for claimed in claim(&mut attempt, start()) {
            settle(&mut attempt, claimed.number, &Outcome::Taken, start());
        }
        let answered = apply(&attempt, &answer, start()).expect("open");
        let success = Event::Heard(Box::new(opened(&payload("01-"), &around(&customer, "raw-1", start())).remove(0)));
        let mut worse = apply(&answered, &success, start()).expect("always");
        assert_eq!((worse.severity, worse.status), (Severity::Critical, Status::Open));
        assert_eq!(worse.sign_ins[0].result.as_deref(), Some("0"));
        assert!(advance(&mut worse, &chain, &paging(), false, start()));
        assert_eq!(worse.pages.iter().filter(|page| page.what == What::Page && !page.dropped).count(), 2);
    }
}

#[test]
fn a_success_that_is_told_again_leaves_a_judged_incident_closed() {
    let customer = customer();
    let judged = apply(&paged().0, &judge(Verdict::Genuine), start()).expect("open");
    let again = Event::Heard(Box::new(opened(&payload("30-"), &around(&customer, "raw-9", start())).remove(0)));
    let after = apply(&judged, &again, start()).expect("always");
    assert_eq!((after.status, &after.verdict), (Status::Closed, &judged.verdict));
}

#[test]
fn what_gets_worse_after_an_answer_is_paged_anew() {
    let (mut incident, chain) = paged();
    incident.severity = Severity::High;
    let answered = apply(&incident, &acknowledge(), start()).expect("open");
    let raise = Event::Raise { severity: Severity::Critical, why: "five attempts".into() };
    let mut raised = apply(&answered, &raise, start()).expect("always");
    assert_eq!(raised.status, Status::Open);
    assert!(advance(&mut raised, &chain, &paging(), false, start()));
    assert_eq!(raised.pages.iter().filter(|page| page.what == What::Page).count(), 4);
}

#[test]
fn a_drill_is_not_used_up_by_a_mistyped_password() {
    let customer = customer();
    let drill = Drill {
        id: "drill-1".into(),
        account: BG1,
        from: at("2026-11-20T02:30:00Z"),
        until: at("2026-11-20T03:00:00Z"),
        incident: None,
    };
    let around = Circumstances { drill: Some(&drill), ..around(&customer, "raw", at("2026-11-20T02:42:20Z")) };
    let failed = String::from_utf8(payload("01-")).expect("text").replace(r#""value": "0""#, r#""value": "50126""#);
    assert_eq!(opened(failed.as_bytes(), &around)[0].drill, None);
    assert!(opened(&payload("01-"), &around)[0].drill.is_some());
}
