//! `gatehouse adopt`.

use super::{confirmed, is_refused, ledger, lines, without_a_trace, yes};
use crate::world::{World, one_customer};
use access::plan::Adopt;
use cloud_sim::{NewUser, TenantHandle};
use engine::membership::commands::Go;
use expect_test::expect;
use jiff::SignedDuration;
use uuid::Uuid;

/// Five people are settled. Then the customer puts four more in: one whom the configuration wants, one of another
/// team of the partner, a supplier, and somebody of their own.
async fn strangers() -> (World, TenantHandle, Uuid) {
    let (mut world, contoso, source, target) = one_customer();
    world.people(5, &[source]);
    let sales = world.partner.add_group("Sales");
    let sold_to = contoso.add_group("Partner sales");
    world.package("sales", &[sales], &[sold_to]);
    world.sync().await;
    world.sync().await;
    world.person("wanted", &[source]);
    world.person("other-team", &[sales]);
    for name in ["wanted@northwind.example", "other-team@northwind.example", "supplier@elsewhere.example"] {
        contoso.add_member(target, contoso.add_guest(name));
    }
    contoso.add_member(target, contoso.add_user(NewUser::with_mail("own@contoso.example")));
    world.sync().await;
    world.pass(SignedDuration::from_mins(2)).await;
    (world, contoso, target)
}

#[tokio::test(start_paused = true)]
async fn it_is_shown_first_and_done_as_confirmed() {
    let (world, contoso, target) = strangers().await;
    let engine = world.engine();
    let look = without_a_trace(&world, engine.adopt("contoso", &Adopt::default(), &Go::Look)).await.expect("a look");
    expect![[r#"
        2 people
        adopt_member wanted@northwind.example
        adopt_member other-team@northwind.example
        left: is the customer's own user, and those are never ours
        left: stands for nobody of the partner whom the configuration's groups know
        note: 1 of these people will be removed by the next run: nobody wants them there
    "#]]
    .assert_eq(&lines(&look));
    let wrong = without_a_trace_but_the_lease(&world, confirmed(3)).await;
    assert!(wrong.contains("2 people are concerned, and 3 were confirmed"), "{wrong}");

    let done = engine.adopt("contoso", &Adopt::default(), &confirmed(2)).await.expect("done");
    expect![[r#"
        2 people
        adopt_member wanted@northwind.example
        adopt_member other-team@northwind.example
        left: is the customer's own user, and those are never ours
        left: stands for nobody of the partner whom the configuration's groups know
        note: 1 of these people will be removed by the next run: nobody wants them there
        done 2 waiting 0 failed []
    "#]]
    .assert_eq(&lines(&done));
    let rows = ledger(&world, contoso.id()).await.rows;
    assert_eq!(rows[&access::plan::Target::Group(access::ids::GroupId(target))].len(), 7);
    // Adopted, and not wanted: gone with the next run. The rest stays for ever.
    world.sync().await;
    world.sync().await;
    let mails = world.mails(&contoso, target);
    assert!(!mails.contains(&"other-team@northwind.example".to_string()), "{mails:?}");
    assert!(mails.contains(&"wanted@northwind.example".to_string()), "{mails:?}");
    assert!(mails.contains(&"supplier@elsewhere.example".to_string()), "{mails:?}");
    let guest = contoso.find_guest("other-team@northwind.example").expect("still there");
    assert!(contoso.is_enabled(guest), "a guest never becomes ours by it");
}

/// A command that is refused changes nothing but whose lease it was.
async fn without_a_trace_but_the_lease(world: &World, go: Go) -> String {
    let keep = |all: std::collections::BTreeMap<String, Vec<u8>>| {
        all.into_iter().filter(|(path, _)| !path.starts_with("lease/")).collect::<Vec<_>>()
    };
    let before = (world.sim.effects().len(), keep(super::stored(world).await));
    let refused = is_refused(world.engine().adopt("contoso", &Adopt::default(), &go).await);
    assert!((world.sim.effects().len(), keep(super::stored(world).await)) == before);
    refused
}

#[tokio::test(start_paused = true)]
async fn twice_is_once() {
    let (world, contoso, _) = strangers().await;
    world.engine().adopt("contoso", &Adopt::default(), &yes()).await.expect("done");
    let once = ledger(&world, contoso.id()).await;
    let again = world.engine().adopt("contoso", &Adopt::default(), &yes()).await.expect("done");
    assert!(again.is_empty() && again.done.is_none(), "{again:?}");
    assert_eq!(ledger(&world, contoso.id()).await, once);
}

#[tokio::test(start_paused = true)]
async fn only_the_person_and_the_package_that_were_named() {
    let (world, ..) = strangers().await;
    let people = ["wanted@northwind.example".to_string()].into();
    let look = world.engine().adopt("contoso", &Adopt { people, package: None }, &Go::Look).await.expect("a look");
    assert_eq!((look.people, look.left.len()), (1, 0));
    let sales = Adopt { package: Some("sales".into()), ..Adopt::default() };
    assert!(world.engine().adopt("contoso", &sales, &Go::Look).await.expect("a look").is_empty());
    let unknown = Adopt { package: Some("unknown".into()), ..Adopt::default() };
    is_refused(world.engine().adopt("contoso", &unknown, &Go::Look).await);
}
