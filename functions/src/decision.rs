//! `{"by":{"email":"…"},"comment":"…"}`: who decided, as the requests that decide something say it.

use crate::gate::Known;
use crate::problem::{Code, FieldError, invalid_body, problem};
use access::text::is_unseen;
use bytes::Bytes;
use engine::By;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response};
use serde_json::Value;

/// The longest mail address (RFC 5321: 64 + 1 + 255), in bytes.
const EMAIL_BYTES_MAX: usize = 320;
/// The longest comment, in characters.
pub(crate) const COMMENT_CHARS_MAX: usize = 1000;

/// Who decides: the person of the token; else the person whom the body names, asserted by the caller; else the caller.
/// No body names nobody.
/// The error is the answer to send.
pub(crate) fn read(known: &Known, headers: &HeaderMap, body: &[u8]) -> Result<By, Box<Response<Bytes>>> {
    read_beside(known, headers, body, None)
}

/// The same, in a body that has one member more, which the caller looks at.
pub(crate) fn read_beside(
    known: &Known,
    headers: &HeaderMap,
    body: &[u8],
    beside: Option<&str>,
) -> Result<By, Box<Response<Bytes>>> {
    // An empty body that was announced as JSON was lost on the way: Azure's forwarding drops chunked ones. Whoever sent
    // it named a person, so it must not count as the caller's own decision.
    let none = body.is_empty() && !headers.contains_key(CONTENT_TYPE);
    let (email, comment) = if none { (None, None) } else { parse(headers, body, beside)? };
    let (who, asserted) = match (&known.person, email) {
        (Some(person), _) => (person.clone(), false),
        (None, Some(email)) => (email, true),
        (None, None) => (known.name.clone(), false),
    };
    Ok(By { who, asserted, comment })
}

type Named = (Option<String>, Option<String>);

fn parse(headers: &HeaderMap, body: &[u8], beside: Option<&str>) -> Result<Named, Box<Response<Bytes>>> {
    if !crate::json::is_announced(headers) {
        return Err(Box::new(problem(Code::UnsupportedMediaType, "")));
    }
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| Box::new(problem(Code::InvalidJson, &format!("the body is not JSON: {error}"))))?;
    let mut errors = Vec::new();
    let named = named(&body, beside, &mut errors);
    if errors.is_empty() { Ok(named) } else { Err(Box::new(invalid_body(&errors))) }
}

fn named(body: &Value, beside: Option<&str>, errors: &mut Vec<FieldError>) -> Named {
    let mut wrong = |pointer: &str, detail: &str| {
        errors.push(FieldError { pointer: format!("#{pointer}"), detail: detail.into() });
    };
    let Value::Object(members) = body else {
        wrong("", "expected an object");
        return (None, None);
    };
    let (mut email, mut comment) = (None, None);
    for (name, value) in members {
        match (name.as_str(), value) {
            ("by" | "comment", Value::Null) => {}
            ("by", Value::Object(by)) => {
                match by.get("email").and_then(Value::as_str) {
                    Some(text) if is_email(text) => email = Some(text.to_owned()),
                    _ => wrong("/by/email", "expected a mail address"),
                }
                for other in by.keys().filter(|name| *name != "email") {
                    wrong(&format!("/by/{}", escape(other)), "unknown member");
                }
            }
            ("by", _) => wrong("/by", "expected an object with the member email"),
            ("comment", Value::String(text)) if text.chars().count() <= COMMENT_CHARS_MAX => {
                comment = Some(text.clone());
            }
            ("comment", _) => wrong("/comment", &format!("expected text of at most {COMMENT_CHARS_MAX} characters")),
            (other, _) if Some(other) == beside => {}
            (other, _) => wrong(&format!("/{}", escape(other)), "unknown member"),
        }
    }
    (email, comment)
}

/// Only enough of a check that the journal can show it: one `@` with something on both sides, nothing invisible.
pub(crate) fn is_email(text: &str) -> bool {
    let halves = text.split_once('@');
    text.len() <= EMAIL_BYTES_MAX
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || is_unseen(c))
        && halves.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}

/// A member's name as part of a JSON pointer, and not longer than anybody reads.
fn escape(name: &str) -> String {
    name.chars().take(64).collect::<String>().replace('~', "~0").replace('/', "~1")
}
