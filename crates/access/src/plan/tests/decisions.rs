//! Decisions of people on what is held.

use super::render::check_held;
use super::world::{World, guest, hours, person};
use crate::ids::ObjectId;
use crate::ledger::{Entry, Release};
use crate::plan::{Planned, totals_of};
use expect_test::expect;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What a person decides on the digest of this plan.
pub(super) fn decision(planned: &Planned, allow: bool, at: Timestamp, until: Timestamp) -> Entry {
    Entry::Decided(Release {
        digest: planned.plan.digest.clone(),
        allow,
        steps: planned.plan.keys_of_digest(),
        by: "lea@northwind.example".into(),
        asserted: false,
        comment: None,
        at,
        until: Some(until),
    })
}

/// Twelve of sixty are out of the source: held.
fn held() -> World {
    let mut world = World::of(60);
    (0..12).for_each(|number| world.leaves(number, 1));
    world
}

fn decided(allow: bool) -> World {
    let mut world = held();
    let planned = world.plan();
    let (at, until) = (world.now, world.now + hours(24));
    world.note(decision(&planned, allow, at, until));
    world
}

#[test]
fn released_steps_pass() {
    let planned = decided(true).plan();
    assert_eq!((planned.plan.steps.len(), planned.plan.held.len()), (12, 0));
    assert_eq!(planned.plan.digest, "");
}

#[test]
fn a_release_ends() {
    let mut world = decided(true);
    world.now += hours(24);
    check_held(
        &world,
        expect![[r#"
        HELD by removals_max in second-line: 12 people, 12 steps, limit 10
             12 people would be removed in one plan, and the limit is 10. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn beside_released_steps_others_are_judged_by_themselves() {
    let mut world = decided(true);
    world.leaves(20, 1);
    let planned = world.plan();
    assert_eq!((planned.plan.steps.len(), planned.plan.held.len()), (13, 0), "one more is no reason to hold");
    (21..34).for_each(|number| world.leaves(number, 1));
    check_held(
        &world,
        expect![[r#"
        HELD by removals_max in second-line: 14 people, 14 steps, limit 10
             14 people would be removed in one plan, and the limit is 10. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
        HELD by removals_percent_max in second-line: 14 people, 14 steps, limit 20
             14 people would be removed within 24 hours, of 60 members at their start, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
    assert_eq!(world.plan().plan.steps.len(), 12);
}

#[test]
fn released_removals_use_no_budget() {
    let mut world = decided(true);
    let planned = world.plan();
    super::apply::apply(&mut world, &planned, &[]);
    assert!(world.ledger.removed.is_empty());
}

#[test]
fn a_refusal_is_told() {
    check_held(
        &decided(false),
        expect![[r#"
        HELD by removals_max in second-line: 12 people, 12 steps, limit 10
             12 people would be removed in one plan, and the limit is 10. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU. Refused by lea@northwind.example.
    "#]],
    );
}

#[test]
fn the_later_decision_counts() {
    let mut world = decided(true);
    let planned = held().plan();
    let (at, until) = (world.now, world.now + hours(24));
    world.note(decision(&planned, false, at, until));
    assert_eq!(world.plan().plan.steps.len(), 0);
}

#[test]
fn the_digest_names_the_held_steps_alone() {
    let digest = |world: &World| world.plan().plan.digest;
    let first = digest(&held());
    assert!(first.starts_with("sha256:") && first.len() == 71, "{first}");
    let mut joined = held();
    joined.joins(61, 1);
    joined.person(30).name = Some("Another name".into());
    joined.now += hours(1);
    assert_eq!(digest(&joined), first);
    let mut more = held();
    more.leaves(12, 1);
    assert_ne!(digest(&more), first);
    let mut elsewhere = held();
    elsewhere.customer.tenant_id = crate::ids::TenantId(uuid::Uuid::from_u128(5));
    assert_ne!(digest(&elsewhere), first);
    assert_eq!(digest(&World::of(2)), "");
}

#[test]
fn a_decision_covers_nothing_that_waits_for_the_end_of_a_pause() {
    let mut world = World::of(60);
    for number in 0..11 {
        world.is_disabled(number);
        world.person(number).left_with = 11;
    }
    (20..31).for_each(|number| world.leaves(number, 1));
    world.joins(61, 1);
    world.pauses(false);
    let planned = world.plan();
    let rails: Vec<&str> = planned.plan.held.iter().map(|held| held.rail.as_str()).collect();
    assert_eq!(rails, ["paused", "leavers_per_hour_all_max"]);
    let named: BTreeSet<ObjectId> = planned.plan.keys_of_digest().iter().filter_map(|key| key.who).collect();
    assert_eq!(named, (0..11).map(|number| person(number).into()).collect());
    let (at, until) = (world.now, world.now + hours(24));
    world.note(decision(&planned, true, at, until));
    world.orders.pauses.clear();
    check_held(
        &world,
        expect![[r#"
        HELD by removals_max in second-line: 11 people, 11 steps, limit 10
             11 people would be removed in one plan, and the limit is 10. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn what_is_protected_is_in_no_decision_and_in_no_total() {
    let mut world = held();
    world.customer.protect.insert(guest(3).into());
    let planned = world.plan();
    let eleven: BTreeSet<ObjectId> =
        (0..12).filter(|number| *number != 3).map(|number| person(number).into()).collect();
    let cause = &planned.plan.held.iter().find(|held| held.rail == "removals_max").expect("twelve").cause;
    for keys in [planned.plan.keys_of_digest(), planned.plan.keys_of(cause)] {
        assert_eq!(keys.iter().filter_map(|key| key.who).collect::<BTreeSet<_>>(), eleven);
    }
    let totals = totals_of(cause, [&planned.plan]);
    assert_eq!((totals.people, totals.steps), (11, 11));
    // Whoever takes the id out of the list has not let the step through with the others.
    let (at, until) = (world.now, world.now + hours(24));
    world.note(decision(&planned, true, at, until));
    world.customer.protect.clear();
    assert!(!world.plan().released.iter().any(|key| key.who == Some(person(3).into())));
}

#[test]
fn what_cannot_be_read_cannot_be_released() {
    let mut world = World::of(9);
    world.leaves(0, 1);
    world.actual.gaps.push("a look-up failed".into());
    let planned = world.plan();
    let (at, until) = (world.now, world.now + hours(24));
    world.note(decision(&planned, true, at, until));
    assert_eq!(world.plan().plan.steps, []);
}
