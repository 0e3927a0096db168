//! Many customers: within what Microsoft allows, and at no cost where nothing is new.

use super::town::{Town, accounts};
use access::incidents::Kind;
use cloud_sim::{Quotas, SignIn};
use jiff::SignedDuration;
use std::time::Duration;
use uuid::Uuid;

/// A town with so many customers in all.
fn town(customers: usize) -> Town {
    let mut town = Town::with(|options| {
        options.quotas = Some(Quotas::published());
        options.latency = Duration::from_millis(50);
    });
    for number in 1..customers {
        town.world.customer(&format!("c{number}"));
        let ids = [1, 2].map(|account| Uuid::from_u128((number as u128) << 32 | account));
        town.customer().break_glass.accounts = accounts(ids);
    }
    town
}

/// Only the watch: what the other timers do for so many customers is told elsewhere.
async fn minute(town: &mut Town) -> Vec<String> {
    let engine = town.engine();
    let into = town.now().as_second().rem_euclid(60);
    town.world.pass(SignedDuration::from_secs(60 - into)).await;
    engine.watch_sign_ins().await.expect("the store works")
}

#[tokio::test(start_paused = true)]
async fn a_thousand_customers_are_watched_within_the_quotas_and_nothing_new_costs_three_operations_a_tick() {
    let mut town = town(1_000);
    for _ in 0..6 {
        minute(&mut town).await;
    }
    town.world.documents.reset();
    town.world.sim.reset_log();
    for _ in 0..20 {
        let started = town.now();
        let logs = minute(&mut town).await;
        assert_eq!(logs, Vec::<String>::new());
        let took = town.now().duration_since(started);
        assert!(took < SignedDuration::from_mins(2), "{took:#}");
    }
    let counts = town.world.documents.counts("");
    assert_eq!(counts.reads() + counts.writes(), 20 * 3, "{counts:?}");
    let requests = town.world.sim.requests();
    assert_eq!(requests.iter().filter(|one| one.status == 429).count(), 0);
    let sign_ins = requests.iter().filter(|one| one.path.contains("signIns")).count();
    let audits = requests.iter().filter(|one| one.path.contains("directoryAudits")).count();
    assert_eq!((sign_ins, audits), (4 * 1_000, 2_000), "one each fifth minute; each account's changes once");
    // And whoever is used is seen at the customer's next turn.
    let last = town.world.sim.tenants().pop().expect("a tenant");
    let account = town.customer().break_glass.accounts[0].clone();
    last.sign_in(SignIn {
        user: account.id.0,
        upn: account.upn,
        at: town.now(),
        error_code: 0,
        ip: "203.0.113.1".into(),
        app: "Azure Portal".into(),
        details: None,
    });
    for _ in 0..5 {
        minute(&mut town).await;
    }
    assert_eq!(town.incidents(Kind::SignIn).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_customer_costs_one_request_a_minute_also_while_a_known_sign_in_is_in_the_log() {
    let mut town = town(1);
    town.sign_in(0, 0);
    minute(&mut town).await;
    for _ in 0..10 {
        town.world.documents.reset();
        town.world.sim.reset_log();
        minute(&mut town).await;
        let counts = town.world.documents.counts("");
        assert_eq!(counts.reads() + counts.writes(), 3, "{counts:?}");
        assert_eq!(town.world.sim.count(|one| one.path.contains("signIns")), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn without_accounts_nothing_is_asked_and_nothing_is_read() {
    let mut town = Town::new();
    town.customer().break_glass.accounts.clear();
    town.world.documents.reset();
    minute(&mut town).await;
    let counts = town.world.documents.counts("");
    assert_eq!((counts.reads() + counts.writes(), town.world.sim.requests().len()), (0, 0));
}
