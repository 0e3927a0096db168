//! A key in `Authorization: Bearer KEY` or `X-API-Key: KEY`, and for alerts in the query.

use crate::request::{Request, digest, hex_digit, is_same};
use crate::secret::Secret;
use subtle::Choice;

/// The key's SHA-256.
pub(crate) type Key = [u8; 32];

pub(crate) fn key(secret: &Secret) -> Result<Key, &'static str> {
    let visible = |byte: &u8| byte.is_ascii_graphic();
    if secret.bytes().is_empty() || !secret.bytes().iter().all(visible) {
        return Err("must be a key of visible ASCII characters, without spaces and line ends");
    }
    Ok(digest(secret.bytes()))
}

pub(crate) fn proves(keys: &[Key], request: &Request<'_>) -> Choice {
    let query = code(request);
    let given = [request.authorization("bearer"), request.header("x-api-key"), query.as_deref()];
    let mut proven = Choice::from(0);
    for given in given.into_iter().flatten() {
        for key in keys {
            proven |= is_same(key, given.as_bytes());
        }
    }
    proven
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
