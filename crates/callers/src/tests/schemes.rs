//! Each scheme at its limits.

use super::{SIGNED_AT, callers, identify, is_let_in, now, parts, secrets};
use crate::request::hmac_sha256;
use crate::{Auth, Callers, Secret, Unusable};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};

const NEW: &str = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldw==";
const OLD: &str = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZA==";

fn webhooks(names: &[&str]) -> Auth {
    Auth::StandardWebhooks(secrets(names))
}

/// The signature that a sender with this secret makes.
fn signature(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).expect("the test's secret is base64");
    let mac = hmac_sha256(&key, &[format!("{id}.{timestamp}.{body}").as_bytes()]);
    format!("v1,{}", STANDARD.encode(mac))
}

/// Whether a delivery signed now with `secret` is let in `after` it was signed.
fn delivered(auth: Auth, secret: &str, id: &str, after: SignedDuration) -> bool {
    let timestamp = SIGNED_AT.to_string();
    let signature = signature(secret, id, &timestamp, "{}");
    let headers = [("webhook-id", id), ("webhook-timestamp", &timestamp), ("webhook-signature", &signature)];
    identify(&callers([("one", auth)]), &headers, "{}", now() + after).is_ok()
}

#[test]
fn a_webhook_is_fresh_for_five_minutes_either_way() {
    for (seconds, let_in) in
        [(0, true), (299, true), (300, true), (301, false), (-299, true), (-300, true), (-301, false)]
    {
        let after = SignedDuration::from_secs(seconds);
        assert_eq!(delivered(webhooks(&[NEW]), NEW, "msg_1", after), let_in, "after {seconds} s");
    }
    let after = SignedDuration::from_millis(300_001);
    assert!(!delivered(webhooks(&[NEW]), NEW, "msg_1", after), "not a millisecond longer");
}

#[test]
fn while_a_secret_is_rotated_the_old_and_the_new_one_are_valid() {
    let both = || webhooks(&[NEW, OLD]);
    assert!(delivered(both(), NEW, "msg_1", SignedDuration::ZERO));
    assert!(delivered(both(), OLD, "msg_1", SignedDuration::ZERO));
    assert!(!delivered(webhooks(&[NEW]), OLD, "msg_1", SignedDuration::ZERO), "afterwards the old one is not");
}

#[test]
fn a_webhooks_id_is_short_and_has_no_dot() {
    let id = |chars: usize| "x".repeat(chars);
    for (id, let_in) in [("a", true), (id(256).as_str(), true), (id(257).as_str(), false), ("", false), ("a.1", false)]
    {
        assert_eq!(delivered(webhooks(&[NEW]), NEW, id, SignedDuration::ZERO), let_in, "{id:?}");
    }
}

#[test]
fn a_webhook_needs_all_its_headers_once_and_well_formed() {
    let timestamp = SIGNED_AT.to_string();
    let right = signature(NEW, "msg_1", &timestamp, "{}");
    let wrong = format!("v1,{}", STANDARD.encode([0; 32]));
    let check = |id: &str, timestamp: &str, signatures: &str| {
        let headers = [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signatures)];
        is_let_in(webhooks(&[NEW]), &headers, "{}")
    };
    assert!(check("msg_1", &timestamp, &right));
    assert!(!check("msg_2", &timestamp, &right), "the id is signed");
    assert!(!check("msg_1", "1795165201", &right), "the time is signed");
    assert!(!check("msg_1", "+1795165200", &right));
    assert!(!check("msg_1", "99999999999999999999", &right));
    assert!(!check("msg_1", "", &right));
    for signatures in ["", "v1,", "v2,AAAA", "not base64", &right["v1,".len()..], &right[..right.len() - 4], &wrong] {
        assert!(!check("msg_1", &timestamp, signatures), "{signatures:?}");
    }
    let many = |wrong_ones: usize| format!("{}{right}", format!("{wrong} ").repeat(wrong_ones));
    assert!(check("msg_1", &timestamp, &many(7)));
    assert!(!check("msg_1", &timestamp, &many(8)), "only eight signatures are looked at");
    let headers = [("webhook-id", "msg_1"), ("webhook-timestamp", &timestamp)];
    assert!(!is_let_in(webhooks(&[NEW]), &headers, "{}"), "no signature");
    let twice = [headers.as_slice(), &[("webhook-signature", &right), ("webhook-signature", &right)]].concat();
    assert!(!is_let_in(webhooks(&[NEW]), &twice, "{}"), "two headers of one name");
}

#[test]
fn a_key_may_come_in_either_header_and_nowhere_else() {
    let auth = || Auth::ApiKey(secrets(&["new-key", "old-key"]));
    for (name, value, let_in) in [
        ("authorization", "Bearer new-key", true),
        ("authorization", "bearer old-key", true),
        ("x-api-key", "new-key", true),
        ("x-api-key", "old-key", true),
        ("x-api-key", "", false),
        ("x-api-key", "new-ke", false),
        ("x-api-key", "new-key2", false),
        ("x-api-key", "Bearer new-key", false),
        ("authorization", "new-key", false),
        ("authorization", "Basic new-key", false),
        ("authorization", "Bearer", false),
        ("authorization", "Bearer ", false),
        ("x-functions-key", "new-key", false),
        ("cookie", "new-key", false),
    ] {
        assert_eq!(is_let_in(auth(), &[(name, value)], "{}"), let_in, "{name}: {value}");
    }
    assert!(!is_let_in(auth(), &[("x-api-key", "new-key"), ("x-api-key", "new-key")], "{}"), "two of one name");
}

#[test]
fn a_key_in_the_query_is_taken_for_alerts_alone() {
    let callers = callers([("alerts", Auth::ApiKey(secrets(&["a+b/c%=="])))]);
    for (path, let_in) in [
        ("/api/v1/alerts/contoso?code=a+b/c%25%3D%3D", true),
        ("/v1/alerts/contoso?x=1&code=a%2Bb%2Fc%25==", true),
        ("/api/v1/alerts/contoso?code=wrong", false),
        ("/api/v1/alerts/contoso?code=a+b/c%25%3D%3D&code=a+b/c%25%3D%3D", false),
        ("/api/v1/alerts/contoso?code=%", false),
        ("/api/v1/alerts/contoso?code=%zz", false),
        ("/api/v1/alerts/contoso?code=%ff", false),
        ("/api/v1/alerts/contoso?code=", false),
        ("/api/v1/alerts/contoso", false),
        ("/api/v1/invitations?code=a+b/c%25%3D%3D", false),
        ("/api/v1/alertsx?code=a+b/c%25%3D%3D", false),
    ] {
        assert_eq!(callers.identify(&parts(path, &[]), b"", now(), None).is_ok(), let_in, "{path}");
    }
}

#[test]
fn basic_authentication_compares_user_and_password_together() {
    let auth = || Auth::Basic(secrets(&["snow:correct horse: battery"]));
    let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
    assert!(is_let_in(auth(), &[("authorization", &header("snow:correct horse: battery"))], ""));
    for wrong in ["snow:wrong", "snow:", "snow", ":correct horse: battery", "", "SNOW:correct horse: battery"] {
        assert!(!is_let_in(auth(), &[("authorization", &header(wrong))], ""), "{wrong}");
    }
    assert!(!is_let_in(auth(), &[("authorization", "Basic ???")], ""));
}

#[test]
fn a_hub_signature_is_sha256_in_hexadecimal_over_the_body() {
    let auth = || Auth::HubSignature(secrets(&["secret"]));
    let hex: String = hmac_sha256(b"secret", &[b"{}"]).iter().map(|byte| format!("{byte:02x}")).collect();
    let check = |name: &str, value: &str, body: &str| is_let_in(auth(), &[(name, value)], body);
    assert!(check("x-hub-signature", &format!("sha256={hex}"), "{}"));
    assert!(check("x-hub-signature-256", &format!("sha256={hex}"), "{}"));
    assert!(check("x-hub-signature", &format!("sha256={}", hex.to_uppercase()), "{}"));
    assert!(!check("x-hub-signature", &format!("sha256={hex}"), "{ }"));
    assert!(!check("x-hub-signature", &hex, "{}"));
    assert!(!check("x-hub-signature", &format!("sha1={hex}"), "{}"));
    for wrong in ["sha256=", "sha256=0", "sha256=zz", &format!("sha256={}", &hex[2..]), &format!("sha256={hex}00")] {
        assert!(!check("x-hub-signature", wrong, "{}"), "{wrong}");
    }
    let github = [("x-hub-signature", "sha1=00"), ("x-hub-signature-256", &format!("sha256={hex}"))];
    assert!(is_let_in(auth(), &github, "{}"), "GitHub sends an old signature beside the new one");
}

#[test]
fn a_zendesk_signature_is_fresh_for_five_minutes_either_way() {
    let check = |seconds: i64| {
        let timestamp = (now() + SignedDuration::from_secs(seconds)).to_string();
        let signature = STANDARD.encode(hmac_sha256(b"secret", &[timestamp.as_bytes(), b"{}"]));
        let headers = [
            ("x-zendesk-webhook-signature-timestamp", timestamp.as_str()),
            ("x-zendesk-webhook-signature", &signature),
        ];
        is_let_in(Auth::Zendesk(secrets(&["secret"])), &headers, "{}")
    };
    for (seconds, let_in) in [(-301, false), (-300, true), (-299, true), (0, true), (300, true), (301, false)] {
        assert_eq!(check(seconds), let_in, "{seconds} s");
    }
}

#[test]
fn a_secret_that_cannot_be_a_key_keeps_its_caller_out_and_is_not_repeated() {
    type Scheme = fn(Vec<Secret>) -> Auth;
    let cases: [(Scheme, &str); 13] = [
        (Auth::ApiKey, ""),
        (Auth::ApiKey, "key-with-line-end\n"),
        (Auth::ApiKey, "key with spaces"),
        (Auth::Basic, "canary-password"),
        (Auth::Basic, "canary-user:"),
        (Auth::Basic, ":canary-password"),
        (Auth::StandardWebhooks, "d2l0aG91dCBwcmVmaXggYW5kIHRoZSByZXN0"),
        (Auth::StandardWebhooks, "whsec_c2hvcnRlci10aGFuLTI0LWJ5dA=="),
        (Auth::HubSignature, ""),
        (Auth::ConnectWise, ""),
        (Auth::Autotask, ""),
        (Auth::Zendesk, ""),
        (Auth::Zendesk, "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="),
    ];
    for (auth, secret) in cases {
        let caller = super::caller(auth(secrets(&[secret])));
        let (callers, unusable) = Callers::new([("one".to_owned(), caller)].into());
        let [Unusable { caller, .. }] = unusable.as_slice() else { panic!("{secret:?} should not be usable") };
        assert_eq!(caller, "one");
        let said = format!("{} {unusable:?} {callers:?}", unusable[0]);
        assert!(secret.is_empty() || !said.contains(secret.trim()), "{said}");
        let empty = [("authorization", "Bearer "), ("x-api-key", ""), ("x-hub-signature", "sha256=")];
        assert!(callers.identify(&parts("/", &empty), b"", Timestamp::UNIX_EPOCH, None).is_err());
    }
}
