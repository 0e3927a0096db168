//! Client assertions: signed by a registered certificate, or minted by a managed identity.

use super::app::App;
use super::endpoint::LoginError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashSet;
use uuid::Uuid;

/// The audience of assertions that stand for a federated credential.
pub(crate) const EXCHANGE: &str = "api://AzureADTokenExchange";

/// What an assertion claims.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AssertionClaims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: String,
    #[serde(default)]
    pub(crate) nbf: i64,
    pub(crate) exp: i64,
}

/// Looks at an assertion for this app at this moment. `endpoint` is the token endpoint it must be meant for.
pub(crate) fn check(
    app: &App,
    client_id: Uuid,
    assertion: &str,
    endpoint: &str,
    now: i64,
    seed: u64,
) -> Result<(), LoginError> {
    let claims = match crate::seal::unseal_jwt::<AssertionClaims>(seed, assertion) {
        Some(claims) => federated(app, claims)?,
        None => certificate(app, client_id, assertion, endpoint)?,
    };
    // Entra allows five minutes of clock skew.
    if now >= claims.exp + 300 || now + 300 < claims.nbf {
        return Err(LoginError::new(700024, "Client assertion is not within its valid time range."));
    }
    Ok(())
}

fn federated(app: &App, claims: AssertionClaims) -> Result<AssertionClaims, LoginError> {
    let known = app.federated.iter().any(|one| one.issuer == claims.iss && one.subject == claims.sub);
    if known && claims.aud == EXCHANGE {
        return Ok(claims);
    }
    let text = format!("No matching federated identity record found for presented assertion subject '{}'.", claims.sub);
    Err(LoginError::new(700213, text))
}

fn certificate(app: &App, client_id: Uuid, assertion: &str, endpoint: &str) -> Result<AssertionClaims, LoginError> {
    let unknown = || LoginError::new(700027, "The certificate with the presented thumbprint is not registered.");
    let header = assertion.split('.').next().and_then(|header| URL_SAFE_NO_PAD.decode(header).ok());
    let header: Value = header.and_then(|header| serde_json::from_slice(&header).ok()).ok_or_else(unknown)?;
    let thumbprint = header.get("x5t#S256").and_then(Value::as_str).ok_or_else(unknown)?;
    let certificate = app.certificates.iter().find(|one| one.thumbprint == thumbprint).ok_or_else(unknown)?;
    let key = DecodingKey::from_rsa_pem(certificate.pem.as_bytes()).map_err(|_| unknown())?;
    let mut rules = Validation::new(Algorithm::PS256);
    // Times are held against the simulator's clock, not the machine's.
    (rules.validate_exp, rules.validate_nbf, rules.validate_aud) = (false, false, false);
    rules.required_spec_claims = HashSet::new();
    let claims = jsonwebtoken::decode::<AssertionClaims>(assertion, &key, &rules)
        .map_err(|_| LoginError::new(700027, "Client assertion contains an invalid signature."))?
        .claims;
    let own = client_id.to_string();
    if claims.iss != own || claims.sub != own || claims.aud != endpoint {
        return Err(LoginError::new(700023, "Client assertion audience, issuer or subject does not match."));
    }
    Ok(claims)
}
