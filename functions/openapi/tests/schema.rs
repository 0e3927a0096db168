//! A schema of the description, so closed that nothing undescribed passes.

use jsonschema::Validator;
use serde_json::{Value, json};

pub(super) struct Schema<'d> {
    description: &'d Value,
    schema: &'d Value,
    validator: Validator,
}

impl<'d> Schema<'d> {
    /// The description leaves answers open, since they may get further members; what we answer now is described.
    pub(super) fn closed(description: &'d Value, schema: &'d Value) -> Self {
        let mut root = schema.clone();
        root["components"] = json!({ "schemas": description["components"]["schemas"] });
        close(&mut root);
        let validator = jsonschema::validator_for(&root).unwrap();
        Self { description, schema, validator }
    }

    pub(super) fn check(&self, place: &str, value: &Value) {
        let wrong: Vec<String> =
            self.validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{place}: {wrong:#?}");
    }

    /// The members that are described and that this value has not, at any depth: those of a list's elements are
    /// looked for in its first.
    pub(super) fn missing(&self, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        self.look(self.schema, value, "", &mut found);
        found
    }

    fn look(&self, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.look(self.description.pointer(&reference[1..]).unwrap(), value, place, found);
        }
        for (name, below) in schema["properties"].as_object().into_iter().flatten() {
            let place = format!("{place}/{name}");
            match value.get(name) {
                Some(value) => self.look(below, value, &place, found),
                None => found.push(place),
            }
        }
        if let Some(items) = schema.get("items") {
            match value.get(0) {
                Some(value) => self.look(items, value, &format!("{place}/0"), found),
                None => found.push(format!("{place}/0")),
            }
        }
    }
}

/// Lets no member pass that is not described, except where nothing is described of the members at all, or further ones
/// are said to be ignored.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let ignored =
                members.get("description").and_then(Value::as_str).is_some_and(|text| text.contains("ignored"));
            if members.get("properties").is_some_and(Value::is_object) && !ignored {
                members.entry("additionalProperties").or_insert(json!(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}
