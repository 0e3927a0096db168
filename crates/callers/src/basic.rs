//! Basic authentication (RFC 7617): `Authorization: Basic` and base64 of `user:password`.

use crate::api_key::KEY_BYTES_MAX;
use crate::request::{Request, base64, digest, is_any};
use crate::secret::Secret;
use subtle::Choice;

/// The SHA-256 of `user:password`.
pub(crate) type Key = [u8; 32];

pub(crate) fn key(secret: &Secret) -> Result<Key, &'static str> {
    let text = secret.bytes();
    if text.starts_with(b":") || text.ends_with(b":") || !text.contains(&b':') || text.ends_with(b"\n") {
        return Err("must be user:password, without a line end");
    }
    if text.len() > KEY_BYTES_MAX {
        return Err("must be user:password of 4,096 bytes at most");
    }
    Ok(digest(text))
}

/// What the request gives as user and password.
pub(crate) fn given(request: &Request<'_>) -> Option<Key> {
    let given = request.authorization("basic").and_then(base64)?;
    (given.len() <= KEY_BYTES_MAX).then(|| digest(&given))
}

pub(crate) fn proves(keys: &[Key], given: Option<&Key>) -> Choice {
    is_any(keys, given)
}
