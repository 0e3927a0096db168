//! Several callers: which one it is, what it may, and what nobody learns.

use super::{caller, callers, identify, now, parts, secrets};
use crate::api_key::KEY_BYTES_MAX;
use crate::request::hashed;
use crate::{Auth, Callers, Denied, Entra, ResolvedCaller, Secret, resolve};
use access::config::{Caller, CallerAuth, May, SecretRef};
use access::ids::TenantId;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

#[test]
fn among_many_callers_the_one_with_the_key_is_found() {
    let callers = callers([
        ("jira", Auth::HubSignature(secrets(&["secret"]))),
        ("dashboard", Auth::ApiKey(secrets(&["dashboard-key"]))),
        ("servicenow", Auth::ApiKey(secrets(&["servicenow-key"]))),
        ("freshservice", Auth::Basic(secrets(&["fresh:service"]))),
    ]);
    let key = |key| identify(&callers, &[("x-api-key", key)], "", now());
    assert_eq!(key("dashboard-key").as_deref(), Ok("dashboard"));
    assert_eq!(key("servicenow-key").as_deref(), Ok("servicenow"));
    assert_eq!(key("fresh:service"), Err(Denied), "a password is no key");
    assert_eq!(identify(&callers, &[], "", now()), Err(Denied));
}

#[test]
fn a_request_that_proves_two_callers_is_nobodys() {
    let callers =
        callers([("one", Auth::ApiKey(secrets(&["key-of-one"]))), ("two", Auth::ApiKey(secrets(&["key-of-two"])))]);
    let both = [("authorization", "Bearer key-of-one"), ("x-api-key", "key-of-two")];
    assert_eq!(identify(&callers, &both, "", now()), Err(Denied));
    let one_twice = [("authorization", "Bearer key-of-one"), ("x-api-key", "key-of-one")];
    assert_eq!(identify(&callers, &one_twice, "", now()).as_deref(), Ok("one"));
}

#[test]
fn without_callers_everybody_is_denied() {
    let (none, _) = Callers::new([].into());
    assert_eq!(identify(&none, &[("x-api-key", "")], "", now()), Err(Denied));
}

#[test]
fn a_caller_has_the_rights_and_customers_of_the_configuration() {
    let limited = ResolvedCaller {
        may: [May::Request, May::Read].into(),
        customers: Some(["contoso".to_owned()].into()),
        ..caller(Auth::ApiKey(secrets(&["limited-key"])))
    };
    let free = caller(Auth::ApiKey(secrets(&["free-key"])));
    let (callers, _) = Callers::new([("limited".to_owned(), limited), ("free".to_owned(), free)].into());
    let request = |key| parts("/", &[("x-api-key", key)]);

    let parts = request("limited-key");
    let limited = callers.identify(&parts, b"", now(), None).expect("it has the key");
    assert!(limited.may(May::Request) && limited.may(May::Read));
    assert!(!limited.may(May::Release), "no right follows from another");
    assert!(limited.may_see("contoso") && !limited.may_see("fabrikam"));

    let parts = request("free-key");
    let free = callers.identify(&parts, b"", now(), None).expect("it has the key");
    assert!(free.may_see("fabrikam"), "without a list a caller may name all customers");
    assert!(!free.may(May::Read));
}

#[test]
fn no_secret_is_ever_printed() {
    let canary = "canary-0123456789";
    let auth = Auth::ApiKey(secrets(&[canary]));
    let printed = format!("{auth:?} {:?} {:?}", caller(auth.clone()), callers([("one", auth.clone())]));
    assert!(printed.contains("Secret(…)") && !printed.contains(canary), "{printed}");
}

#[test]
fn a_caller_of_the_configuration_gets_its_secrets_or_says_why_not() {
    let configured = |auth| Caller {
        auth,
        may: [May::Read].into(),
        customers: None,
        callbacks: [].into(),
        callback_auth: None,
        native: None,
        ticket: None,
    };
    let reference = |name: &str| SecretRef::Env(name.to_owned());
    let read = |secret: &SecretRef| match secret {
        SecretRef::Env(name) if name == "THERE" => Ok(Secret::new("value")),
        other => Err(other.clone()),
    };
    let there = resolve(&configured(CallerAuth::ApiKey(vec![reference("THERE")])), read).expect("it is there");
    assert!(matches!(there.auth, Auth::ApiKey(secrets) if secrets == [Secret::new("value")]));
    let both = configured(CallerAuth::Basic(vec![reference("THERE"), reference("GONE")]));
    assert_eq!(resolve(&both, read).err(), Some(reference("GONE")));
    let tenant_id: TenantId = "44444444-4444-4444-8444-444444444444".parse().expect("it is an id");
    let entra = CallerAuth::Entra { tenant_id, audience: "api://gatehouse".into(), app_id: None, role: None };
    let entra = resolve(&configured(entra), read).expect("it has no secret");
    let wanted = Entra { tenant_id, audience: "api://gatehouse".into(), app_id: None, role: None };
    assert!(matches!(entra.auth, Auth::Entra(entra) if entra == wanted));
}

/// A customer's webhook has a caller of its own, so there may be ten thousand; and nobody must have a key to send one.
#[test]
fn what_a_stranger_gives_is_hashed_once_however_many_callers_there_are() {
    let (key, password) = ("k".repeat(KEY_BYTES_MAX), format!("user:{}", "p".repeat(KEY_BYTES_MAX - 5)));
    let callers_of = |count: usize| {
        let keys = (0..count).map(|number| (format!("key-{number}"), Auth::ApiKey(secrets(&[&number.to_string()]))));
        let basic = |number: usize| Auth::Basic(secrets(&[&format!("user:{number}")]));
        let passwords = (0..count).map(|number| (format!("basic-{number}"), basic(number)));
        Callers::new(keys.chain(passwords).map(|(name, auth)| (name, caller(auth))).collect()).0
    };
    let hashed = |count: usize, headers: &[(&str, &str)], path: &str| {
        let (callers, parts) = (callers_of(count), parts(path, headers));
        hashed::by(|| assert!(callers.identify(&parts, b"", now(), None).is_err()))
    };
    let (bearer, basic) = (format!("Bearer {key}"), format!("Basic {}", STANDARD.encode(&password)));
    for count in [1, 100] {
        let one = [("authorization", bearer.as_str()), ("x-api-key", &key)];
        assert_eq!(hashed(count, &one, &format!("/api/v1/alerts/contoso?code={key}")), 3 * KEY_BYTES_MAX);
        assert_eq!(hashed(count, &[("authorization", &basic)], "/api/v1/plans"), KEY_BYTES_MAX);
    }
}

#[test]
fn a_key_has_4096_bytes_at_most_and_a_longer_one_is_not_even_hashed() {
    type Scheme = fn(Vec<Secret>) -> Auth;
    for (auth, prefix) in [(Auth::ApiKey as Scheme, ""), (Auth::Basic, "user:")] {
        let text = |bytes: usize| format!("{prefix}{}", "k".repeat(bytes - prefix.len()));
        let header = |given: &str| match prefix {
            "" => format!("Bearer {given}"),
            _ => format!("Basic {}", STANDARD.encode(given)),
        };
        let (longest, too_long) = (text(4096), text(4097));
        let callers = callers([("one", auth(secrets(&[&longest])))]);
        assert!(identify(&callers, &[("authorization", &header(&longest))], "", now()).is_ok());
        let hashed = hashed::by(|| {
            assert!(identify(&callers, &[("authorization", &header(&too_long))], "", now()).is_err());
        });
        assert_eq!(hashed, 0);
        let (_, unusable) = Callers::new([("one".to_owned(), caller(auth(secrets(&[&too_long]))))].into());
        assert!(unusable[0].text.contains("4,096"), "{unusable:?}");
    }
}
