//! Steps on guests themselves: who is disabled, deleted, enabled and restored, and who never.

use super::render::check;
use super::world::{World, guest, hours, target};
use crate::config::Disable;
use crate::ids::ObjectId;
use crate::plan::OtherAccess;
use expect_test::expect;
use uuid::Uuid;

fn access(other: bool, owns: bool) -> OtherAccess {
    let other = other.then_some(ObjectId(Uuid::from_u128(99)));
    OtherAccess::Known { memberships: other.into_iter().collect(), directory_role: false, owns }
}

#[test]
fn a_leaver_is_disabled_whatever_else_they_have() {
    let mut world = World::after_ana_left();
    world.access.insert(guest(0), access(true, true));
    check(
        &world,
        expect![[r#"
        disable_guest ana: guest of ours, and needed no more
    "#]],
    );
}

#[test]
fn a_leaver_who_is_not_ours_is_not_disabled() {
    let mut world = World::after_ana_left();
    world.knows(0).ours = false;
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
}

#[test]
fn a_leaver_is_disabled_when_it_is_time() {
    let mut world = World::after_ana_left();
    world.settings.leavers.disable_after = hours(2);
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
    assert_eq!(world.plan().wake, Some(world.now + hours(1)));
    world.now += hours(1);
    check(
        &world,
        expect![[r#"
        disable_guest ana: guest of ours, and needed no more
    "#]],
    );
}

#[test]
fn nobody_is_disabled_where_the_configuration_says_never() {
    let mut world = World::after_ana_left();
    world.settings.leavers.disable = Disable::Never;
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
}

/// Cy is at the partner still, and in no package any more.
fn with_unused() -> World {
    let mut world = World::of(9);
    world.settings.leavers.disable = Disable::Unused;
    world.leaves(2, 1);
    world
}

#[test]
fn an_unused_guest_is_disabled_with_the_last_membership() {
    check(
        &with_unused(),
        expect![[r#"
        remove_member cy group:T1: no longer in the partner groups of second-line
        disable_guest cy: guest of ours, and needed no more
    "#]],
    );
}

#[test]
fn an_unused_guest_with_other_access_is_not_disabled() {
    let mut world = with_unused();
    world.access.insert(guest(2), access(true, false));
    check(
        &world,
        expect![[r#"
        remove_member cy group:T1: no longer in the partner groups of second-line
        ! has_other_access: guest cy's guest has other access in the customer's tenant, so they stay
    "#]],
    );
}

#[test]
fn an_unused_guest_is_not_disabled_while_the_other_access_cannot_be_read() {
    let mut world = with_unused();
    world.access.insert(guest(2), OtherAccess::Unread { why: "forbidden".into(), transient: false });
    check(
        &world,
        expect![[r#"
        remove_member cy group:T1: no longer in the partner groups of second-line
        ! has_other_access: what else guest cy's guest has could not be read (forbidden), so they stay
        ! vetting_unknown: whether guest cy's guest holds a directory role could not be read: forbidden
    "#]],
    );
}

#[test]
fn an_unused_guest_is_not_disabled_while_a_source_is_in_doubt() {
    let mut world = with_unused();
    world.members(target(1)).remove(&guest(2).into());
    world.ledger.rows.get_mut(&target(1)).unwrap().remove(&guest(2));
    world.group(1).state = crate::plan::SourceState::Gone;
    check(
        &world,
        expect![[r#"
            HELD by incomplete_survey in second-line: 8 people, 8 steps
                 Nobody is removed for being absent while the survey is incomplete (it does not exist (any more) in the partner's tenant; correct the configuration). The next complete survey decides; to survey at once: gatehouse sync contoso.
            HELD by never_empty in second-line: 8 people, 8 steps
                 group:T1 would be left without members (8 of 8 go). Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
            HELD by removals_percent_max in second-line: 8 people, 8 steps, limit 20
                 8 people would be removed within 24 hours, of 8 members at their start, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
            ! source_gone: partner group S1: it does not exist (any more) in the partner's tenant; correct the configuration
        "#]],
    );
}

#[test]
fn sessions_end_with_the_last_membership() {
    let mut world = World::of(2);
    world.is_disabled(0);
    world.settings.leavers.revoke_sessions = true;
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: disabled at the partner
        disable_guest ana: guest of ours, and needed no more
        revoke_sessions ana: guest loses the last membership
    "#]],
    );
}

#[test]
fn a_disabled_guest_is_deleted_when_it_is_time() {
    let mut world = World::disabled_by_us();
    world.settings.leavers.delete_after = Some(hours(2));
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
    assert_eq!(world.plan().wake, Some(world.now + hours(1)));
    world.now += hours(1);
    check(
        &world,
        expect![[r#"
        delete_guest ana: guest of ours, and disabled for long enough
    "#]],
    );
}

#[test]
fn nobody_is_deleted_who_has_other_access_or_owns_something() {
    for found in
        [access(true, false), access(false, true), OtherAccess::Unread { why: "forbidden".into(), transient: false }]
    {
        let mut world = World::disabled_by_us();
        world.settings.leavers.delete_after = Some(hours(0));
        world.access.insert(guest(0), found);
        let planned = world.plan();
        assert!(planned.drafts.is_empty());
        assert!(planned.plan.problems.iter().any(|problem| problem.code == "has_other_access"));
    }
}

#[test]
fn a_guest_whom_the_customer_disabled_is_not_deleted() {
    let mut world = World::disabled_by_us();
    world.settings.leavers.delete_after = Some(hours(0));
    world.knows(0).disabled = None;
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
}

#[test]
fn a_read_that_does_not_show_our_disabling_yet_causes_no_second_one() {
    let mut world = World::disabled_by_us();
    let now = world.now;
    world.knows(0).disabled = Some(now);
    world.facts(0).enabled = true;
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
}
