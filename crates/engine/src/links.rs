//! The addresses of the pages where people answer without an account of ours. The last part of one is a secret made for one
//! thing to answer, so that its id alone, which callers, tickets and channels see, opens nothing.

use crate::Engine;
use crate::membership::partner::hex;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Where the key of the links is kept.
const KEY: &str = "requests-link";

/// The bytes of a link's secret.
const SECRET_BYTES: usize = 32;

/// The random key from which the secret of every link is made. Deleting it makes all links that were sent wrong.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LinkKey {
    key: [u8; 32],
}

impl store::Document for LinkKey {
    const V: u32 = 1;
}

impl LinkKey {
    /// The secret of the link that is for this: for `approval` of the request with this id, for one.
    pub(crate) fn secret(&self, purpose: &str, id: &str) -> String {
        hex(&self.mac(purpose, id).finalize().into_bytes())
    }

    /// Whether the secret was made for this. In constant time.
    pub(crate) fn opens(&self, purpose: &str, id: &str, secret: &str) -> bool {
        decoded(secret).is_some_and(|given| self.mac(purpose, id).verify_slice(&given).is_ok())
    }

    fn mac(&self, purpose: &str, id: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        // A purpose has no space in it, and an id has a fixed length: no two pairs run together.
        mac.update(purpose.as_bytes());
        mac.update(b" ");
        mac.update(id.as_bytes());
        mac
    }
}

impl Engine {
    /// The host at which people reach this program, with its scheme; `None`: nobody knows it.
    pub(crate) fn public_host(&self) -> Option<&str> {
        self.public_url.as_ref().and_then(|url| url.split_once("/api/")).map(|(host, _)| host)
    }

    /// The key, if a link was ever made. Changes nothing.
    pub(crate) async fn known_link_key(&self) -> Result<Option<LinkKey>, store::Error> {
        if let Some(key) = self.link_key.get() {
            return Ok(Some(key.clone()));
        }
        let kept = self.store.read::<LinkKey>(KEY).await?;
        Ok(kept.map(|kept| self.link_key.get_or_init(|| kept.value).clone()))
    }

    /// The key, made where there is none. Read once in a process.
    pub(crate) async fn link_key(&self) -> Result<LinkKey, store::Error> {
        match self.known_link_key().await? {
            Some(key) => Ok(key),
            None => self.make_link_key().await,
        }
    }

    /// The key where nobody is known to have made one: that of whoever was first.
    pub(crate) async fn make_link_key(&self) -> Result<LinkKey, store::Error> {
        let mut key = [0; 32];
        self.random.fill(&mut key);
        match self.store.create(KEY, LinkKey { key }).await {
            Ok(kept) => Ok(self.link_key.get_or_init(|| kept.value).clone()),
            Err(store::Error::Conflict) => {
                let known = self.known_link_key().await?;
                known.ok_or_else(|| store::Error::Unavailable("the key of the links vanished".into()))
            }
            Err(error) => Err(error),
        }
    }
}

/// The bytes of a link's secret: hexadecimal digits in lower case, as they were made.
fn decoded(link: &str) -> Option<[u8; SECRET_BYTES]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = link.as_bytes().as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes?.try_into().ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_what_it_was_made_for_and_nothing_else() {
        let (one, other) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
        let key = LinkKey { key: [7; 32] };
        let secret = key.secret("approval", one);
        assert!(key.opens("approval", one, &secret));
        assert!(!key.opens("approval", other, &secret), "something else");
        assert!(!key.opens("answer", one, &secret), "another purpose");
        assert!(!LinkKey { key: [8; 32] }.opens("approval", one, &secret), "another key");
        let (longer, upper) = (format!("{secret}00"), secret.to_uppercase());
        for wrong in ["", &secret[..62], &secret[..63], &longer, &upper, &"0".repeat(64), &"é".repeat(32)] {
            assert!(!key.opens("approval", one, wrong), "{wrong}");
        }
    }
}
