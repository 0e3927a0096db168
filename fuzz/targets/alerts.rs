//! What an alert about an emergency account says, from whatever comes to its address.
#![no_main]

use access::alerts::{Delivery, FINDINGS_MAX, NOTES_MAX, Reading, TEXT_CHARS_MAX, read};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let json = Some("application/json");
    let of_cloud = [("ce-specversion", "1.0"), ("ce-type", "x"), ("ce-id", "1"), ("ce-time", "2026-11-20T16:05:00Z")];
    for headers in [&[][..], &of_cloud] {
        let reading = read(&Delivery { body: bytes, content_type: json, headers });
        let Reading::Alert(alert) = reading else { continue };
        assert!(alert.findings.len() <= FINDINGS_MAX && alert.notes.len() <= NOTES_MAX);
        assert!(usize::try_from(alert.findings_count).expect("it fits") >= alert.findings.len());
        assert!(alert.window.is_none_or(|window| window.from <= window.to));
        let stored = serde_json::to_value(&alert).expect("it can be stored");
        texts(&stored);
        let again: access::alerts::Alert = serde_json::from_value(stored).expect("what is stored can be read");
        assert_eq!(again, *alert);
    }
});

/// No text is long, and none moves a cursor or turns what stands beside it.
fn texts(json: &Value) {
    match json {
        Value::String(text) => {
            assert!(text.chars().count() <= TEXT_CHARS_MAX, "{text}");
            let odd = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert!(!text.contains(odd), "{text:?}");
        }
        Value::Array(items) => items.iter().for_each(texts),
        Value::Object(fields) => fields.values().for_each(texts),
        _ => {}
    }
}
