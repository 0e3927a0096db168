//! Who is added, who stays, who goes.

use super::render::check;
use super::world::{World, group, guest, hours, package, person, row, source, target, unit};
use crate::config::{Drift, Mode, TargetGroup};
use crate::plan::{DenyState, PersonState, Target};
use expect_test::expect;
use std::collections::BTreeSet;

#[test]
fn nothing_is_done_where_everybody_is_in_place() {
    check(
        &World::of(3),
        expect![[r#"
        nothing to do
    "#]],
    );
}

#[test]
fn a_joiner_is_invited_and_added() {
    let mut world = World::of(1);
    world.joins(1, 1);
    check(
        &world,
        expect![[r#"
        invite_guest bo: not in the customer's tenant yet
        add_member bo group:T1: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn a_joiner_with_a_guest_is_only_added() {
    let mut world = World::of(1);
    world.joins(1, 1);
    world.has_guest(1);
    check(
        &world,
        expect![[r#"
        add_member bo group:T1: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn a_group_of_ours_is_made_and_filled() {
    let mut world = World::bare(vec![package("second-line", &[1], &[])]);
    world.package().groups.push(TargetGroup::Create { name: "Partner second line".into() });
    world.joins(0, 1);
    check(
        &world,
        expect![[r#"
        create_group Partner second line: package second-line asks for a group of its own
        invite_guest ana: not in the customer's tenant yet
        add_member ana Partner second line: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn a_group_of_ours_that_the_customer_deleted_is_not_made_again() {
    let mut world = World::bare(vec![package("second-line", &[1], &[])]);
    world.package().groups.push(TargetGroup::Create { name: "Partner second line".into() });
    world.ledger.groups.insert("Partner second line".into(), group(1));
    world.joins(0, 1);
    check(
        &world,
        expect![[r#"
        ! group_vanished: the group "Partner second line", which we made, was deleted by the customer or is not visible yet; it is not made again
    "#]],
    );
}

#[test]
fn people_are_kept_in_units_too() {
    let mut world = World::of(2);
    world.package().units.insert(unit(1));
    world.derive();
    world.leaves(1, 1);
    world.places(0, Target::Unit(unit(1)), &["second-line"]);
    world.places(1, Target::Unit(unit(1)), &["second-line"]);
    world.joins(2, 1);
    world.package().limits.removals_percent_max = 100;
    check(
        &world,
        expect![[r#"
        remove_member bo group:T1: no longer in the partner groups of second-line
        remove_from_unit bo unit:U1: no longer in the partner groups of second-line
        invite_guest cy: not in the customer's tenant yet
        add_member cy group:T1: in the partner groups of second-line
        add_to_unit cy unit:U1: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn people_in_an_except_group_go() {
    let mut world = World::of(6);
    world.package().except.insert(source(2));
    world.group(2).people.insert(person(0));
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: no longer in the partner groups of second-line
    "#]],
    );
}

#[test]
fn whoever_is_in_another_package_for_the_same_group_stays() {
    let mut world = World::of(2);
    world.customer.packages.push(package("third-line", &[2], &[1]));
    world.leaves(0, 1);
    world.joins(0, 2);
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
}

#[test]
fn whoever_was_deleted_at_the_partner_goes_at_once() {
    let mut world = World::of(2);
    world.is_disabled(0);
    world.person(0).state = PersonState::Deleted;
    world.leaves(0, 1);
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: deleted at the partner
        disable_guest ana: guest of ours, and needed no more
    "#]],
    );
}

#[test]
fn whoever_is_on_the_stop_list_goes_and_is_not_added_again() {
    let mut world = World::of(2);
    world.joins(2, 1);
    world.has_guest(2);
    world.actual.deny = DenyState::Read(BTreeSet::from([guest(0), guest(2)]));
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: on the customer's stop list
        ! denied: ana is on the customer's stop list
        ! denied: cy is on the customer's stop list
    "#]],
    );
}

#[test]
fn nobody_is_added_while_the_stop_list_is_not_known() {
    let mut world = World::of(2);
    world.joins(2, 1);
    world.actual.deny = DenyState::Unread { why: "forbidden".into() };
    check(
        &world,
        expect![[r#"
        ! deny_unread: the customer's stop list could not be read: forbidden; nobody is added
    "#]],
    );
}

#[test]
fn a_membership_that_the_customer_took_away_stays_away() {
    let mut world = World::of(2);
    world.members(target(1)).remove(&guest(0).into());
    world.settle();
    check(
        &world,
        expect![[r#"
            ! vetoed: the customer took ana@northwind.example out of group:T1 (seen 2026-05-04 12:00 UTC); it stays so under drift = "respect", until a person says otherwise: gatehouse unveto contoso ana@northwind.example
        "#]],
    );
}

#[test]
fn a_membership_that_the_customer_took_away_is_put_back_under_repair() {
    let mut world = World::of(2);
    world.package().drift = Drift::Repair;
    world.members(target(1)).remove(&guest(0).into());
    world.settle();
    check(
        &world,
        expect![[r#"
        add_member ana group:T1: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn a_membership_that_we_just_removed_is_not_removed_again_while_replicas_lag() {
    let mut world = World::of(2);
    world.leaves(0, 1);
    let now = world.now;
    world.row(target(1), 0).removing = Some(now);
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
    world.now += hours(1);
    world.settle();
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: no longer in the partner groups of second-line
    "#]],
    );
}

#[test]
fn a_package_that_was_renamed_loses_nobody() {
    let mut world = World::of(2);
    world.package().name = "2nd-line".into();
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
}

#[test]
fn a_customer_who_is_paused_gets_no_step() {
    let mut world = World::of(1);
    world.joins(1, 1);
    world.mode = Mode::Paused;
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
}

#[test]
fn a_customer_who_is_observed_gets_the_same_plan() {
    let mut enforced = World::of(2);
    enforced.joins(5, 1);
    enforced.leaves(0, 1);
    let mut observed = enforced.clone();
    observed.mode = Mode::Observe;
    assert_eq!(enforced.plan().plan.steps, observed.plan().plan.steps);
}

#[test]
fn the_row_of_somebody_who_vanished_from_the_partners_memory_is_judged_as_absent() {
    let mut world = World::of(6);
    world.leaves(0, 1);
    world.snapshot.people.remove(&person(0));
    world.ledger.rows.get_mut(&target(1)).unwrap().insert(guest(0), row(0, &["second-line"]));
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: no longer in the partner groups of second-line
    "#]],
    );
}
