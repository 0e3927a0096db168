//! What a caller may not see looks, to the byte, like what is not there.

use super::door::{Door, FABRIKAM_KEY};
use super::recording::Recording;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

const NOBODYS: &str = "0123456789abcdef0123456789abcdef";

/// From the caller that knows of Fabrikam alone.
async fn fabrikam(door: &Door, method: &str, rest: &str, body: Option<Value>) -> Response<Bytes> {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1/invitations{rest}"))
        .header("authorization", format!("Bearer {FABRIKAM_KEY}"))
        .header("content-type", "application/json");
    let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
    door.send(request.body(body).expect("it is a request")).await
}

fn same(one: &Response<Bytes>, other: &Response<Bytes>, status: u16, what: &str) {
    assert_eq!((one.status(), one.headers(), one.body()), (other.status(), other.headers(), other.body()), "{what}");
    assert_eq!(one.status(), status, "{what}");
}

#[tokio::test(start_paused = true)]
async fn another_customer_and_its_requests_do_not_exist_for_a_caller_of_one() {
    let door = Door::new().await;
    let asked = door.send(Recording::named("02-servicenow-basic-auth").request()).await;
    let asked: Value = serde_json::from_slice(asked.body()).expect("it is JSON");
    let id = asked["id"].as_str().expect("it has an id");
    let before = door.state().await;

    let one = |id: &str| format!("/{id}");
    let [theirs, nobodys] =
        [fabrikam(&door, "GET", &one(id), None).await, fabrikam(&door, "GET", &one(NOBODYS), None).await];
    same(&theirs, &nobodys, 404, "looking at it");
    for (verb, body) in [
        ("approve", json!({})),
        ("reject", json!({})),
        ("cancel", json!({ "by": { "email": "lead@partner.example.com" } })),
        ("extend", json!({ "durationHours": 9 })),
    ] {
        let decide = async |id: &str| fabrikam(&door, "POST", &format!("/{id}/{verb}"), Some(body.clone())).await;
        same(&decide(id).await, &decide(NOBODYS).await, 404, verb);
    }
    let list = async |query: &str| fabrikam(&door, "GET", query, None).await;
    same(&list("?customer=examplecorp").await, &list("?customer=nobody").await, 200, "a list of its requests");
    same(&list("").await, &list("?customer=nobody").await, 200, "a list of all");

    let ask = async |customer: Value| {
        let mut body: Value = serde_json::from_str(Recording::named("07-freshservice-workflow-automator").body())
            .expect("the body is JSON");
        body["customer"] = customer;
        fabrikam(&door, "POST", "", Some(body)).await
    };
    let [theirs, nobodys] = [ask(json!({ "name": "examplecorp" })).await, ask(json!({ "name": "nobody" })).await];
    same(&theirs, &nobodys, 422, "asking by name");
    let nowhere = "66666666-6666-4666-8666-666666666666";
    let [theirs, nobodys] = [ask(asked_tenant()).await, ask(json!({ "tenantId": nowhere })).await];
    same(&theirs, &nobodys, 422, "asking by tenant");
    assert_eq!(door.state().await, before, "and nothing came of any of it");
    assert_eq!(ask(json!({ "name": "fabrikam" })).await.status(), 202, "its own customer is there");
}

/// As the recordings name it.
fn asked_tenant() -> Value {
    let body: Value = serde_json::from_str(Recording::named("02-servicenow-basic-auth").body()).expect("it is JSON");
    body["customer"].clone()
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_only_asks_sees_its_own_requests_alone() {
    let door = Door::new().await;
    let mut ids = Vec::new();
    let files = ["02-servicenow-basic-auth", "05-jira-automation-web-request"];
    for file in files {
        let answer = door.send(Recording::named(file).request()).await;
        let answer: Value = serde_json::from_slice(answer.body()).expect("it is JSON");
        ids.push(answer["id"].as_str().expect("it has an id").to_owned());
    }
    for (file, own, other) in [(files[0], 0, 1), (files[1], 1, 0)] {
        let get = async |rest: &str| {
            let (mut parts, _) = Recording::named(file).request().into_parts();
            parts.method = http::Method::GET;
            parts.uri = format!("/api/v1/invitations{rest}").parse().expect("it is a path");
            door.send(Request::from_parts(parts, Bytes::new())).await
        };
        assert_eq!(get(&format!("/{}", ids[own])).await.status(), 200);
        assert_eq!(get(&format!("/{}", ids[other])).await.status(), 404);
        let list = get("").await;
        let list: Value = serde_json::from_slice(list.body()).expect("it is JSON");
        let listed: Vec<_> = list["invitations"].as_array().expect("a list").iter().map(|one| &one["id"]).collect();
        assert_eq!(listed, [&json!(ids[own])]);
    }
}
