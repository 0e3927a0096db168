//! `POST /{tenant}/oauth2/v2.0/token`, and the managed identity's endpoint beside it.

use super::assertion::{self, AssertionClaims, EXCHANGE};
use crate::Sim;
use crate::fault::{Asked, What};
use crate::graph::Answer;
use crate::options::SimOptions;
use crate::recorder::Recorded;
use crate::seal::seal_jwt;
use crate::state::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// What an access token of ours holds: permissions as they were when it was issued.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TokenClaims {
    pub(crate) aud: String,
    pub(crate) tid: Uuid,
    pub(crate) appid: Uuid,
    pub(crate) oid: Uuid,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    /// The tenant's token epoch: what came before is void.
    pub(crate) epoch: u64,
}

/// A refusal, by its AADSTS number.
#[derive(Debug)]
pub(crate) struct LoginError {
    code: u32,
    text: String,
}

impl LoginError {
    pub(crate) fn new(code: u32, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// Status and `error` that go with the number.
    fn kind(&self) -> (u16, &'static str) {
        match self.code {
            5000225 | 5000224 | 53003 => (400, "invalid_grant"),
            700016 | 7000112 => (400, "unauthorized_client"),
            90002 | 900144 | 90014 => (400, "invalid_request"),
            70011 => (400, "invalid_scope"),
            50000 | 90006 | 90012 | 90024 | 90033 | 90090 | 90091 => (503, "temporarily_unavailable"),
            90055 => (429, "temporarily_unavailable"),
            70003 => (400, "unsupported_grant_type"),
            _ => (401, "invalid_client"),
        }
    }
}

impl Sim {
    /// Answers a token request. `key` is the tenant in the path: an id or a domain.
    pub(crate) fn token(&self, key: &str, form: &[u8]) -> (Answer, Option<What>) {
        let path = format!("/{key}/oauth2/v2.0/token");
        let tenant = self.find_tenant(key);
        let (now, asked) = (self.now(), Asked { method: "POST", path: &path, route: None });
        let trouble = self.with_state(|state| state.strike(asked, tenant, now));
        let answer = match trouble {
            Some(What::Status(status, code)) => fault(status, code),
            Some(What::Throttle { retry_after }) => {
                let headers = retry_after.map(|pause| ("Retry-After", pause.as_secs().to_string()));
                Answer { headers: headers.into_iter().collect(), ..fault(429, "temporarily_unavailable") }
            }
            Some(What::SignIn(code)) => self.login_refusal(&LoginError::new(code, "A fault was set for this request.")),
            Some(What::ErrorBody) => Answer { status: 200, ..fault(200, "server_error") },
            _ if trouble.is_some_and(What::is_undone) => Answer { status: 502, ..Answer::no_content() },
            _ => match self.issue(tenant, key, form) {
                Ok(body) => Answer::ok(body),
                Err(error) => self.login_refusal(&error),
            },
        };
        let recorded = Recorded {
            at: self.now(),
            method: "POST".into(),
            path,
            route: Some("token"),
            tenant,
            status: answer.status,
            items: 0,
            in_batch: false,
            units: 0,
        };
        self.with_state(|state| state.requests.push(recorded));
        (answer, trouble)
    }

    fn issue(&self, tenant: Option<Uuid>, key: &str, form: &[u8]) -> Result<Value, LoginError> {
        let form: HashMap<String, String> = url::form_urlencoded::parse(form).into_owned().collect();
        let field = |name: &str| {
            let missing =
                || LoginError::new(900144, format!("The request body must contain the following parameter: '{name}'."));
            form.get(name).ok_or_else(missing)
        };
        if field("grant_type")? != "client_credentials" {
            return Err(LoginError::new(70003, "The app requested an unsupported grant type."));
        }
        let unknown = || {
            LoginError::new(
                90002,
                format!(
                    "Tenant '{key}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
                ),
            )
        };
        let tenant = tenant.ok_or_else(unknown)?;
        let wrong = || LoginError::new(70011, "The provided value for the input parameter 'scope' is not valid.");
        let wanted = field("scope")?.strip_suffix("/.default").ok_or_else(wrong)?;
        let client_id = field("client_id")?;
        let stranger = || {
            LoginError::new(
                700016,
                format!(
                    "Application with identifier '{client_id}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."
                ),
            )
        };
        let client_id = Uuid::parse_str(client_id).map_err(|_| stranger())?;
        let (options, wall, now) = (self.options(), self.wall().as_second(), self.now());
        let endpoint = format!("{}/{key}/oauth2/v2.0/token", options.login_base);
        self.with_state(|state| {
            let app = state.apps.get(&client_id).ok_or_else(stranger)?;
            match (form.get("client_secret"), form.get("client_assertion")) {
                (Some(secret), None) if app.secrets.contains(secret) => {}
                (Some(_), None) => {
                    let text = format!("Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client_id}'.");
                    return Err(LoginError::new(7000215, text));
                }
                (None, Some(assertion)) => {
                    assertion::check(app, client_id, assertion, &endpoint, wall, options.seed)?;
                }
                _ => {
                    let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
                    return Err(LoginError::new(7000218, text));
                }
            }
            let found = state.tenants.get(&state.stored_for(tenant)).ok_or_else(unknown)?;
            let consent = found.consents.get(&client_id).ok_or_else(stranger)?;
            if consent.withdrawn || now < consent.seen_from {
                let text = format!("The client application {client_id} is missing service principal in the tenant {tenant}.");
                return Err(LoginError::new(7000229, text));
            }
            let life = options.token_life.as_secs();
            // Azure's own APIs go by roles on resources, which no token carries.
            let aud = audience(&options, wanted);
            let roles = if aud == options.graph_base { consent.permissions.iter().cloned().collect() } else { Vec::new() };
            let claims = TokenClaims {
                aud,
                tid: tenant,
                appid: client_id,
                oid: consent.service_principal,
                roles,
                iat: wall,
                exp: wall.saturating_add_unsigned(life),
                epoch: found.token_epoch,
            };
            let token = seal_jwt(options.seed, &claims);
            Ok(json!({ "token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token }))
        })
    }

    /// The tenant of this id or domain.
    pub(crate) fn find_tenant(&self, key: &str) -> Option<Uuid> {
        self.with_state(|state| find_tenant(state, key))
    }

    fn login_refusal(&self, error: &LoginError) -> Answer {
        let (status, kind) = error.kind();
        let (trace, correlation) = self.with_state(|state| (state.fresh_id(), state.fresh_id()));
        let time = self.wall().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let description = format!(
            "AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}",
            error.code, error.text
        );
        let body = json!({
            "error": kind,
            "error_description": description,
            "error_codes": [error.code],
            "timestamp": time,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("{}/error?code={}", self.options().login_base, error.code),
        });
        Answer { status, headers: Vec::new(), body }
    }

    /// Answers `GET /msi/token?resource=…&client_id=…`: an assertion of a managed identity.
    pub(crate) fn identity_token(&self, query: &str, has_header: bool) -> Answer {
        let query: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let id = query.get("client_id").and_then(|id| Uuid::parse_str(id).ok());
        let identity = id.and_then(|id| self.with_state(|state| state.identities.get(&id).cloned()));
        let (Some(identity), Some(resource), true) = (identity, query.get("resource"), has_header) else {
            let body = json!({ "statusCode": 400, "message": "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId." });
            return Answer { status: 400, headers: Vec::new(), body };
        };
        let (options, now) = (self.options(), self.wall().as_second());
        let exp = now + 24 * 3600;
        let claims = AssertionClaims {
            iss: format!("{}/{}/v2.0", options.login_base, identity.home),
            sub: identity.principal.to_string(),
            aud: if resource == EXCHANGE { EXCHANGE.to_owned() } else { resource.clone() },
            nbf: now,
            exp,
        };
        Answer::ok(json!({
            "access_token": seal_jwt(options.seed, &claims),
            "expires_on": exp.to_string(),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": id,
        }))
    }
}

/// The service that a token is wanted for; Graph's if it is no other.
fn audience(options: &SimOptions, wanted: &str) -> String {
    let (logs, management) = (&options.log_analytics_base, &options.resource_manager_base);
    match wanted {
        "https://api.loganalytics.io" => logs.clone(),
        "https://management.azure.com" => management.clone(),
        _ if wanted == logs || wanted == management => wanted.to_owned(),
        _ => options.graph_base.clone(),
    }
}

fn fault(status: u16, code: &str) -> Answer {
    let body = json!({ "error": code, "error_description": "A fault was set for this request.", "error_codes": [] });
    Answer { status, headers: Vec::new(), body }
}

fn find_tenant(state: &State, key: &str) -> Option<Uuid> {
    match Uuid::parse_str(key) {
        Ok(id) => state.tenants.contains_key(&state.stored_for(id)).then_some(id),
        Err(_) => state.domains.get(&key.to_lowercase()).copied(),
    }
}
