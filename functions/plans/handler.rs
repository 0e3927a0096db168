//! `/api/v1/plans`: look at held plans, release or refuse one.

use crate::problem::{Code, problem};
use crate::{Denied, Inside, Known, PREFIX, decision, json};
use access::config::May;
use access::plan::Plan;
use bytes::Bytes;
use engine::Error;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use serde_json::json;

/// What is done with a held plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Release,
    Refuse,
}

pub(crate) async fn handle(inside: &Inside, request: Request<Bytes>) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    // Known first: whoever may not call learns nothing from a wrong path either.
    let known = match inside.gate.identify(&parts, &body).await {
        Ok(known) => known,
        Err(Denied::Wrong) => return problem(Code::Unauthenticated, ""),
        Err(Denied::Unavailable(why)) => {
            tracing::error!(why, "callers cannot be told apart");
            return problem(Code::Unavailable, "");
        }
    };
    let path = parts.uri.path();
    // Routes match in any case up to here, so the prefix is cut off by its length.
    let rest = path.get(PREFIX.len() + "v1/plans".len()..).unwrap_or_default();
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    match (&parts.method, segments.as_slice()) {
        (&Method::GET, []) => look(inside, &known).await,
        (&Method::POST, [digest, "release"]) => decide(inside, &known, &parts, &body, digest, Verdict::Release).await,
        (&Method::POST, [digest, "refuse"]) => decide(inside, &known, &parts, &body, digest, Verdict::Refuse).await,
        _ => problem(Code::NotFound, ""),
    }
}

async fn look(inside: &Inside, known: &Known) -> Response<Bytes> {
    if !known.may_any(&[May::Read, May::Operate, May::Release]) {
        return problem(Code::Forbidden, "");
    }
    match inside.engine.held(seen(known).as_deref()).await {
        Ok(mut plans) => {
            // The engine was asked for these alone; a plan of another customer must not leave here even by a mistake.
            plans.retain(|plan| known.may_see(&plan.customer));
            json::response(StatusCode::OK, &Plan::new(plans))
        }
        Err(error) => failure(&error),
    }
}

async fn decide(
    inside: &Inside,
    known: &Known,
    parts: &Parts,
    body: &[u8],
    digest: &str,
    verdict: Verdict,
) -> Response<Bytes> {
    if !known.may_any(&[May::Release]) {
        return problem(Code::Forbidden, "");
    }
    let by = match decision::read(known, &parts.headers, body) {
        Ok(by) => by,
        Err(answer) => return *answer,
    };
    let Some(digest) = digest_of(digest) else { return problem(Code::NotFound, "") };
    let customers = seen(known);
    let decided = match verdict {
        Verdict::Release => inside.engine.release(&digest, customers.as_deref(), &by).await,
        Verdict::Refuse => inside.engine.refuse(&digest, customers.as_deref(), &by).await,
    };
    match decided {
        Ok(customers) => json::response(StatusCode::OK, &json!({ "digest": digest, "customers": customers })),
        Err(error) => failure(&error),
    }
}

/// The customers that the caller may see, as the engine wants them.
fn seen(known: &Known) -> Option<Vec<String>> {
    known.customers.as_ref().map(|customers| customers.iter().cloned().collect())
}

/// `sha256:` and 64 digits. The colon is the only character of it that a client may have escaped.
fn digest_of(segment: &str) -> Option<String> {
    let digest = segment.replace("%3A", ":").replace("%3a", ":").to_ascii_lowercase();
    let digits = digest.strip_prefix("sha256:")?;
    (digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digest)
}

fn failure(error: &Error) -> Response<Bytes> {
    let (code, detail) = match error {
        // The same bytes for a plan that is not there and one that this caller may not see.
        Error::NoSuchPlan(_) | Error::UnknownCustomer(_) => return problem(Code::NotFound, ""),
        Error::PlanChanged(text) => (Code::PlanChanged, text.as_str()),
        Error::BadInput(text) => (Code::InvalidJson, text.as_str()),
        Error::Busy(_) | Error::Lost(_) => (Code::InProgress, "another run is at work on the customer; try again"),
        Error::Store(_) => (Code::StorageUnavailable, ""),
        Error::Cloud { .. } | Error::PartnerUnread(_) | Error::PartnerChanged(_) => (Code::Unavailable, ""),
        Error::Internal(_) => (Code::Internal, ""),
    };
    tracing::warn!(%error, "plans");
    problem(code, detail)
}

#[cfg(test)]
mod tests;
