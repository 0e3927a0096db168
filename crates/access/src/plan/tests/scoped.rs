//! Rights that hold within units: what is out of reach is said, and nothing is planned that cannot work.

use super::render::check;
use super::world::{World, guest, hours, target};
use crate::config::Disable;
use crate::ids::GuestId;
use crate::plan::{Reach, TargetState, Unwritable};
use expect_test::expect;
use std::collections::BTreeSet;

/// Steps on guests reach these of the people alone.
fn reaching(mut world: World, people: &[u8]) -> World {
    let guests: BTreeSet<GuestId> = people.iter().map(|number| guest(*number)).collect();
    world.actual.reach = Reach::Units { guests, wanting: Vec::new() };
    world
}

#[test]
fn a_group_in_none_of_our_units_is_left_alone_and_said() {
    let mut world = reaching(World::of(1), &[0]);
    world.joins(1, 1);
    if let Some(TargetState::Read { unwritable, .. }) = world.actual.targets.get_mut(&target(1)) {
        *unwritable = Some(Unwritable::OutOfReach);
    }
    check(
        &world,
        expect![[r#"
        ! group_out_of_reach: group:T1 is in no administrative unit within which our app is Groups Administrator; the customer has to put it into one of `scoped_to`, or to give our app the role (gatehouse permissions tells the command)
    "#]],
    );
}

#[test]
fn a_unit_is_not_filled_by_us() {
    let mut world = reaching(World::of(1), &[0]);
    world.package().units.insert(super::world::unit(1));
    world.derive();
    let unit = crate::plan::Target::Unit(super::world::unit(1));
    if let Some(TargetState::Read { unwritable, .. }) = world.actual.targets.get_mut(&unit) {
        *unwritable = Some(Unwritable::OutOfReach);
    }
    check(
        &world,
        expect![[r#"
        ! unit_out_of_reach: unit:U1 is a unit, whose members our app cannot change with scoped rights
    "#]],
    );
}

#[test]
fn a_leaver_out_of_reach_loses_the_membership_and_is_left_to_people() {
    let left = || {
        let mut world = World::of(6);
        world.is_disabled(0);
        world.settings.leavers.revoke_sessions = true;
        world
    };
    check(
        &reaching(left(), &[1]),
        expect![[r#"
        remove_member ana group:T1: disabled at the partner
        ! guest_out_of_reach: disable_guest is due for guest ana's guest, who is in no administrative unit within which our app is User Administrator; the customer has to put the guest into one of `scoped_to`, or to do it by hand
        ! guest_out_of_reach: revoke_sessions is due for guest ana's guest, who is in no administrative unit within which our app is User Administrator; the customer has to put the guest into one of `scoped_to`, or to do it by hand
    "#]],
    );
    assert!(reaching(left(), &[1]).plan().wake.is_some_and(|wake| wake <= left().now + hours(1)), "no delta tells");
    check(
        &reaching(left(), &[0]),
        expect![[r#"
        remove_member ana group:T1: disabled at the partner
        disable_guest ana: guest of ours, and needed no more
        revoke_sessions ana: guest loses the last membership
    "#]],
    );
}

#[test]
fn who_returns_out_of_reach_is_left_disabled_and_that_is_said() {
    let mut world = World::disabled_by_us();
    world.person(0).state = crate::plan::PersonState::Enabled;
    world.person(0).left = None;
    check(
        &reaching(world, &[1]),
        expect![[r#"
        add_member ana group:T1: in the partner groups of second-line
        ! guest_out_of_reach: enable_guest is due for guest ana's guest, who is in no administrative unit within which our app is User Administrator; the customer has to put the guest into one of `scoped_to`, or to do it by hand
    "#]],
    );
}

#[test]
fn whom_we_deleted_nobody_restores_with_scoped_rights() {
    let mut world = World::disabled_by_us();
    world.settings.leavers.disable = Disable::Left;
    let at = world.now - hours(1);
    world.knows(0).deleted = Some(at);
    world.facts(0).deleted = true;
    world.person(0).state = crate::plan::PersonState::Enabled;
    world.person(0).left = None;
    check(
        &reaching(world, &[0, 1]),
        expect![[r#"
        ! guest_not_restorable: guest ana's guest was deleted by us and cannot be restored with scoped rights; the customer has to restore the guest, or to delete it for good
    "#]],
    );
}

#[test]
fn what_the_customer_has_to_give_first_is_said() {
    let mut world = World::of(1);
    let wanting = vec!["our app holds no role within unit U1".to_owned()];
    world.actual.reach = Reach::Units { guests: BTreeSet::new(), wanting };
    check(
        &world,
        expect![[r#"
        ! scoped_role_missing: our app holds no role within unit U1
    "#]],
    );
}
