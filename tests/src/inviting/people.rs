//! Who somebody is by their address, and whether they are in certain groups.

use crate::world::{DOMAIN, World, one_customer};
use access::ids::GroupId;
use cloud_sim::{Fault, NewUser, SimOptions, What, When};
use engine::inviting::people::{Addressed, Lookup, Membership, Side};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

async fn found(world: &World, mail: &str) -> Option<Addressed> {
    match world.engine().person_by_mail(mail).await {
        Lookup::Found(found) => Some(found),
        Lookup::Nobody => None,
        other => panic!("{mail}: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_is_found_by_mail_sign_in_name_or_proxy_address_and_by_no_other() {
    let world = World::new();
    let ana = world.partner.add_user(NewUser {
        display_name: "Ana".into(),
        upn: Some("ana.admin@northwind.example".into()),
        mail: Some("ana@northwind.example".into()),
        other_mails: vec!["ana@private.example".into()],
        ..NewUser::default()
    });
    world.partner.set_proxy_addresses(
        ana,
        &["SMTP:ana@northwind.example", "smtp:Ana.Old@northwind.example", "sip:ana@sip.example"],
    );
    let quoted = world.person("o'brien", &[]);
    for (mail, expected) in [
        ("ana@northwind.example", Some(ana)),
        ("  ANA@Northwind.Example ", Some(ana)),
        ("ana.admin@northwind.example", Some(ana)),
        ("ana.old@northwind.example", Some(ana)),
        ("o'brien@northwind.example", Some(quoted)),
        ("ana@private.example", None),
        ("ana@sip.example", None),
        ("ana@northwind.example' or mail ne 'x", None),
        ("na@northwind.example", None),
        ("ana", None),
        ("", None),
    ] {
        assert_eq!(found(&world, mail).await.map(|one| one.user), expected, "{mail}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_account_says_whether_it_may_sign_in_and_whose_it_is() {
    let world = World::new();
    let ana = world.person("ana", &[]);
    world.partner.disable_user(ana);
    world.partner.add_guest("eve@supplier.example");
    world.partner.add_user(NewUser { guest: true, ..NewUser::with_mail("typed@northwind.example") });
    let told = async |mail: &str| found(&world, mail).await.map(|one| (one.enabled, one.guest));
    assert_eq!(told("ana@northwind.example").await, Some((false, false)));
    assert_eq!(told("eve@supplier.example").await, Some((true, true)));
    assert_eq!(told("typed@northwind.example").await, Some((true, true)));
    world.partner.delete_user(ana);
    assert_eq!(told("ana@northwind.example").await, None);
}

#[tokio::test(start_paused = true)]
async fn an_address_of_two_names_nobody_and_a_failed_look_up_says_so() {
    let world = World::new();
    world.person("ana", &[]);
    let other = NewUser { upn: Some("ana@northwind.example".into()), ..NewUser::named("Another Ana") };
    world.partner.add_user(other);
    assert_eq!(world.engine().person_by_mail("ana@northwind.example").await, Lookup::Several(2));
    for what in [What::Status(403, "Authorization_RequestDenied"), What::CutJson, What::HtmlGateway] {
        world.sim.fault(Fault::new("GET /users", When::Every, what));
        let got = world.engine().person_by_mail("bob@northwind.example").await;
        assert!(matches!(got, Lookup::Unread { .. }), "{what:?}: {got:?}");
        world.sim.clear_faults();
    }
}

#[tokio::test(start_paused = true)]
async fn groups_count_with_those_nested_in_them() {
    let (world, contoso, ..) = one_customer();
    let group = |name| world.partner.add_group(name);
    let (leads, deputies, others) = (group("Leads"), group("Deputies"), group("Others"));
    world.partner.add_member(leads, deputies);
    world.partner.add_member(deputies, leads);
    let (lead, deputy) = (world.person("lead", &[leads]), world.person("deputy", &[deputies]));
    let set = |groups: &[Uuid]| groups.iter().copied().map(GroupId).collect::<BTreeSet<_>>();
    let engine = world.engine();
    let is_in = async |user, groups: &[Uuid]| {
        engine.is_in_groups(Side::Partner, user, &set(groups)).await.expect("the partner is always known")
    };
    assert_eq!(is_in(deputy, &[leads]).await, Membership::Yes(GroupId(leads)));
    assert_eq!(is_in(lead, &[others, leads]).await, Membership::Yes(GroupId(leads)));
    assert_eq!(is_in(lead, &[others]).await, Membership::No);
    assert_eq!(is_in(lead, &[]).await, Membership::No);
    assert!(matches!(is_in(Uuid::nil(), &[leads]).await, Membership::Unknown { .. }), "nobody of that id");

    // A customer's own approvers are looked for in the customer's tenant.
    let board = contoso.add_group("Board");
    let head = contoso.add_user(NewUser::with_mail("head@contoso.example"));
    contoso.add_member(board, head);
    let side = Side::Customer("contoso");
    let Ok(Lookup::Found(known)) = engine.user_by_mail(side, "head@contoso.example").await else { panic!("there") };
    assert_eq!(engine.is_in_groups(side, known.user, &set(&[board])).await.ok(), Some(Membership::Yes(GroupId(board))));
    assert!(engine.is_in_groups(Side::Customer("nobody"), head, &set(&[board])).await.is_err());

    let denied = What::Status(403, "Authorization_RequestDenied");
    world.sim.fault(Fault::new("GET /users/*/transitiveMemberOf", When::Every, denied));
    assert!(matches!(is_in(lead, &[leads]).await, Membership::Unknown { .. }));
}

#[tokio::test(start_paused = true)]
async fn somebody_in_more_groups_than_a_page_holds_is_found_in_the_last_one() {
    let world = World::with(3, |options: &mut SimOptions| options.page_size = 5);
    let groups: Vec<Uuid> = (0..23).map(|n| world.partner.add_group(&format!("Group {n}"))).collect();
    let ana = world.person("ana", &groups);
    for group in groups {
        let one = BTreeSet::from([GroupId(group)]);
        let got = world.engine().is_in_groups(Side::Partner, ana, &one).await.expect("the partner");
        assert_eq!(got, Membership::Yes(GroupId(group)));
    }
}

#[tokio::test(start_paused = true)]
async fn looking_somebody_up_writes_nothing_and_costs_one_request() {
    let world = World::with(4, |options| options.index_lag = Duration::from_secs(30));
    world.person("ana", &[]);
    let engine = world.engine();
    let before = world.sim.requests().len();
    engine.person_by_mail(&format!("ana@{DOMAIN}")).await;
    let asked: Vec<String> = world.sim.requests()[before..].iter().map(|request| request.method.clone()).collect();
    assert_eq!(asked.iter().filter(|method| *method == "GET").count(), 1, "{asked:?}");
    assert!(world.sim.effects().is_empty());
}
