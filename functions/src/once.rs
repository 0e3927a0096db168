//! Requests that are carried out once, however often they are sent.

use crate::problem::{Code, problem};
use crate::{Inside, Known};
use bytes::Bytes;
use engine::replay::{self, Answer, Begun, Claim};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};

/// The longest `Idempotency-Key`, in bytes, without its quotes.
const KEY_BYTES_MAX: usize = 255;

/// Carries the request out with `act`, unless the same delivery, or the same `Idempotency-Key` of this caller, was
/// carried out already: then the answer is the stored one. Whoever may not ask for it must be turned away before.
///
/// A signed delivery counts whatever the headers say beside it, since they are not signed. Only success is stored:
/// an error changed nothing, and the same request may succeed later.
pub(crate) async fn once(
    inside: &Inside,
    known: &Known,
    parts: &Parts,
    body: &[u8],
    act: impl Future<Output = Response<Bytes>>,
) -> Response<Bytes> {
    let keys = match keys(known, &parts.headers) {
        Ok(keys) => keys,
        Err(answer) => return *answer,
    };
    // Each person has keys of their own: two who approve the same are two.
    let caller = match &known.person {
        Some(person) => format!("{} {person}", known.name),
        None => known.name.clone(),
    };
    let print = replay::print(&[parts.method.as_str().as_bytes(), parts.uri.path().as_bytes(), body]);
    let mut claims = Vec::new();
    for key in keys {
        let answer = match inside.engine.begin_call(&caller, &key, &print).await {
            Ok(Begun::Fresh(claim)) => {
                claims.push(claim);
                continue;
            }
            Ok(Begun::Same(answer)) => again(answer),
            Ok(Begun::Other) => problem(Code::IdempotencyKeyReused, ""),
            Ok(Begun::Running) => problem(Code::InProgress, "the same request is being carried out; try again"),
            Err(error) => {
                tracing::warn!(%error, "whether a request came before cannot be known");
                problem(Code::StorageUnavailable, "")
            }
        };
        give_back(inside, claims).await;
        return answer;
    }
    let answer = act.await;
    if answer.status().is_success() {
        for claim in claims {
            // The request is done; at worst its repetition is carried out too, half a minute later.
            if let Err(error) = inside.engine.finish_call(claim, kept(&answer)).await {
                tracing::warn!(%error, "an answer could not be kept for repetitions of the request");
            }
        }
    } else {
        give_back(inside, claims).await;
    }
    answer
}

/// Under which names the request may have come before. The error is the answer to send.
fn keys(known: &Known, headers: &HeaderMap) -> Result<Vec<String>, Box<Response<Bytes>>> {
    let delivery = known.delivery.as_ref().map(|delivery| format!("delivery {delivery}"));
    let key = idempotency_key(headers)?;
    let invocation = known.invocation.as_ref().map(|invocation| format!("invocation {invocation}"));
    Ok([delivery, key.map(|key| format!("key {key}")), invocation].into_iter().flatten().collect())
}

/// The key of the header `Idempotency-Key`, if it is there. The error is the answer to send.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Box<Response<Bytes>>> {
    let header = headers.get_all("idempotency-key").iter().collect::<Vec<_>>();
    let key = match header.as_slice() {
        [] => None,
        [one] => one.to_str().ok().and_then(unquoted),
        _ => None,
    };
    if key.is_none() && !header.is_empty() {
        let detail = format!("Idempotency-Key must be there once, as 1 to {KEY_BYTES_MAX} visible ASCII characters");
        return Err(Box::new(problem(Code::InvalidJson, &detail)));
    }
    Ok(key)
}

/// The key of a header (draft-ietf-httpapi-idempotency-key-header): a string in double quotes. Many senders leave the
/// quotes out; nobody needs one inside.
fn unquoted(value: &str) -> Option<&str> {
    let key = value.strip_prefix('"').map_or(Some(value), |rest| rest.strip_suffix('"'))?;
    let is_plain = |byte: u8| (byte.is_ascii_graphic() || byte == b' ') && byte != b'"' && byte != b'\\';
    ((1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(is_plain)).then_some(key)
}

async fn give_back(inside: &Inside, claims: Vec<Claim>) {
    for claim in claims {
        if let Err(error) = inside.engine.give_call_back(claim).await {
            tracing::warn!(%error, "the same request can be sent again only half a minute later");
        }
    }
}

fn kept(answer: &Response<Bytes>) -> Answer {
    let headers = answer.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    Answer {
        status: answer.status().as_u16(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(answer.body()).into_owned(),
    }
}

fn again(answer: Answer) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests;
