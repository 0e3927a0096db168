//! Entra tokens: which are believed, whose they are, and every trick that is not.

use super::{SIGNED_AT, caller, now, parts};
use crate::{Auth, Callers, Entra, KEY_SET_BYTES_MAX, KeySet, Person, Unfit};
use access::ids::TenantId;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use std::sync::OnceLock;

pub(super) const LOGIN: &str = "https://login.example";
pub(super) const TENANT: &str = "44444444-4444-4444-8444-444444444444";
const OTHER_TENANT: &str = "55555555-5555-4555-8555-555555555555";
const AUDIENCE: &str = "api://gatehouse";
const APP: &str = "66666666-6666-4666-8666-666666666666";
const ANA: &str = "77777777-7777-4777-8777-777777777777";

/// An RSA key, and what is published of it.
struct Signer {
    pem: String,
    jwk: Value,
}

/// Two keys, made once for all tests: the tenant's own, and somebody else's.
fn signers() -> &'static [Signer; 2] {
    static SIGNERS: OnceLock<[Signer; 2]> = OnceLock::new();
    SIGNERS.get_or_init(|| {
        ["ours", "theirs"].map(|kid| {
            let pem = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("RSA keys can be made");
            let pem = pem.serialize_pem();
            let key = EncodingKey::from_rsa_pem(pem.as_bytes()).expect("it is an RSA key");
            let jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).expect("it is an RSA key");
            let AlgorithmParameters::RSA(public) = jwk.algorithm else { panic!("it is an RSA key") };
            Signer { pem, jwk: json!({ "kty": "RSA", "use": "sig", "kid": kid, "n": public.n, "e": public.e }) }
        })
    })
}

fn tenant(id: &str) -> TenantId {
    id.parse().expect("it is an id")
}

fn published(keys: &[Value]) -> Result<KeySet, Unfit> {
    KeySet::parse(tenant(TENANT), LOGIN, json!({ "keys": keys }).to_string().as_bytes())
}

pub(super) fn key_set() -> KeySet {
    published(&[signers()[0].jwk.clone()]).expect("it has a key")
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// A token with any header and claims, signed by one of the keys.
fn signed(signer: &Signer, algorithm: Algorithm, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let key = EncodingKey::from_rsa_pem(signer.pem.as_bytes()).expect("it is an RSA key");
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).expect("it signs");
    format!("{message}.{signature}")
}

/// A good token but for what it says.
pub(super) fn signed_claims(claims: &Value) -> String {
    signed(&signers()[0], Algorithm::RS256, &header(), claims)
}

fn header() -> Value {
    json!({ "typ": "JWT", "alg": "RS256", "kid": "ours" })
}

/// The claims of an app's own token, version 2.
fn claims() -> Value {
    json!({
        "aud": AUDIENCE, "iss": format!("{LOGIN}/{TENANT}/v2.0"), "tid": TENANT, "oid": APP, "sub": APP, "azp": APP,
        "roles": ["Gatehouse.Request"], "nbf": SIGNED_AT, "exp": SIGNED_AT + 3600, "ver": "2.0"
    })
}

/// The same with these members instead; null takes one out.
fn claims_but(changes: &Value) -> Value {
    let mut claims = claims();
    let all = claims.as_object_mut().expect("claims are an object");
    for (name, value) in changes.as_object().expect("changes are an object") {
        if value.is_null() {
            all.remove(name)
        } else {
            all.insert(name.clone(), value.clone())
        };
    }
    claims
}

pub(super) fn rule() -> Entra {
    Entra {
        tenant_id: tenant(TENANT),
        audience: AUDIENCE.into(),
        app_id: Some(APP.parse().expect("it is an id")),
        role: None,
    }
}

fn asks(rule: Entra) -> Callers {
    Callers::new([("portal".to_owned(), caller(Auth::Entra(rule)))].into()).0
}

/// Whose token it is, for this rule; `Err`: it is refused.
fn whose(rule: Entra, token: &str, now: jiff::Timestamp) -> Result<Option<Person>, ()> {
    let parts = parts("/api/v1/plans", &[("authorization", &format!("Bearer {token}"))]);
    let callers = asks(rule);
    assert!(callers.identify(&parts, b"", now, None).is_err(), "without keys nothing is proven");
    callers.identify(&parts, b"", now, Some(&key_set())).map(|known| known.person).map_err(|_| ())
}

fn is_taken(claims: &Value) -> bool {
    whose(rule(), &signed(&signers()[0], Algorithm::RS256, &header(), claims), now()).is_ok()
}

#[test]
fn a_token_of_the_tenant_for_us_from_the_app_is_taken() {
    assert!(is_taken(&claims()));
    let version_1 = json!({
        "iss": format!("https://sts.windows.net/{TENANT}/"), "azp": null, "appid": APP, "ver": "1.0"
    });
    assert!(is_taken(&claims_but(&version_1)));
}

#[test]
fn every_claim_must_be_as_configured() {
    for changes in [
        json!({ "aud": "api://other" }),
        json!({ "aud": [AUDIENCE] }),
        json!({ "aud": null }),
        json!({ "iss": format!("{LOGIN}/{OTHER_TENANT}/v2.0") }),
        json!({ "iss": format!("{LOGIN}/{TENANT}/v2.0/") }),
        json!({ "iss": format!("{LOGIN}/{TENANT}/v1.0") }),
        json!({ "iss": format!("https://login.example.evil/{TENANT}/v2.0") }),
        json!({ "iss": format!("https://sts.windows.net/{TENANT}") }),
        json!({ "iss": null }),
        json!({ "tid": OTHER_TENANT }),
        json!({ "tid": null }),
        json!({ "azp": OTHER_TENANT }),
        json!({ "azp": null }),
        json!({ "azp": null, "appid": APP }),
        json!({ "roles": "Gatehouse.Request" }),
        json!({ "oid": null }),
        json!({ "exp": null }),
        json!({ "nbf": null }),
        json!({ "exp": "2026" }),
        json!({ "exp": i64::MAX }),
        json!({ "idtyp": "device" }),
        json!({ "idtyp": "app", "scp": "user_impersonation" }),
    ] {
        assert!(!is_taken(&claims_but(&changes)), "{changes}");
    }
}

#[test]
fn a_role_is_held_against_the_tokens_roles_alone() {
    let with_role =
        |app: bool, role: &str| Entra { app_id: rule().app_id.filter(|_| app), role: Some(role.into()), ..rule() };
    let check = |rule: Entra, claims: &Value| {
        whose(rule, &signed(&signers()[0], Algorithm::RS256, &header(), claims), now()).is_ok()
    };
    assert!(check(with_role(false, "Gatehouse.Request"), &claims()));
    assert!(check(with_role(false, "Gatehouse.Request"), &claims_but(&json!({ "azp": OTHER_TENANT }))), "of any app");
    assert!(check(with_role(true, "Gatehouse.Request"), &claims()));
    assert!(
        !check(with_role(true, "Gatehouse.Request"), &claims_but(&json!({ "azp": OTHER_TENANT }))),
        "both are asked"
    );
    for role in ["gatehouse.request", "Gatehouse", "Gatehouse.Request ", ""] {
        assert!(!check(with_role(true, role), &claims()), "{role:?}");
    }
    assert!(!check(with_role(false, "Gatehouse.Request"), &claims_but(&json!({ "roles": null }))));
    let scope = json!({ "roles": null, "scp": "Gatehouse.Request" });
    assert!(!check(with_role(false, "Gatehouse.Request"), &claims_but(&scope)), "a scope is no role");
    let identity = json!({ "azp": null, "scp": null, "preferred_username": "ana@northwind.example" });
    assert!(!check(with_role(false, "Gatehouse.Request"), &claims_but(&identity)), "an identity token is not for us");
    let nothing = Entra { app_id: None, role: None, ..rule() };
    assert!(!check(nothing, &claims()), "the tenant alone is not enough");
}

#[test]
fn times_are_held_against_our_clock_with_five_minutes_of_skew() {
    let token = signed(&signers()[0], Algorithm::RS256, &header(), &claims());
    for (seconds, taken) in [(-301, false), (-300, true), (0, true), (3600, true), (3900, true), (3901, false)] {
        let at = now() + jiff::SignedDuration::from_secs(seconds);
        assert_eq!(whose(rule(), &token, at).is_ok(), taken, "{seconds} s after nbf");
    }
}

#[test]
fn only_rs256_under_a_key_of_the_set_counts() {
    let [ours, theirs] = signers();
    let check = |signer: &Signer, algorithm, header: Value| {
        whose(rule(), &signed(signer, algorithm, &header, &claims()), now())
    };
    assert!(check(ours, Algorithm::RS256, header()).is_ok());
    assert!(check(theirs, Algorithm::RS256, header()).is_err(), "somebody else's key under our key's name");
    assert!(check(theirs, Algorithm::RS256, json!({ "alg": "RS256", "kid": "theirs" })).is_err(), "not in the set");
    assert!(check(ours, Algorithm::RS256, json!({ "alg": "RS256" })).is_err(), "no key is named");
    assert!(check(ours, Algorithm::RS256, json!({ "alg": "RS256", "kid": "OURS" })).is_err());
    for (name, algorithm) in [("RS384", Algorithm::RS384), ("RS512", Algorithm::RS512), ("PS256", Algorithm::PS256)] {
        let header = json!({ "alg": name, "kid": "ours" });
        assert!(check(ours, algorithm, header).is_err(), "{name} is well signed, and not what Entra signs with");
    }
    assert!(
        check(ours, Algorithm::RS256, json!({ "alg": "RS256", "kid": "ours", "crit": ["b64"], "b64": false })).is_err()
    );
    // Whatever a header says of where keys are, nobody looks there; under our own key it does no harm.
    let mut elsewhere = theirs.jwk.clone();
    elsewhere["kid"] = "ours".into();
    let tricks = json!({ "alg": "RS256", "kid": "ours", "jku": "https://evil.example/keys", "x5u": "https://evil.example/x", "jwk": elsewhere });
    assert!(check(theirs, Algorithm::RS256, tricks.clone()).is_err());
    assert!(check(ours, Algorithm::RS256, tricks).is_ok());
}

#[test]
fn an_unsigned_token_and_one_signed_with_the_public_key_are_refused() {
    let [ours, _] = signers();
    let (body, modulus) = (encode(&claims()), ours.jwk["n"].as_str().expect("a modulus"));
    for alg in ["none", "None", "NONE", "HS256", "RS256", ""] {
        let message = format!("{}.{body}", encode(&json!({ "alg": alg, "kid": "ours" })));
        let public = [ours.jwk.to_string(), modulus.to_owned()];
        let macs = public
            .map(|key| URL_SAFE_NO_PAD.encode(crate::request::hmac_sha256(key.as_bytes(), &[message.as_bytes()])));
        for signature in macs.iter().map(String::as_str).chain(["", "AA"]) {
            assert!(whose(rule(), &format!("{message}.{signature}"), now()).is_err(), "{alg:?} {signature}");
        }
    }
    let good = signed(ours, Algorithm::RS256, &header(), &claims());
    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let changed = format!("{}.{}", encode(&header()), encode(&claims_but(&json!({ "roles": ["Other"] }))));
    for wrong in [
        format!("{changed}.{signature}"),
        message.to_owned(),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{signature}"),
        format!("{good}="),
        format!("{good}A"),
    ] {
        assert!(whose(rule(), &wrong, now()).is_err(), "{wrong}");
    }
}

#[test]
fn a_claim_that_is_there_twice_is_not_chosen_from() {
    let twice = claims().to_string().replacen('{', &format!("{{\"tid\":\"{OTHER_TENANT}\","), 1);
    let message = format!("{}.{}", encode(&header()), URL_SAFE_NO_PAD.encode(twice));
    let key = EncodingKey::from_rsa_pem(signers()[0].pem.as_bytes()).expect("it is an RSA key");
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::RS256).expect("it signs");
    assert!(whose(rule(), &format!("{message}.{signature}"), now()).is_err());
}

#[test]
fn a_token_is_read_up_to_sixteen_kibibytes() {
    let of_size = |bytes: usize| {
        let token = |pad: usize| {
            let claims = claims_but(&json!({ "pad": "x".repeat(pad) }));
            signed(&signers()[0], Algorithm::RS256, &header(), &claims)
        };
        // Base64 has four characters for three bytes, so not every length can be had.
        let base = token(0).len();
        let mut pads = (0..8).map(|more| (bytes - base) / 4 * 3 - 4 + more).map(token);
        pads.rfind(|token| token.len() <= bytes).expect("one of them is short enough")
    };
    let largest = of_size(16 * 1024);
    assert!(largest.len() > 16 * 1024 - 4 && whose(rule(), &largest, now()).is_ok());
    let too_large = of_size(16 * 1024 + 4);
    assert!(too_large.len() > 16 * 1024 && whose(rule(), &too_large, now()).is_err());
}

#[test]
fn a_persons_token_names_the_person_and_an_apps_own_nobody() {
    let person = |changes: Value| {
        let token = signed(&signers()[0], Algorithm::RS256, &header(), &claims_but(&changes));
        whose(rule(), &token, now()).expect("it is taken")
    };
    let address = |changes: Value| person(changes).map(|person| person.address);
    assert_eq!(address(json!({})), None);
    assert_eq!(address(json!({ "idtyp": "app" })), None);
    let user = |changes: Value| {
        let mut user = json!({ "oid": ANA, "scp": "Requests.Approve" });
        user.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        address(user)
    };
    let some = |address: &str| Some(address.to_owned());
    let names = json!({ "email": "ana@northwind.example", "preferred_username": "a@b.example", "upn": "c@d.example" });
    assert_eq!(user(names), some("ana@northwind.example"));
    assert_eq!(user(json!({ "preferred_username": "a@b.example", "upn": "c@d.example" })), some("a@b.example"));
    assert_eq!(user(json!({ "upn": "c@d.example" })), some("c@d.example"));
    // A name that is no address, a telephone number for one, is passed over; whoever has none is still somebody.
    assert_eq!(
        user(json!({ "email": "+47 123", "preferred_username": "a b@c.example", "upn": "c@d.example" })),
        some("c@d.example")
    );
    assert_eq!(user(json!({})), some(ANA));
    assert_eq!(address(json!({ "oid": ANA, "idtyp": "user" })), some(ANA));
    // No scope, and yet a name: never taken for a machine, which may speak for others.
    assert_eq!(address(json!({ "oid": ANA, "upn": "c@d.example" })), some("c@d.example"));

    let person = person(json!({ "oid": ANA, "scp": "x" })).expect("it is a person's");
    assert_eq!((person.tenant.to_string(), person.object.to_string()), (TENANT.to_owned(), ANA.to_owned()));
}

#[test]
fn a_key_set_is_asked_for_only_when_it_could_prove_something() {
    let callers = asks(rule());
    let wants = |token: &str| {
        callers.wants(&parts("/", &[("authorization", &format!("Bearer {token}"))]), now()).map(|wanted| wanted.kid)
    };
    let token = |header: &Value, claims: &Value| format!("{}.{}.AAAA", encode(header), encode(claims));
    assert_eq!(wants(&token(&header(), &claims())).as_deref(), Some("ours"), "nothing is proven yet");
    assert_eq!(wants(&token(&header(), &claims_but(&json!({ "tid": OTHER_TENANT })))), None);
    assert_eq!(wants(&token(&json!({ "alg": "HS256", "kid": "ours" }), &claims())), None);
    assert_eq!(wants(&token(&json!({ "alg": "RS256", "kid": "" }), &claims())), None);
    assert_eq!(wants(&token(&json!({ "alg": "RS256", "kid": "k".repeat(256) }), &claims())), Some("k".repeat(256)));
    assert_eq!(wants(&token(&json!({ "alg": "RS256", "kid": "k".repeat(257) }), &claims())), None);
    assert_eq!(wants("an-api-key"), None);
}

#[test]
fn of_a_published_key_set_only_keys_for_this_tenants_tokens_are_kept() {
    let [ours, theirs] = signers();
    let with = |name: &str, value: &str| {
        let mut key = ours.jwk.clone();
        key[name] = value.into();
        key
    };
    for key in [
        with("alg", "RS256"),
        with("issuer", &format!("{LOGIN}/{{tenantid}}/v2.0")),
        with("issuer", &format!("{LOGIN}/{TENANT}/v2.0")),
        with("issuer", "https://sts.windows.net/{tenantid}/"),
    ] {
        assert!(published(std::slice::from_ref(&key)).is_ok_and(|set| set.has("ours") && !set.has("theirs")), "{key}");
    }
    for key in [
        with("issuer", &format!("{LOGIN}/{OTHER_TENANT}/v2.0")),
        with("issuer", "https://evil.example/{tenantid}/v2.0"),
        with("kty", "EC"),
        with("use", "enc"),
        with("alg", "RS512"),
        with("kid", ""),
        with("kid", &"k".repeat(257)),
        with("n", "AQAB"),
        with("n", "not base64!"),
        with("n", &URL_SAFE_NO_PAD.encode([255; 1025])),
        with("e", ""),
        json!("ours"),
    ] {
        assert!(published(std::slice::from_ref(&key)).is_err(), "{key}");
        let both = published(&[key, theirs.jwk.clone()]).expect("the other is fine");
        assert!(both.has("theirs") && !both.has("ours"));
    }
    let late = |before: usize| {
        let mut keys = vec![json!({}); before];
        keys.push(ours.jwk.clone());
        published(&keys).is_ok()
    };
    assert!(late(63) && !late(64), "64 keys are looked at");
    let padded = |bytes: usize| {
        let text = json!({ "keys": [ours.jwk] }).to_string();
        KeySet::parse(tenant(TENANT), LOGIN, format!("{text}{}", " ".repeat(bytes - text.len())).as_bytes()).is_ok()
    };
    assert!(padded(KEY_SET_BYTES_MAX) && !padded(KEY_SET_BYTES_MAX + 1));
    for text in ["", "null", "[]", "{}", r#"{"keys":{}}"#, "<html>"] {
        assert!(KeySet::parse(tenant(TENANT), LOGIN, text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn the_keys_of_another_tenant_prove_nothing() {
    let keys = json!({ "keys": [signers()[0].jwk] }).to_string();
    let others = KeySet::parse(tenant(OTHER_TENANT), LOGIN, keys.as_bytes()).expect("it has a key");
    let token = signed(&signers()[0], Algorithm::RS256, &header(), &claims());
    let parts = parts("/", &[("authorization", &format!("Bearer {token}"))]);
    assert!(asks(rule()).identify(&parts, b"", now(), Some(&others)).is_err());
}

#[test]
fn a_token_that_proves_two_callers_is_nobodys() {
    let by_role = Entra { app_id: None, role: Some("Gatehouse.Request".into()), ..rule() };
    let both = [("app", rule()), ("role", by_role)].map(|(name, rule)| (name.to_owned(), caller(Auth::Entra(rule))));
    let (callers, _) = Callers::new(both.into());
    let token = signed(&signers()[0], Algorithm::RS256, &header(), &claims());
    let parts = parts("/", &[("authorization", &format!("Bearer {token}"))]);
    assert!(callers.identify(&parts, b"", now(), Some(&key_set())).is_err());
}
