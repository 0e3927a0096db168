//! The end of a grant takes away what rested on it alone, beside every rail but protection and pauses of everything.

use super::grants::bo_inside;
use super::render::check;
use super::world::{World, group, guest, hours, person, target};
use crate::config::{Limits, Mode};
use crate::plan::{Action, Cause, DenyState, SourceState};
use expect_test::expect;

/// What a case changes about the world.
type Told = fn(&mut World);

#[test]
fn an_end_is_a_fact_that_no_rail_holds_and_may_empty_a_group() {
    let mut world = bo_inside();
    world.now += hours(7);
    world.actual.taken = world.now;
    world.members(target(1)).remove(&guest(0).into());
    world.ledger.rows.get_mut(&target(1)).unwrap().remove(&guest(0));
    world.customer.packages[0].limits =
        Limits { removals_max: 0, removals_percent_max: 0, removals_per_day_max: 0, ..Limits::default() };
    world.settings.limits.removals_per_hour_all_max = 0;
    world.actual.gaps.push("a look-up failed".into());
    world.group(1).state = SourceState::Unread { why: "the partner is down".into() };
    world.customer.deny = Some(group(7));
    world.actual.deny = DenyState::Unread { why: "it took too long".into() };
    let planned = world.plan_counted();
    let steps: Vec<_> = planned.plan.steps.iter().map(|step| (step.action, step.person, step.cause)).collect();
    assert_eq!(steps, [(Action::RemoveMember, Some(person(1)), Some(Cause::GrantEnded))], "{:?}", planned.plan.held);
    assert!(planned.needs.removals.is_empty(), "it takes no share of anybody's budget");
    world.pauses(false);
    assert_eq!(world.plan().plan.steps.len(), 1, "a pause lets facts through");
    for (why, holds) in [
        (
            "protect",
            (|world: &mut World| {
                world.customer.protect.insert(person(1).into());
            }) as fn(&mut World),
        ),
        ("paused", |world| world.pauses(true)),
    ] {
        let mut world = world.clone();
        holds(&mut world);
        let plan = world.plan().plan;
        assert_eq!((plan.steps.len(), plan.held[0].rail.as_str()), (0, why));
    }
}

#[test]
fn whom_a_partner_group_asked_for_is_never_taken_out_by_the_end_of_a_grant() {
    // (what happens, the steps that follow at the end of the grant)
    let cases: [(&str, Told, &str); 4] = [
        ("the partner group asks still", |world| world.joins(1, 1), "[]"),
        (
            "the partner group cannot be read",
            |world| {
                world.row(target(1), 1).standing = true;
                world.group(1).state = SourceState::Unread { why: "the partner is down".into() };
            },
            "[]",
        ),
        (
            "they were put there long before grants were known",
            |world| {
                let mut row = serde_json::to_value(world.row(target(1), 1)).unwrap();
                row.as_object_mut().unwrap().remove("standing");
                *world.row(target(1), 1) = serde_json::from_value(row).unwrap();
                world.group(1).state = SourceState::Unread { why: "the partner is down".into() };
            },
            "[]",
        ),
        (
            "they are in no partner group, as a whole read shows",
            |world| {
                world.row(target(1), 1).standing = true;
            },
            "[Some(Absent)]",
        ),
    ];
    for (what, change, expected) in cases {
        let mut world = bo_inside();
        change(&mut world);
        world.now += hours(7);
        world.actual.taken = world.now;
        let causes: Vec<_> = world.plan().plan.steps.iter().map(|step| step.cause).collect();
        assert_eq!(format!("{causes:?}"), expected, "{what}");
    }
}

#[test]
fn guests_whom_an_end_leaves_unused_go_beside_the_rails_too() {
    let mut world = bo_inside();
    world.settings.leavers.disable = crate::config::Disable::Unused;
    world.package().limits.removals_max = 0;
    world.now += hours(7);
    world.actual.taken = world.now;
    check(
        &world,
        expect![[r#"
            remove_member bo group:T1: the grant has ended
            disable_guest bo: guest of ours, and needed no more
        "#]],
    );
}

#[test]
fn a_customer_that_is_offboarded_grants_nothing_any_more() {
    let mut world = bo_inside();
    world.mode = Mode::Offboard;
    let causes = |world: &World| {
        let plan = world.plan().plan;
        let of_bo = |steps: Vec<crate::plan::Step>| -> Vec<_> {
            steps.into_iter().filter(|step| step.person == Some(person(1)) && step.target.is_some()).collect()
        };
        let cause = |steps: Vec<crate::plan::Step>| steps.first().and_then(|step| step.cause);
        (cause(of_bo(plan.steps)), cause(of_bo(plan.held_steps)))
    };
    assert_eq!(causes(&world), (None, Some(Cause::Offboarded)));
    world.now += hours(7);
    assert_eq!(causes(&world), (Some(Cause::GrantEnded), None));
}
