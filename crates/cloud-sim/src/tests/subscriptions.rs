use super::World;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use outside::{Transport, TransportError};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An address that takes notifications, or answers the handshake wrongly.
#[derive(Default)]
struct Receiver {
    posts: Mutex<Vec<Value>>,
    deaf: bool,
    down: Mutex<bool>,
}

#[async_trait]
impl Transport for Receiver {
    async fn send(&self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        if *self.down.lock().expect("free") {
            return Err(TransportError::NeverSent("down".into()));
        }
        let query = request.uri().query().unwrap_or_default();
        let token = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "validationToken");
        let body = match token {
            Some((_, token)) if !self.deaf => Bytes::from(token.into_owned()),
            Some(_) => Bytes::new(),
            None => {
                self.posts.lock().expect("free").push(serde_json::from_slice(request.body()).expect("JSON"));
                Bytes::new()
            }
        };
        Ok(Response::builder().header("content-type", "text/plain").body(body).expect("a response"))
    }
}

fn wish(resource: &str, expires: &str) -> Value {
    json!({
        "resource": resource, "changeType": "updated,deleted", "clientState": "state",
        "notificationUrl": "https://gatehouse.example/api/v1/directory-changes?x=1", "expirationDateTime": expires,
    })
}

const SOON: &str = "2026-11-25T10:00:00Z";

#[tokio::test(start_paused = true)]
async fn a_subscription_tells_changes_and_ends_with_its_time() {
    let world = World::new().await;
    let receiver = Arc::new(Receiver::default());
    world.sim.notify_through(receiver.clone());
    let made = world.post("/subscriptions", wish("groups", SOON)).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(world.post("/subscriptions", wish("groups", SOON)).await.status, 409);

    let (group, ana) = (world.tenant.add_group("g"), world.tenant.add_guest("ana@northwind.example"));
    world.tenant.add_member(group, ana);
    world.tenant.remove_member(group, ana);
    assert_eq!(world.sim.deliver_notifications().await, 3);
    let posts = receiver.posts.lock().expect("free").clone();
    let items = posts[0]["value"].as_array().expect("items");
    assert_eq!(items.len(), 3, "all in one post");
    assert_eq!(items[0]["clientState"], "state");
    assert_eq!(items[0]["resource"], json!(format!("Groups/{group}")));
    assert_eq!(items[2]["resourceData"]["members@delta"][0]["@removed"], "deleted");

    let id = made.body["id"].as_str().expect("an id");
    let renewed = json!({ "expirationDateTime": "2026-11-26T10:00:00Z" });
    assert_eq!(world.send("PATCH", &format!("/subscriptions/{id}"), renewed).await.status, 200);
    super::pass(&world, 6 * 24 * 3600).await;
    world.tenant.add_member(group, ana);
    assert_eq!(world.sim.notifications_owed(), 0);
    let mut world = world;
    world.sign_in().await;
    assert_eq!(world.get(&format!("/subscriptions/{id}")).await.status, 404);
    assert!(world.get("/subscriptions").await.ids().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_address_that_does_not_answer_the_handshake_is_refused() {
    let world = World::new().await;
    assert_eq!(world.post("/subscriptions", wish("groups", SOON)).await.status, 400);
    world.sim.notify_through(Arc::new(Receiver { deaf: true, ..Receiver::default() }));
    assert_eq!(world.post("/subscriptions", wish("groups", SOON)).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn wishes_outside_the_limits_are_refused() {
    let world = World::new().await;
    world.sim.notify_through(Arc::new(Receiver::default()));
    // 41,760 minutes after 10:00 on 20 November is 10:00 on 19 December.
    for (resource, expires, status) in [
        ("users", "2026-12-19T10:00:00Z", 201),
        ("groups", "2026-12-19T10:01:00Z", 400),
        ("groups", "2026-11-20T10:00:00Z", 400),
        ("auditLogs/signIns", SOON, 400),
    ] {
        assert_eq!(world.post("/subscriptions", wish(resource, expires)).await.status, status, "{resource} {expires}");
    }
    for (length, status) in [(128, 201), (129, 400)] {
        let mut long = wish("groups", SOON);
        long["clientState"] = json!("x".repeat(length));
        assert_eq!(world.post("/subscriptions", long).await.status, status, "{length}");
    }
    let mut creation = wish("groups", SOON);
    creation["changeType"] = json!("created");
    assert_eq!(world.post("/subscriptions", creation).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_delivered_is_tried_again_for_four_hours() {
    let world = World::new().await;
    let receiver = Arc::new(Receiver::default());
    world.sim.notify_through(receiver.clone());
    world.post("/subscriptions", wish("users", SOON)).await;
    let down = |is: bool| *receiver.down.lock().expect("free") = is;
    for (wait, delivered) in [(4 * 3600 - 1, 1), (4 * 3600, 0)] {
        world.tenant.add_guest("ana@northwind.example");
        down(true);
        assert_eq!(world.sim.deliver_notifications().await, 0);
        super::pass(&world, wait).await;
        down(false);
        assert_eq!(world.sim.deliver_notifications().await, delivered, "after {wait} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_is_asked_to_reauthorize_and_forgotten_without_consent() {
    let world = World::new().await;
    let receiver = Arc::new(Receiver::default());
    world.sim.notify_through(receiver.clone());
    let mut with_lifecycle = wish("users", SOON);
    with_lifecycle["lifecycleNotificationUrl"] = json!("https://gatehouse.example/lifecycle");
    let made = world.post("/subscriptions", with_lifecycle).await;
    world.tenant.ask_reauthorization();
    assert_eq!(world.sim.deliver_notifications().await, 1);
    let event = receiver.posts.lock().expect("free")[0]["value"][0]["lifecycleEvent"].clone();
    assert_eq!(event, "reauthorizationRequired");
    let path = format!("/subscriptions/{}/reauthorize", made.body["id"].as_str().expect("an id"));
    assert_eq!(world.post(&path, Value::Null).await.status, 204);

    world.tenant.withdraw_consent(super::APP);
    world.tenant.add_guest("ana@northwind.example");
    assert_eq!(world.sim.notifications_owed(), 0);
}
