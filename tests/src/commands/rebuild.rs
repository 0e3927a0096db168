//! `gatehouse journal rebuild`.

use super::{body_of, head_of, ledger, stored, told, without_a_trace, yes};
use crate::world::{World, one_customer};
use bytes::Bytes;
use cloud_sim::TenantHandle;
use engine::membership::commands::Go;
use engine::membership::documents::Body;
use jiff::SignedDuration;
use uuid::Uuid;

async fn settled() -> (World, TenantHandle, Uuid) {
    let (world, contoso, source, target) = one_customer();
    let people = world.people(8, &[source]);
    world.sync().await;
    world.sync().await;
    world.pass(SignedDuration::from_hours(30)).await;
    world.partner.remove_member(source, people[0]);
    world.sync().await;
    world.sync().await;
    (world, contoso, target)
}

async fn body(world: &World, contoso: &TenantHandle) -> Body {
    let kept = world.engine().store().read::<Body>(&body_of(contoso.id())).await.expect("the store works");
    kept.expect("a body").value
}

/// After whatever happened to the store: nobody removed, nobody invited again.
async fn goes_on(world: &World, contoso: &TenantHandle, target: Uuid) {
    world.pass(SignedDuration::from_mins(6)).await;
    let run = world.sync().await;
    assert_eq!((run.applied, run.plan.steps.len(), run.plan.held.len()), (0, 0, 0), "{:?}", run.plan);
    assert_eq!(world.mails(contoso, target).len(), 7);
    assert_eq!(world.sim.count(|request| request.path == "/invitations"), 8);
    assert_eq!(body(world, contoso).await.ledger, ledger(world, contoso.id()).await);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_whole_differs_in_nothing() {
    let (world, contoso, target) = settled().await;
    let found = without_a_trace(&world, world.engine().rebuild("contoso", &Go::Look)).await.expect("a look");
    assert_eq!((found.differences, found.written), (Vec::new(), false));
    let before = body(&world, &contoso).await.ledger;
    assert!(world.engine().rebuild("contoso", &yes()).await.expect("done").written);
    assert_eq!(body(&world, &contoso).await.ledger, before);
    goes_on(&world, &contoso, target).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_was_deleted_damaged_or_changed_is_rebuilt() {
    type Harm = fn(Vec<u8>) -> Option<Vec<u8>>;
    let harms: [(&str, Harm, &str); 3] = [
        ("deleted", |_| None, "there is no stored ledger"),
        ("damaged", |bytes| Some(bytes[..bytes.len() / 2].to_vec()), "the stored ledger cannot be read"),
        (
            "changed",
            |bytes| Some(String::from_utf8(bytes).unwrap().replace("\"ours\":true", "\"ours\":false").into_bytes()),
            "who stands for them is stored differently",
        ),
    ];
    for (name, harm, said) in harms {
        let (world, contoso, target) = settled().await;
        let before = body(&world, &contoso).await.ledger;
        let store = world.engine().store().clone();
        let bytes = stored(&world).await[&body_of(contoso.id())].clone();
        store.delete(&body_of(contoso.id())).await.expect("deleted");
        if let Some(bytes) = harm(bytes) {
            store.documents().create(&body_of(contoso.id()), Bytes::from(bytes)).await.expect("stored");
        }
        let found = world.engine().rebuild("contoso", &Go::Look).await.expect("a look");
        assert!(found.differences[0].contains(said), "{name}: {:?}", found.differences);
        world.engine().rebuild("contoso", &yes()).await.expect("done");
        assert_eq!(body(&world, &contoso).await.ledger, before, "{name}");
        goes_on(&world, &contoso, target).await;
    }
}

#[tokio::test(start_paused = true)]
async fn head_and_body_may_both_be_lost() {
    let (world, contoso, target) = settled().await;
    let store = world.engine().store().clone();
    store.delete(&body_of(contoso.id())).await.expect("deleted");
    store.delete(&head_of(contoso.id())).await.expect("deleted");
    world.engine().rebuild("contoso", &yes()).await.expect("done");
    goes_on(&world, &contoso, target).await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_chain_is_never_believed() {
    let (world, contoso, _) = settled().await;
    let store = world.engine().store().clone();
    let path = format!("journal/{}/000000000002", contoso.id());
    store.delete(&path).await.expect("deleted");
    let before = stored(&world).await;
    for go in [Go::Look, Go::Do(told())] {
        let error = world.engine().rebuild("contoso", &go).await.expect_err("refused").to_string();
        assert!(error.contains("broken at block 2"), "{error}");
    }
    let after = stored(&world).await;
    assert_eq!(before[&body_of(contoso.id())], after[&body_of(contoso.id())]);
}
