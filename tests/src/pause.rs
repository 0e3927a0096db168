//! Somebody pauses a customer, or all: nothing goes on but taking out people who must go, until it ends.

use crate::world::{World, lines, one_customer};
use cloud_sim::{Fault, TenantHandle, What, When};
use engine::{How, Outcome};
use expect_test::expect;
use jiff::{SignedDuration, Timestamp};
use outside::Clock;
use std::time::Duration;
use uuid::Uuid;

const BY: &str = "ops@northwind.example";
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn contoso() -> Vec<String> {
    vec!["contoso".into()]
}

fn hence(world: &World, minutes: i64) -> Timestamp {
    world.clock.now() + SignedDuration::from_mins(minutes)
}

/// Two people in contoso, settled.
async fn settled() -> (World, TenantHandle, Uuid, Uuid, Vec<Uuid>) {
    let (world, contoso, source, target) = one_customer();
    let people = world.people(3, &[source]);
    world.sync().await;
    world.sync().await;
    world.pass(SignedDuration::from_mins(20)).await;
    turn(&world).await;
    world.pass(MINUTE).await;
    (world, contoso, source, target, people)
}

/// As the hosts do it: a tick, then a run of each customer that is due. Returns who was due.
async fn turn(world: &World) -> Vec<String> {
    let engine = world.engine();
    let due = engine.tick().await.expect("a tick").due;
    for name in &due {
        engine.sync(name, How::default()).await.expect("the store works");
    }
    due
}

#[tokio::test(start_paused = true)]
async fn while_a_customer_is_paused_leavers_go_newcomers_wait_and_nobody_is_alarmed() {
    let (world, tenant, source, target, people) = settled().await;
    world.engine().pause(Some(&contoso()), BY, "a migration", hence(&world, 60), false).await.expect("paused");
    world.person("newcomer", &[source]);
    world.partner.disable_user(people[0]);
    world.partner.remove_member(source, people[1]);
    world.pass(MINUTE).await;
    let run = world.sync().await;
    expect![[r#"
        remove_member p0@northwind.example (disabled at the partner)
        disable_guest p0@northwind.example (guest of ours, and needed no more)
        held by paused: 3 steps, 2 people
        unchanged 1
    "#]]
    .assert_eq(&lines(&run.plan));
    assert_eq!(world.mails(&tenant, target), ["p1@northwind.example", "p2@northwind.example"]);
    assert_eq!(run.plan.digest, "", "nothing that a digest could release");
    let health = world.engine().health(true).await;
    assert_eq!((health.status.as_str(), health.red), ("ok", Some(Vec::new())));
    let noted: Vec<_> = health.noted.iter().map(|one| (one.customer.as_deref(), one.code.as_str())).collect();
    assert_eq!(noted, [(Some("contoso"), "paused")]);
    let text = &health.noted[0].text;
    assert!(text.contains(BY) && text.contains("a migration") && text.contains("gatehouse resume contoso"), "{text}");
    let why = world.engine().why("contoso", "newcomer@northwind.example").await.expect("a reason");
    assert!(why.now.iter().any(|line| line.starts_with("contoso is paused by ops@")), "{:?}", why.now);
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_by_itself_and_the_tick_of_that_minute_goes_on() {
    let (world, tenant, source, target, _) = settled().await;
    world.engine().pause(Some(&contoso()), BY, "a migration", hence(&world, 60), false).await.expect("paused");
    world.person("newcomer", &[source]);
    for _ in 0..59 {
        world.pass(MINUTE).await;
        turn(&world).await;
        assert_eq!(tenant.members(target).len(), 3);
    }
    world.pass(MINUTE).await;
    assert_eq!(turn(&world).await, contoso());
    assert_eq!(tenant.members(target).len(), 4);
    assert_eq!(world.engine().health(true).await.noted, []);
}

#[tokio::test(start_paused = true)]
async fn resuming_lets_what_waited_go_on_at_the_next_tick() {
    let (world, tenant, source, target, _) = settled().await;
    let engine = world.engine();
    let nothing = engine.resume(Some(&contoso()), BY, "over").await.expect_err("not paused").to_string();
    assert!(nothing.contains("contoso is not paused"), "{nothing}");
    engine.pause(None, BY, "an incident", hence(&world, 600), false).await.expect("paused");
    world.person("newcomer", &[source]);
    world.pass(MINUTE).await;
    turn(&world).await;
    assert_eq!(tenant.members(target).len(), 3);
    let alone = engine.resume(Some(&contoso()), BY, "over").await.expect_err("all are").to_string();
    assert!(alone.contains("gatehouse resume --all"), "{alone}");
    engine.resume(None, BY, "over").await.expect("resumed");
    world.pass(MINUTE).await;
    turn(&world).await;
    assert_eq!(tenant.members(target).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_everything_keeps_even_leavers_until_it_ends() {
    let (world, tenant, _, target, people) = settled().await;
    world.engine().pause(None, BY, "an incident", hence(&world, 30), true).await.expect("paused");
    world.partner.disable_user(people[0]);
    world.pass(MINUTE).await;
    turn(&world).await;
    assert_eq!(tenant.members(target).len(), 3);
    world.pass(SignedDuration::from_mins(30)).await;
    turn(&world).await;
    assert_eq!(tenant.members(target).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_under_way_stops_before_its_next_wave() {
    let (world, tenant, source, target) = one_customer();
    world.people(50, &[source]);
    world.sim.fault(Fault::new("POST /invitations", When::Every, What::Slow(Duration::from_secs(8))));
    let (engine, other) = (world.engine(), world.engine());
    let pause = async {
        world.pass(SignedDuration::from_secs(4)).await;
        other.pause(Some(&contoso()), BY, "stop it", hence(&world, 60), false).await.expect("paused");
    };
    let (ran, ()) = tokio::join!(engine.sync("contoso", How { fresh: true, enforce: false }), pause);
    let Ok(Outcome::Ran(run)) = ran else { panic!("{ran:?}") };
    assert_eq!((run.applied, tenant.members(target).len()), (20, 0), "one wave of invitations was under way");
    assert!(run.waiting >= 30, "{}", run.waiting);
}

#[tokio::test(start_paused = true)]
async fn a_release_during_a_pause_lets_through_what_its_digest_names_and_nothing_that_waits() {
    let (world, tenant, source, target) = one_customer();
    let people = world.people(60, &[source]);
    world.sync().await;
    world.pass(SignedDuration::from_hours(25)).await;
    world.sync().await;
    // A script disables twelve people and throws twenty others out of the group; somebody stops it all.
    people[..12].iter().for_each(|person| world.partner.disable_user(*person));
    people[20..40].iter().for_each(|person| world.partner.remove_member(source, *person));
    world.engine().pause(Some(&contoso()), BY, "a script ran wild", hence(&world, 60), false).await.expect("paused");
    world.pass(SignedDuration::from_mins(11)).await;
    let plan = world.sync().await.plan;
    let rails: Vec<&str> = plan.held.iter().map(|held| held.rail.as_str()).collect();
    assert_eq!(rails, ["paused", "leavers_per_hour_all_max"]);
    let by = engine::By { who: BY.into(), asserted: false, comment: Some("those twelve did leave".into()) };
    world.engine().release(&plan.digest, None, &by).await.expect("held");
    world.sync().await;
    assert_eq!(tenant.members(target).len(), 48, "the twelve are out");
    world.engine().resume(Some(&contoso()), BY, "over").await.expect("resumed");
    let plan = world.sync().await.plan;
    assert!(plan.held.iter().any(|held| held.rail == "removals_max" && held.count == 20), "{}", lines(&plan));
    assert_eq!(tenant.members(target).len(), 48, "the twenty are judged now");
}

#[tokio::test(start_paused = true)]
async fn what_was_adopted_by_no_run_before_the_pause_is_adopted_after_it() {
    let (world, tenant, source, target) = one_customer();
    world.person("ana", &[source]);
    tenant.add_member(target, tenant.add_guest("ana@northwind.example"));
    let engine = world.engine();
    engine.pause(Some(&contoso()), BY, "not yet", hence(&world, 60), false).await.expect("paused");
    assert_eq!(world.sync().await.applied, 0);
    engine.resume(Some(&contoso()), BY, "now").await.expect("resumed");
    let run = world.sync().await;
    assert_eq!(run.plan.steps.iter().map(|step| step.action.name()).collect::<Vec<_>>(), ["adopt_member"]);
}

#[tokio::test(start_paused = true)]
async fn a_paused_customer_with_nothing_to_do_costs_no_more_than_any_other() {
    let (world, ..) = settled().await;
    let engine = world.engine();
    engine.pause(Some(&contoso()), BY, "a migration", hence(&world, 60), false).await.expect("paused");
    engine.tick().await.expect("a tick");
    engine.sync("contoso", How::default()).await.expect("the store works");
    world.documents.reset();
    let outcome = engine.sync("contoso", How::default()).await.expect("the store works");
    assert!(matches!(outcome, Outcome::Unchanged), "{outcome:?}");
    let counts = world.documents.counts("");
    assert_eq!((counts.reads(), counts.writes()), (1, 0), "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_lasts_ninety_days_at_most() {
    let (world, ..) = one_customer();
    let engine = world.engine();
    let days = |days: i64| hence(&world, days * 24 * 60);
    engine.pause(None, BY, "long", days(90), false).await.expect("90 days");
    let refused = [days(90) + SignedDuration::from_secs(1), hence(&world, 0)];
    for until in refused {
        assert!(engine.pause(None, BY, "longer", until, false).await.is_err(), "{until}");
    }
}
