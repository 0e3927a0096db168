//! What observers are told of each HTTP request: a span, and its metrics. Where nobody listens it costs a look at a flag.
//!
//! No id, no query and no token is told: of a path only the words that every tenant has.

use super::call::Reply;
use crate::endpoints::Api;
use bytes::Bytes;
use http::{Request, Response};
use outside::TransportError;
use std::time::Duration;
use tracing::{Level, Span};
use uuid::Uuid;

/// What a request is, for whoever observes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// Of whom.
    pub(crate) tenant: Uuid,
    /// Which API; `login` for tokens.
    pub(crate) api: &'static str,
    /// Which attempt, from 1.
    pub(crate) attempt: u32,
    /// How many requests it carries.
    pub(crate) requests: usize,
}

impl Asked {
    /// A request for a token.
    pub(crate) fn token(tenant: Uuid) -> Self {
        Self { tenant, api: "login", attempt: 1, requests: 1 }
    }

    /// The span of this request.
    pub(crate) fn span(self, request: &Request<Bytes>) -> Span {
        let (method, uri) = (request.method(), request.uri());
        tracing::debug_span!(
            "request",
            otel.name = format!("{method} {}", template(uri.path())),
            otel.kind = "client",
            otel.status_code = tracing::field::Empty,
            http.request.method = %method,
            server.address = uri.host().unwrap_or_default(),
            url.template = template(uri.path()),
            http.response.status_code = tracing::field::Empty,
            tenant = %self.tenant,
            attempt = self.attempt,
            requests = self.requests,
        )
    }

    /// How it ended.
    pub(crate) fn ended(self, span: &Span, answer: &Result<Response<Bytes>, TransportError>, took: Duration) {
        let status = answer.as_ref().map(|answer| answer.status().as_u16());
        if !matches!(status, Ok(0..400)) {
            span.record("otel.status_code", "error");
        }
        if let Ok(status) = status {
            span.record("http.response.status_code", status);
        }
        if tracing::enabled!(target: "metric", Level::TRACE) {
            let api = self.api;
            let status = match (status, answer) {
                (Ok(status), _) => status.to_string(),
                (_, Err(TransportError::NeverSent(_))) => "unsent".to_owned(),
                _ => "lost".to_owned(),
            };
            let seconds = took.as_secs_f64();
            tracing::event!(target: "metric", Level::TRACE, monotonic_counter.gatehouse.cloud.requests = 1, api, status);
            tracing::event!(target: "metric", Level::TRACE, histogram.gatehouse.cloud.request.duration = seconds, api);
        }
    }
}

/// The API's name for observers.
pub(crate) fn name(api: Api) -> &'static str {
    match api {
        Api::Graph => "graph",
        Api::LogAnalytics => "log_analytics",
        Api::ResourceManager => "resource_manager",
    }
}

/// A refusal by a quota.
pub(crate) fn throttled(tenant: Uuid, reply: &Reply) {
    let scope = if reply.app_wide { "app" } else { "tenant" };
    tracing::event!(target: "metric", Level::TRACE, monotonic_counter.gatehouse.cloud.throttled = 1, %tenant, scope);
}

/// How much is left of some quotas, by name.
pub(crate) fn headroom(of: &str, shares: impl IntoIterator<Item = (&'static str, f64)>) {
    for (quota, share) in shares {
        let (share, tenant) = (share.clamp(0.0, 1.0), of);
        tracing::event!(target: "metric", Level::TRACE, gauge.gatehouse.quota.headroom = share, tenant, quota);
    }
}

/// Words of Azure's paths after which somebody's own name stands.
const NAMED: [&str; 9] = [
    "subscriptions",
    "resourceGroups",
    "workspaces",
    "scheduledQueryRules",
    "actionGroups",
    "actionRules",
    "alerts",
    "rules",
    "authenticationMethodConfigurations",
];

/// The path with `{}` for everything that could be somebody's: what is not a word of letters alone (or a version), and what
/// stands where a name does.
fn template(path: &str) -> String {
    let mut before = "";
    let parts = path.split('/').map(|part| {
        let is_word = part.len() <= 64 && part.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'$');
        let is_version = matches!(part, "v1" | "v1.0" | "v2.0" | "oauth2");
        let is_type = part.starts_with("Microsoft.") || part.starts_with("microsoft.graph.");
        let is_ours = (is_word && !NAMED.contains(&before)) || is_version || is_type;
        before = part;
        if is_ours { part } else { "{}" }
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::template;

    #[test]
    fn a_template_has_the_words_that_every_tenant_has_and_no_name() {
        for (path, expected) in [
            ("/v1.0/$batch", "/v1.0/$batch"),
            ("/v1.0/users/delta", "/v1.0/users/delta"),
            ("/v1.0/users/8a2c3f6e-0000-4000-8000-000000000001", "/v1.0/users/{}"),
            ("/v1.0/users/ada@northwind.example/revokeSignInSessions", "/v1.0/users/{}/revokeSignInSessions"),
            ("/v1.0/groups/8a2c/members/9b/$ref", "/v1.0/groups/{}/members/{}/$ref"),
            (
                "/v1.0/groups/1/transitiveMembers/microsoft.graph.user",
                "/v1.0/groups/{}/transitiveMembers/microsoft.graph.user",
            ),
            ("/v1.0/domains/contoso.com", "/v1.0/domains/{}"),
            ("/0af76519-16cd-43dd-8448-eb211c80319c/oauth2/v2.0/token", "/{}/oauth2/v2.0/token"),
            (
                "/subscriptions/1/resourceGroups/payroll/providers/Microsoft.Insights/scheduledQueryRules/secret",
                "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Insights/scheduledQueryRules/{}",
            ),
            ("/v1/workspaces/finance/query", "/v1/workspaces/{}/query"),
        ] {
            assert_eq!(template(path), expected, "{path}");
        }
    }
}
