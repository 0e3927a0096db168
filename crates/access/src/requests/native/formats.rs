//! What each ticketing system has a place for by itself. Shapes: Atlassian's "Webhooks", ConnectWise's "Callbacks",
//! Autotask's "Webhook payload"; HaloPSA publishes none, so its shape is as observed in public integrations.

use super::path::text;
use crate::config::{Field, Format};
use crate::requests::body::Wrong;
use crate::requests::draft::{Draft, is_nothing};
use crate::requests::json;
use serde_json::{Map, Value};

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

/// Whether the event is about a ticket: of the others an id would be that of somebody else's ticket.
pub(super) fn is_of_a_ticket(format: Format, event: &Value) -> bool {
    let says = |member: &str, word: &str| {
        event.get(member).is_none_or(|kind| kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case(word)))
    };
    match format {
        Format::Jira => event.get("issue").is_some(),
        // `object_id` alone may be the id of anything.
        Format::Halopsa => event.get("ticket").is_some(),
        Format::Connectwise => says("Type", "ticket"),
        Format::Autotask => says("EntityType", "ticket"),
    }
}

/// Puts the ticket, as the system's API shows it, where the system's own bodies have it, in place of what is there.
/// Shapes: Atlassian's "Get issue" (version 2, whose texts are those of the webhooks), ConnectWise's "Get ticket by id",
/// Autotask's "Tickets entity"; HaloPSA's as observed. `keys` are the names under which the ticket was asked for.
///
/// # Errors
///
/// It is no ticket, or another one; for people.
pub(super) fn put(format: Format, event: &mut Value, answer: Value, keys: &[&str]) -> Result<(), String> {
    let ticket = match (format, answer) {
        // Autotask answers for what it does not show with a success that holds nothing.
        (Format::Autotask, Value::Object(mut answer)) => answer.remove("item").unwrap_or_default(),
        (_, answer) => answer,
    };
    let Value::Object(ticket) = ticket else { return Err("the system shows us no such ticket".to_owned()) };
    let named: &[&str] = if format == Format::Jira { &["id", "key"] } else { &["id"] };
    let mut named = named.iter().filter_map(|name| text(ticket.get(*name)?));
    if !named.any(|name| keys.contains(&name.as_str())) {
        return Err("the system answered with another ticket".to_owned());
    }
    let (member, ticket) = match format {
        Format::Jira => ("issue", ticket),
        Format::Halopsa => ("ticket", ticket),
        Format::Connectwise => ("Entity", ticket),
        Format::Autotask => ("Fields", as_in_a_webhook(ticket)?),
    };
    event[member] = Value::Object(ticket);
    Ok(())
}

/// A ticket of Autotask's API as its webhooks write one: names begin with a capital, and user-defined fields are members.
fn as_in_a_webhook(ticket: Map<String, Value>) -> Result<Map<String, Value>, String> {
    const USER_DEFINED: &str = "UserDefinedFields";
    let mut fields = Map::new();
    for (name, value) in ticket {
        let mut name = name;
        name.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
        let value = if name == USER_DEFINED { user_defined(value)? } else { value };
        fields.insert(name, value);
    }
    Ok(fields)
}

/// The list of user-defined fields as one object.
fn user_defined(list: Value) -> Result<Value, String> {
    let mut fields = Map::new();
    let Value::Array(list) = list else { return Ok(Value::Null) };
    for mut field in list {
        let Some(name) = field.get("name").and_then(Value::as_str).map(str::to_owned) else { continue };
        let value = field.get_mut("value").map(Value::take).unwrap_or_default();
        if fields.insert(name, value).is_some() {
            return Err("two user-defined fields of the ticket have the same name".to_owned());
        }
    }
    Ok(Value::Object(fields))
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
