//! ConnectWise PSA's call-backs: `x-content-signature`, base64 of HMAC-SHA256 over the body, under the SHA-256 of the
//! signing key (ConnectWise's developer guide, "Callbacks").
//!
//! The body says where the signing key can be fetched (`Metadata.key_url`). That address is the sender's own word, so
//! that it is never followed: the key is configured. Nothing says when it was signed.

use crate::request::{Request, base64, digest, hmac_sha256};
use crate::secret::Secret;
use subtle::{Choice, ConstantTimeEq};

/// The SHA-256 of the signing key.
pub(crate) type Key = [u8; 32];

pub(crate) fn key(secret: &Secret) -> Result<Key, &'static str> {
    if secret.bytes().is_empty() { Err("must not be empty") } else { Ok(digest(secret.bytes())) }
}

pub(crate) fn proves(keys: &[Key], request: &Request<'_>) -> Choice {
    let mut proven = Choice::from(0);
    if let Some(given) = request.header("x-content-signature").and_then(base64) {
        for key in keys {
            proven |= hmac_sha256(key, &[request.body]).as_slice().ct_eq(&given);
        }
    }
    proven
}
