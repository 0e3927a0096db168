//! `GET /{tenant}/v2.0/adminconsent`: an administrator of the tenant in front of the consent page (page "Admin consent on the
//! Microsoft identity platform").

use crate::Sim;
use crate::graph::Answer;
use crate::recorder::Recorded;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// What the administrator of a tenant does in front of the consent page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Administrator {
    /// Consents to everything that the app's registration lists.
    #[default]
    Accepts,
    /// Consents, but an older version of the page shows fewer permissions: these alone.
    AcceptsOnly(BTreeSet<String>),
    /// Says no.
    Declines,
    /// Is no administrator who may consent.
    MayNot,
    /// Is none, and the tenant sends such wishes to reviewers.
    AsksReviewers,
    /// Meets a service that is unwell.
    IsUnlucky,
}

impl Administrator {
    /// The error that the browser comes back with.
    fn error(&self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Accepts | Self::AcceptsOnly(_) => return None,
            Self::Declines => (
                "consent_required",
                "AADSTS65004: The resource owner or authorization server denied the request.\r\nTrace ID: 1",
            ),
            Self::MayNot => {
                ("access_denied", "AADSTS90094: The grant requires admin permission. Trace ID: 1 Timestamp: 2")
            }
            Self::AsksReviewers => {
                ("access_denied", "AADSTS90095: Admin approval request was submitted. Trace ID: 1 Timestamp: 2")
            }
            Self::IsUnlucky => ("temporarily_unavailable", "AADSTS90033: A transient error has occurred."),
        })
    }
}

/// The tenant in the path of a consent page, if it is one, in either form.
pub(crate) fn tenant_in(path: &str) -> Option<&str> {
    let path = path.strip_prefix('/')?;
    let key = path.strip_suffix("/v2.0/adminconsent").or_else(|| path.strip_suffix("/adminconsent"))?;
    (!key.contains('/')).then_some(key)
}

impl Sim {
    /// Answers for whoever looks at the consent page of this tenant: with a page, where something is wrong with the address,
    /// else with a redirection.
    pub(crate) fn consent_page(&self, key: &str, path: &str, query: &str) -> Answer {
        let answer = self.decide(key, query).unwrap_or_else(|text| Answer {
            status: 400,
            headers: Vec::new(),
            body: json!({ "error": "invalid_request", "error_description": text }),
        });
        let recorded = Recorded {
            at: self.now(),
            method: "GET".into(),
            path: path.to_owned(),
            route: Some("adminconsent"),
            tenant: self.find_tenant(key),
            status: answer.status,
            items: 0,
            in_batch: false,
            units: 0,
        };
        self.with_state(|state| state.requests.push(recorded));
        answer
    }

    fn decide(&self, key: &str, query: &str) -> Result<Answer, String> {
        let query: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let field = |name: &str| query.get(name).ok_or_else(|| format!("AADSTS900144: '{name}' is missing."));
        let app = Uuid::parse_str(field("client_id")?).ok();
        let redirect = field("redirect_uri")?;
        let (tenant, now) = (self.find_tenant(key), self.now());
        let delay = self.options().consent_delay;
        let tenant = tenant.ok_or_else(|| format!("AADSTS90002: Tenant '{key}' not found."))?;
        self.with_state(|state| {
            let app = app.filter(|app| state.apps.contains_key(app));
            let app = app.ok_or("AADSTS700016: Application was not found in the directory.")?;
            let known = &state.apps[&app];
            if !known.redirects.contains(redirect) {
                return Err("AADSTS50011: The redirect URI specified in the request does not match.".to_owned());
            }
            let listed = known.requires.clone();
            let administrator = state.administrators.get(&tenant).cloned().unwrap_or_default();
            let mut back = url::Url::parse(redirect).map_err(|error| error.to_string())?;
            // It says so whether they did or not.
            back.query_pairs_mut().append_pair("admin_consent", "True");
            if let Some((error, description)) = administrator.error() {
                back.query_pairs_mut().append_pair("error", error).append_pair("error_description", description);
            } else {
                let was_there = state.tenants.get(&tenant).and_then(|found| found.consents.get(&app));
                let was_there = was_there.is_some_and(|consent| !consent.withdrawn);
                let permissions = if let Administrator::AcceptsOnly(fewer) = administrator { fewer } else { listed };
                state.consent(tenant, app, permissions);
                let made = state.tenants.get_mut(&tenant).and_then(|found| found.consents.get_mut(&app));
                if let Some(made) = made.filter(|_| !was_there) {
                    made.seen_from = now + delay;
                }
                back.query_pairs_mut().append_pair("tenant", &tenant.to_string());
                if let Some(scope) = query.get("scope") {
                    back.query_pairs_mut().append_pair("scope", scope);
                }
            }
            if let Some(state) = query.get("state") {
                back.query_pairs_mut().append_pair("state", state);
            }
            Ok(Answer { status: 302, headers: vec![("location", back.into())], body: serde_json::Value::Null })
        })
    }
}
