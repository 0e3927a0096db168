//! Writing by roles within administrative units: what they reach works, and the rest is said.

use crate::world::{APP, DOMAIN, World, lines, one_customer};
use access::config::{Disable, Rights};
use access::ids::{PersonId, UnitId};
use access::onboarding::Verdict;
use access::permissions::{DIRECTORY_READERS, GROUPS_ADMINISTRATOR, USER_ADMINISTRATOR, needed_by_customer};
use cloud_sim::{Fault, TenantHandle, What, When};
use engine::membership::leave::{GuestNow, State, TakenOut, Whom};
use engine::{How, Outcome};
use expect_test::expect;
use jiff::SignedDuration;
use std::time::Duration;
use uuid::Uuid;

/// A customer with two units of its own: one holds the group, the other one takes the partner's guests in.
struct Town {
    world: World,
    contoso: TenantHandle,
    source: Uuid,
    target: Uuid,
    groups: Uuid,
    guests: Uuid,
}

impl Town {
    /// The customer consented to what is needed, and gave no role yet.
    fn new() -> Self {
        let (mut world, contoso, source, target) = one_customer();
        let (groups, guests) = (contoso.add_unit("Partner groups"), contoso.add_unit("Partner staff"));
        world.config.customers[0].rights = Rights::Scoped { units: [UnitId(groups), UnitId(guests)].into() };
        world.config.leavers.disable = Disable::Left;
        let needed = needed_by_customer(&world.config, &world.config.customers[0]);
        let writes: Vec<&str> = needed.iter().filter(|one| one.writes).map(|one| one.name).collect();
        assert_eq!(writes, ["User.Invite.All"]);
        let needed: Vec<&str> = needed.iter().filter(|one| !one.optional).map(|one| one.name).collect();
        contoso.consent(APP, &needed);
        Self { world, contoso, source, target, groups, guests }
    }

    fn gives(&self, role: Uuid, unit: Option<Uuid>) {
        let app = self.contoso.service_principal(APP).expect("consented");
        let scope = unit.map_or_else(|| "/".to_owned(), |unit| format!("/administrativeUnits/{unit}"));
        self.contoso.assign_role(app, role, &scope);
    }

    /// Everything that the commands give.
    fn given() -> Self {
        let town = Self::new();
        town.contoso.add_to_unit(town.groups, town.target);
        town.gives(DIRECTORY_READERS.id.0, None);
        town.gives(GROUPS_ADMINISTRATOR.id.0, Some(town.groups));
        town.gives(USER_ADMINISTRATOR.id.0, Some(town.guests));
        town
    }

    /// What a look at the onboarding says of these probes.
    async fn probes(&self, names: &[&str]) -> Vec<(Verdict, String)> {
        let seen = self.world.engine().look_onboarding("contoso", Duration::ZERO).await.expect("the store works");
        let findings = seen.record.look.expect("somebody looked").findings;
        let of = |name: &&str| findings.iter().find(|one| one.probe == *name).expect("it is asked");
        names.iter().map(of).map(|one| (one.verdict, one.reasons.join("; "))).collect()
    }

    async fn run(&self) -> String {
        self.world.pass(SignedDuration::from_mins(20)).await;
        let run = self.world.sync().await;
        format!("{}{}", lines(&run.plan), run.failures.iter().map(|one| format!("failed {one}\n")).collect::<String>())
    }

    /// What the unit's rule does some minutes after an invitation.
    fn takes_in(&self, name: &str) -> Uuid {
        let guest = self.contoso.find_guest(&format!("{name}@{DOMAIN}")).expect("invited");
        self.contoso.add_to_unit(self.guests, guest);
        guest
    }
}

#[tokio::test(start_paused = true)]
async fn people_come_and_leave_with_no_permission_to_write_but_inviting() {
    let town = Town::given();
    let ana = town.world.person("ana", &[town.source]);
    town.world.people(9, &[town.source]);
    town.run().await;
    town.run().await;
    assert_eq!(town.world.mails(&town.contoso, town.target).len(), 10);
    let guest = town.takes_in("ana");
    town.world.partner.disable_user(ana);
    expect![[r#"
        remove_member ana@northwind.example (disabled at the partner)
        disable_guest ana@northwind.example (guest of ours, and needed no more)
        unchanged 9
    "#]]
    .assert_eq(&town.run().await);
    assert!(!town.contoso.is_enabled(guest));
    assert_eq!(town.world.mails(&town.contoso, town.target).len(), 9);
    // Back again: enabled by the same role.
    town.world.partner.enable_user(ana);
    town.run().await;
    town.run().await;
    assert!(town.contoso.is_enabled(guest));
    assert_eq!(town.world.mails(&town.contoso, town.target).len(), 10);
}

#[tokio::test(start_paused = true)]
async fn without_the_roles_nothing_is_tried_and_the_customer_is_told_each_command() {
    let town = Town::new();
    town.world.person("ana", &[town.source]);
    town.world.sim.reset_log();
    let run = town.world.sync().await;
    let told: Vec<String> =
        run.plan.problems.iter().filter(|one| one.code == "scoped_role_missing").map(|one| one.text.clone()).collect();
    assert_eq!(told.len(), 5, "Directory Readers, and two roles for each of two units: {told:#?}");
    let app = town.contoso.service_principal(APP).expect("consented").to_string();
    assert!(told.iter().all(|text| text.contains("az rest --method POST") && text.contains(&app)), "{told:#?}");
    assert!(run.plan.problems.iter().any(|one| one.code == "group_out_of_reach"), "{:?}", run.plan.problems);
    assert_eq!((run.failures, town.world.sim.effects().len()), (Vec::new(), 0));

    // The scoped roles alone have no effect.
    town.contoso.add_to_unit(town.groups, town.target);
    town.gives(GROUPS_ADMINISTRATOR.id.0, Some(town.groups));
    town.gives(USER_ADMINISTRATOR.id.0, Some(town.guests));
    let text = town.run().await;
    assert!(text.contains("scoped_role_missing") && text.contains("group_out_of_reach"), "{text}");
    town.gives(DIRECTORY_READERS.id.0, None);
    expect![[r#"
        invite_guest ana@northwind.example (not in the customer's tenant yet)
        add_member ana@northwind.example (in the partner groups of second-line)
        unchanged 0
    "#]]
    .assert_eq(&town.run().await);
    expect![[r#"
        unchanged 1
    "#]]
    .assert_eq(&town.run().await);
    assert_eq!(town.world.mails(&town.contoso, town.target), ["ana@northwind.example"]);
}

#[tokio::test(start_paused = true)]
async fn a_customer_is_not_ready_before_the_app_reaches_what_it_writes() {
    let town = Town::new();
    let names = ["units", "own_roles", "groups"];
    let verdicts = async || town.probes(&names).await.into_iter().map(|(verdict, _)| verdict).collect::<Vec<_>>();
    assert_eq!(verdicts().await, [Verdict::Ok, Verdict::Missing, Verdict::Missing]);
    town.gives(DIRECTORY_READERS.id.0, None);
    town.gives(GROUPS_ADMINISTRATOR.id.0, Some(town.groups));
    town.gives(USER_ADMINISTRATOR.id.0, Some(town.guests));
    let said = town.probes(&names).await;
    assert_eq!((said[1].0, said[2].0), (Verdict::Ok, Verdict::Missing));
    assert!(said[2].1.contains("is in no unit within which the app holds a role"), "{said:?}");
    town.contoso.add_to_unit(town.groups, town.target);
    assert_eq!(verdicts().await, [Verdict::Ok; 3]);

    // One unit that cannot be read: what is in none of the others may be in this one.
    let (route, down) = ("GET /directory/administrativeUnits/{id}/members", What::Status(503, "serviceUnavailable"));
    let fault = Fault::new(route, When::For(Duration::from_secs(60)), down).in_tenant(town.contoso.id());
    town.world.sim.fault(fault);
    assert_eq!(verdicts().await, [Verdict::Ok, Verdict::Ok, Verdict::Unknown]);
    assert!(town.world.sim.effects().is_empty(), "a look writes nothing");
}

#[tokio::test(start_paused = true)]
async fn a_leaver_in_none_of_our_units_is_taken_out_and_left_to_the_customer() {
    let town = Town::given();
    let ana = town.world.person("ana", &[town.source]);
    town.world.people(9, &[town.source]);
    town.run().await;
    town.run().await;
    town.world.partner.disable_user(ana);
    expect![[r#"
        remove_member ana@northwind.example (disabled at the partner)
        problem guest_out_of_reach
        unchanged 9
    "#]]
    .assert_eq(&town.run().await);
    let guest = town.contoso.find_guest("ana@northwind.example").expect("a guest");
    assert!(town.contoso.is_enabled(guest));
    assert_eq!(town.world.mails(&town.contoso, town.target).len(), 9);
    town.takes_in("ana");
    expect![[r#"
        disable_guest ana@northwind.example (guest of ours, and needed no more)
        unchanged 9
    "#]]
    .assert_eq(&town.run().await);
    assert!(!town.contoso.is_enabled(guest));
}

/// Of one who is dismissed, and of nobody else whose guest is out of reach.
#[tokio::test(start_paused = true)]
async fn whoever_dismisses_somebody_is_told_whom_our_app_cannot_disable_and_what_the_customer_has_to_do() {
    let town = Town::given();
    let ana = town.world.person("ana", &[town.source]);
    let bo = town.world.person("bo", &[town.source]);
    town.world.people(9, &[town.source]);
    town.run().await;
    town.run().await;
    town.world.partner.disable_user(bo);
    town.run().await;
    let leave = async || {
        let engine = town.world.engine();
        let found = engine.find_person(&Whom::Id(PersonId(ana))).await.expect("an id is enough");
        engine.bar(&found, "lead@northwind.example", "dismissed").await.expect("the bar is set");
        let mut left = engine.take_out(found.person, Duration::from_secs(5)).await.expect("it is looked").customers;
        assert_eq!(left.len(), 1);
        left.remove(0)
    };
    let one = leave().await;
    assert_eq!((one.state, one.guest, one.memberships.len()), (State::Left, GuestNow::Enabled, 0), "{one:?}");
    let guest = town.contoso.find_guest("ana@northwind.example").expect("a guest").to_string();
    let about = |one: &TakenOut, text: &str| one.notes.iter().filter(|note| note.contains(text)).count();
    assert_eq!((about(&one, "disable_guest is due for guest"), about(&one, &guest)), (1, 2), "{one:?}");
    assert!(one.notes.iter().all(|note| note.contains("one of `scoped_to`")), "{one:?}");

    let app = town.contoso.service_principal(APP).expect("consented");
    let role = town.contoso.role_assignment(app, USER_ADMINISTRATOR.id.0).expect("given");
    town.contoso.unassign_role(role);
    let one = leave().await;
    let commands = about(&one, "a Privileged Role Administrator of the customer gives it: az rest");
    assert_eq!(commands, 3, "the other unit has no role at all now, and nobody may disable: {one:?}");
    assert_eq!((one.state, about(&one, &guest)), (State::Left, 2), "{one:?}");

    town.gives(USER_ADMINISTRATOR.id.0, Some(town.guests));
    town.takes_in("ana");
    let one = leave().await;
    let told = about(&one, &guest) + about(&one, "our app is not");
    assert_eq!((one.state, one.guest, told), (State::Gone, GuestNow::Disabled, 0), "{one:?}");
}

#[tokio::test(start_paused = true)]
async fn a_group_that_leaves_our_units_is_out_of_reach_from_then_on() {
    let town = Town::given();
    town.world.people(3, &[town.source]);
    town.run().await;
    town.contoso.remove_from_unit(town.groups, town.target);
    town.world.person("late", &[town.source]);
    expect![[r#"
        problem group_out_of_reach
        unchanged 0
    "#]]
    .assert_eq(&town.run().await);
    assert_eq!(town.world.mails(&town.contoso, town.target).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_role_that_cannot_be_read_now_is_looked_for_again_within_minutes() {
    let town = Town::given();
    let people = town.world.people(10, &[town.source]);
    town.run().await;
    town.run().await;
    assert_eq!(town.world.mails(&town.contoso, town.target).len(), 10);
    town.world.partner.remove_member(town.source, people[0]);
    let down = What::Status(503, "serviceUnavailable");
    let route = "GET /roleManagement/directory/roleAssignments";
    let fault = Fault::new(route, When::For(Duration::from_secs(25 * 60)), down).in_tenant(town.contoso.id());
    town.world.sim.fault(fault);
    // As the timer wakes it: a run that has nothing to do costs one look, and would see nothing.
    let turn = async || {
        town.world.pass(SignedDuration::from_mins(20)).await;
        let engine = town.world.engine();
        engine.tick().await.expect("a tick");
        engine.sync("contoso", How::default()).await.expect("the store works")
    };
    assert!(matches!(turn().await, Outcome::Ran(_)));
    assert_eq!(town.world.mails(&town.contoso, town.target).len(), 10, "nobody is removed for it");
    turn().await;
    turn().await;
    assert_eq!(town.world.mails(&town.contoso, town.target).len(), 9);
}
