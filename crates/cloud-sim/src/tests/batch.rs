use super::World;
use crate::{Fault, NewUser, What, When};
use outside::TransportError;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

fn item(id: usize, method: &str, url: &str) -> Value {
    json!({ "id": id.to_string(), "method": method, "url": url })
}

fn statuses(body: &Value) -> BTreeMap<String, u64> {
    let responses = body["responses"].as_array().expect("responses").iter();
    responses
        .map(|one| (one["id"].as_str().expect("an id").into(), one["status"].as_u64().expect("a status")))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn each_item_has_an_answer_of_its_own_in_any_order() {
    let world = World::new().await;
    let users: Vec<_> = (0..20).map(|n| world.tenant.add_user(NewUser::named(&format!("User {n}")))).collect();
    let requests: Vec<_> =
        users.iter().enumerate().map(|(n, id)| item(n, "GET", &format!("/users/{id}?$select=id"))).collect();
    let got = world.post("/$batch", json!({ "requests": requests })).await;
    let responses = got.body["responses"].as_array().expect("responses");
    let order: Vec<_> = responses.iter().map(|one| one["id"].to_string()).collect();
    assert_eq!(order.len(), 20);
    assert!(!order.is_sorted_by_key(|id| id.len()), "the order is the service's: {order:?}");
    for one in responses {
        let n: usize = one["id"].as_str().and_then(|id| id.parse().ok()).expect("our id");
        assert_eq!(one["body"]["id"], json!(users[n]));
    }
    assert_eq!(world.sim.count(|one| one.is_round_trip() && one.route == Some("/$batch")), 1);
    assert_eq!(world.sim.count(|one| one.in_batch), 20);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_wrong_itself_is_refused_whole() {
    let world = World::new().await;
    let many: Vec<_> = (0..21).map(|n| item(n, "GET", "/users")).collect();
    let body_without_type = json!({ "id": "1", "method": "POST", "url": "/invitations", "body": {} });
    let mut circle = [item(1, "GET", "/users"), item(2, "GET", "/users")];
    (circle[0]["dependsOn"], circle[1]["dependsOn"]) = (json!(["2"]), json!(["1"]));
    for requests in [
        json!(many),
        json!([item(1, "GET", "/users"), item(1, "GET", "/groups")]),
        json!([item(1, "GET", "/$batch")]),
        json!([body_without_type]),
        json!(circle),
        json!("none"),
    ] {
        let got = world.post("/$batch", json!({ "requests": requests })).await;
        assert_eq!(got.status, 400, "{requests}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_depends_on_a_failure_is_not_done() {
    let world = World::new().await;
    let mut second = item(2, "GET", "/users");
    second["dependsOn"] = json!(["1"]);
    let first = item(1, "GET", "/users/nobody@nowhere.example");
    let got = world.post("/$batch", json!({ "requests": [second, first] })).await;
    assert_eq!(statuses(&got.body), BTreeMap::from([("1".into(), 404), ("2".into(), 424)]));
}

#[tokio::test(start_paused = true)]
async fn throttling_hits_items_and_their_headers_say_for_how_long() {
    let world = World::new().await;
    world.sim.fault(Fault::new(
        "GET /groups",
        When::Times(1),
        What::Throttle { retry_after: Some(Duration::from_secs(10)) },
    ));
    let requests = [item(1, "GET", "/groups"), item(2, "GET", "/users")];
    let got = world.post("/$batch", json!({ "requests": requests })).await;
    assert_eq!(got.status, 200);
    assert_eq!(statuses(&got.body), BTreeMap::from([("1".into(), 429), ("2".into(), 200)]));
    let throttled = got.body["responses"].as_array().expect("responses").iter().find(|one| one["status"] == 429);
    assert_eq!(throttled.expect("one")["headers"]["Retry-After"], "10");
}

#[tokio::test(start_paused = true)]
async fn an_item_can_be_done_and_still_answer_an_error() {
    let world = World::new().await;
    let (group, ana) = (world.tenant.add_group("g"), world.tenant.add_guest("ana@northwind.example"));
    world.tenant.add_member(group, ana);
    let on = "DELETE /groups/*/members/*/$ref";
    world.sim.fault(Fault::new(on, When::Nth(1), What::StatusAfter(503, "ServiceUnavailable")));
    let requests = [item(1, "DELETE", &format!("/groups/{group}/members/{ana}/$ref"))];
    let got = world.post("/$batch", json!({ "requests": requests })).await;
    assert_eq!(statuses(&got.body)["1"], 503);
    assert!(world.tenant.members(group).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_an_item_breaks_is_lost_for_all() {
    let world = World::new().await;
    world.sim.fault(Fault::new("GET /groups", When::Every, What::ResetAfter));
    let requests = [item(1, "GET", "/groups"), item(2, "GET", "/users")];
    let broken = world.try_send("POST", "/$batch", json!({ "requests": requests })).await;
    assert!(matches!(broken, Err(TransportError::Interrupted(_))), "{broken:?}");
}

#[tokio::test(start_paused = true)]
async fn more_than_five_changes_of_one_group_in_a_batch_collide() {
    let world = World::with(|options| options.same_group_writes_max = Some(5)).await;
    let group = world.tenant.add_group("g");
    let patch = |n: usize| {
        let user = world.tenant.add_user(NewUser::named(&format!("User {n}")));
        let link = format!("https://graph.microsoft.com/v1.0/directoryObjects/{user}");
        json!({
            "id": n.to_string(), "method": "PATCH", "url": format!("/groups/{group}"),
            "headers": { "Content-Type": "application/json" }, "body": { "members@odata.bind": [link] },
        })
    };
    let requests: Vec<_> = (0..7).map(patch).collect();
    let got = world.post("/$batch", json!({ "requests": requests })).await;
    assert_eq!(statuses(&got.body).values().filter(|status| **status == 503).count(), 2);
    assert_eq!(world.tenant.members(group).len(), 5);
}
