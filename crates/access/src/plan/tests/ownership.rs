//! What is ours, what becomes ours, and what never is.

use super::apply::apply;
use super::render::check;
use super::world::{World, guest, source, target};
use crate::config::{Mode, Ownership};
use crate::ledger::Origin;
use crate::plan::{DenyState, MemberKind, SourceState};
use expect_test::expect;

/// Ana is wanted and there already; Bo is there and not wanted; nothing is ours yet.
fn first_run() -> World {
    let mut world = World::bare(vec![super::world::package("second-line", &[1], &[1])]);
    world.joins(0, 1);
    for number in [0, 1] {
        world.has_guest(number);
        world.members(target(1)).insert(guest(number).into(), MemberKind::User);
    }
    world
}

#[test]
fn what_is_wanted_and_there_is_adopted_on_the_first_run() {
    let mut world = first_run();
    check(
        &world,
        expect![[r#"
        adopt_member ana group:T1: already there, and asked for by second-line
        ! stranger: guest bo's guest in group:T1 is there, but neither wanted nor ours; left alone (gatehouse adopt, if it stands for a person of the partner)
    "#]],
    );
    let planned = world.plan();
    apply(&mut world, &planned, &[]);
    assert_eq!(world.row(target(1), 0).origin, Origin::Adopted);
    assert!(!world.ledger.guests[&super::world::person(0)].ours, "a guest never becomes ours by adoption");
    check(
        &world,
        expect![[r#"
        ! stranger: guest bo's guest in group:T1 is there, but neither wanted nor ours; left alone (gatehouse adopt, if it stands for a person of the partner)
    "#]],
    );
}

#[test]
fn what_the_customer_adds_later_is_not_adopted() {
    let mut world = first_run();
    let planned = world.plan();
    apply(&mut world, &planned, &[]);
    world.joins(2, 1);
    world.has_guest(2);
    world.members(target(1)).insert(guest(2).into(), MemberKind::User);
    check(
        &world,
        expect![[r#"
        ! stranger: guest bo's guest in group:T1 is there, but neither wanted nor ours; left alone (gatehouse adopt, if it stands for a person of the partner)
    "#]],
    );
    world.leaves(2, 1);
    check(
        &world,
        expect![[r#"
        ! stranger: guest bo's guest in group:T1 is there, but neither wanted nor ours; left alone (gatehouse adopt, if it stands for a person of the partner)
        ! stranger: guest cy's guest in group:T1 is there, but neither wanted nor ours; left alone (gatehouse adopt, if it stands for a person of the partner)
    "#]],
    );
}

#[test]
fn adoption_goes_on_until_a_run_that_knew_everything() {
    let done = |world: &World| !world.plan().notes.is_empty();
    assert!(done(&first_run()));
    let mut observed = first_run();
    observed.mode = Mode::Observe;
    assert!(!done(&observed));
    let mut gap = first_run();
    gap.actual.gaps.push("a look-up failed".into());
    assert!(!done(&gap));
    let mut denied = first_run();
    denied.actual.deny = DenyState::Unread { why: "forbidden".into() };
    assert!(!done(&denied));
    assert!(denied.plan().drafts.is_empty(), "somebody on the stop list would be adopted");
    let mut unread = first_run();
    unread.group(1).state = SourceState::Unread { why: "a page failed".into() };
    assert!(!done(&unread));
    let mut except = first_run();
    except.package().except.insert(source(2));
    except.group(2).state = SourceState::Gone;
    assert!(!done(&except));
    let mut doubtful = first_run();
    doubtful.person(0).state = crate::plan::PersonState::Unconfirmed;
    assert!(!done(&doubtful));
}

#[test]
fn guests_of_others_stay_under_ours() {
    let mut world = World::of(3);
    world.has_guest(9);
    world.members(target(1)).insert(guest(9).into(), MemberKind::User);
    check(
        &world,
        expect![[r#"
        ! stranger: guest p9's guest in group:T1 is there, but neither wanted nor ours; left alone (gatehouse adopt, if it stands for a person of the partner)
    "#]],
    );
}

#[test]
fn guests_of_others_go_under_all() {
    let mut world = World::of(6);
    world.package().ownership = Ownership::All;
    world.has_guest(9);
    world.members(target(1)).insert(guest(9).into(), MemberKind::User);
    check(
        &world,
        expect![[r#"
        remove_member p9's guest group:T1: not a person of second-line, whose group is ours alone
    "#]],
    );
}

#[test]
fn a_membership_of_somebody_who_left_that_is_not_ours_is_stale() {
    let mut world = World::of(3);
    world.joins(4, 1);
    world.is_disabled(4);
    world.has_guest(4);
    world.members(target(1)).insert(guest(4).into(), MemberKind::User);
    check(
        &world,
        expect![[r#"
        ! stale: guest eli's guest in group:T1 stands for somebody who left the partner, but the membership is not ours; to have it looked after (and removed): gatehouse adopt
    "#]],
    );
}

#[test]
fn the_stop_list_removes_nobody_who_is_not_ours() {
    let mut world = World::of(1);
    world.has_guest(9);
    world.members(target(1)).insert(guest(9).into(), MemberKind::User);
    world.actual.deny = DenyState::Read([guest(9)].into());
    check(
        &world,
        expect![[r#"
        ! stranger: guest p9's guest in group:T1 is on the customer's stop list, but the membership is not ours; left alone
    "#]],
    );
}
