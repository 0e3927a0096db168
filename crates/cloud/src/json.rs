//! Reading JSON that others wrote: what we need must have its type, everything else is ignored, and an error names the
//! place.

use jiff::Timestamp;
use serde_json::{Map, Value};
use std::fmt;
use uuid::Uuid;

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// What is wrong with a JSON text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    path: String,
    wanted: &'static str,
}

impl Wrong {
    /// Something else than `wanted` at `path`.
    pub(crate) fn at(path: impl Into<String>, wanted: &'static str) -> Self {
        Self { path: path.into(), wanted }
    }

    /// The same, seen from outside of `outer`.
    pub(crate) fn inside(self, outer: &str) -> Self {
        let path = if self.path.is_empty() { outer.to_owned() } else { format!("{outer}.{}", self.path) };
        Self { path, ..self }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "(top)" } else { &self.path };
        write!(f, "the answer has no {} at {path}", self.wanted)
    }
}

/// The value as an object.
pub(crate) fn object(value: &Value) -> Result<&Object, Wrong> {
    value.as_object().ok_or_else(|| Wrong::at("", "object"))
}

/// A property that may be missing; null counts as missing.
fn present<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}

/// A GUID that must be there.
pub(crate) fn guid(object: &Object, name: &str) -> Result<Uuid, Wrong> {
    let text = object.get(name).and_then(Value::as_str);
    text.and_then(|text| Uuid::try_parse(text).ok()).ok_or_else(|| Wrong::at(name, "GUID"))
}

/// Text that must be there.
pub(crate) fn text(object: &Object, name: &str) -> Result<String, Wrong> {
    optional_text(object, name)?.ok_or_else(|| Wrong::at(name, "text"))
}

/// Text that may be missing.
pub(crate) fn optional_text(object: &Object, name: &str) -> Result<Option<String>, Wrong> {
    match present(object, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Wrong::at(name, "text")),
    }
}

/// A truth value that may be missing.
pub(crate) fn optional_bool(object: &Object, name: &str) -> Result<Option<bool>, Wrong> {
    match present(object, name) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(Wrong::at(name, "truth value")),
    }
}

/// A time that may be missing.
pub(crate) fn optional_time(object: &Object, name: &str) -> Result<Option<Timestamp>, Wrong> {
    match present(object, name) {
        None => Ok(None),
        Some(value) => {
            let time = value.as_str().and_then(|text| text.parse().ok());
            Ok(Some(time.ok_or_else(|| Wrong::at(name, "time"))?))
        }
    }
}

/// A list that must be there.
pub(crate) fn list<'a>(object: &'a Object, name: &str) -> Result<&'a [Value], Wrong> {
    object.get(name).and_then(Value::as_array).map(Vec::as_slice).ok_or_else(|| Wrong::at(name, "list"))
}

/// A list that may be missing, which is the same as empty.
pub(crate) fn optional_list<'a>(object: &'a Object, name: &str) -> Result<&'a [Value], Wrong> {
    if present(object, name).is_none() { Ok(&[]) } else { list(object, name) }
}

/// Hands every object of a list to `take`, telling the place of the first one that is wrong.
pub(crate) fn visit(
    items: &[Value],
    name: &str,
    mut take: impl FnMut(&Object) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    for (at, item) in items.iter().enumerate() {
        object(item).and_then(&mut take).map_err(|wrong| wrong.inside(&format!("{name}[{at}]")))?;
    }
    Ok(())
}

/// Reads every object of a list.
pub(crate) fn each<T>(
    items: &[Value],
    name: &str,
    read: impl Fn(&Object) -> Result<T, Wrong>,
) -> Result<Vec<T>, Wrong> {
    let mut all = Vec::with_capacity(items.len());
    visit(items, name, |item| read(item).map(|one| all.push(one)))?;
    Ok(all)
}

/// A list of texts that may be missing.
pub(crate) fn texts(object: &Object, name: &str) -> Result<Vec<String>, Wrong> {
    let one = |item: &Value| item.as_str().map(str::to_owned).ok_or_else(|| Wrong::at(name, "list of texts"));
    optional_list(object, name)?.iter().map(one).collect()
}
