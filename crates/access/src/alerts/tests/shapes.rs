//! What the samples do not show.

use super::super::{AlertState, Delivery, FindingKind, Reading, Shape, handshake, read};
use super::{alert, body, files, line, reading, sample};
use serde_json::{Value, json};

const BG1: &str = "b1ea0001-1111-4a7b-8c2d-000000000001";
const BG2: &str = "b1ea0002-2222-4a7b-8c2d-000000000002";

fn of(json: &Value) -> super::Alert {
    alert(json.to_string().as_bytes())
}

fn tree(number: &str) -> Value {
    let file = files("").into_iter().find(|file| file.starts_with(number)).expect("there is one");
    serde_json::from_slice(&body(&file)).expect("it is JSON")
}

fn lines(json: &Value) -> Vec<String> {
    of(json).findings.iter().map(|finding| line(finding).trim().to_owned()).collect()
}

#[test]
fn a_query_on_the_other_table_makes_a_sign_in_non_interactive() {
    let mut json = tree("01");
    json["data"]["alertContext"]["condition"]["allOf"][0]["searchQuery"] = json!("AADNonInteractiveUserSignInLogs | x");
    assert_eq!(of(&json).findings[0].interactive, Some(false));
    assert_eq!(sample("28").findings[2].interactive, Some(false));
    let row = json!({"UserId": BG1, "SignInId": "a", "IsInteractive": "False"});
    assert_eq!(of(&row).findings[0].interactive, Some(false));
}

#[test]
fn a_condition_that_names_nobody_is_told_beside_one_that_does() {
    let mut json = tree("03");
    for nobody in [Value::Null, json!([]), json!([{"name": "Computer", "value": "x"}]), json!("x")] {
        json["data"]["alertContext"]["condition"]["allOf"][1]["dimensions"] = nobody;
        let lines = lines(&json);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1], "SignIn interactive=true rows=2");
    }
}

#[test]
fn an_attempt_that_was_refused_before_its_user_was_known_has_only_a_name() {
    let mut json = tree("01");
    let dimensions = &mut json["data"]["alertContext"]["condition"]["allOf"][0]["dimensions"];
    dimensions[0]["value"] = json!("00000000-0000-0000-0000-000000000000");
    dimensions[5]["value"] = json!("");
    let finding = of(&json).findings.remove(0);
    assert_eq!((finding.user, finding.event), (None, None));
    assert_eq!(finding.upn.as_deref(), Some("bg-01@examplecorp.onmicrosoft.com"));
}

#[test]
fn an_id_that_is_the_users_is_no_sign_ins() {
    let row = |id: &str| json!({"userId": BG1, "signInId": id, "resultType": 0});
    assert_eq!(of(&row(BG1)).findings[0].event, None);
    assert_eq!(of(&row("X")).findings[0].event.as_deref(), Some("x"));
    let bare = json!({"id": "x", "userId": BG1, "status": {"errorCode": 50126}});
    assert_eq!((of(&bare).findings[0].event.clone(), of(&bare).findings[0].result.as_deref()), (None, Some("50126")));
}

#[test]
fn each_thing_that_an_audit_entry_changes_is_a_finding() {
    let targets = json!([{"id": BG1, "type": "User", "userPrincipalName": "bg-01@x"}, {"id": BG2, "type": "Group"}]);
    let initiated = json!({"user": {"id": "c0ffee00-3333-4a7b-8c2d-000000000003"}});
    let record = json!({"category": "AuditLogs", "time": "2026-11-20T16:30:11Z", "operationName": "Add member to group", "properties": {
        "id": "Directory_1", "result": "success", "initiatedBy": initiated, "targetResources": targets,
    }});
    let same = "event=directory_1 user";
    let rest = "result=success operation=Add member to group actor=c0ffee00-3333-4a7b-8c2d-000000000003";
    assert_eq!(
        lines(&json!({"records": [record]})),
        [
            format!("Change {same}={BG1} upn=bg-01@x at=2026-11-20T16:30:11Z {rest}"),
            format!("Change {same}={BG2} at=2026-11-20T16:30:11Z {rest}"),
        ]
    );
    // The same columns of the table, where they are JSON in texts.
    let row = json!({
        "AuditId": "Directory_1", "TimeGenerated": "2026-11-20T16:30:11Z", "OperationName": "Add member to group", "Result": "success",
        "InitiatedBy": initiated.to_string(), "TargetResources": targets.to_string(),
    });
    assert_eq!(lines(&row), lines(&json!({"records": [record]})));
}

#[test]
fn an_incident_is_found_however_it_is_wrapped() {
    let whole = tree("20");
    let object = whole["object"].clone();
    for wrapped in [
        json!({"body": whole}),
        json!({"object": whole}),
        json!({"body": {"body": whole}}),
        json!({"body": whole.to_string()}),
    ] {
        assert_eq!(of(&wrapped), of(&whole), "{wrapped}");
    }
    let only = of(&object);
    assert_eq!((only.shape, only.findings, only.id), (Shape::Sentinel, of(&whole).findings, of(&whole).id));
    // Without the envelope the workspace stands in the alerts.
    assert_eq!(only.workspace, of(&whole).workspace);
}

#[test]
fn an_incident_that_grew_is_seen_and_one_that_was_closed_only_noted() {
    let mut json = tree("21");
    assert_eq!(of(&json).state, AlertState::Updated);
    json["object"]["properties"]["status"] = json!("Active");
    json["object"]["properties"]["alerts"][0]["properties"]["additionalData"]["Custom Details"] = Value::Null;
    let before = of(&json);
    let further = json["object"]["properties"]["alerts"][0].clone();
    json["object"]["properties"]["alerts"].as_array_mut().expect("it is a list").push(further);
    let after = of(&json);
    assert_eq!((before.state, after.state), (AlertState::Fired, AlertState::Fired));
    assert_ne!(before.findings[0].event, after.findings[0].event);
    assert_eq!(before.fired_at.map(|at| at.to_string()).as_deref(), Some("2026-11-20T15:12:00Z"));
}

#[test]
fn two_accounts_of_one_incident_are_two_findings() {
    let mut json = tree("20");
    let mut other = json["object"]["properties"]["relatedEntities"][0].clone();
    other["properties"] = json!({"accountName": "bg-02", "upnSuffix": "x", "aadUserId": BG2});
    json["object"]["properties"]["relatedEntities"].as_array_mut().expect("it is a list").push(other);
    let read = of(&json);
    assert_eq!(read.findings.len(), 2);
    assert_ne!(read.findings[0].event, read.findings[1].event);
    assert_eq!(read.notes.len(), 1);
}

#[test]
fn two_signs_make_a_test_and_one_does_not() {
    let mut json = tree("09");
    let essentials = |json: &mut Value, name: &str| json["data"]["essentials"][name] = json!("x");
    assert!(of(&json).test);
    essentials(&mut json, "description");
    essentials(&mut json, "alertTargetIDs");
    json["data"]["alertContext"]["properties"] = json!({"customKey1": 1});
    assert!(of(&json).test, "two signs are left");
    essentials(&mut json, "alertId");
    assert!(!of(&json).test, "its name alone is left");
}

#[test]
fn whatever_names_an_account_is_no_test() {
    let mut json = tree("09");
    json["data"]["alertContext"]["condition"]["allOf"][0]["dimensions"][0] = json!({"name": "UserId", "value": BG1});
    assert!(!of(&json).test);
}

#[test]
fn an_alert_is_read_inside_of_events_and_lists() {
    let inner = tree("01");
    let event = json!({"specversion": "1.0", "id": "e", "source": "s", "type": "t", "data": inner});
    let read = of(&event);
    assert_eq!((read.shape, &read.findings, &read.id), (Shape::CloudEvent, &sample("01").findings, &sample("01").id));
    assert_eq!(of(&json!([inner])), sample("01"));
    let both = of(&json!([tree("02"), tree("05b")]));
    assert_eq!((both.state, both.findings.len(), both.id), (AlertState::Fired, 2, None));
    // One after the other is a list too.
    let lines = format!("{}\n{}\n", tree("02"), tree("05b"));
    assert_eq!(alert(lines.as_bytes()).findings, both.findings);
}

#[test]
fn an_alert_that_names_nobody_is_not_lost_in_a_list() {
    let both = of(&json!([tree("01"), tree("04")]));
    assert_eq!(both.findings.len(), 2);
    assert_eq!((both.findings[1].kind, &both.findings[1].event), (FindingKind::Other, &sample("04").id));
}

#[test]
fn a_cloud_event_may_stand_in_headers() {
    let data = tree("26")["data"].to_string();
    let headers = [("ce-specversion", "1.0"), ("ce-type", "T"), ("ce-id", "I"), ("ce-time", "2026-11-20T16:05:00Z")];
    let Reading::Alert(read) =
        read(&Delivery { body: data.as_bytes(), content_type: Some("application/json"), headers: &headers })
    else {
        panic!("it is an alert")
    };
    assert_eq!((read.shape, read.id.as_deref(), read.rule.as_deref()), (Shape::CloudEvent, Some("i"), Some("T")));
    assert_eq!(read.findings[0].event, sample("26").findings[0].event);
}

#[test]
fn only_a_question_that_comes_alone_is_one() {
    let question = tree("24");
    assert!(matches!(reading(question.to_string().as_bytes()), Reading::Validation { .. }));
    let beside = json!([question[0], tree("25")[0]]);
    assert_eq!(of(&beside).findings.len(), 2, "the event, and the question as something odd");
    let mut without = question.clone();
    without[0]["data"] = json!({"validationCode": "x".repeat(201)});
    assert_eq!(of(&without).shape, Shape::EventGrid);
}

#[test]
fn a_resource_that_is_well_again_did_not_fire() {
    let mut json = tree("19");
    json["data"]["alertContext"]["properties"]["currentHealthStatus"] = json!("Available");
    assert_eq!(of(&json).state, AlertState::Resolved);
}

#[test]
fn claims_tell_who_did_it_where_the_caller_is_not_named() {
    let mut json = tree("15");
    json["data"]["alertContext"]["caller"] = Value::Null;
    assert_eq!(of(&json).findings[0].actor.as_deref(), Some("c0ffee00-3333-4a7b-8c2d-000000000003"));
    json["data"]["alertContext"]["claims"] = Value::Null;
    assert_eq!(of(&json).findings[0].actor, None);
}

#[test]
fn a_service_that_nobody_knows_yet_is_told_by_what_it_says() {
    let mut json = tree("01");
    json["data"]["essentials"]["monitoringService"] = json!("Log Alerts V3");
    assert_eq!(of(&json).findings, sample("01").findings);
}

#[test]
fn columns_are_read_by_name() {
    let mut json = tree("10");
    let table = &mut json["data"]["alertContext"]["SearchResults"]["tables"][0];
    table["columns"].as_array_mut().expect("it is a list").reverse();
    table["rows"].as_array_mut().expect("it is a list").iter_mut().for_each(|row| {
        row.as_array_mut().expect("it is a list").reverse();
    });
    assert_eq!(of(&json).findings, sample("10").findings);
}

#[test]
fn the_question_before_cloud_events_is_answered_as_the_sender_needs_it() {
    let exchange = &tree("27")["cloudevents_options"];
    let asked = |name: &str| exchange["request"]["headers"][name].as_str();
    let answer = handshake(asked("WebHook-Request-Origin"), asked("WebHook-Request-Rate"));
    let answer: Value = answer.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    assert_eq!(answer, exchange["expect"]["headers"]);
}
