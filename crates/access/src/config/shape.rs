//! What a schema asks for, in the few forms that our types produce.

use serde_json::Value;

/// A schema with its definitions.
pub(super) struct Shapes {
    root: Value,
}

/// What a value must be.
pub(super) enum Shape<'a> {
    /// One of these words.
    Words(Vec<&'a str>),
    /// A table with exactly one of these keys.
    OneKey(Vec<(&'a str, &'a Value)>),
    /// Whichever of these fits the value's type.
    Either(Vec<&'a Value>),
    /// A text, perhaps with a grammar of ours.
    Text { word: Option<&'a str> },
    /// A whole number.
    Number { min: i64, max: i64 },
    /// True or false.
    Switch,
    /// A list.
    List { items: &'a Value, min: usize, max: usize, unique: bool },
    /// A table with known keys.
    Table { keys: Vec<(&'a str, &'a Value)>, required: Vec<&'a str> },
    /// A table with free keys.
    Map { values: &'a Value },
}

impl Shapes {
    pub(super) fn new(root: Value) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Value {
        &self.root
    }

    /// What `schema` asks for.
    pub(super) fn of<'a>(&'a self, schema: &'a Value) -> Shape<'a> {
        let schema = self.resolve(schema);
        if let Some(alternatives) = alternatives(schema) {
            return self.one_of(alternatives);
        }
        match type_of(schema) {
            "boolean" => Shape::Switch,
            "integer" => {
                let number = |key: &str| schema[key].as_i64();
                Shape::Number {
                    min: number("minimum").unwrap_or(i64::MIN),
                    max: number("maximum").unwrap_or(u32::MAX.into()),
                }
            }
            "array" => {
                let count = |key: &str| schema[key].as_u64().and_then(|count| usize::try_from(count).ok());
                Shape::List {
                    items: &schema["items"],
                    min: count("minItems").unwrap_or(0),
                    max: count("maxItems").unwrap_or(usize::MAX),
                    unique: schema["uniqueItems"].as_bool().unwrap_or(false),
                }
            }
            "object" if schema["additionalProperties"].is_object() => {
                Shape::Map { values: &schema["additionalProperties"] }
            }
            "object" => Shape::Table { keys: properties(schema), required: required(schema) },
            _ => {
                let uuid = (schema["format"] == "uuid").then_some("uuid");
                Shape::Text { word: schema["x-word"].as_str().or(uuid) }
            }
        }
    }

    fn one_of<'a>(&'a self, alternatives: &'a [Value]) -> Shape<'a> {
        let words: Option<Vec<_>> = alternatives.iter().map(|schema| schema["const"].as_str()).collect();
        if let Some(words) = words {
            return Shape::Words(words);
        }
        let keys: Option<Vec<_>> = alternatives
            .iter()
            .map(|schema| match properties(schema).as_slice() {
                [key] if required(schema) == [key.0] => Some(*key),
                _ => None,
            })
            .collect();
        keys.map_or_else(|| Shape::Either(alternatives.iter().collect()), Shape::OneKey)
    }

    /// The type that a value of `schema` has in TOML, for people.
    pub(super) fn noun(&self, schema: &Value) -> &'static str {
        match self.of(schema) {
            Shape::Words(_) | Shape::Text { .. } => "a text",
            Shape::Number { .. } => "a whole number",
            Shape::Switch => "true or false",
            Shape::List { .. } => "a list",
            Shape::OneKey(_) | Shape::Table { .. } | Shape::Map { .. } => "a table",
            Shape::Either(_) => "one of several types",
        }
    }

    /// Follows references, and looks through `Option`.
    fn resolve<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        // Our types do not refer to themselves; the bound only makes that plain.
        for _ in 0..8 {
            if let Some(name) = schema["$ref"].as_str() {
                schema = self.root.pointer(name.trim_start_matches('#')).unwrap_or(&Value::Null);
                continue;
            }
            let Some(alternatives) = alternatives(schema) else { break };
            let mut present = alternatives.iter().filter(|schema| schema["type"] != "null");
            match (present.next(), present.next()) {
                (Some(only), None) => schema = only,
                _ => break,
            }
        }
        schema
    }
}

fn alternatives(schema: &Value) -> Option<&[Value]> {
    schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()).map(Vec::as_slice)
}

/// The type of a schema; of a list of types (with "null", for `Option`) the one that says something.
fn type_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or_default(),
        other => other.as_str().unwrap_or_default(),
    }
}

fn properties(schema: &Value) -> Vec<(&str, &Value)> {
    schema["properties"].as_object().into_iter().flatten().map(|(key, schema)| (key.as_str(), schema)).collect()
}

fn required(schema: &Value) -> Vec<&str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
