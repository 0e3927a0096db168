//! Graph's change notifications, delivered for real: the handshake, and a change that wakes the right customers.

use crate::world::World;
use async_trait::async_trait;
use bytes::Bytes;
use engine::How;
use functions::{Denied, Function, Gate, Inside, Known, Reply, Wake, route};
use http::request::Parts;
use http::{Request, Response};
use outside::{Transport, TransportError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Nobody may call anything: notifications prove themselves.
struct Closed;

#[async_trait]
impl Gate for Closed {
    async fn identify(&self, _: &Parts, _: &[u8]) -> Result<Known, Denied> {
        Err(Denied::Wrong)
    }
}

/// The public address of the program, as the simulated cloud reaches it.
struct Address {
    functions: Vec<Function>,
    inside: Inside,
}

#[async_trait]
impl Transport for Address {
    async fn send(&self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        let found = route(&self.functions, request.method(), request.uri().path());
        let function = found.ok_or_else(|| TransportError::NeverSent("no such route".into()))?;
        match function.handle(&self.inside, Wake::Http(Box::new(request))).await {
            Reply::Http(response) => Ok(response),
            other => panic!("a public function answers with a response, not {other:?}"),
        }
    }
}

/// A call to the simulated Graph as an application with every permission makes it.
async fn call(world: &World, method: &str, path: &str, token: &str, body: Value) -> (u16, Value) {
    let url = format!("{}{path}", world.sim.options().graph_base);
    let request = Request::builder()
        .method(method)
        .uri(url)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .expect("a request");
    let answer = world.sim.send(request, Duration::from_secs(30)).await.expect("an answer");
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
}

async fn token(world: &World) -> String {
    let url = format!("{}/{}/oauth2/v2.0/token", world.sim.options().login_base, world.partner.id());
    let scope = format!("{}/.default", world.sim.options().graph_base);
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret=another&scope={scope}",
        world.config.app.client_id
    );
    world.sim.app(world.config.app.client_id.0).secret("another");
    let request = Request::post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .expect("a request");
    let answer = world.sim.send(request, Duration::from_secs(30)).await.expect("an answer");
    let answer: Value = serde_json::from_slice(answer.body()).expect("JSON");
    answer["access_token"].as_str().unwrap_or_else(|| panic!("a token, not {answer}")).to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_change_of_a_partner_group_is_delivered_and_wakes_the_customers_that_it_feeds() {
    let mut world = World::new();
    let (engineers, others) = (world.partner.add_group("Engineers"), world.partner.add_group("Others"));
    world.people(2, &[engineers, others]);
    for (name, source) in [("contoso", engineers), ("fabrikam", others)] {
        let tenant = world.customer(name);
        let target = tenant.add_group("Partner");
        world.package("second-line", &[source], &[target]);
    }
    let engine = Arc::new(world.engine());
    engine.tick().await.expect("a tick");
    for name in ["contoso", "fabrikam"] {
        engine.sync(name, How::default()).await.expect("the store works");
    }
    let inside = Inside { engine: engine.clone(), gate: Arc::new(Closed) };
    world.sim.notify_through(Arc::new(Address { functions: functions::all(), inside }));

    let state = engine.client_state(world.partner.id()).await.expect("the store works");
    let token = token(&world).await;
    let expires = "2026-11-20T00:00:00Z";
    let subscription = |state: &str| {
        json!({ "changeType": "updated,deleted", "resource": "/groups", "clientState": state, "expirationDateTime": expires,
                "notificationUrl": "https://gatehouse.example/api/v1/directory-changes" })
    };
    let (status, answer) = call(&world, "POST", "/v1.0/subscriptions", &token, subscription(&state)).await;
    assert_eq!(status, 201, "the handshake was answered: {answer}");

    let marked = async || store::markers::list(engine.store(), "dirty").await.expect("the store works");
    assert_eq!(marked().await, Vec::<String>::new());
    world.person("newcomer", &[engineers]);
    assert!(world.sim.deliver_notifications().await > 0);
    let contoso = world.config.customers[0].tenant_id.to_string();
    assert_eq!(marked().await, [contoso], "only the customer that this group feeds");
}
