//! What holds in every world (design: the reconciler's properties).

use super::apply::{Luck, apply};
use super::rules::{audit, audit_counted, no_set_follows_from_a_partial_read, what_is_protected_is_in_no_step};
use super::world::{World, hours};
use super::worlds::{Recipe, recipe, targets};
use crate::ids::{GuestId, PersonId};
use crate::ledger::StepKey;
use crate::plan::{Action, Planned, Target, TargetState};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::BTreeSet;

fn config() -> ProptestConfig {
    ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() }
}

/// A random world whose ledger has seen the survey.
fn settled(recipe: &Recipe) -> World {
    let mut world = recipe.world();
    world.settle();
    world
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_plan_keeps_the_rules(recipe in recipe()) {
        let world = settled(&recipe);
        audit(&world, &world.plan());
        audit_counted(&world, &world.plan_counted());
    }

    #[test]
    fn a_second_plan_after_a_clean_apply_is_empty(recipe in recipe()) {
        let mut world = settled(&recipe);
        let planned = world.plan();
        apply(&mut world, &planned, &[]);
        world.settle();
        let second = world.plan();
        audit(&world, &second);
        // Removals that would have emptied a place may go once others have come in.
        let waited = planned.plan.held.iter().any(|held| held.rail == "never_empty");
        prop_assert!(waited || second.drafts.is_empty(), "{}\nthen {}", super::render::render(&planned), super::render::render(&second));
        apply(&mut world, &second, &[]);
        world.settle();
        prop_assert!(world.plan().drafts.is_empty());
    }

    #[test]
    fn equal_input_gives_equal_bytes(recipe in recipe()) {
        let world = settled(&recipe);
        let mut other = world.clone();
        // Built in another order, and through JSON as the store keeps it.
        other.snapshot = serde_json::from_str(&serde_json::to_string(&world.snapshot).unwrap()).unwrap();
        other.ledger = serde_json::from_str(&serde_json::to_string(&world.ledger).unwrap()).unwrap();
        other.actual.guests = world.actual.guests.clone().into_iter().rev().collect();
        other.actual.targets = world.actual.targets.clone().into_iter().rev().collect();
        prop_assert_eq!(&other.ledger, &world.ledger);
        let bytes = |world: &World| serde_json::to_vec(&world.plan().plan).unwrap();
        prop_assert_eq!(bytes(&world), bytes(&other));
    }

    #[test]
    fn a_release_lets_exactly_the_held_steps_through(recipe in recipe()) {
        let mut world = settled(&recipe);
        let planned = world.plan();
        let steps: BTreeSet<StepKey> = planned.held.clone();
        let (at, until) = (world.now, world.now + hours(24));
        world.note(super::decisions::decision(&planned, true, at, until));
        let then = world.plan();
        audit_released(&world, &planned, &then, &steps);
    }

    #[test]
    fn lost_answers_and_kills_end_where_a_clean_run_does(
        recipe in recipe(),
        luck in prop::collection::vec(
            prop_oneof![3 => Just(Luck::Fine), 1 => Just(Luck::Deaf), 1 => Just(Luck::Lost), 1 => Just(Luck::Refused), 1 => Just(Luck::Killed)],
            0..6,
        ),
    ) {
        let recipe = recipe.timeless();
        let mut clean = settled(&recipe);
        let mut rough = clean.clone();
        let planned = clean.plan();
        apply(&mut clean, &planned, &[]);
        apply(&mut rough, &planned, &luck);
        for world in [&mut clean, &mut rough] {
            for _ in 0..4 {
                // Long enough for the directory's index.
                world.now += hours(2);
                world.snapshot.taken = world.now;
                world.settle();
                let planned = world.plan();
                audit(world, &planned);
                apply(world, &planned, &[]);
            }
            world.settle();
        }
        prop_assert_eq!(members_by_mail(&clean), members_by_mail(&rough));
        prop_assert_eq!(ours(&clean), ours(&rough));
        let mut again = recipe.world().ledger;
        rough.journal.iter().for_each(|entry| again.fold(entry));
        prop_assert_eq!(again, rough.ledger, "the ledger is what its journal folds to");
    }
}

/// Who is where, with names that do not depend on the order in which guests and groups were made.
fn members_by_mail(world: &World) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for (target, state) in &world.actual.targets {
        let TargetState::Read { members, .. } = state else { continue };
        let made = world.actual.created.iter().find(|(_, id)| Target::Group(**id) == *target);
        let place = made.map_or_else(|| target.to_string(), |(name, _)| name.clone());
        for id in members.keys() {
            let facts = world.actual.guests.get(&GuestId(id.0));
            let who = facts.and_then(|facts| facts.mail.clone()).unwrap_or_else(|| id.to_string());
            all.insert((place.clone(), format!("{who} {:?}", facts.map(|facts| facts.enabled))));
        }
    }
    all
}

/// Whose memberships are ours.
fn ours(world: &World) -> BTreeSet<(Target, PersonId)> {
    let named: BTreeSet<Target> = targets().collect();
    let rows = world.ledger.rows.iter().filter(|(target, _)| named.contains(*target));
    rows.flat_map(|(target, rows)| rows.values().map(|row| (*target, row.person))).collect()
}

fn audit_released(world: &World, first: &Planned, then: &Planned, steps: &BTreeSet<StepKey>) {
    let hard = ["paused", "protect", "incomplete_survey"];
    let held_hard = first.plan.held.iter().any(|held| hard.contains(&held.rail.as_str()));
    if !held_hard {
        assert!(then.held.is_empty(), "{:#?} after {:#?}", then.plan.held, first.plan.held);
    }
    for draft in &then.drafts {
        let key = StepKey::of(&draft.step);
        let before = first.drafts.iter().any(|one| StepKey::of(&one.step) == key);
        assert!(before || steps.contains(&key), "{draft:?} was neither passing nor released");
    }
    what_is_protected_is_in_no_step(world, then);
    no_set_follows_from_a_partial_read(world, then);
}

#[test]
fn random_worlds_reach_every_action() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..1_500 {
        let world = settled(&recipe().new_tree(&mut runner).unwrap().current());
        let planned = world.plan();
        seen.extend(planned.drafts.iter().map(|draft| draft.step.action));
    }
    let missing: Vec<_> = Action::ALL.into_iter().filter(|one| !seen.contains(one)).collect();
    assert_eq!(missing, Vec::<Action>::new());
}

#[test]
fn random_worlds_reach_every_rail_that_counts() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..1_500 {
        let world = settled(&recipe().new_tree(&mut runner).unwrap().current());
        seen.extend(world.plan_counted().plan.held.into_iter().map(|held| held.rail));
    }
    // Nobody of these customers is being offboarded; `offboarding` has tests of its own.
    assert_eq!(seen.len(), crate::plan::rails::RAILS.len() - 1, "{seen:?}");
    assert!(!seen.contains("offboarding"), "{seen:?}");
}
