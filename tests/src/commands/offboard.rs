//! `gatehouse offboard` and `mode = "offboard"`.

use super::{confirmed, is_refused, ledger, lines, without_a_trace};
use crate::world::{World, one_customer};
use access::config::Mode;
use cloud_sim::TenantHandle;
use engine::membership::commands::Go;
use expect_test::expect;
use jiff::SignedDuration;
use uuid::Uuid;

/// Six people in a customer, one of whom was a guest before us and one of whom works for somebody else there too.
pub(super) async fn settled() -> (World, TenantHandle, Uuid) {
    let (world, contoso, source, target) = one_customer();
    contoso.add_guest("p0@northwind.example");
    world.people(6, &[source]);
    world.sync().await;
    world.sync().await;
    let busy = contoso.find_guest("p1@northwind.example").expect("invited");
    contoso.add_member(contoso.add_group("The customer's own project"), busy);
    contoso.add_member(target, contoso.add_guest("supplier@elsewhere.example"));
    world.pass(SignedDuration::from_hours(1)).await;
    (world, contoso, target)
}

#[tokio::test(start_paused = true)]
async fn one_word_in_a_file_takes_nobody_out() {
    let (mut world, contoso, target) = settled().await;
    world.config.customers[0].mode = Mode::Offboard;
    let effects = world.sim.effects().len();
    let run = world.sync().await;
    assert_eq!((run.applied, run.plan.held.len()), (0, 1));
    expect!["Everything of ours is to go, from 6 people. gatehouse offboard contoso shows it and does it. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU."].assert_eq(&run.plan.held[0].text);
    assert_eq!(world.sim.effects().len(), effects);
    assert_eq!(world.mails(&contoso, target).len(), 7);
}

#[tokio::test(start_paused = true)]
async fn everything_of_ours_goes_once_the_number_is_confirmed_and_the_rest_is_told() {
    let (mut world, contoso, target) = settled().await;
    let look = without_a_trace(&world, world.engine().offboard("contoso", &Go::Look)).await.expect("a look");
    expect![[r#"
        6 people
        remove_member p0@northwind.example
        remove_member p1@northwind.example
        remove_member p2@northwind.example
        remove_member p3@northwind.example
        remove_member p4@northwind.example
        remove_member p5@northwind.example
        disable_guest p2@northwind.example
        disable_guest p3@northwind.example
        disable_guest p4@northwind.example
        disable_guest p5@northwind.example
        left: was invited by us and is not disabled (has_other_access tells why, if so)
        left: was there before us, so the guest stays
        left: guest 07211b06-7968-4dcf-b378-db71bd4f8f75 has other access in the customer's tenant, so they stay
        left: guest d66cc21d-f6e2-41d0-a929-c76abf599b13 in group:0dfafffe-2b7b-4591-9c0c-790bb08a6233 is there, but neither wanted nor ours; left alone (gatehouse adopt, if it stands for a person of the partner)
        note: by hand, by an administrator of contoso: delete the enterprise application of app 22222222-2222-4222-8222-222222222222 (that ends the consent), and the Azure Lighthouse delegations to Northwind; then take customers/contoso.toml out of the configuration and run: gatehouse forget 00000000-0000-0000-0000-000044440000
    "#]].assert_eq(&lines(&look));
    let enforced = is_refused(world.engine().offboard("contoso", &confirmed(6)).await);
    assert!(enforced.contains("would put everybody back"), "{enforced}");
    world.config.customers[0].mode = Mode::Offboard;
    let wrong = is_refused(world.engine().offboard("contoso", &confirmed(5)).await);
    assert!(wrong.contains("6 people are concerned, and 5 were confirmed"), "{wrong}");
    assert_eq!(world.mails(&contoso, target).len(), 7);

    let done = world.engine().offboard("contoso", &confirmed(6)).await.expect("done");
    assert_eq!(done.done.as_ref().map(|done| (done.waiting, done.failures.clone())), Some((0, Vec::new())));
    assert_eq!(world.mails(&contoso, target), ["supplier@elsewhere.example"]);
    let enabled: Vec<bool> = (0..6)
        .map(|n| contoso.is_enabled(contoso.find_guest(&format!("p{n}@northwind.example")).expect("still there")))
        .collect();
    assert_eq!(enabled, [true, true, false, false, false, false], "not ours, other access, and four of ours");
    world.pass(SignedDuration::from_mins(20)).await;
    let run = world.sync().await;
    assert_eq!((run.applied, run.plan.steps.len(), run.plan.held.len()), (0, 0, 0), "and it stays so");
    assert!(ledger(&world, contoso.id()).await.rows.is_empty());
    let again = world.engine().offboard("contoso", &confirmed(0)).await.expect("nothing to do");
    assert!(again.is_empty(), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_protected_stays_and_is_released_by_nobody_who_offboards() {
    let (mut world, contoso, target) = settled().await;
    world.config.customers[0].mode = Mode::Offboard;
    let guest = contoso.find_guest("p2@northwind.example").expect("invited");
    world.config.customers[0].protect.insert(access::ids::ObjectId(guest));
    world.engine().offboard("contoso", &confirmed(5)).await.expect("done");
    assert_eq!(world.mails(&contoso, target), ["p2@northwind.example", "supplier@elsewhere.example"]);
    // Off the list within the day of the release, they are a case of their own.
    world.config.customers[0].protect.clear();
    world.pass(SignedDuration::from_mins(20)).await;
    let run = world.sync().await;
    assert_eq!((run.applied, run.plan.held[0].rail.as_str()), (0, "offboarding"));
}

#[tokio::test(start_paused = true)]
async fn a_release_of_the_held_digest_does_the_same() {
    let (mut world, contoso, target) = settled().await;
    world.config.customers[0].mode = Mode::Offboard;
    let digest = world.sync().await.plan.digest;
    let by = engine::By { who: "lead@northwind.example".into(), asserted: false, comment: None };
    world.engine().release(&digest, None, &by).await.expect("released");
    assert_eq!(world.sync().await.plan.held.len(), 0);
    assert_eq!(world.mails(&contoso, target), ["supplier@elsewhere.example"]);
}
