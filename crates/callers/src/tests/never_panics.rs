//! Whatever a stranger sends, there is an answer, and it is no.

use super::tokens::{LOGIN, TENANT, key_set, rule};
use super::{callers, now, parts, secrets};
use crate::{Auth, Callers, KeySet};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use std::sync::OnceLock;

fn everybody() -> &'static (Callers, KeySet) {
    static EVERYBODY: OnceLock<(Callers, KeySet)> = OnceLock::new();
    EVERYBODY.get_or_init(|| {
        let callers = callers([
            ("key", Auth::ApiKey(secrets(&["a-key-that-nobody-guesses"]))),
            ("basic", Auth::Basic(secrets(&["user:a-password-that-nobody-guesses"]))),
            ("webhooks", Auth::StandardWebhooks(secrets(&["whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldw=="]))),
            ("hub", Auth::HubSignature(secrets(&["a-secret-that-nobody-guesses"]))),
            ("zendesk", Auth::Zendesk(secrets(&["a-secret-that-nobody-guesses"]))),
            ("connectwise", Auth::ConnectWise(secrets(&["a-secret-that-nobody-guesses"]))),
            ("autotask", Auth::Autotask(secrets(&["a-secret-that-nobody-guesses"]))),
            ("entra", Auth::Entra(rule())),
        ]);
        (callers, key_set())
    })
}

const HEADERS: [&str; 12] = [
    "authorization",
    "x-api-key",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "x-hub-signature",
    "x-hub-signature-256",
    "x-hook-signature",
    "x-content-signature",
    "x-zendesk-webhook-signature",
    "x-zendesk-webhook-signature-timestamp",
    "x-zendesk-webhook-invocation-id",
];

/// Text as headers have it, often nearly what a scheme expects.
fn value() -> impl Strategy<Value = String> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..80);
    let part = || {
        prop_oneof![
            Just(r#"{"alg":"RS256","kid":"ours"}"#.to_owned()),
            Just(format!(r#"{{"tid":"{TENANT}","exp":9e99}}"#)),
            "\\{\"(alg|kid|tid|exp|crit)\":[ -~]{0,20}\\}",
            "[ -~]{0,40}",
        ]
    };
    let token = (part(), part(), bytes()).prop_map(|(header, claims, signature)| {
        let [header, claims, signature] =
            [header.as_bytes(), claims.as_bytes(), &signature].map(|p| URL_SAFE_NO_PAD.encode(p));
        format!("Bearer {header}.{claims}.{signature}")
    });
    prop_oneof![
        "[ -~]{0,60}",
        "(Bearer|Basic|v1,|sha256=|sha1=) ?[A-Za-z0-9+/=.%-]{0,60}",
        bytes().prop_map(|bytes| format!("Basic {}", STANDARD.encode(bytes))),
        bytes().prop_map(|bytes| format!("v1,{} v1,", STANDARD.encode(bytes))),
        Just(now().to_string()),
        Just(now().as_second().to_string()),
        "-?[0-9]{0,30}",
        token,
    ]
}

proptest! {
    #[test]
    fn whatever_headers_a_stranger_sends_nobody_is_let_in(
        headers in proptest::collection::vec((0..HEADERS.len(), value()), 0..6),
        path in "/api/v1/(alerts/contoso|plans)(\\?code=[A-Za-z0-9%&=]{0,20})?",
        body in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let (callers, keys) = everybody();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (HEADERS[*name], value.trim())).collect();
        let parts = parts(&path, &headers);
        callers.wants(&parts, now());
        prop_assert!(callers.identify(&parts, &body, now(), Some(keys)).is_err());
    }

    #[test]
    fn whatever_a_login_service_publishes_is_read_or_refused(
        text in prop_oneof![
            "[ -~]{0,80}",
            "\\{\"keys\":\\[\\{\"kty\":\"RSA\",\"kid\":\"[ -~]{0,8}\",\"n\":\"[A-Za-z0-9_-]{0,400}\",\"e\":\"[A-Za-z0-9_-]{0,12}\"\\}\\]\\}",
        ],
    ) {
        let keys = KeySet::parse(TENANT.parse().expect("it is an id"), LOGIN, text.as_bytes());
        prop_assert!(keys.is_err() || text.contains("RSA"));
    }
}
