//! What is slow or too much must not keep others waiting for ever.

use super::town::{LEAD, Town, ZOE, body};
use access::requests::Status;
use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::{Fault, TenantHandle, What, When};
use engine::requests::{Decide, Tickets};
use http::{Request, Response};
use jiff::SignedDuration;
use outside::{Transport, TransportError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::latent::Latent;

/// A ticketing system that takes everything.
#[derive(Default)]
struct Hears(Mutex<Vec<Bytes>>);

#[async_trait]
impl Transport for Hears {
    async fn send(&self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        self.0.lock().expect("no panic").push(request.into_body());
        Ok(Response::new(Bytes::new()))
    }
}

/// Eight customers who answer so slowly that no tick sees the end of it, each with an approved request, and beside them
/// one that is well, whose tenant comes last.
async fn eight_slow_ones() -> (Town, TenantHandle, uuid::Uuid) {
    let mut town = Town::new(1).await;
    let package = town.world.config.customers[0].packages[0].clone();
    let mut tenants = vec![town.contoso.clone()];
    let mut last = town.target;
    for n in 1..9 {
        let tenant = town.world.customer(&format!("c{n}"));
        last = tenant.add_group("Partner second line");
        let added = town.world.package("second-line", &[], &[last]);
        (added.members, added.requests) = (package.members.clone(), package.requests.clone());
        tenants.push(tenant);
    }
    for _ in 0..2 {
        town.minute().await;
    }
    let well = tenants.pop().expect("nine");
    let mut ids = Vec::new();
    for name in ["contoso", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"] {
        let mut body = body(24);
        body["customer"]["name"] = name.into();
        ids.push(town.ask(&town.world.engine(), &body).await.expect("it is allowed").request.id);
    }
    // Nothing is carried out within the calls.
    town.world.sim.fault(Fault::new("* /**", When::Every, What::NeverSent).in_tenant(well.id()));
    for tenant in &tenants {
        town.world.sim.fault(Fault::new("* /**", When::Every, What::NeverSent).in_tenant(tenant.id()));
    }
    for id in &ids {
        town.decide(id, Decide::Approve, LEAD).await.expect("the lead approves");
    }
    town.world.sim.clear_faults();
    for tenant in &tenants {
        town.world
            .sim
            .fault(Fault::new("* /**", When::Every, What::Slow(Duration::from_secs(50))).in_tenant(tenant.id()));
    }
    (town, well, last)
}

#[tokio::test(start_paused = true)]
async fn customers_who_do_not_answer_keep_nobody_else_waiting_for_ever() {
    let (town, well, group) = eight_slow_ones().await;
    for _ in 0..4 {
        town.world.pass(SignedDuration::from_mins(1)).await;
        town.world.engine().follow_requests().await.expect("the store works");
    }
    let members = town.world.mails(&well, group);
    assert!(members.contains(&ZOE.to_owned()), "{members:?}");
}

#[tokio::test(start_paused = true)]
async fn tickets_are_told_though_a_customer_does_not_answer() {
    let (mut town, ..) = eight_slow_ones().await;
    town.world.config.callers.get_mut("servicenow").expect("a caller").callbacks =
        ["tickets.example".to_owned()].into();
    let mut body = body(24);
    body["callback"] = serde_json::json!({ "url": "https://tickets.example/hook" });
    body["invitee"]["email"] = "p0@northwind.example".into();
    let id = town.ask(&town.world.engine(), &body).await.expect("it is allowed").request.id;
    town.decide(&id, Decide::Reject, LEAD).await.expect("the lead says no");
    let hears = Arc::new(Hears::default());
    for _ in 0..2 {
        town.world.pass(SignedDuration::from_mins(1)).await;
        let engine = town.world.engine().calling_back(Tickets {
            desks: BTreeMap::new(),
            proofs: BTreeMap::new(),
            operators: hears.clone(),
            guarded: hears.clone(),
        });
        engine.follow_requests().await.expect("the store works");
    }
    let heard = hears.0.lock().expect("no panic").clone();
    assert_eq!(heard.len(), 1);
    assert!(std::str::from_utf8(&heard[0]).expect("JSON").contains("rejected"));
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_requests_that_wait_delays_what_is_approved_and_does_not_stop_it() {
    let town = Town::new(1).await;
    for n in 0..2_000 {
        let mut flood = body(8);
        flood["invitee"]["email"] = format!("nobody{n}@northwind.example").into();
        town.ask(&town.world.engine(), &flood).await.expect("it is allowed");
    }
    let id = town.ask(&town.world.engine(), &body(24)).await.expect("it is allowed").request.id;
    town.world.sim.fault(Fault::new("* /**", When::Every, What::NeverSent).in_tenant(town.contoso.id()));
    town.decide(&id, Decide::Approve, LEAD).await.expect("the lead approves");
    town.world.sim.clear_faults();
    assert_eq!(town.status(&id).await, Status::Accepted);
    // So slow that reading all of them takes longer than a tick has.
    let clock = Arc::new(town.world.clock.clone());
    let slow = Arc::new(Latent::new(town.world.documents.clone(), clock, Duration::from_millis(400)));
    let engine = town.world.engine_on(slow, Arc::new(town.world.sim.clone()));
    for _ in 0..15 {
        town.world.pass(SignedDuration::from_mins(1)).await;
        engine.follow_requests().await.expect("the store works");
    }
    assert!(town.is_in(), "{:?}", town.request(&id).await);
}
