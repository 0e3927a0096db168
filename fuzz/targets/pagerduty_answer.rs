//! What PagerDuty tells of an incident, signed and not.
#![no_main]

use fuzz::chat::{by_pagerduty, is_tame, pagerduty};
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use notify::answers::{self, PagerDutyAnswer};

fuzz_target!(|bytes: &[u8]| {
    let channel = pagerduty();
    let secrets = channel.webhook_secrets();
    let mut unsigned = HeaderMap::new();
    assert!(answers::pagerduty(secrets, &unsigned, bytes).is_err());
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        unsigned.insert("x-pagerduty-signature", value);
        assert!(answers::pagerduty(secrets, &unsigned, b"{}").is_err());
    }
    if let Ok(PagerDutyAnswer::Acknowledged { event, key, by, .. }) =
        answers::pagerduty(secrets, &by_pagerduty(bytes), bytes)
    {
        assert!(is_tame(&event) && is_tame(&key) && by.chars().count() <= 600 && !by.contains('\u{202e}'));
    }
});
