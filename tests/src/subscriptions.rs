//! Being told of changes at the partner: subscriptions made, renewed and repaired, and what a notification brings about.

use crate::notified::{Address, reachable};
use crate::world::World;
use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::{Fault, PERMISSIONS, Sim, TenantHandle, What, When};
use engine::membership::subscriptions::{Subscriptions, subscriptions_path};
use engine::{Engine, How};
use http::{Request, Response};
use jiff::SignedDuration;
use outside::{Transport, TransportError};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Two customers with a group of the partner each, settled and quiet for a while.
struct Scene {
    world: World,
    engine: Arc<Engine>,
    address: Arc<Address>,
    sources: [Uuid; 2],
    tenants: Vec<(TenantHandle, Uuid)>,
    people: Vec<Uuid>,
}

async fn scene() -> Scene {
    let mut world = World::new();
    let sources = [world.partner.add_group("Engineers"), world.partner.add_group("Others")];
    let people = world.people(6, &sources);
    let mut tenants = Vec::new();
    for (name, source) in ["contoso", "fabrikam"].into_iter().zip(sources) {
        let tenant = world.customer(name);
        let target = tenant.add_group("Partner");
        world.package("second-line", &[source], &[target]);
        tenants.push((tenant, target));
    }
    let (engine, address) = reachable(&world);
    for _ in 0..2 {
        for name in ["contoso", "fabrikam"] {
            engine.sync(name, How { fresh: true, enforce: false }).await.expect("the store works");
        }
        world.pass(SignedDuration::from_mins(15)).await;
        engine.tick().await.expect("a tick");
    }
    Scene { world, engine, address, sources, tenants, people }
}

impl Scene {
    async fn renew(&self) -> Vec<String> {
        self.engine.renew_subscriptions().await.expect("the store works")
    }

    fn resources(&self) -> Vec<String> {
        let mut found: Vec<String> = self.world.partner.subscriptions().into_iter().map(|(_, what, _)| what).collect();
        found.sort();
        found
    }

    fn ids(&self) -> BTreeSet<Uuid> {
        self.world.partner.subscriptions().into_iter().map(|(id, ..)| id).collect()
    }

    async fn stored(&self) -> Subscriptions {
        let path = subscriptions_path(self.world.config.partner.tenant_id);
        self.engine
            .store()
            .read::<Subscriptions>(&path)
            .await
            .expect("the store works")
            .map(|kept| kept.value)
            .unwrap_or_default()
    }

    async fn tick_and_sync(&self) -> Vec<String> {
        let due = self.engine.tick().await.expect("a tick").due;
        for name in &due {
            self.engine.sync(name, How::default()).await.expect("the store works");
        }
        due
    }

    /// A notification as the service would send it, for one of our subscriptions.
    async fn notification(&self, resource: &str) -> Value {
        let state = self.engine.client_state(self.world.partner.id()).await.expect("the store works");
        let id = self.ids().into_iter().next().expect("a subscription");
        json!({
            "changeType": "updated", "clientState": state, "tenantId": self.world.partner.id(), "subscriptionId": id,
            "resource": resource,
        })
    }

    /// How often the store was asked for anything.
    fn operations(&self) -> u64 {
        let counts = self.world.documents.counts("");
        counts.reads() + counts.writes()
    }

    async fn hinted(&self) -> bool {
        let marked = store::markers::list(self.engine.store(), "dirty").await.expect("the store works");
        marked.contains(&"partner".to_owned())
    }
}

const BOTH: [&str; 2] = ["/groups", "/users"];

#[tokio::test(start_paused = true)]
async fn both_subscriptions_are_made_after_the_handshake_and_renewed_long_before_they_end() {
    let scene = scene().await;
    assert_eq!(scene.renew().await, Vec::<String>::new());
    assert_eq!(scene.resources(), BOTH);
    let made = scene.ids();
    assert_eq!(scene.stored().await.ids.values().copied().collect::<BTreeSet<_>>(), made);
    let writes = || scene.world.sim.count(|request| request.is_write() && request.path.starts_with("/subscriptions"));
    let before = writes();
    for (hours, renewed) in [(1, 0), (34, 0), (2, 2), (1, 0)] {
        let before = writes();
        scene.world.pass(SignedDuration::from_hours(hours)).await;
        assert_eq!(scene.renew().await, Vec::<String>::new());
        assert_eq!(writes() - before, renewed, "after {hours} h more");
    }
    assert_eq!((scene.ids(), writes() - before), (made, 2));
    let soonest = scene.world.partner.subscriptions().into_iter().map(|(.., expires)| expires).min().expect("two");
    assert!(soonest > "2026-11-05T00:00:00Z".parse().expect("a time"), "{soonest}");
}

#[tokio::test(start_paused = true)]
async fn what_ended_or_was_deleted_or_leads_elsewhere_is_put_right() {
    let scene = scene().await;
    scene.renew().await;
    // Down for a week.
    scene.world.pass(SignedDuration::from_hours(7 * 24)).await;
    assert_eq!(scene.resources(), Vec::<String>::new());
    scene.renew().await;
    assert_eq!(scene.resources(), BOTH);
    // Deleted behind our back.
    let one = scene.world.partner.subscriptions()[0].0;
    scene.world.partner.drop_subscription(one);
    scene.renew().await;
    assert_eq!(scene.resources(), BOTH);
    // The program moved: its old subscriptions are ended, and new ones are made.
    let old = scene.ids();
    let moved = scene.world.engine().reached_at(Some("https://moved.example/api/v1/directory-changes".into()));
    let moved = Arc::new(moved);
    scene.world.sim.notify_through(Address::of(&moved));
    // The first look finds the old ones in the way, ends them, and the next makes new ones.
    moved.renew_subscriptions().await.expect("the store works");
    moved.renew_subscriptions().await.expect("the store works");
    assert_eq!(scene.resources(), BOTH);
    assert!(scene.ids().is_disjoint(&old));
}

#[tokio::test(start_paused = true)]
async fn an_old_subscription_that_could_not_be_ended_is_still_ours_and_is_ended_at_the_next_look() {
    let scene = scene().await;
    scene.renew().await;
    let old = scene.ids();
    let moved = scene.world.engine().reached_at(Some("https://moved.example/api/v1/directory-changes".into()));
    let moved = Arc::new(moved);
    scene.world.sim.notify_through(Address::of(&moved));
    let refused = What::Status(403, "Authorization_RequestDenied");
    scene.world.sim.fault(Fault::new("DELETE /subscriptions/{id}", When::Times(4), refused));
    for _ in 0..2 {
        moved.renew_subscriptions().await.expect("the store works");
        assert_eq!(scene.ids(), old, "in the way, and still ours");
    }
    for _ in 0..2 {
        moved.renew_subscriptions().await.expect("the store works");
    }
    assert_eq!(scene.resources(), BOTH);
    assert!(scene.ids().is_disjoint(&old));
    assert!(scene.stored().await.ending.is_empty());
}

#[tokio::test(start_paused = true)]
async fn two_processes_at_once_end_with_one_subscription_each() {
    let scene = scene().await;
    let (other, _) = reachable(&scene.world);
    let (first, second) = futures::future::join(scene.engine.renew_subscriptions(), other.renew_subscriptions()).await;
    first.expect("the store works");
    second.expect("the store works");
    assert_eq!(scene.resources(), BOTH);
    scene.renew().await;
    assert_eq!(scene.stored().await.ids.values().copied().collect::<BTreeSet<_>>(), scene.ids());
    assert_eq!(scene.stored().await.problem, None);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_makes_no_second_subscription() {
    let scene = scene().await;
    scene.world.sim.fault(Fault::new("POST /subscriptions", When::Every, What::ResetAfter));
    assert_eq!(scene.renew().await, Vec::<String>::new(), "listed afterwards, it is there");
    scene.world.sim.clear_faults();
    let made = scene.ids();
    scene.renew().await;
    assert_eq!((scene.resources(), scene.ids()), (BOTH.map(String::from).to_vec(), made));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_had_is_told_once_and_nothing_else_suffers() {
    let scene = scene().await;
    let app = scene.world.config.app.client_id.0;
    let without: Vec<&&str> = PERMISSIONS
        .iter()
        .filter(|name| !matches!(**name, "User.Read.All" | "User.ReadWrite.All" | "Directory.Read.All"))
        .collect();
    scene.world.partner.consent(app, &without);
    scene.world.partner.revoke_tokens();
    let told = scene.renew().await;
    assert!(told.len() == 1 && told[0].contains("User.Read.All"), "{told:?}");
    assert_eq!(scene.resources(), ["/groups"]);
    assert_eq!(scene.renew().await, Vec::<String>::new(), "told once");
    scene.world.partner.consent(app, PERMISSIONS);
    scene.world.partner.revoke_tokens();
    scene.renew().await;
    assert_eq!((scene.resources(), scene.stored().await.problem), (BOTH.map(String::from).to_vec(), None));
}

/// An address that nobody answers at.
struct Nowhere;

#[async_trait]
impl Transport for Nowhere {
    async fn send(&self, _: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        Err(TransportError::NeverSent("unreachable".into()))
    }
}

#[tokio::test(start_paused = true)]
async fn without_any_notification_the_timer_finds_everything() {
    let scene = scene().await;
    scene.world.sim.notify_through(Arc::new(Nowhere));
    let told = scene.renew().await;
    assert!(told.len() == 1 && told[0].contains("/users") && told[0].contains("/groups"), "{told:?}");
    assert_eq!(scene.resources(), Vec::<String>::new());
    scene.world.partner.disable_user(scene.people[0]);
    scene.world.pass(SignedDuration::from_mins(1)).await;
    assert_eq!(scene.tick_and_sync().await, ["contoso", "fabrikam"]);
    assert!(scene.tenants.iter().all(|(tenant, target)| tenant.members(*target).len() == 5));
}

#[tokio::test(start_paused = true)]
async fn a_host_without_a_public_address_says_so_once_and_makes_none() {
    let scene = scene().await;
    let local = scene.world.engine();
    assert_eq!(local.renew_subscriptions().await.expect("the store works").len(), 1);
    assert_eq!(local.renew_subscriptions().await.expect("the store works"), Vec::<String>::new());
    assert_eq!(scene.resources(), Vec::<String>::new());
}

/// The way to a cloud whose users' delta tells of no change: a replica that lags.
struct Lagging(Sim);

#[async_trait]
impl Transport for Lagging {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let (parts, body) = self.0.send(request, timeout).await?.into_parts();
        let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else {
            return Ok(Response::from_parts(parts, body));
        };
        let quiet = |page: &mut Value| {
            if page["@odata.deltaLink"].as_str().is_some_and(|link| link.contains("/users/delta")) {
                page["value"] = json!([]);
            }
        };
        match answer["responses"].as_array_mut() {
            Some(items) => items.iter_mut().for_each(|item| quiet(&mut item["body"])),
            None => quiet(&mut answer),
        }
        Ok(Response::from_parts(parts, Bytes::from(answer.to_string())))
    }
}

#[tokio::test(start_paused = true)]
async fn a_leaver_is_gone_everywhere_in_the_tick_after_the_notification_though_the_delta_lags() {
    for (notified, left) in [(false, 6), (true, 5)] {
        let scene = scene().await;
        if notified {
            scene.renew().await;
        }
        scene.world.partner.disable_user(scene.people[0]);
        assert_eq!(scene.world.sim.deliver_notifications().await, usize::from(notified));
        let lagging = scene.world.engine_on(scene.world.documents.clone(), Arc::new(Lagging(scene.world.sim.clone())));
        scene.world.pass(SignedDuration::from_mins(1)).await;
        for name in lagging.tick().await.expect("a tick").due {
            lagging.sync(&name, How::default()).await.expect("the store works");
        }
        for (tenant, target) in &scene.tenants {
            assert_eq!(tenant.members(*target).len(), left, "notified: {notified}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_a_notification_names_is_read() {
    let scene = scene().await;
    scene.renew().await;
    scene.world.person("newcomer", &[scene.sources[0]]);
    assert!(scene.world.sim.deliver_notifications().await > 0);
    assert!(scene.hinted().await);
    assert_eq!(scene.tick_and_sync().await.first().map(String::as_str), Some("contoso"));
    assert_eq!(scene.tenants[0].0.members(scene.tenants[0].1).len(), 7);
    assert!(!scene.hinted().await, "the hints were taken");
    // A hint about something that we do not look after costs nothing at all.
    scene.world.sim.reset_log();
    scene.address.post(&json!({ "value": [scene.notification(&format!("Users/{}", Uuid::from_u128(9))).await] })).await;
    scene.world.pass(SignedDuration::from_mins(30)).await;
    scene.engine.tick().await.expect("a tick");
    assert_eq!(
        scene.world.sim.count(|request| request.path.starts_with("/users/") && request.route != Some("/users/delta")),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn notifications_that_are_not_for_us_are_ignored() {
    let scene = scene().await;
    scene.renew().await;
    let genuine = scene.notification(&format!("Users/{}", scene.people[0])).await;
    let with = |name: &str, value: Value| {
        let mut forged = genuine.clone();
        forged[name] = value;
        forged
    };
    let customer = scene.world.config.customers[0].tenant_id;
    for (what, forged) in [
        ("clientState", with("clientState", json!("0".repeat(64)))),
        ("no clientState", with("clientState", Value::Null)),
        ("another subscription", with("subscriptionId", json!(Uuid::from_u128(7)))),
        ("no subscription", with("subscriptionId", Value::Null)),
        ("a customer's tenant", with("tenantId", json!(customer))),
        ("an unknown tenant", with("tenantId", json!(Uuid::from_u128(7)))),
    ] {
        assert_eq!(scene.address.post(&json!({ "value": [forged] })).await, 202, "{what}: a stranger learns nothing");
        assert!(!scene.hinted().await, "{what}");
    }
    assert_eq!(scene.address.post(&json!({ "value": [genuine] })).await, 202);
    assert!(scene.hinted().await);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_ten_thousand_notifications_costs_a_bounded_number_of_store_operations() {
    let scene = scene().await;
    scene.renew().await;
    let genuine = scene.notification("Users/x").await;
    let before = scene.operations();
    for number in 0..10_000_u128 {
        let mut one = genuine.clone();
        one["resource"] = json!(format!("Users/{}", Uuid::from_u128(0x9_0000 + number)));
        assert_eq!(scene.address.post(&json!({ "value": [one] })).await, 202);
    }
    let cost = scene.operations() - before;
    assert!((100..=510).contains(&cost), "{cost} operations");
    // The same again, and forged ones, cost nothing at all.
    let before = scene.operations();
    let forged = json!({ "value": [{ "tenantId": scene.world.partner.id(), "clientState": "guess", "subscriptionId": Uuid::from_u128(1) }] });
    for _ in 0..1_000 {
        scene.address.post(&forged).await;
    }
    assert_eq!(scene.operations(), before);
    scene.world.partner.disable_user(scene.people[0]);
    scene.world.pass(SignedDuration::from_mins(1)).await;
    scene.tick_and_sync().await;
    assert!(
        scene.tenants.iter().all(|(tenant, target)| tenant.members(*target).len() == 5),
        "the leaver is gone all the same"
    );
}

#[tokio::test(start_paused = true)]
async fn lifecycle_events_are_answered_and_a_storm_of_them_is_not() {
    let scene = scene().await;
    scene.renew().await;
    let renewals =
        || scene.world.sim.count(|request| request.method == "PATCH" && request.path.starts_with("/subscriptions/"));
    scene.world.pass(SignedDuration::from_mins(6)).await;
    for _ in 0..50 {
        scene.world.partner.ask_reauthorization();
    }
    assert_eq!(scene.world.sim.deliver_notifications().await, 100);
    assert_eq!(renewals(), 2, "both, once");
    scene.world.partner.ask_reauthorization();
    scene.world.sim.deliver_notifications().await;
    assert_eq!(renewals(), 2, "not again within five minutes");
    // Removed by the service, which says so.
    let gone = scene.world.partner.subscriptions()[0].0;
    let mut event = scene.notification("").await;
    event["subscriptionId"] = json!(gone);
    event["lifecycleEvent"] = json!("subscriptionRemoved");
    scene.world.partner.drop_subscription(gone);
    scene.world.pass(SignedDuration::from_mins(6)).await;
    assert_eq!(scene.address.post(&json!({ "value": [event] })).await, 202);
    assert_eq!(scene.resources(), BOTH, "made again at once");
}

#[tokio::test(start_paused = true)]
async fn subscriptions_of_other_deployments_are_left_alone() {
    let scene = scene().await;
    // It has a store, and with it a secret, of its own.
    let documents = Arc::new(store::Memory::new());
    let staging = scene.world.engine_on(documents, Arc::new(scene.world.sim.clone()));
    let staging = Arc::new(staging.reached_at(Some("https://staging.example/api/v1/directory-changes".into())));
    scene.world.sim.notify_through(Address::of(&staging));
    staging.renew_subscriptions().await.expect("the store works");
    let theirs = scene.ids();
    scene.world.sim.notify_through(scene.address.clone());
    let told = scene.renew().await;
    assert_eq!(told.len(), 1, "one of the same kind is in the way, and only a person can tell whose: {told:?}");
    assert!(scene.ids().is_superset(&theirs) && theirs.len() == 2);
}
