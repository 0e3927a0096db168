//! Directory roles within an administrative unit: given and taken like memberships, or left to people.

use crate::world::{World, lines};
use access::config::{Drift, ScopedRole};
use access::ids::{RoleId, UnitId};
use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::{Fault, GroupSettings, PERMISSIONS, Sim, TenantHandle, What, When};
use engine::{How, Outcome};
use expect_test::expect;
use http::{Request, Response};
use jiff::SignedDuration;
use outside::{Transport, TransportError};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The built-in role "Helpdesk Administrator".
const ROLE: Uuid = Uuid::from_u128(0x729827e3_9c14_49f7_bb1b_9608f156bbb8);

/// A customer whose package gives a role within a unit, beside a group.
struct Roles {
    world: World,
    contoso: TenantHandle,
    source: Uuid,
    unit: Uuid,
    people: Vec<Uuid>,
}

fn roles(people: usize) -> Roles {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    let people = world.people(people, &[source]);
    let contoso = world.customer("contoso");
    let (target, unit) = (contoso.add_group("Partner"), contoso.add_unit("Branch offices"));
    let package = world.package("second-line", &[source], &[target]);
    package.roles.push(ScopedRole { role: RoleId(ROLE), unit: UnitId(unit) });
    Roles { world, contoso, source, unit, people }
}

impl Roles {
    fn scope(&self) -> String {
        format!("/administrativeUnits/{}", self.unit)
    }

    /// The mails of everybody of ours who holds the role within the unit.
    fn holders(&self) -> Vec<String> {
        let guest = |n: usize| (format!("p{n}"), self.contoso.find_guest(&format!("p{n}@northwind.example")));
        let held = self.contoso.roles();
        let holds = |guest: Uuid| held.contains(&(guest, ROLE, self.scope()));
        (0..self.people.len()).map(guest).filter(|(_, guest)| guest.is_some_and(holds)).map(|(name, _)| name).collect()
    }

    fn guest(&self, n: usize) -> Uuid {
        self.contoso.find_guest(&format!("p{n}@northwind.example")).expect("invited")
    }

    /// The customer consents to everything but giving roles.
    fn without_permission(&self) {
        let all = PERMISSIONS.iter().filter(|name| **name != "RoleManagement.ReadWrite.Directory");
        self.contoso.consent(self.world.config.app.client_id.0, &all.collect::<Vec<_>>());
    }

    async fn later(&self, time: SignedDuration) -> String {
        self.world.pass(time).await;
        lines(&self.world.sync().await.plan)
    }
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test(start_paused = true)]
async fn a_role_is_given_with_the_package_and_taken_from_a_leaver_and_from_whoever_moves_on() {
    let roles = roles(6);
    roles.world.sync().await;
    assert_eq!(roles.holders().len(), 6);
    expect![[r#"
        unchanged 12
    "#]]
    .assert_eq(&roles.later(MINUTE).await);
    roles.world.partner.disable_user(roles.people[0]);
    roles.world.partner.remove_member(roles.source, roles.people[1]);
    expect![[r#"
        remove_member p0@northwind.example (disabled at the partner)
        remove_member p1@northwind.example (no longer in the partner groups of second-line)
        revoke_role p0@northwind.example (disabled at the partner)
        revoke_role p1@northwind.example (no longer in the partner groups of second-line)
        disable_guest p0@northwind.example (guest of ours, and needed no more)
        unchanged 8
    "#]]
    .assert_eq(&roles.later(MINUTE).await);
    assert_eq!(roles.holders(), ["p2", "p3", "p4", "p5"]);
    expect![[r#"
        unchanged 8
    "#]]
    .assert_eq(&roles.later(MINUTE).await);
}

#[tokio::test(start_paused = true)]
async fn without_the_permission_nothing_is_written_and_people_are_told_what_to_do() {
    let roles = roles(2);
    roles.without_permission();
    let text = lines(&roles.world.sync().await.plan);
    expect![[r#"
        invite_guest p0@northwind.example (not in the customer's tenant yet)
        invite_guest p1@northwind.example (not in the customer's tenant yet)
        add_member p0@northwind.example (in the partner groups of second-line)
        add_member p1@northwind.example (in the partner groups of second-line)
        problem role_by_hand
        problem role_by_hand
        unchanged 0
    "#]]
    .assert_eq(&text);
    let second = roles.world.sync().await;
    assert_eq!(roles.holders(), Vec::<String>::new());
    let told: Vec<&str> = second.plan.problems.iter().map(|problem| problem.text.as_str()).collect();
    assert!(
        told.iter().all(|text| text.contains(&ROLE.to_string()) && text.contains(&roles.unit.to_string())),
        "{told:?}"
    );
    assert!(told[0].contains("@northwind.example"), "{told:?}");
    assert_eq!(roles.world.sim.count(|request| request.is_write() && request.path.contains("roleAssignments")), 0);

    // Done by hand, it is simply there; and given the permission, we look after it from then on.
    for n in 0..2 {
        roles.contoso.assign_role(roles.guest(n), ROLE, &roles.scope());
    }
    expect![[r#"
        unchanged 4
    "#]]
    .assert_eq(&roles.later(MINUTE).await);
    roles.contoso.consent(roles.world.config.app.client_id.0, PERMISSIONS);
    expect![[r#"
        adopt_member p0@northwind.example (already there, and asked for by second-line)
        adopt_member p1@northwind.example (already there, and asked for by second-line)
        unchanged 4
    "#]]
    .assert_eq(&roles.later(SignedDuration::from_hours(1)).await);
}

#[tokio::test(start_paused = true)]
async fn a_leavers_role_that_we_may_not_take_any_more_calls_somebody() {
    let roles = roles(3);
    roles.world.sync().await;
    roles.world.sync().await;
    roles.without_permission();
    roles.world.partner.disable_user(roles.people[0]);
    expect![[r#"
        remove_member p0@northwind.example (disabled at the partner)
        disable_guest p0@northwind.example (guest of ours, and needed no more)
        problem role_left_by_hand
        unchanged 4
    "#]]
    .assert_eq(&roles.later(SignedDuration::from_mins(6)).await);
    let health = roles.world.engine().health(true).await;
    assert!(health.red.is_some_and(|red| !red.is_empty()), "somebody has to take it by hand");
}

#[tokio::test(start_paused = true)]
async fn a_role_that_the_customer_took_away_is_seen_at_the_next_look_and_stays_away() {
    for (drift, expected) in [(Drift::Respect, 5), (Drift::Repair, 6)] {
        let mut roles = roles(6);
        roles.world.config.customers[0].packages[0].drift = drift;
        roles.world.sync().await;
        roles.world.sync().await;
        roles.world.pass(SignedDuration::from_mins(15)).await;
        let engine = roles.world.engine();
        let sync = async || engine.sync("contoso", How::default()).await.expect("the store works");
        engine.tick().await.expect("a tick");
        sync().await;
        assert!(matches!(sync().await, Outcome::Unchanged), "nothing is new");
        let guest = roles.guest(0);
        roles.contoso.unassign_role(roles.contoso.role_assignment(guest, ROLE).expect("given"));
        let Outcome::Ran(run) = sync().await else { panic!("no delta tells of roles, so they are looked at") };
        let vetoed = run.plan.problems.iter().any(|problem| problem.code == "vetoed");
        assert_eq!((vetoed, roles.holders().len()), (drift == Drift::Respect, expected), "{}", lines(&run.plan));
    }
}

#[tokio::test(start_paused = true)]
async fn a_grant_whose_answer_was_lost_is_ours_and_is_not_made_twice() {
    for what in [What::ResetAfter, What::StatusAfter(503, "serviceUnavailable")] {
        let roles = roles(1);
        let fault = Fault::new("POST /roleManagement/directory/roleAssignments", When::Nth(1), what);
        roles.world.sim.fault(fault.in_tenant(roles.contoso.id()));
        roles.world.sync().await;
        roles.world.sim.clear_faults();
        expect![[r#"
            unchanged 2
        "#]]
        .assert_eq(&roles.later(MINUTE).await);
        assert_eq!(roles.contoso.roles().len(), 1);
        roles.world.partner.disable_user(roles.people[0]);
        roles.later(MINUTE).await;
        assert_eq!(roles.contoso.roles().len(), 0, "ours, so it goes with the leaver");
    }
}

#[tokio::test(start_paused = true)]
async fn a_revocation_whose_answer_was_lost_is_done_and_settled() {
    let roles = roles(1);
    roles.world.sync().await;
    roles.world.sync().await;
    roles.world.partner.disable_user(roles.people[0]);
    let on = "DELETE /roleManagement/directory/roleAssignments/*";
    roles.world.sim.fault(Fault::new(on, When::Every, What::ResetAfter));
    roles.later(MINUTE).await;
    roles.world.sim.clear_faults();
    expect![[r#"
        unchanged 0
    "#]]
    .assert_eq(&roles.later(MINUTE).await);
    assert_eq!(roles.contoso.roles().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn roles_that_others_gave_are_left_alone() {
    let roles = roles(2);
    roles.world.sync().await;
    roles.world.sync().await;
    // Another guest, a group that can hold roles, the partner's own person in another unit, and another role.
    let stranger = roles.contoso.add_guest("eve@elsewhere.example");
    let group = roles.contoso.add_group_with_id(
        Uuid::from_u128(0x6_0001),
        GroupSettings { assignable_to_role: true, ..GroupSettings::named("Helpdesk") },
    );
    let other = roles.contoso.add_unit("Headquarters");
    roles.contoso.assign_role(stranger, ROLE, &roles.scope());
    roles.contoso.assign_role(group, ROLE, &roles.scope());
    roles.contoso.assign_role(stranger, ROLE, &format!("/administrativeUnits/{other}"));
    roles.contoso.assign_role(stranger, ROLE, "/");
    let before = roles.contoso.roles();
    expect![[r#"
        problem stranger
        unchanged 4
    "#]]
    .assert_eq(&roles.later(MINUTE).await);
    assert_eq!(roles.contoso.roles(), before);
}

/// The way to the cloud, with somebody in the portal who is always a moment quicker at giving roles.
struct Quicker {
    sim: Sim,
    contoso: TenantHandle,
}

#[async_trait]
impl Transport for Quicker {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let items = body["requests"].as_array().into_iter().flatten().map(|item| &item["body"]);
        for wish in items.chain([&body]) {
            if let (Some(principal), Some(scope)) = (wish["principalId"].as_str(), wish["directoryScopeId"].as_str()) {
                self.contoso.assign_role(principal.parse().expect("an id"), ROLE, scope);
            }
        }
        self.sim.send(request, timeout).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_was_there_just_before_our_write_stays_with_whoever_gave_it() {
    let roles = roles(1);
    let quicker = Quicker { sim: roles.world.sim.clone(), contoso: roles.contoso.clone() };
    let engine = roles.world.engine_on(roles.world.documents.clone(), Arc::new(quicker));
    let how = How { fresh: true, enforce: false };
    let Outcome::Ran(run) = engine.sync("contoso", how).await.expect("the store works") else { panic!("a run") };
    assert_eq!((run.failures.len(), roles.holders().len()), (0, 1), "{:?}", run.failures);
    roles.later(MINUTE).await;
    roles.world.partner.disable_user(roles.people[0]);
    expect![[r#"
        remove_member p0@northwind.example (disabled at the partner)
        disable_guest p0@northwind.example (guest of ours, and needed no more)
        problem stale
        unchanged 0
    "#]]
    .assert_eq(&roles.later(MINUTE).await);
    assert_eq!(roles.contoso.roles().len(), 1, "not ours to take");
}

#[tokio::test(start_paused = true)]
async fn nothing_rests_on_roles_that_cannot_be_read() {
    let roles = roles(2);
    roles.world.sync().await;
    roles.world.sync().await;
    let on = "GET /roleManagement/directory/roleAssignments";
    roles.world.sim.fault(Fault::new(on, When::Every, What::Status(403, "Authorization_RequestDenied")));
    roles.world.partner.remove_member(roles.source, roles.people[0]);
    expect![[r#"
        remove_member p0@northwind.example (no longer in the partner groups of second-line)
        problem target_unread
        problem vetting_unknown
        problem vetting_unknown
        unchanged 1
    "#]]
    .assert_eq(&roles.later(SignedDuration::from_hours(25)).await);
    assert_eq!(roles.holders().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn whoever_holds_a_role_of_the_whole_tenant_is_protected_and_whoever_holds_ours_is_not() {
    let roles = roles(3);
    roles.world.sync().await;
    roles.world.sync().await;
    roles.contoso.assign_role(roles.guest(0), ROLE, "/");
    roles.world.partner.disable_user(roles.people[0]);
    roles.world.partner.disable_user(roles.people[1]);
    expect![[r#"
        remove_member p1@northwind.example (disabled at the partner)
        revoke_role p1@northwind.example (disabled at the partner)
        disable_guest p1@northwind.example (guest of ours, and needed no more)
        held by protect: 3 steps, 1 people
        unchanged 2
    "#]]
    .assert_eq(&roles.later(MINUTE).await);
    assert_eq!(roles.holders(), ["p0", "p2"]);
    assert!(roles.contoso.is_enabled(roles.guest(0)) && !roles.contoso.is_enabled(roles.guest(1)));
}

#[tokio::test(start_paused = true)]
async fn a_unit_that_is_gone_is_told_and_nothing_is_given_tenant_wide_instead() {
    let mut roles = roles(1);
    let gone = UnitId(Uuid::from_u128(0x60e));
    roles.world.config.customers[0].packages[0].roles = vec![ScopedRole { role: RoleId(ROLE), unit: gone }];
    let run = roles.world.sync().await;
    assert!(run.plan.problems.iter().any(|problem| problem.code == "target_gone"), "{}", lines(&run.plan));
    assert_eq!(roles.contoso.roles().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_restricted_unit_or_group_is_written_once_the_customer_gave_us_a_role_within_the_unit() {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    world.people(2, &[source]);
    let contoso = world.customer("contoso");
    let (target, unit) = (contoso.add_group("Partner"), contoso.add_unit("Crown jewels"));
    contoso.restrict_unit(unit);
    contoso.add_to_unit(unit, target);
    contoso.set_group(target, |group| group.management_restricted = true);
    world.package("second-line", &[source], &[target]).units = [UnitId(unit)].into();
    let run = world.sync().await;
    expect![[r#"
        problem group_is_restricted
        problem unit_is_restricted
        unchanged 0
    "#]]
    .assert_eq(&lines(&run.plan));
    let told = &run.plan.problems.iter().find(|problem| problem.code == "unit_is_restricted").expect("told").text;
    assert!(told.contains("assign our app a role within it"), "{told}");
    assert_eq!((run.failures, contoso.members(target).len()), (vec![], 0));

    // A role elsewhere is not enough.
    let app = contoso.service_principal(world.config.app.client_id.0).expect("consented");
    let elsewhere = contoso.add_unit("Elsewhere");
    contoso.assign_role(app, ROLE, &format!("/administrativeUnits/{elsewhere}"));
    assert!(lines(&world.sync().await.plan).contains("unit_is_restricted"));

    contoso.assign_role(app, ROLE, &format!("/administrativeUnits/{unit}"));
    let run = world.sync().await;
    assert_eq!(run.failures, Vec::<String>::new());
    expect![[r#"
        invite_guest p0@northwind.example (not in the customer's tenant yet)
        invite_guest p1@northwind.example (not in the customer's tenant yet)
        add_member p0@northwind.example (in the partner groups of second-line)
        add_member p1@northwind.example (in the partner groups of second-line)
        add_to_unit p0@northwind.example (in the partner groups of second-line)
        add_to_unit p1@northwind.example (in the partner groups of second-line)
        unchanged 0
    "#]]
    .assert_eq(&lines(&run.plan));
    assert_eq!((contoso.members(target).len(), contoso.unit_members(unit).len()), (2, 3));
}
