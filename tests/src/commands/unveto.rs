//! `gatehouse unveto`.

use super::{confirmed, is_refused, without_a_trace, yes};
use crate::world::{World, lines, one_customer};
use cloud_sim::TenantHandle;
use engine::membership::commands::Go;
use jiff::SignedDuration;
use uuid::Uuid;

/// The customer took one person out, and disabled another one too.
async fn vetoed() -> (World, TenantHandle, Uuid) {
    let (world, contoso, source, target) = one_customer();
    world.people(4, &[source]);
    world.sync().await;
    world.sync().await;
    for (name, disabled) in [("p0@northwind.example", false), ("p1@northwind.example", true)] {
        let guest = contoso.find_guest(name).expect("invited");
        contoso.remove_member(target, guest);
        if disabled {
            contoso.disable_user(guest);
        }
    }
    world.pass(SignedDuration::from_mins(11)).await;
    world.sync().await;
    let seen = world.sync().await.plan;
    assert!(seen.problems.iter().any(|one| one.text.contains("gatehouse unveto contoso p0@northwind.example")));
    (world, contoso, target)
}

#[tokio::test(start_paused = true)]
async fn a_person_whose_veto_is_lifted_is_added_again_and_no_other() {
    let (world, contoso, target) = vetoed().await;
    let engine = world.engine();
    let look = engine.unveto("contoso", "P0@northwind.example", None, &Go::Look);
    let look = without_a_trace(&world, look).await.expect("a look");
    assert_eq!((look.people, look.entries.len()), (1, 1));
    is_refused(world.engine().unveto("contoso", "p0@northwind.example", None, &confirmed(2)).await);
    let elsewhere = Some(access::plan::Target::Group(access::ids::GroupId(Uuid::from_u128(1))));
    assert!(
        world.engine().unveto("contoso", "p0@northwind.example", elsewhere, &yes()).await.expect("a look").is_empty()
    );
    world.engine().unveto("contoso", "p0@northwind.example", None, &confirmed(1)).await.expect("done");
    world.sync().await;
    assert_eq!(world.mails(&contoso, target).len(), 3);
    assert!(world.mails(&contoso, target).contains(&"p0@northwind.example".into()));
    let again = world.engine().unveto("contoso", "p0@northwind.example", None, &yes()).await.expect("nothing");
    assert!(again.is_empty() && again.done.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_guest_whom_the_customer_disabled_stays_out_whatever_is_lifted() {
    let (world, contoso, target) = vetoed().await;
    world.engine().unveto("contoso", "p1@northwind.example", None, &confirmed(1)).await.expect("done");
    let text = lines(&world.sync().await.plan);
    assert!(text.contains("guest_disabled_by_customer"), "{text}");
    assert!(!world.mails(&contoso, target).contains(&"p1@northwind.example".into()));
    assert!(!contoso.is_enabled(contoso.find_guest("p1@northwind.example").expect("still there")));
}

#[tokio::test(start_paused = true)]
async fn somebody_whom_nobody_knows_is_refused() {
    let (world, ..) = vetoed().await;
    let refused = is_refused(world.engine().unveto("contoso", "nobody@northwind.example", None, &yes()).await);
    assert!(refused.contains("nobody in the partner's groups"), "{refused}");
}
