//! A store that fails at each of its operations, while Microsoft fails too.

use crate::checkers::Checkers;
use crate::world::World;
use cloud_sim::{Fault as CloudFault, What, When};
use engine::How;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::faulty::{Fault, Faulty};

/// A run with a joiner, a leaver and somebody who changed teams; the store fails at operation `n`. Says how many
/// operations there were.
async fn run(n: u64, fault: Fault) -> u64 {
    let mut world = World::with(n + 1, |_| {});
    let source = world.partner.add_group("Engineers");
    let people = world.people(5, &[source]);
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    world.package("second-line", &[source], &[target]).limits.removals_percent_max = 100;
    let checkers = Checkers::new(&world, SignedDuration::ZERO);
    let documents = Arc::new(Faulty::new(world.documents.clone()));
    let engine = world.engine_on(documents.clone(), checkers.transport());
    // A failing store is an error of the tick or of the run, which the next one answers.
    let turn = async || {
        world.pass(SignedDuration::from_mins(5)).await;
        let _ = engine.tick().await;
        let _ = engine.sync("contoso", How::default()).await;
        checkers.look();
    };
    for _ in 0..2 {
        turn().await;
    }
    world.partner.disable_user(people[0]);
    world.partner.remove_member(source, people[1]);
    world.person("joiner", &[source]);
    checkers.look();
    let before = documents.operations();
    documents.fault(before + n, fault);
    let whats =
        [What::Status(503, "ServiceUnavailable"), What::ResetAfter, What::CutJson, What::StatusAfter(504, "Gone")];
    for (route, what) in ["POST /**", "DELETE /**", "GET /**", "POST /$batch"].into_iter().zip(whats) {
        world.sim.fault(CloudFault::new(route, When::Probability(0.15), what));
    }
    turn().await;
    let operations = documents.operations() - before;
    turn().await;
    world.sim.clear_faults();
    for _ in 0..5 {
        turn().await;
    }
    let mut left = checkers.not_converged(&world, &BTreeSet::new()).await;
    left.extend(checkers.wrong());
    left.extend(checkers.wrong_books(&world).await);
    assert_eq!(left, Vec::<String>::new(), "operation {n}, {fault:?}");
    operations
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_at_any_operation_while_microsoft_fails_too_loses_nothing() {
    let operations = run(1_000_000, Fault::Before).await;
    assert!(operations > 10, "{operations} operations");
    for n in 1..=operations {
        run(n, [Fault::Before, Fault::Lost, Fault::After][n as usize % 3]).await;
    }
}
