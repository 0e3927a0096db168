//! Held plans: how long they can be decided on, and deciding on many at once.

use crate::world::{World, lines};
use access::plan::{CustomerPlan, Plan};
use cloud_sim::TenantHandle;
use engine::{By, Confirm, Engine, Error, How, Outcome};
use jiff::SignedDuration;
use uuid::Uuid;

const NAMES: [&str; 3] = ["adatum", "contoso", "fabrikam"];

fn lead() -> By {
    By { who: "lead@northwind.example".into(), asserted: false, comment: Some("they did leave".into()) }
}

fn confirm(customers: u32, people: u32) -> Confirm {
    Confirm { customers: Some(customers), people }
}

/// Three customers on one source group whose twelve people are gone at once: held everywhere, for one reason.
pub(crate) async fn held_everywhere() -> (World, Vec<(TenantHandle, Uuid)>, Vec<Uuid>, Uuid) {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    let people = world.people(12, &[source]);
    let mut targets = Vec::new();
    for name in NAMES {
        let tenant = world.customer(name);
        let target = tenant.add_group("Partner");
        world.package("second-line", &[source], &[target]);
        targets.push((tenant, target));
    }
    let engine = world.engine();
    for _ in 0..2 {
        sync_all(&engine).await;
    }
    world.pass(SignedDuration::from_hours(25)).await;
    sync_all(&engine).await;
    people.iter().for_each(|person| world.partner.remove_member(source, *person));
    world.pass(SignedDuration::from_mins(11)).await;
    sync_all(&engine).await;
    (world, targets, people, source)
}

async fn sync_all(engine: &Engine) {
    for name in NAMES {
        let outcome = engine.sync(name, How { fresh: true, enforce: false }).await.expect("the store works");
        assert!(matches!(outcome, Outcome::Ran(_)), "{outcome:?}");
    }
}

async fn held(engine: &Engine) -> Plan {
    Plan::new(engine.held(None).await.expect("the store works"))
}

fn inside(targets: &[(TenantHandle, Uuid)]) -> Vec<usize> {
    targets.iter().map(|(tenant, target)| tenant.members(*target).len()).collect()
}

async fn one_held() -> (World, CustomerPlan) {
    let (mut world, ..) = held_everywhere().await;
    world.config.customers.truncate(1);
    let plan = held(&world.engine()).await.customers.remove(0);
    assert_eq!(plan.customer, "adatum");
    (world, plan)
}

#[tokio::test(start_paused = true)]
async fn a_plan_can_be_released_for_a_day_and_not_a_moment_longer() {
    for (wait, released) in [(SignedDuration::from_secs(24 * 3600 - 1), true), (SignedDuration::from_hours(24), false)]
    {
        let (world, plan) = one_held().await;
        world.pass(wait).await;
        let engine = world.engine();
        let decided = engine.release(&plan.digest, None, &lead()).await;
        match decided {
            Ok(names) => assert!(released && names == ["adatum"], "{names:?}"),
            Err(Error::PlanChanged(text)) => assert!(!released && text.contains("look again"), "{text}"),
            Err(other) => panic!("{other}"),
        }
        assert_eq!(engine.held(None).await.expect("the store works").len(), usize::from(released));
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_holds_the_same_steps_keeps_the_plan_open_to_a_decision() {
    let (world, plan) = one_held().await;
    let engine = world.engine();
    world.pass(SignedDuration::from_hours(12)).await;
    engine.tick().await.expect("a tick");
    let outcome = engine.sync("adatum", How::default()).await.expect("the store works");
    assert!(matches!(outcome, Outcome::Ran(_)), "held steps wake a run by themselves: {outcome:?}");
    world.pass(SignedDuration::from_hours(13)).await;
    engine.release(&plan.digest, None, &lead()).await.expect("renewed after twelve hours");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_lasts_until_what_is_held_changes() {
    let (world, plan) = one_held().await;
    let engine = world.engine();
    let refused = |plan: &CustomerPlan| plan.held.iter().all(|held| held.text.contains("Refused by lead@"));
    assert!(!refused(&plan));
    engine.refuse(&plan.digest, None, &lead()).await.expect("it is held");
    for hours in [1, 30, 30] {
        world.pass(SignedDuration::from_hours(hours)).await;
        engine.sync("adatum", How { fresh: true, enforce: false }).await.expect("the store works");
        let now = held(&engine).await.customers.remove(0);
        assert!(refused(&now) && now.digest == plan.digest, "{}", lines(&now));
    }
    // One of them is back: what is held is another set, and nobody has refused that.
    let source = world.config.customers[0].packages[0].members.first().expect("a source").0;
    let back = plan.held_steps[0].person.expect("a person").0;
    world.partner.add_member(source, back);
    world.pass(SignedDuration::from_mins(11)).await;
    engine.sync("adatum", How { fresh: true, enforce: false }).await.expect("the store works");
    world.partner.remove_member(source, back);
    world.pass(SignedDuration::from_mins(11)).await;
    engine.sync("adatum", How { fresh: true, enforce: false }).await.expect("the store works");
    let now = held(&engine).await.customers.remove(0);
    assert_eq!(now.digest, plan.digest, "the same steps again");
    assert!(!refused(&now), "{}", lines(&now));
}

#[tokio::test(start_paused = true)]
async fn one_cause_in_many_customers_is_shown_once_and_released_together() {
    let (world, targets, ..) = held_everywhere().await;
    let engine = world.engine();
    let plan = held(&engine).await;
    let [group] = plan.groups.as_slice() else { panic!("one cause: {:#?}", plan.groups) };
    assert_eq!((group.rail.as_str(), group.customers.as_slice()), ("empty_source", &NAMES.map(String::from)[..]));
    assert_eq!((group.totals.customers, group.totals.people, group.totals.steps), (3, 12, 36));
    assert!(group.text.contains(&format!("gatehouse sync --release {} --confirm 12", group.cause)), "{}", group.text);
    for wrong in [confirm(3, 11), confirm(3, 13), confirm(2, 12), confirm(4, 12)] {
        let decided = engine.decide_together(&group.cause, true, wrong, None, &lead()).await;
        assert!(
            matches!(&decided, Err(Error::PlanChanged(text)) if text.contains("nothing was changed")),
            "{decided:?}"
        );
    }
    sync_all(&engine).await;
    assert_eq!(inside(&targets), [12, 12, 12], "wrong totals let nothing through");
    let decided = engine.decide_together(&group.cause, true, confirm(3, 12), None, &lead()).await.expect("confirmed");
    assert_eq!((decided.customers, decided.open, decided.changed), (NAMES.map(String::from).to_vec(), vec![], vec![]));
    sync_all(&engine).await;
    assert_eq!(inside(&targets), [0, 0, 0]);
    let why = engine.why("contoso", "p3@northwind.example").await.expect("an answer");
    let told = why.history.iter().any(|line| line.ends_with("released by lead@northwind.example: they did leave"));
    assert!(told, "{:#?}", why.history);
}

#[tokio::test(start_paused = true)]
async fn a_release_of_a_cause_lets_nothing_else_through() {
    let (mut world, targets, ..) = held_everywhere().await;
    // In contoso another package is held as well, for a reason of its own.
    let other = world.partner.add_group("Others");
    let target = targets[1].0.add_group("Others here");
    let others: Vec<Uuid> = (0..12).map(|n| world.person(&format!("o{n}"), &[other])).collect();
    let packages = &mut world.config.customers[1].packages;
    let mut second = packages[0].clone();
    second.name = "third-line".into();
    second.members = [access::ids::GroupId(other)].into();
    second.groups = vec![access::config::TargetGroup::Id(access::ids::GroupId(target))];
    packages.push(second);
    let engine = world.engine();
    sync_all(&engine).await;
    sync_all(&engine).await;
    world.pass(SignedDuration::from_hours(25)).await;
    sync_all(&engine).await;
    assert_eq!(targets[1].0.members(target).len(), 12);
    others.iter().for_each(|person| world.partner.remove_member(other, *person));
    world.pass(SignedDuration::from_mins(11)).await;
    sync_all(&engine).await;
    let cause = held(&engine).await.groups[0].cause.clone();
    engine.decide_together(&cause, true, confirm(3, 12), None, &lead()).await.expect("confirmed");
    sync_all(&engine).await;
    assert_eq!(inside(&targets), [0, 0, 0]);
    assert_eq!(targets[1].0.members(target).len(), 12, "the other package is still held");
}

#[tokio::test(start_paused = true)]
async fn a_caller_of_some_customers_sees_and_releases_only_theirs() {
    let (world, targets, ..) = held_everywhere().await;
    let engine = world.engine();
    let theirs = ["adatum".to_owned(), "fabrikam".to_owned()];
    let plan = Plan::new(engine.held(Some(&theirs)).await.expect("the store works"));
    assert_eq!(plan.groups[0].customers, theirs);
    let cause = &plan.groups[0].cause;
    let of_all = engine.decide_together(cause, true, confirm(3, 12), Some(&theirs), &lead()).await;
    assert!(matches!(of_all, Err(Error::PlanChanged(_))), "{of_all:?}");
    let decided = engine.decide_together(cause, true, confirm(2, 12), Some(&theirs), &lead()).await.expect("theirs");
    assert_eq!(decided.customers, theirs);
    sync_all(&engine).await;
    assert_eq!(inside(&targets), [0, 12, 0]);
    let stranger = engine.decide_together(cause, true, confirm(1, 12), Some(&theirs), &lead()).await;
    assert!(matches!(stranger, Err(Error::NoSuchPlan(_))), "{stranger:?}");
}

#[tokio::test(start_paused = true)]
async fn a_release_that_stops_in_the_middle_says_how_far_it_came_and_is_finished_by_repeating_it() {
    let (world, targets, ..) = held_everywhere().await;
    let engine = world.engine();
    let cause = held(&engine).await.groups[0].cause.clone();
    let path = engine::membership::documents::lease_path(world.config.customers[1].tenant_id);
    let store::lease::Take::Held(lease) = store::lease::take(engine.store(), &path, "a run").await.expect("a store")
    else {
        panic!("nobody holds it")
    };
    let first = engine.decide_together(&cause, true, confirm(3, 12), None, &lead()).await.expect("confirmed");
    assert_eq!(first.customers, ["adatum", "fabrikam"]);
    assert_eq!(first.open.iter().map(|(customer, _)| customer.as_str()).collect::<Vec<_>>(), ["contoso"]);
    lease.release().await.expect("the store works");
    // The others go on meanwhile, so that nothing is held there any more.
    for name in ["adatum", "fabrikam"] {
        engine.sync(name, How { fresh: true, enforce: false }).await.expect("the store works");
    }
    assert_eq!(inside(&targets), [0, 12, 0]);
    let second = world.engine().decide_together(&cause, true, confirm(3, 12), None, &lead()).await.expect("the same");
    assert_eq!((second.customers, second.open), (NAMES.map(String::from).to_vec(), vec![]));
    sync_all(&engine).await;
    assert_eq!(inside(&targets), [0, 0, 0]);
}
