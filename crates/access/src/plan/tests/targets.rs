//! Places that are gone, that cannot be written, or where others are too.

use super::render::check;
use super::world::{World, group, guest, package, source, target, unit};
use crate::config::{Oddity, TargetGroup};
use crate::ids::ObjectId;
use crate::plan::{MemberKind, Target, TargetState, Unwritable};
use expect_test::expect;
use std::collections::BTreeSet;
use uuid::Uuid;

#[test]
fn a_package_that_is_gone_from_the_configuration_causes_no_step() {
    let mut world = World::of(2);
    world.customer.packages.clear();
    check(
        &world,
        expect![[r#"
        ! package_gone: group:T1 holds 2 membership(s) of ours for package second-line, which is not in the configuration any more; nothing is done until it is back, or until a person says that it is meant: gatehouse forget contoso --package second-line
    "#]],
    );
}

#[test]
fn a_group_that_is_gone_from_the_configuration_causes_no_step() {
    let mut world = World::of(2);
    world.package().groups = vec![TargetGroup::Id(group(2))];
    world.derive();
    world.snapshot.groups.get_mut(&source(1)).unwrap().people.clear();
    check(
        &world,
        expect![[r#"
        ! target_unnamed: group:T1 holds 2 membership(s) of ours for package second-line, which does not name it any more; nothing is done until it is back, or until a person says that it is meant: gatehouse forget contoso --package second-line
    "#]],
    );
}

#[test]
fn a_package_that_is_gone_leaves_its_people_in_a_group_that_others_name() {
    let mut world = World::of(2);
    world.customer.packages.push(package("third-line", &[2], &[1]));
    world.customer.packages.remove(0);
    world.joins(5, 2);
    world.knows(5);
    world.places(5, target(1), &["third-line"]);
    check(
        &world,
        expect![[r#"
        ! package_gone: group:T1 holds 2 membership(s) of ours for package second-line, which is not in the configuration any more; nothing is done until it is back, or until a person says that it is meant: gatehouse forget contoso --package second-line
    "#]],
    );
}

#[test]
fn a_leaver_goes_from_a_group_that_is_gone_from_the_configuration() {
    let mut world = World::of(2);
    world.customer.packages.clear();
    world.is_disabled(0);
    check(
        &world,
        expect![[r#"
        remove_member ana group:T1: disabled at the partner
        disable_guest ana: guest of ours, and needed no more
        ! package_gone: group:T1 holds 1 membership(s) of ours for package second-line, which is not in the configuration any more; nothing is done until it is back, or until a person says that it is meant: gatehouse forget contoso --package second-line
    "#]],
    );
}

#[test]
fn a_target_that_is_gone_or_unread_is_told() {
    let mut world = World::of(1);
    world.actual.targets.insert(target(1), TargetState::Gone);
    world.package().units = BTreeSet::from([unit(1), unit(2)]);
    world.actual.targets.insert(Target::Unit(unit(1)), TargetState::Unread { why: "forbidden".into() });
    check(
        &world,
        expect![[r#"
        ! target_gone: group:T1 does not exist in the customer's tenant
        ! target_unread: unit:U1 could not be read: forbidden
        ! target_unread: unit:U2 was not read
    "#]],
    );
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
    check(
        &world,
        expect![[r#"
            ! group_is_dynamic: group:T1 computes its members by a rule; nobody can be added by hand
            ! group_is_mail_enabled: group:T5 is mail-enabled; Graph cannot write its members
            ! group_is_restricted: group:T4 is in a restricted management unit, which application permissions do not reach; the customer has to assign our app a role within that unit, such as Groups Administrator
            ! group_is_role_assignable: group:T3 can hold directory roles; choose an ordinary group
            ! group_is_synced: group:T2 is mastered on premises; change it there
        "#]],
    );
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
    check(
        &world,
        expect![[r#"
        ! group_excluded_in_conditional_access: group:T1 is excluded by a Conditional Access policy; to allow it: accept = [{ oddity = "conditional_access_exclusion", reason = "…" }]
        ! group_has_licences: group:T1 assigns licences to its members; to allow it: accept = [{ oddity = "has_licences", reason = "…" }]
        ! group_has_owners: group:T1 has ordinary users as owners, who can change it; to allow it: accept = [{ oddity = "ordinary_owners", reason = "…" }]
        ! group_holds_role: group:T1 holds a directory role; to allow it: accept = [{ oddity = "holds_directory_role", reason = "…" }]
        ! group_is_microsoft365: group:T1 is a Microsoft 365 group or a team; to allow it: accept = [{ oddity = "microsoft365", reason = "…" }]
        ! group_is_pim_managed: group:T1 is managed by Privileged Identity Management; to allow it: accept = [{ oddity = "pim_managed", reason = "…" }]
        ! vetting_unknown: group:T1: who owns it could not be read, so it is unknown
    "#]],
    );
    let accepted = oddities_of(&world);
    world.package().accept = accepted;
    check(
        &world,
        expect![[r#"
        invite_guest bo: not in the customer's tenant yet
        add_member bo group:T1: in the partner groups of second-line
        ! vetting_unknown: group:T1: who owns it could not be read, so it is unknown
    "#]],
    );
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
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
}

#[test]
fn a_guest_whom_the_customer_made_their_own_user_is_not_touched_any_more() {
    let mut world = World::of(2);
    world.is_disabled(0);
    let facts = world.facts(0);
    (facts.upn, facts.creation_type, facts.external_state) = (Some("ana@contoso.example".into()), None, None);
    check(
        &world,
        expect![[r#"
        ! internal_user: user ana's guest in group:T1 has become the customer's own, and those are never touched
    "#]],
    );
}
