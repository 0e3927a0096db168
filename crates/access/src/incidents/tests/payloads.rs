//! Every recorded alert, and which incidents it opens.

use super::*;
use crate::alerts::Refused;
use expect_test::expect;
use std::collections::BTreeMap;
use std::fmt::Write;

fn line(incident: &Incident) -> String {
    let accounts: Vec<&str> =
        incident.accounts.iter().map(|one| one.upn.split('@').next().unwrap_or_default()).collect();
    let result = incident.sign_ins.first().and_then(|one| one.result.as_deref()).unwrap_or("-");
    let mut line = format!(
        "{} {} {} {} result {result}",
        &incident.id.as_str()[..6],
        incident.kind.name(),
        incident.severity,
        if accounts.is_empty() { "-".to_owned() } else { accounts.join("+") },
    );
    if incident.test {
        line.push_str(" TEST");
    }
    if incident.wants.is_some() {
        line.push_str(" asks the logs");
    }
    line
}

fn table(names: &[&str]) -> String {
    let customer = customer();
    let mut table = String::new();
    for name in names {
        let incidents = opened(&payload(name), &around(&customer, name, at("2026-11-20T12:00:00Z")));
        let _ = writeln!(table, "{name}");
        for incident in incidents {
            let _ = writeln!(table, "  {}", line(&incident));
        }
    }
    table
}

#[test]
fn each_recorded_alert_opens_what_it_is_about() {
    let names = [
        "01-", "02-", "03-", "04-", "05a-", "05b-", "06-", "07-", "08-", "09-", "10-", "11-", "12-", "13-", "14-",
        "15-", "16-", "17-", "18-", "19-", "20-", "21-", "22-", "23-", "25-", "26-", "28-", "29-", "30-",
    ];
    expect![[r#"
        01-
          5eb2d3 sign_in critical bg-01 result 0 asks the logs
        02-
          5eb2d3 sign_in critical bg-01 result 0 asks the logs
        03-
          5eb2d3 sign_in critical bg-01 result 0 asks the logs
          b9ab68 sign_in critical bg-02 result 0 asks the logs
        04-
          1b6cdf sign_in critical - result - asks the logs
        05a-
          5eb2d3 sign_in critical bg-01 result 0 asks the logs
        05b-
          b9ab68 sign_in critical bg-02 result 0 asks the logs
        06-
          603763 sign_in high bg-01 result 50126 asks the logs
        07-
          1648a8 change high bg-01 result - asks the logs
        08-
          e65724 sign_in critical bg-01 result 0 asks the logs
        09-
          9d9de0 other info - result - TEST
        10-
          a89639 sign_in critical bg-01 result 0 asks the logs
          71091c sign_in high bg-02 result 50074 asks the logs
        11-
          98bb0c sign_in critical - result - asks the logs
        12-
          a89639 sign_in critical bg-01 result 0 asks the logs
          71091c sign_in high bg-02 result 50074 asks the logs
        13-
          8455a3 sign_in critical bg-01 result - asks the logs
        14-
          a89639 sign_in critical bg-01 result 0 asks the logs
          71091c sign_in high bg-02 result 50074 asks the logs
        15-
          67d46d tamper critical - result -
        16-
          67d46d tamper critical - result -
        17-
          e04f99 tamper critical - result -
        18-
          b4cf0d other info - result - TEST
        19-
          310774 health high - result -
        20-
          5eb2d3 sign_in critical bg-01 result 0 asks the logs
        21-
          5eb2d3 sign_in critical bg-01 result 0 asks the logs
        22-
          e1bca7 sign_in critical bg-01 result - asks the logs
        23-
          5eb2d3 sign_in critical bg-01 result - asks the logs
        25-
          5eb2d3 sign_in critical bg-01 result 0 asks the logs
          b9ab68 sign_in critical bg-02 result 0 asks the logs
        26-
          5eb2d3 sign_in critical bg-01 result 0 asks the logs
        28-
          5eb2d3 sign_in critical bg-01 result 0 asks the logs
          49b58b sign_in high bg-01 result 50126 asks the logs
        29-
          5eb2d3 sign_in critical bg-01 result 0 asks the logs
        30-
          5eb2d3 sign_in critical bg-01 result 0 asks the logs
    "#]]
    .assert_eq(&table(&names));
}

#[test]
fn one_sign_in_is_one_incident_by_whichever_road_it_comes() {
    let customer = customer();
    let id = |name: &str| opened(&payload(name), &around(&customer, name, at("2026-11-20T12:00:00Z")))[0].id.clone();
    // Fired, resolved, other bytes, another evaluation, Sentinel, its closing, a risk detection.
    for road in ["02-", "29-", "30-", "20-", "21-", "23-"] {
        assert_eq!(id(road), id("01-"), "{road}");
    }
    assert_eq!(id("15-"), id("16-"), "one event of the activity log, in two schemas");
    assert_ne!(id("05a-"), id("05b-"), "two accounts in one evaluation");
}

#[test]
fn the_same_sign_in_of_two_customers_is_two_incidents() {
    let key = "5a1c7f0e-93d2-4a55-9a6e-0c1b2d3e4f50";
    let other = TenantId(uuid!("00000000-0000-4000-8000-000000000001"));
    assert_eq!(IncidentId::of(TENANT, Kind::SignIn, key), IncidentId::of(TENANT, Kind::SignIn, &key.to_uppercase()));
    assert_ne!(IncidentId::of(TENANT, Kind::SignIn, key), IncidentId::of(other, Kind::SignIn, key));
    assert_ne!(IncidentId::of(TENANT, Kind::SignIn, key), IncidentId::of(TENANT, Kind::Change, key));
}

#[test]
fn what_cannot_be_read_pages_all_the_same() {
    let names = [
        "bad-dates",
        "bom-then",
        "data-null",
        "deep-nesting",
        "duplicate-keys",
        "fired-year-one",
        "hostile-links",
        "hostile-text",
        "huge-numbers",
        "invalid-utf8",
        "many-allof",
        "root-is-empty-array",
        "root-is-null",
        "root-is-string",
        "trailing",
        "truncated",
        "unicode-lone",
        "unicode-valid",
        "unknown-schema",
        "wrong-scalar",
        "wrong-types",
    ];
    let customer = customer();
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in names {
        let incidents = opened(&payload(name), &around(&customer, name, at("2026-11-20T12:00:00Z")));
        assert!(!incidents.is_empty(), "{name} pages nobody");
        for incident in &incidents {
            assert!(incident.severity <= Severity::High || name == "unknown-schema", "{name}: {}", line(incident));
        }
        let what = format!("{} x{}", incidents[0].kind.name(), incidents.len());
        kinds.entry(what).or_default().push(name.to_owned());
    }
    let mut table = String::new();
    for (what, names) in kinds {
        let _ = writeln!(table, "{what}: {}", names.join(", "));
    }
    expect![[r#"
        other x1: unknown-schema
        sign_in x1: bad-dates, bom-then, duplicate-keys, fired-year-one, hostile-links, hostile-text, huge-numbers, invalid-utf8, trailing, unicode-lone, unicode-valid, wrong-scalar
        sign_in x50: many-allof
        unreadable x1: data-null, deep-nesting, root-is-empty-array, root-is-null, root-is-string, truncated, wrong-types
    "#]].assert_eq(&table);
}

#[test]
fn nothing_at_all_is_no_alert() {
    let read = |name: &str, kind: &str| {
        let body = payload(name);
        read_for(&Delivery { body: &body, content_type: Some(kind), headers: &[] }, &|_| true)
    };
    assert_eq!(read("empty", "application/json"), Reading::Refused(Refused::Empty));
    assert_eq!(read("whitespace", "application/json"), Reading::Refused(Refused::Empty));
    let form = read("not-json", "application/x-www-form-urlencoded");
    assert_eq!(form, Reading::Refused(Refused::MediaType));
}

#[test]
fn a_name_that_only_looks_like_an_accounts_is_somebody_elses() {
    let customer = customer();
    let of = |name: &str| {
        let finding = crate::alerts::Finding { upn: Some(name.into()), ..found() };
        concerns(&finding, &customer.break_glass)
    };
    assert!(of("BG-01@ExampleCorp.onmicrosoft.com"));
    assert!(!of("bg-01@examplec\u{43e}rp.onmicrosoft.com"), "a Cyrillic letter");
    assert!(!of("bg-01@examplecorp.onmicrosoft.com.evil.example"));
    let named = crate::alerts::Finding {
        user: Some(uuid!("00000000-0000-4000-8000-00000000beef")),
        upn: Some("bg-01@examplecorp.onmicrosoft.com".into()),
        ..found()
    };
    assert!(!concerns(&named, &customer.break_glass), "the object id decides");
    let unresolved = crate::alerts::Finding { user: Some(uuid::Uuid::nil()), ..named };
    assert!(concerns(&unresolved, &customer.break_glass), "refused before the account was looked up");
}

fn found() -> crate::alerts::Finding {
    let customer = customer();
    let delivery = Delivery { body: &payload("01-"), content_type: Some("application/json"), headers: &[] };
    let Reading::Alert(alert) = read_for(&delivery, &|finding| concerns(finding, &customer.break_glass)) else {
        panic!("an alert")
    };
    crate::alerts::Finding { user: None, upn: None, ..alert.findings[0].clone() }
}

#[test]
fn a_change_with_two_targets_is_one_incident_and_as_bad_as_its_worse_half() {
    let customer = customer();
    let now = at("2026-11-20T12:00:00Z");
    let delivery = Delivery { body: &payload("07-"), content_type: Some("application/json"), headers: &[] };
    let Reading::Alert(alert) = read_for(&delivery, &|_| true) else { panic!("an alert") };
    let mut halves = alert.findings.clone();
    halves.push(crate::alerts::Finding { user: None, upn: Some("a group".into()), severe: true, ..halves[0].clone() });
    let both = crate::alerts::Alert { findings: halves, ..(*alert).clone() };
    let opened = openings(&both, &around(&customer, "raw", now));
    assert_eq!(opened.len(), 1);
    assert_eq!((opened[0].severity, opened[0].accounts.len()), (Severity::Critical, 1));
}

#[test]
fn a_condition_that_names_nobody_beside_one_that_does_is_asked_of_the_logs() {
    let customer = customer();
    let delivery = Delivery { body: &payload("01-"), content_type: Some("application/json"), headers: &[] };
    let Reading::Alert(alert) = read_for(&delivery, &|_| true) else { panic!("an alert") };
    let silent = crate::alerts::Finding { user: None, upn: None, event: None, ..alert.findings[0].clone() };
    let both = crate::alerts::Alert { findings: vec![alert.findings[0].clone(), silent], ..(*alert).clone() };
    let opened = openings(&both, &around(&customer, "raw", at("2026-11-20T12:00:00Z")));
    let means_unnamed = |one: &Incident| one.wants.as_ref().is_some_and(|wants| wants.claims.is_some());
    assert_eq!(opened.iter().map(means_unnamed).collect::<Vec<_>>(), [false, true]);
    assert!(opened.iter().all(|one| one.kind == Kind::SignIn && one.severity == Severity::Critical));
}

#[test]
fn bytes_that_never_change_are_another_alert_ten_minutes_later() {
    let customer = customer();
    let id = |name: &str, time: &str| opened(&payload(name), &around(&customer, "raw", at(time)))[0].id.clone();
    for name in ["root-is-null", "unknown-schema", "truncated"] {
        assert_eq!(
            id(name, "2026-11-20T12:00:00Z"),
            id(name, "2026-11-20T12:01:15Z"),
            "{name}: repeated by its sender"
        );
        assert_ne!(id(name, "2026-11-20T12:00:00Z"), id(name, "2026-11-20T12:10:00Z"), "{name}: another one");
    }
}

#[test]
fn a_real_rule_with_the_name_of_a_sample_is_no_test() {
    let mut customer = customer();
    let now = at("2026-11-20T12:00:00Z");
    assert!(opened(&payload("09-"), &around(&customer, "raw", now))[0].test);
    let rule =
        "/subscriptions/s/resourceGroups/test-RG/providers/microsoft.insights/scheduledQueryRules/test-logAlertRule-v2";
    customer.break_glass.rules = vec![rule.into()];
    let real = &opened(&payload("09-"), &around(&customer, "raw", now))[0];
    assert!(!real.test && real.kind == Kind::SignIn && real.severity == Severity::Critical, "{real:?}");
}

#[test]
fn a_background_success_is_never_one_with_its_attempts() {
    let customer = customer();
    let text =
        String::from_utf8(payload("01-")).expect("text").replace("SigninLogs", "AADNonInteractiveUserSignInLogs");
    let failed = text.replace(r#""value": "0""#, r#""value": "50126""#);
    let now = at("2026-11-20T12:00:00Z");
    let of = |body: &str| opened(body.as_bytes(), &around(&customer, "raw", now)).remove(0);
    assert_ne!(of(&text).id, of(&failed).id);
    assert_eq!((of(&text).severity, of(&failed).severity), (Severity::Critical, Severity::High));
}
