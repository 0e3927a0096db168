//! How the host reads a handler's answer, with all that it does to the values.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use functions::Definition;
use http::{Response, header};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::Value;

/// The messages that an invocation wrote, with their queues; the error is why the host calls it failed.
pub(super) type Read = Result<Vec<(String, String)>, String>;

/// Reads the answer to an envelope.
pub(super) fn read(definition: &Definition, response: &Response<Bytes>) -> Read {
    if !response.status().is_success() {
        return Err(format!("status {}: {}", response.status(), String::from_utf8_lossy(response.body())));
    }
    if response.body().is_empty() {
        return Err("an empty answer: the host waits for more until the function's time-out".into());
    }
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !["application/json", "text/json"].contains(&kind) {
        return Err(format!("the content type {kind:?}"));
    }
    let answer: Value = serde_json::from_slice(response.body()).map_err(|error| error.to_string())?;
    let answer = match answer {
        Value::Object(answer) => answer,
        Value::Null => return Err("null: the host waits for more until the function's time-out".into()),
        other => return Err(format!("not an object: {other}")),
    };
    let member = |name: &str| answer.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    if !member("Logs").is_none_or(|logs| logs.is_null() || is_list_of_scalars(logs)) {
        return Err("Logs is not a list of scalars".into());
    }
    let outputs = match member("Outputs") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(outputs)) => outputs,
        Some(other) => return Err(format!("Outputs is not an object: {other}")),
    };
    if member("ReturnValue").is_some_and(Value::is_object) {
        return Err("a ReturnValue that is an object overrides the outputs: never send one".into());
    }
    let mut messages = Vec::new();
    for binding in definition.outputs().filter(|binding| binding.kind == "queue") {
        // Names in Outputs are case-sensitive, and what is not declared is dropped without a word.
        let Some(value) = outputs.get(&binding.name) else { continue };
        let queue = binding.queue_name.clone().unwrap_or_default();
        messages.extend(written(value)?.into_iter().map(|text| (queue.clone(), text)));
    }
    Ok(messages)
}

fn is_list_of_scalars(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.iter().all(|item| !item.is_array() && !item.is_object()))
}

/// The messages that the value of a queue output becomes.
fn written(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(elements) => Ok(elements.iter().map(element).collect()),
        Value::String(text) if is_base64(text) => {
            let compact: String = text.split_whitespace().collect();
            let bytes = BASE64.decode(compact).map_err(|error| error.to_string())?;
            Ok(vec![String::from_utf8_lossy(&bytes).into_owned()])
        }
        Value::String(text) if looks_like_json(text) => {
            let inner: Value = serde_json::from_str(text).map_err(|error| format!("a queue output: {error}"))?;
            written(&inner)
        }
        other => Ok(vec![element(other)]),
    }
}

/// One element as the text of a message.
fn element(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => date(text).map_or_else(|| text.clone(), |date| date.as_a_whole),
        nested => serde_json::to_string_pretty(&redated(nested)).expect("JSON is written"),
    }
}

fn looks_like_json(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'))
}

/// Whether the host takes a text outside arrays and objects for base64; `test` and the empty text are.
fn is_base64(text: &str) -> bool {
    let compact: String = text.split_whitespace().collect();
    compact.len().is_multiple_of(4) && BASE64.decode(&compact).is_ok()
}

/// What becomes of a text that looks like a date.
struct Date {
    /// Within an object.
    within: String,
    /// As the whole of a message.
    as_a_whole: String,
}

fn date(text: &str) -> Option<Date> {
    let looks = text.len() >= 19 && text.as_bytes()[10] == b'T' && text.as_bytes()[0].is_ascii_digit();
    if !looks {
        return None;
    }
    // The host's machine is in UTC.
    if let Ok(moment) = text.parse::<Timestamp>() {
        let zone = if text.ends_with('Z') { "Z" } else { "+00:00" };
        let within = format!("{}{zone}", moment.to_string().trim_end_matches('Z'));
        return Some(Date { within, as_a_whole: moment.strftime("%m/%d/%Y %H:%M:%S").to_string() });
    }
    let moment: DateTime = text.parse().ok()?;
    Some(Date { within: moment.to_string(), as_a_whole: moment.strftime("%m/%d/%Y %H:%M:%S").to_string() })
}

fn redated(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(date(text).map_or_else(|| text.clone(), |date| date.within)),
        Value::Array(items) => items.iter().map(redated).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), redated(value))).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reading(status: u16, kind: &str, body: &str) -> Read {
        let binding = json!({ "type": "queue", "direction": "out", "name": "work", "queueName": "q" });
        let definition = serde_json::from_value(json!({ "bindings": [binding] })).unwrap();
        let response = Response::builder().status(status).header("content-type", kind);
        read(&definition, &response.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
    }

    #[test]
    fn only_an_object_announced_as_json_is_an_answer() {
        let check =
            |status, kind, body, ok| assert_eq!(reading(status, kind, body).is_ok(), ok, "{status} {kind} {body}");
        check(200, "application/json", "{}", true);
        check(200, "application/json; charset=utf-8", r#"{"outputs":null,"logs":["a",1]}"#, true);
        check(201, "text/json", r#"{"Outputs":{"unknown":["x"]}}"#, true);
        check(204, "application/json", "", false);
        check(200, "application/json", "", false);
        check(200, "application/json", "null", false);
        check(200, "application/json", "[]", false);
        check(200, "application/json", "{", false);
        check(200, "text/plain", "{}", false);
        check(500, "application/json", "{}", false);
        check(200, "application/json", r#"{"Logs":[{}]}"#, false);
        check(200, "application/json", r#"{"Outputs":[]}"#, false);
        check(200, "application/json", r#"{"Outputs":{"work":"{broken}"}}"#, false);
    }

    #[test]
    fn a_queue_output_becomes_messages_and_most_texts_are_mangled_on_the_way() {
        let check = |value: Value, expected: &[&str]| {
            let body = json!({ "Outputs": { "work": value } }).to_string();
            let messages: Vec<_> =
                reading(200, "application/json", &body).unwrap().into_iter().map(|(_, text)| text).collect();
            assert_eq!(messages, expected, "{value}");
        };
        check(json!([r#"{"a":1}"#, "test", "2026-03-02"]), &[r#"{"a":1}"#, "test", "2026-03-02"]);
        check(json!([{ "a": 1 }, 5, true, null]), &["{\n  \"a\": 1\n}", "5", "True", ""]);
        check(json!(r#"[{"a":1},"b"]"#), &["{\n  \"a\": 1\n}", "b"]);
        check(json!("hello"), &["hello"]);
        check(json!("aGVsbG8="), &["hello"]);
        check(json!(["2024-05-01T12:00:00+02:00"]), &["05/01/2024 10:00:00"]);
        check(json!([{ "at": "2024-05-01T12:00:00.500+02:00" }]), &["{\n  \"at\": \"2024-05-01T10:00:00.5+00:00\"\n}"]);
        check(json!([r#"{"at":"2024-05-01T12:00:00.500+02:00"}"#]), &[r#"{"at":"2024-05-01T12:00:00.500+02:00"}"#]);
    }
}
