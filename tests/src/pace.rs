//! Quotas that are shared without talking, and tenants that must not wait for each other.

use crate::world::World;
use async_trait::async_trait;
use cloud::graph::{Graph, GraphParts, Permit, Write};
use cloud::{Credential, Endpoints, SecretText};
use cloud_sim::{Fault, NewUser, Quota, Quotas, SimOptions, TenantHandle, What, When};
use engine::{How, Outcome};
use futures::future::join_all;
use outside::{Clock, SeededRandom};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const LATENCY: Duration = Duration::from_millis(50);

/// A partner with five people, and as many healthy customers that get them; beside them others with a trouble of their own.
fn world(healthy: usize, troubled: &[What]) -> World {
    let mut world = World::with(1, |options| {
        options.latency = LATENCY;
        options.quotas = Some(Quotas::published());
    });
    let source = world.partner.add_group("Engineers");
    world.people(5, &[source]);
    let names = (0..healthy).map(|n| (format!("healthy-{n:03}"), None));
    let others = troubled.iter().enumerate().map(|(n, what)| (format!("troubled-{n:03}"), Some(*what)));
    for (name, what) in others.chain(names) {
        let tenant = world.customer(&name);
        let target = tenant.add_group("Partner");
        world.package("engineers", &[source], &[target]);
        if let Some(what) = what {
            world.sim.fault(Fault::new("* /**", When::Every, what).in_tenant(tenant.id()));
        }
    }
    world
}

/// Runs every customer at once in one process, and says how long the healthy ones took.
async fn run(world: &World) -> Vec<Duration> {
    let engine = world.engine();
    engine.read_partner().await.expect("the partner is healthy");
    let started = world.clock.monotonic();
    let runs = world.config.customers.iter().map(|customer| async {
        let outcome = engine.sync(&customer.name, How::default()).await.expect("the store works");
        let took = world.clock.monotonic() - started;
        let is_healthy = customer.name.starts_with("healthy");
        let done = matches!(&outcome, Outcome::Ran(run) if run.failures.is_empty() && run.waiting == 0);
        assert_eq!(done, is_healthy, "{}: {outcome:?}", customer.name);
        is_healthy.then_some(took)
    });
    join_all(runs).await.into_iter().flatten().collect()
}

const SLOW: What = What::Slow(Duration::from_secs(10));
const REFUSED: What = What::Throttle { retry_after: Some(Duration::from_secs(5)) };

#[tokio::test(start_paused = true)]
async fn a_tenant_that_answers_after_ten_seconds_and_one_that_refuses_for_ever_delay_no_other() {
    let alone = run(&world(10, &[])).await;
    let beside = run(&world(10, &[SLOW, REFUSED])).await;
    assert_eq!(alone, beside);
}

#[tokio::test(start_paused = true)]
async fn more_slow_tenants_than_there_are_slots_delay_the_others_by_a_second_or_two() {
    let alone = run(&world(5, &[])).await.into_iter().max().expect("five");
    let beside = run(&world(5, &[SLOW; 100])).await.into_iter().max().expect("five");
    assert!(beside < alone + Duration::from_secs(3), "{alone:?} alone, {beside:?} beside");
}

struct Always;

#[async_trait]
impl Permit for Always {
    async fn permit(&self, _timeout: Duration) -> Result<(), String> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn two_processes_share_a_tenants_quota_without_talking() {
    const EACH: usize = 2_500;
    let mut world = world(0, &[]);
    let tenant = world.customer("contoso");
    let users: Vec<Uuid> = (0..20).map(|n| tenant.add_user(NewUser::named(&format!("User {n}")))).collect();
    let process = |seed| {
        let options = world.sim.options();
        Graph::new(GraphParts {
            endpoints: Endpoints::custom(&options.login_base, &options.graph_base),
            app: world.config.app.client_id.0,
            credential: Credential::Secret(SecretText::new(crate::world::SECRET)),
            transport: Arc::new(world.sim.clone()),
            clock: Arc::new(world.clock.clone()),
            random: Arc::new(SeededRandom::new(seed)),
        })
    };
    let (one, other) = (process(1), process(2));
    let started = world.clock.monotonic();
    let outcomes = join_all([&one, &other].map(|graph| {
        let writer = graph.writer(tenant.id(), Arc::new(BTreeSet::new()), Arc::new(Always));
        let write = |n: usize| Write::SetEnabled { user: users[n % users.len()], enabled: true };
        async move { writer.send((0..EACH).map(write).collect()).await }
    }))
    .await;
    assert!(outcomes.iter().flatten().all(Result::is_ok), "every write is done");
    let took = (world.clock.monotonic() - started).as_secs();
    let refused = world.sim.count(|request| request.status == 429);
    println!("{refused} of {} refused, {took} s", 2 * EACH);
    // 5,000 writes, of which 3,000 are there at once and 20 come back each second: 100 s at the least.
    assert!((100..130).contains(&took), "{took} s");
    assert!(refused * 100 < 2 * EACH, "{refused} refusals");
}

const PEOPLE: u32 = 1_000;

/// A process of the program that has been running for a while, and a thousand people who are to join its only customer,
/// in whose quota another program has left so many writes. How long they take, against how long they must.
async fn a_thousand_join(left: u32, latency: Duration, is_warm: bool) -> (f64, f64) {
    let mut world = World::with(1, |options| {
        *options = SimOptions { latency, ..SimOptions::published(1, options.clock.clone()) };
    });
    world.config.limits.additions_max = PEOPLE;
    let source = world.partner.add_group("Engineers");
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    world.package("engineers", &[source], &[target]).limits.additions_max = PEOPLE;
    let engine = world.engine();
    if is_warm {
        engine.sync("contoso", How::default()).await.expect("the store works");
        world.clock.sleep(Duration::from_secs(20)).await;
    }
    world.people(PEOPLE as usize, &[source]);
    leave_writes(&world, &contoso, left).await;
    let started = world.clock.monotonic();
    let outcome = engine.sync("contoso", How { fresh: true, enforce: false }).await.expect("the store works");
    let took = (world.clock.monotonic() - started).as_secs_f64();
    let case = format!("{left} writes left, {latency:?}, warm: {is_warm}: {took:.1} s");
    let done = matches!(&outcome, Outcome::Ran(run) if run.failures.is_empty() && run.waiting == 0);
    assert!(done, "{case}: {outcome:?}");
    assert_eq!(contoso.member_mails(target).len(), PEOPLE as usize, "{case}");
    let refused = world.sim.count(|request| request.status == 429);
    let answers = world.sim.count(|request| request.route != Some("/$batch"));
    println!("{case}, {refused} of {answers} refused");
    assert!(refused * 100 < answers, "{case}: {refused} of {answers} refused");
    // An invitation is a write; a PATCH of twenty members is seven.
    let writes = PEOPLE + PEOPLE / 20 * 7 - left;
    (took, f64::from(writes) / 20.0)
}

/// Leaves so many writes in the tenant's bucket, as another program under the same app would.
async fn leave_writes(world: &World, tenant: &TenantHandle, left: u32) {
    let published = Quotas::published().app_tenant_writes;
    let set = |quota: Quota| {
        world.sim.configure(|options| options.quotas.iter_mut().for_each(|quotas| quotas.app_tenant_writes = quota));
    };
    // One write out of a smaller bucket leaves what is wanted; the bucket is then as large as before, and no fuller.
    set(Quota::new(left + 1, published.window.as_secs()));
    let bystander = tenant.add_user(NewUser::named("Bystander"));
    let other = world.graph(Arc::new(world.sim.clone()));
    let writer = other.writer(tenant.id(), Arc::new(BTreeSet::new()), Arc::new(Always));
    let ended = writer.send(vec![Write::SetEnabled { user: bystander, enabled: true }]).await;
    assert!(ended[0].is_ok(), "{ended:?}");
    set(published);
    world.sim.reset_log();
}

/// What is left decides how the service's rounding falls, and which of the quotas looks the scarcest by our own count.
#[tokio::test(start_paused = true)]
async fn a_thousand_people_come_in_at_the_pace_of_a_spent_quota() {
    for (left, latency, is_warm) in [
        (10, 50, false),
        (10, 50, true),
        (60, 50, true),
        (140, 50, true),
        (160, 57, true),
        (175, 91, true),
        (195, 72, true),
    ] {
        let (took, least) = a_thousand_join(left, Duration::from_millis(latency), is_warm).await;
        assert!(
            took < 1.15 * least,
            "{left} writes left, {latency} ms, warm: {is_warm}: {took:.1} s instead of {least:.1}"
        );
    }
}
