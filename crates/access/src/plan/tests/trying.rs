//! Steps that Microsoft refused wait for their next try.

use super::render::check;
use super::world::{World, hours, target};
use crate::config::TargetGroup;
use crate::ledger::{Entry, Intent, Outcome};
use crate::plan::{Action, Draft, Planned};
use expect_test::expect;
use jiff::SignedDuration;

/// A run in which Microsoft refuses these steps of the plan, and does the others.
fn refuses(world: &mut World, action: Action) {
    let planned = world.plan();
    let drafts: Vec<Draft> = planned.drafts.into_iter().filter(|draft| draft.step.action == action).collect();
    assert!(!drafts.is_empty());
    for draft in drafts {
        let (number, at) = (world.ledger.next, world.now);
        let (survey, packages) = (world.actual.taken, draft.packages.clone());
        let (retry, standing) = (draft.retry, draft.standing);
        let intent = Intent { number, step: draft.step, packages, survey, at, retry, released: false, standing };
        world.note(Entry::Intent(Box::new(intent)));
        world.note(Entry::Outcome { intent: number, outcome: Outcome::Refused { text: "no".into() }, at });
    }
}

fn actions(planned: &Planned) -> Vec<Action> {
    planned.drafts.iter().map(|draft| draft.step.action).collect()
}

#[test]
fn what_was_refused_waits_and_the_rest_goes_on() {
    let mut world = World::of(3);
    world.is_disabled(0);
    refuses(&mut world, Action::DisableGuest);
    world.joins(3, 1);
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: disabled at the partner
        invite_guest dee: not in the customer's tenant yet
        add_member dee group:T1: in the partner groups of second-line
        ! step_refused: Microsoft refused disable_guest of ana; it is tried again within the hour. Its words: gatehouse journal contoso; to try at once, when that is mended: gatehouse sync contoso
    "#]],
    );
    assert_eq!(world.plan().wake, Some(world.now + SignedDuration::from_mins(5)));
}

#[test]
fn pauses_grow_from_five_minutes_to_an_hour() {
    let mut world = World::of(3);
    world.is_disabled(0);
    for minutes in [5, 10, 20, 40, 60, 60] {
        refuses(&mut world, Action::DisableGuest);
        world.now += SignedDuration::from_secs(60 * minutes - 1);
        assert!(!actions(&world.plan()).contains(&Action::DisableGuest), "{minutes} minutes");
        world.now += SignedDuration::from_secs(1);
        assert!(actions(&world.plan()).contains(&Action::DisableGuest), "{minutes} minutes");
    }
}

#[test]
fn whoever_asks_for_it_has_it_tried_at_once() {
    let mut world = World::of(3);
    world.is_disabled(0);
    refuses(&mut world, Action::DisableGuest);
    world.ledger = world.ledger.without_pauses();
    assert!(actions(&world.plan()).contains(&Action::DisableGuest));
}

#[test]
fn a_removal_that_was_refused_counts_for_no_rail() {
    let mut world = World::of(10);
    world.leaves(0, 1);
    world.leaves(1, 1);
    refuses(&mut world, Action::RemoveMember);
    assert!(world.ledger.removed.is_empty());
    world.leaves(2, 1);
    world.now += SignedDuration::from_mins(1);
    let planned = world.plan();
    assert_eq!((actions(&planned), planned.plan.held.len()), (vec![Action::RemoveMember], 0), "one of ten");
}

#[test]
fn nobody_is_put_into_a_group_that_was_refused_to_be_made() {
    let mut world = World::of(1);
    world.package().groups = vec![TargetGroup::Create { name: "Ours".into() }];
    refuses(&mut world, Action::CreateGroup);
    let planned = world.plan();
    assert!(!planned.drafts.iter().any(|draft| draft.step.group_name.is_some()), "{:?}", planned.drafts);
    world.now += hours(1);
    assert!(actions(&world.plan()).starts_with(&[Action::CreateGroup, Action::AddMember]));
    assert!(world.ledger.row(target(1), super::world::guest(0)).is_some());
}

/// Ana left, and Microsoft refuses to take her out of the group.
fn refused_to_let_ana_go() -> World {
    let mut world = World::of(10);
    world.settings.leavers.revoke_sessions = true;
    world.settings.leavers.delete_after = Some(hours(1));
    world.is_disabled(0);
    assert_eq!(actions(&world.plan()), [Action::RemoveMember, Action::DisableGuest, Action::RevokeSessions]);
    refuses(&mut world, Action::RemoveMember);
    world
}

#[test]
fn sessions_end_when_a_refused_removal_is_tried_again_and_not_meanwhile() {
    let mut world = refused_to_let_ana_go();
    world.now += SignedDuration::from_mins(1);
    assert_eq!(actions(&world.plan()), [Action::DisableGuest]);
    world.now += SignedDuration::from_mins(5);
    assert_eq!(actions(&world.plan()), [Action::RemoveMember, Action::DisableGuest, Action::RevokeSessions]);
}

#[test]
fn nobody_is_deleted_while_a_removal_of_theirs_waits() {
    let mut world = refused_to_let_ana_go();
    let at = world.now;
    world.facts(0).enabled = false;
    world.knows(0).disabled = Some(at);
    world.now += hours(2);
    assert_eq!(actions(&world.plan()), [Action::RemoveMember, Action::RevokeSessions, Action::DeleteGuest], "in turn");
    refuses(&mut world, Action::RemoveMember);
    assert_eq!(actions(&world.plan()), []);
    world.now += hours(1);
    assert!(actions(&world.plan()).ends_with(&[Action::DeleteGuest]));
}
