use super::World;
use crate::{Fault, What, When};
use outside::TransportError;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_broken_request_is_done_or_not_as_its_fault_says() {
    for (what, status, done) in [
        (What::NeverSent, None, false),
        (What::ResetBefore, None, false),
        (What::ResetAfter, None, true),
        (What::Slow(Duration::from_secs(60)), None, true),
        (What::HtmlGateway, Some(502), false),
        (What::Status(504, "GatewayTimeout"), Some(504), false),
        (What::StatusAfter(504, "GatewayTimeout"), Some(504), true),
        (What::Throttle { retry_after: None }, Some(429), false),
        (What::Slow(Duration::from_secs(20)), Some(204), true),
    ] {
        let world = World::new().await;
        let ana = world.tenant.add_guest("ana@northwind.example");
        world.sim.fault(Fault::new("PATCH /users/{id}", When::Every, what));
        let got = world.try_send("PATCH", &format!("/users/{ana}"), json!({ "accountEnabled": false })).await;
        let expected = match what {
            What::NeverSent => matches!(got, Err(TransportError::NeverSent(_))),
            What::ResetBefore | What::ResetAfter => matches!(got, Err(TransportError::Interrupted(_))),
            What::Slow(_) if status.is_none() => matches!(got, Err(TransportError::TimedOut(_))),
            _ => got.as_ref().is_ok_and(|got| Some(got.status) == status),
        };
        assert!(expected, "{what:?}: {got:?}");
        assert_eq!(!world.tenant.is_enabled(ana), done, "{what:?}");
        assert_eq!(world.sim.effects().len(), usize::from(done), "{what:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_answer_is_no_json() {
    let world = World::new().await;
    world.tenant.add_guest("ana@northwind.example");
    world.sim.fault(Fault::new("GET /users", When::Nth(1), What::CutJson));
    let cut = world.get("/users").await;
    assert_eq!((cut.status, cut.body), (200, Value::Null));
    assert_eq!(world.get("/users").await.ids().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn each_request_takes_its_latency_and_a_timeout_is_a_timeout() {
    let world = World::with(|options| options.latency = Duration::from_millis(50)).await;
    let clock = world.sim.options().clock.clone();
    let before = clock.monotonic();
    world.get("/users").await;
    assert_eq!(clock.monotonic() - before, Duration::from_millis(50));

    world.sim.configure(|options| options.latency = Duration::from_secs(31));
    assert!(matches!(world.try_send("GET", "/users", Value::Null).await, Err(TransportError::TimedOut(_))));
}

#[tokio::test(start_paused = true)]
async fn unknown_paths_and_methods_are_refused() {
    let world = World::new().await;
    assert_eq!(world.get("/nothing").await.status, 400);
    assert_eq!(world.send("PUT", "/users", json!({})).await.status, 405);
    assert_eq!(world.get(&format!("/groups/{}", uuid::Uuid::nil())).await.code(), "Request_ResourceNotFound");
    assert_eq!(world.get("/groups/not-an-id").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_answers() {
    let story = || async {
        let world = World::with(|options| (options.empty_pages, options.replays) = (0.5, 0.5)).await;
        for n in 0..20 {
            world.tenant.add_guest(&format!("user{n}@northwind.example"));
        }
        world.sim.fault(Fault::new("GET /users", When::Probability(0.3), What::Status(503, "ServiceUnavailable")));
        let mut told = Vec::new();
        for _ in 0..20 {
            told.push(world.get("/users?$select=id").await.body.to_string());
        }
        told
    };
    assert_eq!(story().await, story().await);
}
