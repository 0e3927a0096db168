//! When a plan changes by itself, and that no time breaks it.

use super::world::{World, guest, hours, target};
use crate::config::Disable;
use crate::ledger::REPLICA_LAG_MAX;
use jiff::{SignedDuration, Timestamp};

#[test]
fn a_run_is_due_when_a_lagging_read_must_show_a_removal() {
    let mut world = World::of(2);
    world.leaves(0, 1);
    let now = world.now;
    world.row(target(1), 0).removing = Some(now);
    assert_eq!(world.plan().wake, Some(now + REPLICA_LAG_MAX));
}

#[test]
fn a_run_is_due_when_an_emptied_group_is_believed() {
    let mut world = World::of(2);
    world.leaves(0, 1);
    world.leaves(1, 1);
    let now = world.now;
    world.group(1).emptied = Some(now);
    assert_eq!(world.plan().wake, Some(now + hours(7 * 24)));
}

#[test]
fn times_at_the_end_of_time_break_nothing() {
    for at in [Timestamp::MIN, Timestamp::MAX] {
        let mut world = World::of(3);
        world.settings.leavers.disable = Disable::Unused;
        world.settings.leavers.disable_after = SignedDuration::MAX;
        world.settings.leavers.delete_after = Some(SignedDuration::MAX);
        world.is_disabled(0);
        world.person(0).left = Some(at);
        world.knows(1).disabled = Some(at);
        world.facts(1).created = Some(at);
        world.knows(1).verified = false;
        world.row(target(1), 1).removing = Some(at);
        world.group(1).emptied = Some(at);
        world.ledger.removed.push(crate::ledger::Removed {
            at,
            package: "second-line".into(),
            guest: guest(1),
            fact: false,
        });
        world.settle();
        world.plan();
        world.now = at;
        world.settle();
        world.plan();
    }
}
