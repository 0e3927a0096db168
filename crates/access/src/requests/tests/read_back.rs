//! Bodies that leave something out, and the tickets that say it.

use super::{FREE, caller, config};
use crate::config::{Config, Field, FieldSource, FieldStep, Native, ReadBack, When};
use crate::requests::Asked;
use crate::requests::body::Unfit;
use crate::requests::native::{self, Heard, Unsaid};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

static CONFIG: LazyLock<Config> = LazyLock::new(|| config(FREE));

const CONNECTWISE: &str = include_str!("data/09-connectwise-psa-callback.json");
const CONNECTWISE_TICKET: &str = include_str!("data/09-connectwise-ticket.json");
const AUTOTASK: &str = include_str!("data/10-autotask-ticket-webhook.json");
const AUTOTASK_TICKET: &str = include_str!("data/10-autotask-ticket.json");

/// The map of a system, which also looks for the hours (and in Autotask the package) in fields that its webhook leaves out.
fn native(system: &str) -> Native {
    let mut native = caller(&CONFIG, system).native.clone().expect("it has a format");
    native.read_back = ReadBack::Missing;
    match system {
        "connectwise" => {
            let hours = FieldStep::Where { member: "caption".into(), says: "Hours".into() };
            let path = [member("Entity"), member("customFields"), hours, member("value")];
            native.fields.insert(Field::DurationHours, FieldSource::Path(path.into()));
        }
        "autotask" => {
            native.fields.insert(Field::Package, path(&["Fields", "UserDefinedFields", "AccessPackage"]));
            native.fields.insert(Field::DurationHours, path(&["Fields", "UserDefinedFields", "AccessHours"]));
        }
        _ => {}
    }
    native
}

fn member(name: &str) -> FieldStep {
    FieldStep::Member(name.into())
}

fn path(names: &[&str]) -> FieldSource {
    FieldSource::Path(names.iter().map(|name| member(name)).collect())
}

fn when(names: &[&str], is: &str) -> Option<When> {
    Some(When { field: path(names), is: [is.to_owned()].into() })
}

/// The body of a recording.
fn recorded(recording: &str) -> Value {
    let recording: Value = serde_json::from_str(recording).unwrap();
    serde_json::from_str(recording["body"].as_str().unwrap()).unwrap()
}

/// Autotask's webhook with what the map looks for, which was subscribed to.
fn whole() -> Value {
    let mut body = recorded(AUTOTASK);
    body["Fields"]["UserDefinedFields"]["AccessPackage"] = json!("tier2-intune");
    body["Fields"]["UserDefinedFields"]["AccessHours"] = json!("8");
    body
}

fn look(body: &Value, native: &Native) -> Option<Unsaid> {
    native::unsaid(body.to_string().as_bytes(), native).expect("it can be read")
}

fn unsaid(body: &Value, native: &Native) -> Unsaid {
    look(body, native).expect("its ticket must be read")
}

fn asked(heard: Result<Heard, Unfit>) -> Asked {
    match heard {
        Ok(Heard::Asked(asked)) => *asked,
        other => panic!("expected it to ask: {other:?}"),
    }
}

fn wrong(unfit: Unfit) -> Vec<String> {
    let Unfit::Wrong(wrong) = unfit else { panic!("{unfit:?}") };
    wrong.iter().map(|one| format!("{}: {}", one.pointer, one.detail)).collect()
}

fn refused(heard: Result<Heard, Unfit>) -> Vec<String> {
    wrong(heard.expect_err("it cannot be read"))
}

#[test]
fn what_a_recorded_webhook_leaves_out_is_in_its_ticket() {
    for (system, recording, ticket, id, number) in [
        ("connectwise", CONNECTWISE, CONNECTWISE_TICKET, "90211", "90211"),
        ("autotask", AUTOTASK, AUTOTASK_TICKET, "351182", "T20261120.0002"),
    ] {
        let native = native(system);
        let unsaid = unsaid(&recorded(recording), &native);
        assert_eq!((unsaid.id(), unsaid.number()), (Some(id), Some(number)), "{system}");
        let asked = asked(unsaid.read(ticket.as_bytes(), &native));
        assert_eq!(asked.invitee.email, "kari.nordmann@partner.example.com", "{system}");
        assert_eq!((asked.package.as_str(), asked.hours), ("tier2-intune", 8), "{system}");
        let ticket = asked.ticket.expect("it has an id");
        assert_eq!((ticket.id.as_deref(), ticket.number.as_deref()), (Some(id), Some(number)), "{system}");
    }
    // The title is nowhere in Autotask's webhook.
    let native = native("autotask");
    let asked = asked(unsaid(&recorded(AUTOTASK), &native).read(AUTOTASK_TICKET.as_bytes(), &native));
    assert_eq!(asked.reason, "Invite Kari for Intune");
}

#[test]
fn a_ticket_of_jira_or_halopsa_stands_where_their_webhooks_have_it() {
    let (map, id) = (native("jira"), json!("10142"));
    let thin = json!({ "webhookEvent": "comment_created", "issue": { "id": id, "key": "ACC-142", "fields": {
        "summary": "Invite Kari", "status": { "name": "Approved" } } } });
    let ticket = json!({ "expand": "renderedFields,names", "id": id, "key": "ACC-142", "fields": {
        "summary": "Invite Kari", "status": { "name": "Approved" },
        "customfield_10201": "kari@partner.example.com", "customfield_10202": { "value": "tier2-intune" },
        "customfield_10203": 8.0, "customfield_10204": "7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34" } });
    assert_eq!(asked(unsaid(&thin, &map).read(ticket.to_string().as_bytes(), &map)).hours, 8);

    let map = native("halopsa");
    let thin =
        json!({ "event": "New Ticket Logged", "object_id": 4471, "ticket": { "id": 4471, "summary": "Invite" } });
    let field = |id: u32, name: &str, value: &str| json!({ "id": id, "name": name, "value": value, "display": value });
    let ticket = json!({ "id": 4471, "summary": "Invite", "customfields": [
        field(201, "CFInviteEmail", "kari@partner.example.com"), field(202, "CFAccessPackage", "tier2-intune"),
        field(203, "CFHours", "8"), field(204, "CFTenantId", "7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34") ] });
    assert_eq!(asked(unsaid(&thin, &map).read(ticket.to_string().as_bytes(), &map)).package, "tier2-intune");
}

#[test]
fn a_ticket_is_read_only_where_its_body_lacks_something_and_asks_or_may() {
    let map = native("autotask");
    assert_eq!(look(&whole(), &map), None, "everything is there");
    for empty in [Value::Null, json!(" ")] {
        let mut body = whole();
        body["Fields"]["UserDefinedFields"]["AccessHours"] = empty;
        assert!(look(&body, &map).is_some());
    }
    // What is there and wrong is wrong, and not looked for elsewhere.
    let mut body = whole();
    body["Fields"]["UserDefinedFields"]["AccessHours"] = json!("eight");
    assert_eq!(look(&body, &map), None);
    let mut gone = recorded(AUTOTASK);
    gone["Action"] = json!("Delete");
    assert_eq!(look(&gone, &map), None, "a deleted ticket asks for nothing");

    let map = Native { when: when(&["Fields", "Status"], "5"), ..map };
    let mut open = recorded(AUTOTASK);
    open["Fields"]["Status"] = json!("1");
    assert_eq!(look(&open, &map), None, "it says that it does not ask");
    let mut untold = whole();
    untold["Fields"].as_object_mut().unwrap().remove("Status");
    assert!(look(&untold, &map).is_some(), "it does not say whether it asks");
    assert_eq!(
        native::read(untold.to_string().as_bytes(), &map).map(|heard| matches!(heard, Heard::Nothing(_))),
        Ok(true)
    );

    let always = Native { read_back: ReadBack::Always, ..map.clone() };
    assert!(look(&whole(), &always).is_some());
    assert_eq!(look(&open, &always), None);
    let never = Native { read_back: ReadBack::Never, ..map };
    assert_eq!(look(&recorded(AUTOTASK), &never), None);
}

#[test]
fn a_ticket_is_read_only_for_events_of_tickets() {
    for (system, body) in [
        ("connectwise", json!({ "Action": "updated", "Type": "company", "ID": 250, "Entity": "{\"id\":250}" })),
        ("autotask", json!({ "Action": "Update", "EntityType": "Account", "Id": 174, "Fields": {} })),
        ("halopsa", json!({ "event": "Asset Updated", "object_id": 4471 })),
        ("jira", json!({ "webhookEvent": "project_created", "project": { "id": 10142 } })),
        ("jira", json!({ "webhookEvent": "jira:issue_updated", "issue": { "fields": {} } })),
    ] {
        let map = Native { when: None, ..native(system) };
        assert_eq!(look(&body, &map), None, "{body}");
        native::read(body.to_string().as_bytes(), &map).expect_err("it does not say what it takes");
    }
}

#[test]
fn of_two_events_that_may_ask_none_is_looked_up() {
    let map = native("autotask");
    let read = |body: Value| native::unsaid(body.to_string().as_bytes(), &map);
    let thin = recorded(AUTOTASK);
    let why = "#: 2 of 2 events ask for access, and an answer is about one: turn batching off in the system";
    assert_eq!(wrong(read(json!([thin, thin])).expect_err("two")), [why]);
    let mut gone = thin.clone();
    gone["Action"] = json!("Delete");
    let one = read(json!([gone, thin])).expect("one asks").expect("it lacks something");
    assert_eq!(
        wrong(one.refused("away"))[0],
        "#/1/Fields/UserDefinedFields: is missing: access.package: there is no `AccessPackage`; the ticket could not be read: away"
    );
}

#[test]
fn a_ticket_that_has_moved_on_asks_for_nothing() {
    let map = Native { when: when(&["Fields", "Status"], "5"), ..native("autotask") };
    let read = |status: Value| {
        let mut ticket: Value = serde_json::from_str(AUTOTASK_TICKET).unwrap();
        ticket["item"]["status"] = status;
        unsaid(&recorded(AUTOTASK), &map).read(ticket.to_string().as_bytes(), &map)
    };
    // The webhook says a text and the API a number.
    assert_eq!(asked(read(json!(5))).hours, 8);
    for status in [json!(1), Value::Null, json!([5])] {
        let nothing = Heard::Nothing("the ticket is not in a state in which it asks for anything");
        assert_eq!(read(status), Ok(nothing));
    }
}

#[test]
fn the_ticket_counts_and_nothing_of_the_body_beside_it() {
    let map = Native { read_back: ReadBack::Always, ..native("autotask") };
    let mut ticket: Value = serde_json::from_str(AUTOTASK_TICKET).unwrap();
    ticket["item"]["userDefinedFields"][2]["value"] = json!("4");
    let read = |ticket: &Value| unsaid(&whole(), &map).read(ticket.to_string().as_bytes(), &map);
    assert_eq!(asked(read(&ticket)).hours, 4);
    ticket["item"]["userDefinedFields"].as_array_mut().unwrap().remove(2);
    assert_eq!(
        refused(read(&ticket)),
        [
            "#/Fields/UserDefinedFields: is missing: access.durationHours: there is no `AccessHours` (in the ticket, which was read)"
        ]
    );
}

#[test]
fn what_is_not_the_ticket_is_refused_with_what_is_missing() {
    let map = native("autotask");
    let missing = |why: &str| {
        ["AccessPackage", "AccessHours"].map(|name| {
            let field = if name == "AccessHours" { "access.durationHours" } else { "access.package" };
            format!("#/Fields/UserDefinedFields: is missing: {field}: there is no `{name}`; the ticket could not be read: {why}")
        })
    };
    let mut twice: Value = serde_json::from_str(AUTOTASK_TICKET).unwrap();
    twice["item"]["userDefinedFields"][1]["name"] = json!("InviteEmail");
    for (answer, why) in [
        (r#"{"item":null}"#, "the system shows us no such ticket"),
        (r#"{"id":351182}"#, "the system shows us no such ticket"),
        ("[]", "the system shows us no such ticket"),
        (r#"{"item":{"id":351183}}"#, "the system answered with another ticket"),
        (r#"{"item":{}}"#, "the system answered with another ticket"),
        (&twice.to_string(), "two user-defined fields of the ticket have the same name"),
    ] {
        assert_eq!(refused(unsaid(&recorded(AUTOTASK), &map).read(answer.as_bytes(), &map)), missing(why), "{answer}");
    }
    let garbled = refused(unsaid(&recorded(AUTOTASK), &map).read(br#"{"item":1,"item":2}"#, &map));
    assert!(garbled[0].contains("its answer cannot be read: the member \"item\" is there twice"), "{garbled:?}");
    // Nothing was missing, and `when` is where somebody must look.
    let always = Native { read_back: ReadBack::Always, ..map.clone() };
    let refused = |body: &Value, map: &Native| wrong(unsaid(body, map).refused("away"));
    assert_eq!(refused(&whole(), &always), ["#: the ticket could not be read: away"]);
    let untold = Native { when: when(&["Fields", "Phase"], "5"), ..map };
    assert_eq!(
        refused(&whole(), &untold),
        ["#/Fields: is missing: when: there is no `Phase`; the ticket could not be read: away"]
    );
}

proptest! {
    #[test]
    fn any_answer_is_read_or_refused(answer in proptest::collection::vec(any::<u8>(), 0..100), at in 0..900usize, length in 0..60usize, with in "[\\[\\]{}:\",.a-z0-9@é -]{0,8}") {
        for (system, recording, ticket) in
            [("connectwise", CONNECTWISE, CONNECTWISE_TICKET), ("autotask", AUTOTASK, AUTOTASK_TICKET)]
        {
            let map = native(system);
            let unsaid = unsaid(&recorded(recording), &map);
            let _ = (native::unsaid(&answer, &map), unsaid.clone().read(&answer, &map));
            let mut text = ticket.to_owned();
            let start = at % text.len();
            let end = (start + length).min(text.len());
            text.replace_range(start..end, &with);
            if let Ok(Heard::Asked(asked)) = unsaid.clone().read(text.as_bytes(), &map) {
                // Whatever the answer says of itself, the request is one for the ticket that the body named.
                let ticket = asked.ticket.expect("it has an id");
                prop_assert_eq!(ticket.id.as_deref(), unsaid.id());
            }
        }
    }
}
