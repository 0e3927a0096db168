//! Real answers of the handlers have the members that are described, all of them and no others.

use super::schema::Schema;
use super::{Operation, contents, description, filled, operations, resolved};
use crate::double::{Double, KEY, incident, inside, known, once, plan};
use crate::{Handler, Known, Wake};
use access::config::May;
use access::incidents::Incident;
use access::plan::{CustomerPlan, HoldGroup, Plan};
use access::requests::Request as Wanted;
use bytes::Bytes;
use engine::incidents::{self, ChannelAnswer, Taken, Untaken};
use engine::onboarding::Landed;
use engine::requests::{Heard, Made, Page, Refused};
use engine::{DecidedTogether, Error, Red};
use http::{HeaderName, Request, Response};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const FORM: &str = "application/x-www-form-urlencoded";

const ALL: [May; 6] = [May::Request, May::Approve, May::Alert, May::Operate, May::Release, May::Read];

/// A request of which everything is known.
fn whole_request(status: &str) -> Wanted {
    let request = json!({
        "id": "0123456789abcdef0123456789abcdef",
        "caller": "servicenow",
        "tenant_id": "44444444-4444-4444-8444-444444444444",
        "customer": "contoso",
        "package": "second-line",
        "invitee": { "email": "ana@northwind.example", "given_name": "Ana", "surname": "Ng" },
        "ticket": { "system": "servicenow", "id": "6816", "number": "RITM0010023", "url": "https://example.service-now.com/x" },
        "requested_by": "ola@northwind.example",
        "reason": "enrolment fault",
        "callback": "https://example.service-now.com/api",
        "hours": 8,
        "created_at": "2026-11-20T09:00:00Z",
        "starts_at": "2026-11-20T09:01:00Z",
        "ends_at": "2026-11-20T17:01:00Z",
        "status": status,
        "code": "cancelled",
        "detail": "cancelled by the lead",
        "history": [{ "at": "2026-11-20T09:00:00Z", "what": "asked", "status": status, "by": "servicenow", "asserted": true, "note": "x" }],
        "print": "00",
    });
    serde_json::from_value(request).unwrap()
}

/// A plan in which everything is said.
fn whole_plan() -> Vec<CustomerPlan> {
    let id = "66666666-6666-4666-8666-666666666666";
    let step = json!({
        "action": "remove_member", "package": "second-line", "target": format!("group:{id}"), "group": id,
        "group_name": "Partner", "person": id, "guest": id, "mail": "ana@northwind.example", "name": "Ana Ng",
        "cause": "absent", "why": "in none of the package's groups",
    });
    let held = json!({
        "rail": "removals_max", "package": "second-line", "count": 12, "limit": 10, "steps": 12,
        "text": "release it: DIGEST", "cause": "cause:0011223344556677", "indices": [0],
    });
    let whole = |customer: &str| {
        let mut whole = json!(plan(customer));
        whole["steps"] = json!([step]);
        whole["held"] = json!([held]);
        whole["held_steps"] = json!([step]);
        whole["problems"] = json!([{ "code": "stranger", "package": "second-line", "object": id, "text": "x" }]);
        serde_json::from_value(whole).unwrap()
    };
    vec![whole("contoso"), whole("fabrikam")]
}

/// An incident in which everything is said.
fn whole_incident() -> Incident {
    incident(|incident| {
        incident["status"] = "closed".into();
        incident["verdict"] = json!({
            "verdict": "genuine", "by": "ola@northwind.example", "asserted": true, "at": "2026-11-20T03:05:00Z", "comment": "x",
        });
    })
}

/// An engine that has an answer to everything.
fn engine() -> Double {
    let taken = Taken { id: "00".into(), incidents: vec![whole_incident().id] };
    let red = vec![Red { customer: Some("contoso".into()), code: "held".into(), text: "look".into() }];
    let made = Made { request: whole_request("active"), again: false };
    Double {
        held: once(Ok(whole_plan())),
        decided: once(Ok(vec!["contoso".into()])),
        landed: once(Ok(Landed::WrongTenant { customer: "contoso".into() })),
        believed: once(Ok(0)),
        asked_for: Mutex::new(Some(Ok(Heard::Made(Box::new(made))))),
        looked: Mutex::new(Some(Ok(whole_request("active")))),
        listed: Mutex::new(Some(Ok(Page {
            requests: vec![whole_request("active")],
            next: Some(whole_request("active").id),
        }))),
        taken: Mutex::new(Some(Ok(incidents::Heard::Taken(taken)))),
        incident: Some(whole_incident()),
        more_incidents: true,
        channel: Some(ChannelAnswer::Slack),
        linked: Some(("8899".into(), whole_request("waiting_approval"))),
        noted: red.clone(),
        red,
        ..Double::default()
    }
}

/// Wakes the function whose route it is.
async fn send(engine: Double, known: Known, request: Request<Bytes>) -> Response<Bytes> {
    let functions = crate::all();
    let function = crate::route(&functions, request.method(), request.uri().path()).unwrap();
    assert!(matches!(function.handler, Handler::Http(_)));
    match function.handle(&inside(&Arc::new(engine), known), Wake::Http(Box::new(request))).await {
        crate::Reply::Http(response) => response,
        other => panic!("{other:?}"),
    }
}

fn request(method: &str, path: &str, body: &Value) -> Request<Bytes> {
    let request = Request::builder().method(method.to_uppercase().as_str()).uri(path).header("authorization", KEY);
    if body.is_null() {
        return request.body(Bytes::new()).unwrap();
    }
    request.header("content-type", "application/json").body(Bytes::from(body.to_string())).unwrap()
}

/// The same with what the operation says that it must have: in its address, its headers, and its body where that is a form.
fn complete(operation: &Operation<'_>, description: &Value, path: &str, body: &Value) -> Request<Bytes> {
    let parameters = operation.value["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.map(|parameter| resolved(description, parameter));
    let needed = |place: &str| {
        let needed = parameters.clone().filter(|one| one["in"] == place && one["required"] == true);
        needed.map(|one| (one["name"].as_str().unwrap(), one["example"].as_str().unwrap())).collect::<Vec<_>>()
    };
    let query = needed("query").iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let mut request = request(operation.method, &format!("{path}?{query}"), body);
    for (name, value) in needed("header") {
        request.headers_mut().insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    if operation.value["requestBody"]["content"][FORM]["examples"].is_object() {
        let fields = body.as_object().unwrap().iter().map(|(name, value)| (name, value.as_str().unwrap()));
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        *request.body_mut() = Bytes::from(form);
        request.headers_mut().insert("content-type", FORM.parse().unwrap());
    }
    request
}

/// Holds an answer against what is described of the operation.
fn check(description: &Value, place: &str, answers: &Value, response: &Response<Bytes>) -> Option<Value> {
    let status = response.status().as_u16().to_string();
    let answer = answers.get(&status).unwrap_or_else(|| panic!("{place}: {status} is not described"));
    let answer = resolved(description, answer);
    for (name, _) in answer["headers"].as_object().into_iter().flatten() {
        assert!(response.headers().contains_key(name.as_str()), "{place} {status}: no {name}");
    }
    let Some(kind) = response.headers().get("content-type") else {
        assert!(answer.get("content").is_none() && response.body().is_empty(), "{place} {status}");
        return None;
    };
    let content = &answer["content"][kind.to_str().unwrap()];
    if kind.to_str().unwrap().starts_with("text/") {
        assert_eq!(content["schema"]["type"], "string", "{place} {status}");
        return None;
    }
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    let schema = Schema::closed(description, &content["schema"]);
    if content["schema"]["properties"]["openapi"].is_null() {
        schema.check(&format!("{place} {status}"), &body);
    }
    Some(body)
}

#[tokio::test]
async fn every_operation_answers_as_described_with_each_of_its_examples() {
    let description = description();
    for operation in operations(&description) {
        let place = format!("{} {}", operation.method, operation.path);
        let contents = &operation.value["requestBody"]["content"];
        let examples = ["application/json", FORM].map(|kind| contents[kind]["examples"].as_object());
        let examples = examples.into_iter().flatten().flatten();
        let mut bodies: Vec<_> = examples.map(|(_, one)| &one["value"]).collect();
        if bodies.is_empty() {
            bodies.push(&Value::Null);
        }
        for body in bodies {
            let path = match body.get("confirm") {
                Some(_) => operation.path.replace("{name}", "cause:0011223344556677"),
                None => filled(operation.path),
            };
            let decided = DecidedTogether { customers: vec!["contoso".into()], ..DecidedTogether::default() };
            let engine = Double { together: once(Ok(decided)), ..engine() };
            let response = send(engine, known(&ALL), complete(&operation, &description, &path, body)).await;
            assert!(response.status().is_success(), "{place}: {response:?}");
            check(&description, &place, &operation.value["responses"], &response);
        }
    }
}

#[tokio::test]
async fn what_is_described_of_an_answer_is_really_there() {
    let description = description();
    // Empty here, since what may be done is done: the steps that are held have the same shape.
    for (method, path, body) in [
        ("get", "/api/v1/invitations", Value::Null),
        ("get", "/api/v1/invitations/{id}", Value::Null),
        ("get", "/api/v1/plans", Value::Null),
        ("get", "/api/v1/health", Value::Null),
        ("get", "/api/v1/incidents", Value::Null),
        ("get", "/api/v1/incidents/{id}", Value::Null),
        ("post", "/api/v1/alerts/{customer}", json!({})),
    ] {
        let response = send(engine(), known(&ALL), request(method, &filled(path), &body)).await;
        let place = format!("{method} {path} {} application/json", response.status().as_u16());
        let contents = contents(&description);
        let (_, schema, _) = contents.iter().find(|(found, ..)| *found == place).unwrap();
        let answer: Value = serde_json::from_slice(response.body()).unwrap();
        let missing = Schema::closed(&description, schema).missing(&answer);
        assert_eq!(missing, Vec::<String>::new(), "{place}");
    }
    let groups = Plan::new(whole_plan()).groups;
    assert!(matches!(groups.as_slice(), [HoldGroup { .. }]), "two customers with one cause");
}

#[tokio::test]
async fn errors_answer_as_described() {
    let description = description();
    let ask = &description["paths"]["/api/v1/invitations"]["post"]["requestBody"]["content"]["application/json"];
    let whole = &ask["examples"]["whole"]["value"];
    let lost = || Refused::Failed(Error::Store("away".into()));
    let asks_callers =
        |operation: &&Operation<'_>| operation.value["security"].is_null() || operation.path.contains("/alerts/");
    for operation in operations(&description).iter().filter(asks_callers) {
        let (path, answers) = (filled(operation.path), &operation.value["responses"]);
        let place = format!("{} {}", operation.method, operation.path);
        let body = if operation.method == "post" { whole } else { &Value::Null };
        let mut wrong = request(operation.method, &path, body);
        wrong.headers_mut().remove("authorization");
        let mut statuses = vec![send(engine(), known(&ALL), wrong).await];
        if answers.get("403").is_some() && !path.ends_with("/invitations") {
            statuses.push(send(engine(), known(&[]), request(operation.method, &path, body)).await);
        }
        if operation.method == "post" {
            let mut form = request(operation.method, &path, whole);
            form.headers_mut().insert("content-type", "text/plain".parse().unwrap());
            statuses.push(send(engine(), known(&ALL), form).await);
            statuses.push(send(engine(), known(&ALL), request(operation.method, &path, &json!([]))).await);
        }
        let away = Double {
            held: once(Err(Error::Store("away".into()))),
            decided: once(Err(Error::Store("away".into()))),
            asked_for: Mutex::new(Some(Err(lost()))),
            looked: Mutex::new(Some(Err(lost()))),
            listed: Mutex::new(Some(Err(lost()))),
            taken: Mutex::new(Some(Err(Untaken("away".into())))),
            no_incident: Mutex::new(Some(incidents::Refused::Failed(Error::Store("away".into())))),
            ..Double::default()
        };
        let body = match path.rsplit('/').next() {
            Some("extend") => json!({ "durationHours": 9 }),
            Some("verdict") => json!({ "verdict": "drill" }),
            _ => json!({}),
        };
        let body = if operation.method == "post" { body } else { Value::Null };
        let mut last = request(operation.method, &path, &body);
        if operation.method == "options" {
            // It asks the store nothing: what can be away is what tells callers apart.
            last.headers_mut().insert("authorization", "Bearer unavailable".parse().unwrap());
        }
        statuses.push(send(away, known(&ALL), last).await);
        for response in statuses.iter().filter(|response| !response.status().is_success()) {
            check(&description, &place, answers, response);
        }
        let found: Vec<u16> = statuses.iter().map(|response| response.status().as_u16()).collect();
        assert!(found.contains(&401) && found.contains(&503), "{place}: {found:?}");
    }
}
