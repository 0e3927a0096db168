//! Rails against what was not read, what is hard to believe, and what nobody may touch.

use super::render::{check, check_held};
use super::world::{World, group, guest, hours, person, source};
use crate::config::BreakGlassAccount;
use crate::plan::{Action, Cause, OtherAccess, PersonState, SourceState};
use expect_test::expect;
use std::collections::BTreeSet;

#[test]
fn nobody_is_removed_while_a_source_group_could_not_be_read() {
    let mut world = World::after_leaving(5, 1);
    world.package().members.insert(source(2));
    world.group(2).state = SourceState::Unread { why: "the second page failed".into() };
    check(
        &world,
        expect![[r#"
            HELD by incomplete_survey in second-line: 1 people, 1 steps
                 Nobody is removed for being absent while the survey is incomplete (the second page failed). The next complete survey decides; to survey at once: gatehouse sync contoso.
            ! source_unread: partner group S2: the second page failed
        "#]],
    );
}

#[test]
fn whoever_may_have_come_is_neither_removed_nor_added() {
    let mut world = World::after_leaving(5, 1);
    let left: Vec<_> = (0..=6).map(person).filter(|id| !world.group(1).people.contains(id)).collect();
    world.group(1).doubtful.extend(left);
    check(
        &world,
        expect![[r#"
        ! person_unsettled: the partner's directory does not show everywhere yet that ana came or went; they stay as they are
        ! person_unsettled: the partner's directory does not show everywhere yet that fay came or went; they stay as they are
        ! person_unsettled: the partner's directory does not show everywhere yet that gus came or went; they stay as they are
    "#]],
    );
}

#[test]
fn whoever_has_left_goes_though_a_replica_still_shows_them_in_a_group() {
    let mut world = World::of(5);
    // Ana went, by the delta, and a read still shows her; Bo may have come into an `except` group.
    world.package().except.insert(source(2));
    world.leaves(0, 1);
    world.group(1).doubtful.insert(person(0));
    world.group(2).doubtful.insert(person(1));
    for number in 0..2 {
        world.is_disabled(number);
    }
    check(
        &world,
        expect![[r#"
            remove_member ana group:T1: disabled at the partner
            remove_member bo group:T1: disabled at the partner
            disable_guest ana: guest of ours, and needed no more
            disable_guest bo: guest of ours, and needed no more
        "#]],
    );
}

#[test]
fn nobody_is_removed_while_a_source_group_is_gone() {
    let mut world = World::of(2);
    world.group(1).state = SourceState::Gone;
    check(
        &world,
        expect![[r#"
            HELD by incomplete_survey in second-line: 2 people, 2 steps
                 Nobody is removed for being absent while the survey is incomplete (it does not exist (any more) in the partner's tenant; correct the configuration). The next complete survey decides; to survey at once: gatehouse sync contoso.
            HELD by never_empty in second-line: 2 people, 2 steps
                 group:T1 would be left without members (2 of 2 go). Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
            HELD by removals_percent_max in second-line: 2 people, 2 steps, limit 20
                 2 people would be removed within 24 hours, of 2 members at their start, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
            ! source_gone: partner group S1: it does not exist (any more) in the partner's tenant; correct the configuration
        "#]],
    );
}

#[test]
fn nobody_is_removed_while_the_survey_has_a_gap() {
    let mut world = World::after_leaving(5, 1);
    world.actual.gaps.push("guests could not be looked up: it took too long".into());
    check(
        &world,
        expect![[r#"
            HELD by incomplete_survey in second-line: 1 people, 1 steps
                 Nobody is removed for being absent while the survey is incomplete (guests could not be looked up: it took too long). The next complete survey decides; to survey at once: gatehouse sync contoso.
            ! survey_incomplete: the survey is not complete: guests could not be looked up: it took too long
        "#]],
    );
}

#[test]
fn nobody_is_removed_for_having_left_until_a_read_confirms_it() {
    let mut world = World::after_leaving(5, 1);
    world.person(0).state = PersonState::Unconfirmed;
    check(
        &world,
        expect![[r#"
            HELD by incomplete_survey in second-line: 1 people, 1 steps
                 Nobody is removed for being absent while the survey is incomplete (whether somebody has left the partner is not confirmed yet). The next complete survey decides; to survey at once: gatehouse sync contoso.
        "#]],
    );
}

#[test]
fn a_leaver_goes_while_the_survey_is_incomplete() {
    let mut world = World::of(5);
    world.is_disabled(0);
    world.actual.gaps.push("guests could not be looked up: it took too long".into());
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: disabled at the partner
        disable_guest ana: guest of ours, and needed no more
        ! survey_incomplete: the survey is not complete: guests could not be looked up: it took too long
    "#]],
    );
}

#[test]
fn an_empty_source_removes_nobody() {
    check(
        &World::after_leaving(2, 2),
        expect![[r#"
        HELD by empty_source in second-line: 2 people, 2 steps
             Nobody is removed: nobody is in the package's partner groups, which is more often a mistake than meant. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
        HELD by never_empty in second-line: 2 people, 2 steps
             group:T1 would be left without members (2 of 2 go). Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
        HELD by removals_percent_max in second-line: 2 people, 2 steps, limit 20
             2 people would be removed within 24 hours, of 2 members at their start, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn one_source_of_two_that_became_empty_removes_nobody_for_a_week() {
    let mut world = World::of(9);
    world.package().members.insert(source(2));
    world.leaves(0, 1);
    world.group(2).emptied = Some(world.now - hours(7 * 24 - 1));
    check_held(
        &world,
        expect![[r#"
        HELD by empty_source in second-line: 1 people, 1 steps
             Nobody is removed: partner group S2 became empty, which is more often a mistake than meant. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
    world.now += hours(1);
    check_held(&world, expect![[""]]);
}

#[test]
fn an_except_group_that_became_empty_adds_nobody() {
    let mut world = World::of(1);
    world.package().except.insert(source(2));
    world.group(2).emptied = Some(world.now - hours(1));
    world.joins(1, 1);
    check(
        &world,
        expect![[r#"
        HELD by except_unread in second-line: 1 people, 2 steps
             Nobody is added: the `except` group S2 became empty, so who must stay out is not known. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
    "#]],
    );
}

#[test]
fn whom_another_package_asks_for_too_comes_in_beside_an_unread_except_group() {
    let mut world = World::of(1);
    let mut other = super::world::package("third-line", &[1], &[1]);
    other.except.insert(source(2));
    world.customer.packages.push(other);
    world.group(2).state = SourceState::Unread { why: "it took too long".into() };
    world.joins(1, 1);
    check(
        &world,
        expect![[r#"
        invite_guest bo: not in the customer's tenant yet
        add_member bo group:T1: in the partner groups of second-line, third-line
        ! source_unread: `except` group S2: it took too long
    "#]],
    );
}

#[test]
fn what_is_protected_is_never_touched_whichever_tenant_it_is_in() {
    let mut world = World::after_leaving(30, 3);
    world.customer.protect = BTreeSet::from([person(0).into(), guest(1).into(), group(9).into()]);
    check(
        &world,
        expect![[r#"
            remove_member cy group:T1: no longer in the partner groups of second-line
            HELD by protect in second-line: 1 people, 1 steps
                 ana is protected by the configuration: remove_member is not done, and nobody can release it. If it is meant, do it by hand; what is left then: gatehouse plan contoso.
            HELD by protect in second-line: 1 people, 1 steps
                 bo's guest is protected by the configuration: remove_member is not done, and nobody can release it. If it is meant, do it by hand; what is left then: gatehouse plan contoso.
        "#]],
    );
}

#[test]
fn a_protected_group_is_never_written() {
    let mut world = World::of(2);
    world.is_disabled(0);
    world.joins(2, 1);
    world.customer.protect = BTreeSet::from([group(1).into()]);
    check(
        &world,
        expect![[r#"
            disable_guest ana: guest of ours, and needed no more
            HELD by protect in second-line: 2 people, 3 steps
                 T1 is protected by the configuration: add_member, remove_member is not done, and nobody can release it. If it is meant, do it by hand; what is left then: gatehouse plan contoso.
        "#]],
    );
}

#[test]
fn a_break_glass_account_is_protected_without_being_listed() {
    let mut world = World::of(1);
    world.is_disabled(0);
    world.customer.break_glass.accounts.push(BreakGlassAccount { id: guest(0), upn: "bg@contoso.example".into() });
    check(
        &world,
        expect![[r#"
            HELD by protect in second-line: 1 people, 2 steps
                 ana's guest is protected by the configuration: disable_guest, remove_member is not done, and nobody can release it. If it is meant, do it by hand; what is left then: gatehouse plan contoso.
        "#]],
    );
}

#[test]
fn a_holder_of_a_directory_role_that_we_did_not_give_is_protected() {
    let mut world = World::of(1);
    world.is_disabled(0);
    let access = OtherAccess::Known { memberships: BTreeSet::new(), directory_role: true, owns: false };
    world.access.insert(guest(0), access);
    check(
        &world,
        expect![[r#"
            HELD by protect in second-line: 1 people, 2 steps
                 ana's guest holds a directory role that no package gives: disable_guest, remove_member is not done, and nobody can release it. If it is meant, do it by hand; what is left then: gatehouse plan contoso.
        "#]],
    );
}

#[test]
fn what_can_wait_does_until_it_is_known_whether_a_guest_holds_a_directory_role() {
    let mut world = World::after_leaving(9, 1);
    world.is_disabled(1);
    world.bars(2);
    for number in 0..3 {
        world.access.insert(guest(number), OtherAccess::Unread { why: "busy".into(), transient: true });
    }
    check_held(
        &world,
        expect![[r#"
        HELD by protect in second-line: 1 people, 1 steps
             Whether ana's guest holds a directory role could not be read (busy): remove_member waits until that is known, and nobody can release it. It is tried again within a minute; to try at once: gatehouse sync contoso.
        HELD by protect in second-line: 1 people, 1 steps
             Whether bo's guest holds a directory role could not be read (busy): disable_guest waits until that is known, and nobody can release it. It is tried again within a minute; to try at once: gatehouse sync contoso.
    "#]],
    );
    let passing = |world: &World| {
        let steps = world.plan().plan.steps.into_iter();
        steps.map(|step| (step.action, step.cause.unwrap(), step.guest.unwrap())).collect::<Vec<_>>()
    };
    let fact = [
        (Action::RemoveMember, Cause::Disabled, guest(1)),
        (Action::RemoveMember, Cause::Barred, guest(2)),
        (Action::DisableGuest, Cause::Barred, guest(2)),
        (Action::RevokeSessions, Cause::Barred, guest(2)),
    ];
    assert_eq!(passing(&world), fact);
    // A refusal ends by nobody's waiting.
    for number in 0..3 {
        world.access.insert(guest(number), OtherAccess::Unread { why: "forbidden".into(), transient: false });
    }
    assert_eq!(world.plan().plan.held, []);
}
