//! The keys with which one tenant's tokens are signed, as the login service publishes them (RFC 7517).

use crate::request::base64_url;
use access::ids::TenantId;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// The largest published key set, in bytes. Entra's have a dozen keys with their certificates: some 20 KB.
pub const KEY_SET_BYTES_MAX: usize = 256 * 1024;

/// The most keys that are looked at.
const KEYS_MAX: usize = 64;

/// The longest name of a key, in bytes; Entra's have 27 or 43.
pub(crate) const KID_BYTES_MAX: usize = 256;

/// The sizes of a modulus, in bytes: 2048 to 8192 bits.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// What one tenant's tokens are held against: its keys, and the names under which it issues tokens.
pub struct KeySet {
    tenant: TenantId,
    issuers: Issuers,
    keys: BTreeMap<String, DecodingKey>,
}

/// The two names of a tenant as an issuer.
pub(crate) struct Issuers {
    /// `{login}/{tenant}/v2.0`
    pub(crate) v2: String,
    /// `https://sts.windows.net/{tenant}/`
    pub(crate) v1: String,
}

/// Why a published key set is not taken; nothing of it is then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfit(&'static str);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unfit {}

/// One key, as far as we read it.
#[derive(Deserialize)]
struct Published {
    kty: String,
    kid: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    n: String,
    e: String,
    issuer: Option<String>,
}

impl KeySet {
    /// Reads what was published for this tenant at `login` (an origin, without a slash at its end). Keys that are not
    /// for its tokens (other kinds and sizes, other issuers) are passed over; where none is left, the whole is unfit.
    ///
    /// Entra lists keys that sign for other issuers, such as personal accounts, beside a tenant's own, and marks each
    /// with its `issuer`; `{tenantid}` in it stands for any tenant (page "Access tokens in the Microsoft identity
    /// platform", signing key issuer validation).
    pub fn parse(tenant: TenantId, login: &str, published: &[u8]) -> Result<Self, Unfit> {
        if published.len() > KEY_SET_BYTES_MAX {
            return Err(Unfit("the key set is larger than 256 KiB"));
        }
        let published: Value = serde_json::from_slice(published).map_err(|_| Unfit("the key set is not JSON"))?;
        let Some(listed) = published.get("keys").and_then(Value::as_array) else {
            return Err(Unfit("the key set has no list at keys"));
        };
        let issuers =
            Issuers { v2: format!("{login}/{tenant}/v2.0"), v1: format!("https://sts.windows.net/{tenant}/") };
        let mut keys = BTreeMap::new();
        for key in listed.iter().take(KEYS_MAX) {
            let Ok(key) = Published::deserialize(key) else { continue };
            let issuer = key.issuer.as_ref().map(|issuer| issuer.replace("{tenantid}", &tenant.to_string()));
            if issuer.is_none_or(|issuer| issuer == issuers.v1 || issuer == issuers.v2)
                && let Some(usable) = key.usable()
            {
                keys.insert(key.kid, usable);
            }
        }
        if keys.is_empty() {
            return Err(Unfit("the key set has no RSA key for this tenant's tokens"));
        }
        Ok(Self { tenant, issuers, keys })
    }

    /// Whether it has a key of this name. A token that names another may have been signed since this was read.
    pub fn has(&self, kid: &str) -> bool {
        self.keys.contains_key(kid)
    }

    pub(crate) fn tenant(&self) -> TenantId {
        self.tenant
    }

    pub(crate) fn issuers(&self) -> &Issuers {
        &self.issuers
    }

    pub(crate) fn key(&self, kid: &str) -> Option<&DecodingKey> {
        self.keys.get(kid)
    }
}

/// Names alone: they are public, and so are the keys, but nobody reads them.
impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("tenant", &self.tenant).field("keys", &self.keys.keys()).finish()
    }
}

impl Published {
    fn usable(&self) -> Option<DecodingKey> {
        let fits = self.kty == "RSA"
            && self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == "RS256")
            && (1..=KID_BYTES_MAX).contains(&self.kid.len());
        let (n, e) = (base64_url(&self.n)?, base64_url(&self.e)?);
        let sized = MODULUS_BYTES.contains(&n.len()) && (1..=8).contains(&e.len());
        (fits && sized).then(|| DecodingKey::from_rsa_raw_components(&n, &e))
    }
}
