//! Guests who are there already, who were deleted or disabled, and those of whom Microsoft says no.

use crate::world::{World, one_customer};
use cloud_sim::{Change, NewUser};
use jiff::SignedDuration;
use std::time::Duration;

fn invited(world: &World) -> usize {
    world.sim.effects().iter().filter(|effect| matches!(effect.change, Change::GuestInvited { .. })).count()
}

#[tokio::test(start_paused = true)]
async fn a_guest_of_the_customers_is_taken_as_it_is_and_nobody_is_invited() {
    let (world, contoso, source, target) = one_customer();
    let (pending, accepted) = (contoso.add_guest("p0@northwind.example"), contoso.add_guest("p1@northwind.example"));
    contoso.redeem(accepted, "ExternalAzureAD");
    world.people(2, &[source]);
    world.sync().await;
    assert_eq!(contoso.members(target), [pending, accepted].into());
    let by_app = world.sim.requests().iter().filter(|request| request.route == Some("/invitations")).count();
    assert_eq!((contoso.users().len(), by_app), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_changed_address_at_the_same_person_changes_nothing() {
    let (world, contoso, source, target) = one_customer();
    let ana = world.person("ana", &[source]);
    world.sync().await;
    world.sync().await;
    let guest = contoso.find_guest("ana@northwind.example").expect("invited");
    world.partner.set_mail(ana, Some("ana.married@northwind.example"));
    for _ in 0..3 {
        world.pass(SignedDuration::from_mins(6)).await;
        let run = world.sync().await;
        assert!(run.plan.steps.is_empty() && run.plan.problems.is_empty(), "{:?}", run.plan);
    }
    assert_eq!((contoso.members(target), invited(&world)), ([guest].into(), 1));
    assert_eq!(contoso.mail(guest).as_deref(), Some("ana@northwind.example"));
}

#[tokio::test(start_paused = true)]
async fn a_user_of_the_customers_own_is_refused_with_that_reason() {
    let (world, contoso, source, target) = one_customer();
    let own = contoso.add_user(NewUser { other_mails: vec!["p0@northwind.example".into()], ..NewUser::named("Own") });
    world.people(1, &[source]);
    let run = world.sync().await;
    let codes: Vec<&str> = run.plan.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!((codes, invited(&world)), (vec!["internal_user"], 0));
    assert!(contoso.members(target).is_empty() && contoso.is_enabled(own));
}

#[tokio::test(start_paused = true)]
async fn the_404_after_an_invitation_is_waited_out_in_the_same_run() {
    let mut world = World::with(5, |options| options.replication_delay = Duration::from_secs(6));
    let source = world.partner.add_group("Engineers");
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    world.package("second-line", &[source], &[target]);
    world.sim.settle();
    world.people(3, &[source]);
    let run = world.sync().await;
    assert_eq!((run.failures.len(), contoso.members(target).len(), invited(&world)), (0, 3, 3));
}

/// What an hour brings under a budget of two an hour and three a day.
#[tokio::test(start_paused = true)]
async fn invitations_keep_the_budget_of_the_hour_and_of_the_day_in_each_tenant() {
    let (mut world, _, source, _) = one_customer();
    world.config.invitations.per_tenant_per_hour = 2;
    world.config.invitations.per_tenant_per_day = 3;
    let fabrikam = world.customer("fabrikam");
    let other = fabrikam.add_group("Partner");
    world.package("second-line", &[source], &[other]);
    world.people(5, &[source]);
    let mut sent = Vec::new();
    for minutes in [0, 59, 2, 60, 22 * 60 - 2, 2] {
        world.pass(SignedDuration::from_mins(minutes)).await;
        world.sync().await;
        sent.push(fabrikam.members(other).len());
    }
    assert_eq!(sent, [2, 2, 3, 3, 3, 5]);
    // Another tenant has a budget of its own.
    let contoso = world.engine().sync("contoso", engine::How { fresh: true, enforce: false }).await;
    assert!(matches!(contoso, Ok(engine::Outcome::Ran(run)) if run.waiting > 0 && run.applied > 0));
}

#[tokio::test(start_paused = true)]
async fn what_microsoft_calls_suspicious_stops_invitations_until_a_person_says_that_it_is_lifted() {
    let (world, contoso, source, _) = one_customer();
    contoso.suspicious_after(2);
    world.people(30, &[source]);
    world.sync().await;
    let before = invited(&world);
    for _ in 0..3 {
        world.pass(SignedDuration::from_hours(2)).await;
        let run = world.sync().await;
        assert!(run.plan.problems.iter().any(|problem| problem.code == "invitations_blocked"));
    }
    assert_eq!(invited(&world), before, "nobody is asked for again");
    let asked = world.sim.requests().iter().filter(|request| request.route == Some("/invitations")).count();
    assert!(asked <= 20, "one batch and no more: {asked}");
    // Lifted by Microsoft alone, nothing goes on; by the word of a person it does.
    contoso.suspicious_after(1_000);
    contoso.set_suspicious(false);
    world.sync().await;
    assert_eq!(invited(&world), before);
    let lead = engine::By { who: "lead@northwind.example".into(), asserted: false, comment: None };
    world.engine().lift_invitations_block("contoso", &lead).await.expect("it was blocked");
    world.sync().await;
    assert_eq!(invited(&world), 30);
}
