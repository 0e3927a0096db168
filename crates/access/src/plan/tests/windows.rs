//! The rails over time and over all customers, at their limits.

use super::decisions::decision;
use super::render::{check, check_held};
use super::world::{World, guest, hours, person, target};
use crate::config::Disable;
use crate::ids::{ObjectId, PersonId, TenantId};
use crate::ledger::Removed;
use crate::plan::{Needs, RemovalWindow};
use expect_test::expect;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Sixty people, of whom so many were removed from here this long ago.
fn drained(leaving: u8, earlier: u8, ago: SignedDuration) -> World {
    let mut world = World::after_leaving(60, leaving);
    world.package().limits.removals_percent_max = 100;
    let at = world.now - ago;
    let removed = |number| Removed { at, package: "another".into(), guest: guest(number), fact: false };
    world.ledger.removed = (60..60 + earlier).map(removed).collect();
    world
}

#[test]
fn the_removals_of_a_day_count_over_all_packages_of_a_customer() {
    check_held(
        &drained(3, 23, hours(23)),
        expect![[r#"
            HELD by removals_per_day_max in second-line: 3 people, 3 steps, limit 25
                 26 people would be removed from this customer within 24 hours (23 of them were already), and the limit is 25. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
        "#]],
    );
    check_held(&drained(2, 23, hours(23)), expect![[""]]);
    check_held(&drained(3, 23, hours(24)), expect![[""]]);
    let wake = drained(3, 23, hours(23)).plan().wake;
    assert_eq!(wake, Some(World::of(0).now + hours(1)), "it passes by itself when the day is over");
}

#[test]
fn whoever_was_removed_today_already_and_whoever_left_uses_no_more_of_the_day() {
    let mut world = drained(2, 24, hours(1));
    world.ledger.removed[0].guest = guest(0);
    check_held(&world, expect![[""]]);
    let mut world = drained(2, 24, hours(1));
    world.ledger.removed[0].fact = true;
    check_held(&world, expect![[""]]);
}

/// So many are out of the source here, and so many others were removed elsewhere.
fn removed_elsewhere(leaving: u8, others: u8) -> World {
    let mut world = World::after_leaving(60, leaving);
    let until = world.now + SignedDuration::from_mins(40);
    world.windows.removals = Some(RemovalWindow {
        asked: (0..leaving).map(person).map(ObjectId::from).collect(),
        counted: (60..60 + others).map(|number| (person(number).into(), until)).collect(),
        granted: BTreeSet::new(),
    });
    world
}

#[test]
fn the_removals_of_an_hour_count_over_all_customers() {
    let over = removed_elsewhere(4, 22);
    check_held(
        &over,
        expect![[r#"
            HELD by removals_per_hour_all_max in second-line: 4 people, 4 steps, limit 25
                 26 people would be removed over all customers within an hour (4 of them by this plan alone), and the limit is 25. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
        "#]],
    );
    assert_eq!(over.plan().wake, Some(over.now + SignedDuration::from_mins(40)));
    check_held(&removed_elsewhere(3, 22), expect![[""]]);
}

#[test]
fn one_person_who_goes_from_many_customers_is_one_removal() {
    let mut world = removed_elsewhere(1, 25);
    let (first, until) = (ObjectId::from(person(0)), world.now + hours(1));
    let window = world.windows.removals.as_mut().unwrap();
    window.counted.insert(first, until);
    assert_eq!(world.plan().plan.steps, [], "asked for elsewhere, and not let through yet");
    world.windows.removals.as_mut().unwrap().granted.insert(first);
    check(
        &world,
        expect![[r#"
            remove_member ana group:T1: no longer in the partner groups of second-line
        "#]],
    );
}

#[test]
fn a_plan_tells_whom_the_hour_must_know_and_what_is_released_is_not_among_them() {
    let mut world = World::after_leaving(60, 11);
    world.leaves(20, 1);
    assert_eq!(world.plan().needs, Needs::default(), "what another rail holds is not counted");
    let planned = world.plan();
    world.note(decision(&planned, true, world.now, world.now + hours(24)));
    assert_eq!(world.plan().needs, Needs::default(), "nor what a person let through");
    world.leaves(30, 1);
    let needs = world.plan().needs;
    assert_eq!(needs.removals, BTreeSet::from([ObjectId::from(person(30))]));
    world.is_disabled(31);
    assert_eq!(world.plan().needs, needs, "a fact is not counted");
}

/// So many left the partner, all within an hour of each other.
fn left_together(count: u8) -> World {
    let mut world = World::of(60);
    for number in 0..count {
        world.is_disabled(number);
        world.person(number).left_with = count.into();
    }
    world
}

#[test]
fn people_who_left_together_are_held_though_each_is_a_fact() {
    let mut world = left_together(11);
    check_held(
        &world,
        expect![[r#"
            HELD by leavers_per_hour_all_max in second-line: 11 people, 22 steps, limit 10
                 11 people were found disabled or deleted at the partner within an hour, and the limit is 10; until somebody has looked, nothing is taken from those of them who are here. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
        "#]],
    );
    assert_eq!(world.plan().plan.steps, []);
    world.now += hours(100);
    assert_eq!(world.plan().plan.steps, [], "an accident does not trickle through when the hour is over");
    let planned = world.plan();
    world.note(decision(&planned, true, world.now, world.now + hours(24)));
    assert_eq!(world.plan().plan.steps.len(), 22, "a person's word lets them go");
    assert_eq!(left_together(10).plan().plan.steps.len(), 20);
}

#[test]
fn a_leaver_who_left_alone_goes_beside_those_who_left_together() {
    let mut world = left_together(11);
    world.is_disabled(30);
    world.person(30).left_with = 1;
    world.leaves(40, 1);
    let planned = world.plan();
    let going: BTreeSet<_> = planned.plan.steps.iter().filter_map(|step| step.person).collect();
    assert_eq!(going, BTreeSet::from([person(30), person(40)]));
}

#[test]
fn what_is_still_to_be_taken_from_a_leaver_is_held_when_the_number_is_reached_later() {
    let mut world = World::disabled_by_us();
    world.settings.leavers.delete_after = Some(SignedDuration::ZERO);
    let deletes = |world: &World| world.plan().plan.steps.len();
    assert_eq!(deletes(&world), 1);
    world.person(0).left_with = 11;
    assert_eq!(deletes(&world), 0);
}

#[test]
fn the_customers_own_stop_list_is_no_leaver() {
    let mut world = World::of(60);
    let guests: BTreeSet<_> = (0..12).map(guest).collect();
    world.actual.deny = crate::plan::DenyState::Read(guests);
    assert_eq!(world.plan().plan.steps.len(), 12);
}

/// Bo is new at the partner since this long, and has entered so many other customers.
fn newcomer(since: SignedDuration, others: u128) -> World {
    let mut world = World::of(1);
    world.joins(1, 1);
    let (now, until) = (world.now, world.now + hours(5));
    world.person(1).first_seen = Some(now - since);
    let tenants = (1..=others).map(|number| (TenantId(Uuid::from_u128(number)), until)).collect();
    world.windows.entries = Some(BTreeMap::from([(person(1), tenants)]));
    world
}

#[test]
fn a_new_person_enters_so_many_customers_and_no_more() {
    let world = newcomer(hours(1), 20);
    check(
        &world,
        expect![[r#"
            HELD by new_person_customers_max in second-line: 1 people, 2 steps, limit 20
                 1 person first seen at the partner within the last 24 hours would enter more than 20 customers, which is the limit for that time. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
        "#]],
    );
    assert_eq!(world.plan().wake, Some(world.now + hours(5)));
    assert_eq!(newcomer(hours(1), 19).plan().plan.steps.len(), 2);
    assert_eq!(newcomer(hours(24), 20).plan().plan.steps.len(), 2, "new no more");
}

#[test]
fn a_customer_that_a_new_person_entered_already_does_not_count_twice() {
    let mut world = newcomer(hours(1), 19);
    let (here, until) = (world.customer.tenant_id, world.now + hours(5));
    world.windows.entries.as_mut().unwrap().get_mut(&person(1)).unwrap().insert(here, until);
    assert_eq!(world.plan().plan.steps.len(), 2);
    let mut world = newcomer(hours(1), 20);
    world.knows(1);
    world.places(1, target(2), &["second-line"]);
    assert_eq!(world.plan().plan.steps.len(), 1, "whoever is in already does not enter");
}

#[test]
fn a_customers_first_run_is_exempt_from_counting_new_people() {
    let mut world = newcomer(hours(1), 20);
    world.ledger.rows.clear();
    world.ledger.adopted.clear();
    world.members(target(1)).clear();
    assert!(world.plan().plan.held.is_empty());
    assert_eq!(world.plan().needs.entries, BTreeSet::<PersonId>::new());
}

/// Bo is wanted, and meant to be in so many tenants.
fn everywhere(tenants: u32) -> World {
    let mut world = World::of(1);
    world.joins(1, 1);
    world.windows.tenants = Some(Arc::new(BTreeMap::from([(person(0), tenants), (person(1), tenants)])));
    world
}

#[test]
fn nobody_is_invited_into_more_tenants_than_microsoft_allows() {
    check(
        &everywhere(481),
        expect![[r#"
            HELD by tenants_per_person_max in second-line: 1 people, 2 steps, limit 480
                 1 person would be in up to 481 customers' tenants, the limit is 480, and Microsoft allows a user 500: spread the customers over more people. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
        "#]],
    );
    check(
        &everywhere(480),
        expect![[r#"
            invite_guest bo: not in the customer's tenant yet
            add_member bo group:T1: in the partner groups of second-line
            ! many_tenants: person bo is meant to be in 480 customers' tenants; beyond 480 nobody is invited, since Microsoft allows a user 500
        "#]],
    );
    let noticed = |tenants| everywhere(tenants).plan().plan.problems.iter().any(|one| one.code == "many_tenants");
    assert!(noticed(400) && !noticed(399));
}

#[test]
fn whoever_is_in_the_tenant_already_is_added_there_all_the_same() {
    let mut world = everywhere(481);
    world.knows(1);
    check(
        &world,
        expect![[r#"
            add_member bo group:T1: in the partner groups of second-line
        "#]],
    );
}

#[test]
fn without_leavers_who_are_disabled_nothing_of_a_guest_is_held() {
    let mut world = left_together(11);
    world.settings.leavers.disable = Disable::Never;
    let planned = world.plan();
    assert_eq!(planned.plan.held.iter().map(|held| (held.count, held.steps)).collect::<Vec<_>>(), [(11, 11)]);
}

#[test]
fn the_wake_of_a_day_is_that_of_the_oldest_removal_that_still_counts() {
    let mut world = drained(3, 23, hours(1));
    let at: Timestamp = world.now - hours(30);
    world.ledger.removed.push(Removed { at, package: "another".into(), guest: guest(99), fact: false });
    assert_eq!(world.plan().wake, Some(world.now + hours(23)), "one that is forgotten already does not hide it");
}
