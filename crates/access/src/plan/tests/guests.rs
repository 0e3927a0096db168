//! Steps on guests themselves: who is disabled, deleted, enabled and restored, and who never.

use super::render::check;
use super::world::{World, guest, hours, target};
use crate::config::Disable;
use crate::ids::ObjectId;
use crate::ledger::Entry;
use crate::plan::{DenyState, OtherAccess};
use expect_test::expect;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Ana has left the partner an hour ago, and is out of the group already; Bo works on.
fn after_ana_left() -> World {
    let mut world = World::of(2);
    world.is_disabled(0);
    world.person(0).left = Some(world.now - hours(1));
    world.members(target(1)).remove(&guest(0).into());
    world.ledger.rows.get_mut(&target(1)).unwrap().remove(&guest(0));
    world
}

/// The same, and we disabled her then.
fn disabled_by_us() -> World {
    let mut world = after_ana_left();
    let at = world.now - hours(1);
    world.knows(0).disabled = Some(at);
    world.facts(0).enabled = false;
    world
}

fn access(other: bool, owns: bool) -> OtherAccess {
    let other = other.then_some(ObjectId(Uuid::from_u128(99)));
    OtherAccess::Known { memberships: other.into_iter().collect(), directory_role: false, owns }
}

#[test]
fn a_leaver_is_disabled_whatever_else_they_have() {
    let mut world = after_ana_left();
    world.access.insert(guest(0), access(true, true));
    check(&world, expect![[r#"
        disable_guest ana: guest of ours, and needed no more
    "#]]);
}

#[test]
fn a_leaver_who_is_not_ours_is_not_disabled() {
    let mut world = after_ana_left();
    world.knows(0).ours = false;
    check(&world, expect![[r#"
        nothing to do
    "#]]);
}

#[test]
fn a_leaver_is_disabled_when_it_is_time() {
    let mut world = after_ana_left();
    world.settings.leavers.disable_after = hours(2);
    check(&world, expect![[r#"
        nothing to do
    "#]]);
    assert_eq!(world.plan().wake, Some(world.now + hours(1)));
    world.now += hours(1);
    check(&world, expect![[r#"
        disable_guest ana: guest of ours, and needed no more
    "#]]);
}

#[test]
fn nobody_is_disabled_where_the_configuration_says_never() {
    let mut world = after_ana_left();
    world.settings.leavers.disable = Disable::Never;
    check(&world, expect![[r#"
        nothing to do
    "#]]);
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
    check(&with_unused(), expect![[r#"
        remove_member cy group:T1: no longer in the partner groups of second-line
        disable_guest cy: guest of ours, and needed no more
    "#]]);
}

#[test]
fn an_unused_guest_with_other_access_is_not_disabled() {
    let mut world = with_unused();
    world.access.insert(guest(2), access(true, false));
    check(&world, expect![[r#"
        remove_member cy group:T1: no longer in the partner groups of second-line
        ! has_other_access: guest cy's guest has other access in the customer's tenant, so they stay
    "#]]);
}

#[test]
fn an_unused_guest_is_not_disabled_while_the_other_access_cannot_be_read() {
    let mut world = with_unused();
    world.access.insert(guest(2), OtherAccess::Unread { why: "forbidden".into() });
    check(&world, expect![[r#"
        remove_member cy group:T1: no longer in the partner groups of second-line
        ! has_other_access: what else guest cy's guest has could not be read (forbidden), so they stay
        ! vetting_unknown: whether guest cy's guest holds a directory role could not be read: forbidden
    "#]]);
}

#[test]
fn an_unused_guest_is_not_disabled_while_a_source_is_in_doubt() {
    let mut world = with_unused();
    world.members(target(1)).remove(&guest(2).into());
    world.ledger.rows.get_mut(&target(1)).unwrap().remove(&guest(2));
    world.group(1).state = crate::plan::SourceState::Gone;
    check(&world, expect![[r#"
        HELD by incomplete_survey in second-line: 8 people, 8 steps
             Nobody is removed for being absent while the survey is incomplete (it does not exist (any more) in the partner's tenant; correct the configuration). The next complete survey decides.
        HELD by never_empty in second-line: 8 people, 8 steps
             group:T1 would be left without members (all 8 go). Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST.
        HELD by removals_percent_max in second-line: 8 people, 8 steps, limit 20
             8 of 8 members would be removed within 24 hours, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST.
        ! source_gone: partner group S1: it does not exist (any more) in the partner's tenant; correct the configuration
    "#]]);
}

#[test]
fn sessions_end_with_the_last_membership() {
    let mut world = World::of(2);
    world.is_disabled(0);
    world.settings.leavers.revoke_sessions = true;
    check(&world, expect![[r#"
        remove_member ana group:T1: disabled at the partner
        disable_guest ana: guest of ours, and needed no more
        revoke_sessions ana: guest loses the last membership
    "#]]);
}

#[test]
fn a_disabled_guest_is_deleted_when_it_is_time() {
    let mut world = disabled_by_us();
    world.settings.leavers.delete_after = Some(hours(2));
    check(&world, expect![[r#"
        nothing to do
    "#]]);
    assert_eq!(world.plan().wake, Some(world.now + hours(1)));
    world.now += hours(1);
    check(&world, expect![[r#"
        delete_guest ana: guest of ours, and disabled for long enough
    "#]]);
}

#[test]
fn nobody_is_deleted_who_has_other_access_or_owns_something() {
    for found in [access(true, false), access(false, true), OtherAccess::Unread { why: "forbidden".into() }] {
        let mut world = disabled_by_us();
        world.settings.leavers.delete_after = Some(hours(0));
        world.access.insert(guest(0), found);
        let planned = world.plan();
        assert!(planned.drafts.is_empty());
        assert!(planned.plan.problems.iter().any(|problem| problem.code == "has_other_access"));
    }
}

#[test]
fn a_guest_whom_the_customer_disabled_is_not_deleted() {
    let mut world = disabled_by_us();
    world.settings.leavers.delete_after = Some(hours(0));
    world.knows(0).disabled = None;
    check(&world, expect![[r#"
        nothing to do
    "#]]);
}

#[test]
fn a_leaver_whom_we_disabled_and_who_returns_is_enabled_and_added_again() {
    let mut world = disabled_by_us();
    world.snapshot.people.insert(super::world::person(0), super::world::someone(0));
    check(&world, expect![[r#"
        enable_guest ana: is back; it was we who disabled them
        add_member ana group:T1: in the partner groups of second-line
    "#]]);
}

#[test]
fn a_leaver_whom_we_deleted_and_who_returns_is_restored_and_enabled() {
    let mut world = disabled_by_us();
    world.snapshot.people.insert(super::world::person(0), super::world::someone(0));
    let at = world.now - hours(1);
    world.knows(0).deleted = Some(at);
    world.facts(0).deleted = true;
    check(&world, expect![[r#"
        restore_guest ana: is back; it was we who deleted them
        enable_guest ana: is back; it was we who disabled them
        add_member ana group:T1: in the partner groups of second-line
    "#]]);
}

#[test]
fn a_leaver_whom_we_deleted_for_good_and_who_returns_is_invited_again() {
    let mut world = disabled_by_us();
    world.snapshot.people.insert(super::world::person(0), super::world::someone(0));
    let at = world.now - hours(1);
    world.knows(0).deleted = Some(at);
    world.actual.guests.remove(&guest(0));
    world.actual.gone.insert(guest(0));
    check(&world, expect![[r#"
        invite_guest ana: not in the customer's tenant yet
        add_member ana group:T1: in the partner groups of second-line
    "#]]);
}

#[test]
fn whoever_returns_and_is_on_the_stop_list_is_not_enabled() {
    let mut world = disabled_by_us();
    world.snapshot.people.insert(super::world::person(0), super::world::someone(0));
    world.actual.deny = DenyState::Read(BTreeSet::from([guest(0)]));
    check(&world, expect![[r#"
        ! denied: ana is on the customer's stop list
    "#]]);
}

#[test]
fn a_guest_whom_the_customer_disabled_is_never_enabled() {
    let mut world = World::of(2);
    world.facts(0).enabled = false;
    world.members(target(1)).remove(&guest(0).into());
    world.ledger.rows.get_mut(&target(1)).unwrap().remove(&guest(0));
    check(&world, expect![[r#"
        ! guest_disabled_by_customer: guest ana's guest was disabled by the customer, which is never undone by us; ask them
    "#]]);
}

/// The customer has deleted Ana's guest.
fn deleted_by_customer() -> World {
    let mut world = World::of(2);
    world.members(target(1)).remove(&guest(0).into());
    world.ledger.rows.get_mut(&target(1)).unwrap().remove(&guest(0));
    world.facts(0).deleted = true;
    world
}

#[test]
fn a_guest_whom_the_customer_deleted_is_not_restored() {
    check(&deleted_by_customer(), expect![[""]]);
}

#[test]
fn a_guest_whom_the_customer_deleted_for_good_is_not_invited_again() {
    let mut world = deleted_by_customer();
    world.actual.guests.remove(&guest(0));
    world.actual.gone.insert(guest(0));
    check(&world, expect![[""]]);
}

#[test]
fn a_guest_whom_the_customer_enabled_and_disabled_after_us_stays_disabled() {
    let mut world = disabled_by_us();
    world.facts(0).enabled = true;
    world.settle();
    assert_eq!(world.ledger.guests[&super::world::person(0)].disabled, None);
    world.facts(0).enabled = false;
    world.snapshot.people.insert(super::world::person(0), super::world::someone(0));
    check(&world, expect![[r#"
        ! guest_disabled_by_customer: guest ana's guest was disabled by the customer, which is never undone by us; ask them
    "#]]);
}

#[test]
fn a_read_that_does_not_show_our_disabling_yet_causes_no_second_one() {
    let mut world = disabled_by_us();
    let now = world.now;
    world.knows(0).disabled = Some(now);
    world.facts(0).enabled = true;
    check(&world, expect![[r#"
        nothing to do
    "#]]);
}

#[test]
fn nobody_is_invited_while_microsoft_refuses() {
    let mut world = World::of(1);
    world.joins(1, 1);
    let at = world.now;
    world.note(Entry::InvitationsBlocked { at });
    check(&world, expect![[r#"
        ! invitations_blocked: Microsoft refuses invitations here since 2026-05-04 12:00 UTC; nobody is invited until a person clears it
    "#]]);
}
