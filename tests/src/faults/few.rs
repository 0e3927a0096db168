//! Five customers of a hundred down: the others must not notice.

use crate::world::World;
use cloud_sim::{Fault, What, When};
use engine::{How, Outcome};
use outside::Clock;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const CUSTOMERS: usize = 100;

/// Every twentieth.
fn is_down(n: usize) -> bool {
    n % 20 == 7
}

/// One round over all customers at once: when each was done, and how it ended.
async fn round(what: Option<What>) -> BTreeMap<String, (Duration, Outcome)> {
    let mut world = World::with(1, |options| options.latency = Duration::from_millis(50));
    let source = world.partner.add_group("Engineers");
    world.people(2, &[source]);
    for n in 0..CUSTOMERS {
        let tenant = world.customer(&format!("customer{n:02}"));
        let target = tenant.add_group("Partner");
        world.package("second-line", &[source], &[target]);
        if let Some(what) = what.filter(|_| is_down(n)) {
            world.sim.fault(Fault::new("* /**", When::Every, what).in_tenant(tenant.id()));
        }
    }
    let engine = world.engine();
    let tick = engine.tick().await.expect("the store works");
    assert_eq!(tick.due.len(), CUSTOMERS);
    let start = world.clock.monotonic();
    let one = async |name: &String| {
        let outcome = engine.sync(name, How::default()).await.expect("the store works");
        (name.clone(), (world.clock.monotonic() - start, outcome))
    };
    futures::future::join_all(tick.due.iter().map(one)).await.into_iter().collect()
}

#[tokio::test(start_paused = true)]
async fn five_customers_that_are_down_keep_none_of_the_other_ninety_five_waiting_and_are_named() {
    let healthy = round(None).await;
    let slowest = healthy.values().map(|(time, _)| *time).max().expect("some");
    for what in [
        What::Status(503, "ServiceUnavailable"),
        What::Slow(Duration::from_secs(20)),
        What::Throttle { retry_after: Some(Duration::from_secs(120)) },
        What::ResetBefore,
    ] {
        let ended = round(Some(what)).await;
        let failed: BTreeSet<&str> = ended
            .iter()
            .filter(|(name, (_, outcome))| match outcome {
                Outcome::Failed { text, .. } => {
                    assert!(text.contains(name.as_str()), "{text}");
                    true
                }
                _ => false,
            })
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(failed, BTreeSet::from(["customer07", "customer27", "customer47", "customer67", "customer87"]));
        let others = ended.iter().filter(|(name, _)| !failed.contains(name.as_str()));
        let last = others.map(|(_, (time, _))| *time).max().expect("some");
        assert!(last <= slowest, "{what:?}: {last:?}, and {slowest:?} when all is well");
    }
}
