//! Following a path of the configuration into a body.

use crate::config::FieldStep;
use crate::requests::json::member;
use serde_json::Value;

/// What a path leads to.
pub(super) struct Found<'a> {
    /// The value; `Err`: why there is none.
    pub(super) value: Result<&'a Value, String>,
    /// Where it is, or where the path ended: a JSON pointer from the top of the event, without the `#`.
    pub(super) pointer: String,
}

/// Follows `steps` from the top of an event.
pub(super) fn find<'a>(event: &'a Value, steps: &[FieldStep]) -> Found<'a> {
    let (mut value, mut pointer) = (event, String::new());
    for step in steps {
        let next = match step {
            FieldStep::Member(name) => value
                .get(name.as_str())
                .map(|value| (value, member(&pointer, name)))
                .ok_or_else(|| format!("there is no `{name}`")),
            FieldStep::Element(index) => value
                .get(*index)
                .map(|value| (value, member(&pointer, &index.to_string())))
                .ok_or_else(|| format!("there is no element {index}")),
            FieldStep::Where { member: name, says } => {
                only(value, name, says).map(|(index, value)| (value, member(&pointer, &index.to_string())))
            }
        };
        match next {
            Ok((below, at)) => (value, pointer) = (below, at),
            Err(why) => return Found { value: Err(why), pointer },
        }
    }
    Found { value: Ok(value), pointer }
}

/// The one element whose member says this. Of two nobody knows which was meant.
fn only<'a>(list: &'a Value, member: &str, says: &str) -> Result<(usize, &'a Value), String> {
    let is_it = |element: &Value| element.get(member).and_then(text).is_some_and(|text| text == says);
    let mut found = list.as_array().into_iter().flatten().enumerate().filter(|(_, element)| is_it(element));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(format!("there is no element whose `{member}` is `{says}`")),
        (Some(_), Some(_)) => Err(format!("there are two elements whose `{member}` is `{says}`")),
    }
}

/// A text, or a number as it is written.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
