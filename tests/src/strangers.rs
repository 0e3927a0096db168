//! What strangers cost, over HTTP, with the engine and its store behind it.

use crate::world::World;
use async_trait::async_trait;
use bytes::Bytes;
use functions::{Denied, Gate, Inside, Known, Reply, Wake, route};
use futures::future::join_all;
use http::Request;
use http::request::Parts;
use jiff::SignedDuration;
use serde_json::Value;
use std::sync::Arc;
use store::Memory;
use store::faulty::Faulty;

/// Lets whoever has the key read.
struct Readers;

#[async_trait]
impl Gate for Readers {
    async fn identify(&self, parts: &Parts, _: &[u8]) -> Result<Known, Denied> {
        if !parts.headers.contains_key("x-api-key") {
            return Err(Denied::Wrong);
        }
        Ok(Known {
            name: "monitor".into(),
            may: [access::config::May::Read].into(),
            customers: None,
            person: None,
            account: None,
            delivery: None,
            invocation: None,
        })
    }
}

/// One answer: its status in words, and how many reasons it names.
type Answer = (String, Option<usize>);

/// The answer, and how old it says that it is.
async fn ask(inside: &Inside, key: Option<&str>) -> (Answer, String) {
    let functions = functions::all();
    let mut request = Request::get("/api/v1/health");
    if let Some(key) = key {
        request = request.header("x-api-key", key);
    }
    let request = request.body(Bytes::new()).expect("a request");
    let function = route(&functions, request.method(), request.uri().path()).expect("there is such a route");
    let Reply::Http(answer) = function.handle(inside, Wake::Http(Box::new(request))).await else {
        panic!("a public function answers with a response")
    };
    let body: Value = serde_json::from_slice(answer.body()).expect("it is JSON");
    let status = body["status"].as_str().expect("a status").to_owned();
    let age = answer.headers()["age"].to_str().expect("a number").to_owned();
    ((status, body["red"].as_array().map(Vec::len)), age)
}

#[tokio::test(start_paused = true)]
async fn strangers_who_ask_for_health_cost_the_store_one_look_in_fifteen_seconds() {
    let mut world = World::new();
    for name in ["adatum", "contoso", "fabrikam"] {
        world.customer(name);
    }
    let documents = Arc::new(Faulty::new(Memory::new()));
    let engine = Arc::new(world.engine_on(documents.clone(), Arc::new(world.sim.clone())));
    let inside = Inside { engine, gate: Arc::new(Readers) };
    let fine = |reader: bool| ("ok".to_owned(), reader.then_some(0));

    assert_eq!(ask(&inside, None).await.0, fine(false));
    let look = documents.operations();
    assert!(look > 5, "{look}");
    for age in 0..15 {
        for answer in join_all((0..20).map(|_| ask(&inside, None))).await {
            assert_eq!(answer, (fine(false), age.to_string()));
        }
        world.pass(SignedDuration::from_secs(1)).await;
    }
    assert_eq!(documents.operations(), look, "three hundred requests");

    // Whoever may read looks each time.
    for count in 2..5 {
        assert_eq!(ask(&inside, Some("key")).await, (fine(true), "0".to_owned()));
        assert!(documents.operations() >= count * look);
    }

    assert_eq!(ask(&inside, None).await.0, fine(false));
    documents.kill_after(0);
    assert_eq!(ask(&inside, Some("key")).await.0.0, "red", "whoever may read sees it at once");
    world.pass(SignedDuration::from_secs(14)).await;
    assert_eq!(ask(&inside, None).await.0, fine(false));
    world.pass(SignedDuration::from_secs(1)).await;
    assert_eq!(ask(&inside, None).await.0, ("red".to_owned(), None), "and strangers a quarter of a minute later");
}
