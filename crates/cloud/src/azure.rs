//! What the refusals of Azure's own APIs mean: Azure Resource Manager and Log Analytics.

use crate::error::{Error, Kind};
use crate::pipeline::call::{Call, Content, Reply};
use serde_json::Value;
use uuid::Uuid;

/// How many errors may be inside each other.
const DEPTH_MAX: usize = 4;

/// Sorts a refusal; `role` is the least that the call needs on its resource. Throttling and faults have been dealt with
/// before.
pub(crate) fn sort(tenant: Uuid, call: &Call, reply: &Reply, role: &'static str) -> Error {
    let kind = match (reply.status, reply.error()) {
        (401, _) => Kind::Unauthorized,
        // Without the service's own body, somebody in between has answered.
        (_, None) => Kind::Garbled,
        // Still, with a fresh token.
        (403, Some(("InvalidAuthenticationToken", _))) => Kind::Unauthorized,
        (403, _) => Kind::NoRole { role },
        (404, Some((code, _))) => missing(code, role),
        _ => Kind::Refused,
    };
    let mut error = Error::from_reply(kind, tenant, &call.operation, reply);
    if let Some(inner) = innermost(&reply.content) {
        error.message = format!("{}: {inner}", error.message);
    }
    if error.message.is_empty() {
        error.message = match reply.content {
            Content::NotJson => "the answer is not JSON".to_owned(),
            Content::Empty | Content::Json(_) => "the answer does not say why".to_owned(),
        };
    }
    error
}

/// Who may read a resource group is told that something in it is not there. A subscription is also not found by whoever may
/// see nothing in it: that says nothing about what it holds.
fn missing(code: &str, role: &'static str) -> Kind {
    match code {
        "ResourceNotFound" | "ResourceGroupNotFound" | "NotFound" | "WorkspaceNotFoundError" | "PathNotFoundError" => {
            Kind::Missing { id: None }
        }
        "SubscriptionNotFound" => Kind::NoRole { role },
        _ => Kind::Refused,
    }
}

/// The words of the error inside the error, which are the ones that help.
pub(crate) fn innermost(content: &Content) -> Option<String> {
    let Content::Json(body) = content else { return None };
    let mut found = body.get("error")?;
    let mut inside = None;
    for _ in 0..DEPTH_MAX {
        let first = |name: &str| found.get(name).and_then(|details| details.get(0));
        let Some(next) = found.get("innererror").or_else(|| first("details")) else { break };
        inside = next.get("message").and_then(Value::as_str).or(inside);
        found = next;
    }
    Some(inside?.chars().take(crate::error::MESSAGE_MAX).collect())
}
