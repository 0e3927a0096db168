//! Answers that say no, with the codes and texts of the service.

use super::call::Answer;
use crate::throttle::Throttled;
use serde_json::json;

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "Request_BadRequest", message)
    }

    pub(crate) fn unsupported_query(message: impl Into<String>) -> Self {
        Self::new(400, "Request_UnsupportedQuery", message)
    }

    pub(crate) fn not_found(id: impl std::fmt::Display) -> Self {
        let message =
            format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        Self::new(404, "Request_ResourceNotFound", message)
    }

    pub(crate) fn denied() -> Self {
        Self::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    }

    pub(crate) fn already_member() -> Self {
        Self::bad_request(
            "One or more added object references already exist for the following modified properties: 'members'.",
        )
    }

    pub(crate) fn not_member() -> Self {
        Self::bad_request(
            "One or more removed object references do not exist for the following modified properties: 'members'.",
        )
    }

    pub(crate) fn conflict() -> Self {
        Self::bad_request(
            "A conflicting object with one or more of the specified property values is present in the directory.",
        )
    }

    pub(crate) fn too_many(retry_after: Option<u64>) -> Self {
        let headers = retry_after.map(|seconds| ("Retry-After", seconds.to_string())).into_iter().collect();
        Self { headers, ..Self::new(429, "TooManyRequests", "Please retry again later.") }
    }

    pub(crate) fn throttled(throttled: &Throttled, app: uuid::Uuid, tenant: uuid::Uuid) -> Self {
        let mut refusal = Self::too_many(throttled.retry_after);
        let access = if throttled.information == "WriteLimitExceeded" { "Write" } else { "ReadWrite" };
        refusal.headers.push(("x-ms-throttle-scope", format!("{}/{access}/{app}/{tenant}", throttled.scope)));
        refusal.headers.push(("x-ms-throttle-information", throttled.information.to_owned()));
        refusal
    }

    /// The answer; ids in it come from the simulator's seed.
    pub(crate) fn answer(self, request_id: uuid::Uuid, client_request_id: &str, date: &str) -> Answer {
        let mut inner = json!({ "date": date, "request-id": request_id, "client-request-id": client_request_id });
        if self.status == 429 {
            inner["code"] = json!("429");
            inner["message"] = json!("Please retry after");
            inner["status"] = json!("429");
        }
        let body = json!({ "error": { "code": self.code, "message": self.message, "innerError": inner } });
        Answer { status: self.status, headers: self.headers, body }
    }
}
