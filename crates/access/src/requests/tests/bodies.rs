//! Everything that can be wrong with a body of ours, and where that is.

use super::{BODY, asked};
use crate::requests::body::{self, CustomerRef, Unfit};
use crate::requests::{Asked, DEPTH_MAX, NAME_CHARS_MAX, REASON_CHARS_MAX, TICKET_CHARS_MAX, URL_CHARS_MAX, WRONG_MAX};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The right body with the value at a pointer replaced, or taken out.
fn with(pointer: &str, value: Option<Value>) -> Result<Asked, Unfit> {
    let mut whole: Value = serde_json::from_str(BODY).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = whole.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => parent.insert(name.to_owned(), value),
        None => parent.remove(name),
    };
    body::read(whole.to_string().as_bytes())
}

fn wrong(read: Result<Asked, Unfit>) -> Vec<(String, String)> {
    match read {
        Err(Unfit::Wrong(wrong)) => wrong.into_iter().map(|one| (one.pointer, one.detail)).collect(),
        other => panic!("expected wrong parts: {other:?}"),
    }
}

fn pointers(read: Result<Asked, Unfit>) -> Vec<String> {
    wrong(read).into_iter().map(|(pointer, _)| pointer).collect()
}

fn not_json(text: &[u8]) -> String {
    match body::read(text) {
        Err(Unfit::NotJson(why)) => why,
        other => panic!("expected to be unreadable: {other:?}"),
    }
}

#[test]
fn what_must_be_there_is_missed_and_what_need_not_is_not() {
    for pointer in ["/invitee/email", "/access/package", "/access/durationHours", "/reason"] {
        for nothing in [None, Some(Value::Null), Some(json!("")), Some(json!("  "))] {
            let found = wrong(with(pointer, nothing));
            assert_eq!(found, [(format!("#{pointer}"), "is missing".to_owned())]);
        }
    }
    for pointer in ["/invitee", "/access"] {
        assert!(pointers(with(pointer, None)).iter().all(|found| found.starts_with(&format!("#{pointer}/"))));
    }
    assert_eq!(pointers(with("/customer", None)), ["#/customer"]);
    assert_eq!(pointers(with("/customer/tenantId", None)), ["#/customer"]);
    for pointer in ["/ticket", "/ticket/url", "/invitee/givenName", "/invitee/surname", "/requestedBy", "/callback"] {
        assert!(with(pointer, None).is_ok(), "{pointer}");
        assert!(with(pointer, Some(Value::Null)).is_ok(), "{pointer}");
    }
    assert_eq!(with("/ticket", None).unwrap().ticket, None);
    assert_eq!(with("/ticket", Some(json!({}))).unwrap().ticket, None);
}

#[test]
fn members_that_we_do_not_know_are_let_pass_where_templates_add_some() {
    assert_eq!(with("/correlation", Some(json!({ "a": [1] }))), Ok(asked()));
    assert_eq!(with("/ticket/priority", Some(json!(3))), Ok(asked()));
    for section in ["customer", "invitee", "access", "requestedBy", "callback"] {
        let found = wrong(with(&format!("/{section}/emial"), Some(json!(1))));
        assert_eq!(found, [(format!("#/{section}/emial"), "unknown member".to_owned())]);
    }
    let odd = wrong(with("/access/durationHours ", Some(json!(1))));
    assert_eq!(odd[0].0, "#/access/durationHours%20");
    let mut escaped: Value = serde_json::from_str(BODY).unwrap();
    escaped["access"]["a/b~c#%é"] = json!(1);
    assert_eq!(pointers(body::read(escaped.to_string().as_bytes())), ["#/access/a~1b~0c%23%25%C3%A9"]);
}

#[test]
fn a_value_of_another_type_is_wrong_where_it_stands() {
    for pointer in
        ["/ticket/number", "/invitee/email", "/invitee/surname", "/access/package", "/reason", "/callback/url"]
    {
        for value in [json!(1), json!(true), json!([]), json!({}), json!(["kari@partner.example.com"])] {
            assert_eq!(wrong(with(pointer, Some(value))), [(format!("#{pointer}"), "expected text".to_owned())]);
        }
    }
    for pointer in ["/ticket", "/customer", "/invitee", "/access", "/requestedBy", "/callback"] {
        for value in [json!(1), json!("text"), json!([]), json!([{}]), json!(false)] {
            let found = wrong(with(pointer, Some(value)));
            assert_eq!(found, [(format!("#{pointer}"), "expected an object".to_owned())]);
        }
    }
    for whole in ["[]", "1", "\"text\"", "null", "true"] {
        assert_eq!(pointers(body::read(whole.as_bytes())), ["#"]);
    }
}

#[test]
fn hours_are_a_whole_number_from_one() {
    let hours = |value| with("/access/durationHours", Some(value)).map(|asked| asked.hours);
    for (value, expected) in [
        (json!(1), 1),
        (json!(8), 8),
        (json!(8.0), 8),
        (json!(u32::MAX), u32::MAX),
        (json!(u64::from(u32::MAX) + 1), u32::MAX),
        (json!(u64::MAX), u32::MAX),
        (json!(1e300), u32::MAX),
    ] {
        assert_eq!(hours(value.clone()), Ok(expected), "{value}");
    }
    for value in [
        json!(0),
        json!(-1),
        json!(0.5),
        json!(8.5),
        json!(-1e300),
        json!(i64::MIN),
        json!("8"),
        json!("eight"),
        json!(true),
    ] {
        let found = wrong(with("/access/durationHours", Some(value)));
        assert_eq!(found, [("#/access/durationHours".to_owned(), "must be a whole number, 1 or more".to_owned())]);
    }
    assert!(
        not_json(BODY.replace("\"durationHours\": 8", "\"durationHours\": 1e999").as_bytes()).contains("out of range")
    );
}

#[test]
fn a_customer_is_named_once() {
    let named = |customer: Value| with("/customer", Some(customer));
    assert_eq!(named(json!({ "name": "examplecorp" })).unwrap().customer, CustomerRef::Name("examplecorp".into()));
    let id = "7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34";
    assert_eq!(named(json!({ "tenantId": id.to_uppercase(), "name": null })), Ok(asked()));
    assert_eq!(pointers(named(json!({ "tenantId": id, "name": "examplecorp" }))), ["#/customer"]);
    for id in ["examplecorp", &id.replace('-', ""), &format!("{{{id}}}"), "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(pointers(named(json!({ "tenantId": id }))), ["#/customer/tenantId"], "{id}");
    }
}

#[test]
fn every_text_has_a_longest() {
    for (pointer, max) in [
        ("/ticket/system", NAME_CHARS_MAX),
        ("/ticket/id", TICKET_CHARS_MAX),
        ("/ticket/number", TICKET_CHARS_MAX),
        ("/ticket/url", URL_CHARS_MAX),
        ("/invitee/givenName", NAME_CHARS_MAX),
        ("/invitee/surname", NAME_CHARS_MAX),
        ("/access/package", NAME_CHARS_MAX),
        ("/reason", REASON_CHARS_MAX),
        ("/callback/url", URL_CHARS_MAX),
    ] {
        assert!(with(pointer, Some(json!("å".repeat(max)))).is_ok(), "{pointer}");
        let found = wrong(with(pointer, Some(json!("å".repeat(max + 1)))));
        assert_eq!(found, [(format!("#{pointer}"), format!("longer than {max} characters"))]);
    }
    let name = |length| with("/customer", Some(json!({ "name": "c".repeat(length) })));
    assert!(name(NAME_CHARS_MAX).is_ok());
    assert_eq!(pointers(name(NAME_CHARS_MAX + 1)), ["#/customer/name"]);
}

#[test]
fn characters_that_nobody_sees_are_refused_and_a_reason_may_have_lines() {
    for odd in ['\0', '\u{1b}', '\u{7f}', '\u{85}', '\u{202e}', '\u{2066}'] {
        for pointer in ["/ticket/number", "/invitee/surname", "/reason"] {
            let found = pointers(with(pointer, Some(json!(format!("a{odd}b")))));
            assert_eq!(found, [format!("#{pointer}")], "{odd:?}");
        }
    }
    assert_eq!(with("/reason", Some(json!("one\r\n\ttwo"))).unwrap().reason, "one\r\n\ttwo");
    assert_eq!(pointers(with("/invitee/surname", Some(json!("one\ntwo")))), ["#/invitee/surname"]);
    assert_eq!(with("/invitee/surname", Some(json!(" Nordmann\n"))).unwrap().invitee.surname.unwrap(), "Nordmann");
}

#[test]
fn all_that_is_wrong_is_said_at_once_but_not_without_end() {
    let body = br#"{"ticket":7,"invitee":{"mail":"a"},"access":{"durationHours":0},"callback":{"url":1}}"#;
    assert_eq!(
        pointers(body::read(body)),
        [
            "#/invitee/mail",
            "#/ticket",
            "#/customer",
            "#/invitee/email",
            "#/access/package",
            "#/access/durationHours",
            "#/reason",
            "#/callback/url"
        ]
    );
    let many: serde_json::Map<String, Value> = (0..10_000).map(|n| (n.to_string(), Value::Null)).collect();
    assert_eq!(pointers(with("/invitee", Some(many.into()))).len(), WRONG_MAX);
}

#[test]
fn what_could_be_read_in_two_ways_is_not_read() {
    for text in [
        &b""[..],
        b" ",
        b"{",
        b"{}{}",
        b"{} x",
        b"nul",
        b"{'a':1}",
        b"{\"a\":1,}",
        b"\"\\ud800\"",
        b"[1e999]",
        b"{\"a\":NaN}",
    ] {
        not_json(text);
    }
    assert_eq!(not_json(format!("\u{feff}{BODY}").as_bytes()), "begins with a byte order mark");
    not_json(b"{\"reason\":\"\xff\"}");
    not_json(b"{\"reason\":\"\xc0\xaf\"}");
    let utf16: Vec<u8> = BODY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    not_json(&utf16);
    for twice in [
        r#"{"reason":"a","reason":"b"}"#,
        r#"{"invitee":{"email":"a","\u0065mail":"b"}}"#,
        r#"{"ignored":{"a":1,"a":1}}"#,
    ] {
        assert!(not_json(twice.as_bytes()).contains("is there twice"), "{twice}");
    }
}

#[test]
fn nesting_has_an_end() {
    let nested = |open: &str, close: &str, levels: usize| {
        format!("{{\"ignored\":{}1{}}}", open.repeat(levels - 1), close.repeat(levels - 1))
    };
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        assert!(matches!(body::read(nested(open, close, DEPTH_MAX).as_bytes()), Err(Unfit::Wrong(_))));
        assert!(not_json(nested(open, close, DEPTH_MAX + 1).as_bytes()).contains("nested deeper"));
        not_json(nested(open, close, 100_000).as_bytes());
    }
    not_json("[".repeat(100_000).as_bytes());
}

/// Pieces of which bodies are made, so that many of the texts get far.
fn json_like() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "null",
        "true",
        "1",
        "-0",
        "1e99",
        "0.5",
        "\"\"",
        "\u{feff}",
        "\\u0000",
        "\"ticket\"",
        "\"customer\":{\"name\":\"a\"}",
        "\"invitee\":{",
        "\"email\":\"a@b.example\"",
        "\"access\":{",
        "\"package\":\"p\"",
        "\"durationHours\":8",
        "\"reason\":\"r\"",
        "\"callback\":",
        "\"é\"",
    ]);
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in json_like()) {
        let _ = body::read(&bytes);
        let _ = body::read(text.as_bytes());
    }

    /// Cut, doubled or overwritten anywhere, a right body still asks for something in bounds, or is refused with a place.
    #[test]
    fn a_damaged_body_is_refused_or_asks_within_bounds(at in 0..2000usize, length in 0..60usize, with in "[\\[\\]{}:\",.a-z0-9@\\\\ -]{0,8}") {
        let mut text = BODY.to_owned();
        let start = at % text.len();
        let end = (start + length).min(text.len());
        text.replace_range(start..end, &with);
        match body::read(text.as_bytes()) {
            Ok(asked) => {
                prop_assert!(asked.hours >= 1 && !asked.reason.is_empty() && !asked.package.is_empty());
                prop_assert_eq!(crate::requests::mail(&asked.invitee.email), Some(asked.invitee.email));
            }
            Err(Unfit::NotJson(why)) => prop_assert!(!why.is_empty()),
            Err(Unfit::Wrong(wrong)) => {
                prop_assert!((1..=WRONG_MAX).contains(&wrong.len()));
                prop_assert!(wrong.iter().all(|one| one.pointer.starts_with('#') && !one.detail.is_empty()));
            }
        }
    }
}
