//! Waking up: turns, marks, leases; and the three ways in which the app proves itself.

use crate::world::World;
use cloud::graph::{Graph, GraphParts};
use cloud::{CertificateKey, Credential, Endpoints, SecretText};
use cloud_sim::{Fault, What, When};
use engine::{By, Engine, How, Outcome, Parts};
use jiff::SignedDuration;
use outside::{Clock, SeededRandom};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use uuid::Uuid;

/// Three customers on one source group, settled.
async fn three() -> (World, Uuid) {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    world.people(3, &[source]);
    for name in ["adatum", "contoso", "fabrikam"] {
        let tenant = world.customer(name);
        let target = tenant.add_group("Partner");
        world.package("second-line", &[source], &[target]);
    }
    let engine = world.engine();
    for _ in 0..2 {
        for name in ["adatum", "contoso", "fabrikam"] {
            engine.sync(name, How { fresh: true, enforce: false }).await.expect("the store works");
        }
    }
    engine.tick().await.expect("a tick");
    (world, source)
}

#[tokio::test(start_paused = true)]
async fn every_customer_has_its_turn_once_within_every_and_missed_minutes_are_made_up_for() {
    let (world, _) = three().await;
    world.pass(SignedDuration::from_mins(10)).await;
    let engine = world.engine();
    engine.tick().await.expect("a tick");
    let mut turns: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..10 {
        world.pass(SignedDuration::from_mins(1)).await;
        for name in engine.tick().await.expect("a tick").due {
            *turns.entry(name).or_default() += 1;
        }
    }
    assert_eq!(turns.values().copied().collect::<Vec<_>>(), [2, 2, 2], "{turns:?}");
    world.pass(SignedDuration::from_mins(7)).await;
    assert_eq!(engine.tick().await.expect("a tick").due.len(), 3, "seven minutes without a tick");
}

#[tokio::test(start_paused = true)]
async fn a_change_at_the_partner_queues_its_customers_at_once() {
    let (world, source) = three().await;
    let engine = world.engine();
    world.pass(SignedDuration::from_mins(20)).await;
    engine.tick().await.expect("a tick");
    world.pass(SignedDuration::from_mins(2)).await;
    engine.tick().await.expect("a tick");
    world.person("newcomer", &[source]);
    world.pass(SignedDuration::from_secs(60)).await;
    assert_eq!(engine.tick().await.expect("a tick").due, ["adatum", "contoso", "fabrikam"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_in_a_slow_tenant_keeps_its_lease_to_the_end() {
    let (mut world, source) = three().await;
    world.config.customers.truncate(1);
    world.person("newcomer", &[source]);
    let (first, second) = (world.engine(), world.engine());
    first.read_partner().await.expect("the partner answers");
    world.sim.configure(|options| options.latency = Duration::from_secs(7));
    let path = engine::membership::documents::lease_path(world.config.customers[0].tenant_id);
    let mut refused = 0;
    let contender = async {
        loop {
            world.pass(SignedDuration::from_secs(1)).await;
            match store::lease::take(second.store(), &path, "contender").await.expect("the store works") {
                store::lease::Take::Busy { .. } => refused += 1,
                store::lease::Take::Held(_) => panic!("the lease was taken from a run under way"),
            }
        }
    };
    let run = first.sync("adatum", How { fresh: true, enforce: false });
    let ran = tokio::select! {
        ran = run => ran,
        () = contender => unreachable!("it never ends"),
    };
    assert!(matches!(ran, Ok(Outcome::Ran(_))), "{ran:?}");
    assert!(refused > 25, "only {refused}: the run was not slow enough to need its lease renewed");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_finds_the_customer_taken_leaves_a_mark() {
    let (world, _) = three().await;
    let engine = world.engine();
    let path = engine::membership::documents::lease_path(world.config.customers[0].tenant_id);
    let held = store::lease::take(engine.store(), &path, "somebody else").await.expect("the store works");
    let busy = engine.sync("adatum", How { fresh: true, enforce: false }).await;
    assert!(matches!(busy, Ok(Outcome::Busy)), "{busy:?}");
    assert!(engine.tick().await.expect("a tick").due.contains(&"adatum".to_string()), "no wake-up is lost");
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn a_failure_makes_the_customer_red_until_a_run_succeeds() {
    let (world, _) = three().await;
    let engine = world.engine();
    let tenant = world.config.customers[1].tenant_id.0;
    world.sim.fault(Fault::new("POST /*/oauth2/v2.0/token", When::Every, What::Status(503, "x")).in_tenant(tenant));
    world.pass(SignedDuration::from_mins(70)).await;
    engine.tick().await.expect("the partner answers");
    let outcome = engine.sync("contoso", How::default()).await.expect("the store works");
    assert!(matches!(outcome, Outcome::Failed { retry: true, .. }), "{outcome:?}");
    let health = engine.health(true).await;
    assert_eq!(health.status, "red");
    assert_eq!(health.red.expect("details")[0].customer.as_deref(), Some("contoso"));
    assert!(engine.health(false).await.red.is_none(), "strangers learn the status only");
    world.sim.clear_faults();
    engine.sync("contoso", How::default()).await.expect("the store works");
    assert_eq!(engine.health(true).await.status, "ok");
}

#[tokio::test(start_paused = true)]
async fn a_customer_or_a_group_that_vanishes_from_the_configuration_is_said_and_loses_nobody() {
    let (mut world, _) = three().await;
    let gone = world.config.customers.remove(0);
    world.config.customers[0].packages[0].groups.clear();
    world.sim.reset_log();
    let engine = world.engine();
    for name in ["contoso", "fabrikam"] {
        engine.sync(name, How { fresh: true, enforce: false }).await.expect("the store works");
    }
    let red = engine.health(true).await.red.expect("details");
    let codes: Vec<(Option<&str>, &str)> = red.iter().map(|red| (red.customer.as_deref(), red.code.as_str())).collect();
    assert_eq!(codes, [(Some("adatum"), "customer_gone"), (Some("contoso"), "target_unnamed")], "{red:?}");
    assert!(red[0].text.contains(&gone.tenant_id.to_string()));
    assert_eq!(world.sim.effects(), []);
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_partner_is_said_and_not_answered_by_a_storm_of_requests() {
    let (world, _) = three().await;
    let partner = world.partner.id();
    world.sim.fault(Fault::new("* /**", When::Every, What::Status(503, "ServiceUnavailable")).in_tenant(partner));
    world.pass(SignedDuration::from_mins(6)).await;
    let engine = world.engine();
    let tick = engine.tick().await.expect("the store works");
    assert_eq!((tick.due.len(), tick.notes.len()), (3, 1), "{tick:?}");
    let mut asked = Vec::new();
    for name in tick.due {
        world.sim.reset_log();
        let outcome = engine.sync(&name, How::default()).await.expect("the store works");
        assert!(matches!(&outcome, Outcome::Failed { retry: true, text } if text.contains("partner")), "{outcome:?}");
        asked.push(world.sim.count(|request| request.is_round_trip() && request.tenant == Some(partner)));
    }
    assert!(asked[0] > 0 && asked[1..] == [0, 0], "{asked:?}");
    let red = engine.health(true).await.red.expect("details");
    assert!(red.iter().any(|red| red.code == "partner_unread"), "{red:?}");
    world.sim.clear_faults();
    world.pass(SignedDuration::from_mins(1)).await;
    engine.tick().await.expect("the store works");
    engine.sync("contoso", How::default()).await.expect("the store works");
    world.pass(SignedDuration::from_mins(11)).await;
    let red = engine.health(true).await.red.expect("details");
    assert!(red.iter().any(|red| red.code == "tick_missed") && !red.iter().any(|red| red.code == "partner_unread"));
}

#[tokio::test(start_paused = true)]
async fn somebody_without_a_trace_at_the_partner_counts_as_deleted_after_a_while() {
    let (world, source) = three().await;
    let person = world.partner.members(source).into_iter().next().expect("somebody");
    // Deleted for good while nobody followed: no delta row tells it, and no read shows them.
    world.partner.delete_user(person);
    world.partner.purge_user(person);
    world.partner.expire_links();
    let engine = world.engine();
    let removed = async || {
        engine.read_partner().await.expect("the partner answers");
        let Ok(Outcome::Ran(run)) = engine.sync("contoso", How { fresh: true, enforce: false }).await else {
            panic!("a run")
        };
        run.plan.steps.iter().filter(|step| step.action.takes()).count()
    };
    assert_eq!(removed().await, 0, "no conclusion at first");
    world.pass(SignedDuration::from_mins(11)).await;
    assert_eq!(removed().await, 2, "removed and disabled");
}

#[tokio::test(start_paused = true)]
async fn a_refused_plan_stays_held_and_an_unknown_digest_is_said() {
    let (world, source) = three().await;
    world.partner.members(source).into_iter().for_each(|person| world.partner.remove_member(source, person));
    world.pass(SignedDuration::from_hours(25)).await;
    let engine = world.engine();
    engine.sync("adatum", How { fresh: true, enforce: false }).await.expect("the store works");
    let held = engine.held(None).await.expect("the store works");
    assert_eq!(held.len(), 1);
    let by = By { who: "lead@northwind.example".into(), asserted: true, comment: None };
    assert!(engine.release("sha256:0", None, &by).await.is_err());
    assert!(
        engine.release(&held[0].digest, Some(&["contoso".into()]), &by).await.is_err(),
        "not that caller's customer"
    );
    engine.refuse(&held[0].digest, None, &by).await.expect("it is held");
    engine.sync("adatum", How { fresh: true, enforce: false }).await.expect("the store works");
    let held = engine.held(None).await.expect("the store works");
    assert!(held[0].held[0].text.contains("Refused by lead@northwind.example"), "{}", held[0].held[0].text);
}

#[tokio::test(start_paused = true)]
async fn the_app_proves_itself_by_certificate_and_by_managed_identity() {
    let (world, _) = three().await;
    let app = world.config.app.client_id.0;
    let pem = cloud_sim::make_certificate("gatehouse");
    let (client, principal) = (Uuid::from_u128(0x3333), Uuid::from_u128(0x3334));
    let issuer = format!("{}/{}/v2.0", world.sim.options().login_base, world.partner.id());
    world.sim.app(app).certificate(&pem).federated(&issuer, &principal.to_string());
    world.sim.managed_identity(client, principal, world.partner.id());
    world.sim.app(app).forget_secrets();
    let proofs = [
        Credential::Certificate(Box::new(CertificateKey::from_pem(&pem).expect("a key and a certificate"))),
        Credential::ManagedIdentity {
            client_id: client.to_string(),
            identity_endpoint: "http://localhost/msi/token".into(),
            identity_header: SecretText::new("header"),
            local: Arc::new(world.sim.clone()),
        },
    ];
    for credential in proofs {
        let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
        let random = Arc::new(SeededRandom::new(9));
        let options = world.sim.options();
        let graph = Graph::new(GraphParts {
            endpoints: Endpoints::custom(&options.login_base, &options.graph_base),
            app,
            credential,
            transport: Arc::new(world.sim.clone()),
            clock: clock.clone(),
            random: random.clone(),
        });
        let engine = Engine::new(Parts {
            config: Arc::new(world.config.clone()),
            store: Store::new(world.documents.clone(), clock.clone(), random.clone()),
            graph,
            clock,
            random,
            run_limit: Duration::from_secs(480),
        });
        let outcome = engine.sync("contoso", How { fresh: true, enforce: false }).await.expect("the store works");
        assert!(matches!(&outcome, Outcome::Ran(run) if run.failures.is_empty()), "{outcome:?}");
    }
}
