//! Answers are held against the published description, so that the simulator cannot agree with a client on a mistake.

use super::Got;
use crate::graph::{ROUTES, find_route};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static SLICE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../testdata/openapi-slice.json")).expect("JSON"));

/// The slice's schemas in JSON Schema's own words: OpenAPI 3.0 says `nullable` where that says `null`.
static SCHEMAS: LazyLock<Value> = LazyLock::new(|| nullable(&SLICE["components"]));

/// Routes that the service has and the slice leaves out.
const NOT_IN_SLICE: &[&str] = &[
    "/servicePrincipals(appId='{}')/appRoleAssignments",
    "/users/{}/ownedObjects",
    "/users/{}/appRoleAssignments",
    "/groups/{}/appRoleAssignments",
    "/groups(uniqueName='{}')",
    "/groups/{}/members/{}",
    "/groups/{}/transitiveMembers/{}",
    "/directory/administrativeUnits/{}/members/{}",
    "/directoryObjects/getByIds",
    "/beta/policies/b2bManagementPolicies",
    "/users/{}/registeredDevices",
    "/users/{}/ownedDevices",
    "/users/{}/oauth2PermissionGrants",
    "/identityProtection/riskyUsers/{}",
    "/policies/identitySecurityDefaultsEnforcementPolicy",
    "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{}",
    "/policies/{}",
    "/policies/{}/{}",
    "/policies/{}/{}/{}",
];

/// Fails when a successful answer, or an error, is not of the documented shape.
pub(super) fn check(method: &str, path: &str, got: &Got) {
    if got.body.is_null() || path.starts_with("/$batch") {
        return;
    }
    let Some(route) = find_route(method, path.split('?').next().unwrap_or_default()) else { return };
    let Some(operation) = operation(method, route) else { return };
    let schema = if got.status < 300 {
        assert_eq!(json!(got.status), operation["x-documented-success-status"], "{method} {path}");
        operation["responses"]["2XX"]["content"]["application/json"]["schema"].clone()
    } else {
        json!({ "$ref": "#/components/schemas/microsoft.graph.ODataErrors.ODataError" })
    };
    validate(&schema, &got.body, &format!("{method} {path}"));
}

fn validate(schema: &Value, body: &Value, what: &str) {
    let root = json!({ "allOf": [nullable(schema)], "components": *SCHEMAS });
    let validator = jsonschema::validator_for(&root).unwrap_or_else(|error| panic!("{what}: {error}"));
    let errors: Vec<_> =
        validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{what} answers {body}\n{errors:#?}");
}

fn operation(method: &str, route: &str) -> Option<&'static Value> {
    let paths = SLICE["paths"].as_object().expect("paths");
    let found = paths.iter().find(|(path, _)| anonymous(path) == anonymous(route));
    found.map(|(_, item)| &item[method.to_lowercase()]).filter(|operation| operation.is_object())
}

/// A path without the names of its parameters and the brackets of functions.
fn anonymous(path: &str) -> String {
    let mut name = String::new();
    let mut inside = false;
    for letter in path.replace("()", "").chars() {
        inside &= letter != '}';
        if !inside {
            name.push(letter);
        }
        inside |= letter == '{';
    }
    name
}

fn nullable(schema: &Value) -> Value {
    match schema {
        Value::Object(found) => {
            let mut changed: Map<String, Value> =
                found.iter().map(|(name, value)| (name.clone(), nullable(value))).collect();
            if changed.get("nullable") == Some(&json!(true)) {
                if let Some(Value::String(kind)) = changed.get("type").cloned() {
                    changed.insert("type".into(), json!([kind, "null"]));
                }
                if let Some(Value::Array(values)) = changed.get_mut("enum") {
                    values.push(Value::Null);
                }
            }
            Value::Object(changed)
        }
        Value::Array(items) => items.iter().map(nullable).collect(),
        other => other.clone(),
    }
}

#[test]
fn every_route_is_published_or_a_known_exception() {
    for route in ROUTES {
        let known = NOT_IN_SLICE.contains(&anonymous(route.path).as_str());
        // Deleting through a membership is a trap of the service, not an operation that anybody documents.
        let trap = route.method == "DELETE" && route.path == "/groups/{id}/members/{member}";
        assert!(known || trap || operation(route.method, route.path).is_some(), "{} {}", route.method, route.path);
    }
}

#[test]
fn the_least_privileged_permission_is_enough_for_each_route() {
    for route in ROUTES {
        let Some(operation) = operation(route.method, route.path) else { continue };
        let least = operation["x-application-permissions"]["leastPrivileged"].as_array().into_iter().flatten();
        let least: Vec<_> = least.filter_map(Value::as_str).collect();
        let enough = least.iter().any(|permission| route.permissions.contains(permission));
        assert!(least.is_empty() || enough, "{} {} does not take any of {least:?}", route.method, route.path);
    }
}

#[test]
fn a_wrong_body_is_found() {
    let schema = json!({ "$ref": "#/components/schemas/microsoft.graph.user" });
    validate(&schema, &json!({ "displayName": null, "accountEnabled": true }), "good");
    let wrong = std::panic::catch_unwind(|| validate(&schema, &json!({ "accountEnabled": "yes" }), "wrong"));
    assert!(wrong.is_err());
}
