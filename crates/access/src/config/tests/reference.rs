//! The schemas, and the reference for administrators.

use super::complete::FULL;
use crate::config::{Kind, schema};
use serde_json::Value;
use std::collections::BTreeSet;

const REFERENCE: &str = include_str!("../../../../../docs/configuration.md");

/// Every key that a schema knows, at whatever depth.
fn keys(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(properties) = members.get("properties").and_then(Value::as_object) {
                found.extend(properties.keys().cloned());
            }
            members.values().for_each(|member| keys(member, found));
        }
        Value::Array(members) => members.iter().for_each(|member| keys(member, found)),
        _ => {}
    }
}

/// Every word that a value may be.
fn words(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            found.extend(members.get("const").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| words(member, found));
        }
        Value::Array(members) => members.iter().for_each(|member| words(member, found)),
        _ => {}
    }
}

#[test]
fn the_reference_names_every_key_and_every_word() {
    let mut names = BTreeSet::new();
    for kind in Kind::ALL {
        keys(&schema(kind), &mut names);
        words(&schema(kind), &mut names);
    }
    assert!(names.len() > 100, "the schemas should be full of keys, not {}", names.len());
    let missing: Vec<_> = names.iter().filter(|name| !REFERENCE.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/configuration.md does not mention {missing:?}");
}

#[test]
fn every_key_has_a_description_in_its_schema() {
    fn check(schema: &Value) {
        match schema {
            Value::Object(members) => {
                for (key, property) in members.get("properties").and_then(Value::as_object).into_iter().flatten() {
                    assert!(property["description"].is_string(), "{key} has no description");
                }
                // A variant with a value is a table of one key, described by the variant.
                members.iter().filter(|(key, _)| *key != "oneOf").for_each(|(_, member)| check(member));
            }
            Value::Array(members) => members.iter().for_each(check),
            _ => {}
        }
    }
    Kind::ALL.into_iter().for_each(|kind| check(&schema(kind)));
}

#[test]
fn no_schema_lets_an_unknown_key_pass() {
    fn check(schema: &Value) {
        match schema {
            Value::Object(members) => {
                let closed = members.get("additionalProperties").is_some_and(|more| more != &Value::Bool(true));
                assert!(closed || !members.contains_key("properties"), "open: {schema}");
                members.values().for_each(check);
            }
            Value::Array(members) => members.iter().for_each(check),
            _ => {}
        }
    }
    Kind::ALL.into_iter().for_each(|kind| check(&schema(kind)));
}

/// The full example must show every key, so that the other tests reach all of them.
#[test]
fn the_full_example_uses_nearly_every_key() {
    let mut names = BTreeSet::new();
    Kind::ALL.into_iter().for_each(|kind| keys(&schema(kind), &mut names));
    let text: String = FULL.iter().map(|(_, text)| *text).collect();
    let elsewhere = [
        "account_key",
        "app_id",
        "audience",
        "autotask",
        "basic",
        "ca_file",
        "client_secret",
        "connectwise",
        "entra",
        "graph",
        "hub_signature",
        "log_analytics",
        "login",
        "managed_identity",
        "resource_manager",
        "role",
        "zendesk",
    ];
    let missing: Vec<_> =
        names.iter().filter(|name| !text.contains(name.as_str()) && !elsewhere.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "add {missing:?} to the full example");
}
