//! The keys with which the login service signs tokens for other APIs, and where it publishes them.

use crate::Sim;
use crate::fault::{Asked, What};
use crate::graph::Answer;
use crate::recorder::Recorded;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The key that signs now. Entra uses one set for all tenants.
#[derive(Clone)]
pub(crate) struct Signing {
    kid: String,
    key: EncodingKey,
    published: Value,
}

/// What is published below a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Publication {
    /// `/{tenant}/v2.0/.well-known/openid-configuration`
    Configuration,
    /// `/{tenant}/discovery/v2.0/keys`
    Keys,
}

const CONFIGURATION: &str = "/v2.0/.well-known/openid-configuration";
const KEYS: &str = "/discovery/v2.0/keys";

impl Publication {
    /// The tenant (an id or a domain) and what is asked for, if the path is one of these.
    pub(crate) fn of(path: &str) -> Option<(&str, Self)> {
        let path = path.strip_prefix('/')?;
        let configuration = path.strip_suffix(CONFIGURATION).map(|key| (key, Self::Configuration));
        configuration.or_else(|| path.strip_suffix(KEYS).map(|key| (key, Self::Keys)))
    }
}

impl Sim {
    /// An access token version 2 of this tenant, valid from now for an hour. `claims` are put over what every such token
    /// says (`iss`, `tid`, `nbf`, `exp`, `ver`); a test says for whom and whose it is (`aud`, `azp`, `oid`, `roles`, `scp`).
    ///
    /// The key is drawn from the machine's randomness, not from the seed.
    pub fn sign_token(&self, tenant: Uuid, claims: &Value) -> String {
        let now = self.wall().as_second();
        let mut all = Map::new();
        all.insert("iss".into(), format!("{}/{tenant}/v2.0", self.options().login_base).into());
        all.insert("tid".into(), tenant.to_string().into());
        all.insert("nbf".into(), now.into());
        all.insert("exp".into(), (now + 3600).into());
        all.insert("ver".into(), "2.0".into());
        all.extend(claims.as_object().cloned().unwrap_or_default());
        self.with_state(|state| {
            let signing = state.signing.get_or_insert_with(|| Signing::new(1));
            let header = Header { kid: Some(signing.kid.clone()), ..Header::new(Algorithm::RS256) };
            jsonwebtoken::encode(&header, &all, &signing.key).expect("an RSA key signs")
        })
    }

    /// From now on another key signs, and it is the only one that is published: what was signed before is void for whoever
    /// reads the keys anew.
    pub fn rotate_signing_key(&self) {
        self.with_state(|state| {
            state.signings += 1;
            state.signing = Some(Signing::new(state.signings + 1));
        });
    }

    /// Answers for what is published; no token is needed.
    pub(crate) fn publication(&self, key: &str, path: &str, which: Publication) -> (Answer, Option<What>) {
        let (tenant, now) = (self.find_tenant(key), self.now());
        let trouble = self.with_state(|state| state.strike(Asked { method: "GET", path, route: None }, tenant, now));
        let answer = match (trouble, tenant) {
            (Some(What::Status(status, _)), _) => Answer { status, headers: Vec::new(), body: json!({}) },
            (Some(What::ErrorBody), _) => Answer::ok(json!({ "error": "server_error" })),
            (Some(trouble), _) if trouble.is_undone() => Answer { status: 502, ..Answer::no_content() },
            (_, None) => Answer { status: 400, headers: Vec::new(), body: json!({ "error": "invalid_tenant" }) },
            (_, Some(tenant)) => Answer::ok(self.published(tenant, which)),
        };
        let recorded = Recorded {
            at: now,
            method: "GET".into(),
            path: path.to_owned(),
            route: Some(match which {
                Publication::Configuration => "openid configuration",
                Publication::Keys => "signing keys",
            }),
            tenant,
            status: answer.status,
            items: 0,
            in_batch: false,
            units: 0,
        };
        self.with_state(|state| state.requests.push(recorded));
        (answer, trouble)
    }

    fn published(&self, tenant: Uuid, which: Publication) -> Value {
        let login = self.options().login_base.clone();
        match which {
            Publication::Configuration => json!({
                "issuer": format!("{login}/{tenant}/v2.0"),
                "jwks_uri": format!("{login}/{tenant}{KEYS}"),
                "token_endpoint": format!("{login}/{tenant}/oauth2/v2.0/token"),
            }),
            Publication::Keys => self.with_state(|state| {
                let mut key = state.signing.get_or_insert_with(|| Signing::new(1)).published.clone();
                key["issuer"] = format!("{login}/{{tenantid}}/v2.0").into();
                json!({ "keys": [key] })
            }),
        }
    }
}

impl Signing {
    fn new(number: u32) -> Self {
        let pem = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("the crypto library makes RSA keys");
        let key = EncodingKey::from_rsa_pem(pem.serialize_pem().as_bytes()).expect("a fresh RSA key");
        let jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).expect("a fresh RSA key");
        let AlgorithmParameters::RSA(public) = jwk.algorithm else { unreachable!("an RSA key has RSA parameters") };
        let kid = format!("signing-key-{number}");
        let published = json!({ "kty": "RSA", "use": "sig", "kid": kid, "n": public.n, "e": public.e });
        Self { kid, key, published }
    }
}
