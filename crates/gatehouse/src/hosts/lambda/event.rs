//! Events that are no requests.

use serde_json::{Map, Value};

/// What an event asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// To wake the timer of this name.
    Timer(String),
    /// To work on these messages.
    Batch(Vec<Record>),
}

/// One message of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// By what the answer names it.
    pub(super) id: String,
    /// The message.
    pub(super) text: String,
    /// How often the queue has handed it out, this time included; attempts that Lambda throttled count too.
    pub(super) receives: u32,
}

/// What the event asks for; the error says what it is instead, and that nothing was done.
pub(super) fn read(body: &[u8]) -> Result<Event, String> {
    let event: Value = serde_json::from_slice(body).map_err(|error| format!("the event is not JSON: {error}"))?;
    let Value::Object(members) = &event else { return Err(stranger("it is not an object")) };
    match (members.get("function"), members.get("Records")) {
        (Some(Value::String(name)), None) if members.len() == 1 => Ok(Event::Timer(name.clone())),
        (None, Some(Value::Array(records))) if !records.is_empty() => {
            records.iter().map(record).collect::<Result<_, _>>().map(Event::Batch)
        }
        _ => Err(stranger(&format!("its members are {}", names(members)))),
    }
}

/// One message (page "Using Lambda with Amazon SQS", example event). A batch comes from one queue alone, so one record
/// that is no message makes it something else.
fn record(record: &Value) -> Result<Record, String> {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    match text("eventSource").or_else(|| text("EventSource")) {
        Some("aws:sqs") => {}
        Some(source) => return Err(stranger(&format!("it has a record of {}", short(source)))),
        None => return Err(stranger("it has a record without an eventSource")),
    }
    let (Some(id), Some(body)) = (text("messageId"), text("body")) else {
        return Err(stranger("it has a message without messageId or body"));
    };
    let receives = record.get("attributes").and_then(|attributes| attributes.get("ApproximateReceiveCount"));
    let receives = receives.and_then(Value::as_str).and_then(|count| count.parse().ok()).unwrap_or(1);
    Ok(Record { id: id.into(), text: body.into(), receives })
}

fn stranger(why: &str) -> String {
    format!(
        "nothing was done with an event that is neither {{\"function\":NAME}} of a schedule nor a batch of an SQS queue: \
         {why}"
    )
}

/// The members' names, as far as anybody reads them. Values may be anything, and stay out of the log.
fn names(members: &Map<String, Value>) -> String {
    short(&members.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}
