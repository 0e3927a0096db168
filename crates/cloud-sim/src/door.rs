//! The in-process door: HTTP requests in, HTTP responses out, with latency and broken connections by the clock.

use crate::Sim;
use crate::azure::Api;
use crate::fault::What;
use crate::graph::{Answer, Call, mangle};
use crate::login::{Publication, tenant_in};
use crate::state::State;
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use outside::{Transport, TransportError};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// An answer and what happens to it on its way.
pub(crate) struct Outcome {
    pub(crate) response: Response<Bytes>,
    pub(crate) trouble: Option<What>,
}

#[async_trait]
impl Transport for Sim {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let options = self.options();
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let bases =
            [&options.login_base, &options.graph_base, &options.log_analytics_base, &options.resource_manager_base];
        let ours = bases.into_iter().any(|base| authority(base) == host);
        if !ours && !request.uri().path().starts_with("/msi/") {
            return Err(TransportError::NeverSent(format!("there is no host {host} in the simulated cloud")));
        }
        // What is done is done half-way, so that either half can be the one that is lost.
        let there = (options.latency / 2).min(timeout);
        pause(self, there).await;
        let outcome = self.exchange(request).await;
        let slow = match outcome.trouble {
            Some(What::Slow(slow)) => slow,
            _ => Duration::ZERO,
        };
        let back = options.latency.saturating_sub(there) + slow;
        let left = timeout.saturating_sub(there);
        if back > left {
            pause(self, left).await;
            return Err(TransportError::TimedOut(timeout));
        }
        if outcome.trouble == Some(What::NeverSent) {
            return Err(TransportError::NeverSent("a fault was set: the connection was refused".into()));
        }
        pause(self, back).await;
        match outcome.trouble {
            Some(What::ResetBefore | What::ResetAfter | What::Unanswered) => {
                Err(TransportError::Interrupted("a fault was set: the connection was reset".into()))
            }
            _ => Ok(outcome.response),
        }
    }
}

async fn pause(sim: &Sim, duration: Duration) {
    if !duration.is_zero() {
        sim.options().clock.sleep(duration).await;
    }
}

fn authority(base: &str) -> &str {
    base.split_once("://").map_or(base, |(_, rest)| rest).split('/').next().unwrap_or_default()
}

impl Sim {
    /// Answers one HTTP request, whichever door it came through.
    pub(crate) async fn exchange(&self, request: Request<Bytes>) -> Outcome {
        let (parts, body) = request.into_parts();
        let path_and_query = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        if let Some(key) = path.strip_prefix('/').and_then(|rest| rest.strip_suffix("/oauth2/v2.0/token")) {
            let (answer, trouble) = self.token(key, &body);
            return self.finish(answer, trouble, "");
        }
        if parts.method == http::Method::GET
            && let Some(key) = tenant_in(path)
        {
            return self.finish(self.consent_page(key, path, query), None, "");
        }
        if parts.method == http::Method::GET
            && let Some((key, which)) = Publication::of(path)
        {
            let (answer, trouble) = self.publication(key, path, which);
            return self.finish(answer, trouble, "");
        }
        if path == "/msi/token" {
            let has_header = parts.headers.contains_key("x-identity-header") || parts.headers.contains_key("metadata");
            return self.finish(self.identity_token(query, has_header), None, "");
        }
        let headers: BTreeMap<String, String> = parts
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        let client_request_id = headers.get("client-request-id").cloned().unwrap_or_default();
        if let Some(api) = Api::of(path) {
            let is_json =
                headers.get("content-type").is_some_and(|kind| kind.to_lowercase().starts_with("application/json"));
            let body = if is_json { serde_json::from_slice(&body).unwrap_or(Value::Null) } else { Value::Null };
            let reply = self.azure(api, Call::parse(parts.method.as_str(), path_and_query, headers, body));
            return self.finish(reply.answer, reply.trouble, &client_request_id);
        }
        // What only the beta version has is told apart by its route; nothing there is reached through v1.0.
        let url = match path_and_query.strip_prefix("/v1.0") {
            Some(url) if !url.starts_with("/beta") => Some(url),
            Some(_) => None,
            None => path_and_query.starts_with("/beta/").then_some(path_and_query),
        };
        let Some(url) = url else {
            let body = serde_json::json!({ "error": { "code": "BadRequest", "message": "Invalid version." } });
            return self.finish(Answer { status: 400, headers: Vec::new(), body }, None, &client_request_id);
        };
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let reply = self.graph(Call::parse(parts.method.as_str(), url, headers, body)).await;
        self.finish(reply.answer, reply.trouble, &client_request_id)
    }

    fn finish(&self, answer: Answer, trouble: Option<What>, client_request_id: &str) -> Outcome {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in &answer.headers {
            if let (Ok(name), Ok(value)) = (header::HeaderName::try_from(*name), HeaderValue::from_str(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        let request_id = self.with_state(State::fresh_id).to_string();
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert("request-id", value);
        }
        if let Ok(value) = HeaderValue::from_str(client_request_id) {
            response.headers_mut().insert("client-request-id", value);
        }
        if !answer.body.is_null() {
            *response.body_mut() = Bytes::from(answer.body.to_string());
            let json = HeaderValue::from_static("application/json;odata.metadata=minimal;charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
        }
        match trouble {
            Some(What::CutJson) => {
                let half = response.body().len() / 2;
                response.body_mut().truncate(half);
            }
            Some(What::EmptyBody) => *response.body_mut() = Bytes::new(),
            Some(What::HtmlGateway) => html(&mut response, 502, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
            Some(What::ProxyPage { status, .. }) => html(&mut response, status, mangle::PAGE),
            _ => {}
        }
        Outcome { response, trouble }
    }
}

/// Puts a page of somebody in between into the place of the answer.
fn html(response: &mut Response<Bytes>, status: u16, page: &'static str) {
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    *response.body_mut() = Bytes::from_static(page.as_bytes());
}
