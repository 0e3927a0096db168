//! `gatehouse undo`.

use super::{confirmed, is_refused, ledger, lines, without_a_trace, yes};
use crate::world::{World, one_customer};
use access::config::Mode;
use cloud_sim::TenantHandle;
use engine::membership::commands::Go;
use expect_test::expect;
use jiff::SignedDuration;
use outside::Clock;
use uuid::Uuid;

/// Twelve people are settled; then somebody joins, somebody leaves the team, and somebody leaves the partner.
pub(super) async fn after_a_run() -> (World, TenantHandle, Uuid, u64) {
    let (world, contoso, source, target) = one_customer();
    let people = world.people(12, &[source]);
    world.sync().await;
    world.sync().await;
    world.pass(SignedDuration::from_hours(30)).await;
    world.person("joiner", &[source]);
    world.partner.remove_member(source, people[0]);
    world.partner.disable_user(people[1]);
    world.pass(SignedDuration::from_mins(1)).await;
    let run = world.sync().await.number.expect("something was done");
    world.sync().await;
    world.pass(SignedDuration::from_mins(20)).await;
    world.sync().await;
    (world, contoso, target, run)
}

#[tokio::test(start_paused = true)]
async fn what_the_configuration_still_wants_is_not_undone_and_nothing_is_left_behind() {
    let (world, _, _, run) = after_a_run().await;
    let look = without_a_trace(&world, world.engine().undo("contoso", run, false, None, &Go::Look)).await;
    expect![[r#"
        0 people
        left: ae24420e-96a3-4fd0-9f33-3c14c703f922 has left the partner
        left: ae24420e-96a3-4fd0-9f33-3c14c703f922 has left the partner
        left: the configuration still wants what the run did, so the next run would do it again; change the configuration or pause the customer first, or say --anyway
        left: the configuration still wants what the run did, so the next run would do it again; change the configuration or pause the customer first, or say --anyway
        left: the configuration still wants what the run did, so the next run would do it again; change the configuration or pause the customer first, or say --anyway
    "#]].assert_eq(&lines(&look.expect("a look")));
}

#[tokio::test(start_paused = true)]
async fn a_paused_customer_is_put_back_as_before_the_run() {
    let (mut world, contoso, target, run) = after_a_run().await;
    world.config.customers[0].mode = Mode::Paused;
    let engine = world.engine();
    let look = without_a_trace(&world, engine.undo("contoso", run, false, None, &Go::Look)).await.expect("a look");
    expect![[r#"
        2 people
        remove_member joiner@northwind.example
        disable_guest joiner@northwind.example
        add_member p0@northwind.example
        left: ae24420e-96a3-4fd0-9f33-3c14c703f922 has left the partner
        left: ae24420e-96a3-4fd0-9f33-3c14c703f922 has left the partner
    "#]]
    .assert_eq(&lines(&look));
    let wrong = is_refused(engine.undo("contoso", run, false, None, &confirmed(look.people + 1)).await);
    assert!(wrong.contains("look again"), "{wrong}");
    let joiner = contoso.find_guest("joiner@northwind.example").expect("invited");
    assert!(contoso.members(target).contains(&joiner), "nothing was done yet");

    let done = engine.undo("contoso", run, false, None, &confirmed(look.people)).await.expect("done");
    expect![[r#"
        2 people
        remove_member joiner@northwind.example
        disable_guest joiner@northwind.example
        add_member p0@northwind.example
        left: ae24420e-96a3-4fd0-9f33-3c14c703f922 has left the partner
        left: ae24420e-96a3-4fd0-9f33-3c14c703f922 has left the partner
        done 3 waiting 0 failed []
    "#]]
    .assert_eq(&lines(&done));
    let mails = world.mails(&contoso, target);
    assert!(mails.contains(&"p0@northwind.example".into()) && !mails.contains(&"joiner@northwind.example".into()));
    assert!(!mails.contains(&"p1@northwind.example".into()), "whoever left the partner stays out");
    assert!(contoso.users().contains(&joiner) && !contoso.is_enabled(joiner), "disabled, not deleted");
    world.pass(SignedDuration::from_mins(1)).await;
    let again = engine.undo("contoso", run, false, None, &yes()).await.expect("a second time");
    assert!(again.is_empty(), "{again:?}");
    ledger(&world, contoso.id()).await;
}

#[tokio::test(start_paused = true)]
async fn the_way_back_of_the_way_back_is_the_way_there() {
    let (mut world, contoso, target, run) = after_a_run().await;
    world.config.customers[0].mode = Mode::Paused;
    let before = world.mails(&contoso, target);
    let back = world.engine().undo("contoso", run, false, None, &yes()).await.expect("done").done.expect("done");
    world.pass(SignedDuration::from_mins(20)).await;
    let number = back.number.expect("it is in the journal");
    let there = world.engine().undo("contoso", number, true, None, &yes()).await.expect("done");
    assert_eq!(there.done.expect("done").failures, Vec::<String>::new());
    assert_eq!(world.mails(&contoso, target), before);
    let joiner = contoso.find_guest("joiner@northwind.example").expect("invited");
    assert!(contoso.is_enabled(joiner));
}

#[tokio::test(start_paused = true)]
async fn the_rails_hold_a_way_back_that_takes_many_people_out_until_their_digest_is_released() {
    let (mut world, contoso, source, target) = one_customer();
    world.people(12, &[source]);
    world.sync().await;
    let run = world.sync().await.number;
    let first = 1;
    assert!(run.is_some());
    world.config.customers[0].mode = Mode::Paused;
    let engine = world.engine();
    let held = engine.undo("contoso", first, false, None, &Go::Look).await.expect("a look");
    assert!(held.people == 0 && held.held.iter().any(|held| held.rail == "removals_max"), "{}", lines(&held));
    is_refused(engine.undo("contoso", first, false, Some("sha256:00"), &yes()).await);
    let done = engine.undo("contoso", first, false, Some(&held.digest), &confirmed(12)).await.expect("done");
    assert_eq!(done.done.as_ref().map(|done| done.failures.len()), Some(0), "{}", lines(&done));
    assert_eq!(world.mails(&contoso, target), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_the_journal_does_not_know_is_refused() {
    let (world, ..) = after_a_run().await;
    let refused = is_refused(world.engine().undo("contoso", 9_999, false, None, &yes()).await);
    assert!(refused.contains("has no run r9999"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_way_back_goes_on_beside_a_pause_and_not_beside_one_of_everything() {
    let (world, contoso, target, run) = after_a_run().await;
    let engine = world.engine();
    let pause = async |everything| {
        let until = world.clock.now() + SignedDuration::from_hours(4);
        engine.pause(None, "lead@northwind.example", "a run went wrong", until, everything).await.expect("paused");
    };
    pause(true).await;
    let look = engine.undo("contoso", run, false, None, &Go::Look).await.expect("a look");
    assert!(look.steps.is_empty() && look.held.iter().all(|held| held.rail == "paused"), "{look:?}");

    pause(false).await;
    let done = engine.undo("contoso", run, false, None, &confirmed(2)).await.expect("done").done.expect("done");
    assert_eq!((done.applied, done.failures), (3, Vec::new()));
    let before = world.mails(&contoso, target);
    assert!(before.contains(&"p0@northwind.example".into()), "{before:?}");

    // The next runs want it otherwise, and wait until the pause is over.
    world.pass(SignedDuration::from_mins(20)).await;
    world.sync().await;
    assert_eq!(world.mails(&contoso, target), before);
    world.pass(SignedDuration::from_hours(4)).await;
    world.sync().await;
    assert!(world.mails(&contoso, target).contains(&"joiner@northwind.example".into()));
}
