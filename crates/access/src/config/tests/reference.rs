//! The schemas, and the reference for administrators.

use super::complete::FULL;
use super::{CONTOSO, PROGRAM, config};
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

/// What `$ref` or the one real alternative of `anyOf` leads to.
fn resolved<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    if let Some(link) = schema["$ref"].as_str() {
        return resolved(root, root.pointer(&link[1..]).unwrap());
    }
    let real = schema["anyOf"].as_array().into_iter().flatten().find(|one| one["type"] != "null");
    real.map_or(schema, |one| resolved(root, one))
}

/// Writes every default into the tables that are there; returns how many.
fn write_defaults(root: &Value, schema: &Value, table: &mut toml::Table) -> usize {
    let mut written = 0;
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        let inner = resolved(root, property);
        match table.get_mut(key) {
            Some(toml::Value::Table(table)) => written += write_defaults(root, inner, table),
            Some(toml::Value::Array(items)) => {
                let schema = resolved(root, &inner["items"]);
                written += items
                    .iter_mut()
                    .filter_map(toml::Value::as_table_mut)
                    .fold(0, |written, table| written + write_defaults(root, schema, table));
            }
            None if !property["default"].is_null() => {
                table.insert(key.clone(), toml::Value::try_from(&property["default"]).unwrap());
                written += 1;
            }
            _ => {}
        }
    }
    written
}

/// The value as TOML writes it on one line.
fn inline(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => format!("{text:?}"),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(yes) => yes.to_string(),
        toml::Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        toml::Value::Table(table) => {
            let members: Vec<_> = table.iter().map(|(key, value)| format!("{key} = {}", inline(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        other => panic!("{other:?} is no default"),
    }
}

#[test]
fn the_defaults_that_are_shown_are_what_leaving_a_key_out_means() {
    let program = format!(
        "{PROGRAM}
        [cloud]
        [store]
        [people]
        [sync]
        [limits]
        [invitations]
        [leavers]
        [break_glass]
        [channels.duty.smtp]
        host = \"mail.example\"
        from = \"gatehouse@northwind.example\"
        to = [\"ops@northwind.example\"]
        [[escalation]]
        channels = [\"duty\"]"
    );
    let customer = format!(
        "{CONTOSO}
        requests = {{ duration_max = \"8h\" }}
        [break_glass]
        accounts = [
            {{ id = \"cccccccc-0000-4000-8000-000000000001\", upn = \"bg1@contoso.example\" }},
            {{ id = \"cccccccc-0000-4000-8000-000000000002\", upn = \"bg2@contoso.example\" }},
        ]
        webhook = {{ audience = \"api://alerts\" }}"
    );
    let said = |kind: Kind, text: &str| {
        let (root, mut table) = (schema(kind), text.parse::<toml::Table>().unwrap());
        let written = write_defaults(&root, &root, &mut table);
        assert!(written > 10, "{kind:?}: {written}");
        table.iter().map(|(key, value)| format!("{key} = {}\n", inline(value))).collect::<String>()
    };
    let (all_of_program, all_of_customer) = (said(Kind::Program, &program), said(Kind::Customer, &customer));
    assert!(all_of_program.contains("per_tenant_per_day = 100"), "{all_of_program}");
    let short = config(&[("gatehouse.toml", &program), ("customers/contoso.toml", &customer)]);
    let long = config(&[("gatehouse.toml", &all_of_program), ("customers/contoso.toml", &all_of_customer)]);
    assert_eq!(short, long);
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
