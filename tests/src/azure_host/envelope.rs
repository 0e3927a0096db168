//! What the host writes: everything but objects is text that holds JSON.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The host's rule for a value in `Data` and `Metadata`.
fn encoded(value: &Value) -> Value {
    if value.is_object() { value.clone() } else { Value::String(value.to_string()) }
}

fn sys(function: &str, now: Timestamp, id: Uuid) -> Value {
    json!({ "MethodName": function, "UtcNow": format!("{now:.7}"), "RandGuid": id })
}

/// A timer's occurrence.
pub(super) fn timer(function: &str, binding: &str, past_due: bool, now: Timestamp, id: Uuid) -> Value {
    let moment = now.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let timer = json!({
        "Schedule": { "AdjustForDST": true },
        "ScheduleStatus": { "Last": "0001-01-01T00:00:00", "Next": moment, "LastUpdated": moment },
        "IsPastDue": past_due,
    });
    json!({ "Data": { binding: timer }, "Metadata": { "sys": sys(function, now, id) } })
}

/// A queue message. The members of a message that is an object are copied into the metadata, where they hide the
/// host's own of the same name.
pub(super) fn message(function: &str, binding: &str, text: &str, attempt: u32, now: Timestamp, id: Uuid) -> Value {
    let moment = now.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let mut metadata = Map::new();
    metadata.insert("DequeueCount".into(), encoded(&json!(attempt)));
    metadata.insert("ExpirationTime".into(), json!(moment));
    metadata.insert("Id".into(), encoded(&json!(id)));
    metadata.insert("InsertionTime".into(), json!(moment));
    metadata.insert("NextVisibleTime".into(), json!(moment));
    metadata.insert("PopReceipt".into(), encoded(&json!("AgAAAAMAAAAAAAAA")));
    for (name, value) in serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default() {
        let scalar = match &value {
            Value::Null | Value::Array(_) => continue,
            Value::Object(_) => value.clone(),
            Value::String(text) => encoded(&json!(text)),
            other => encoded(&json!(other.to_string())),
        };
        let hidden: Vec<_> = metadata.keys().filter(|key| key.eq_ignore_ascii_case(&name)).cloned().collect();
        hidden.iter().for_each(|key| drop(metadata.remove(key)));
        if !name.to_ascii_lowercase().ends_with("trigger") {
            metadata.insert(name, scalar);
        }
    }
    metadata.insert("sys".into(), sys(function, now, id));
    json!({ "Data": { binding: encoded(&json!(text)) }, "Metadata": metadata })
}

#[test]
fn a_message_is_encoded_twice_and_its_members_hide_the_hosts() {
    let now = "2026-03-02T09:15:02.1234567Z".parse().unwrap();
    let written = message("f", "m", r#"{"id":"job-7","n":5,"none":null,"list":[1]}"#, 1, now, Uuid::nil());
    assert_eq!(written["Data"]["m"], r#""{\"id\":\"job-7\",\"n\":5,\"none\":null,\"list\":[1]}""#);
    let metadata = written["Metadata"].as_object().unwrap();
    assert_eq!(
        (&metadata["id"], &metadata["n"], &metadata["DequeueCount"]),
        (&json!("\"job-7\""), &json!("\"5\""), &json!("1"))
    );
    assert!(["Id", "none", "list"].iter().all(|name| !metadata.contains_key(*name)));
    assert_eq!(metadata["sys"]["UtcNow"], "2026-03-02T09:15:02.1234567Z");
    assert_eq!(message("f", "m", "hello", 1, now, Uuid::nil())["Data"]["m"], "\"hello\"");
}
