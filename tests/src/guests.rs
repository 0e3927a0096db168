//! Guests that are ours: disabled and deleted as configured, and never while they have other access.

use crate::world::{World, lines, one_customer};
use access::config::Disable;
use cloud_sim::{Fault, TenantHandle, What, When};
use expect_test::expect;
use jiff::SignedDuration;
use uuid::Uuid;

/// Six people in a customer, settled; one of them leaves all groups but stays at the partner.
async fn without_one(change: impl FnOnce(&mut World)) -> (World, TenantHandle, Uuid, Uuid) {
    let (mut world, contoso, source, _) = one_customer();
    let people = world.people(6, &[source]);
    change(&mut world);
    world.sync().await;
    world.sync().await;
    world.pass(SignedDuration::from_hours(25)).await;
    let guest = contoso.find_guest("p0@northwind.example").expect("invited");
    world.partner.remove_member(source, people[0]);
    (world, contoso, guest, people[0])
}

async fn pass_and_sync(world: &World, time: SignedDuration) -> String {
    world.pass(time).await;
    lines(&world.sync().await.plan)
}

#[tokio::test(start_paused = true)]
async fn whoever_is_still_at_the_partner_keeps_their_guest_unless_unused_ones_go() {
    for (disable, enabled) in [(Disable::Never, true), (Disable::Left, true), (Disable::Unused, false)] {
        let (world, contoso, guest, _) = without_one(|world| world.config.leavers.disable = disable).await;
        pass_and_sync(&world, SignedDuration::from_mins(1)).await;
        pass_and_sync(&world, SignedDuration::from_mins(2)).await;
        assert_eq!(contoso.is_enabled(guest), enabled, "{disable:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unused_guest_with_other_access_stays_as_they_are() {
    let (world, contoso, guest, _) = without_one(|world| world.config.leavers.disable = Disable::Unused).await;
    contoso.add_member(contoso.add_group("The customer's own project"), guest);
    pass_and_sync(&world, SignedDuration::from_mins(1)).await;
    let text = pass_and_sync(&world, SignedDuration::from_mins(2)).await;
    expect![[r#"
        problem has_other_access
        unchanged 5
    "#]]
    .assert_eq(&text);
    assert!(contoso.is_enabled(guest));
}

/// The role definition of User Administrator.
const USER_ADMINISTRATOR: Uuid = Uuid::from_u128(0xfe930be7_5e62_47db_91af_98c3a49a38b1);

#[tokio::test(start_paused = true)]
async fn a_role_within_a_unit_protects_its_holder_though_no_package_gives_roles() {
    let (world, contoso, guest, person) = without_one(|_| {}).await;
    let unit = contoso.add_unit("Helpdesk");
    contoso.assign_role(guest, USER_ADMINISTRATOR, &format!("/administrativeUnits/{unit}"));
    world.partner.disable_user(person);
    let text = pass_and_sync(&world, SignedDuration::from_mins(1)).await;
    expect![[r#"
        held by protect: 2 steps, 1 people
        unchanged 5
    "#]]
    .assert_eq(&text);
    assert!(contoso.is_enabled(guest));
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_never_tells_roles_keeps_nobody_in() {
    let (world, contoso, guest, person) = without_one(|_| {}).await;
    let on = "GET /roleManagement/directory/roleAssignments";
    world.sim.fault(Fault::new(on, When::Every, What::Status(403, "Authorization_RequestDenied")));
    world.partner.disable_user(person);
    let text = pass_and_sync(&world, SignedDuration::from_mins(1)).await;
    assert!(text.contains("remove_member") && !text.contains("held"), "{text}");
    assert!(!contoso.is_enabled(guest));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_for_roles_who_only_gains_something() {
    let (world, contoso, source, _) = one_customer();
    world.people(3, &[source]);
    let asked = || world.sim.count(|request| request.path.contains("roleAssignments"));
    world.sync().await;
    let vetting = asked();
    for name in ["a0", "a1"] {
        contoso.add_guest(&format!("{name}@northwind.example"));
        world.person(name, &[source]);
    }
    world.pass(SignedDuration::from_mins(2)).await;
    let text = lines(&world.sync().await.plan);
    assert_eq!(text.matches("add_member a").count(), 2, "{text}");
    assert_eq!(asked(), vetting);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_only_missing_waits_while_nobody_can_tell_whether_they_hold_a_role() {
    let (world, contoso, guest, _) = without_one(|_| {}).await;
    let helpdesk = contoso.add_unit("Helpdesk");
    contoso.assign_role(guest, USER_ADMINISTRATOR, &format!("/administrativeUnits/{helpdesk}"));
    for on in ["GET /users/*/memberOf", "GET /users/*/memberOf/**"] {
        world.sim.fault(Fault::new(on, When::Every, What::Status(503, "ServiceUnavailable")));
    }
    for _ in 0..2 {
        let text = pass_and_sync(&world, SignedDuration::from_mins(1)).await;
        assert!(text.contains("held by protect: 1 steps") && !text.contains("remove_member"), "{text}");
        world.sim.clear_faults();
    }
}

#[tokio::test(start_paused = true)]
async fn a_disabled_guest_is_deleted_after_its_days_and_comes_back_by_being_restored() {
    let (world, contoso, guest, person) = without_one(|world| {
        world.config.leavers.delete_after = Some(SignedDuration::from_hours(48));
    })
    .await;
    world.partner.disable_user(person);
    pass_and_sync(&world, SignedDuration::from_mins(1)).await;
    assert!(!contoso.is_enabled(guest));
    pass_and_sync(&world, SignedDuration::from_hours(47)).await;
    assert!(contoso.users().contains(&guest), "an hour too early");
    let text = pass_and_sync(&world, SignedDuration::from_hours(2)).await;
    assert!(text.contains("delete_guest"), "{text}");
    assert!(contoso.deleted_users().contains(&guest));

    world.partner.enable_user(person);
    let source = world.partner.groups().into_iter().next().expect("the source group");
    world.partner.add_member(source, person);
    pass_and_sync(&world, SignedDuration::from_mins(1)).await;
    pass_and_sync(&world, SignedDuration::from_mins(2)).await;
    pass_and_sync(&world, SignedDuration::from_mins(2)).await;
    assert!(contoso.users().contains(&guest), "the same guest again");
    assert!(contoso.is_enabled(guest));
}

#[tokio::test(start_paused = true)]
async fn nobody_who_owns_something_is_deleted() {
    let (world, contoso, guest, person) = without_one(|world| {
        world.config.leavers.delete_after = Some(SignedDuration::from_hours(1));
    })
    .await;
    contoso.add_owner(contoso.add_group("A project"), guest);
    world.partner.disable_user(person);
    pass_and_sync(&world, SignedDuration::from_mins(1)).await;
    assert!(!contoso.is_enabled(guest), "a leaver is disabled all the same");
    let text = pass_and_sync(&world, SignedDuration::from_hours(2)).await;
    assert!(text.contains("has_other_access") && !text.contains("delete_guest"), "{text}");
    assert!(contoso.users().contains(&guest));
}

#[tokio::test(start_paused = true)]
async fn a_guest_whom_the_customer_disabled_or_deleted_is_left_so_for_ever() {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    world.people(6, &[source]);
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    world.package("second-line", &[source], &[target]).drift = access::config::Drift::Repair;
    world.sync().await;
    world.sync().await;
    let disabled = contoso.find_guest("p0@northwind.example").expect("invited");
    let deleted = contoso.find_guest("p1@northwind.example").expect("invited");
    contoso.disable_user(disabled);
    contoso.delete_user(deleted);
    contoso.remove_member(target, disabled);
    for _ in 0..3 {
        let text = pass_and_sync(&world, SignedDuration::from_mins(6)).await;
        assert!(text.contains("guest_disabled_by_customer") && text.contains("guest_deleted_by_customer"), "{text}");
    }
    assert!(!contoso.is_enabled(disabled) && !contoso.members(target).contains(&disabled));
    assert_eq!(contoso.find_guest("p1@northwind.example"), None, "not invited again");
}
