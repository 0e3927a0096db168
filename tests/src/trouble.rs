//! Outages, refusals and lies: each ends in a clear word, and nothing wrong is written.

use crate::world::{SECRET, World, lines, one_customer};
use access::ids::UnitId;
use cloud_sim::{Fault, PERMISSIONS, What, When};
use engine::{How, Outcome};
use jiff::SignedDuration;
use std::time::Duration;

/// A customer with twelve people in it, settled.
async fn settled(seed: u64) -> (World, cloud_sim::TenantHandle, uuid::Uuid, uuid::Uuid, Vec<uuid::Uuid>) {
    let mut world = World::with(seed, |_| {});
    let source = world.partner.add_group("Engineers");
    let people = world.people(12, &[source]);
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    world.package("second-line", &[source], &[target]);
    world.sync().await;
    world.sync().await;
    world.pass(SignedDuration::from_hours(25)).await;
    world.sync().await;
    (world, contoso, source, target, people)
}

#[tokio::test(start_paused = true)]
async fn a_source_group_that_is_emptied_deleted_or_unreadable_removes_nobody() {
    let (world, contoso, source, target, people) = settled(1).await;
    people.iter().for_each(|person| world.partner.remove_member(source, *person));
    let run = world.sync().await;
    assert!(run.plan.held.iter().any(|held| held.rail == "empty_source"), "{}", lines(&run.plan));
    assert_eq!(contoso.members(target).len(), 12);

    let (world, contoso, source, target, _) = settled(2).await;
    world.partner.delete_group(source);
    let run = world.sync().await;
    assert!(run.plan.problems.iter().any(|problem| problem.code == "source_gone"), "{}", lines(&run.plan));
    assert!(run.plan.held.iter().any(|held| held.rail == "incomplete_survey"), "{}", lines(&run.plan));
    assert_eq!(contoso.members(target).len(), 12);

    let (world, contoso, source, target, people) = settled(3).await;
    world.partner.remove_member(source, people[0]);
    let fault = Fault::new("GET /groups/*/transitiveMembers/**", When::Every, What::Status(503, "ServiceUnavailable"));
    world.sim.fault(fault.in_tenant(world.partner.id()));
    let run = world.sync().await;
    assert!(run.plan.problems.iter().any(|problem| problem.code == "source_unread"), "{}", lines(&run.plan));
    assert_eq!((run.plan.steps.len(), contoso.members(target).len()), (0, 12), "{}", lines(&run.plan));
    world.sim.clear_faults();
    world.sync().await;
    assert_eq!(contoso.members(target).len(), 11, "once it can be read, whoever left goes");
}

#[tokio::test(start_paused = true)]
async fn a_leaver_goes_even_while_the_survey_is_incomplete() {
    let (world, contoso, source, target, people) = settled(4).await;
    world.partner.disable_user(people[3]);
    world.partner.remove_member(source, people[4]);
    let fault = Fault::new("GET /groups/*/transitiveMembers/**", When::Every, What::Status(503, "ServiceUnavailable"));
    world.sim.fault(fault.in_tenant(world.partner.id()));
    let run = world.sync().await;
    assert_eq!(contoso.members(target).len(), 11, "{}", lines(&run.plan));
    assert!(!world.mails(&contoso, target).contains(&"p3@northwind.example".to_string()));
}

#[tokio::test(start_paused = true)]
async fn expired_delta_links_lead_to_a_full_read_that_finds_what_was_missed() {
    let (world, contoso, source, target, people) = settled(5).await;
    world.partner.remove_member(source, people[0]);
    world.person("newcomer", &[source]);
    world.partner.expire_links();
    contoso.expire_links();
    let run = world.sync().await;
    assert_eq!(run.failures, Vec::<String>::new());
    let mails = world.mails(&contoso, target);
    assert!(mails.contains(&"newcomer@northwind.example".to_string()), "{mails:?}");
    assert!(!mails.contains(&"p0@northwind.example".to_string()), "{mails:?}");
}

#[tokio::test(start_paused = true)]
async fn missing_consent_and_missing_permissions_are_named_and_nothing_is_written() {
    let (world, contoso, source, _, _) = settled(6).await;
    world.person("newcomer", &[source]);
    contoso.withdraw_consent(world.config.app.client_id.0);
    contoso.revoke_tokens();
    world.sim.reset_log();
    let text = failure(&world).await;
    assert!(text.contains("contoso") && text.contains("consent"), "{text}");
    assert_eq!(world.sim.effects(), []);

    let (world, contoso, source, target, _) = settled(7).await;
    world.person("newcomer", &[source]);
    let fewer: Vec<&str> = PERMISSIONS
        .iter()
        .copied()
        .filter(|one| !one.starts_with("GroupMember") && !one.starts_with("Group.") && !one.starts_with("Directory"))
        .collect();
    contoso.consent(world.config.app.client_id.0, &fewer);
    contoso.revoke_tokens();
    let outcome = world.engine().sync("contoso", How { fresh: true, enforce: false }).await.expect("the store works");
    let text = format!("{outcome:?}");
    assert!(text.contains("GroupMember.Read") || text.contains("Group.Read"), "{text}");
    assert_eq!(contoso.members(target).len(), 12);
}

async fn failure(world: &World) -> String {
    match world.engine().sync("contoso", How { fresh: true, enforce: false }).await.expect("the store works") {
        Outcome::Failed { text, .. } => text,
        other => panic!("expected a failure, got {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_and_a_wrong_tenant_say_so() {
    let (world, ..) = settled(8).await;
    world.sim.app(world.config.app.client_id.0).forget_secrets();
    let text = failure(&world).await;
    assert!(text.contains("credential"), "{text}");

    let (mut world, ..) = settled(9).await;
    world.config.customers[0].tenant_id = access::ids::TenantId(uuid::Uuid::from_u128(0xdead));
    let text = failure(&world).await;
    assert!(text.contains("tenant"), "{text}");

    let (mut world, ..) = settled(10).await;
    let other = world.sim.tenant(uuid::Uuid::from_u128(0x9999), "other.onmicrosoft.com");
    other.consent(world.config.app.client_id.0, PERMISSIONS);
    world.config.partner.tenant_id = access::ids::TenantId(other.id());
    let text = failure(&world).await;
    assert!(text.contains("partner tenant"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn one_apps_refused_secret_keeps_no_customer_of_another_app_waiting() {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    let people = world.people(3, &[source]);
    let other = uuid::Uuid::from_u128(0x3333_3333);
    world.sim.app(other).secret(SECRET);
    let mut targets = Vec::new();
    for name in ["adatum", "contoso"] {
        let tenant = world.customer(name);
        tenant.consent(other, PERMISSIONS);
        let target = tenant.add_group("Partner");
        world.package("second-line", &[source], &[target]);
        targets.push((tenant, target));
    }
    let app = access::config::App { client_id: access::ids::ObjectId(other), ..world.config.app.clone() };
    world.config.apps.insert("other".into(), app);
    world.config.customers[0].app = Some("other".into());
    let engine = world.engine();
    let run = async |name: &str| engine.sync(name, How { fresh: true, enforce: false }).await.expect("the store works");
    for name in ["adatum", "contoso"] {
        assert!(matches!(run(name).await, Outcome::Ran(_)));
    }
    world.sim.app(other).forget_secrets();
    world.pass(SignedDuration::from_hours(2)).await;
    world.partner.remove_member(source, people[0]);
    let Outcome::Failed { text, .. } = run("adatum").await else { panic!("its app is refused") };
    assert!(text.contains("credential"), "{text}");
    assert!(matches!(run("contoso").await, Outcome::Ran(_)), "at once after the other one");
    assert_eq!(targets[1].0.member_mails(targets[1].1).len(), 2);
    assert_eq!(targets[0].0.member_mails(targets[0].1).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_invitation_whose_answer_is_lost_makes_no_second_guest_and_the_guest_is_ours() {
    for what in [What::ResetAfter, What::StatusAfter(503, "ServiceUnavailable"), What::CutJson] {
        let (world, contoso, source, target) = one_customer();
        let ana = world.person("ana", &[source]);
        world.person("bo", &[source]);
        world.sim.fault(Fault::new("POST /invitations", When::Nth(1), what));
        world.sync().await;
        world.pass(SignedDuration::from_mins(2)).await;
        world.sync().await;
        world.pass(SignedDuration::from_mins(2)).await;
        world.sync().await;
        assert_eq!(world.mails(&contoso, target), ["ana@northwind.example", "bo@northwind.example"], "{what:?}");
        let invited = world.sim.count(|request| request.path == "/invitations");
        assert_eq!(invited, 2, "{what:?}: nobody is invited twice");
        // Ours, so a leaver's account is disabled.
        world.partner.disable_user(ana);
        world.pass(SignedDuration::from_mins(1)).await;
        world.sync().await;
        let guest = contoso.find_guest("ana@northwind.example").expect("there");
        assert!(!contoso.is_enabled(guest), "{what:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_addition_whose_answer_is_lost_is_ours() {
    for what in [What::ResetAfter, What::StatusAfter(503, "ServiceUnavailable")] {
        let (world, contoso, source, target) = one_customer();
        let people = world.people(5, &[source]);
        world.sim.fault(Fault::new("PATCH /groups/*", When::Times(2), what));
        world.sync().await;
        world.pass(SignedDuration::from_mins(2)).await;
        world.sync().await;
        world.sync().await;
        assert_eq!(contoso.members(target).len(), 5);
        world.partner.disable_user(people[0]);
        world.pass(SignedDuration::from_mins(1)).await;
        world.sync().await;
        assert_eq!(contoso.members(target).len(), 4, "{what:?}: ours, so it is taken away again");
    }
}

#[tokio::test(start_paused = true)]
async fn invitations_stop_for_the_tenant_when_microsoft_calls_them_suspicious() {
    let (world, contoso, source, target) = one_customer();
    world.people(60, &[source]);
    contoso.suspicious_after(5);
    world.sync().await;
    world.sim.reset_log();
    world.pass(SignedDuration::from_mins(5)).await;
    world.sync().await;
    assert_eq!(world.sim.count(|request| request.path == "/invitations"), 0, "none until a person clears it");
    contoso.set_suspicious(false);
    contoso.suspicious_after(usize::MAX);
    let by = engine::By { who: "lead@northwind.example".into(), asserted: false, comment: None };
    world.engine().lift_invitations_block("contoso", &by).await.expect("they are blocked");
    world.sync().await;
    assert_eq!(contoso.members(target).len(), 60);
    assert!(world.engine().lift_invitations_block("contoso", &by).await.is_err(), "there is no block any more");
}

#[tokio::test(start_paused = true)]
async fn the_invitation_budget_holds_across_restarts() {
    let (mut world, contoso, source, target) = one_customer();
    world.people(30, &[source]);
    world.config.invitations.per_tenant_per_hour = 20;
    for (minutes, expected) in [(0, 20), (30, 20), (31, 30)] {
        world.pass(SignedDuration::from_mins(minutes)).await;
        // Each run is a process of its own.
        let run = world.sync().await;
        assert_eq!(contoso.members(target).len(), expected, "after {minutes} min: {} wait", run.waiting);
    }
}

#[tokio::test(start_paused = true)]
async fn a_hostile_cloud_converges_too() {
    for seed in 1..=5 {
        let mut world = World::with(seed, |options| {
            let clock = options.clock.clone();
            *options = cloud_sim::SimOptions::hostile(seed, clock);
        });
        let (source, nested) = (world.partner.add_group("Engineers"), world.partner.add_group("Juniors"));
        world.people(7, &[source]);
        world.person("junior", &[nested]);
        world.partner.add_member(source, nested);
        let contoso = world.customer("contoso");
        let target = contoso.add_group("Partner");
        world.package("second-line", &[source], &[target]);
        world.sim.settle();
        for fault in ["GET /**", "PATCH /**", "POST /$batch", "DELETE /**"] {
            world.sim.fault(Fault::new(fault, When::Probability(0.05), What::Status(503, "ServiceUnavailable")));
            world.sim.fault(Fault::new(
                fault,
                When::Probability(0.03),
                What::Throttle { retry_after: Some(Duration::from_secs(2)) },
            ));
            world.sim.fault(Fault::new(fault, When::Probability(0.03), What::ResetAfter));
        }
        for _ in 0..6 {
            let _ = world.engine().sync("contoso", How { fresh: true, enforce: false }).await;
            world.pass(SignedDuration::from_mins(11)).await;
        }
        world.sim.clear_faults();
        world.sync().await;
        world.pass(SignedDuration::from_mins(2)).await;
        let run = world.sync().await;
        assert_eq!(contoso.members(target).len(), 8, "seed {seed}: {}", lines(&run.plan));
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_who_changes_teams_while_replicas_lag_loses_nothing() {
    let mut world = World::with(3, |options| options.member_lag = Duration::from_secs(90));
    let (day, night) = (world.partner.add_group("Day shift"), world.partner.add_group("Night shift"));
    let people = world.people(6, &[day]);
    world.person("owl", &[night]);
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    world.package("second-line", &[day, night], &[target]);
    world.sim.settle();
    world.sync().await;
    world.pass(SignedDuration::from_mins(11)).await;
    world.sync().await;
    world.partner.remove_member(day, people[0]);
    world.pass(SignedDuration::from_secs(100)).await;
    // The read shows by now that they left the day shift, and not yet that they came to the night shift.
    world.partner.add_member(night, people[0]);
    for seconds in [0, 20, 100, 700] {
        world.pass(SignedDuration::from_secs(seconds)).await;
        let run = world.sync().await;
        assert_eq!(run.plan.steps.iter().filter(|step| step.action.takes()).count(), 0, "{}", lines(&run.plan));
        assert_eq!(contoso.members(target).len(), 7, "after {seconds} s more");
    }
    // Somebody comes and goes again: the read that still shows them adds nobody.
    let guest = world.person("passing", &[]);
    world.partner.add_member(night, guest);
    world.partner.remove_member(night, guest);
    world.partner.remove_member(night, people[0]);
    for seconds in [0, 50, 100] {
        world.pass(SignedDuration::from_secs(seconds)).await;
        world.sync().await;
        assert_eq!(contoso.find_guest("passing@northwind.example"), None);
    }
    assert_eq!(contoso.members(target).len(), 6, "who really left goes");
}

#[tokio::test(start_paused = true)]
async fn members_that_are_not_found_though_their_group_or_unit_is_there_are_looked_for_again_within_a_minute() {
    // A unit has no delta, so its members are read twice: to see whether anything changed, and in the survey.
    let lists = [("GET /groups/{id}/members", 1), ("GET /directory/administrativeUnits/{id}/members", 2)];
    for (route, times) in lists {
        let (mut world, contoso, source, target, _) = settled(1).await;
        world.config.customers[0].packages[0].units = [UnitId(contoso.add_unit("Partner people"))].into();
        world.sync().await;
        world.sync().await;
        let missing = Fault::new(route, When::Times(times), What::Status(404, "Request_ResourceNotFound"));
        world.sim.fault(missing.in_tenant(contoso.id()));
        world.person("joiner", &[source]);
        let codes: Vec<String> = world.sync().await.plan.problems.into_iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["target_unread"], "{route}");
        // Nothing else changes, and nobody asks for a run.
        for _ in 0..2 {
            world.pass(SignedDuration::from_mins(1)).await;
            let engine = world.engine();
            engine.tick().await.expect("a tick");
            engine.sync("contoso", How::default()).await.expect("the store works");
        }
        assert_eq!(world.engine().health(true).await.red, Some(Vec::new()), "{route}");
        assert_eq!(contoso.members(target).len(), 13, "{route}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_returns_while_nobody_can_read_them_is_not_deleted_and_comes_back_once_they_are_read() {
    let (mut world, contoso, _, target, people) = settled(1).await;
    world.config.leavers.delete_after = Some(SignedDuration::from_mins(30));
    let turn = async |minutes: i64| {
        world.pass(SignedDuration::from_mins(minutes)).await;
        let engine = world.engine();
        engine.tick().await.expect("a tick");
        engine.sync("contoso", How::default()).await.expect("the store works")
    };
    world.partner.disable_user(people[0]);
    turn(1).await;
    turn(1).await;
    let guest = contoso.find_guest("p0@northwind.example").expect("invited");
    assert!(!contoso.is_enabled(guest) && contoso.users().contains(&guest));
    let unread = Fault::new("GET /users/{id}", When::Every, What::Status(503, "ServiceUnavailable"));
    world.sim.fault(unread.in_tenant(world.partner.id()));
    world.partner.enable_user(people[0]);
    for _ in 0..10 {
        turn(5).await;
    }
    assert!(contoso.users().contains(&guest), "whether they are gone is not known any more");
    world.sim.clear_faults();
    for _ in 0..3 {
        turn(5).await;
    }
    assert!(contoso.is_enabled(guest) && contoso.members(target).contains(&guest));
}
