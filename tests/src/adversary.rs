//! An administrator who expects the worst: one part fails, and everything else must go on; what failed must be tried
//! again by itself.

use crate::world::{World, lines};
use access::config::{Mode, TargetGroup};
use access::ids::{GroupId, UnitId};
use cloud_sim::{Fault, TenantHandle, What, When};
use engine::membership::documents::{Chunk, HEAD_BYTES_MAX, Head, head_path};
use engine::{How, Outcome};
use jiff::SignedDuration;
use uuid::Uuid;

/// A customer with six people in it, settled.
async fn settled(change: impl FnOnce(&mut World, &TenantHandle)) -> (World, TenantHandle, Uuid, Uuid) {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    world.people(6, &[source]);
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    world.package("second-line", &[source], &[target]);
    change(&mut world, &contoso);
    world.sync().await;
    world.sync().await;
    (world, contoso, source, target)
}

/// As the hosts do it: a tick, and the customer's turn, in a process of its own; nothing is read afresh.
async fn turn(world: &World, after: SignedDuration) -> Outcome {
    world.pass(after).await;
    let engine = world.engine();
    engine.tick().await.expect("a tick");
    engine.sync("contoso", How::default()).await.expect("the store works")
}

const TURN: SignedDuration = SignedDuration::from_mins(5);

#[tokio::test(start_paused = true)]
async fn a_unit_that_vanishes_does_not_keep_the_groups_from_being_looked_after() {
    let (world, contoso, source, target) = settled(|world, contoso| {
        let unit = contoso.add_unit("Partner people");
        world.config.customers[0].packages[0].units.insert(UnitId(unit));
    })
    .await;
    for path in ["GET /directory/administrativeUnits/*", "GET /directory/administrativeUnits/*/**"] {
        world.sim.fault(Fault::new(path, When::Every, What::Status(404, "Request_ResourceNotFound")));
    }
    world.person("newcomer", &[source]);
    for _ in 0..2 {
        let outcome = turn(&world, TURN).await;
        assert!(!matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    }
    assert!(world.mails(&contoso, target).contains(&"newcomer@northwind.example".to_string()));
}

#[tokio::test(start_paused = true)]
async fn a_delta_link_that_is_refused_is_replaced_by_a_new_one() {
    let (world, contoso, source, target) = settled(|_, _| {}).await;
    // Once for the look whether anything changed, once for the run that follows.
    for path in ["GET /groups/delta", "GET /users/delta"] {
        let fault = Fault::new(path, When::Times(2), What::Status(400, "Request_BadRequest"));
        world.sim.fault(fault.in_tenant(contoso.id()));
    }
    let outcome = turn(&world, TURN).await;
    assert!(matches!(outcome, Outcome::Ran(_)), "{outcome:?}");
    world.person("newcomer", &[source]);
    let outcome = turn(&world, TURN).await;
    assert!(matches!(outcome, Outcome::Ran(_)), "{outcome:?}");
    assert!(world.mails(&contoso, target).contains(&"newcomer@northwind.example".to_string()));
    contoso.remove_member(target, contoso.find_guest("newcomer@northwind.example").expect("invited"));
    assert!(matches!(turn(&world, TURN).await, Outcome::Ran(_)), "the new link tells what changes");
}

#[tokio::test(start_paused = true)]
async fn a_delta_link_of_the_partner_that_is_refused_for_good_is_replaced_by_a_new_one() {
    for path in ["GET /groups/delta", "GET /users/delta"] {
        let (world, contoso, source, target) = settled(|_, _| {}).await;
        // The first question is the one that the stored link asks.
        let fault = Fault::new(path, When::Times(1), What::Status(400, "Request_BadRequest"));
        world.sim.fault(fault.in_tenant(world.partner.id()));
        world.person("newcomer", &[source]);
        let mut people = world.partner.members(source).into_iter();
        let leaver = people.find(|id| world.partner.mail(*id).as_deref() == Some("p0@northwind.example"));
        world.partner.disable_user(leaver.expect("a person"));
        world.pass(TURN).await;
        let engine = world.engine();
        engine.tick().await.expect("a tick");
        assert_eq!(engine.health(true).await.red, Some(Vec::new()), "{path}: this very tick reads the partner");
        for _ in 0..2 {
            let outcome = turn(&world, TURN).await;
            assert!(!matches!(outcome, Outcome::Failed { .. }), "{path}: {outcome:?}");
        }
        let mails = world.mails(&contoso, target);
        assert!(mails.contains(&"newcomer@northwind.example".to_string()), "{path}: {mails:?}");
        assert!(!mails.contains(&"p0@northwind.example".to_string()), "{path}: {mails:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_is_read_again_by_the_next_turn_though_nothing_changes() {
    for path in ["GET /groups/*/members", "GET /groups/*/members/**", "GET /groups/*/transitiveMembers/**"] {
        let (mut world, contoso, source, target) = settled(|_, _| {}).await;
        let deny = contoso.add_group("Never in here");
        contoso.add_member(deny, contoso.add_guest("somebody@elsewhere.example"));
        world.config.customers[0].deny = Some(GroupId(deny));
        world.sync().await;
        let fault = Fault::new(path, When::Every, What::Status(503, "ServiceUnavailable"));
        world.sim.fault(fault.in_tenant(contoso.id()));
        world.person("newcomer", &[source]);
        turn(&world, TURN).await;
        world.sim.clear_faults();
        // The partner's group is read again for ten minutes after its change; that alone wakes nobody.
        turn(&world, TURN).await;
        let mails = world.mails(&contoso, target);
        assert!(mails.contains(&"newcomer@northwind.example".to_string()), "{path}: {mails:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_could_not_be_sent_does_not_wait_for_another_ones_day() {
    let (world, contoso, source, target) = settled(|world, _| {
        world.config.leavers.delete_after = Some(SignedDuration::from_hours(30 * 24));
    })
    .await;
    let leaver = world.partner.members(source).into_iter().next().expect("somebody");
    world.partner.disable_user(leaver);
    turn(&world, TURN).await;
    turn(&world, SignedDuration::from_mins(30)).await;
    // Whoever is invited shows in the next delta, which wakes by itself; a guest of old does not.
    contoso.add_guest("newcomer@northwind.example");
    turn(&world, TURN).await;
    world.person("newcomer", &[source]);
    let fault = Fault::new("POST /groups/**", When::Every, What::Throttle { retry_after: None });
    world.sim.fault(fault.in_tenant(contoso.id()));
    let Outcome::Ran(run) = turn(&world, TURN).await else { panic!("a run") };
    assert_eq!((run.applied, run.waiting), (0, 1), "{:?} {}", run.failures, lines(&run.plan));
    world.sim.clear_faults();
    turn(&world, TURN).await;
    let mails = world.mails(&contoso, target);
    assert!(mails.contains(&"newcomer@northwind.example".to_string()), "{mails:?}");
}

#[tokio::test(start_paused = true)]
async fn invitations_that_are_refused_for_ever_leave_the_budget_to_those_who_can_come() {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    world.package("second-line", &[source], &[target]);
    world.config.invitations.per_tenant_per_hour = 20;
    world.config.invitations.per_tenant_per_day = 100;
    world.config.customers[0].domains.insert("a-rebrand.example".into());
    contoso.block_domain("a-rebrand.example");
    for n in 0..25 {
        let mail = format!("a{n}@a-rebrand.example");
        world.partner.add_member(source, world.partner.add_user(cloud_sim::NewUser::with_mail(&mail)));
    }
    world.person("zoe", &[source]);
    world.sync().await;
    assert_eq!(world.mails(&contoso, target), ["zoe@northwind.example"]);
    for _ in 0..12 {
        turn(&world, TURN).await;
    }
    world.person("zz", &[source]);
    turn(&world, TURN).await;
    assert_eq!(world.mails(&contoso, target), ["zoe@northwind.example", "zz@northwind.example"]);
}

#[tokio::test(start_paused = true)]
async fn thousands_of_memberships_are_adopted_at_once_though_no_block_of_the_journal_holds_them() {
    const PEOPLE: usize = 5_000;
    let mut world = World::with(1, |options| options.page_size = 999);
    let source = world.partner.add_group("Engineers");
    world.people(PEOPLE, &[source]);
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    for n in 0..PEOPLE {
        contoso.add_member(target, contoso.add_guest(&format!("p{n}@northwind.example")));
    }
    world.package("second-line", &[source], &[target]);
    let run = world.sync().await;
    assert_eq!(run.applied as usize, PEOPLE);
    let again = world.sync().await;
    assert_eq!((again.plan.unchanged as usize, again.plan.steps.len()), (PEOPLE, 0), "{}", lines(&again.plan));
}

#[tokio::test(start_paused = true)]
async fn observing_writes_nothing_and_enforcing_later_takes_it_from_there() {
    let (mut world, contoso, source, target) = settled(|world, _| {
        world.config.customers[0].mode = Mode::Observe;
        let made = TargetGroup::Create { name: "Partner of ours".into() };
        world.config.customers[0].packages[0].groups.push(made);
    })
    .await;
    assert_eq!(
        (
            world
                .sim
                .effects()
                .iter()
                .filter(|one| one.tenant == contoso.id())
                .filter(|one| matches!(one.by, cloud_sim::Actor::App(_)))
                .count(),
            contoso.members(target).len()
        ),
        (0, 0)
    );
    world.config.customers[0].mode = Mode::Enforce;
    turn(&world, TURN).await;
    turn(&world, TURN).await;
    assert_eq!(contoso.members(target).len(), 6);
    world.config.customers[0].packages[0].name = "first-line".into();
    world.partner.disable_user(world.partner.members(source).into_iter().next().expect("somebody"));
    turn(&world, TURN).await;
    assert_eq!(contoso.members(target).len(), 5, "a package that was renamed loses nobody but who left");
}

#[tokio::test(start_paused = true)]
async fn the_head_of_a_customer_with_fifty_groups_and_two_units_stays_small() {
    let (world, ..) = settled(|world, contoso| {
        let package = &mut world.config.customers[0].packages[0];
        for n in 0..49 {
            package.groups.push(TargetGroup::Id(GroupId(contoso.add_group(&format!("Team {n}")))));
        }
        for n in 0..2 {
            package.units.insert(UnitId(contoso.add_unit(&format!("Unit {n}"))));
        }
    })
    .await;
    let path = head_path(world.config.customers[0].tenant_id);
    let head = world.engine().store().read::<Head>(&path).await.expect("the store works").expect("a head").value;
    assert_eq!((head.groups.len(), head.groups[0].ids.len(), head.units.len()), (1, 50, 2));
    // The simulator's links are shorter than Microsoft's.
    let real = |link: &str| format!("{link:0<1500}");
    let groups = head.groups.iter().map(|chunk| Chunk { link: real(&chunk.link), ..chunk.clone() }).collect();
    let head = Head { groups, users: real(&head.users), ..head };
    let bytes = serde_json::to_vec(&head).expect("plain data").len();
    assert!(bytes < HEAD_BYTES_MAX, "{bytes} bytes");
}

#[tokio::test(start_paused = true)]
async fn groups_and_guests_that_nobody_sees_for_minutes_are_made_once_and_filled_in_the_end() {
    let mut world = World::with(3, |options| {
        options.replication_delay = std::time::Duration::from_secs(180);
        options.index_lag = std::time::Duration::from_secs(120);
        options.member_lag = std::time::Duration::from_secs(60);
    });
    let source = world.partner.add_group("Engineers");
    world.people(30, &[source]);
    let contoso = world.customer("contoso");
    world.package("second-line", &[source], &[]).groups.push(TargetGroup::Create { name: "Partner".into() });
    let unit = contoso.add_unit("Partner people");
    world.config.customers[0].packages[0].units.insert(UnitId(unit));
    world.sim.settle();
    for _ in 0..6 {
        turn(&world, TURN).await;
    }
    let made: Vec<Uuid> = contoso.groups().into_iter().collect();
    assert_eq!((made.len(), contoso.users().len()), (1, 30));
    assert_eq!((contoso.members(made[0]).len(), contoso.unit_members(unit).len()), (30, 30));
    assert_eq!(world.engine().health(true).await.red.expect("details"), []);
}

#[tokio::test(start_paused = true)]
async fn what_was_odd_about_a_group_stays_odd_while_nobody_answers() {
    let (world, contoso, source, target) = settled(|_, contoso| {
        let target = *contoso.groups().iter().next().expect("the target");
        contoso.add_owner(target, contoso.add_user(cloud_sim::NewUser::named("A project leader")));
    })
    .await;
    assert_eq!(contoso.members(target).len(), 0);
    let fault = Fault::new("GET /groups/*/owners", When::Every, What::Status(503, "ServiceUnavailable"));
    world.sim.fault(fault.in_tenant(contoso.id()));
    world.person("newcomer", &[source]);
    for _ in 0..2 {
        turn(&world, SignedDuration::from_hours(25)).await;
        assert_eq!(contoso.members(target).len(), 0, "nobody is put into a group whose owners add whom they like");
    }
}
