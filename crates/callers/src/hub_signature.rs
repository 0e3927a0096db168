//! `X-Hub-Signature: sha256=…` (Jira) and `X-Hub-Signature-256` (GitHub): HMAC-SHA256 over the body, hexadecimal.
//!
//! Nothing says when it was signed, so that an old delivery stays valid: whoever takes it must know what came before.

use crate::api_key::hex_digit;
use crate::request::{Request, hmac_sha256};
use crate::secret::Secret;
use subtle::{Choice, ConstantTimeEq};

/// The key itself: the secret's bytes as they are.
pub(crate) type Key = Vec<u8>;

pub(crate) fn key(secret: &Secret) -> Result<Key, &'static str> {
    if secret.bytes().is_empty() { Err("must not be empty") } else { Ok(secret.bytes().to_vec()) }
}

pub(crate) fn proves(keys: &[Key], request: &Request<'_>) -> Choice {
    // GitHub sends `X-Hub-Signature` with SHA-1 beside the other, for receivers of long ago: it counts for nothing.
    let given = ["x-hub-signature", "x-hub-signature-256"].map(|name| signature(request.header(name)?));
    let mut proven = Choice::from(0);
    for given in given.into_iter().flatten() {
        for key in keys {
            proven |= hmac_sha256(key, &[request.body]).as_slice().ct_eq(&given);
        }
    }
    proven
}

fn signature(header: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = header.strip_prefix("sha256=")?.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(hex_digit(*high)? << 4 | hex_digit(*low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}
