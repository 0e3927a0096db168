//! What each ticketing system has a place for by itself. Shapes: Atlassian's "Webhooks", ConnectWise's "Callbacks",
//! Autotask's "Webhook payload"; HaloPSA publishes none, so its shape is as observed in public integrations.

use crate::config::{Field, Format};
use crate::requests::body::Wrong;
use crate::requests::draft::{Draft, is_nothing};
use crate::requests::json;
use serde_json::Value;

/// The name by which we know the system.
const fn name(format: Format) -> &'static str {
    match format {
        Format::Jira => "jira",
        Format::Halopsa => "halopsa",
        Format::Connectwise => "connectwise",
        Format::Autotask => "autotask",
    }
}

/// Where each system has what every ticket has: a field, and the pointers to look at, the first that says something.
const fn places(format: Format) -> &'static [(Field, &'static [&'static str])] {
    match format {
        Format::Jira => &[
            (Field::TicketId, &["/issue/id"]),
            (Field::TicketNumber, &["/issue/key"]),
            (Field::Reason, &["/issue/fields/summary"]),
        ],
        Format::Halopsa => &[
            (Field::TicketId, &["/ticket/id", "/object_id"]),
            (Field::TicketNumber, &["/ticket/id", "/object_id"]),
            (Field::Reason, &["/ticket/summary"]),
        ],
        Format::Connectwise => &[
            (Field::TicketId, &["/Entity/id", "/ID"]),
            (Field::TicketNumber, &["/Entity/id", "/ID"]),
            (Field::Reason, &["/Entity/summary"]),
        ],
        Format::Autotask => &[
            (Field::TicketId, &["/Id"]),
            (Field::TicketNumber, &["/Fields/TicketNumber", "/Id"]),
            (Field::Reason, &["/Fields/Title", "/Fields/TicketNumber"]),
        ],
    }
}

/// The event with everything in it as JSON: ConnectWise sends the ticket as JSON inside a text.
pub(super) fn opened(format: Format, mut event: Value) -> Result<Value, Wrong> {
    if format == Format::Connectwise
        && let Some(entity @ Value::String(_)) = event.get_mut("Entity")
    {
        let read = json::read(entity.as_str().unwrap_or_default().as_bytes());
        *entity = read.map_err(|why| Wrong {
            pointer: "/Entity".to_owned(),
            detail: format!("is not JSON inside a text: {why}"),
        })?;
    }
    Ok(event)
}

/// Whether the event tells that the ticket is no more.
pub(super) fn tells_of_an_end(format: Format, event: &Value) -> bool {
    let (member, ends): (_, &[&str]) = match format {
        Format::Jira => ("webhookEvent", &["jira:issue_deleted"]),
        Format::Halopsa => return false,
        Format::Connectwise => ("Action", &["deleted"]),
        Format::Autotask => ("Action", &["delete", "deactivated"]),
    };
    let says = event.get(member).and_then(Value::as_str).unwrap_or_default();
    ends.iter().any(|end| says.eq_ignore_ascii_case(end))
}

/// Fills in what the caller's map does not name, or what is empty there; the event is at `pointer` of the body.
pub(super) fn fill(format: Format, pointer: &str, event: &Value, draft: &mut Draft) {
    if !draft.has(Field::TicketSystem) {
        draft.set(Field::TicketSystem, name(format).into(), "#/ticket/system".to_owned());
    }
    for (field, places) in places(format) {
        if draft.has(*field) {
            continue;
        }
        let said =
            places.iter().find_map(|place| Some((place, event.pointer(place).filter(|value| !is_nothing(value))?)));
        if let Some((place, value)) = said {
            draft.set(*field, value.clone(), format!("{pointer}{place}"));
        }
    }
}
