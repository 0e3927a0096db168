//! Bodies that ticketing systems make by themselves: each is brought into one form, in which the caller's map says
//! where to find what a request needs.
//!
//! A ticketing system sends one body for each thing that happens to a ticket, and most of them ask for nothing: what
//! does not say what the caller's `when` wants, and what tells of a ticket's end, is [`Heard::Nothing`], not an error.
//! What a system does not send is missing, and [`read`] says so. Where the caller's configuration lets us read the ticket
//! itself, [`unsaid`] says whether that is needed, and what the ticket says counts in place of what the body said.

mod formats;
mod path;
mod unsaid;

pub use unsaid::{Unsaid, unsaid};

use super::body::{self, Asked, Unfit, Wrong};
use super::draft::{Draft, is_nothing};
use super::json;
use crate::config::{FieldSource, Native, When};
use path::{Found, find};
use serde_json::Value;

/// What a ticketing system's body asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Access.
    Asked(Box<Asked>),
    /// Nothing; the text says why, for people.
    Nothing(&'static str),
}

/// Reads a body as `native` says, by what the body itself holds. One body may be a list of several events (HaloPSA's
/// batches); one of them may ask.
///
/// # Errors
///
/// Everything that is wrong with it, in terms of the ticketing system's own body.
pub fn read(bytes: &[u8], native: &Native) -> Result<Heard, Unfit> {
    let one = the_one(bytes, native, |event| match standing(event, native) {
        Standing::Asks => None,
        Standing::Unsaid { .. } => Some(NOT_ASKING),
        Standing::Silent(why) => Some(why),
    });
    match one? {
        Picked::One(event) => ask(&event, native),
        Picked::Nothing(why) => Ok(Heard::Nothing(why)),
    }
}

/// Why most events ask for nothing.
const NOT_ASKING: &str = "the ticket is not in a state in which it asks for anything";

/// One event of a body, and where in the body it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Event {
    value: Value,
    pointer: String,
}

/// What is left of a body's events.
enum Picked {
    /// This one.
    One(Event),
    /// None; why, for people.
    Nothing(&'static str),
}

/// The one event of which `silent` does not say why it asks for nothing.
fn the_one(bytes: &[u8], native: &Native, silent: impl Fn(&Value) -> Option<&'static str>) -> Result<Picked, Unfit> {
    let body = json::read(bytes).map_err(Unfit::NotJson)?;
    let events = match body {
        Value::Array(events) => {
            events.into_iter().enumerate().map(|(index, event)| (format!("#/{index}"), event)).collect()
        }
        event => vec![("#".to_owned(), event)],
    };
    let several = events.len();
    let mut asking = Vec::new();
    let mut why = "holds no event";
    for (pointer, event) in events {
        if !event.is_object() {
            return Err(wrong(pointer, "expected an object"));
        }
        let value = formats::opened(native.format, event)
            .map_err(|wrong| Unfit::Wrong(vec![Wrong { pointer: format!("{pointer}{}", wrong.pointer), ..wrong }]))?;
        match silent(&value) {
            Some(silent) => why = silent,
            None => asking.push(Event { value, pointer }),
        }
    }
    let count = asking.len();
    match asking.pop() {
        None => Ok(Picked::Nothing(why)),
        Some(event) if count == 1 => Ok(Picked::One(event)),
        Some(_) => {
            let detail = format!(
                "{count} of {several} events ask for access, and an answer is about one: turn batching off in the system"
            );
            Err(wrong("#".to_owned(), &detail))
        }
    }
}

fn wrong(pointer: String, detail: &str) -> Unfit {
    Unfit::Wrong(vec![Wrong { pointer, detail: detail.to_owned() }])
}

/// Whether an event asks.
enum Standing {
    /// It does.
    Asks,
    /// It does not say how far the ticket is: why, and where that was looked for.
    Unsaid { why: String, pointer: String },
    /// It asks for nothing; why, for people.
    Silent(&'static str),
}

fn standing(event: &Value, native: &Native) -> Standing {
    if formats::tells_of_an_end(native.format, event) {
        return Standing::Silent("the ticket was deleted");
    }
    let Some(When { field, is }) = &native.when else { return Standing::Asks };
    let says = match field {
        FieldSource::Constant(text) => Some(text.clone()),
        FieldSource::Path(steps) => {
            let Found { value, pointer } = find(event, steps);
            match value {
                Ok(value) if is_nothing(value) => return Standing::Unsaid { why: "nothing is there".into(), pointer },
                Ok(value) => path::text(value),
                Err(why) => return Standing::Unsaid { why, pointer },
            }
        }
    };
    if says.is_some_and(|says| is.contains(&says)) { Standing::Asks } else { Standing::Silent(NOT_ASKING) }
}

fn ask(event: &Event, native: &Native) -> Result<Heard, Unfit> {
    let asked = draft(event, native).finish();
    asked.map(|asked| Heard::Asked(Box::new(asked))).map_err(Unfit::Wrong)
}

/// What the event says for each field.
fn draft(event: &Event, native: &Native) -> Draft {
    let Event { value: event, pointer } = event;
    let mut draft = Draft::new(true);
    for (&field, source) in &native.fields {
        match source {
            FieldSource::Constant(text) => draft.set(field, Value::String(text.clone()), body::pointer(field)),
            FieldSource::Path(steps) => {
                let Found { value, pointer: below } = find(event, steps);
                let pointer = format!("{pointer}{below}");
                match value {
                    Ok(value) => draft.set(field, value.clone(), pointer),
                    Err(why) => draft.set_missing(field, &why, pointer),
                }
            }
        }
    }
    formats::fill(native.format, pointer, event, &mut draft);
    draft
}
