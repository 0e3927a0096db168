//! A key in `Authorization: Bearer KEY` or `X-API-Key: KEY`, and for alerts in the query.

use crate::request::{Request, digest, hex_digit, is_any};
use crate::secret::Secret;
use subtle::Choice;

/// The key's SHA-256.
pub(crate) type Key = [u8; 32];

/// The longest key, in bytes. A longer one that is sent is nobody's, and is not even hashed.
pub(crate) const KEY_BYTES_MAX: usize = 4096;

pub(crate) fn key(secret: &Secret) -> Result<Key, &'static str> {
    let visible = |byte: &u8| byte.is_ascii_graphic();
    if secret.bytes().is_empty() || !secret.bytes().iter().all(visible) {
        return Err("must be a key of visible ASCII characters, without spaces and line ends");
    }
    if secret.bytes().len() > KEY_BYTES_MAX {
        return Err("must be a key of 4,096 bytes at most");
    }
    Ok(digest(secret.bytes()))
}

/// What the request gives as keys, wherever it may give one.
pub(crate) fn given(request: &Request<'_>) -> Vec<Key> {
    let query = code(request);
    let given = [request.authorization("bearer"), request.header("x-api-key"), query.as_deref()];
    let possible = given.into_iter().flatten().filter(|given| given.len() <= KEY_BYTES_MAX);
    possible.map(|given| digest(given.as_bytes())).collect()
}

pub(crate) fn proves(keys: &[Key], given: &[Key]) -> Choice {
    is_any(keys, given)
}

/// The query parameter `code`, only where alerts are taken: an Azure Monitor action group can send nothing else, and
/// everywhere else a key in a URL would end in somebody's log.
fn code(request: &Request<'_>) -> Option<String> {
    let path = request.parts.uri.path();
    if !path.strip_prefix("/api").unwrap_or(path).starts_with("/v1/alerts/") {
        return None;
    }
    let mut codes = request.parts.uri.query()?.split('&').filter_map(|pair| pair.strip_prefix("code="));
    let code = codes.next()?;
    if codes.next().is_some() { None } else { percent_decoded(code) }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}
