//! `/api/v1/plans`: look at held plans, release or refuse one, or all that share a cause.

use crate::once::once;
use crate::problem::{Code, FieldError, invalid_body, problem};
use crate::{Inside, Known, PREFIX, decision, json};
use access::config::May;
use access::plan::Plan;
use bytes::Bytes;
use engine::{Confirm, Error};
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
    let known = match inside.known(&parts, &body).await {
        Ok(known) => known,
        Err(answer) => return *answer,
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
    match inside.engine.held(known.seen().as_deref()).await {
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
    once(inside, known, parts, body, decide_now(inside, known, parts, body, digest, verdict)).await
}

async fn decide_now(
    inside: &Inside,
    known: &Known,
    parts: &Parts,
    body: &[u8],
    digest: &str,
    verdict: Verdict,
) -> Response<Bytes> {
    if let Some(cause) = name_of(digest, "cause:", 16) {
        return together(inside, known, parts, body, &cause, verdict).await;
    }
    let by = match decision::read(known, &parts.headers, body) {
        Ok(by) => by,
        Err(answer) => return *answer,
    };
    let Some(digest) = name_of(digest, "sha256:", 64) else { return problem(Code::NotFound, "") };
    let customers = known.seen();
    let decided = match verdict {
        Verdict::Release => inside.engine.release(&digest, customers.as_deref(), &by).await,
        Verdict::Refuse => inside.engine.refuse(&digest, customers.as_deref(), &by).await,
    };
    match decided {
        Ok(customers) => json::response(StatusCode::OK, &json!({ "digest": digest, "customers": customers })),
        Err(error) => failure(&error),
    }
}

/// `sha256:` or `cause:` and so many digits. The colon is the only character of it that a client may have escaped.
fn name_of(segment: &str, prefix: &str, length: usize) -> Option<String> {
    let name = segment.replace("%3A", ":").replace("%3a", ":").to_ascii_lowercase();
    let digits = name.strip_prefix(prefix)?;
    (digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(name)
}

/// Decides on everything that one cause holds in the customers that the caller may see.
async fn together(
    inside: &Inside,
    known: &Known,
    parts: &Parts,
    body: &[u8],
    cause: &str,
    verdict: Verdict,
) -> Response<Bytes> {
    let by = match decision::read_beside(known, &parts.headers, body, Some("confirm")) {
        Ok(by) => by,
        Err(answer) => return *answer,
    };
    let confirm = match confirm_of(body) {
        Ok(confirm) => confirm,
        Err(errors) => return invalid_body(&errors),
    };
    let customers = known.seen();
    let allow = verdict == Verdict::Release;
    let decided = match inside.engine.decide_together(cause, allow, confirm, customers.as_deref(), &by).await {
        Ok(decided) => decided,
        Err(error) => return failure(&error),
    };
    let done = if decided.customers.is_empty() { "none".to_owned() } else { decided.customers.join(", ") };
    if !decided.open.is_empty() {
        let open: Vec<&str> = decided.open.iter().map(|(customer, _)| customer.as_str()).collect();
        let detail = format!(
            "done: {done}; not yet: {} (another run is at work, or the store does not answer); send the same again to finish",
            open.join(", ")
        );
        return problem(Code::InProgress, &detail);
    }
    if !decided.changed.is_empty() {
        let changed = decided.changed.join(", ");
        let detail = format!("done: {done}; other steps are held by now in: {changed}; look again");
        return problem(Code::PlanChanged, &detail);
    }
    json::response(StatusCode::OK, &json!({ "cause": cause, "customers": decided.customers }))
}

/// `{"confirm":{"customers":c,"people":p}}`: how many the person saw.
fn confirm_of(body: &[u8]) -> Result<Confirm, Vec<FieldError>> {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let mut errors = Vec::new();
    let mut number = |name: &str| {
        let value = body.get("confirm").and_then(|confirm| confirm.get(name)).and_then(serde_json::Value::as_u64);
        let value = value.and_then(|value| u32::try_from(value).ok());
        if value.is_none() {
            let detail = "expected how many are concerned, a whole number, as GET shows it in `groups`";
            errors.push(FieldError { pointer: format!("#/confirm/{name}"), detail: detail.into() });
        }
        value.unwrap_or_default()
    };
    let (customers, people) = (number("customers"), number("people"));
    if errors.is_empty() { Ok(Confirm { customers: Some(customers), people }) } else { Err(errors) }
}

fn failure(error: &Error) -> Response<Bytes> {
    let (code, detail) = match error {
        // The same bytes for a plan that is not there and one that this caller may not see.
        Error::NoSuchPlan(_) | Error::UnknownCustomer(_) => return problem(Code::NotFound, ""),
        Error::PlanChanged(text) => (Code::PlanChanged, text.as_str()),
        Error::BadInput(text) => (Code::InvalidJson, text.as_str()),
        Error::Busy(_) | Error::Lost(_) => (Code::InProgress, "another run is at work on the customer; try again"),
        Error::Store(_) | Error::Newer(_) => (Code::StorageUnavailable, ""),
        Error::Cloud { .. } | Error::PartnerUnread(_) | Error::PartnerChanged(_) | Error::TicketUnread(_) => {
            (Code::Unavailable, "")
        }
        Error::Internal(_) => (Code::Internal, ""),
    };
    tracing::warn!(%error, "plans");
    problem(code, detail)
}

#[cfg(test)]
mod tests;
