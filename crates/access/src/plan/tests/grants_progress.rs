//! How far a grant is, after a run.

use super::grants::{bo_granted, bo_inside, grant};
use super::world::{World, guest, hours, person, target};
use crate::config::{Mode, Package, TargetGroup};
use crate::requests::{Progress, progress};

/// What a case changes about the world.
type Told = fn(&mut World);

pub(super) fn how_far(world: &World, number: u8) -> Progress {
    let grant = grant(world, number, 8);
    progress(world.customer.packages.first(), &world.ledger, &world.plan().plan, &grant, world.now)
}

pub(super) fn code(progress: Progress) -> String {
    match progress {
        Progress::Waiting { code, .. } => format!("waiting: {code}"),
        Progress::Refused { code, .. } => format!("refused: {code}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn how_far_a_grant_is_follows_from_ledger_and_plan() {
    let cases: [(Told, &str); 12] = [
        (
            |world| {
                world.ledger.grants.clear();
            },
            "waiting: not_granted",
        ),
        (|_| {}, "waiting: under_way"),
        (|world| world.mode = Mode::Observe, "waiting: customer_observed"),
        (
            |world| {
                world.knows(1);
            },
            "Invited",
        ),
        (|world| *world = bo_inside(), "Active"),
        (
            |world| {
                *world = bo_inside();
                world.package().groups.push(TargetGroup::Create { name: "Partner".into() });
            },
            "Invited",
        ),
        (
            |world| {
                *world = bo_inside();
                world.row(target(1), 1).vanished = Some(world.now);
                world.members(target(1)).remove(&guest(1).into());
            },
            "refused: vetoed",
        ),
        (|world| world.has_guest(1).enabled = false, "refused: guest_disabled_by_customer"),
        (
            |world| {
                world.ledger.invitations_blocked = Some(world.now);
            },
            "waiting: invitations_blocked",
        ),
        (
            |world| {
                world.customer.protect.insert(person(1).into());
            },
            "refused: protect",
        ),
        (|world| world.pauses(false), "waiting: paused"),
        (
            |world| {
                let state = crate::plan::TargetState::Unread { why: "it took too long".into() };
                world.actual.targets.insert(target(1), state);
            },
            "waiting: target_unread",
        ),
    ];
    for (change, expected) in cases {
        let mut world = bo_granted();
        change(&mut world);
        assert_eq!(code(how_far(&world, 1)), expected);
    }
    let mut world = bo_inside();
    world.now += hours(7);
    let plan = world.plan().plan;
    let gone: Option<&Package> = None;
    let bo = grant(&bo_inside(), 1, 8);
    assert_eq!(progress(world.customer.packages.first(), &world.ledger, &plan, &bo, world.now), Progress::Ended);
    assert_eq!(code(progress(gone, &bo_inside().ledger, &plan, &bo, bo.from)), "waiting: package_gone");
}
