//! What Microsoft refuses is not sent again at every turn.

use crate::world::{World, one_customer};
use access::ledger::{Entry, Outcome as Wrote};
use cloud_sim::{Fault, What, When};
use engine::{How, Outcome};
use jiff::SignedDuration;
use store::journal::Journal;
use uuid::Uuid;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// How many writes Microsoft has refused, and how many blocks the customer's journal has.
async fn refused(world: &World, tenant: Uuid) -> (usize, u64) {
    let store = world.engine().store().clone();
    let mut journal = Journal::<Entry>::from_start(&store, &tenant.to_string()).expect("a chain");
    let (mut refused, mut blocks) = (0, 0);
    while let Some(block) = journal.next().await.expect("a block") {
        let is_refused = |entry: &&Entry| matches!(entry, Entry::Outcome { outcome: Wrote::Refused { .. }, .. });
        refused += block.entries.iter().filter(is_refused).count();
        blocks += 1;
    }
    (refused, blocks)
}

/// As the hosts do it: a tick, then a run of each customer that is due.
async fn turn(world: &World) {
    world.pass(MINUTE).await;
    let engine = world.engine();
    for name in engine.tick().await.expect("a tick").due {
        let outcome = engine.sync(&name, How::default()).await.expect("the store works");
        assert!(!matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_missing_is_asked_for_with_growing_pauses_until_somebody_has_mended_it() {
    let (world, contoso, source, target) = one_customer();
    let people = world.people(3, &[source]);
    world.sync().await;
    world.sync().await;
    for _ in 0..20 {
        turn(&world).await;
    }
    world.sim.fault(Fault::new("PATCH /users/*", When::Every, What::Status(403, "Authorization_RequestDenied")));
    world.partner.disable_user(people[0]);
    let (mut tries, mut known) = (Vec::new(), 0);
    for minute in 0..200_i64 {
        turn(&world).await;
        let (now, _) = refused(&world, contoso.id()).await;
        assert!(now <= known + 1, "once for each try");
        if now > known {
            tries.push(minute);
            known = now;
        }
        let health = world.engine().health(true).await;
        let red = health.red.expect("details were asked for");
        assert!(tries.is_empty() || red.iter().any(|one| one.code == "failed"), "minute {minute}: {red:?}");
    }
    assert_eq!(contoso.members(target).len(), 2, "what is not refused is done");
    let pauses: Vec<i64> = tries.windows(2).map(|two| two[1] - two[0]).collect();
    let grow = [5, 10, 20, 40, 60, 60].iter().zip(&pauses).all(|(pause, took)| (*pause..=pause + 1).contains(took));
    assert!(pauses.len() == 6 && grow, "{pauses:?}");
    let (_, blocks) = refused(&world, contoso.id()).await;
    // Whoever asks is told at once, whatever the pause.
    assert_eq!(world.sync().await.failures.len(), 1);
    assert!(refused(&world, contoso.id()).await.1 > blocks);
    let plan = world.plan().await;
    assert!(plan.problems.iter().any(|problem| problem.code == "step_refused"), "{:?}", plan.problems);
    world.sim.clear_faults();
    let run = world.sync().await;
    assert_eq!((run.applied, run.failures), (1, Vec::new()));
    let guest = contoso.find_guest("p0@northwind.example").expect("a guest");
    assert!(!contoso.is_enabled(guest));
    turn(&world).await;
    assert_eq!(world.engine().health(true).await.status, "ok");
}
