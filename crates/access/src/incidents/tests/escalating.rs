//! Who is paged when.

use super::*;
use expect_test::expect;

/// Brings it to this time, with all pages taken at once.
fn taken(incident: &mut Incident, chain: &[EscalationStep], now: Timestamp) {
    advance(incident, chain, &paging(), false, now);
    for claimed in claim(incident, now) {
        settle(incident, claimed.number, &Outcome::Taken, now);
    }
}

#[test]
fn steps_follow_each_other_until_everybody_was_paged_as_often_as_the_configuration_says() {
    let chain = chain(&[(&["duty", "ops"], 5), (&["boss"], 10)]);
    let mut incident = sign_in();
    let start = incident.opened_at;
    let mut seen = Vec::new();
    for minute in 0..=40 {
        let before = incident.pages.len();
        taken(&mut incident, &chain, start + SignedDuration::from_mins(minute));
        for page in pages(&incident).split_off(before) {
            seen.push(format!("minute {minute}: {page}"));
        }
    }
    expect![[r#"
        minute 0: 1 duty page round 1 step 1 sent
        minute 0: 2 ops page round 1 step 1 sent
        minute 5: 3 boss page round 1 step 2 sent
        minute 15: 4 duty page round 2 step 1 sent
        minute 15: 5 ops page round 2 step 1 sent
        minute 20: 6 boss page round 2 step 2 sent
    "#]]
    .assert_eq(&(seen.join("\n") + "\n"));
    assert!(incident.stage.as_ref().is_some_and(|stage| stage.ended));
    assert_eq!(incident.history.last().map(|change| change.what), Some(Happened::Unanswered));
    assert_eq!(incident.status, Status::Open);
}

#[test]
fn a_step_lasts_exactly_its_wait() {
    let chain = chain(&[(&["duty"], 5), (&["boss"], 5)]);
    let mut incident = sign_in();
    let start = incident.opened_at;
    taken(&mut incident, &chain, start);
    let just_before = start + SignedDuration::from_mins(5) - SignedDuration::from_millis(1);
    assert!(!advance(&mut incident, &chain, &paging(), false, just_before));
    assert_eq!(next_due(&incident, &chain), Some(start + SignedDuration::from_mins(5)));
    assert!(advance(&mut incident, &chain, &paging(), false, start + SignedDuration::from_mins(5)));
    assert_eq!(incident.pages.len(), 2);
}

#[test]
fn hours_of_downtime_skip_nobody() {
    let chain = chain(&[(&["duty"], 5), (&["boss"], 5), (&["owner"], 5)]);
    let mut incident = sign_in();
    let start = incident.opened_at;
    taken(&mut incident, &chain, start);
    let later = start + SignedDuration::from_hours(7);
    taken(&mut incident, &chain, later);
    assert_eq!(incident.pages.last().map(|page| page.channel.as_str()), Some("boss"), "one step, then its own wait");
    taken(&mut incident, &chain, later + SignedDuration::from_mins(5));
    assert_eq!(incident.pages.last().map(|page| page.channel.as_str()), Some("owner"));
}

#[test]
fn a_channel_that_is_given_up_is_told_to_the_others_of_its_step() {
    let chain = chain(&[(&["duty", "ops"], 5), (&["boss"], 5)]);
    let mut incident = sign_in();
    let now = incident.opened_at;
    advance(&mut incident, &chain, &paging(), false, now);
    for claimed in claim(&mut incident, now) {
        let outcome = match claimed.channel.as_str() {
            "duty" => Outcome::Never { why: "404".into() },
            _ => Outcome::Taken,
        };
        settle(&mut incident, claimed.number, &outcome, now);
    }
    advance(&mut incident, &chain, &paging(), false, now);
    expect![[r#"
        1 duty page round 1 step 1 dead
        2 ops page round 1 step 1 sent
        3 ops dead_letter round 1 step 1 waiting
    "#]]
    .assert_eq(&(pages(&incident).join("\n") + "\n"));
}

#[test]
fn where_no_channel_takes_anything_the_next_step_begins_at_once() {
    let chain = chain(&[(&["duty", "ops"], 60), (&["boss"], 60)]);
    let mut incident = sign_in();
    let now = incident.opened_at;
    advance(&mut incident, &chain, &paging(), false, now);
    for claimed in claim(&mut incident, now) {
        settle(&mut incident, claimed.number, &Outcome::Never { why: "gone".into() }, now);
    }
    advance(&mut incident, &chain, &paging(), false, now);
    assert_eq!(incident.pages.last().map(|page| page.channel.as_str()), Some("boss"));
}

#[test]
fn where_channels_are_down_for_ten_minutes_the_next_step_does_not_wait_for_its_hour() {
    let chain = chain(&[(&["duty"], 60), (&["boss"], 60)]);
    let mut incident = sign_in();
    let start = incident.opened_at;
    advance(&mut incident, &chain, &paging(), false, start);
    let claimed = claim(&mut incident, start).remove(0);
    let next = Some(start + DEAD_AFTER * 2);
    let later = Outcome::Later { next, why: "out of reach".into(), unclear: false };
    settle(&mut incident, claimed.number, &later, start);
    assert!(!advance(&mut incident, &chain, &paging(), false, start + DEAD_AFTER - SignedDuration::from_secs(1)));
    assert!(advance(&mut incident, &chain, &paging(), false, start + DEAD_AFTER));
    assert_eq!(incident.pages.last().map(|page| page.channel.as_str()), Some("boss"));
}

#[test]
fn a_claim_without_an_outcome_is_sent_again_as_one_that_may_repeat() {
    let chain = chain(&[(&["duty"], 60)]);
    let mut incident = sign_in();
    let start = incident.opened_at;
    advance(&mut incident, &chain, &paging(), false, start);
    assert!(!claim(&mut incident, start)[0].may_repeat);
    assert_eq!(claim(&mut incident, start + CLAIM - SignedDuration::from_millis(1)), []);
    let again = claim(&mut incident, start + CLAIM);
    assert!(again.len() == 1 && again[0].may_repeat && again[0].number == 1, "{again:?}");
}

#[test]
fn success_on_one_channel_is_not_sent_again_because_another_failed() {
    let chain = chain(&[(&["duty", "ops"], 60)]);
    let mut incident = sign_in();
    let start = incident.opened_at;
    advance(&mut incident, &chain, &paging(), false, start);
    for claimed in claim(&mut incident, start) {
        let next = Some(start + SignedDuration::from_secs(1));
        let outcome = match claimed.channel.as_str() {
            "duty" => Outcome::Taken,
            _ => Outcome::Later { next, why: "503".into(), unclear: false },
        };
        settle(&mut incident, claimed.number, &outcome, start);
    }
    let again = claim(&mut incident, start + SignedDuration::from_secs(1));
    assert_eq!(again.iter().map(|claimed| claimed.channel.as_str()).collect::<Vec<_>>(), ["ops"]);
}

#[test]
fn a_test_is_sent_once_to_the_first_step_and_never_escalates() {
    let customer = customer();
    let chain = chain(&[(&["duty", "ops"], 5), (&["boss"], 5)]);
    let start = at("2026-11-20T12:00:00Z");
    let mut test = opened(&payload("09-"), &around(&customer, "raw", start)).remove(0);
    assert!(test.test && test.status == Status::Closed);
    taken(&mut test, &chain, start);
    taken(&mut test, &chain, start + SignedDuration::from_hours(9));
    assert_eq!(pages(&test), ["1 duty page round 1 step 1 sent", "2 ops page round 1 step 1 sent"]);
    assert!(test.is_done());
}

#[test]
fn a_drill_is_paged_like_anything_else_but_gone_through_once() {
    let chain = chain(&[(&["duty"], 5), (&["boss"], 5)]);
    let mut incident = sign_in();
    incident.drill = Some("drill-1".into());
    let start = incident.opened_at;
    for minute in 0..60 {
        taken(&mut incident, &chain, start + SignedDuration::from_mins(minute));
    }
    assert_eq!(pages(&incident), ["1 duty page round 1 step 1 sent", "2 boss page round 1 step 2 sent"]);
}

#[test]
fn a_step_of_a_sign_in_waits_two_minutes_for_its_outcome() {
    let customer = customer();
    let chain = chain(&[(&["duty"], 5)]);
    let body = String::from_utf8(payload("06-")).expect("text").replace("50126", "50074");
    let start = at("2026-11-20T12:00:00Z");
    let mut incident = opened(body.as_bytes(), &around(&customer, "raw", start)).remove(0);
    assert!(!advance(&mut incident, &chain, &paging(), false, start + SignedDuration::from_secs(119)));
    assert!(advance(&mut incident, &chain, &paging(), false, start + SignedDuration::from_secs(120)));
}

#[test]
fn an_incident_that_another_ones_pages_name_is_paged_when_that_one_is_answered_alone() {
    let chain = chain(&[(&["duty"], 5)]);
    let lead = IncidentId::of(TENANT, Kind::SignIn, "other");
    let incident = sign_in();
    let start = incident.opened_at;
    let mut incident = apply(&incident, &Event::With(lead), start).expect("possible");
    assert!(!advance(&mut incident, &chain, &paging(), true, start + SignedDuration::from_mins(30)));
    assert_eq!(incident.pages, []);
    assert!(advance(&mut incident, &chain, &paging(), false, start + SignedDuration::from_mins(31)));
    assert_eq!(incident.pages.len(), 1);
}
