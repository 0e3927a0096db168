//! Standard Webhooks 1.0: HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use crate::request::{Request, base64, hmac_sha256};
use crate::secret::Secret;
use jiff::Timestamp;
use subtle::{Choice, ConstantTimeEq};

/// The most signatures that are looked at: the specification's rotation needs two.
const SIGNATURES_MAX: usize = 8;

/// The shortest key, in bytes: the specification asks for 24 to 64.
const KEY_BYTES_MIN: usize = 24;

/// The key itself.
pub(crate) type Key = Vec<u8>;

pub(crate) fn key(secret: &Secret) -> Result<Key, &'static str> {
    std::str::from_utf8(secret.bytes())
        .ok()
        .and_then(|text| base64(text.strip_prefix("whsec_")?))
        .filter(|key| key.len() >= KEY_BYTES_MIN)
        .ok_or("must be whsec_ and the base64 of at least 24 bytes, without a line end")
}

pub(crate) fn proves(keys: &[Key], request: &Request<'_>) -> Choice {
    let mut proven = Choice::from(0);
    let Some(signed) = Signed::read(request) else { return proven };
    for key in keys {
        let expected = hmac_sha256(key, &[signed.id.as_bytes(), b".", signed.timestamp.as_bytes(), b".", request.body]);
        for signature in &signed.signatures {
            proven |= expected.as_slice().ct_eq(signature);
        }
    }
    proven
}

/// The delivery's id, which is part of what is signed.
pub(crate) fn delivery<'a>(request: &Request<'a>) -> Option<&'a str> {
    // A dot would let one signature stand for two pairs of id and time.
    request.header("webhook-id").filter(|id| (1..=256).contains(&id.len()) && !id.contains('.'))
}

struct Signed<'a> {
    id: &'a str,
    timestamp: &'a str,
    signatures: Vec<Vec<u8>>,
}

impl<'a> Signed<'a> {
    fn read(request: &Request<'a>) -> Option<Self> {
        let id = delivery(request)?;
        let timestamp = request.header("webhook-timestamp")?;
        if !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let signed_at = Timestamp::from_second(timestamp.parse().ok()?).ok()?;
        if !request.is_fresh(signed_at) {
            return None;
        }
        // Other versions stand beside `v1` when a sender moves on; they are for others.
        let signatures = request
            .header("webhook-signature")?
            .split(' ')
            .filter_map(|signature| base64(signature.strip_prefix("v1,")?))
            .take(SIGNATURES_MAX)
            .collect();
        Some(Self { id, timestamp, signatures })
    }
}
