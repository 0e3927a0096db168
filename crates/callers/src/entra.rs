//! Access tokens of Microsoft Entra: `Authorization: Bearer` and a signed web token.
//!
//! The claims are those of Microsoft's page "Access token claims reference". Everything that is not said there to be
//! in an access token of the configured tenant, for the configured audience, is refused. Addresses of keys inside a
//! token (`jku`, `x5u`) are not looked at: keys come from the tenant's published set alone.

use crate::key_set::{KID_BYTES_MAX, KeySet};
use crate::request::{Request, SKEW_MAX, base64_url};
use access::ids::{ObjectId, TenantId};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use std::collections::HashSet;

/// The longest token, in bytes. Entra's have 1 to 3 KB, and a web server takes no longer header lines than some 8 KB.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// The longest mail address (RFC 5321: 64 + 1 + 255), in bytes.
const ADDRESS_BYTES_MAX: usize = 320;

/// What a token must say. With neither app nor role nobody is let in: the tenant alone would let in everybody there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entra {
    /// The tenant that issues it.
    pub tenant_id: TenantId,
    /// Its audience.
    pub audience: String,
    /// The calling app, if named.
    pub app_id: Option<ObjectId>,
    /// The app role that it must carry, if named.
    pub role: Option<String>,
}

/// The person whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The mail address, else the user principal name, else (for a token without either) the object id.
    pub address: String,
    /// The tenant in which the person signed in.
    pub tenant: TenantId,
    /// The person's object there, which unlike an address never changes hands.
    pub object: ObjectId,
}

/// The key set that a request asks for, by what its token says of itself: nothing is proven yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The tenant whose key set it is; one that the configuration names.
    pub tenant: TenantId,
    /// The key's name.
    pub kid: String,
}

/// Which key set the request's token asks for; `None` where no key set would make this token prove anything.
pub(crate) fn wanted(rules: &[&Entra], request: &Request<'_>) -> Option<Wanted> {
    #[derive(Deserialize)]
    struct Unproven {
        tid: TenantId,
    }

    let token = token(request)?;
    let kid = kid(token)?;
    let claims = base64_url(token.split('.').nth(1)?)?;
    let Unproven { tid } = serde_json::from_slice(&claims).ok()?;
    rules.iter().any(|rule| rule.tenant_id == tid).then_some(Wanted { tenant: tid, kid })
}

/// A token that the key set's tenant has signed. Nothing that it says is looked at yet.
pub(crate) struct Signed<'k> {
    claims: Claims,
    keys: &'k KeySet,
}

/// The request's token, if one of these keys has signed it.
pub(crate) fn signed<'k>(request: &Request<'_>, keys: &'k KeySet) -> Option<Signed<'k>> {
    let token = token(request)?;
    let key = keys.key(&kid(token)?)?;
    let mut signature_only = Validation::new(Algorithm::RS256);
    // The library would hold times against the machine's clock; all claims are looked at below.
    (signature_only.validate_exp, signature_only.validate_nbf, signature_only.validate_aud) = (false, false, false);
    signature_only.required_spec_claims = HashSet::new();
    let claims = jsonwebtoken::decode::<Claims>(token, key, &signature_only).ok()?.claims;
    Some(Signed { claims, keys })
}

/// Whether the token is what the rule asks for; if so, whose it is. `Some(None)`: an app's own.
pub(crate) fn proves(rule: &Entra, Signed { claims, keys }: &Signed<'_>, now: Timestamp) -> Option<Option<Person>> {
    let app = claims.app(keys)?;
    let is_wanted = keys.tenant() == rule.tenant_id
        && claims.tid == rule.tenant_id
        && claims.aud == rule.audience
        && claims.is_current(now)
        && (rule.app_id.is_some() || rule.role.is_some())
        && rule.app_id.is_none_or(|wanted| wanted == app)
        && rule.role.as_ref().is_none_or(|wanted| claims.roles.contains(wanted));
    if is_wanted { claims.person() } else { None }
}

fn token<'a>(request: &Request<'a>) -> Option<&'a str> {
    request.authorization("bearer").filter(|token| token.len() <= TOKEN_BYTES_MAX && token.split('.').count() == 3)
}

/// The name of the key, if the header is one of a token that we take: RS256 and nothing that must be understood.
fn kid(token: &str) -> Option<String> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    let kid = header.kid.filter(|kid| (1..=KID_BYTES_MAX).contains(&kid.len()))?;
    (header.alg == Algorithm::RS256 && header.crit.is_none()).then_some(kid)
}

/// The claims that are looked at; one that is there twice makes the token unreadable.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    tid: TenantId,
    exp: i64,
    nbf: i64,
    oid: ObjectId,
    /// The app that asked for the token, under version 2.
    azp: Option<ObjectId>,
    /// The same under version 1.
    appid: Option<ObjectId>,
    #[serde(default)]
    roles: Vec<String>,
    scp: Option<String>,
    idtyp: Option<String>,
    email: Option<String>,
    preferred_username: Option<String>,
    upn: Option<String>,
}

impl Claims {
    /// The app that asked for the token; `None` where the issuer is another, or no app is named. Identity tokens, which
    /// prove something to the app that asked for them and to nobody else, name none.
    fn app(&self, keys: &KeySet) -> Option<ObjectId> {
        let issuers = keys.issuers();
        if self.iss == issuers.v2 {
            self.azp
        } else if self.iss == issuers.v1 {
            self.appid
        } else {
            None
        }
    }

    fn is_current(&self, now: Timestamp) -> bool {
        let (Ok(exp), Ok(nbf)) = (Timestamp::from_second(self.exp), Timestamp::from_second(self.nbf)) else {
            return false;
        };
        now.duration_since(exp) <= SKEW_MAX && nbf.duration_since(now) <= SKEW_MAX
    }

    /// `None`: it cannot be said whether this is a person's token, so it is nobody's. Only an app's own token has neither
    /// scopes nor a name; whoever took a person's token for an app's would let that person speak for others.
    fn person(&self) -> Option<Option<Person>> {
        let names = [&self.email, &self.preferred_username, &self.upn];
        let is_scoped = self.scp.as_ref().is_some_and(|scopes| !scopes.is_empty());
        match self.idtyp.as_deref() {
            Some("app") if is_scoped => None,
            Some("app") => Some(None),
            None if !is_scoped && names.iter().all(|name| name.is_none()) => Some(None),
            None | Some("user") => {
                let address = names.into_iter().flatten().find(|name| is_address(name)).cloned();
                let address = address.unwrap_or_else(|| self.oid.to_string());
                Some(Some(Person { address, tenant: self.tid, object: self.oid }))
            }
            // Devices, and whatever comes next.
            Some(_) => None,
        }
    }
}

/// Only enough of a check that a log and a journal can show it: one `@` between two texts, nothing invisible.
fn is_address(text: &str) -> bool {
    text.len() <= ADDRESS_BYTES_MAX
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}
