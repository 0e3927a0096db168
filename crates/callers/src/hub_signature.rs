//! `X-Hub-Signature: sha256=…` (Jira) and `X-Hub-Signature-256` (GitHub): HMAC-SHA256 over the body, hexadecimal.
//!
//! Nothing says when it was signed, so that an old delivery stays valid: whoever takes it must know what came before
//! ([`delivery`]).

use crate::request::{Request, hex, hmac_sha256, sha256_named};
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

/// What names a delivery: the body, since that is all that is signed. The sender's own id (Jira's
/// `X-Atlassian-Webhook-Identifier`) stands in a header that anybody can change who has seen one delivery, and would let
/// them repeat it for ever. A sender's repetition has the same body, and Jira writes the event's time into each.
pub(crate) fn delivery(request: &Request<'_>) -> String {
    sha256_named(&[request.body])
}

fn signature(header: &str) -> Option<Vec<u8>> {
    hex(header.strip_prefix("sha256=")?)
}
