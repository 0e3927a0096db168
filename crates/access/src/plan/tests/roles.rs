//! Directory roles within a unit: given and taken like memberships, by us or by hand.

use super::render::check;
use super::world::{World, guest, hours, name, target, unit};
use super::worlds::{by_hand, role_target};
use crate::config::{Drift, Mode, Ownership, ScopedRole};
use crate::ids::ObjectId;
use crate::plan::{MemberKind, OtherAccess, Target, TargetState, Unwritable};
use expect_test::expect;
use std::collections::BTreeSet;
use uuid::Uuid;

/// So many people in the package's group, which gives a role within unit 1 besides. Nobody holds it yet.
fn with_role(people: u8) -> World {
    let mut world = World::of(people);
    let Target::Role(role, unit) = role_target() else { unreachable!() };
    world.package().roles.push(ScopedRole { role, unit });
    world.derive();
    world
}

/// The same, and all of them hold it through us.
fn after_granting(people: u8) -> World {
    let mut world = with_role(people);
    (0..people).for_each(|number| world.places(number, role_target(), &["second-line"]));
    world.ledger.adopted.insert(role_target());
    world
}

#[test]
fn a_role_is_given_to_everybody_of_the_package() {
    check(
        &with_role(2),
        expect![[r#"
        grant_role ana role:00000000-0000-0000-0000-00000000aa00@U1: in the partner groups of second-line
        grant_role bo role:00000000-0000-0000-0000-00000000aa00@U1: in the partner groups of second-line
        "#]],
    );
}

#[test]
fn a_role_goes_to_a_newcomer_after_the_invitation() {
    let mut world = after_granting(1);
    world.joins(1, 1);
    check(
        &world,
        expect![[r#"
            invite_guest bo: not in the customer's tenant yet
            add_member bo group:T1: in the partner groups of second-line
            grant_role bo role:00000000-0000-0000-0000-00000000aa00@U1: in the partner groups of second-line
        "#]],
    );
}

#[test]
fn a_role_of_ours_is_taken_from_a_leaver_and_from_whoever_leaves_the_group() {
    let mut world = after_granting(6);
    world.is_disabled(0);
    world.leaves(1, 1);
    check(
        &world,
        expect![[r#"
            remove_member ana group:T1: disabled at the partner
            remove_member bo group:T1: no longer in the partner groups of second-line
            revoke_role ana role:00000000-0000-0000-0000-00000000aa00@U1: disabled at the partner
            revoke_role bo role:00000000-0000-0000-0000-00000000aa00@U1: no longer in the partner groups of second-line
            disable_guest ana: guest of ours, and needed no more
        "#]],
    );
}

#[test]
fn a_role_that_only_the_ledger_names_is_taken_from_a_leaver() {
    let mut world = after_granting(2);
    world.package().roles.clear();
    world.is_disabled(0);
    check(
        &world,
        expect![[r#"
            remove_member ana group:T1: disabled at the partner
            revoke_role ana role:00000000-0000-0000-0000-00000000aa00@U1: disabled at the partner
            disable_guest ana: guest of ours, and needed no more
            ! target_unnamed: role:00000000-0000-0000-0000-00000000aa00@U1 holds 1 membership(s) of ours for package second-line, which does not name it any more; nothing is done until it is back, or until a person says that it is meant: gatehouse forget contoso --package second-line
        "#]],
    );
}

#[test]
fn a_role_that_was_there_first_is_adopted_once() {
    let mut world = with_role(1);
    world.members(role_target()).insert(guest(0).into(), MemberKind::User);
    check(
        &world,
        expect![[r#"
            adopt_member ana role:00000000-0000-0000-0000-00000000aa00@U1: already there, and asked for by second-line
        "#]],
    );
    world.ledger.adopted.insert(role_target());
    check(
        &world,
        expect![[r#"
            nothing to do
        "#]],
    );
}

#[test]
fn a_role_that_somebody_else_gave_is_left_alone() {
    let mut world = after_granting(1);
    world.has_guest(5);
    world.members(role_target()).insert(guest(5).into(), MemberKind::User);
    world.members(role_target()).insert(ObjectId(Uuid::from_u128(1)), MemberKind::Other);
    check(
        &world,
        expect![[r#"
            ! stranger: guest fay's guest in role:00000000-0000-0000-0000-00000000aa00@U1 is there, but neither wanted nor ours; left alone (gatehouse adopt, if it stands for a person of the partner)
        "#]],
    );
    world.package().ownership = Ownership::All;
    check(
        &world,
        expect![[r#"
            ! stranger: guest fay's guest in role:00000000-0000-0000-0000-00000000aa00@U1 is there, but neither wanted nor ours; left alone (gatehouse adopt, if it stands for a person of the partner)
        "#]],
    );
}

#[test]
fn a_role_that_the_customer_took_away_stays_away_unless_drift_is_repaired() {
    let mut world = after_granting(2);
    world.row(role_target(), 0).vanished = Some(world.now - hours(1));
    world.members(role_target()).remove(&guest(0).into());
    check(
        &world,
        expect![[r#"
            ! vetoed: the customer took ana@northwind.example out of role:00000000-0000-0000-0000-00000000aa00@U1 (seen 2026-05-04 11:00 UTC); it stays so under drift = "respect", until a person says otherwise: gatehouse unveto contoso ana@northwind.example
        "#]],
    );
    world.package().drift = Drift::Repair;
    check(
        &world,
        expect![[r#"
            grant_role ana role:00000000-0000-0000-0000-00000000aa00@U1: in the partner groups of second-line
        "#]],
    );
}

#[test]
fn without_the_permission_people_are_told_what_to_give_and_nothing_is_adopted() {
    let mut world = with_role(2);
    world.joins(2, 1);
    world.members(role_target()).insert(guest(1).into(), MemberKind::User);
    by_hand(&mut world);
    check(
        &world,
        expect![[r#"
            invite_guest cy: not in the customer's tenant yet
            add_member cy group:T1: in the partner groups of second-line
            ! role_by_hand: give cy@northwind.example the role 00000000-0000-0000-0000-00000000aa00 within unit U1 (in the partner groups of second-line): by hand, since our app lacks RoleManagement.ReadWrite.Directory in the customer's tenant
            ! role_by_hand: give ana@northwind.example the role 00000000-0000-0000-0000-00000000aa00 within unit U1 (in the partner groups of second-line): by hand, since our app lacks RoleManagement.ReadWrite.Directory in the customer's tenant
        "#]],
    );
    let planned = world.plan();
    assert_eq!(planned.wake, Some(world.now + hours(1)), "nothing else tells that the permission was given");
    assert!(!format!("{:?}", planned.notes).contains("role:"), "{:?}", planned.notes);
}

#[test]
fn without_the_permission_people_are_told_what_to_take() {
    let mut world = after_granting(6);
    world.is_disabled(0);
    world.leaves(1, 1);
    by_hand(&mut world);
    check(
        &world,
        expect![[r#"
            remove_member ana group:T1: disabled at the partner
            remove_member bo group:T1: no longer in the partner groups of second-line
            disable_guest ana: guest of ours, and needed no more
            ! role_left_by_hand: take the role 00000000-0000-0000-0000-00000000aa00 within unit U1 from ana@northwind.example (disabled at the partner): by hand, since our app lacks RoleManagement.ReadWrite.Directory in the customer's tenant
            ! role_left_by_hand: take the role 00000000-0000-0000-0000-00000000aa00 within unit U1 from bo@northwind.example (no longer in the partner groups of second-line): by hand, since our app lacks RoleManagement.ReadWrite.Directory in the customer's tenant
        "#]],
    );
}

#[test]
fn what_was_done_by_hand_is_simply_there() {
    let mut world = with_role(2);
    for number in 0..2 {
        world.members(role_target()).insert(guest(number).into(), MemberKind::User);
    }
    by_hand(&mut world);
    check(
        &world,
        expect![[r#"
            nothing to do
        "#]],
    );
    assert_eq!(world.plan().plan.unchanged, 4);
}

#[test]
fn a_role_of_the_packages_does_not_protect_and_any_other_does() {
    let role_elsewhere =
        |directory_role| OtherAccess::Known { memberships: BTreeSet::new(), directory_role, owns: false };
    let mut world = after_granting(2);
    world.is_disabled(0);
    world.access.insert(guest(0), role_elsewhere(false));
    assert_eq!(world.plan().plan.held, []);
    world.access.insert(guest(0), role_elsewhere(true));
    check(
        &world,
        expect![[r#"
            HELD by protect in second-line: 1 people, 3 steps
                 ana's guest holds a directory role that no package gives: disable_guest, remove_member, revoke_role is not done, and nobody can release it. If it is meant, do it by hand; what is left then: gatehouse plan contoso.
        "#]],
    );
}

#[test]
fn a_restricted_unit_is_told_with_what_the_customer_has_to_do() {
    let mut world = World::of(1);
    world.package().units.insert(unit(2));
    world.derive();
    let TargetState::Read { unwritable, .. } = world.actual.targets.get_mut(&Target::Unit(unit(2))).unwrap() else {
        unreachable!()
    };
    *unwritable = Some(Unwritable::Restricted);
    check(
        &world,
        expect![[r#"
            ! unit_is_restricted: unit:U2 is a restricted management unit, which application permissions do not reach; the customer has to assign our app a role within it, such as User Administrator
        "#]],
    );
}

#[test]
fn a_role_in_observe_is_planned_like_everything() {
    let mut world = with_role(1);
    world.mode = Mode::Observe;
    let planned = world.plan();
    assert_eq!(planned.plan.steps.len(), 1, "{:?} of {}", planned.plan.steps, name(0));
    assert!(world.members(target(1)).len() == 1);
}
