//! Requests as ServiceNow, Jira, Zendesk, Freshservice, HaloPSA, ConnectWise and Autotask make them, kept in `testdata/`.

use super::{callers, parts, secrets};
use crate::request::Request;
use crate::{Auth, zendesk};
use jiff::Timestamp;
use serde_json::Value;

/// A recorded request: its secret, its headers, its body, and the time to set the clock to.
struct Recorded(Value);

impl Recorded {
    fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).expect("the recording is JSON"))
    }

    fn secret(&self) -> &str {
        self.0["secret"].as_str().expect("a recording has a secret")
    }

    fn clock(&self) -> Timestamp {
        self.0["clock"].as_str().expect("a recording has a time").parse().expect("it is one")
    }

    fn body(&self) -> &str {
        self.0["request"]["body_raw"].as_str().expect("a recording has a body")
    }

    fn parts(&self) -> http::request::Parts {
        let headers = self.0["request"]["headers"].as_object().expect("a recording has headers");
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str().expect("headers are texts"))).collect();
        parts(self.0["request"]["path"].as_str().expect("a recording has a path"), &headers)
    }
}

macro_rules! recorded {
    ($file:literal) => {
        Recorded::read(include_str!(concat!("../../testdata/", $file, ".json")))
    };
}

/// Whether the recorded request is let in with its own secret, and not with another.
fn check(recorded: &Recorded, auth: fn(Vec<crate::Secret>) -> Auth, other: &str, let_in: bool) {
    let (parts, body) = (recorded.parts(), recorded.body().as_bytes());
    let identify = |secret| {
        let callers = callers([("vendor", auth(secrets(&[secret])))]);
        callers.identify(&parts, body, recorded.clock(), None).is_ok()
    };
    assert_eq!(identify(recorded.secret()), let_in);
    assert!(!identify(other), "another secret must not do");
}

const OTHER_KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[test]
fn servicenow_signs_by_standard_webhooks() {
    check(&recorded!("01-servicenow-standard-webhooks"), Auth::StandardWebhooks, OTHER_KEY, true);
}

#[test]
fn a_body_that_was_changed_after_signing_is_refused() {
    check(&recorded!("20-bad-signature"), Auth::StandardWebhooks, OTHER_KEY, false);
}

#[test]
fn a_delivery_of_an_hour_ago_is_refused() {
    check(&recorded!("21-stale-timestamp"), Auth::StandardWebhooks, OTHER_KEY, false);
}

#[test]
fn one_of_several_signatures_is_enough_and_unknown_versions_are_skipped() {
    check(&recorded!("22-rotated-secret-two-signatures"), Auth::StandardWebhooks, OTHER_KEY, true);
}

#[test]
fn what_is_wrong_with_a_body_or_its_key_is_for_those_who_read_them() {
    check(&recorded!("23-idempotency-key-reused-other-body"), Auth::StandardWebhooks, OTHER_KEY, true);
    check(&recorded!("24-validation-errors"), Auth::StandardWebhooks, OTHER_KEY, true);
}

#[test]
fn servicenow_freshservice_and_halopsa_can_do_basic_authentication() {
    check(&recorded!("08-halopsa-webhook"), Auth::Basic, "halo:7c1f-bd20-hooks", true);
    check(&recorded!("02-servicenow-basic-auth"), Auth::Basic, "snow-examplecorp:wrong", true);
    check(&recorded!("07-freshservice-workflow-automator"), Auth::Basic, "fsv_9a8b7c6d5e4f3a2b1c0d:Y", true);
}

#[test]
fn jira_signs_the_utf8_bytes_of_the_body() {
    check(&recorded!("03-jira-webhook-issue-created"), Auth::HubSignature, "It's a Secret to Nobody", true);
}

#[test]
fn jiras_repetition_is_the_same_delivery() {
    let [first, again] = [recorded!("03-jira-webhook-issue-created"), recorded!("04-jira-webhook-retry-duplicate")];
    let callers = callers([("jira", Auth::HubSignature(secrets(&[first.secret()])))]);
    let delivery = |recorded: &Recorded| {
        let known = callers.identify(&recorded.parts(), recorded.body().as_bytes(), recorded.clock(), None);
        known.expect("it is signed").delivery.expect("it has a name")
    };
    assert_eq!(delivery(&first), delivery(&again));
}

#[test]
fn connectwise_signs_under_the_hash_of_the_configured_key() {
    check(&recorded!("09-connectwise-psa-callback"), Auth::ConnectWise, "5f2b8c1e7a904d3683b1a6f0c9d4e276", true);
}

#[test]
fn autotask_signs_with_sha1_in_base64_or_hexadecimal_under_either_name() {
    let recorded = recorded!("10-autotask-ticket-webhook");
    check(&recorded, Auth::Autotask, "at-webhook-secret-0011", true);
    let base64 = "sha1=/yPpUmteT0ms+brhe/DMhmAknqc=";
    let hex = "sha1=ff23e9526b5e4f49acf9bae17bf0cc8660249ea7";
    let upper = hex.to_uppercase().replace("SHA1", "sha1");
    for (name, value, let_in) in [
        ("x-hook-signature", base64, true),
        ("x-hub-signature", base64, true),
        ("x-hook-signature", base64.trim_end_matches('='), true),
        ("x-hook-signature", hex, true),
        ("x-hub-signature", &upper, true),
        ("x-hook-signature", &hex[.."sha1=".len() + 38], false),
        ("x-hook-signature", &format!("{hex}00"), false),
        ("x-hook-signature", &hex["sha1=".len()..], false),
        ("x-hook-signature", &hex.replace("sha1", "sha256"), false),
        ("x-hook-signature", "sha1=", false),
        ("x-content-signature", base64, false),
    ] {
        let callers = callers([("autotask", Auth::Autotask(secrets(&[recorded.secret()])))]);
        let parts = parts("/api/v1/invitations", &[(name, value)]);
        let found = callers.identify(&parts, recorded.body().as_bytes(), recorded.clock(), None);
        assert_eq!(found.is_ok(), let_in, "{name}: {value}");
    }
}

#[test]
fn jira_automation_sends_a_bearer_token() {
    check(&recorded!("05-jira-automation-web-request"), Auth::ApiKey, "jsm_pat_0", true);
}

/// The recording uses the secret of Zendesk's test calls, which [`zendesk::key`] refuses: so the key is made here.
#[test]
fn zendesk_signs_the_timestamp_and_the_body() {
    let recorded = recorded!("06-zendesk-trigger-webhook");
    let parts = recorded.parts();
    let request = Request { parts: &parts, body: recorded.body().as_bytes(), now: recorded.clock() };
    assert!(bool::from(zendesk::proves(&[recorded.secret().as_bytes().to_vec()], &request)));
    assert!(!bool::from(zendesk::proves(&[b"another".to_vec()], &request)));
    assert_eq!(zendesk::invocation(&request), Some("01JD3F3ZQ0000000000000000B"));
}

/// Vectors that the vendors publish.
#[test]
fn published_vectors_hold() {
    let hello = [("x-hub-signature", "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9")];
    let jira = callers([("jira", Auth::HubSignature(secrets(&["It's a Secret to Everybody"])))]);
    assert!(jira.identify(&parts("/", &hello), b"Hello World!", super::now(), None).is_ok());
    assert!(jira.identify(&parts("/", &hello), b"Hello World?", super::now(), None).is_err());

    let library = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    let at = Timestamp::from_second(1_614_265_330).expect("within range");
    let webhooks = callers([("library", Auth::StandardWebhooks(secrets(&[OTHER_KEY])))]);
    assert!(webhooks.identify(&parts("/", &library), br#"{"test": 2432232314}"#, at, None).is_ok());
}
