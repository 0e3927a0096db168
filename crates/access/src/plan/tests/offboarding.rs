//! A customer who is being offboarded: what is ours goes, once a person says so, and nothing else.

use super::apply::apply;
use super::render::check;
use super::world::{World, guest, target, unit};
use crate::config::{Disable, Mode, Ownership};
use crate::ledger::{Entry, Release, StepKey};
use crate::plan::{Planned, Target};
use expect_test::expect;

fn offboarding(mut world: World) -> World {
    world.mode = Mode::Offboard;
    world
}

/// A person lets everything through that is held.
fn release(world: &mut World) -> Planned {
    let held = world.plan();
    let release = Release {
        digest: held.plan.digest.clone(),
        allow: true,
        steps: held.plan.held_steps.iter().map(StepKey::of).collect(),
        by: "lead@northwind.example".into(),
        asserted: false,
        comment: None,
        at: world.now,
        until: Some(world.now + super::world::hours(24)),
    };
    world.note(Entry::Decided(release));
    world.plan()
}

#[test]
fn everything_of_ours_is_held_until_a_person_says_so() {
    let mut world = offboarding(World::of(2));
    // Wanted, but nothing is ever added in this mode.
    world.joins(2, 1);
    check(
        &world,
        expect![[r#"
        HELD by offboarding in second-line: 2 people, 4 steps
             Everything of ours is to go, from 2 people. gatehouse offboard contoso shows it and does it. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
        HELD by never_empty in second-line: 2 people, 4 steps
             group:T1 would be left without members (2 of 2 go). Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
    let planned = release(&mut world);
    apply(&mut world, &planned, &[]);
    world.now += super::world::hours(1);
    world.settle();
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
    assert!(world.ledger.rows.is_empty() && !world.actual.guests[&guest(0)].enabled);
}

#[test]
fn whoever_left_the_partner_goes_beside_the_hold() {
    let mut world = offboarding(World::of(2));
    world.is_disabled(0);
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: disabled at the partner
        disable_guest ana: guest of ours, and needed no more
        HELD by offboarding in second-line: 1 people, 2 steps
             Everything of ours is to go, from 1 person. gatehouse offboard contoso shows it and does it. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
        HELD by never_empty in second-line: 1 people, 2 steps
             group:T1 would be left without members (2 of 2 go). Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn a_release_is_of_the_steps_that_were_seen_and_of_no_others() {
    let mut world = offboarding(World::of(2));
    release(&mut world);
    world.knows(3);
    world.places(3, target(1), &["second-line"]);
    let planned = world.plan();
    assert_eq!((planned.drafts.len(), planned.plan.held_steps.len()), (4, 2));
}

#[test]
fn what_is_not_ours_stays_even_where_a_package_owns_its_groups() {
    let mut world = offboarding(World::of(1));
    world.package().ownership = Ownership::All;
    world.has_guest(4);
    world.members(target(1)).insert(guest(4).into(), crate::plan::MemberKind::User);
    // Put there by somebody else, and known to us only as a guest.
    world.knows(5).ours = false;
    let planned = release(&mut world);
    assert!(planned.drafts.iter().all(|draft| draft.step.guest == Some(guest(0))), "{:?}", planned.drafts);
    assert!(planned.plan.problems.iter().any(|problem| problem.code == "stranger"));
}

#[test]
fn rows_whose_package_or_place_vanished_go_too() {
    let mut world = offboarding(World::of(1));
    let other = Target::Unit(unit(7));
    world.places(0, other, &["long-gone"]);
    world.customer.packages.clear();
    let planned = release(&mut world);
    let places: Vec<Option<Target>> = planned.drafts.iter().map(|draft| draft.step.target).collect();
    assert_eq!(places, [Some(target(1)), Some(other), None]);
}

#[test]
fn a_guest_with_other_access_is_not_disabled_and_one_of_ours_is_even_if_leavers_never_are() {
    let mut world = offboarding(World::of(2));
    world.settings.leavers.disable = Disable::Never;
    let memberships = [crate::ids::ObjectId(guest(9).0)].into();
    world.access.insert(guest(0), crate::plan::OtherAccess::Known { memberships, directory_role: false, owns: false });
    let planned = release(&mut world);
    let disabled: Vec<_> = planned
        .drafts
        .iter()
        .filter(|draft| draft.step.action == crate::plan::Action::DisableGuest)
        .map(|draft| draft.step.guest)
        .collect();
    assert_eq!(disabled, [Some(guest(1))]);
    assert!(planned.plan.problems.iter().any(|problem| problem.code == "has_other_access"));
}

#[test]
fn a_membership_that_was_not_read_is_not_taken_away_and_the_guest_is_disabled_all_the_same() {
    let mut world = offboarding(World::of(1));
    world.actual.targets.insert(target(1), crate::plan::TargetState::Unread { why: "503".into() });
    let planned = release(&mut world);
    let actions: Vec<_> = planned.drafts.iter().map(|draft| draft.step.action).collect();
    assert_eq!((actions, planned.plan.held_steps.len()), (vec![crate::plan::Action::DisableGuest], 0));
    world.actual.guests.clear();
    assert_eq!(world.plan().drafts, [], "a guest who was not read is left alone");
}

#[test]
fn nobody_can_release_what_is_protected() {
    let mut world = offboarding(World::of(2));
    world.customer.protect.insert(guest(0).into());
    let planned = release(&mut world);
    assert!(planned.drafts.iter().all(|draft| draft.step.guest == Some(guest(1))));
    assert_eq!(planned.plan.held[0].rail, "protect");
}
