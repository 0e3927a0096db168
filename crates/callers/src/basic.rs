//! Basic authentication (RFC 7617): `Authorization: Basic` and base64 of `user:password`.

use crate::request::{Request, base64, digest, is_same};
use crate::secret::Secret;
use subtle::Choice;

/// The SHA-256 of `user:password`.
pub(crate) type Key = [u8; 32];

pub(crate) fn key(secret: &Secret) -> Result<Key, &'static str> {
    let text = secret.bytes();
    if text.starts_with(b":") || text.ends_with(b":") || !text.contains(&b':') || text.ends_with(b"\n") {
        return Err("must be user:password, without a line end");
    }
    Ok(digest(text))
}

pub(crate) fn proves(keys: &[Key], request: &Request<'_>) -> Choice {
    let mut proven = Choice::from(0);
    if let Some(given) = request.authorization("basic").and_then(base64) {
        for key in keys {
            proven |= is_same(key, &given);
        }
    }
    proven
}
