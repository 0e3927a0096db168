//! The answer to the Azure host: always a JSON object, announced as JSON. After an empty body, or one that says `null`,
//! the host waits until the function's time-out and then kills the process.

use axum::body::Body;
use bytes::Bytes;
use functions::{Done, Function, Reply};
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

/// The largest queue message, in bytes: storage queues hold 64 KiB, and the host writes the message in base64.
const MESSAGE_BYTES_MAX: usize = 48 * 1024;

/// The function's reply as the host reads it. Only a status outside 2xx makes it deliver a message again.
pub(super) fn encode(function: &Function, reply: Reply) -> Response<Body> {
    let outputs = match reply {
        Reply::Retry(retry) => return failure(StatusCode::INTERNAL_SERVER_ERROR, &retry.why),
        Reply::Done(done) => queues(function, &done).map(|outputs| (outputs, done.logs)),
        Reply::Http(response) => relayed(function, &response).map(|outputs| (outputs, Vec::new())),
    };
    match outputs {
        Ok((outputs, logs)) => object(StatusCode::OK, outputs, &logs),
        Err(why) => {
            tracing::error!(function = function.name, why, "the reply cannot be sent");
            failure(StatusCode::INTERNAL_SERVER_ERROR, &why)
        }
    }
}

/// Tells the host that the invocation failed. It does not look at the body, but people with a debugger do.
pub(super) fn failure(status: StatusCode, why: &str) -> Response<Body> {
    object(status, Map::new(), &[why.to_owned()])
}

fn object(status: StatusCode, outputs: Map<String, Value>, logs: &[String]) -> Response<Body> {
    let body = json!({ "Outputs": outputs, "Logs": logs, "ReturnValue": null });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Messages, as arrays of texts: the host writes each element byte for byte. (A text outside an array it would decode
/// from base64 or indent where it looks like either.) It drops outputs that it does not know without a word, so that
/// is caught here.
fn queues(function: &Function, done: &Done) -> Result<Map<String, Value>, String> {
    let mut outputs = Map::new();
    for (name, messages) in &done.messages {
        if !function.definition.outputs().any(|output| output.name == *name && output.kind == "queue") {
            return Err(format!("{} has no queue output {name:?}", function.name));
        }
        if let Some(large) = messages.iter().map(String::len).find(|length| *length > MESSAGE_BYTES_MAX) {
            return Err(format!(
                "a message of {large} bytes is larger than the {MESSAGE_BYTES_MAX} that a queue takes"
            ));
        }
        outputs.insert((*name).to_owned(), json!(messages));
    }
    Ok(outputs)
}

/// The answer to a request that came in an envelope.
fn relayed(function: &Function, response: &Response<Bytes>) -> Result<Map<String, Value>, String> {
    let output = function.definition.outputs().find(|output| output.kind == "http");
    let name = output.map(|output| output.name.clone()).ok_or("the function has no http output")?;
    let body = std::str::from_utf8(response.body()).map_err(|_| "an enveloped answer cannot hold bytes")?;
    let mut headers = Map::new();
    for (name, value) in response.headers() {
        let value = value.to_str().map_err(|_| format!("the header {name} is not text"))?;
        // The host takes one scalar for each name.
        match headers.get_mut(name.as_str()) {
            Some(Value::String(joined)) => joined.extend([", ", value]),
            _ => drop(headers.insert(name.as_str().to_owned(), json!(value))),
        }
    }
    let answer = json!({ "statusCode": response.status().as_u16(), "headers": headers, "body": body });
    Ok(Map::from_iter([(name, answer)]))
}
