//! Autotask's webhooks: `x-hook-signature: sha1=…`, HMAC-SHA1 over the body (Datto's page "Webhooks in the REST API").
//!
//! Integrations differ on the header's name and on base64 or hexadecimal, so that both are taken. Broken as SHA-1 is for
//! other uses, nobody has forged an HMAC that is made with it. Nothing says when it was signed.

use crate::request::{Request, base64, hex};
use crate::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::{Choice, ConstantTimeEq};

/// The length of a signature, in bytes. In base64 it has 27 or 28 characters and in hexadecimal 40, so that none can be
/// read as the other.
const SIGNATURE_BYTES: usize = 20;

/// The key itself: the secret's bytes as they are.
pub(crate) type Key = Vec<u8>;

pub(crate) fn key(secret: &Secret) -> Result<Key, &'static str> {
    if secret.bytes().is_empty() { Err("must not be empty") } else { Ok(secret.bytes().to_vec()) }
}

pub(crate) fn proves(keys: &[Key], request: &Request<'_>) -> Choice {
    let given = ["x-hook-signature", "x-hub-signature"].map(|name| signature(request.header(name)?));
    let mut proven = Choice::from(0);
    for given in given.into_iter().flatten() {
        for key in keys {
            let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes keys of any length");
            mac.update(request.body);
            proven |= mac.finalize().into_bytes().as_slice().ct_eq(&given);
        }
    }
    proven
}

fn signature(header: &str) -> Option<Vec<u8>> {
    let text = header.strip_prefix("sha1=")?;
    let is_signature = |bytes: &Vec<u8>| bytes.len() == SIGNATURE_BYTES;
    hex(text).filter(is_signature).or_else(|| base64(text).filter(is_signature))
}
