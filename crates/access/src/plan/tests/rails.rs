//! Each rail, where it holds and right below the limit where it does not.

use super::render::{check, check_held};
use super::world::{World, group, guest, hours, target};
use crate::config::{Ownership, TargetGroup};
use crate::ledger::Removed;
use expect_test::expect;

#[test]
fn more_removals_than_removals_max_are_held() {
    check_held(
        &World::after_leaving(60, 11),
        expect![[r#"
        HELD by removals_max in second-line: 11 people, 11 steps, limit 10
             11 people would be removed in one plan, and the limit is 10. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn as_many_removals_as_removals_max_pass() {
    check_held(&World::after_leaving(60, 10), expect![[""]]);
}

#[test]
fn a_larger_share_than_removals_percent_max_is_held() {
    check_held(
        &World::after_leaving(14, 3),
        expect![[r#"
        HELD by removals_percent_max in second-line: 3 people, 3 steps, limit 20
             3 people would be removed within 24 hours, of 14 members at their start, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn as_large_a_share_as_removals_percent_max_passes() {
    check_held(&World::after_leaving(15, 3), expect![[""]]);
}

#[test]
fn one_person_a_day_may_always_be_removed() {
    check(
        &World::after_leaving(2, 1),
        expect![[r#"
        remove_member ana group:T1: no longer in the partner groups of second-line
    "#]],
    );
}

#[test]
fn removals_of_the_last_day_count_towards_the_share() {
    let mut world = World::after_leaving(14, 1);
    let at = world.now - hours(23);
    let removed = |number| Removed { at, package: "second-line".into(), guest: guest(number), fact: false };
    world.ledger.removed = vec![removed(30), removed(31), removed(32)];
    check_held(
        &world,
        expect![[r#"
        HELD by removals_percent_max in second-line: 1 people, 1 steps, limit 20
             4 people would be removed within 24 hours, of 17 members at their start, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
    assert_eq!(world.plan().wake, Some(at + hours(24)), "it passes by itself when the day is over");
    world.now += hours(1);
    check_held(&world, expect![[""]]);
}

#[test]
fn facts_of_the_last_day_do_not_count_towards_the_share() {
    let mut world = World::after_leaving(14, 1);
    let removed = |number| Removed { at: world.now, package: "second-line".into(), guest: guest(number), fact: true };
    world.ledger.removed = vec![removed(30), removed(31), removed(32)];
    check_held(&world, expect![[""]]);
}

#[test]
fn more_additions_than_additions_max_are_held_with_their_invitations() {
    let mut world = World::of(1);
    world.package().limits.additions_max = 2;
    (1..4).for_each(|number| world.joins(number, 1));
    check(
        &world,
        expect![[r#"
        HELD by additions_max in second-line: 3 people, 6 steps, limit 2
             3 people would be added in one plan, and the limit is 2. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn as_many_additions_as_additions_max_pass() {
    let mut world = World::of(1);
    world.package().limits.additions_max = 2;
    (1..3).for_each(|number| world.joins(number, 1));
    check(
        &world,
        expect![[r#"
        invite_guest bo: not in the customer's tenant yet
        invite_guest cy: not in the customer's tenant yet
        add_member bo group:T1: in the partner groups of second-line
        add_member cy group:T1: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn a_group_is_not_made_while_all_who_would_enter_it_are_held() {
    let mut world = World::of(1);
    world.package().groups = vec![TargetGroup::Create { name: "Partner second line".into() }];
    world.package().limits.additions_max = 0;
    world.ledger.rows.clear();
    check(
        &world,
        expect![[r#"
            HELD by additions_max in second-line: 1 people, 2 steps, limit 0
                 1 person would be added in one plan, and the limit is 0. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
        "#]],
    );
}

#[test]
fn the_last_member_is_not_removed_for_being_absent() {
    let mut world = World::after_leaving(1, 1);
    world.joins(1, 1);
    check(
        &world,
        expect![[r#"
        invite_guest bo: not in the customer's tenant yet
        add_member bo group:T1: in the partner groups of second-line
        HELD by never_empty in second-line: 1 people, 1 steps
             group:T1 would be left without members (1 of 1 go). Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn the_last_but_one_is_removed_for_being_absent() {
    let mut world = World::after_leaving(1, 1);
    world.joins(1, 1);
    world.knows(1);
    world.places(1, target(1), &["second-line"]);
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: no longer in the partner groups of second-line
    "#]],
    );
}

#[test]
fn a_fact_may_empty_a_group() {
    let mut world = World::of(1);
    world.is_disabled(0);
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: disabled at the partner
        disable_guest ana: guest of ours, and needed no more
    "#]],
    );
}

#[test]
fn a_member_whom_we_just_removed_does_not_keep_the_group_from_being_empty() {
    let mut world = World::after_leaving(2, 2);
    world.joins(2, 1);
    let now = world.now;
    world.row(target(1), 0).removing = Some(now);
    check_held(
        &world,
        expect![[r#"
        HELD by never_empty in second-line: 1 people, 1 steps
             group:T1 would be left without members (1 of 1 go). Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn while_one_removal_of_a_person_is_held_their_others_are_held_with_it() {
    let mut world = World::of(9);
    world.package().groups.push(TargetGroup::Id(group(2)));
    world.derive();
    world.places(0, target(2), &["second-line"]);
    world.leaves(0, 1);
    check_held(
        &world,
        expect![[r#"
        HELD by never_empty in second-line: 1 people, 2 steps
             group:T2 would be left without members (1 of 1 go). Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn facts_go_ahead_beside_a_hold() {
    let mut world = World::after_leaving(60, 11);
    world.is_disabled(20);
    check(
        &world,
        expect![[r#"
        remove_member p20 group:T1: disabled at the partner
        disable_guest p20: guest of ours, and needed no more
        HELD by removals_max in second-line: 11 people, 11 steps, limit 10
             11 people would be removed in one plan, and the limit is 10. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn strangers_in_a_group_that_is_ours_alone_count_as_removals() {
    let mut world = World::of(5);
    world.package().ownership = Ownership::All;
    for number in [30, 31, 32] {
        world.has_guest(number);
        world.members(target(1)).insert(guest(number).into(), crate::plan::MemberKind::User);
    }
    check_held(
        &world,
        expect![[r#"
        HELD by removals_percent_max in second-line: 3 people, 3 steps, limit 20
             3 people would be removed within 24 hours, of 8 members at their start, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}
