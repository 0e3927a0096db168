//! What the schemes read from a request, and the arithmetic that they share.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use subtle::{Choice, ConstantTimeEq};

/// How far a signed time may be from ours, before or after: five minutes, the tolerance that Standard Webhooks uses.
pub const SKEW_MAX: SignedDuration = SignedDuration::from_mins(5);

/// A request, as the schemes see it.
pub(crate) struct Request<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) body: &'a [u8],
    pub(crate) now: Timestamp,
}

impl<'a> Request<'a> {
    /// The value of a header that is there exactly once: of two, a proxy may have read the other one.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        let mut values = self.parts.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    }

    /// What follows a scheme, such as `Bearer`, in `Authorization`.
    pub(crate) fn authorization(&self, scheme: &str) -> Option<&'a str> {
        let (found, value) = self.header("authorization")?.split_once(' ')?;
        found.eq_ignore_ascii_case(scheme).then(|| value.trim_matches(' '))
    }

    /// Whether a signed time is near enough to ours.
    pub(crate) fn is_fresh(&self, signed: Timestamp) -> bool {
        self.now.duration_since(signed).abs() <= SKEW_MAX
    }
}

/// HMAC-SHA256 over the parts, one after the other.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Whether one of the given texts is a known one, by the hashes of both, in time that depends on neither where they differ
/// nor how long the known ones are.
pub(crate) fn is_any<'a>(known: &[[u8; 32]], given: impl IntoIterator<Item = &'a [u8; 32]>) -> Choice {
    let mut found = Choice::from(0);
    for given in given {
        for known in known {
            found |= known.ct_eq(given);
        }
    }
    found
}

pub(crate) fn digest(text: &[u8]) -> [u8; 32] {
    #[cfg(test)]
    hashed::note(text.len());
    Sha256::digest(text).into()
}

/// `sha256:` and the hexadecimal hash of the parts, one after the other.
pub(crate) fn sha256_named(parts: &[&[u8]]) -> String {
    let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize();
    hash.iter().fold(String::from("sha256:"), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every character");
        text
    })
}

/// Base64 with or without its padding, as senders differ.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    LENIENT.decode(text).ok()
}

/// Base64 as web tokens and keys have it (RFC 7515): the other alphabet, and no padding.
pub(crate) fn base64_url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Hexadecimal, in either case.
pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(hex_digit(*high)? << 4 | hex_digit(*low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}

/// The value of one hexadecimal digit.
pub(crate) fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// How many bytes the present thread has hashed, for the tests: what a stranger's request costs is a promise of its own.
#[cfg(test)]
pub(crate) mod hashed {
    use std::cell::Cell;

    thread_local! {
        static BYTES: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn note(bytes: usize) {
        BYTES.set(BYTES.get() + bytes);
    }

    /// How many bytes `act` hashes.
    pub(crate) fn by(act: impl FnOnce()) -> usize {
        let before = BYTES.get();
        act();
        BYTES.get() - before
    }
}
