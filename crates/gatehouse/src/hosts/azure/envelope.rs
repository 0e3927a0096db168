//! The request of the Azure host for one invocation: `{"Data":{<binding>:…},"Metadata":{…}}`.
//!
//! The host writes objects plainly and everything else as text that holds JSON, so that the queue message `hello`
//! arrives as `"\"hello\""`. Microsoft's pages show the same values without that second encoding. Both are read.
//! `Metadata` is not read at all: members of a message are copied there and hide the host's own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use functions::{Function, Handler, Message, Timer, Wake};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use serde_json::{Map, Value};

/// What the envelope says to this function. The error says what cannot be read.
pub(super) fn open(function: &Function, body: &[u8]) -> Result<Wake, String> {
    let envelope: Value = serde_json::from_slice(body).map_err(|error| format!("the envelope is not JSON: {error}"))?;
    let trigger = function.definition.trigger().ok_or("the function has no trigger")?;
    let value = envelope.get("Data").and_then(|data| data.get(&trigger.name));
    match function.handler {
        Handler::Timer(_) => Ok(Wake::Timer(Timer { past_due: past_due(value) })),
        Handler::Queue(_) => {
            let value = value.ok_or_else(|| format!("the envelope has no Data.{}", trigger.name))?;
            Ok(Wake::Queue(Message { text: message(value) }))
        }
        Handler::Http(_) => {
            let value = value.ok_or_else(|| format!("the envelope has no Data.{}", trigger.name))?;
            let data = object(value).ok_or("the envelope's request is not an object")?;
            Ok(Wake::Http(Box::new(request(&data)?)))
        }
    }
}

/// Whether the occurrence makes up for a missed one; anything unclear is an ordinary one.
fn past_due(value: Option<&Value>) -> bool {
    match value.and_then(object).as_ref().and_then(|timer| timer.get("IsPastDue")) {
        Some(Value::Bool(late)) => *late,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// The message's text, however many times it was encoded on its way.
fn message(value: &Value) -> String {
    let Value::String(text) = value else { return value.to_string() };
    match serde_json::from_str(text) {
        Ok(Value::String(inner)) => inner,
        // JSON that is not a text: encoded once, and this is the message itself.
        Ok(_) => text.clone(),
        // With `"dataType": "binary"` the host sends base64. Our messages are objects; other bytes are left alone.
        Err(_) => match BASE64.decode(text).map(String::from_utf8) {
            Ok(Ok(inner)) if inner.starts_with('{') => inner,
            _ => text.clone(),
        },
    }
}

/// An object, or text that holds one.
fn object(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object.clone()),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(inner @ (Value::Object(_) | Value::String(_))) => object(&inner),
            _ => None,
        },
        _ => None,
    }
}

/// A request in an envelope. We ask for requests to be relayed, but the host envelopes them when it is told not to.
fn request(data: &Map<String, Value>) -> Result<Request<Bytes>, String> {
    let text = |name: &str| data.get(name).and_then(Value::as_str);
    let url: Uri = text("Url").unwrap_or_default().parse().map_err(|error| format!("the request's Url: {error}"))?;
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let method = Method::from_bytes(text("Method").unwrap_or_default().as_bytes())
        .map_err(|error| format!("the request's Method: {error}"))?;
    let mut request = Request::new(Bytes::new());
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().map_err(|error| format!("the request's path: {error}"))?;
    for (name, values) in data.get("Headers").and_then(Value::as_object).into_iter().flatten() {
        let one = std::slice::from_ref(values);
        for value in values.as_array().map_or(one, Vec::as_slice) {
            let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
            if let (Ok(name), Some(value)) = (name.parse::<HeaderName>(), value) {
                request.headers_mut().append(name, value);
            }
        }
    }
    let kind = request.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    *request.body_mut() = match text("Body") {
        Some(body) if kind.starts_with("application/octet-stream") || kind.starts_with("multipart/") => {
            BASE64.decode(body).map_err(|error| format!("the request's Body: {error}"))?.into()
        }
        Some(body) => Bytes::copy_from_slice(body.as_bytes()),
        None => Bytes::new(),
    };
    Ok(request)
}
