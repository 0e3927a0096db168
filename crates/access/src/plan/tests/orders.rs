//! What people ordered: who is barred leaves at once and comes back only by an order; a pause keeps back all but facts.

use super::render::{check, check_held};
use super::world::{World, guest, hours, person, target};
use crate::config::{Disable, Ownership};
use crate::ids::ObjectId;
use crate::ledger::{Entry, Intent, Outcome};
use crate::plan::{Action, Cause, DenyState, OtherAccess};
use expect_test::expect;
use std::collections::BTreeSet;
use uuid::Uuid;

#[test]
fn whoever_is_barred_is_taken_out_disabled_and_signed_out_whatever_the_settings_say() {
    let mut world = World::of(3);
    world.bars(0);
    world.settings.leavers.disable = Disable::Never;
    world.settings.leavers.disable_after = hours(24 * 30);
    // Somebody on their way out has other access more often than not.
    let elsewhere = BTreeSet::from([ObjectId(Uuid::from_u128(99))]);
    let other = OtherAccess::Known { memberships: elsewhere, directory_role: false, owns: true };
    world.access.insert(guest(0), other);
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: barred: somebody ordered that they leave
        disable_guest ana: guest of ours, and needed no more
        revoke_sessions ana: guest barred, and signed in no more
        ! barred: ana@northwind.example is barred by lead@northwind.example since 2026-05-04 11:00 UTC (dismissed); only gatehouse unbar lets them in again
    "#]],
    );
}

#[test]
fn a_bar_goes_ahead_under_an_incomplete_survey_and_may_empty_a_group() {
    let mut world = World::of(1);
    world.bars(0);
    world.actual.gaps.push("a look-up failed".into());
    let planned = world.plan();
    assert_eq!((planned.plan.steps.len(), planned.plan.held), (3, Vec::new()));
}

#[test]
fn what_is_protected_stays_even_of_who_is_barred() {
    let mut world = World::of(2);
    world.bars(0);
    world.customer.protect.insert(person(0).into());
    let planned = world.plan();
    assert_eq!((planned.plan.steps, planned.plan.held.len()), (Vec::new(), 1));
}

#[test]
fn whoever_is_barred_is_neither_invited_nor_enabled_nor_restored_nor_added() {
    let mut newcomer = World::of(1);
    newcomer.joins(1, 1);
    let mut disabled = World::disabled_by_us();
    disabled.snapshot.people.insert(person(0), super::world::someone(0));
    disabled.bars(0);
    let at = disabled.now - hours(1);
    disabled.knows(0).revoked = Some(at);
    let mut deleted = disabled.clone();
    deleted.knows(0).deleted = Some(at);
    deleted.facts(0).deleted = true;
    let mut doubtful = World::of(1);
    doubtful.person(1);
    doubtful.group(1).doubtful.insert(person(1));
    for (mut world, number) in [(newcomer, 1), (disabled, 0), (deleted, 0), (doubtful, 1)] {
        world.bars(number);
        assert_eq!(world.plan().plan.steps, []);
    }
}

#[test]
fn somebody_the_partner_forgot_is_taken_out_when_barred() {
    let mut world = World::of(2);
    world.leaves(0, 1);
    world.snapshot.people.remove(&person(0));
    world.bars(0);
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: barred: somebody ordered that they leave
        disable_guest ana: guest of ours, and needed no more
        revoke_sessions ana: guest barred, and signed in no more
    "#]],
    );
}

#[test]
fn whoever_comes_and_goes_in_doubt_is_taken_out_when_barred() {
    let mut world = World::of(2);
    world.leaves(0, 1);
    world.group(1).doubtful.insert(person(0));
    world.bars(0);
    assert_eq!(world.plan().plan.steps.len(), 3);
}

#[test]
fn a_membership_of_a_barred_person_that_is_not_ours_is_named_and_left() {
    let mut world = World::of(2);
    world.ledger.rows.get_mut(&target(1)).unwrap().remove(&guest(0));
    world.knows(0).ours = false;
    world.bars(0);
    check(
        &world,
        expect![[r#"
        ! barred: ana@northwind.example is barred by lead@northwind.example since 2026-05-04 11:00 UTC (dismissed); only gatehouse unbar lets them in again
        ! barred_stays: guest ana's guest in group:T1 stands for somebody who is barred, but the membership is not ours; ask the customer
    "#]],
    );
    world.package().ownership = Ownership::All;
    assert_eq!(world.plan().plan.steps[0].cause, Some(Cause::Barred));
}

#[test]
fn nobody_who_is_barred_is_deleted_sooner_than_configured() {
    let mut world = World::disabled_by_us();
    world.bars(0);
    let at = world.now - hours(1);
    world.knows(0).revoked = Some(at);
    world.settings.leavers.delete_after = Some(hours(2));
    assert_eq!(world.plan().plan.steps, []);
    world.now += hours(1);
    assert_eq!(world.plan().plan.steps[0].action, Action::DeleteGuest);
}

#[test]
fn sessions_are_ended_once_for_each_order() {
    let mut world = World::after_ana_left();
    world.bars(0);
    let ordered = world.now - hours(1);
    let ends = |world: &World| world.plan().plan.steps.iter().any(|step| step.action == Action::RevokeSessions);
    assert!(ends(&world));
    world.knows(0).revoked = Some(ordered);
    assert!(!ends(&world));
    world.orders.barred.get_mut(&person(0)).unwrap().at += hours(1);
    assert!(ends(&world));
}

#[test]
fn a_refusal_to_end_sessions_is_not_asked_for_again() {
    let mut world = World::of(2);
    world.bars(0);
    let planned = world.plan();
    let draft = planned.drafts.iter().find(|draft| draft.step.action == Action::RevokeSessions).unwrap();
    let intent = Intent {
        number: 0,
        step: draft.step.clone(),
        packages: draft.packages.clone(),
        survey: world.now,
        at: world.now,
        retry: false,
        released: false,
        standing: true,
    };
    let at = world.now;
    world.note(Entry::Intent(Box::new(intent)));
    world.note(Entry::Outcome { intent: 0, outcome: Outcome::Refused { text: "forbidden".into() }, at });
    assert!(world.plan().plan.steps.iter().all(|step| step.action != Action::RevokeSessions));
}

#[test]
fn a_bar_uses_no_budget_of_the_rails_over_time() {
    let mut world = World::of(2);
    world.bars(0);
    let planned = world.plan();
    super::apply::apply(&mut world, &planned, &[]);
    assert_eq!(world.ledger.removed, []);
}

#[test]
fn who_is_barred_no_more_is_enabled_and_added_again() {
    let mut world = World::disabled_by_us();
    world.snapshot.people.insert(person(0), super::world::someone(0));
    world.settings.leavers.disable = Disable::Never;
    world.bars(0);
    assert!(world.plan().plan.steps.iter().all(|step| step.action.takes()));
    world.orders.barred.clear();
    check(
        &world,
        expect![[r#"
        enable_guest ana: is back; it was we who disabled them
        add_member ana group:T1: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn whom_the_customer_disabled_stays_disabled_after_a_bar() {
    let mut world = World::of(2);
    world.facts(0).enabled = false;
    world.bars(0);
    let planned = world.plan();
    assert!(planned.plan.steps.iter().all(|step| step.action != Action::DisableGuest));
    super::apply::apply(&mut world, &planned, &[]);
    world.settle();
    world.orders.barred.clear();
    assert_eq!(world.plan().plan.steps, []);
}

/// One of each: a leaver, a denied person, somebody out of the group, a newcomer.
fn busy() -> World {
    let mut world = World::of(20);
    world.is_disabled(0);
    world.actual.deny = DenyState::Read([guest(1)].into());
    world.leaves(2, 1);
    world.joins(30, 1);
    world
}

#[test]
fn a_pause_keeps_back_all_but_what_facts_take_away() {
    let mut world = busy();
    world.pauses(false);
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: disabled at the partner
        remove_member bo group:T1: on the customer's stop list
        disable_guest ana: guest of ours, and needed no more
        HELD by paused in second-line: 2 people, 3 steps
             3 steps wait: paused by lead@northwind.example until 2026-05-04 16:00 UTC (a migration): only people who must go are taken out. To go on before: gatehouse resume contoso --by YOU --reason WHY.
        ! denied: bo is on the customer's stop list
    "#]],
    );
    assert_eq!(world.plan().plan.digest, "", "nobody can release it");
}

#[test]
fn a_pause_is_told_where_nothing_waits() {
    let mut world = World::of(2);
    world.pauses(true);
    check(
        &world,
        expect![[r#"
        ! paused: paused by lead@northwind.example until 2026-05-04 16:00 UTC (a migration): nothing at all is done. To go on before: gatehouse resume contoso --by YOU --reason WHY
    "#]],
    );
}

#[test]
fn a_pause_of_everything_keeps_everything_back() {
    let mut world = busy();
    world.pauses(true);
    world.bars(3);
    let planned = world.plan();
    assert_eq!((planned.plan.steps, planned.plan.held.len()), (Vec::new(), 1));
    assert_eq!(planned.plan.held_steps.len(), 9);
}

#[test]
fn a_pause_ends_by_itself_and_wakes_the_customer_then() {
    let mut world = busy();
    let all = world.plan().plan;
    world.pauses(false);
    assert_eq!(world.plan().wake, Some(world.now + hours(4)));
    world.now += hours(4);
    let after = world.plan().plan;
    assert_eq!((after.steps, after.held), (all.steps, all.held));
}

#[test]
fn what_waits_for_the_end_of_a_pause_is_judged_then_and_not_before() {
    let mut world = World::after_leaving(60, 11);
    world.pauses(false);
    let rails: Vec<String> = world.plan().plan.held.into_iter().map(|held| held.rail).collect();
    assert_eq!(rails, ["paused"]);
    world.now += hours(4);
    check_held(
        &world,
        expect![[r#"
        HELD by removals_max in second-line: 11 people, 11 steps, limit 10
             11 people would be removed in one plan, and the limit is 10. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn a_first_run_that_is_paused_leaves_the_adoption_to_a_later_one() {
    let mut world = World::of(2);
    world.ledger.rows.clear();
    world.ledger.adopted.clear();
    world.pauses(false);
    let paused = world.plan();
    assert_eq!((paused.plan.steps.len(), paused.notes), (0, Vec::new()));
    world.orders.pauses.clear();
    let planned = world.plan();
    assert_eq!((planned.plan.steps.len(), planned.notes), (2, vec![Entry::AdoptionDone { target: target(1) }]));
}

#[test]
fn the_pause_of_all_is_ended_for_all() {
    let mut world = World::of(1);
    world.pauses(false);
    world.orders.pause_all = world.orders.pauses.remove(&world.customer.tenant_id);
    let text = &world.plan().plan.problems[0].text;
    assert!(text.contains("gatehouse resume --all --by"), "{text}");
    world.orders.pauses.insert(crate::ids::TenantId(Uuid::from_u128(77)), world.orders.pause_all.clone().unwrap());
    world.orders.pause_all = None;
    assert_eq!(world.plan().plan.problems, [], "somebody else's pause");
}
