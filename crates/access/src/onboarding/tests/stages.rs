//! What changes how far a customer is, and what does not.

use super::*;
use crate::onboarding::record::{HISTORY_MAX, LINKS_MAX, SPREADING};
use crate::onboarding::{CallBack, Confirmed, Landing, Rejected, Stage, Witness};
use jiff::SignedDuration;

fn back(tenant: Option<TenantId>, error: Option<&str>) -> CallBack {
    let error = error.map(|error| (error.to_owned(), String::new()));
    CallBack { state: "state".into(), tenant, error }
}

fn accepted() -> CallBack {
    back(Some(TENANT), None)
}

fn confirmed(at: Timestamp) -> Confirmed {
    Confirmed { at, by: "Ola Berg".into(), how: "called the number in the contract".into(), told_by: None }
}

/// A customer whose link was made at nine.
fn pending() -> Onboarding {
    let mut record = record();
    assert_eq!(record.begun(link("a", nine())), Vec::<String>::new());
    record
}

fn ready() -> Onboarding {
    let (mut record, config) = (record(), config(""));
    looked(&mut record, &good(&config), nine());
    record.confirmed(confirmed(nine()));
    record
}

#[test]
fn the_whole_way_in() {
    let config = config("");
    let mut record = pending();
    assert_eq!(record.stage, Stage::ConsentPending);
    assert_eq!(record.came_back("a", &accepted(), APP, nine()), Ok(Landing::Consented));
    assert_eq!((record.stage, record.consented.unwrap().witness), (Stage::Consented, Witness::CallBack));
    let mut fewer = good(&config);
    fewer.roles.as_mut().unwrap().clear();
    fewer.assigned = Ok([].into());
    looked(&mut record, &fewer, nine());
    assert_eq!(record.stage, Stage::Verified, "it is their tenant, and something is missing");
    looked(&mut record, &good(&config), nine());
    assert_eq!(record.stage, Stage::Configured, "nobody has confirmed");
    record.confirmed(confirmed(nine()));
    assert_eq!((record.stage, record.ready), (Stage::Ready, Some(nine())));
    looked(&mut record, &fewer, nine());
    assert_eq!(record.stage, Stage::Degraded);
    looked(&mut record, &good(&config), nine());
    assert_eq!(record.stage, Stage::Ready, "the person's word still stands");
    let stages: Vec<_> = record.history.iter().filter_map(|event| event.note.clone()).collect();
    assert_eq!(stages[0], "invited -> consent_pending");
    assert_eq!(record.history[0].by.as_deref(), Some("ola@northwind.example"), "who began");
}

#[test]
fn a_link_is_good_for_a_quarter_of_an_hour_and_not_a_second_longer() {
    let last = nine() + LINK_LIFE - SignedDuration::from_nanos(1);
    assert_eq!(pending().came_back("a", &accepted(), APP, last), Ok(Landing::Consented));
    assert_eq!(pending().came_back("a", &accepted(), APP, nine() + LINK_LIFE), Err(Rejected::Expired));
    assert_eq!(LINK_LIFE, SignedDuration::from_mins(15));
}

#[test]
fn what_is_not_an_open_link_changes_nothing_at_all() {
    let check = |change: fn(&mut Onboarding), hash: &str, app: ObjectId, why: Rejected| {
        let mut record = pending();
        change(&mut record);
        let before = record.clone();
        assert_eq!(record.came_back(hash, &accepted(), app, nine()), Err(why));
        assert_eq!(record, before, "{why:?}");
    };
    check(|_| {}, "b", APP, Rejected::Unknown);
    check(|record| record.links[0].used = Some(nine()), "a", APP, Rejected::Used);
    check(|_| {}, "a", ObjectId(OTHER.0), Rejected::AnotherApp);
    check(|record| record.tenant_id = OTHER, "a", APP, Rejected::Unknown);
}

#[test]
fn a_link_is_used_up_whatever_was_said() {
    for call in [accepted(), back(Some(OTHER), None), back(None, None), back(None, Some("consent_required"))] {
        let mut record = pending();
        record.came_back("a", &call, APP, nine()).unwrap();
        assert_eq!(record.came_back("a", &accepted(), APP, nine()), Err(Rejected::Used), "{call:?}");
    }
}

#[test]
fn whoever_comes_from_another_tenant_or_without_consent_leaves_the_customer_invited() {
    let check = |call: CallBack, stage: Stage| {
        let mut record = pending();
        record.came_back("a", &call, APP, nine()).unwrap();
        assert_eq!((record.stage, record.consented), (stage, None), "{call:?}");
    };
    check(back(Some(OTHER), None), Stage::Invited);
    check(back(None, None), Stage::Invited);
    check(back(Some(TENANT), Some("access_denied")), Stage::Invited);
    // Somebody who may consent is asked by the tenant itself.
    let waits = ("access_denied".to_owned(), "AADSTS90095: x".to_owned());
    check(CallBack { error: Some(waits), ..accepted() }, Stage::ConsentPending);
}

#[test]
fn a_link_that_is_open_beside_keeps_the_customer_waiting() {
    let mut record = pending();
    record.begun(link("b", nine()));
    record.came_back("a", &back(None, Some("consent_required")), APP, nine()).unwrap();
    assert_eq!(record.stage, Stage::ConsentPending);
    record.came_back("b", &back(None, Some("consent_required")), APP, nine()).unwrap();
    assert_eq!(record.stage, Stage::Invited);
}

#[test]
fn a_call_back_takes_nothing_away_from_who_is_further() {
    let mut record = ready();
    record.begun(link("a", nine()));
    record.came_back("a", &accepted(), APP, nine()).unwrap();
    assert_eq!(record.stage, Stage::Ready, "a forged address does not unsettle anybody");
}

#[test]
fn a_consent_spreads_for_five_minutes_and_is_none_after_that() {
    let refused = Facts { token: Token::NoConsent("AADSTS7000229".into()), ..good(&config("")) };
    let mut record = pending();
    record.came_back("a", &accepted(), APP, nine()).unwrap();
    looked(&mut record, &refused, nine() + SPREADING - SignedDuration::from_nanos(1));
    assert_eq!(record.stage, Stage::Consented);
    looked(&mut record, &refused, nine() + SPREADING);
    assert_eq!(record.stage, Stage::Invited, "the link was used, and no other is open");
}

#[test]
fn a_token_is_consent_although_nobody_came_back() {
    let mut record = record();
    looked(&mut record, &good(&config("")), nine());
    assert_eq!((record.stage, record.consented.unwrap().witness), (Stage::Configured, Witness::Token));
}

#[test]
fn what_could_not_be_read_never_lifts_and_never_lowers() {
    let config = config("");
    let all = [
        Facts { token: Token::Unread("429".into()), ..good(&config) },
        Facts { token: Token::Ours("AADSTS7000215".into()), ..good(&config) },
        Facts { organization: failed(Cause::Throttled), ..good(&config) },
        Facts { invites_from: failed(Cause::Failed), ..good(&config) },
        Facts { groups: vec![(GROUP, failed(Cause::Throttled))], ..good(&config) },
    ];
    for facts in all {
        let mut fresh = record();
        looked(&mut fresh, &facts, nine());
        assert!(fresh.stage <= Stage::Verified, "{facts:?}");
        let mut kept = ready();
        looked(&mut kept, &facts, nine());
        assert_eq!(kept.stage, Stage::Ready, "{facts:?}");
    }
}

#[test]
fn another_tenant_in_its_place_is_never_verified_and_takes_readiness_away() {
    let config = config("");
    let another = Facts { organization: Ok(None), ..good(&config) };
    let mut fresh = record();
    looked(&mut fresh, &another, nine());
    assert_eq!((fresh.stage, &fresh.verified), (Stage::Consented, &None));
    let mut kept = ready();
    looked(&mut kept, &another, nine());
    assert_eq!(kept.stage, Stage::Degraded);
}

#[test]
fn another_domain_than_before_has_to_be_proven_anew() {
    let mut record = ready();
    record.expects("fabrikam.example", "ola@northwind.example", nine());
    let facts = good(&config(""));
    looked(&mut record, &facts, nine());
    assert_eq!(record.stage, Stage::Degraded);
    record.expects("contoso.example", "ola@northwind.example", nine());
    looked(&mut record, &facts, nine());
    assert_eq!(record.stage, Stage::Ready);
}

#[test]
fn consent_that_is_taken_back_degrades_who_was_ready_and_begins_anew_who_was_not() {
    let lost = Facts { token: Token::NoConsent("AADSTS700016".into()), ..good(&config("")) };
    let mut kept = ready();
    looked(&mut kept, &lost, nine());
    assert_eq!(kept.stage, Stage::Degraded);
    let mut fresh = record();
    looked(&mut fresh, &good(&config("")), nine());
    looked(&mut fresh, &lost, nine());
    assert_eq!((fresh.stage, &fresh.verified, fresh.consented), (Stage::Invited, &None, None));
}

#[test]
fn no_more_is_remembered_than_is_needed_and_who_began_is_never_forgotten() {
    let mut record = record();
    for number in 0..LINKS_MAX {
        assert!(record.begun(link(&number.to_string(), nine())).is_empty());
    }
    assert_eq!(record.begun(link("more", nine())), ["0"]);
    for _ in 0..HISTORY_MAX {
        record.begun(link("again", nine() + SignedDuration::from_mins(1)));
    }
    assert_eq!((record.links.len(), record.history.len()), (LINKS_MAX, HISTORY_MAX));
    assert_eq!(record.history[0].at, nine());
}

#[test]
fn what_is_kept_reads_back_the_same() {
    let mut record = ready();
    record.begun(link("a", nine()));
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<Onboarding>(&text).unwrap(), record);
}
