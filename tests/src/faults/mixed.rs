//! Two or three faults at once, anywhere in a life.
//!
//! The short version runs with every test; the long one by
//! `cargo test -p scenarios -- --ignored three_hundred_lives`.

use super::life::Life;
use cloud_sim::{Fault, What, When};
use outside::{Random, SeededRandom};
use std::time::Duration;

async fn check(seed: u64) {
    let dice = SeededRandom::new(seed);
    let roll = |sides: usize| (dice.fraction() * sides as f64) as usize;
    let mut life = Life::new(seed, |options| {
        if seed.is_multiple_of(2) {
            let clock = options.clock.clone();
            let history = options.history;
            *options = cloud_sim::SimOptions { history, ..cloud_sim::SimOptions::hostile(seed, clock) };
        }
    });
    let routes = ["GET /**", "* /groups/**", "* /users/**", "POST /**", "PATCH /**", "DELETE /**", "POST /$batch"];
    let tenants = [Some(life.world.partner.id()), Some(life.contoso.id()), None];
    let mut faults = Vec::new();
    for _ in 0..2 + roll(2) {
        let what = match roll(12) {
            0 => What::Throttle { retry_after: Some(Duration::from_secs(3)) },
            1 => What::StatusAfter(429, "UnknownError"),
            2 => What::Status(503, "ServiceUnavailable"),
            3 => What::StatusAfter(504, "GatewayTimeout"),
            4 => What::ResetBefore,
            5 => What::ResetAfter,
            6 => What::CutJson,
            7 => What::HtmlGateway,
            8 => What::ProxyPage { status: 200, done: true },
            9 => What::Unanswered,
            10 => What::Stale(Duration::from_secs(120)),
            _ => What::Slow(Duration::from_secs(20)),
        };
        let when = match roll(3) {
            0 => When::Probability(0.1),
            1 => When::Times(5),
            _ => When::For(Duration::from_secs(600)),
        };
        let fault = Fault::new(routes[roll(routes.len())], when, what).after(roll(300) as u32);
        faults.push(Fault { tenant: tenants[roll(3)], ..fault });
    }
    faults.iter().for_each(|fault| life.world.sim.fault(fault.clone()));
    life.live().await;
    let left = life.end().await;
    assert_eq!(left, Vec::<String>::new(), "seed {seed}: {faults:?}");
}

#[tokio::test(start_paused = true)]
async fn a_few_lives_with_mixed_faults_do_no_harm_and_get_over_it() {
    for seed in 1..=10 {
        check(seed).await;
    }
}

#[tokio::test(start_paused = true)]
#[ignore = "the long version: minutes of work, run by hand"]
async fn three_hundred_lives_with_mixed_faults() {
    for seed in 1..=300 {
        check(seed).await;
    }
}
