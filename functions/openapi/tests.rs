//! The description, held against the program.

mod answers;
mod schema;

use super::PATHS;
use crate::double::json;
use access::config::Field;
use access::incidents;
use access::plan::{Action, Cause, Plan};
use access::requests::{EMAIL_BYTES_MAX, NAME_CHARS_MAX, REASON_CHARS_MAX, Status, TICKET_CHARS_MAX, URL_CHARS_MAX};
use access::requests::{body, policy};
use http::Method;
use schema::Schema;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const METHODS: [&str; 6] = ["get", "post", "put", "patch", "delete", "options"];

/// What anybody gets.
fn description() -> Value {
    json(&super::handle())
}

/// One operation of the description.
struct Operation<'d> {
    path: &'d str,
    method: &'d str,
    value: &'d Value,
}

fn operations(description: &Value) -> Vec<Operation<'_>> {
    let paths = description["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter().filter(|(method, _)| METHODS.contains(&method.as_str()));
        methods.map(move |(method, value)| Operation { path, method, value })
    });
    operations.collect()
}

/// The path with something in the place of its parameters.
fn filled(path: &str) -> String {
    let name = format!("sha256:{}", "0".repeat(64));
    let path = path.replace("{id}", "0123456789abcdef0123456789abcdef").replace("{name}", &name);
    path.replace("{customer}", "contoso").replace("{channel}", "duty")
}

/// What `$ref` refers to, for the parts of an operation.
fn resolved<'d>(description: &'d Value, value: &'d Value) -> &'d Value {
    value["$ref"].as_str().map_or(value, |reference| description.pointer(&reference[1..]).unwrap())
}

/// Everything with a media type: its schema, its examples, and where it is.
fn contents(description: &Value) -> Vec<(String, &Value, &Value)> {
    let mut found = Vec::new();
    for operation in operations(description) {
        let place = format!("{} {}", operation.method, operation.path);
        let answers = operation.value["responses"].as_object().unwrap().iter();
        let answers = answers.map(|(status, answer)| (format!("{place} {status}"), resolved(description, answer)));
        let body = [(place.clone(), &operation.value["requestBody"])];
        for (place, part) in body.into_iter().chain(answers) {
            for (kind, content) in part["content"].as_object().into_iter().flatten() {
                found.push((format!("{place} {kind}"), &content["schema"], &content["examples"]));
            }
        }
    }
    found
}

#[test]
fn every_route_is_described_and_everything_described_has_a_route() {
    let functions = crate::all();
    let public: Vec<_> = functions.iter().filter(|function| function.is_http()).collect();
    let names: Vec<_> = public.iter().map(|function| function.name).collect();
    assert_eq!(PATHS.map(|(name, _)| name).to_vec(), names, "each has its paths, sorted");
    for (name, paths) in PATHS {
        let described = json!({ "paths": serde_json::from_str::<Value>(paths).unwrap() });
        let mut methods = BTreeSet::new();
        for operation in operations(&described) {
            let method = Method::from_bytes(operation.method.to_uppercase().as_bytes()).unwrap();
            let found = crate::route(&functions, &method, &filled(operation.path));
            assert_eq!(found.map(|function| function.name), Some(name), "{method} {}", operation.path);
            methods.insert(operation.method.to_owned());
        }
        let function = public.iter().find(|function| function.name == name).unwrap();
        let trigger = function.definition.trigger().unwrap();
        assert_eq!(methods, trigger.methods.clone().unwrap().into_iter().collect(), "{name}");
    }
}

#[test]
fn every_code_of_the_program_is_described_and_no_other() {
    let ours = crate::Code::ALL.map(crate::Code::name);
    let policy = policy::Code::ALL.map(policy::Code::name);
    let codes: BTreeSet<_> = ours.into_iter().chain(policy).collect();
    let list = |pointer: &str| {
        let description = description();
        let list = description.pointer(&format!("/components/schemas/{pointer}/enum")).unwrap().clone();
        serde_json::from_value::<Vec<String>>(list).unwrap()
    };
    let set = |list: Vec<String>| list.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(set(list("Problem/properties/code")), codes.into_iter().map(str::to_owned).collect());
    assert_eq!(list("Status"), Status::ALL.map(Status::name));
    let actions = Action::ALL.map(|action| json!(action).as_str().unwrap().to_owned());
    assert_eq!(set(list("Step/properties/action")), actions.into());
    for cause in list("Step/properties/cause") {
        assert!(serde_json::from_value::<Cause>(json!(cause)).is_ok(), "{cause}");
    }
    assert_eq!(list("IncidentStatus"), incidents::Status::ALL.map(incidents::Status::name));
    assert_eq!(list("IncidentKind"), incidents::Kind::ALL.map(incidents::Kind::name));
    assert_eq!(list("Verdict"), incidents::Verdict::ALL.map(incidents::Verdict::name));
    for severity in list("Severity") {
        assert!(serde_json::from_value::<incidents::Severity>(json!(severity)).is_ok(), "{severity}");
    }
    for state in list("Incident/properties/pages/items/properties/state") {
        assert!(serde_json::from_value::<incidents::PageState>(json!(state)).is_ok(), "{state}");
    }
    for what in list("Incident/properties/pages/items/properties/what") {
        assert!(serde_json::from_value::<incidents::What>(json!(what)).is_ok(), "{what}");
    }
}

#[test]
fn the_fields_and_limits_of_a_body_are_those_that_are_read() {
    let description = description();
    let asked = &description["components"]["schemas"]["AskForAccess"];
    for field in Field::ALL {
        let pointer = field.name().replace('.', "/properties/");
        assert!(asked.pointer(&format!("/properties/{pointer}")).is_some(), "{}", field.name());
    }
    let most = |field: Field| match field {
        Field::InviteeEmail | Field::RequestedBy => Some(EMAIL_BYTES_MAX),
        Field::TicketId | Field::TicketNumber => Some(TICKET_CHARS_MAX),
        Field::TicketUrl | Field::CallbackUrl => Some(URL_CHARS_MAX),
        Field::Reason => Some(REASON_CHARS_MAX),
        Field::CustomerTenantId | Field::DurationHours => None,
        _ => Some(NAME_CHARS_MAX),
    };
    for field in Field::ALL {
        let pointer = format!("/properties/{}/maxLength", field.name().replace('.', "/properties/"));
        assert_eq!(asked.pointer(&pointer).and_then(Value::as_u64), most(field).map(|most| most as u64), "{pointer}");
    }
}

#[test]
fn every_example_is_what_its_schema_says() {
    let description = description();
    let mut checked = 0;
    for (place, schema, examples) in contents(&description) {
        let schema = Schema::closed(&description, schema);
        for (name, example) in examples.as_object().into_iter().flatten() {
            schema.check(&format!("{place}, {name}"), &example["value"]);
            checked += 1;
        }
    }
    assert!(checked > 50, "{checked} examples");
}

#[test]
fn every_example_of_a_body_is_taken() {
    let description = description();
    let examples = &description["paths"]["/api/v1/invitations"]["post"]["requestBody"]["content"]["application/json"];
    for (name, example) in examples["examples"].as_object().unwrap() {
        let read = body::read(example["value"].to_string().as_bytes());
        assert!(read.is_ok(), "{name}: {read:?}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_shared_part_is_used() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let description = description();
    let mut found = BTreeSet::new();
    references(&description, &mut found);
    let shared = description["components"].as_object().unwrap().iter().filter(|(kind, _)| *kind != "securitySchemes");
    let shared = shared.flat_map(|(kind, parts)| {
        parts.as_object().unwrap().keys().map(move |name| format!("#/components/{kind}/{name}"))
    });
    assert_eq!(found, shared.collect());
    let schemes = description["components"]["securitySchemes"].as_object().unwrap();
    let operations = operations(&description);
    let lists = operations.iter().map(|operation| &operation.value["security"]).chain([&description["security"]]);
    let named: BTreeSet<_> = lists
        .flat_map(|list| list.as_array().into_iter().flatten())
        .flat_map(|one| one.as_object().unwrap().keys())
        .collect();
    assert_eq!(named, schemes.keys().collect());
}

#[test]
fn operations_have_names_of_their_own_and_say_what_they_need() {
    let description = description();
    let operations = operations(&description);
    let names: BTreeSet<_> =
        operations.iter().map(|operation| operation.value["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), operations.len());
    for operation in &operations {
        let open = operation.value["security"].as_array().is_some_and(|schemes| schemes.contains(&json!({})));
        let text = operation.value["description"].as_str().unwrap_or_default();
        assert_eq!(open, !text.starts_with("Needs `"), "{}", operation.path);
        let answers = operation.value["responses"].as_object().unwrap();
        assert_eq!(answers.contains_key("401"), !open, "{}", operation.path);
        for parameter in operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let parameters = operation.value["parameters"].as_array().unwrap().iter();
            let mut parameters = parameters.map(|parameter| resolved(&description, parameter));
            assert!(parameters.any(|one| one["in"] == "path" && one["name"] == parameter), "{}", operation.path);
        }
    }
}

#[test]
fn the_page_of_the_api_has_every_route_with_its_rights_and_every_action() {
    const RIGHTS: [&str; 6] = ["request", "approve", "alert", "operate", "release", "read"];
    let page = include_str!("../../docs/http-api.md");
    let rights = |text: &str| -> BTreeSet<&str> {
        RIGHTS.into_iter().filter(|right| text.contains(&format!("`{right}`"))).collect()
    };
    let mut told = BTreeMap::new();
    for row in page.lines().filter_map(|line| line.strip_prefix("| `")) {
        let mut cells = row.split(" | ");
        let (route, who) = (cells.next().unwrap().trim_end_matches('`'), cells.next().unwrap());
        if route.contains(" /api/") {
            told.insert(route.to_owned(), rights(who));
        }
    }
    let description = description();
    let described = operations(&description).into_iter().map(|operation| {
        let text = operation.value["description"].as_str().unwrap_or_default();
        // Whoever needs nothing may be told of a right that shows more.
        let needs = text.split_once(". ").map_or(text, |(first, _)| first);
        let needs = if needs.starts_with("Needs `") { rights(needs) } else { BTreeSet::new() };
        (format!("{} {}", operation.method.to_uppercase(), operation.path), needs)
    });
    assert_eq!(told, described.collect());
    for action in Action::ALL {
        assert!(page.contains(&format!("`{}`", json!(action).as_str().unwrap())), "{action:?}");
    }
    let (_, plan) = page.split_once("What a plan looks like").unwrap();
    let (_, plan) = plan.split_once("```json\n").unwrap();
    let plan: Plan = serde_json::from_str(plan.split_once("```").unwrap().0).unwrap();
    assert_eq!(plan.totals.held as usize, plan.customers[0].held.len());
}

#[test]
fn the_page_for_people_has_every_code_and_status_and_a_body_that_is_taken() {
    let page = include_str!("../../docs/requests.md");
    let codes = crate::Code::ALL.map(crate::Code::name).into_iter();
    let words = codes.chain(policy::Code::ALL.map(policy::Code::name)).chain(Status::ALL.map(Status::name));
    let missing: Vec<_> = words.filter(|word| !page.contains(&format!("`{word}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let (_, body) = page.split_once("-d '").unwrap();
    let (body, _) = body.split_once("'\n```").unwrap();
    assert!(body::read(body.as_bytes()).is_ok(), "{body}");
}
