//! When a grant that ended holds nothing up any more.

use super::apply::apply;
use super::grants::{bo_granted, bo_inside, grant, request};
use super::world::{World, guest, hours, person, target};
use crate::ids::ObjectId;
use crate::ledger::{Entry, Grant};
use crate::plan::{Cause, MemberKind, TargetState};
use jiff::SignedDuration;

/// What a case changes about the world.
type Told = fn(&mut World);

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// What a survey of now makes of Bo's grant: `None` while it is not settled.
fn settled(world: &mut World) -> Option<Option<String>> {
    world.settle();
    for note in world.plan().notes {
        world.note(note);
    }
    world.ledger.settled.get(&request(1)).map(|settled| settled.kept_by.clone())
}

/// Bo inside, and an hour past the end.
fn over() -> World {
    let mut world = bo_inside();
    world.now += hours(8);
    world.snapshot.taken = world.now;
    world
}

#[test]
fn it_is_settled_by_the_survey_after_the_removal_and_leaves_the_ledger() {
    let mut world = over();
    assert_eq!(settled(&mut world), None, "Bo is still there");
    let planned = world.plan();
    assert_eq!(planned.drafts.len(), 1);
    apply(&mut world, &planned, &[]);
    assert!(world.ledger.grants.contains_key(&request(1)), "our own word is no proof");
    world.now += hours(1);
    assert_eq!(settled(&mut world), Some(None));
    assert!(world.ledger.grants.is_empty() && world.ledger.row(target(1), guest(1)).is_none());
    assert_eq!(world.plan().drafts, []);
}

#[test]
fn a_replica_that_lags_settles_nothing() {
    let mut world = over();
    let planned = world.plan();
    apply(&mut world, &planned, &[]);
    world.members(target(1)).insert(guest(1).into(), MemberKind::User);
    assert_eq!(settled(&mut world), None);
    assert_eq!(world.plan().drafts, [], "nor is anything done about it yet");
}

/// Where Bo's guest is a member, as a survey of now shows it: nowhere.
fn lags(world: &mut World) {
    let bo = world.ledger.guests[&person(1)].guest;
    world.members(target(1)).remove(&bo.into());
}

#[test]
fn a_grant_that_is_taken_back_right_after_the_addition_is_not_over_before_replicas_show_it() {
    let mut world = bo_granted();
    let planned = world.plan();
    apply(&mut world, &planned, &[]);
    world.now += minutes(1);
    let (until, by, at) = (world.now, "lead@northwind.example".into(), world.now);
    world.note(Entry::GrantChanged { request: request(1), until, by, note: None, at });
    let shown = world.clone();
    lags(&mut world);
    for (after, expected) in [(0, None), (8, None), (9, Some(None))] {
        world.now = at + minutes(after);
        assert_eq!(settled(&mut world.clone()), expected, "{after} minutes later");
    }
    // The replica has caught up: what was given is taken away, and no rail has a say in it.
    let mut world = shown;
    world.now = at + minutes(2);
    assert_eq!(settled(&mut world), None);
    let causes: Vec<_> = world.plan().plan.steps.iter().map(|step| step.cause).collect();
    assert_eq!(causes, [Some(Cause::GrantEnded)]);
}

#[test]
fn whom_a_survey_lacks_for_the_first_time_may_be_there_still() {
    let mut world = over();
    let first = world.now;
    lags(&mut world);
    assert_eq!(settled(&mut world), None);
    for (after, expected) in [(9, None), (10, Some(None))] {
        world.now = first + minutes(after);
        assert_eq!(settled(&mut world.clone()), expected, "{after} minutes later");
    }
    world.members(target(1)).insert(guest(1).into(), MemberKind::User);
    assert_eq!(settled(&mut world), None);
    assert_eq!(world.plan().plan.steps.len(), 1, "there after all, and taken out");
}

#[test]
fn what_a_grant_gave_is_taken_away_though_a_survey_once_said_that_it_was_over() {
    let mut world = over();
    let at = world.now;
    world.note(Entry::GrantSettled { request: request(1), kept_by: None, at });
    // Nobody else is there: a conclusion from a set would be held.
    world.members(target(1)).remove(&guest(0).into());
    let planned = world.plan();
    assert_eq!(planned.plan.held, []);
    let taken = planned.plan.steps.iter().filter(|step| step.guest == Some(guest(1)));
    assert_eq!(taken.map(|step| step.cause).collect::<Vec<_>>(), [Some(Cause::GrantEnded)]);
}

#[test]
fn what_keeps_somebody_there_is_named() {
    // (what happens, what the survey after the end makes of the grant)
    let cases: [(&str, Told, Option<Option<&str>>); 9] = [
        ("never carried out", |world| *world = World { now: world.now, ..bo_granted() }, Some(None)),
        ("a partner group wants them", |world| world.joins(1, 1), Some(Some("a partner group"))),
        (
            "another grant wants them",
            |world| {
                let other = Grant { request: request(2), until: world.now + hours(1), ..grant(world, 1, 0) };
                world.note(Entry::Granted(other));
            },
            Some(Some("request 00000000000000000000000000000002")),
        ),
        (
            "they were there before",
            |world| {
                world.ledger.rows.get_mut(&target(1)).unwrap().remove(&guest(1));
            },
            Some(Some("the customer's own membership")),
        ),
        (
            "the place could not be read",
            |world| {
                let state = TargetState::Unread { why: "it took too long".into() };
                world.actual.targets.insert(target(1), state);
            },
            None,
        ),
        (
            "the survey is not complete",
            |world| {
                world.members(target(1)).remove(&guest(1).into());
                world.actual.gaps.push("a look-up failed".into());
            },
            None,
        ),
        (
            "the place is gone",
            |world| {
                world.actual.targets.insert(target(1), TargetState::Gone);
            },
            Some(None),
        ),
        (
            "the removal is held",
            |world| {
                world.customer.protect.insert(ObjectId::from(guest(1)));
            },
            None,
        ),
        (
            "the customer took them out long ago",
            |world| {
                world.members(target(1)).remove(&guest(1).into());
                let at = world.now - hours(1);
                world.note(Entry::Vanished { target: target(1), guest: guest(1), at });
            },
            Some(None),
        ),
    ];
    for (what, change, expected) in cases {
        let mut world = over();
        change(&mut world);
        let found = settled(&mut world);
        assert_eq!(found.as_ref().map(|kept_by| kept_by.as_deref()), expected, "{what}");
    }
}

#[test]
fn a_grant_that_ends_while_another_lives_leaves_the_membership_to_that_one() {
    let mut world = over();
    let other = Grant { request: request(2), until: world.now + hours(2), ..grant(&world, 1, 0) };
    world.note(Entry::Granted(other));
    assert!(settled(&mut world).is_some());
    world.now += hours(2);
    let causes: Vec<_> = world.plan().plan.steps.iter().map(|step| step.cause).collect();
    assert_eq!(causes, [Some(Cause::GrantEnded)]);
}

#[test]
fn a_longer_grant_lives_on_and_one_that_is_taken_back_ends_at_once() {
    for (shift, ends) in [(hours(24), false), (hours(0), true)] {
        let mut world = bo_inside();
        let (until, by, at) = (world.now + shift, "lead@northwind.example".into(), world.now);
        world.note(Entry::GrantChanged { request: request(1), until, by, note: None, at });
        assert_eq!(world.plan().drafts.len(), usize::from(ends));
        world.now += hours(10);
        assert_eq!(world.plan().drafts.len(), usize::from(ends));
    }
}

#[test]
fn a_grant_told_twice_is_one_and_none_that_is_over_comes_back() {
    let mut world = bo_inside();
    let first = grant(&world, 1, 8);
    let (until, by, at) = (world.now, "lead@northwind.example".into(), world.now);
    world.note(Entry::GrantChanged { request: request(1), until, by, note: None, at });
    world.note(Entry::Granted(first.clone()));
    assert_eq!(world.ledger.grants[&request(1)].until, at, "what changed since counts");
    world.note(Entry::GrantSettled { request: request(1), kept_by: None, at });
    world.note(Entry::Granted(first.clone()));
    assert!(world.ledger.grants.is_empty());
    // How it ended is remembered for thirty days.
    for (days, remembered) in [(29, 2), (30, 1)] {
        let mut ledger = world.ledger.clone();
        let other = Grant { request: request(2), ..first.clone() };
        ledger.fold(&Entry::Granted(other));
        ledger.fold(&Entry::GrantSettled { request: request(2), kept_by: None, at: at + hours(24 * days) });
        assert_eq!(ledger.settled.len(), remembered, "{days}");
    }
}
