//! Errors of the HTTP API: `application/problem+json` (RFC 9457) with a stable `code`.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde::Serialize;

/// What went wrong, for a caller's program. The names are a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No credentials, or wrong ones.
    Unauthenticated,
    /// Known, but without the right to do this.
    Forbidden,
    /// No such thing, or none that this caller may see.
    NotFound,
    /// What is held is no longer what was named.
    PlanChanged,
    /// The person decides about themselves.
    OwnRequest,
    /// The request is not where that can be done.
    WrongState,
    /// Somebody else is at work on the same thing; try again.
    InProgress,
    /// The body is larger than [`crate::BODY_BYTES_MAX`].
    TooLarge,
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// The body, or a part of the address, cannot be read at all.
    InvalidJson,
    /// The body is JSON, but not what is asked for.
    InvalidBody,
    /// The delivery, or the `Idempotency-Key`, stands for another request.
    IdempotencyKeyReused,
    /// Nothing was stored; try again.
    StorageUnavailable,
    /// The program could not do it now, for a reason that is in its log; try again.
    Unavailable,
    /// A bug of ours; the log tells more.
    Internal,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::PlanChanged,
        Self::OwnRequest,
        Self::WrongState,
        Self::InProgress,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::InvalidJson,
        Self::InvalidBody,
        Self::IdempotencyKeyReused,
        Self::StorageUnavailable,
        Self::Unavailable,
        Self::Internal,
    ];

    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        self.parts().0
    }

    /// The code in words of the contract, its HTTP status, and its title for people.
    fn parts(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED, "Credentials are missing or wrong"),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "This caller may not do that"),
            Self::NotFound => ("not_found", StatusCode::NOT_FOUND, "There is no such thing"),
            Self::OwnRequest => ("own_request", StatusCode::FORBIDDEN, "Nobody decides about their own request"),
            Self::WrongState => ("wrong_state", StatusCode::CONFLICT, "Not possible in the state that it is in"),
            Self::PlanChanged => ("plan_changed", StatusCode::CONFLICT, "The held plan has changed"),
            Self::InProgress => ("in_progress", StatusCode::CONFLICT, "Somebody else is at work on it"),
            Self::TooLarge => ("too_large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            Self::UnsupportedMediaType => {
                ("unsupported_media_type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body must be application/json")
            }
            Self::InvalidJson => ("invalid_json", StatusCode::BAD_REQUEST, "The request cannot be read"),
            Self::InvalidBody => ("invalid_body", StatusCode::UNPROCESSABLE_ENTITY, "The body is not as expected"),
            Self::IdempotencyKeyReused => {
                ("idempotency_key_reused", StatusCode::UNPROCESSABLE_ENTITY, "The key was used for another request")
            }
            Self::StorageUnavailable => {
                ("storage_unavailable", StatusCode::SERVICE_UNAVAILABLE, "The store does not answer")
            }
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "Not possible now"),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
        }
    }
}

/// One thing that is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where: a JSON pointer in the form that follows an address, `#/by/email` (RFC 6901, section 6; RFC 9457 shows it so).
    pub pointer: String,
    /// What, in words.
    pub detail: String,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
}

/// The answer that tells of an error. An empty `detail` is left out.
pub fn problem(code: Code, detail: &str) -> Response<Bytes> {
    answer(code, detail, &[])
}

/// The answer to a request that a policy refuses, by the policy's own code, with every part that it refuses.
pub(crate) fn refused(code: &str, status: StatusCode, detail: &str, errors: &[FieldError]) -> Response<Bytes> {
    finish(code, status, "The request is refused", detail, errors)
}

/// The answer to a body that is JSON but not what is asked for, with everything that is wrong with it.
pub(crate) fn invalid_body(errors: &[FieldError]) -> Response<Bytes> {
    answer(Code::InvalidBody, "", errors)
}

fn answer(code: Code, detail: &str, errors: &[FieldError]) -> Response<Bytes> {
    let (name, status, title) = code.parts();
    let mut response = finish(name, status, title, detail, errors);
    if code == Code::Unauthenticated {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    }
    response
}

fn finish(code: &str, status: StatusCode, title: &str, detail: &str, errors: &[FieldError]) -> Response<Bytes> {
    let body = Body { r#type: "about:blank", title, status: status.as_u16(), code, detail, errors };
    let mut response = crate::json::response(status, &body);
    let kind = header::HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
