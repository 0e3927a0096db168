//! What an answer says of the document, and whether the request may be sent again. The codes are those of Microsoft's
//! pages "Common REST API error codes" and "Blob Storage error codes" and of Amazon's page "Error responses".

use super::failure::Failure;
use super::listing;
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Method, Response, Uri};
use outside::TransportError;
use std::fmt;
use std::time::Duration;

/// How much of an error's body is searched for its code.
const ERROR_BYTES_MAX: usize = 64 * 1024;

/// The longest code that is believed to be one.
const CODE_CHARS_MAX: usize = 64;

/// Whom we speak to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Where {
    /// Azure Blob Storage.
    Azure {
        /// The storage account.
        account: String,
        /// The container.
        container: String,
    },
    /// Amazon S3.
    S3 {
        /// The bucket.
        bucket: String,
        /// Its region, as far as we know.
        region: String,
    },
}

/// For people: `the container state of the storage account gatehouse1`.
impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Azure { account, container } => {
                write!(f, "the container {container} of the storage account {account}")
            }
            Self::S3 { bucket, region } => write!(f, "the bucket {bucket} in {region}"),
        }
    }
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Reads a document.
    Get,
    /// Reads a page of a list.
    List,
    /// Writes a document on a condition.
    Put,
    /// Removes a document.
    Delete,
}

impl What {
    /// What a request to an object store does: objects have no query, lists have.
    pub(super) fn of(method: &Method, uri: &Uri) -> Self {
        match (method, uri.query()) {
            (&Method::PUT, _) => Self::Put,
            (&Method::DELETE, _) => Self::Delete,
            (_, Some(query)) if !query.is_empty() => Self::List,
            _ => Self::Get,
        }
    }

    fn is_write(self) -> bool {
        matches!(self, Self::Put | Self::Delete)
    }

    /// For people: what was under way.
    fn name(self) -> &'static str {
        match self {
            Self::Get => "reading a document",
            Self::List => "listing documents",
            Self::Put => "writing a document",
            Self::Delete => "removing a document",
        }
    }
}

/// An end that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What it means for the caller.
    pub(super) failure: Failure,
    /// Whether the request may be sent again.
    pub(super) again: bool,
    /// The pause that the service asks for.
    pub(super) after: Option<Duration>,
}

impl Refusal {
    fn last(failure: Failure) -> Self {
        Self { failure, again: false, after: None }
    }

    fn again(failure: Failure) -> Self {
        Self { failure, again: true, after: None }
    }
}

/// Sorts an end of a request.
pub(super) fn sort(
    place: &Where,
    what: What,
    sent: Result<Response<Bytes>, TransportError>,
) -> Result<Response<Bytes>, Refusal> {
    let answer = sent.map_err(|error| lost(place, what, &error))?;
    let status = answer.status().as_u16();
    if answer.status().is_success() {
        return match what {
            // A page that is not whole would make the list too short, and what is missing would be taken for gone.
            What::List => match listing::whole(place, answer.body()) {
                Ok(()) => Ok(answer),
                Err(why) => Err(Refusal::again(Failure::Unavailable(format!("a page of the list of {place} {why}")))),
            },
            _ => Ok(answer),
        };
    }
    let code = code(&answer);
    let after = answer.headers().get(RETRY_AFTER).and_then(|text| text.to_str().ok()?.trim().parse().ok());
    let after = after.map(Duration::from_secs);
    let said = || match code.as_str() {
        "" => format!("{place}: {} was answered with {status}", what.name()),
        code => format!("{place}: {} was answered with {status} {code}", what.name()),
    };
    Err(match (status, code.as_str()) {
        (404, "BlobNotFound" | "NoSuchKey") if what != What::List => Refusal::last(Failure::Missing),
        (412, "" | "ConditionNotMet" | "PreconditionFailed") if what == What::Put => Refusal::last(Failure::Changed),
        (409, "" | "BlobAlreadyExists" | "ConditionalRequestConflict" | "OperationAborted") if what == What::Put => {
            Refusal::last(Failure::Changed)
        }
        // The service says that it did not begin.
        (429, _) | (400, "RequestTimeout") => Refusal { failure: Failure::Unavailable(said()), again: true, after },
        (503, code) if !code.is_empty() => Refusal { failure: Failure::Unavailable(said()), again: true, after },
        (500.. | 408, _) if what.is_write() => Refusal::last(Failure::Unclear(said())),
        (500.. | 408, _) => Refusal { failure: Failure::Unavailable(said()), again: true, after },
        _ => {
            let hint = hint(place, status, &code, &answer);
            Refusal::last(Failure::Unavailable(format!("{}{hint}", said())))
        }
    })
}

/// Whether it is not us who are refused, but what was shown: a token that ended, or that was never good.
pub(super) fn refuses_proof(answer: &Response<Bytes>) -> bool {
    match answer.status().as_u16() {
        401 => true,
        403 => code(answer) == "AuthenticationFailed",
        _ => false,
    }
}

/// There is no answer.
fn lost(place: &Where, what: What, error: &TransportError) -> Refusal {
    let text = format!("{place}: {}: {error}", what.name());
    match error {
        TransportError::NeverSent(_) => Refusal::again(Failure::Unavailable(text)),
        TransportError::TooLarge(_) if what == What::Get => Refusal::last(Failure::Invalid(text)),
        _ if what.is_write() => Refusal::last(Failure::Unclear(text)),
        TransportError::TooLarge(_) => Refusal::last(Failure::Unavailable(text)),
        TransportError::Interrupted(_) | TransportError::TimedOut(_) => Refusal::again(Failure::Unavailable(text)),
    }
}

/// The service's code of the error; the rest of the body may quote what we signed. Empty where there is none.
fn code(answer: &Response<Bytes>) -> String {
    let header = answer.headers().get("x-ms-error-code").and_then(|code| code.to_str().ok());
    let body = &answer.body()[..answer.body().len().min(ERROR_BYTES_MAX)];
    let body = String::from_utf8_lossy(body);
    let inside = || body.split_once("<Code>")?.1.split_once("</Code>").map(|(code, _)| code);
    let code = header.or_else(inside).unwrap_or_default();
    let fits = code.len() <= CODE_CHARS_MAX && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits { code.to_owned() } else { String::new() }
}

/// What an administrator can do about it, as a clause to add.
fn hint(place: &Where, status: u16, code: &str, answer: &Response<Bytes>) -> String {
    let of_region = answer.headers().get("x-amz-bucket-region").and_then(|region| region.to_str().ok());
    match (place, status, code) {
        (_, 404, "ContainerNotFound" | "NoSuchBucket") => "; create it, or correct the URL of the store".into(),
        (Where::Azure { .. }, _, "KeyBasedAuthenticationNotPermitted") => {
            "; the account takes no keys: use a managed identity".into()
        }
        (Where::Azure { .. }, _, "AuthenticationFailed" | "InvalidAuthenticationInfo")
        | (Where::Azure { .. }, 401, _) => {
            "; check the account key or the managed identity, and this machine's clock".into()
        }
        (Where::Azure { .. }, 403, "AuthorizationFailure") => {
            "; the account's network rules keep this machine out, or the right is missing: grant the role Storage Blob \
             Data Contributor on the container"
                .into()
        }
        (Where::Azure { .. }, 403, _) => {
            "; grant the role Storage Blob Data Contributor on the container (it may take minutes to count)".into()
        }
        (Where::Azure { .. }, 409, "BlobImmutableDueToPolicy") => {
            "; an immutability policy covers the container: use versioning instead".into()
        }
        (Where::S3 { region, .. }, _, _) if of_region.is_some_and(|of| of != region) => {
            format!("; the bucket is in {}: set the region of the store", of_region.unwrap_or_default())
        }
        (Where::S3 { .. }, 403, "InvalidAccessKeyId" | "SignatureDoesNotMatch") => "; check the access key".into(),
        (Where::S3 { .. }, _, "ExpiredToken" | "InvalidToken") => "; the role's credentials have expired".into(),
        (Where::S3 { .. }, 403, "RequestTimeTooSkewed") => "; this machine's clock is wrong".into(),
        (Where::S3 { .. }, 403, _) => {
            "; allow s3:GetObject, s3:PutObject and s3:DeleteObject on its objects and s3:ListBucket on the bucket"
                .into()
        }
        (Where::S3 { .. }, 301 | 307 | 400, _) => "; check the region and the endpoint of the store".into(),
        _ => String::new(),
    }
}
