//! What a target may be, and whose memberships are touched.

use crate::world::{DOMAIN, World, lines, one_customer};
use access::config::{Accept, Mode, Oddity, Ownership, TargetGroup};
use access::ids::{GroupId, ObjectId, UnitId};
use cloud_sim::{GroupSettings, NewUser};
use expect_test::expect;
use jiff::SignedDuration;
use uuid::Uuid;

#[tokio::test(start_paused = true)]
async fn groups_that_refuse_writes_get_a_problem_and_no_steps() {
    type Change = fn(&mut GroupSettings);
    let cases: [(&str, Change); 5] = [
        ("group_is_dynamic", |group| group.group_types = vec!["DynamicMembership".into()]),
        ("group_is_synced", |group| group.on_premises = true),
        ("group_is_role_assignable", |group| group.assignable_to_role = true),
        ("group_is_restricted", |group| group.management_restricted = true),
        ("group_is_mail_enabled", |group| group.mail_enabled = true),
    ];
    for (code, change) in cases {
        let mut world = World::new();
        let source = world.partner.add_group("Engineers");
        world.person("ana", &[source]);
        let contoso = world.customer("contoso");
        let target = contoso.add_group("Partner");
        contoso.set_group(target, change);
        world.package("second-line", &[source], &[target]);
        world.sim.reset_log();
        let run = world.sync().await;
        assert_eq!(run.plan.steps, [], "{code}");
        assert!(run.plan.problems.iter().any(|problem| problem.code == code), "{}", lines(&run.plan));
        assert_eq!(world.sim.effects(), [], "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_odd_group_is_refused_until_the_package_accepts_it() {
    for accepted in [false, true] {
        let mut world = World::new();
        let source = world.partner.add_group("Engineers");
        world.person("ana", &[source]);
        let contoso = world.customer("contoso");
        let target = contoso.add_group("Partner");
        let owner = contoso.add_user(NewUser::named("Somebody"));
        contoso.add_owner(target, owner);
        contoso.set_group(target, |group| group.licences = vec![Uuid::from_u128(1)]);
        let package = world.package("second-line", &[source], &[target]);
        if accepted {
            package.accept = [Oddity::HasLicences, Oddity::OrdinaryOwners]
                .map(|oddity| Accept { oddity, reason: "agreed with the customer".into() })
                .into();
        }
        let run = world.sync().await;
        let codes: Vec<&str> = run.plan.problems.iter().map(|problem| problem.code.as_str()).collect();
        let refused = ["group_has_licences", "group_has_owners"];
        assert_eq!(codes, if accepted { &[][..] } else { &refused[..] });
        assert_eq!(contoso.members(target).len(), usize::from(accepted));
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_of_our_own_is_made_once_and_found_again() {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    world.people(3, &[source]);
    let contoso = world.customer("contoso");
    // The customer has a group of that name: it is never taken.
    let theirs = contoso.add_group("Partner second line");
    let create = TargetGroup::Create { name: "Partner second line".into() };
    world.package("second-line", &[source], &[]).groups = vec![create];
    let before = contoso.groups();
    let run = world.sync().await;
    assert_eq!(run.failures, Vec::<String>::new());
    let made: Vec<Uuid> = contoso.groups().difference(&before).copied().collect();
    assert_eq!(made.len(), 1);
    assert_eq!((contoso.members(made[0]).len(), contoso.members(theirs).len()), (3, 0));
    let again = world.sync().await;
    assert_eq!((again.plan.steps.len(), again.plan.unchanged), (0, 3), "{}", lines(&again.plan));
    assert_eq!(contoso.groups().len(), before.len() + 1);
}

#[tokio::test(start_paused = true)]
async fn guests_are_kept_in_the_packages_units() {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    let people = world.people(2, &[source]);
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    let unit = contoso.add_unit("Partner people");
    let own = contoso.add_user(NewUser::named("An employee"));
    contoso.add_to_unit(unit, own);
    world.package("second-line", &[source], &[target]).units = [UnitId(unit)].into();
    world.sync().await;
    assert_eq!(contoso.unit_members(unit).len(), 3);
    world.sync().await;
    world.partner.disable_user(people[0]);
    world.pass(SignedDuration::from_mins(1)).await;
    let run = world.sync().await;
    expect![[r#"
        remove_member p0@northwind.example (disabled at the partner)
        remove_from_unit p0@northwind.example (disabled at the partner)
        disable_guest p0@northwind.example (guest of ours, and needed no more)
        unchanged 2
    "#]]
    .assert_eq(&lines(&run.plan));
    assert!(contoso.unit_members(unit).contains(&own));
    assert_eq!(contoso.unit_members(unit).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn other_guests_go_only_where_the_group_is_ours_whole_and_employees_never() {
    for (ownership, expected) in [(Ownership::Ours, 3), (Ownership::All, 2)] {
        let mut world = World::new();
        let source = world.partner.add_group("Engineers");
        world.person("ana", &[source]);
        let contoso = world.customer("contoso");
        let target = contoso.add_group("Partner");
        contoso.add_member(target, contoso.add_user(NewUser::named("An employee")));
        contoso.add_member(target, contoso.add_guest("stranger@elsewhere.example"));
        world.package("second-line", &[source], &[target]).ownership = ownership;
        world.sync().await;
        assert_eq!(contoso.members(target).len(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_membership_that_was_there_first_is_adopted_and_its_guest_never_becomes_ours() {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    let ana = world.person("ana", &[source]);
    world.people(5, &[source]);
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    let guest = contoso.add_guest("ana@northwind.example");
    contoso.add_member(target, guest);
    world.package("second-line", &[source], &[target]);
    let run = world.sync().await;
    assert!(run.plan.steps.iter().any(|step| step.action.name() == "adopt_member"), "{}", lines(&run.plan));
    world.sync().await;
    world.partner.disable_user(ana);
    world.pass(SignedDuration::from_mins(1)).await;
    let run = world.sync().await;
    expect![[r#"
        remove_member ana@northwind.example (disabled at the partner)
        unchanged 5
    "#]]
    .assert_eq(&lines(&run.plan));
    assert!(contoso.is_enabled(guest), "not ours, so not disabled by us");
}

#[tokio::test(start_paused = true)]
async fn a_guest_is_matched_by_address_and_never_by_name_or_by_other_addresses_alone() {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    world.person("ana", &[source]);
    world.person("bo", &[source]);
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    let namesake = contoso.add_guest("ana@elsewhere.example");
    contoso.set_display_name(namesake, "ana");
    let uncertain = contoso.add_guest("bo@elsewhere.example");
    contoso.set_other_mails(uncertain, &["bo@elsewhere.example", "bo@northwind.example"]);
    world.package("second-line", &[source], &[target]);
    let run = world.sync().await;
    expect![[r#"
        invite_guest ana@northwind.example (not in the customer's tenant yet)
        add_member ana@northwind.example (in the partner groups of second-line)
        problem match_uncertain
        unchanged 0
    "#]]
    .assert_eq(&lines(&run.plan));
    assert_eq!(world.mails(&contoso, target), ["ana@northwind.example"]);
}

#[tokio::test(start_paused = true)]
async fn nobody_on_the_customers_stop_list_gets_in_and_whoever_is_put_on_it_goes() {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    world.people(3, &[source]);
    let contoso = world.customer("contoso");
    let (target, deny) = (contoso.add_group("Partner"), contoso.add_group("No entry"));
    world.package("second-line", &[source], &[target]);
    world.config.customers[0].deny = Some(GroupId(deny));
    world.sync().await;
    world.sync().await;
    let guest = contoso.find_guest("p1@northwind.example").expect("invited");
    contoso.add_member(deny, guest);
    let run = world.sync().await;
    expect![[r#"
        remove_member p1@northwind.example (on the customer's stop list)
        problem denied
        unchanged 2
    "#]]
    .assert_eq(&lines(&run.plan));
    let run = world.sync().await;
    assert_eq!(run.plan.steps, [], "not added again: {}", lines(&run.plan));
}

#[tokio::test(start_paused = true)]
async fn what_is_protected_is_never_touched_by_plan_or_writer() {
    let (mut world, contoso, source, target) = one_customer();
    let people = world.people(6, &[source]);
    world.sync().await;
    world.sync().await;
    let guest = contoso.find_guest("p0@northwind.example").expect("invited");
    world.config.customers[0].protect = [ObjectId(guest)].into();
    world.partner.disable_user(people[0]);
    world.pass(SignedDuration::from_mins(1)).await;
    let run = world.sync().await;
    assert!(run.plan.held.iter().all(|held| held.rail == "protect"), "{}", lines(&run.plan));
    assert_eq!(run.plan.steps, []);
    assert!(contoso.members(target).contains(&guest) && contoso.is_enabled(guest));
}

#[tokio::test(start_paused = true)]
async fn in_observe_everything_is_planned_and_nothing_is_written() {
    let (mut world, contoso, source, target) = one_customer();
    world.people(3, &[source]);
    world.config.customers[0].mode = Mode::Observe;
    world.sim.reset_log();
    let run = world.sync().await;
    assert_eq!((run.plan.steps.len(), run.applied), (6, 0));
    assert_eq!(world.sim.effects(), []);
    assert_eq!(contoso.members(target).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_plan_alone_writes_neither_to_microsoft_nor_about_the_customer() {
    let (world, _, source, _) = one_customer();
    world.people(3, &[source]);
    world.sim.reset_log();
    let plan = world.plan().await;
    assert_eq!(plan.steps.len(), 6, "{}", lines(&plan));
    assert_eq!(world.sim.effects(), []);
    assert_eq!(world.sim.count(|request| request.is_write()), 0);
    assert_eq!(world.documents.counts("customers").writes() + world.documents.counts("lease").writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn people_outside_the_domains_are_not_added_and_not_removed_either() {
    let (world, contoso, source, target) = one_customer();
    let ana = world.person("ana", &[source]);
    world.person("bo", &[source]);
    world.sync().await;
    world.sync().await;
    // A rebrand: the partner's mail domain changes, the customers' configuration does not yet.
    world.partner.set_mail(ana, Some("ana@brandnew.example"));
    let cleo = world.partner.add_user(NewUser::with_mail("cleo@brandnew.example"));
    world.partner.add_member(source, cleo);
    world.pass(SignedDuration::from_mins(1)).await;
    let run = world.sync().await;
    expect![[r#"
        problem domain_not_allowed
        problem domain_not_allowed
        unchanged 2
    "#]]
    .assert_eq(&lines(&run.plan));
    assert_eq!(contoso.members(target).len(), 2);
    assert!(run.plan.problems[0].text.contains("brandnew.example") && DOMAIN != "brandnew.example");
}
