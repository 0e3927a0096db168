//! What a person refused: it stays held, and when that is over.

use super::decisions::decision;
use super::grants::grant;
use super::render::check_held;
use super::world::{World, guest, hours, person, target};
use crate::ledger::{Entry, Grant, Release, Removed};
use crate::plan::{PersonState, Planned, SourceState, TargetState};
use expect_test::expect;

/// Eleven people of whom one went this morning; two more are out of the source, which makes more than a fifth of a day.
fn held() -> World {
    let mut world = World::of(10);
    let at = world.now - hours(4);
    world.ledger.removed.push(Removed { at, package: "second-line".into(), guest: guest(99), fact: false });
    world.leaves(0, 1);
    world.leaves(1, 1);
    let rails: Vec<String> = world.plan().plan.held.into_iter().map(|held| held.rail).collect();
    assert_eq!(rails, ["removals_percent_max"]);
    world
}

fn refuse(world: &mut World) {
    let planned = world.plan();
    let Entry::Decided(release) = decision(&planned, false, world.now, world.now) else { panic!("a decision") };
    world.note(Entry::Decided(Release { until: None, ..release }));
}

/// The same, refused, and the day is over that the rail looks back on.
fn refused() -> World {
    let mut world = held();
    refuse(&mut world);
    world.now += hours(24);
    world
}

/// What a run notes of refusals that are over, which are forgotten then: how many steps of them.
fn over(world: &mut World) -> usize {
    let ended = |entry: &Entry| match entry {
        Entry::RefusalEnded { steps, .. } => Some(steps.len()),
        _ => None,
    };
    let notes = world.plan().notes;
    let count = notes.iter().filter_map(ended).sum();
    notes.into_iter().filter(|note| ended(note).is_some()).for_each(|note| world.note(note));
    count
}

fn passing(planned: &Planned) -> usize {
    planned.plan.steps.len()
}

#[test]
fn what_was_refused_stays_held_when_the_day_is_over() {
    let mut world = held();
    world.now += hours(24);
    assert_eq!(passing(&world.plan()), 2, "with nobody's word it goes");
    let mut world = refused();
    check_held(
        &world,
        expect![[r#"
            HELD by refused in second-line: 2 people, 2 steps
                 No other rail holds this any more, but a person refused it: it stays held as long as it is planned. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU. Refused by lea@northwind.example.
        "#]],
    );
    world.now += hours(24 * 365);
    assert_eq!((passing(&world.plan()), over(&mut world)), (0, 0), "and for as long as it is planned");
}

#[test]
fn what_was_refused_stays_held_when_a_limit_is_loosened() {
    let mut world = World::of(60);
    (0..12).for_each(|number| world.leaves(number, 1));
    refuse(&mut world);
    world.package().limits.removals_max = 100;
    let held = world.plan().plan.held;
    assert_eq!((held.len(), held[0].rail.as_str(), held[0].count), (1, "refused", 12));
}

#[test]
fn a_later_release_lets_what_was_refused_through() {
    let mut world = refused();
    let planned = world.plan();
    assert_eq!(planned.plan.keys_of(&planned.plan.held[0].cause), planned.held, "together with other customers, too");
    let (at, until) = (world.now, world.now + hours(24));
    world.note(decision(&planned, true, at, until));
    assert_eq!(passing(&world.plan()), 2);
    world.now += hours(24);
    assert_eq!(passing(&world.plan()), 2, "the release is over, and so is the refusal before it");
}

#[test]
fn a_step_that_is_planned_no_more_is_refused_no_more_and_the_others_are() {
    let mut world = refused();
    world.joins(0, 1);
    assert_eq!(over(&mut world), 1);
    world.leaves(0, 1);
    assert_eq!(passing(&world.plan()), 1, "one a day may go, and nobody has refused that");
    check_held(
        &world,
        expect![[r#"
            HELD by refused in second-line: 1 people, 1 steps
                 No other rail holds this any more, but a person refused it: it stays held as long as it is planned. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU. Refused by lea@northwind.example.
        "#]],
    );
    world.joins(1, 1);
    assert_eq!(over(&mut world), 1);
    assert!(world.ledger.releases.is_empty(), "nothing is left of it");
}

#[test]
fn whom_the_customer_took_out_is_refused_no_more() {
    let mut world = refused();
    world.members(target(1)).remove(&guest(0).into());
    world.settle();
    assert_eq!(over(&mut world), 1);
}

#[test]
fn what_could_not_be_read_ends_no_refusal() {
    type Change = fn(&mut World);
    let unread: [(&str, Change); 6] = [
        ("the source", |world| world.group(1).state = SourceState::Unread { why: "a page failed".into() }),
        ("the target", |world| {
            world.actual.targets.insert(target(1), TargetState::Unread { why: "it took too long".into() });
        }),
        ("something", |world| world.actual.gaps.push("a look-up failed".into())),
        ("the person", |world| {
            world.joins(0, 1);
            world.person(0).state = PersonState::Unconfirmed;
        }),
        ("whether the person came", |world| {
            world.group(1).doubtful.insert(person(0));
        }),
        ("the package", |world| world.customer.packages.clear()),
    ];
    for (what, change) in unread {
        let mut world = refused();
        change(&mut world);
        assert_eq!(over(&mut world), 0, "{what}");
    }
}

#[test]
fn what_holds_besides_ends_no_refusal_and_is_told_apart() {
    let mut world = World::of(60);
    (0..12).for_each(|number| world.leaves(number, 1));
    refuse(&mut world);
    world.leaves(12, 1);
    assert_eq!(over(&mut world), 0);
    check_held(
        &world,
        expect![[r#"
            HELD by removals_max in second-line: 13 people, 13 steps, limit 10
                 13 people would be removed in one plan, and the limit is 10. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU. Of these 13 steps 12 were refused, by lea@northwind.example.
            HELD by removals_percent_max in second-line: 13 people, 13 steps, limit 20
                 13 people would be removed within 24 hours, of 60 members at their start, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU. Of these 13 steps 12 were refused, by lea@northwind.example.
        "#]],
    );
}

#[test]
fn a_pause_ends_no_refusal() {
    let mut world = refused();
    world.pauses(false);
    let held = world.plan().plan.held;
    assert_eq!((held.len(), held[0].rail.as_str(), over(&mut world)), (1, "paused", 0));
    world.orders.pauses.clear();
    assert_eq!(world.plan().plan.held[0].rail, "refused");
}

#[test]
fn whoever_leaves_the_partner_or_is_barred_goes_although_their_removal_was_refused() {
    let mut world = refused();
    world.is_disabled(0);
    world.bars(1);
    let planned = world.plan();
    let going: Vec<_> = planned.drafts.iter().filter(|draft| draft.step.target.is_some()).collect();
    assert_eq!((going.len(), planned.plan.held.len()), (2, 0));
}

#[test]
fn a_refused_removal_keeps_everything_else_that_would_be_taken_from_the_person() {
    let mut world = refused();
    world.places(0, target(2), &["second-line"]);
    world.package().groups.push(crate::config::TargetGroup::Id(super::world::group(2)));
    let planned = world.plan();
    assert!(!planned.drafts.iter().any(|draft| draft.step.person == Some(person(0)) && draft.step.action.takes()));
}

/// Five people come at once where two may, and are refused.
fn newcomers() -> World {
    let mut world = World::of(2);
    world.package().limits.additions_max = 2;
    (10..15).for_each(|number| world.joins(number, 1));
    refuse(&mut world);
    world
}

#[test]
fn people_who_were_refused_stay_out_when_there_are_fewer_of_them() {
    let mut world = newcomers();
    (12..15).for_each(|number| world.leaves(number, 1));
    check_held(
        &world,
        expect![[r#"
            HELD by refused in second-line: 2 people, 4 steps
                 No other rail holds this any more, but a person refused it: it stays held as long as it is planned. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU. Refused by lea@northwind.example.
        "#]],
    );
    assert_eq!(over(&mut world), 6, "an invitation and an addition each");
}

#[test]
fn whom_somebody_grants_it_after_the_refusal_comes_in_and_who_was_granted_it_before_does_not() {
    for (before, comes) in [(hours(-1), true), (hours(1), false)] {
        let mut world = newcomers();
        (11..15).for_each(|number| world.leaves(number, 1));
        let at = world.now;
        world.now += hours(2);
        world.note(Entry::Granted(Grant { from: at - before, ..grant(&world, 10, 8) }));
        let planned = world.plan();
        let is_in = planned.drafts.iter().any(|draft| draft.step.person == Some(person(10)));
        assert_eq!(is_in, comes, "{:#?}", planned.plan.held);
    }
}

#[test]
fn a_refusal_of_an_earlier_version_ends_whole() {
    let mut world = refused();
    let Release { digest, .. } = world.ledger.releases[0].clone();
    let written = format!(r#"{{"entry":"refusal_ended","digest":"{digest}","at":"2026-05-04T12:00:00Z"}}"#);
    world.note(serde_json::from_str(&written).unwrap());
    assert!(world.ledger.releases.is_empty());
}

#[test]
fn a_refusal_that_ends_does_not_bring_an_earlier_release_back() {
    let mut world = held();
    let planned = world.plan();
    let (at, until) = (world.now, world.now + hours(24));
    world.note(decision(&planned, true, at, until));
    let steps = planned.plan.keys_of_digest();
    let Entry::Decided(release) = decision(&planned, false, at, at) else { panic!("a decision") };
    world.note(Entry::Decided(Release { until: None, ..release }));
    world.note(Entry::RefusalEnded { digest: planned.plan.digest.clone(), steps, at });
    let after = world.plan();
    assert_eq!((passing(&after), after.plan.held[0].rail.as_str()), (0, "removals_percent_max"));
}
