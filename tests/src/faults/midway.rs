//! A customer deletes the target group in the middle of a run, before any of its requests.

use crate::checkers::Checkers;
use crate::world::World;
use engine::How;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs with a joiner and a leaver, while the group goes before request `n`. Says how many requests there were.
async fn run(n: usize) -> usize {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    let people = world.people(4, &[source]);
    let contoso = world.customer("contoso");
    let (target, other) = (contoso.add_group("Partner"), contoso.add_group("Partner too"));
    world.package("second-line", &[source], &[target, other]).limits.removals_percent_max = 100;
    let checkers = Checkers::new(&world, SignedDuration::ZERO);
    let wire = checkers.transport();
    let engine = world.engine_on(world.documents.clone(), wire.clone());
    let turn = async || {
        world.pass(SignedDuration::from_mins(5)).await;
        engine.tick().await.expect("the store works");
        engine.sync("contoso", How::default()).await.expect("the store works");
        checkers.look();
    };
    for _ in 0..3 {
        turn().await;
    }
    world.partner.disable_user(people[0]);
    world.person("joiner", &[source]);
    checkers.look();
    let sent = Arc::new(AtomicUsize::new(0));
    let (count, tenant) = (sent.clone(), contoso.clone());
    wire.before_each(move |_| {
        if count.fetch_add(1, Ordering::SeqCst) == n {
            tenant.delete_group(target);
        }
    });
    turn().await;
    wire.before_each(|_| {});
    let requests = sent.load(Ordering::SeqCst);
    contoso.delete_group(target);
    for _ in 0..5 {
        turn().await;
    }
    assert_eq!(checkers.wrong(), Vec::<String>::new(), "before request {n}");
    assert_eq!(checkers.wrong_books(&world).await, Vec::<String>::new(), "before request {n}");
    let mails: BTreeSet<String> = contoso.member_mails(other);
    assert_eq!(mails.len(), 4, "before request {n}: the other group is looked after: {mails:?}");
    assert!(mails.contains("joiner@northwind.example") && !mails.contains("p0@northwind.example"));
    let codes: Vec<String> =
        world.engine().health(true).await.red.expect("details").into_iter().map(|red| red.code).collect();
    assert_eq!(codes, ["target_gone"], "before request {n}");
    requests
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_deleted_before_any_request_of_a_run_stops_nothing_else_and_is_told() {
    let requests = run(usize::MAX).await;
    assert!(requests > 8, "{requests} requests");
    for n in 0..requests {
        run(n).await;
    }
}
