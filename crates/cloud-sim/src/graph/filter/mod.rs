//! `$filter`: the part of OData's language that directory clients use, and an index for the common questions.

mod parse;
#[cfg(test)]
mod tests;

use super::refusal::Refusal;
use jiff::Timestamp;
use serde_json::Value;
use std::cmp::Ordering;

/// A parsed filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    Or(Box<Filter>, Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    /// `property eq literal`, or `ne`.
    Equals {
        property: String,
        value: Value,
        negated: bool,
    },
    /// `createdDateTime ge 2026-11-20T10:00:00Z`, and `gt`, `le`, `lt`.
    Order {
        property: String,
        value: Value,
        less: bool,
        or_equal: bool,
    },
    In {
        property: String,
        values: Vec<Value>,
    },
    /// `otherMails/any(m:m eq 'x')`, with a path below the item when it is an object.
    Any {
        property: String,
        tests: Vec<(Option<String>, Value)>,
    },
    /// `startsWith(property,'x')` or `endsWith`.
    Affix {
        property: String,
        text: String,
        at_end: bool,
    },
}

impl Filter {
    /// Whether it needs `ConsistencyLevel: eventual` and `$count=true`.
    pub(crate) fn is_advanced(&self) -> bool {
        match self {
            Self::Or(left, right) | Self::And(left, right) => left.is_advanced() || right.is_advanced(),
            Self::Not(_) => true,
            Self::Equals { negated, .. } => *negated,
            Self::Affix { at_end, .. } => *at_end,
            Self::Order { .. } | Self::In { .. } | Self::Any { .. } => false,
        }
    }

    /// Whether it names objects by id alone, which needs no index.
    pub(crate) fn is_by_id(&self) -> bool {
        match self {
            Self::Or(left, right) => left.is_by_id() && right.is_by_id(),
            Self::Equals { property, negated: false, .. } | Self::In { property, .. } => property == "id",
            _ => false,
        }
    }

    /// The values that one of these properties must have for the filter to hold; `None` when it does not say.
    pub(crate) fn keys(&self, properties: &[&str]) -> Option<Vec<&str>> {
        let texts = |values: &'_ [Value]| values.iter().all(Value::is_string);
        match self {
            Self::Or(left, right) => {
                let mut keys = left.keys(properties)?;
                keys.extend(right.keys(properties)?);
                Some(keys)
            }
            Self::And(left, right) => left.keys(properties).or_else(|| right.keys(properties)),
            Self::Equals { property, value, negated: false } if properties.contains(&property.as_str()) => {
                value.as_str().map(|text| vec![text])
            }
            Self::In { property, values } if properties.contains(&property.as_str()) && texts(values) => {
                Some(values.iter().filter_map(Value::as_str).collect())
            }
            Self::Any { property, tests } if properties.contains(&property.as_str()) => match &tests[..] {
                [(None, Value::String(text))] => Some(vec![text]),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether an object passes; `get` reads one of its properties.
    pub(crate) fn holds(&self, get: &dyn Fn(&str) -> Option<Value>) -> Result<bool, Refusal> {
        let read = |property: &str| {
            get(property).ok_or_else(|| {
                Refusal::unsupported_query(format!("Unsupported property filter clause on property '{property}'."))
            })
        };
        Ok(match self {
            Self::Or(left, right) => left.holds(get)? | right.holds(get)?,
            Self::And(left, right) => left.holds(get)? & right.holds(get)?,
            Self::Not(inner) => !inner.holds(get)?,
            Self::Equals { property, value, negated } => same(&read(property)?, value) != *negated,
            Self::Order { property, value, less, or_equal } => {
                let found = read(property)?;
                let order =
                    compare(&found, value).ok_or_else(|| Refusal::unsupported_query("Values do not compare."))?;
                order.is_eq() && *or_equal || if *less { order.is_lt() } else { order.is_gt() }
            }
            Self::In { property, values } => {
                let found = read(property)?;
                values.iter().any(|value| same(&found, value))
            }
            Self::Any { property, tests } => {
                let found = read(property)?;
                found.as_array().into_iter().flatten().any(|item| {
                    tests.iter().all(|(path, value)| {
                        same(path.as_ref().map_or(item, |path| item.get(path).unwrap_or(&Value::Null)), value)
                    })
                })
            }
            Self::Affix { property, text, at_end } => {
                let found = read(property)?.as_str().unwrap_or_default().to_lowercase();
                let text = text.to_lowercase();
                if *at_end { found.ends_with(&text) } else { found.starts_with(&text) }
            }
        })
    }
}

/// Times compare as times, numbers as numbers, other texts letter by letter.
fn compare(found: &Value, wanted: &Value) -> Option<Ordering> {
    match (found, wanted) {
        (Value::Number(found), Value::Number(wanted)) => found.as_i64().zip(wanted.as_i64()).map(|(a, b)| a.cmp(&b)),
        (Value::String(found), Value::String(wanted)) => {
            match (found.parse::<Timestamp>(), wanted.parse::<Timestamp>()) {
                (Ok(found), Ok(wanted)) => Some(found.cmp(&wanted)),
                _ => Some(found.cmp(wanted)),
            }
        }
        _ => None,
    }
}

/// The directory compares texts without regard to case.
fn same(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::String(found), Value::String(wanted)) => found.to_lowercase() == wanted.to_lowercase(),
        _ => found == wanted,
    }
}
