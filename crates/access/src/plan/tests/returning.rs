//! Who comes in (again), and whom the customer keeps out.

use super::render::check;
use super::world::{World, guest, hours, target};
use crate::ledger::Entry;
use crate::plan::DenyState;
use expect_test::expect;
use std::collections::BTreeSet;

#[test]
fn a_leaver_whom_we_disabled_and_who_returns_is_enabled_and_added_again() {
    let mut world = World::disabled_by_us();
    world.snapshot.people.insert(super::world::person(0), super::world::someone(0));
    check(
        &world,
        expect![[r#"
        enable_guest ana: is back; it was we who disabled them
        add_member ana group:T1: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn a_leaver_whom_we_deleted_and_who_returns_is_restored_and_enabled() {
    let mut world = World::disabled_by_us();
    world.snapshot.people.insert(super::world::person(0), super::world::someone(0));
    let at = world.now - hours(1);
    world.knows(0).deleted = Some(at);
    world.facts(0).deleted = true;
    check(
        &world,
        expect![[r#"
        restore_guest ana: is back; it was we who deleted them
        enable_guest ana: is back; it was we who disabled them
        add_member ana group:T1: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn a_leaver_whom_we_deleted_for_good_and_who_returns_is_invited_again() {
    let mut world = World::disabled_by_us();
    world.snapshot.people.insert(super::world::person(0), super::world::someone(0));
    let at = world.now - hours(1);
    world.knows(0).deleted = Some(at);
    world.actual.guests.remove(&guest(0));
    world.actual.gone.insert(guest(0));
    check(
        &world,
        expect![[r#"
        invite_guest ana: not in the customer's tenant yet
        add_member ana group:T1: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn whoever_returns_and_is_on_the_stop_list_is_not_enabled() {
    let mut world = World::disabled_by_us();
    world.snapshot.people.insert(super::world::person(0), super::world::someone(0));
    world.actual.deny = DenyState::Read(BTreeSet::from([guest(0)]));
    check(
        &world,
        expect![[r#"
        ! denied: ana is on the customer's stop list
    "#]],
    );
}

#[test]
fn a_guest_whom_the_customer_disabled_is_never_enabled() {
    let mut world = World::of(2);
    world.facts(0).enabled = false;
    world.members(target(1)).remove(&guest(0).into());
    world.ledger.rows.get_mut(&target(1)).unwrap().remove(&guest(0));
    check(
        &world,
        expect![[r#"
        ! guest_disabled_by_customer: guest ana's guest was disabled by the customer, which is never undone by us; ask them
    "#]],
    );
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
    check(
        &deleted_by_customer(),
        expect![[r#"
            ! guest_deleted_by_customer: guest ana's guest was deleted by the customer and is not invited again; only they can restore the guest
        "#]],
    );
}

#[test]
fn a_guest_whom_the_customer_deleted_for_good_is_not_invited_again() {
    let mut world = deleted_by_customer();
    world.actual.guests.remove(&guest(0));
    world.actual.gone.insert(guest(0));
    check(
        &world,
        expect![[r#"
            ! guest_deleted_by_customer: guest ana's guest was deleted by the customer and is not invited again; only they can restore the guest
        "#]],
    );
}

#[test]
fn a_guest_whom_the_customer_enabled_and_disabled_after_us_stays_disabled() {
    let mut world = World::disabled_by_us();
    world.facts(0).enabled = true;
    world.settle();
    assert_eq!(world.ledger.guests[&super::world::person(0)].disabled, None);
    world.facts(0).enabled = false;
    world.snapshot.people.insert(super::world::person(0), super::world::someone(0));
    check(
        &world,
        expect![[r#"
        ! guest_disabled_by_customer: guest ana's guest was disabled by the customer, which is never undone by us; ask them
    "#]],
    );
}

#[test]
fn nobody_is_invited_while_microsoft_refuses() {
    let mut world = World::of(1);
    world.joins(1, 1);
    let at = world.now;
    world.note(Entry::InvitationsBlocked { at });
    check(
        &world,
        expect![[r#"
            ! invitations_blocked: Microsoft refuses invitations here since 2026-05-04 12:00 UTC; nobody is invited until its support has lifted the block and a person says so (gatehouse sync contoso --invitations-lifted)
        "#]],
    );
}

#[test]
fn nobody_is_invited_twice_while_the_first_invitation_may_still_show() {
    let mut world = World::of(1);
    world.joins(1, 1);
    let planned = world.plan();
    super::apply::apply(&mut world, &planned, &[super::apply::Luck::Lost]);
    world.settle();
    check(
        &world,
        expect![[r#"
        ! invitation_unsettled: whether the invitation of bo was carried out is not known yet; a later survey shows it
    "#]],
    );
    assert_eq!(world.plan().wake, Some(world.now + crate::ledger::REPLICA_LAG_MAX));
    world.now += crate::ledger::REPLICA_LAG_MAX;
    world.settle();
    check(
        &world,
        expect![[r#"
        invite_guest bo: not in the customer's tenant yet
        add_member bo group:T1: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn a_refused_invitation_waits_an_hour_and_leaves_the_budget_to_others() {
    let mut world = World::of(1);
    world.joins(1, 1);
    let planned = world.plan();
    super::apply::apply(&mut world, &planned, &[super::apply::Luck::Refused]);
    world.settle();
    assert_eq!(world.ledger.invited, []);
    check(
        &world,
        expect![[r#"
            ! invitation_refused: Microsoft refused to invite bo (gatehouse why tells its words); it is tried again within the hour
        "#]],
    );
    let wake = world.plan().wake.expect("it is tried again");
    world.now = wake - jiff::SignedDuration::from_secs(1);
    assert_eq!(world.plan().drafts, []);
    world.now = wake;
    check(
        &world,
        expect![[r#"
            invite_guest bo: not in the customer's tenant yet
            add_member bo group:T1: in the partner groups of second-line
        "#]],
    );
}
