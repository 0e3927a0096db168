//! Bodies that ticketing systems make by themselves.

use super::{FREE, caller, config};
use crate::config::Config;
use crate::requests::Asked;
use crate::requests::body::Unfit;
use crate::requests::native::{self, Heard};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

static CONFIG: LazyLock<Config> = LazyLock::new(|| config(FREE));

fn read(system: &str, body: &Value) -> Result<Heard, Unfit> {
    native::read(body.to_string().as_bytes(), caller(&CONFIG, system).native.as_ref().expect("it has a format"))
}

fn asked(system: &str, body: &Value) -> Asked {
    match read(system, body) {
        Ok(Heard::Asked(asked)) => *asked,
        other => panic!("expected it to ask: {other:?}"),
    }
}

fn nothing(system: &str, body: &Value) -> &'static str {
    match read(system, body) {
        Ok(Heard::Nothing(why)) => why,
        other => panic!("expected it to ask for nothing: {other:?}"),
    }
}

fn wrong(system: &str, body: &Value) -> Vec<String> {
    match read(system, body) {
        Err(Unfit::Wrong(wrong)) => wrong.iter().map(|one| format!("{}: {}", one.pointer, one.detail)).collect(),
        other => panic!("expected wrong parts: {other:?}"),
    }
}

fn jira() -> Value {
    json!({ "webhookEvent": "jira:issue_updated", "issue": { "id": "10142", "key": "ACC-142", "fields": {
        "summary": "Invite Kari",
        "status": { "name": "Approved" },
        "customfield_10201": "kari@partner.example.com",
        "customfield_10202": { "value": "tier2-intune" },
        "customfield_10203": 8.0,
        "customfield_10204": "7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34",
    } } })
}

fn halo(email: &str) -> Value {
    let field = |id: u32, name: &str, value: &str| json!({ "id": id, "name": name, "value": value, "display": value });
    json!({ "event": "New Ticket Logged", "object_id": 4471, "ticket": { "id": 4471, "summary": "Partner invite", "customfields": [
        field(201, "CFInviteEmail", email), field(202, "CFAccessPackage", "tier2-intune"), field(203, "CFHours", "8"),
        field(204, "CFTenantId", "7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34"),
    ] } })
}

fn connectwise(entity: &Value) -> Value {
    json!({ "Action": "updated", "Type": "ticket", "ID": 90211, "Entity": entity.to_string() })
}

#[test]
fn a_ticket_asks_only_in_the_states_that_the_map_names() {
    assert_eq!(asked("jira", &jira()).hours, 8);
    for state in [json!("Open"), json!("approved"), json!(null), json!({}), json!(["Approved"])] {
        let mut body = jira();
        body["issue"]["fields"]["status"]["name"] = state;
        assert_eq!(nothing("jira", &body), "the ticket is not in a state in which it asks for anything");
    }
    let mut gone = jira();
    gone["issue"]["fields"].as_object_mut().unwrap().remove("status");
    nothing("jira", &gone);
}

#[test]
fn a_deleted_ticket_asks_for_nothing() {
    let mut body = jira();
    body["webhookEvent"] = json!("jira:issue_deleted");
    assert_eq!(nothing("jira", &body), "the ticket was deleted");
    let mut body = connectwise(&json!({}));
    body["Action"] = json!("deleted");
    assert_eq!(nothing("connectwise", &body), "the ticket was deleted");
    body["Entity"] = Value::Null;
    assert_eq!(nothing("connectwise", &body), "the ticket was deleted");
    for action in ["Delete", "Deactivated"] {
        assert_eq!(nothing("autotask", &json!({ "Action": action, "Id": 1 })), "the ticket was deleted");
    }
}

#[test]
fn what_a_body_does_not_hold_is_missing_and_the_place_is_named() {
    let mut body = jira();
    body["issue"]["fields"]["customfield_10201"] = Value::Null;
    body["issue"]["fields"].as_object_mut().unwrap().remove("customfield_10203");
    body["issue"]["fields"]["customfield_10202"] = json!("tier2-intune");
    body["issue"]["fields"]["customfield_10204"] = json!("examplecorp");
    assert_eq!(
        wrong("jira", &body),
        [
            "#/issue/fields/customfield_10204: not the id of a tenant",
            "#/issue/fields/customfield_10201: is missing",
            "#/issue/fields/customfield_10202: is missing: access.package: there is no `value`",
            "#/issue/fields: is missing: access.durationHours: there is no `customfield_10203`",
        ]
    );
    assert_eq!(
        wrong("autotask", &json!({ "Action": "Update", "Id": 351182, "Fields": { "TicketNumber": "T1" } })),
        ["#/Fields: is missing: invitee.email: there is no `UserDefinedFields`"]
    );
    assert_eq!(
        wrong("connectwise", &connectwise(&json!({ "summary": "s", "customFields": [] }))),
        [
            "#/Entity: is missing: customer.name: there is no `company`",
            "#/Entity/customFields: is missing: invitee.email: there is no element whose `caption` is `Invite e-mail`",
            "#/Entity/customFields: is missing: access.package: there is no element 1",
        ]
    );
}

#[test]
fn of_two_fields_of_one_name_nobody_knows_which_was_meant() {
    let mut body = halo("kari@partner.example.com");
    let fields = body["ticket"]["customfields"].as_array_mut().unwrap();
    fields.push(json!({ "id": 209, "name": "CFInviteEmail", "value": "eve@partner.example.com" }));
    assert_eq!(
        wrong("halopsa", &body),
        ["#/ticket/customfields: is missing: invitee.email: there are two elements whose `name` is `CFInviteEmail`"]
    );
}

#[test]
fn numbers_and_texts_stand_for_each_other_as_ticketing_systems_write_them() {
    let hours = |value: Value| {
        let mut body = jira();
        body["issue"]["fields"]["customfield_10203"] = value;
        body
    };
    for value in [json!(8), json!(8.0), json!("8"), json!(" 8 "), json!("8.0")] {
        assert_eq!(asked("jira", &hours(value)).hours, 8);
    }
    assert_eq!(asked("jira", &hours(json!("99999999999999999999"))).hours, u32::MAX);
    for value in
        [json!("eight"), json!("8h"), json!("-8"), json!("0"), json!("NaN"), json!("inf"), json!(8.5), json!([8])]
    {
        assert_eq!(
            wrong("jira", &hours(value)),
            ["#/issue/fields/customfield_10203: must be a whole number, 1 or more"]
        );
    }
}

#[test]
fn a_batch_of_one_is_read_and_of_several_none() {
    let kari = halo("kari@partner.example.com");
    assert_eq!(asked("halopsa", &json!([kari])), asked("halopsa", &kari));
    assert_eq!(
        wrong("halopsa", &json!([kari, halo("eva@partner.example.com")])),
        ["#: 2 of 2 events ask for access, and an answer is about one: turn batching off in the system"]
    );
    assert_eq!(nothing("halopsa", &json!([])), "holds no event");
    assert_eq!(wrong("halopsa", &json!([1])), ["#/0: expected an object"]);
    assert_eq!(wrong("halopsa", &json!("text")), ["#: expected an object"]);
    let bad = halo("not an address");
    assert_eq!(wrong("halopsa", &json!([bad])), ["#/0/ticket/customfields/0/value: not a mail address"]);
    // Of a batch, those that ask for nothing do not count.
    let mut open = jira();
    open["issue"]["fields"]["status"]["name"] = json!("Open");
    assert_eq!(asked("jira", &json!([open, jira(), open])), asked("jira", &jira()));
}

#[test]
fn the_ticket_within_a_text_is_held_to_the_same_rules() {
    let body = |entity: &str| json!({ "Action": "updated", "ID": 1, "Entity": entity });
    let why = |entity: &str| wrong("connectwise", &body(entity)).concat();
    assert!(why("").starts_with("#/Entity: is not JSON inside a text: "));
    assert!(why("{").starts_with("#/Entity: is not JSON inside a text: "));
    assert!(why(r#"{"id":1,"id":2}"#).contains("is there twice"));
    assert!(why(&"[".repeat(50)).contains("nested deeper"));
    let entity = json!({ "id": 7, "summary": "s", "company": { "identifier": "ExampleCorp" }, "customFields": [
        { "caption": "Invite e-mail", "value": "kari@partner.example.com" }, { "caption": "P", "value": "tier2-intune" } ] });
    let open = json!({ "Action": "added", "ID": 7, "Entity": entity });
    assert_eq!(asked("connectwise", &open), asked("connectwise", &connectwise(&entity)));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0..900usize, length in 0..60usize, with in "[\\[\\]{}:\",.a-z0-9@\\\\ -]{0,8}") {
        for system in ["jira", "halopsa", "connectwise", "autotask"] {
            let native = caller(&CONFIG, system).native.as_ref().expect("it has a format");
            let _ = native::read(&bytes, native);
            let entity = json!({ "summary": "s" });
            for whole in [jira(), halo("kari@partner.example.com"), connectwise(&entity)] {
                let mut text = whole.to_string();
                let start = at % text.len();
                let end = (start + length).min(text.len());
                text.replace_range(start..end, &with);
                if let Ok(Heard::Asked(asked)) = native::read(text.as_bytes(), native) {
                    prop_assert!(asked.hours >= 1 && crate::requests::mail(&asked.invitee.email).is_some());
                }
            }
        }
    }
}
