use super::*;
use crate::requests::notice::tests::request;
use expect_test::expect;
use serde_json::Value;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn document(change: impl FnOnce(&mut Value)) -> RequestDocument {
    RequestDocument { request: request(change), calls: Vec::new(), dead: None, copied: 1, told: None }
}

fn ended(request: &mut Value) {
    request["status"] = "active".into();
    request["ends_at"] = "2026-11-02T17:00:00Z".into();
}

fn codes(document: &RequestDocument, is_configured: bool, now: &str) -> Vec<String> {
    wrong(document, is_configured, at(now)).into_iter().map(|red| red.code).collect()
}

#[test]
fn access_is_overdue_a_quarter_of_an_hour_after_its_end_until_it_is_seen_to_be_gone() {
    assert!(codes(&document(ended), true, "2026-11-02T17:14:59Z").is_empty());
    assert_eq!(codes(&document(ended), true, "2026-11-02T17:15:00Z"), ["grant_overdue"]);
    let gone = document(|request| {
        ended(request);
        request["status"] = "expired".into();
    });
    assert!(codes(&gone, true, "2026-11-02T18:00:00Z").is_empty());
}

#[test]
fn a_request_of_a_customer_who_is_not_there_any_more_is_red_while_it_is_open() {
    assert_eq!(codes(&document(|_| {}), false, "2026-11-02T09:00:00Z"), ["customer_gone"]);
    assert_eq!(codes(&document(ended), false, "2026-11-02T18:00:00Z"), ["customer_gone"], "and not overdue besides");
    let over = document(|request| request["status"] = "rejected".into());
    assert!(codes(&over, false, "2026-11-02T09:00:00Z").is_empty());
}

#[test]
fn a_ticket_that_was_not_told_is_red_for_a_week() {
    let untold = RequestDocument {
        dead: Some(format!("the system answered 401 {}", "x".repeat(500))),
        ..document(|request| request["status"] = "rejected".into())
    };
    assert_eq!(codes(&untold, true, "2026-11-09T08:59:59Z"), [TICKET_UNTOLD]);
    assert!(codes(&untold, true, "2026-11-09T09:00:00Z").is_empty());
    assert!(wrong(&untold, true, at("2026-11-02T09:00:00Z"))[0].text.len() < 500, "what came from outside is cut");
}

#[test]
fn what_is_red_says_what_to_do() {
    let mut all = wrong(&document(ended), true, at("2026-11-02T18:00:00Z"));
    all.extend(wrong(&document(ended), false, at("2026-11-02T18:00:00Z")));
    let untold = RequestDocument { dead: Some("it answered 401".into()), ..document(|_| {}) };
    all.extend(wrong(&untold, true, at("2026-11-02T18:00:00Z")));
    let mut text: String = all.iter().map(|red| format!("{}: {}\n", red.code, red.text)).collect();
    let cause = super::untold(&untold);
    text.push_str(&format!("{}\n{}\n{:?}\n", cause.title, cause.text, cause.commands));
    expect![[r#"
        grant_overdue: the access to second-line by request 00112233445566778899aabbccddeeff is over since 2026-11-02T17:00:00Z, and nothing shows yet that it is gone: gatehouse plan contoso
        customer_gone: request 00112233445566778899aabbccddeeff goes no further: its customer is not in the configuration any more; put its file back, or cancel the request
        ticket_untold: the ticket of request 00112233445566778899aabbccddeeff was not told what became of it (it answered 401); the request itself went on. Mend [callers.servicenow]; the ticket hears of what happens from then on
        Tickets of servicenow are not told what becomes of their requests
        what was to be told of request 00112233445566778899aabbccddeeff was given up: it answered 401. The requests themselves go on. Look at [callers.servicenow] and at the ticketing system; health lists the requests
        (None, Some("gatehouse requests show 00112233445566778899aabbccddeeff"))
    "#]].assert_eq(&text);
}
