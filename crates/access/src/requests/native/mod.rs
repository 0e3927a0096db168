//! Bodies that ticketing systems make by themselves: each is brought into one form, in which the caller's map says
//! where to find what a request needs.
//!
//! A ticketing system sends one body for each thing that happens to a ticket, and most of them ask for nothing: what
//! does not say what the caller's `when` wants, and what tells of a ticket's end, is [`Heard::Nothing`], not an error.
//! Fields that a system does not send are missing, and said to be: we do not go and ask the system for them.

mod formats;
mod path;

use super::body::{self, Asked, Unfit, Wrong};
use super::draft::Draft;
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

/// Reads a body as `native` says. One body may be a list of several events (HaloPSA's batches); one of them may ask.
///
/// # Errors
///
/// Everything that is wrong with it, in terms of the ticketing system's own body.
pub fn read(bytes: &[u8], native: &Native) -> Result<Heard, Unfit> {
    let body = json::read(bytes).map_err(Unfit::NotJson)?;
    let events = match body {
        Value::Array(events) => {
            events.into_iter().enumerate().map(|(index, event)| (format!("#/{index}"), event)).collect()
        }
        event => vec![("#".to_owned(), event)],
    };
    let several = events.len();
    let mut asking = Vec::new();
    let mut silent = "holds no event";
    for (pointer, event) in events {
        if !event.is_object() {
            return Err(wrong(pointer, "expected an object"));
        }
        let event = formats::opened(native.format, event)
            .map_err(|wrong| Unfit::Wrong(vec![Wrong { pointer: format!("{pointer}{}", wrong.pointer), ..wrong }]))?;
        match nothing(&event, native) {
            Some(why) => silent = why,
            None => asking.push((pointer, event)),
        }
    }
    match asking.as_slice() {
        [] => Ok(Heard::Nothing(silent)),
        [(pointer, event)] => {
            ask(pointer, event, native).map(|asked| Heard::Asked(Box::new(asked))).map_err(Unfit::Wrong)
        }
        more => {
            let detail = format!(
                "{} of {several} events ask for access, and an answer is about one: turn batching off in the system",
                more.len()
            );
            Err(wrong("#".to_owned(), &detail))
        }
    }
}

fn wrong(pointer: String, detail: &str) -> Unfit {
    Unfit::Wrong(vec![Wrong { pointer, detail: detail.to_owned() }])
}

/// Why an event asks for nothing.
fn nothing(event: &Value, native: &Native) -> Option<&'static str> {
    if formats::tells_of_an_end(native.format, event) {
        return Some("the ticket was deleted");
    }
    let When { field, is } = native.when.as_ref()?;
    let says = match field {
        FieldSource::Constant(text) => Some(text.clone()),
        FieldSource::Path(steps) => find(event, steps).value.ok().and_then(path::text),
    };
    let asks = says.is_some_and(|says| is.contains(&says));
    (!asks).then_some("the ticket is not in a state in which it asks for anything")
}

fn ask(pointer: &str, event: &Value, native: &Native) -> Result<Asked, Vec<Wrong>> {
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
    draft.finish()
}
