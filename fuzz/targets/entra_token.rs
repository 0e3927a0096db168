//! Tokens and key sets. Without a line end the input is a token that nobody signed; with one it is the header and the
//! claims of a token that the tenant did sign, and a key set.
#![no_main]

use access::config::May;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callers::{Auth, Callers, Entra, KeySet, ResolvedCaller};
use http::Request;
use http::request::Parts;
use jiff::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, EncodingKey};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::LazyLock;

const LOGIN: &str = "https://login.example";
const TENANT: &str = "44444444-4444-4444-8444-444444444444";

/// The tenant's key, new in each process, and what is published of it.
static SIGNER: LazyLock<(EncodingKey, KeySet)> = LazyLock::new(|| {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("RSA keys can be made");
    let key = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).expect("it is an RSA key");
    let jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).expect("it is an RSA key");
    let AlgorithmParameters::RSA(public) = jwk.algorithm else { panic!("it is an RSA key") };
    let published =
        format!(r#"{{"keys":[{{"kty":"RSA","use":"sig","kid":"ours","n":"{}","e":"{}"}}]}}"#, public.n, public.e);
    let keys = KeySet::parse(TENANT.parse().expect("it is an id"), LOGIN, published.as_bytes());
    (key, keys.expect("it has a key"))
});

static CALLERS: LazyLock<Callers> = LazyLock::new(|| {
    let rule = Entra {
        tenant_id: TENANT.parse().expect("it is an id"),
        audience: "api://gatehouse".into(),
        app_id: Some("66666666-6666-4666-8666-666666666666".parse().expect("it is an id")),
        role: None,
    };
    let caller = ResolvedCaller { auth: Auth::Entra(rule), may: [May::Request].into(), customers: None };
    Callers::new([("entra".to_owned(), caller)].into()).0
});

fuzz_target!(|bytes: &[u8]| {
    let Some((header, claims)) = halves(bytes) else {
        assert!(!is_let_in(bytes), "nobody signed this");
        return;
    };
    let _ = KeySet::parse(TENANT.parse().expect("it is an id"), LOGIN, claims);
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &SIGNER.0, Algorithm::RS256);
    let token = format!("{message}.{}", signature.expect("an RSA key signs everything"));
    if is_let_in(token.as_bytes()) {
        let said: Value = serde_json::from_slice(claims).expect("only a token that can be read lets anybody in");
        assert!(said["aud"] == "api://gatehouse" && said["tid"] == TENANT && said["exp"].is_i64(), "{said}");
    }
});

fn halves(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((&bytes[..line], &bytes[line + 1..]))
}

fn is_let_in(token: &[u8]) -> bool {
    let now = Timestamp::from_second(1_795_165_200).expect("within range");
    let Some(parts) = parts(token) else { return false };
    CALLERS.wants(&parts, now);
    match CALLERS.identify(&parts, b"", now, Some(&SIGNER.1)) {
        Ok(known) => {
            assert!(known.person.is_none_or(|person| person.address.len() <= 320));
            true
        }
        Err(_) => false,
    }
}

fn parts(token: &[u8]) -> Option<Parts> {
    let value = [b"Bearer ", token].concat();
    let request = Request::get("/api/v1/invitations").header("authorization", value);
    Some(request.body(()).ok()?.into_parts().0)
}
