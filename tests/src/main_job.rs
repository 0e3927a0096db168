//! The main job: customers' groups follow the partner's groups.

use crate::world::{World, lines, one_customer};
use access::config::Drift;
use engine::{By, How, Outcome};
use expect_test::expect;
use jiff::SignedDuration;

#[tokio::test(start_paused = true)]
async fn people_of_a_partner_group_become_members_of_the_customers_group() {
    let (world, contoso, source, target) = one_customer();
    world.person("ana", &[source]);
    world.person("bo", &[source]);

    let run = world.sync().await;
    expect![[r#"
        invite_guest ana@northwind.example (not in the customer's tenant yet)
        invite_guest bo@northwind.example (not in the customer's tenant yet)
        add_member ana@northwind.example (in the partner groups of second-line)
        add_member bo@northwind.example (in the partner groups of second-line)
        unchanged 0
    "#]]
    .assert_eq(&lines(&run.plan));
    assert_eq!(run.failures, Vec::<String>::new());
    assert_eq!(world.mails(&contoso, target), ["ana@northwind.example", "bo@northwind.example"]);

    let again = world.sync().await;
    expect![[r#"
        unchanged 2
    "#]]
    .assert_eq(&lines(&again.plan));
}

#[tokio::test(start_paused = true)]
async fn a_run_with_nothing_to_do_costs_one_round_trip_and_one_store_read() {
    let (world, _, source, _) = one_customer();
    world.people(10, &[source]);
    world.sync().await;
    // The second run sees the first one's own writes come back in the delta, and settles them.
    world.sync().await;

    let engine = world.engine();
    engine.tick().await.expect("a tick");
    world.sim.reset_log();
    world.documents.reset();
    // The first look pays for the token; the second is what each later one costs.
    for expected_tokens in [1, 0] {
        world.sim.reset_log();
        world.documents.reset();
        let outcome = engine.sync("contoso", How::default()).await.expect("the store works");
        assert!(matches!(outcome, Outcome::Unchanged), "{outcome:?}");
        assert_eq!(world.sim.count(|request| request.is_round_trip() && request.route != Some("token")), 1);
        assert_eq!(world.sim.count(|request| request.route == Some("token")), expected_tokens);
        let counts = world.documents.counts("");
        assert_eq!((counts.reads(), counts.writes()), (1, 0), "{counts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_hundred_new_people_cost_at_most_thirty_requests() {
    let (world, contoso, source, target) = one_customer();
    world.people(200, &[source]);
    world.sim.reset_log();
    let run = world.sync().await;
    assert_eq!((run.failures.len(), run.waiting), (0, 0), "{:?}", run.failures);
    assert_eq!(contoso.members(target).len(), 200);
    let tenant = contoso.id();
    let all = world
        .sim
        .count(|request| request.is_round_trip() && request.tenant == Some(tenant) && request.route != Some("token"));
    println!("{all} requests to the customer's tenant");
    assert!(all <= 30, "{all} requests");
}

#[tokio::test(start_paused = true)]
async fn a_leaver_is_removed_and_their_guest_disabled() {
    let (world, contoso, source, target) = one_customer();
    let ana = world.person("ana", &[source]);
    world.person("bo", &[source]);
    world.sync().await;
    world.sync().await;

    world.partner.disable_user(ana);
    world.pass(SignedDuration::from_mins(1)).await;
    let run = world.sync().await;
    expect![[r#"
        remove_member ana@northwind.example (disabled at the partner)
        disable_guest ana@northwind.example (guest of ours, and needed no more)
        unchanged 1
    "#]]
    .assert_eq(&lines(&run.plan));
    assert_eq!(world.mails(&contoso, target), ["bo@northwind.example"]);
    let guest = contoso.find_guest("ana@northwind.example").expect("the guest is still there");
    assert!(!contoso.is_enabled(guest));

    world.partner.enable_user(ana);
    world.pass(SignedDuration::from_mins(1)).await;
    let run = world.sync().await;
    expect![[r#"
        enable_guest ana@northwind.example (is back; it was we who disabled them)
        add_member ana@northwind.example (in the partner groups of second-line)
        unchanged 1
    "#]]
    .assert_eq(&lines(&run.plan));
    assert!(contoso.is_enabled(guest));
    assert_eq!(contoso.members(target).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_the_customer_took_away_stays_away_under_respect_and_comes_back_under_repair() {
    for (drift, expected) in [(Drift::Respect, 1), (Drift::Repair, 2)] {
        let mut world = World::new();
        let source = world.partner.add_group("Engineers");
        world.people(2, &[source]);
        let contoso = world.customer("contoso");
        let target = contoso.add_group("Partner second line");
        world.package("second-line", &[source], &[target]).drift = drift;
        world.sync().await;
        world.sync().await;
        let guest = contoso.find_guest("p0@northwind.example").expect("invited");
        contoso.remove_member(target, guest);
        let run = world.sync().await;
        let vetoed = run.plan.problems.iter().any(|problem| problem.code == "vetoed");
        assert_eq!(vetoed, drift == Drift::Respect, "{}", lines(&run.plan));
        assert_eq!(contoso.members(target).len(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_mass_removal_is_held_until_a_named_person_releases_it() {
    let (world, contoso, source, target) = one_customer();
    let people = world.people(12, &[source]);
    world.sync().await;
    world.sync().await;
    people[..11].iter().for_each(|person| world.partner.remove_member(source, *person));
    // Not on the heels of the additions: those count against the day's share.
    world.pass(SignedDuration::from_hours(25)).await;
    let run = world.sync().await;
    expect![[r#"
        held by removals_max: 11 steps, 11 people
        held by removals_percent_max: 11 steps, 11 people
        unchanged 1
    "#]]
    .assert_eq(&lines(&run.plan));
    assert_eq!(contoso.members(target).len(), 12);

    let engine = world.engine();
    let by = By { who: "ops@northwind.example".into(), asserted: false, comment: Some("reorganisation".into()) };
    let released = engine.release(&run.plan.digest, None, &by).await.expect("the plan is held");
    assert_eq!(released, ["contoso"]);
    let run = world.sync().await;
    assert_eq!((run.plan.steps.len(), run.plan.held.len()), (11, 0), "{}", lines(&run.plan));
    assert_eq!(contoso.members(target).len(), 1);
}
