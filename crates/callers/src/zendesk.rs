//! Zendesk's webhooks: base64 of HMAC-SHA256 over the timestamp and the body, with nothing in between.
//!
//! <https://developer.zendesk.com/documentation/webhooks/verifying/>

use crate::request::{Request, base64, hmac_sha256, sha256_named};
use crate::secret::Secret;
use jiff::Timestamp;
use subtle::{Choice, ConstantTimeEq};

/// The secret of Zendesk's test calls, made before a webhook is saved. It is printed in Zendesk's documentation.
const PUBLIC_TEST_SECRET: &[u8] = b"dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";

/// The key itself: the secret's bytes as they are, although they look like base64.
pub(crate) type Key = Vec<u8>;

pub(crate) fn key(secret: &Secret) -> Result<Key, &'static str> {
    match secret.bytes() {
        b"" => Err("must not be empty"),
        PUBLIC_TEST_SECRET => {
            Err("is the secret of Zendesk's test calls, which everybody knows: take the webhook's own")
        }
        bytes => Ok(bytes.to_vec()),
    }
}

pub(crate) fn proves(keys: &[Key], request: &Request<'_>) -> Choice {
    let mut proven = Choice::from(0);
    let Some((timestamp, given)) = signed(request) else { return proven };
    for key in keys {
        proven |= hmac_sha256(key, &[timestamp.as_bytes(), request.body]).as_slice().ct_eq(&given);
    }
    proven
}

/// What names a delivery: all that is signed, in one piece as it is signed, so that no other cut between time and body
/// makes another name.
pub(crate) fn delivery(request: &Request<'_>) -> Option<String> {
    let (timestamp, _) = signed(request)?;
    Some(sha256_named(&[timestamp.as_bytes(), request.body]))
}

/// The call's id. It is not signed: it tells honest repetitions, which have a new time, and no more.
pub(crate) fn invocation<'a>(request: &Request<'a>) -> Option<&'a str> {
    request.header("x-zendesk-webhook-invocation-id").filter(|id| (1..=256).contains(&id.len()))
}

fn signed<'a>(request: &Request<'a>) -> Option<(&'a str, Vec<u8>)> {
    let timestamp = request.header("x-zendesk-webhook-signature-timestamp")?;
    let signed_at: Timestamp = timestamp.parse().ok()?;
    let given = base64(request.header("x-zendesk-webhook-signature")?)?;
    request.is_fresh(signed_at).then_some((timestamp, given))
}
