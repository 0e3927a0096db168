//! AWS Signature Version 4 (page "Create a signed AWS API request"), for requests of ours: paths and queries that are
//! encoded already and need no normalising.

use crate::ways::AwsKeys;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderValue, Request, header};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// What is signed beside the request itself.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The region, such as `eu-central-1`.
    pub region: &'a str,
    /// The service's name in signatures, such as `sns`.
    pub service: &'a str,
}

/// Signs the request at this time: its method, address, body, and every header that it has.
pub fn sign(request: &mut Request<Bytes>, keys: &AwsKeys, scope: &Scope<'_>, now: Timestamp) {
    let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &time[..8];
    // The client writes this header by itself.
    let authority = request.uri().authority().map(|authority| authority.as_str().trim_end_matches(":443"));
    let host = authority.unwrap_or_default().to_owned();
    let headers = request.headers_mut();
    headers.insert("x-amz-date", HeaderValue::from_str(&time).expect("digits are fit for a header"));
    if let Some(session) = &keys.session
        && let Ok(mut token) = HeaderValue::from_str(session.reveal())
    {
        token.set_sensitive(true);
        headers.insert("x-amz-security-token", token);
    }
    let mut signed: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default().trim())).collect();
    signed.push(("host", &host));
    signed.sort_unstable();
    let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let mut query: Vec<&str> = request.uri().query().unwrap_or_default().split('&').collect();
    query.sort_unstable();
    let (method, path) = (request.method(), request.uri().path());
    let body = hex(&Sha256::digest(request.body()));
    let canonical = format!("{method}\n{path}\n{}\n{lines}\n{names}\n{body}", query.join("&"));
    let Scope { region, service } = scope;
    let place = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{place}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let first = format!("AWS4{}", keys.secret.reveal()).into_bytes();
    let key = [day, region, service, "aws4_request"].iter().fold(first, |key, part| hmac(&key, part.as_bytes()));
    let signature = hex(&hmac(&key, text.as_bytes()));
    let id = keys.id.reveal();
    let proof = format!("AWS4-HMAC-SHA256 Credential={id}/{place}, SignedHeaders={names}, Signature={signature}");
    if let Ok(mut proof) = HeaderValue::from_str(&proof) {
        proof.set_sensitive(true);
        request.headers_mut().insert(header::AUTHORIZATION, proof);
    }
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
