//! JSON from strangers: read strictly, so that no two programs read one body in two ways.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// How deep lists and objects may be within each other. Jira's rich texts, the deepest known, need about 20.
pub const DEPTH_MAX: usize = 32;

/// Reads one JSON value: UTF-8 without a byte order mark, no member twice, not deeper than [`DEPTH_MAX`].
///
/// # Errors
///
/// What is wrong and where, for people.
pub(super) fn read(bytes: &[u8]) -> Result<Value, String> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err("begins with a byte order mark".to_owned());
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: DEPTH_MAX }.deserialize(&mut json).map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// A pointer to a member of what `pointer` points to (RFC 6901), in the form that follows a `#` in an address.
pub(super) fn member(pointer: &str, name: &str) -> String {
    const NAME_CHARS_MAX: usize = 64;
    let mut pointer = format!("{pointer}/");
    for c in name.chars().take(NAME_CHARS_MAX) {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c if c.is_ascii_alphanumeric() || "-._!$&'()*+,;=:@".contains(c) => pointer.push(c),
            c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| pointer.push_str(&format!("%{byte:02X}"))),
        }
    }
    pointer
}

struct Strict {
    /// How many more levels may open.
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(&self) -> Result<usize, E> {
        self.depth.checked_sub(1).ok_or_else(|| E::custom(format!("nested deeper than {DEPTH_MAX} levels")))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Strict { depth })? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Strict { depth })?;
            if map.contains_key(&name) {
                let name: String = name.chars().take(64).collect();
                return Err(A::Error::custom(format!("the member {name:?} is there twice")));
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}
