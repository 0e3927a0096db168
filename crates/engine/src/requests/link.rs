//! The address of a request's approval page. Its last part is a secret made for that one request, so that an id alone,
//! which callers and tickets see, opens nothing.

use super::api::Refused;
use super::document::{RequestDocument, path};
use crate::membership::partner::hex;
use crate::{Engine, Error};
use access::requests::{Request, RequestId, document};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Where the key of the links is kept.
const KEY: &str = "requests-link";

/// The bytes of a link's secret.
const SECRET_BYTES: usize = 32;

/// The random key from which the secret of every link is made. Deleting it makes all links that were sent wrong.
#[derive(Serialize, Deserialize)]
struct Key {
    key: [u8; 32],
}

impl store::Document for Key {
    const V: u32 = 1;
}

impl Engine {
    /// The request for which this link was made. Changes nothing, not even the store of a program that never made a link.
    ///
    /// # Errors
    ///
    /// [`Refused::NotFound`] for a link that was not made for this request, and for a request that is not there.
    pub async fn request_by_link(&self, id: &RequestId, link: &str) -> Result<Request, Refused> {
        let wrong = || Refused::NotFound(id.to_string());
        let given = decoded(link).ok_or_else(wrong)?;
        let key = self.store.read::<Key>(KEY).await?.ok_or_else(wrong)?.value;
        // In constant time, and before the request is looked for: time tells nobody which ids there are.
        mac(&key, id).verify_slice(&given).map_err(|_| wrong())?;
        let kept = self.store.read::<RequestDocument>(&path(id)).await?;
        kept.map(|kept| kept.value.request).ok_or_else(wrong)
    }

    /// The whole address of the page; `None` where nobody knows at which address this program is reached.
    pub(super) async fn approval_page(&self, id: &RequestId) -> Result<Option<String>, Error> {
        let Some((host, _)) = self.public_url.as_ref().and_then(|url| url.split_once("/api/")) else {
            return Ok(None);
        };
        let secret = hex(&mac(&self.link_key().await?, id).finalize().into_bytes());
        Ok(Some(format!("{host}{}/approval?link={secret}", document::path(id))))
    }

    async fn link_key(&self) -> Result<Key, Error> {
        if let Some(kept) = self.store.read::<Key>(KEY).await? {
            return Ok(kept.value);
        }
        let mut key = [0; 32];
        self.random.fill(&mut key);
        match self.store.create(KEY, Key { key }).await {
            Ok(kept) => Ok(kept.value),
            Err(store::Error::Conflict) => {
                let kept = self.store.read::<Key>(KEY).await?;
                Ok(kept.ok_or_else(|| Error::Store("the key of the links vanished".into()))?.value)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn mac(key: &Key, id: &RequestId) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.key).expect("HMAC takes keys of any length");
    mac.update(b"approval ");
    mac.update(id.as_str().as_bytes());
    mac
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
    fn a_link_opens_the_request_that_it_was_made_for_and_no_other() {
        let ids = [RequestId::of("servicenow", "1"), RequestId::of("servicenow", "2")];
        let secret = hex(&mac(&Key { key: [7; 32] }, &ids[0]).finalize().into_bytes());
        let opens = |key: u8, id: &RequestId, link: &str| {
            decoded(link).is_some_and(|given| mac(&Key { key: [key; 32] }, id).verify_slice(&given).is_ok())
        };
        assert!(opens(7, &ids[0], &secret));
        assert!(!opens(7, &ids[1], &secret), "another request");
        assert!(!opens(8, &ids[0], &secret), "another key");
        let (longer, upper) = (format!("{secret}00"), secret.to_uppercase());
        for wrong in ["", &secret[..62], &secret[..63], &longer, &upper, &"0".repeat(64), &"é".repeat(32)] {
            assert!(!opens(7, &ids[0], wrong), "{wrong}");
        }
    }
}
