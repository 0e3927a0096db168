//! Who is added, who stays, who goes.

use super::render::check;
use super::world::{World, group, guest, hours, package, person, row, source, target, unit};
use crate::config::{Drift, Mode, Oddity, ScopedRole, TargetGroup};
use crate::ids::{ObjectId, RoleId, UnitId};
use crate::plan::{DenyState, MemberKind, PersonState, Target, TargetState, Unwritable};
use expect_test::expect;
use std::collections::BTreeSet;
use uuid::Uuid;

#[test]
fn nothing_is_done_where_everybody_is_in_place() {
    check(&World::of(3), expect![[r#"
        nothing to do
    "#]]);
}

#[test]
fn a_joiner_is_invited_and_added() {
    let mut world = World::of(1);
    world.joins(1, 1);
    check(&world, expect![[r#"
        invite_guest bo: not in the customer's tenant yet
        add_member bo group:T1: in the partner groups of second-line
    "#]]);
}

#[test]
fn a_joiner_with_a_guest_is_only_added() {
    let mut world = World::of(1);
    world.joins(1, 1);
    world.has_guest(1);
    check(&world, expect![[r#"
        add_member bo group:T1: in the partner groups of second-line
    "#]]);
}

#[test]
fn a_group_of_ours_is_made_and_filled() {
    let mut world = World::bare(vec![package("second-line", &[1], &[])]);
    world.package().groups.push(TargetGroup::Create { name: "Partner second line".into() });
    world.joins(0, 1);
    check(&world, expect![[r#"
        create_group Partner second line: package second-line asks for a group of its own
        invite_guest ana: not in the customer's tenant yet
        add_member ana Partner second line: in the partner groups of second-line
    "#]]);
}

#[test]
fn a_group_of_ours_that_the_customer_deleted_is_not_made_again() {
    let mut world = World::bare(vec![package("second-line", &[1], &[])]);
    world.package().groups.push(TargetGroup::Create { name: "Partner second line".into() });
    world.ledger.groups.insert("Partner second line".into(), group(1));
    world.joins(0, 1);
    check(&world, expect![[r#"
        ! group_vanished: the group "Partner second line", which we made, was deleted by the customer or is not visible yet; it is not made again
    "#]]);
}

#[test]
fn people_are_kept_in_units_too() {
    let mut world = World::of(2);
    world.package().units.insert(unit(1));
    world.derive();
    world.leaves(1, 1);
    world.places(1, Target::Unit(unit(1)), &["second-line"]);
    world.joins(2, 1);
    world.package().limits.removals_percent_max = 100;
    check(&world, expect![[r#"
        invite_guest cy: not in the customer's tenant yet
        add_member cy group:T1: in the partner groups of second-line
        add_to_unit ana unit:U1: in the partner groups of second-line
        add_to_unit cy unit:U1: in the partner groups of second-line
        HELD by never_empty in second-line: 1 people, 2 steps
             unit:U1 would be left without members (all 1 go). Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST.
    "#]]);
}

#[test]
fn people_in_an_except_group_go() {
    let mut world = World::of(6);
    world.package().except.insert(source(2));
    world.group(2).people.insert(person(0));
    check(&world, expect![[r#"
        remove_member ana group:T1: no longer in the partner groups of second-line
    "#]]);
}

#[test]
fn whoever_is_in_another_package_for_the_same_group_stays() {
    let mut world = World::of(2);
    world.customer.packages.push(package("third-line", &[2], &[1]));
    world.leaves(0, 1);
    world.joins(0, 2);
    check(&world, expect![[r#"
        nothing to do
    "#]]);
}

#[test]
fn whoever_was_deleted_at_the_partner_goes_at_once() {
    let mut world = World::of(2);
    world.is_disabled(0);
    world.person(0).state = PersonState::Deleted;
    world.leaves(0, 1);
    check(&world, expect![[r#"
        remove_member ana group:T1: deleted at the partner
        disable_guest ana: guest of ours, and needed no more
    "#]]);
}

#[test]
fn whoever_is_on_the_stop_list_goes_and_is_not_added_again() {
    let mut world = World::of(2);
    world.joins(2, 1);
    world.has_guest(2);
    world.actual.deny = DenyState::Read(BTreeSet::from([guest(0), guest(2)]));
    check(&world, expect![[r#"
        remove_member ana group:T1: on the customer's stop list
        ! denied: ana is on the customer's stop list
        ! denied: cy is on the customer's stop list
    "#]]);
}

#[test]
fn nobody_is_added_while_the_stop_list_is_not_known() {
    let mut world = World::of(2);
    world.joins(2, 1);
    world.actual.deny = DenyState::Unread { why: "forbidden".into() };
    check(&world, expect![[r#"
        ! deny_unread: the customer's stop list could not be read: forbidden; nobody is added
    "#]]);
}

#[test]
fn a_membership_that_the_customer_took_away_stays_away() {
    let mut world = World::of(2);
    world.members(target(1)).remove(&guest(0).into());
    world.settle();
    check(&world, expect![[r#"
        ! vetoed: the customer took ana out of group:T1 (seen 2026-05-04 12:00 UTC); it stays so until `gatehouse unveto`
    "#]]);
}

#[test]
fn a_membership_that_the_customer_took_away_is_put_back_under_repair() {
    let mut world = World::of(2);
    world.package().drift = Drift::Repair;
    world.members(target(1)).remove(&guest(0).into());
    world.settle();
    check(&world, expect![[r#"
        add_member ana group:T1: in the partner groups of second-line
    "#]]);
}

#[test]
fn a_membership_that_we_just_removed_is_not_removed_again_while_replicas_lag() {
    let mut world = World::of(2);
    world.leaves(0, 1);
    let now = world.now;
    world.row(target(1), 0).removing = Some(now);
    check(&world, expect![[r#"
        nothing to do
    "#]]);
    world.now += hours(1);
    world.settle();
    check(&world, expect![[r#"
        remove_member ana group:T1: no longer in the partner groups of second-line
    "#]]);
}

#[test]
fn a_package_that_was_renamed_loses_nobody() {
    let mut world = World::of(2);
    world.package().name = "2nd-line".into();
    check(&world, expect![[r#"
        nothing to do
    "#]]);
}

#[test]
fn a_package_that_is_gone_from_the_configuration_causes_no_step() {
    let mut world = World::of(2);
    world.customer.packages.clear();
    check(&world, expect![[r#"
        ! package_gone: group:T1 holds 2 membership(s) of ours for package second-line, which is not in the configuration any more; nothing is done until it is back or forgotten (gatehouse forget)
    "#]]);
}

#[test]
fn a_group_that_is_gone_from_the_configuration_causes_no_step() {
    let mut world = World::of(2);
    world.package().groups = vec![TargetGroup::Id(group(2))];
    world.derive();
    world.snapshot.groups.get_mut(&source(1)).unwrap().people.clear();
    check(&world, expect![[r#"
        ! target_unnamed: group:T1 holds 2 membership(s) of ours for package second-line, which does not name it any more; nothing is done until it is back or forgotten (gatehouse forget)
    "#]]);
}

#[test]
fn a_package_that_is_gone_leaves_its_people_in_a_group_that_others_name() {
    let mut world = World::of(2);
    world.customer.packages.push(package("third-line", &[2], &[1]));
    world.customer.packages.remove(0);
    world.joins(5, 2);
    world.knows(5);
    world.places(5, target(1), &["third-line"]);
    check(&world, expect![[r#"
        ! package_gone: group:T1 holds 2 membership(s) of ours for package second-line, which is not in the configuration any more; nothing is done until it is back or forgotten (gatehouse forget)
    "#]]);
}

#[test]
fn a_leaver_goes_from_a_group_that_is_gone_from_the_configuration() {
    let mut world = World::of(2);
    world.customer.packages.clear();
    world.is_disabled(0);
    check(&world, expect![[r#"
        remove_member ana group:T1: disabled at the partner
        disable_guest ana: guest of ours, and needed no more
        ! package_gone: group:T1 holds 1 membership(s) of ours for package second-line, which is not in the configuration any more; nothing is done until it is back or forgotten (gatehouse forget)
    "#]]);
}

#[test]
fn a_target_that_is_gone_or_unread_is_told() {
    let mut world = World::of(1);
    world.actual.targets.insert(target(1), TargetState::Gone);
    world.package().units = BTreeSet::from([unit(1), unit(2)]);
    world.actual.targets.insert(Target::Unit(unit(1)), TargetState::Unread { why: "forbidden".into() });
    check(&world, expect![[r#"
        ! target_gone: group:T1 does not exist in the customer's tenant
        ! target_unread: unit:U1 could not be read: forbidden
        ! target_unread: unit:U2 was not read
    "#]]);
}

#[test]
fn a_group_that_cannot_be_written_gets_no_step() {
    let mut world = World::of(1);
    world.joins(1, 1);
    let kinds = [
        Unwritable::Dynamic,
        Unwritable::Synced,
        Unwritable::RoleAssignable,
        Unwritable::Restricted,
        Unwritable::MailEnabled,
    ];
    for (number, kind) in (1..).zip(kinds) {
        world.package().groups.push(TargetGroup::Id(group(number)));
        let TargetState::Read { unwritable, .. } =
            world.actual.targets.entry(target(number)).or_insert_with(super::world::empty_target)
        else {
            unreachable!()
        };
        *unwritable = Some(kind);
    }
    check(&world, expect![[r#"
        ! group_is_dynamic: group:T1 computes its members by a rule; nobody can be added by hand
        ! group_is_mail_enabled: group:T5 is mail-enabled; Graph cannot write its members
        ! group_is_restricted: group:T4 is in a restricted management unit
        ! group_is_role_assignable: group:T3 can hold directory roles; choose an ordinary group
        ! group_is_synced: group:T2 is mastered on premises; change it there
    "#]]);
}

#[test]
fn an_odd_group_gets_no_step_until_somebody_accepts_it() {
    let mut world = World::of(1);
    world.joins(1, 1);
    let TargetState::Read { oddities, unknown, .. } = world.actual.targets.get_mut(&target(1)).unwrap() else {
        unreachable!()
    };
    oddities.extend([
        Oddity::HasLicences,
        Oddity::Microsoft365,
        Oddity::ConditionalAccessExclusion,
        Oddity::HoldsDirectoryRole,
        Oddity::PimManaged,
        Oddity::OrdinaryOwners,
    ]);
    unknown.push("who owns it".into());
    check(&world, expect![[r#"
        ! group_excluded_in_conditional_access: group:T1 is excluded by a Conditional Access policy; to allow it: accept = [{ oddity = "conditional_access_exclusion", reason = "…" }]
        ! group_has_licences: group:T1 assigns licences to its members; to allow it: accept = [{ oddity = "has_licences", reason = "…" }]
        ! group_has_owners: group:T1 has ordinary users as owners, who can change it; to allow it: accept = [{ oddity = "ordinary_owners", reason = "…" }]
        ! group_holds_role: group:T1 holds a directory role; to allow it: accept = [{ oddity = "holds_directory_role", reason = "…" }]
        ! group_is_microsoft365: group:T1 is a Microsoft 365 group or a team; to allow it: accept = [{ oddity = "microsoft365", reason = "…" }]
        ! group_is_pim_managed: group:T1 is managed by Privileged Identity Management; to allow it: accept = [{ oddity = "pim_managed", reason = "…" }]
        ! vetting_unknown: group:T1: who owns it could not be read, so it is unknown
    "#]]);
    let accepted = oddities_of(&world);
    world.package().accept = accepted;
    check(&world, expect![[r#"
        invite_guest bo: not in the customer's tenant yet
        add_member bo group:T1: in the partner groups of second-line
        ! vetting_unknown: group:T1: who owns it could not be read, so it is unknown
    "#]]);
}

fn oddities_of(world: &World) -> Vec<crate::config::Accept> {
    let TargetState::Read { oddities, .. } = &world.actual.targets[&target(1)] else { unreachable!() };
    oddities.iter().map(|oddity| crate::config::Accept { oddity: *oddity, reason: "agreed".into() }).collect()
}

#[test]
fn devices_and_the_customers_own_users_are_never_touched() {
    let mut world = World::of(2);
    world.package().ownership = crate::config::Ownership::All;
    world.members(target(1)).insert(ObjectId(Uuid::from_u128(1)), MemberKind::Other);
    let own = world.has_guest(9);
    (own.upn, own.creation_type, own.external_state) = (Some("eve@contoso.example".into()), None, None);
    world.members(target(1)).insert(guest(9).into(), MemberKind::User);
    check(&world, expect![[r#"
        nothing to do
    "#]]);
}

#[test]
fn a_guest_whom_the_customer_made_their_own_user_is_not_touched_any_more() {
    let mut world = World::of(2);
    world.is_disabled(0);
    let facts = world.facts(0);
    (facts.upn, facts.creation_type, facts.external_state) = (Some("ana@contoso.example".into()), None, None);
    check(&world, expect![[r#"
        ! internal_user: user ana's guest in group:T1 has become the customer's own, and those are never touched
    "#]]);
}

#[test]
fn scoped_roles_are_told_not_granted() {
    let mut world = World::of(1);
    let role = RoleId(Uuid::from_u128(0xaa00));
    world.package().roles.push(ScopedRole { role, unit: UnitId(unit(1).0) });
    check(&world, expect![[r#"
        ! role_by_hand: scoped roles are not granted by this version; grant them by hand
    "#]]);
}

#[test]
fn a_role_of_ours_is_taken_from_a_leaver() {
    let mut world = World::of(1);
    let held = Target::Role(RoleId(Uuid::from_u128(0xaa00)), unit(1));
    world.places(0, held, &["second-line"]);
    world.is_disabled(0);
    check(&world, expect![[r#"
        remove_member ana group:T1: disabled at the partner
        revoke_role ana role:00000000-0000-0000-0000-00000000aa00@U1: disabled at the partner
        disable_guest ana: guest of ours, and needed no more
    "#]]);
}

#[test]
fn a_customer_who_is_paused_or_leaves_gets_no_step() {
    let mut world = World::of(1);
    world.joins(1, 1);
    world.mode = Mode::Paused;
    check(&world, expect![[r#"
        nothing to do
    "#]]);
    world.mode = Mode::Offboard;
    check(&world, expect![[r#"
        ! offboard_by_hand: offboarding is not done by this version; nothing is planned, so take what is ours away by hand
    "#]]);
}

#[test]
fn a_customer_who_is_observed_gets_the_same_plan() {
    let mut enforced = World::of(2);
    enforced.joins(5, 1);
    enforced.leaves(0, 1);
    let mut observed = enforced.clone();
    observed.mode = Mode::Observe;
    assert_eq!(enforced.plan().plan.steps, observed.plan().plan.steps);
}

#[test]
fn the_row_of_somebody_who_vanished_from_the_partners_memory_is_judged_as_absent() {
    let mut world = World::of(6);
    world.leaves(0, 1);
    world.snapshot.people.remove(&person(0));
    world.ledger.rows.get_mut(&target(1)).unwrap().insert(guest(0), row(0, &["second-line"]));
    check(&world, expect![[r#"
        remove_member ana group:T1: no longer in the partner groups of second-line
    "#]]);
}
