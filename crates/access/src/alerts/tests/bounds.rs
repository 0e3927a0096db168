//! Nothing that a body says makes it more than it may be.

use super::super::{Delivery, FINDINGS_MAX, Finding, NOTES_MAX, Reading, TEXT_CHARS_MAX, read, read_for};
use super::{alert, body, files};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Everything that an alert may be relied on for, whoever wrote it.
fn check(reading: &Reading) -> Result<(), TestCaseError> {
    let Reading::Alert(alert) = reading else { return Ok(()) };
    prop_assert!(alert.findings.len() <= FINDINGS_MAX);
    prop_assert!(usize::try_from(alert.findings_count).expect("it fits") >= alert.findings.len());
    prop_assert!(alert.notes.len() <= NOTES_MAX);
    prop_assert!(alert.window.is_none_or(|window| window.from <= window.to));
    texts(&serde_json::to_value(alert).expect("it is serialised"))
}

fn texts(json: &Value) -> Result<(), TestCaseError> {
    match json {
        Value::String(text) => {
            prop_assert!(text.chars().count() <= TEXT_CHARS_MAX, "{text}");
            let odd = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            prop_assert!(!text.contains(odd), "{text:?}");
        }
        Value::Array(items) => items.iter().try_for_each(texts)?,
        Value::Object(fields) => fields.values().try_for_each(texts)?,
        _ => {}
    }
    Ok(())
}

/// The samples as trees, but those that are no JSON.
static SAMPLES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let names = files("").into_iter().chain(files("malformed").into_iter().map(|file| format!("malformed/{file}")));
    names.filter_map(|file| serde_json::from_slice(&body(&file)).ok()).collect()
});

/// All places in a tree, as JSON pointers.
fn places(json: &Value, at: String, into: &mut Vec<String>) {
    match json {
        Value::Array(items) => {
            items.iter().take(5).enumerate().for_each(|(n, item)| places(item, format!("{at}/{n}"), into));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            places(value, format!("{at}/{name}"), into);
        }),
        _ => {}
    }
    into.push(at);
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!([])),
        Just(json!({})),
        Just(json!(true)),
        Just(json!(-1)),
        Just(json!(1e300)),
        Just(json!(u64::MAX)),
        Just(json!("")),
        Just(json!("0001-01-01T00:00:00Z")),
        Just(json!("9999-12-31T23:59:59.9999999Z")),
        Just(json!("00000000-0000-0000-0000-000000000000")),
        Just(json!("{\"a\": [{\"b\": 1}]}")),
        Just(json!([[{"name": "UserId", "value": []}]])),
        Just(json!({"id": "a", "userId": "b", "tables": [{"columns": 1, "rows": [[], {}, 2]}]})),
        "\\PC{0,300}".prop_map(Value::from),
        "[\\x00-\\x1f\u{202a}-\u{202e}\u{2066}-\u{2069}a]{1,250}".prop_map(Value::from),
        (0..200usize).prop_map(some_piece),
    ]
}

/// A piece of some sample, where it does not belong.
fn some_piece(which: usize) -> Value {
    let sample = &SAMPLES[which % SAMPLES.len()];
    let mut all = Vec::new();
    places(sample, String::new(), &mut all);
    sample.pointer(&all[(which * 31) % all.len()]).cloned().unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_alert_is_an_alert_within_bounds(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), odd_value()), 1..4),
    ) {
        let mut json = which.get(&SAMPLES).clone();
        for (at, instead) in changes {
            let mut all = Vec::new();
            places(&json, String::new(), &mut all);
            *json.pointer_mut(&all[at.index(all.len())]).expect("the place is there") = instead;
        }
        let body = serde_json::to_vec(&json).expect("it is serialised");
        let reading = read(&Delivery { body: &body, content_type: None, headers: &[] });
        prop_assert!(!matches!(reading, Reading::Refused(_)));
        check(&reading)?;
    }

    #[test]
    fn any_bytes_end_within_bounds(
        file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..40),
        cut in any::<bool>(),
    ) {
        let files = files("");
        let mut body = body(&files[file.index(files.len())]);
        let at = at.index(body.len());
        let end = if cut { body.len() } else { (at + bytes.len()).min(body.len()) };
        body.splice(at..end, bytes);
        check(&read(&Delivery { body: &body, content_type: None, headers: &[("ce-specversion", "1.0"), ("ce-type", "x")] }))?;
    }
}

fn sign_ins(of: impl Iterator<Item = (usize, &'static str)>) -> Vec<u8> {
    let record = |(user, result): (usize, &str)| {
        let id = format!("10000000-0000-4000-8000-{user:012}");
        json!({"category": "SignInLogs", "resultType": result, "properties": {"id": format!("{user}-{result}"), "userId": id}})
    };
    json!({"records": of.map(record).collect::<Vec<_>>()}).to_string().into_bytes()
}

#[test]
fn strangers_do_not_crowd_out_whom_it_is_about() {
    let body = sign_ins((0..500).map(|user| (user, "0")));
    let is_ours = |finding: &Finding| finding.event.as_deref() == Some("431-0");
    let delivery = Delivery { body: &body, content_type: None, headers: &[] };
    let Reading::Alert(alert) = read_for(&delivery, &is_ours) else { panic!("it is an alert") };
    assert!(alert.findings.iter().any(is_ours));
    assert_eq!((alert.findings.len(), alert.findings_count), (FINDINGS_MAX, 500));
}

#[test]
fn failures_do_not_crowd_out_the_success_at_their_end() {
    let mut json: Value = serde_json::from_slice(&sign_ins((0..300).map(|_| (1, "50126")))).expect("it is JSON");
    for (n, record) in json["records"].as_array_mut().expect("it is a list").iter_mut().enumerate() {
        record["properties"]["id"] = json!(format!("sign-in {n}"));
        if n == 299 {
            record["resultType"] = json!("0");
        }
    }
    let alert = alert(json.to_string().as_bytes());
    assert_eq!(alert.findings.last().and_then(|last| last.result.as_deref()), Some("0"));
    assert_eq!((alert.findings.len(), alert.findings_count), (FINDINGS_MAX, 300));
}

#[test]
fn fifty_findings_are_kept_and_of_fifty_one_one_is_left_out() {
    for (count, kept) in [(49, 49), (50, 50), (51, 50)] {
        let alert = alert(&sign_ins((0..count).map(|user| (user, "0"))));
        assert_eq!((alert.findings.len(), alert.findings_count), (kept, u32::try_from(count).expect("it fits")));
    }
}

#[test]
fn what_stands_twice_is_found_once() {
    assert_eq!(alert(&sign_ins([(1, "0"), (2, "0"), (1, "0")].into_iter())).findings_count, 2);
}
