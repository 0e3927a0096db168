//! A body as a tree, with everything that was written: names that stand twice, and numbers however large.

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use std::collections::BTreeSet;
use std::fmt;

/// One value. Names are found without regard to the case of ASCII letters: senders do not agree with themselves.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// As it would be written.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

static NULL: Json = Json::Null;

impl Json {
    /// The value of that name; of several the last, as most readers have it. Null where there is none.
    pub(super) fn get(&self, name: &str) -> &Json {
        self.every(name).last().unwrap_or(&NULL)
    }

    /// The value at the end of these names, one within the other.
    pub(super) fn at(&self, names: &[&str]) -> &Json {
        names.iter().fold(self, |json, name| json.get(name))
    }

    /// All values of that name, where it stands more than once.
    pub(super) fn every(&self, name: &str) -> impl Iterator<Item = &Json> {
        self.fields().iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The fields of an object; none of anything else.
    pub(super) fn fields(&self) -> &[(String, Json)] {
        if let Self::Object(fields) = self { fields } else { &[] }
    }

    /// The values of a list; none of anything else.
    pub(super) fn items(&self) -> &[Json] {
        if let Self::List(items) = self { items } else { &[] }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(super) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// A text, a number or a truth value as text; nothing else, and no empty text.
    pub(super) fn scalar(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// True or false, also where it is written as text.
    pub(super) fn truth(&self) -> Option<bool> {
        let text = self.scalar()?;
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if is("true") { Some(true) } else { is("false").then_some(false) }
    }

    /// A whole number that is not negative, also where it is written with a fraction or as text.
    pub(super) fn count(&self) -> Option<u32> {
        let number: f64 = self.scalar()?.parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(number as u32)
    }

    /// Is this text, whatever its case?
    pub(super) fn is(&self, word: &str) -> bool {
        self.text().is_some_and(|text| text.trim().eq_ignore_ascii_case(word))
    }

    /// JSON inside a text, as several senders have it; anything else as it is.
    pub(super) fn unfold(&self) -> Option<Json> {
        match self {
            Self::Text(text) => serde_json::from_str(text).ok(),
            Self::List(_) | Self::Object(_) => Some(self.clone()),
            _ => None,
        }
    }

    /// A name that stands twice in one object, somewhere.
    pub(super) fn doubled(&self) -> Option<&str> {
        match self {
            Self::List(items) => items.iter().find_map(Self::doubled),
            Self::Object(fields) => {
                let mut seen = BTreeSet::new();
                let twice = fields.iter().map(|(name, _)| name.as_str()).find(|name| !seen.insert(*name));
                twice.or_else(|| fields.iter().find_map(|(_, value)| value.doubled()))
            }
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Builder)
    }
}

struct Builder;

impl<'de> Visitor<'de> for Builder {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        // With an exponent where it is large: written out, five bytes would become three hundred.
        Ok(Json::Number(format!("{value:?}")))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(field) = fields.next_entry()? {
            object.push(field);
        }
        Ok(Json::Object(object))
    }
}
