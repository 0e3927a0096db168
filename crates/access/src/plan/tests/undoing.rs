//! The way back from a run.

use super::apply::{Luck, apply};
use super::render::{render, with_names};
use super::world::{World, guest, hours, person, target};
use crate::config::Mode;
use crate::ledger::{Effects, Entry};
use crate::plan::{Addresses, Given, Input, OtherAccess, PersonState, Reach, Undo, Undoing, undo};
use expect_test::{Expect, expect};
use std::collections::BTreeSet;

/// Plans, carries it out as run 1, lets a survey show it an hour later.
fn run(world: &mut World) -> Effects {
    let before = world.journal.len();
    let planned = world.plan();
    apply(world, &planned, &[]);
    world.now += hours(1);
    world.snapshot.taken = world.now;
    world.settle();
    let mut effects = Effects::default();
    world.journal[before..].iter().for_each(|entry| effects.fold(1, entry));
    effects
}

fn undoing(world: &World, effects: &Effects, anyway: bool) -> Undoing {
    let mut actual = world.actual.clone();
    loop {
        let found = undo(
            &Input::new(Given {
                customer: &world.customer,
                mode: world.mode,
                settings: world.settings,
                snapshot: &world.snapshot,
                addresses: &Addresses::new(&world.snapshot, world.settings.address),
                actual: &actual,
                ledger: &world.ledger,
                windows: &world.windows,
                orders: &world.orders,
                now: world.now,
            }),
            &Undo { effects, run: 1, anyway },
        );
        if found.planned.ask.is_empty() {
            return found;
        }
        actual.access.extend(found.planned.ask.iter().map(|guest| (*guest, world.access_of(*guest))));
    }
}

fn check(world: &World, effects: &Effects, anyway: bool, expect: Expect) {
    let found = undoing(world, effects, anyway);
    let mut text = render(&found.planned);
    for note in &found.notes {
        text.push_str(&format!("note {}\n", serde_json::to_value(note).unwrap()["entry"]));
    }
    found.left.iter().for_each(|left| text.push_str(&format!("left {}: {}\n", left.what, left.why)));
    expect.assert_eq(&with_names(text));
}

/// Cy joined and was invited; Ana left the package and was removed.
fn after_a_run() -> (World, Effects) {
    let mut world = World::of(6);
    world.leaves(0, 1);
    world.joins(6, 1);
    let effects = run(&mut world);
    (world, effects)
}

#[test]
fn what_the_configuration_still_wants_is_left_and_said() {
    let (world, effects) = after_a_run();
    check(
        &world,
        &effects,
        false,
        expect![[r#"
        nothing to do
        left remove_member gus@northwind.example (group:T1): the configuration still wants what the run did, so the next run would do it again; change the configuration or pause the customer first, or say --anyway
        left disable_guest gus@northwind.example: the configuration still wants what the run did, so the next run would do it again; change the configuration or pause the customer first, or say --anyway
        left add_member ana@northwind.example (group:T1): the configuration still wants what the run did, so the next run would do it again; change the configuration or pause the customer first, or say --anyway
    "#]],
    );
}

#[test]
fn every_step_is_taken_back_if_the_customer_is_paused_or_anyway() {
    let (mut world, effects) = after_a_run();
    check(
        &world,
        &effects,
        true,
        expect![[r#"
        add_member ana group:T1: run r1 did remove_member
        HELD by removals_percent_max in second-line: 1 people, 2 steps, limit 20
             2 people would be removed within 24 hours, of 6 members at their start, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
    world.mode = Mode::Paused;
    check(
        &world,
        &effects,
        false,
        expect![[r#"
        add_member ana group:T1: run r1 did remove_member
        HELD by removals_percent_max in second-line: 1 people, 2 steps, limit 20
             2 people would be removed within 24 hours, of 6 members at their start, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn what_the_customer_changed_since_is_left() {
    let (mut world, effects) = after_a_run();
    let joined = world.ledger.guests[&person(6)].guest;
    world.members(target(1)).remove(&joined.into());
    world.members(target(1)).insert(guest(0).into(), crate::plan::MemberKind::User);
    world.now += hours(1);
    world.settle();
    world.access.insert(
        joined,
        OtherAccess::Known { memberships: [guest(9).into()].into(), directory_role: false, owns: false },
    );
    check(
        &world,
        &effects,
        true,
        expect![[r#"
        nothing to do
        left add_member gus@northwind.example (group:T1): it is gone already, and not by us
        left invite_guest gus@northwind.example: has other access in the customer's tenant
        left remove_member ana@northwind.example (group:T1): somebody put them back already
    "#]],
    );
}

#[test]
fn what_a_later_run_changed_is_left() {
    let (mut world, mut effects) = after_a_run();
    world.joins(0, 1);
    let before = world.journal.len();
    let planned = world.plan();
    apply(&mut world, &planned, &[]);
    world.settle();
    world.journal[before..].iter().for_each(|entry| effects.fold(7, entry));
    let found = undoing(&world, &effects, true);
    assert!(found.left.iter().any(|left| left.why == "run r7 changed the same since"), "{:?}", found.left);
}

#[test]
fn nobody_comes_back_who_has_left_or_is_on_the_stop_list() {
    let (mut world, effects) = after_a_run();
    let ana = |world: &World| {
        let found = undoing(world, &effects, true);
        assert!(found.planned.drafts.iter().all(|draft| draft.step.person != Some(person(0))));
        found.left.into_iter().find(|left| left.what.contains("ana")).unwrap().why
    };
    world.person(0).state = PersonState::Disabled;
    assert!(ana(&world).ends_with("has left the partner"));
    world.person(0).state = PersonState::Unconfirmed;
    assert!(ana(&world).contains("may have left"));
    world.person(0).state = PersonState::Enabled;
    world.actual.deny = crate::plan::DenyState::Read([guest(0)].into());
    assert!(ana(&world).ends_with("stop list"));
    world.actual.deny = crate::plan::DenyState::Unread { why: "503".into() };
    assert!(ana(&world).contains("could not be read"));
}

#[test]
fn a_leaver_whom_we_disabled_and_deleted_is_restored_and_not_enabled() {
    let mut world = World::disabled_by_us();
    world.settings.leavers.delete_after = Some(hours(0));
    let effects = run(&mut world);
    check(
        &world,
        &effects,
        true,
        expect![[r#"
        restore_guest ana: run r1 did delete_guest
    "#]],
    );
    world.actual.reach = Reach::Units { guests: BTreeSet::new(), wanting: Vec::new() };
    check(
        &world,
        &effects,
        true,
        expect![[r#"
        nothing to do
        left delete_guest ana@northwind.example: is in no administrative unit within which our app is User Administrator
    "#]],
    );
}

#[test]
fn what_was_adopted_is_ours_no_longer_and_stays() {
    let mut world = World::bare(vec![super::world::package("second-line", &[1], &[1])]);
    world.joins(0, 1);
    world.has_guest(0);
    world.members(target(1)).insert(guest(0).into(), crate::plan::MemberKind::User);
    let effects = run(&mut world);
    check(
        &world,
        &effects,
        false,
        expect![[r#"
        nothing to do
        note "forgotten"
    "#]],
    );
}

#[test]
fn the_rails_judge_what_is_taken_back() {
    let mut world = World::of(2);
    (2..14).for_each(|number| world.joins(number, 1));
    let effects = run(&mut world);
    let found = undoing(&world, &effects, true);
    let rails: Vec<&str> = found.planned.plan.held.iter().map(|held| held.rail.as_str()).collect();
    assert!(rails.contains(&"removals_max"), "{rails:?}");
    assert!(found.planned.drafts.iter().all(|draft| !draft.step.action.takes()));
}

#[test]
fn a_write_that_had_no_effect_has_no_way_back() {
    for luck in [Luck::Refused, Luck::Lost] {
        let mut world = World::of(6);
        world.leaves(0, 1);
        let planned = world.plan();
        apply(&mut world, &planned, &[luck]);
        let mut effects = Effects::default();
        world.journal.iter().for_each(|entry| effects.fold(1, entry));
        assert!(effects.knows(1) && !effects.knows(2));
        assert_eq!(effects.all, [], "{luck:?}");
    }
}

#[test]
fn a_write_whose_answer_was_lost_counts_once_a_survey_shows_it() {
    let mut world = World::of(6);
    world.joins(6, 1);
    let planned = world.plan();
    apply(&mut world, &planned, &[Luck::Deaf]);
    world.now += hours(1);
    let run_one = world.journal.len();
    world.settle();
    let mut effects = Effects::default();
    for (index, entry) in world.journal.iter().enumerate() {
        effects.fold(if index < run_one { 1 } else { 2 }, entry);
    }
    assert!(world.journal[run_one..].iter().any(|entry| matches!(entry, Entry::Known { ours: true, .. })));
    assert!(effects.all.iter().any(|effect| effect.run == 1), "{effects:?}");
}
