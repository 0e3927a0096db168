//! What can be forgotten: what no package of the configuration asks for any more.

use super::world::{World, package, target};
use crate::ledger::forget_package;

#[test]
fn only_what_no_package_of_the_configuration_asks_for_is_forgotten() {
    let count = |asked: &[&str], places: u8, forgotten: &str| {
        let mut world = World::bare(vec![package("second-line", &[1], &[places])]);
        world.knows(0);
        world.places(0, target(1), asked);
        forget_package(&world.ledger, &world.customer, forgotten, world.now).len()
    };
    assert_eq!(count(&["second-line"], 1, "second-line"), 0, "it is still asked for");
    assert_eq!(count(&["second-line"], 2, "second-line"), 1, "the package does not name the group any more");
    assert_eq!(count(&["old"], 1, "old"), 1, "the package is gone");
    assert_eq!(count(&["old", "second-line"], 1, "old"), 0, "another package still asks for it");
    assert_eq!(count(&["old"], 1, "other"), 0, "it was another package");
}

#[test]
fn a_place_that_nobody_asks_for_any_more_is_adopted_anew_and_one_that_another_package_keeps_is_not() {
    for (places, opens) in [(1, false), (2, true)] {
        let mut world = World::bare(vec![package("second-line", &[1], &[places])]);
        world.knows(0);
        world.places(0, target(1), &["old"]);
        world.ledger.adopted.insert(target(1));
        let entries = forget_package(&world.ledger, &world.customer, "old", world.now);
        entries.iter().for_each(|entry| world.ledger.fold(entry));
        assert_eq!(world.ledger.rows.len(), 0);
        assert_eq!(world.ledger.adopted.is_empty(), opens, "{places}");
    }
}

#[test]
fn a_group_of_ours_whose_id_is_not_known_may_be_any_so_nothing_in_a_group_is_forgotten() {
    let mut world = World::bare(vec![package("second-line", &[1], &[2])]);
    world.knows(0);
    world.places(0, target(1), &["second-line"]);
    world.package().groups.push(crate::config::TargetGroup::Create { name: "Partner".into() });
    assert_eq!(forget_package(&world.ledger, &world.customer, "second-line", world.now), []);
    world.ledger.groups.insert("Partner".into(), super::world::group(3));
    assert_eq!(forget_package(&world.ledger, &world.customer, "second-line", world.now).len(), 1);
}
