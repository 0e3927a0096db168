//! One request before it is sent, and its answer after.

use super::door::Share;
use crate::endpoints::Api;
use crate::json::Object;
use http::Method;
use serde_json::Value;
use std::time::Duration;

/// How long a read may take. Graph's own gateway gives up later, but nobody waits that long for a survey.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a log query may take: the service gives up after [`QUERY_WAIT`], and says so.
pub(crate) const QUERY_TIMEOUT: Duration = Duration::from_secs(35);

/// What a log query asks for as `Prefer`: the service's own time-out, which is 3 minutes otherwise.
pub(crate) const QUERY_WAIT: &str = "wait=30";

/// How long a write may take. A lease must outlast it, so it is short.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(8);

/// What a request may do at the other end, and so whether it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    Read,
    /// Doing it twice is the same as doing it once.
    Repeatable,
    /// Doing it twice makes two of something.
    Once,
}

/// What a request takes from the tenant's quotas (page "Microsoft Graph service-specific throttling limits").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cost {
    /// Resource units.
    pub(crate) units: u32,
    /// Writes.
    pub(crate) writes: u32,
    /// Invitations.
    pub(crate) invitations: u32,
    /// Requests about Conditional Access.
    pub(crate) policies: u32,
    /// Requests for reports: sign-ins and audits.
    pub(crate) reports: u32,
    /// Log queries.
    pub(crate) queries: u32,
    /// Requests to Azure Resource Manager.
    pub(crate) management: u32,
}

impl Cost {
    /// Of both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            units: self.units + other.units,
            writes: self.writes + other.writes,
            invitations: self.invitations + other.invitations,
            policies: self.policies + other.policies,
            reports: self.reports + other.reports,
            queries: self.queries + other.queries,
            management: self.management + other.management,
        }
    }
}

/// Which quota a refusal names (`x-ms-throttle-information`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exceeded {
    /// Resource units.
    Units,
    /// Writes.
    Writes,
}

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// Whom it is for. One that is not for Graph goes by itself.
    pub(crate) api: Api,
    /// The HTTP method.
    pub(crate) method: Method,
    /// Path and query, below the version in Graph's case, from the first slash on.
    pub(crate) path: String,
    /// Whether it is an advanced query, which needs `ConsistencyLevel: eventual` on every page.
    pub(crate) eventual: bool,
    /// Whether only Graph's beta version has it. Such a request goes by itself: a batch is of one version.
    pub(crate) beta: bool,
    /// The JSON body.
    pub(crate) body: Option<Value>,
    /// Whether it may be repeated.
    pub(crate) effect: Effect,
    /// What it takes from the quotas.
    pub(crate) cost: Cost,
    /// What is tried, for errors.
    pub(crate) operation: String,
    /// The least application permission.
    pub(crate) permission: &'static str,
}

impl Call {
    /// How long it may take.
    pub(crate) fn timeout(&self) -> Duration {
        match self.effect {
            Effect::Read if self.is_query() => QUERY_TIMEOUT,
            Effect::Read => READ_TIMEOUT,
            Effect::Repeatable | Effect::Once => WRITE_TIMEOUT,
        }
    }

    /// Whether it is a log query.
    pub(crate) fn is_query(&self) -> bool {
        self.cost.queries > 0
    }

    /// Which share of the tenant's slots it takes one from.
    pub(crate) fn share(&self) -> Share {
        if self.is_query() { Share::Queries } else { Share::Usual }
    }
}

/// What an answer holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Value),
    /// Something else: the page of a proxy, or half an answer.
    NotJson,
}

/// The answer to one request, alone or in a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The pause that the service asks for.
    pub(crate) retry_after: Option<Duration>,
    /// The service's id of the request.
    pub(crate) request_id: Option<String>,
    /// How much of the quota is used, from 0.8 up; 1 is where throttling starts.
    pub(crate) quota_used: Option<f64>,
    /// Whether the throttling is about our app in all tenants.
    pub(crate) app_wide: bool,
    /// Which quota was exceeded, if the service says so.
    pub(crate) exceeded: Option<Exceeded>,
    /// The body.
    pub(crate) content: Content,
}

impl Reply {
    /// Whether it is a success.
    pub(crate) fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body's error: code and message, each possibly empty. `None` if the body is not an error of the service.
    pub(crate) fn error(&self) -> Option<(&str, &str)> {
        let error = self.error_object()?;
        let text = |name| error.get(name).and_then(Value::as_str).unwrap_or_default();
        Some((text("code"), text("message")))
    }

    /// The error's code, or nothing.
    pub(crate) fn code(&self) -> &str {
        self.error().map_or("", |(code, _)| code)
    }

    /// The request's id from the body's error, whose key has been seen in two spellings.
    pub(crate) fn inner_request_id(&self) -> Option<String> {
        let error = self.error_object()?;
        let inner = error.get("innerError").or_else(|| error.get("innererror"))?;
        inner.get("request-id").and_then(Value::as_str).map(str::to_owned)
    }

    fn error_object(&self) -> Option<&Object> {
        match &self.content {
            Content::Json(body) => body.get("error").and_then(Value::as_object),
            Content::Empty | Content::NotJson => None,
        }
    }
}

/// How one attempt at a request ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// An answer came, good or bad.
    Reply(Reply),
    /// Nothing left this machine.
    NeverSent(String),
    /// It was sent, and no answer to it came.
    Lost(String),
    /// An answer came that cannot be used.
    Garbled(String),
    /// A layer above the transport stopped it; nothing was sent, and trying again now is no use.
    Stopped(crate::Error),
}
