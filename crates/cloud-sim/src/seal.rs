//! Opaque strings that only the simulator can make: access tokens, page links and delta links.
//!
//! They carry their state with them, so the simulator keeps none; a tag shows whether somebody wrote them himself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// Makes an opaque string.
pub(crate) fn seal<T: Serialize>(seed: u64, value: &T) -> String {
    let payload = serde_json::to_vec(value).expect("our own values are JSON");
    let mut bytes = tag(seed, &payload)[..8].to_vec();
    bytes.extend(payload);
    BASE64.encode(bytes)
}

/// Opens a string made by [`seal`]; `None` for any other.
pub(crate) fn unseal<T: DeserializeOwned>(seed: u64, text: &str) -> Option<T> {
    let bytes = BASE64.decode(text).ok()?;
    let (found, payload) = bytes.split_at_checked(8)?;
    if found != &tag(seed, payload)[..8] {
        return None;
    }
    serde_json::from_slice(payload).ok()
}

/// Makes something that looks like a signed web token.
pub(crate) fn seal_jwt<T: Serialize>(seed: u64, claims: &T) -> String {
    let header = BASE64.encode(br#"{"typ":"JWT","alg":"HS256"}"#);
    let payload = BASE64.encode(serde_json::to_vec(claims).expect("our own claims are JSON"));
    let signature = BASE64.encode(tag(seed, format!("{header}.{payload}").as_bytes()));
    format!("{header}.{payload}.{signature}")
}

/// Opens a token made by [`seal_jwt`]; `None` for any other.
pub(crate) fn unseal_jwt<T: DeserializeOwned>(seed: u64, token: &str) -> Option<T> {
    let (signed, signature) = token.rsplit_once('.')?;
    if BASE64.decode(signature).ok()? != tag(seed, signed.as_bytes()) {
        return None;
    }
    serde_json::from_slice(&BASE64.decode(signed.split_once('.')?.1).ok()?).ok()
}

fn tag(seed: u64, payload: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(b"simulated ");
    hash.update(seed.to_le_bytes());
    hash.update(payload);
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_or_foreign_string_does_not_open() {
        let sealed = seal(1, &"state");
        assert_eq!(unseal::<String>(1, &sealed).as_deref(), Some("state"));
        assert_eq!(unseal::<String>(2, &sealed), None);
        assert_eq!(unseal::<String>(1, &format!("{}A", &sealed[..sealed.len() - 1])), None);
        assert_eq!(unseal::<String>(1, ""), None);

        let token = seal_jwt(1, &"claims");
        assert_eq!(unseal_jwt::<String>(1, &token).as_deref(), Some("claims"));
        assert_eq!(unseal_jwt::<String>(2, &token), None);
    }
}
