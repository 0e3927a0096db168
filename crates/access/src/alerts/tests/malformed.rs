//! Bodies that nobody should send. All but four are alerts all the same.

use super::super::{AlertState, Delivery, Reading, Refused, Shape, read};
use super::{alert, body, files, reading, sample, shown};
use expect_test::expect_file;

fn malformed(name: &str) -> super::Alert {
    alert(&body(&format!("malformed/{name}")))
}

fn of_type(content_type: Option<&str>, body: &[u8]) -> Reading {
    read(&Delivery { body, content_type, headers: &[] })
}

#[test]
fn every_malformed_body_says_what_can_be_read_of_it() {
    let told = files("malformed").into_iter().map(|file| {
        let bytes = body(&format!("malformed/{file}"));
        let form = "application/x-www-form-urlencoded";
        let reading = if file.ends_with(".txt") { of_type(Some(form), &bytes) } else { reading(&bytes) };
        format!("{file}\n{}", shown(&reading))
    });
    expect_file!["malformed.txt"].assert_eq(&told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn nothing_but_an_empty_body_and_a_form_is_refused() {
    assert_eq!(reading(&body("malformed/empty.json")), Reading::Refused(Refused::Empty));
    assert_eq!(reading(&body("malformed/whitespace-only.json")), Reading::Refused(Refused::Empty));
    assert_eq!(reading(b"\xef\xbb\xbf\n"), Reading::Refused(Refused::Empty));
    for (kind, body, is_taken) in [
        (None, "{}", true),
        (None, "oops", true),
        (Some("application/json"), "oops", true),
        (Some("Application/CloudEvents-Batch+JSON"), "[]", true),
        (Some("text/plain; charset=utf-8"), " {", true),
        (Some("text/plain"), "bg-01 signed in", true),
        (Some("application/octet-stream"), "[]", true),
        (Some("application/xml"), "<alert/>", true),
        (Some("text/html"), "<p>", true),
        (Some("no type at all"), "oops", true),
        // Programs that call everything a form.
        (Some("application/x-www-form-urlencoded"), " {}", true),
        (Some("multipart/form-data; boundary=x"), "[]", true),
        (Some("application/x-www-form-urlencoded"), "payload=%7B%7D", false),
        (Some("Application/X-WWW-Form-Urlencoded; charset=utf-8"), "a", false),
        (Some("multipart/form-data; boundary=x"), "--x\r\n", false),
    ] {
        let refused = of_type(kind, body.as_bytes()) == Reading::Refused(Refused::MediaType);
        assert_eq!(refused, !is_taken, "{kind:?} {body}");
    }
}

#[test]
fn one_odd_character_or_number_or_date_costs_no_more_than_itself() {
    for file in
        ["bom-then-valid", "unicode-lone-surrogate", "huge-numbers", "invalid-utf8", "bad-dates", "fired-year-one"]
    {
        let read = malformed(&format!("{file}.json"));
        let whole = sample("01");
        assert_eq!((read.shape, &read.id, read.state), (Shape::LogV2, &whole.id, AlertState::Fired), "{file}");
        assert_eq!(read.findings[0].event, whole.findings[0].event, "{file}");
    }
    assert_eq!(malformed("bom-then-valid.json"), sample("01"));
    assert_eq!(malformed("trailing-garbage.json").findings, sample("01").findings);
}

#[test]
fn a_date_that_stands_for_none_is_none_and_said() {
    let read = malformed("fired-year-one.json");
    assert_eq!(read.fired_at, None);
    assert!(read.notes.iter().any(|note| note.contains("firedDateTime")), "{:?}", read.notes);
}

#[test]
fn what_is_nested_too_deep_is_unreadable_and_an_alert() {
    assert_eq!(malformed("deep-nesting.json").shape, Shape::Unreadable);
    let deep = "[".repeat(1_000_000);
    assert_eq!(alert(deep.as_bytes()).shape, Shape::Unreadable);
    let just = format!("{}{{}}{}", "[".repeat(126), "]".repeat(126));
    assert_eq!(alert(just.as_bytes()).shape, Shape::Unrecognised);
}

#[test]
fn three_hundred_conditions_are_one_alert_with_a_count() {
    let read = malformed("many-allof-300.json");
    assert_eq!((read.findings.len(), read.findings_count), (50, 300));
}

#[test]
fn a_name_that_only_looks_like_anothers_stays_its_own() {
    let read = malformed("unicode-valid.json");
    assert_ne!(read.findings[0].upn, sample("01").findings[0].upn);
    assert_eq!(read.findings[0].user, sample("01").findings[0].user);
}

#[test]
fn links_that_lead_elsewhere_say_nothing_and_are_noted() {
    let read = malformed("hostile-links.json");
    assert_eq!(read.workspace, None);
    assert_eq!(read.findings, sample("01").findings);
    assert_eq!(read.notes, ["a link to its rows leads to another place than Azure's API"]);
}

#[test]
fn an_alert_that_says_both_that_it_fired_and_that_it_is_over_fired() {
    let said = |first: &str, second: &str| {
        let state = |said: &str| format!(r#""monitorCondition": "{said}""#);
        let essentials = format!(r#"{{"alertId": "a", {}, {}}}"#, state(first), state(second));
        let body =
            format!(r#"{{"schemaId": "azureMonitorCommonAlertSchema", "data": {{"essentials": {essentials}}}}}"#);
        alert(body.as_bytes()).state
    };
    assert_eq!(said("Fired", "Resolved"), AlertState::Fired);
    assert_eq!(said("Resolved", "Fired"), AlertState::Fired);
    assert_eq!(said("Resolved", "resolved"), AlertState::Resolved);
}
