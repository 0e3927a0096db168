//! The reservations behind the rails over all customers, with many processes at once: they may hold too much, and never
//! too little.

use super::all_customers::{Many, name};
use crate::world::World;
use cloud_sim::{Actor, Change};
use engine::{Engine, How};
use jiff::SignedDuration;
use outside::{Clock, Random, SeededRandom};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::faulty::Faulty;
use store::latent::Latent;
use uuid::Uuid;

/// Processes of their own, on a store that answers each at its own pace.
fn processes(world: &World, count: u64, seed: u64) -> Vec<Engine> {
    let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
    let process = |number| {
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(seed * 1_000 + number));
        let pace = Duration::from_millis(100);
        let documents = Latent::jittered(world.documents.clone(), clock.clone(), pace, random);
        world.engine_on(Arc::new(documents), Arc::new(world.sim.clone()))
    };
    (0..count).map(process).collect()
}

/// All processes run their customer at the same time.
async fn all_at_once(engines: &[Engine]) {
    let how = How { fresh: true, enforce: false };
    let runs = engines.iter().enumerate().map(|(number, engine)| async move { engine.sync(&name(number), how).await });
    for outcome in futures::future::join_all(runs).await {
        let outcome = outcome.expect("the store works");
        assert!(matches!(outcome, engine::Outcome::Ran(_)), "{outcome:?}");
    }
}

/// Everybody whom the program took out of a group anywhere, by the partner's person.
fn removed(many: &Many) -> BTreeSet<(Uuid, Uuid)> {
    let of_app = |effect: &&cloud_sim::Effect| matches!(effect.by, Actor::App(_));
    let removals = many.world.sim.effects();
    let removals = removals.iter().filter(of_app).filter_map(|effect| match &effect.change {
        Change::MemberRemoved { member, .. } => Some((effect.tenant, *member)),
        _ => None,
    });
    removals.collect()
}

#[tokio::test(start_paused = true)]
async fn eight_processes_at_once_never_remove_more_people_than_the_hour_allows() {
    let mut through = 0;
    for seed in 1..=4 {
        // Sixteen people leave, two from each of eight customers.
        for (limit, all) in [(16, true), (15, false), (5, false)] {
            let mut many = Many::new(8).await;
            many.world.config.limits.removals_per_hour_all_max = limit;
            (0..8).for_each(|customer| many.leave(customer, 2));
            many.world.pass(SignedDuration::from_mins(1)).await;
            let engines = processes(&many.world, 8, seed);
            all_at_once(&engines).await;
            let first = removed(&many).len();
            assert!(first <= limit as usize, "seed {seed}: {first} of {limit}");
            assert!(!all || first == 16, "seed {seed}: the limit is not reached, and {first} of 16 went");
            // Again and again within the hour.
            for _ in 0..3 {
                many.world.pass(SignedDuration::from_mins(10)).await;
                all_at_once(&engines).await;
            }
            let within = removed(&many).len();
            assert!(within <= limit as usize, "seed {seed}: {within} of {limit} within the hour");
            through += usize::from(within + 1 >= limit as usize);
        }
    }
    assert!(through >= 10, "it holds too much now and then, and {through} of 12 came close to the limit");
}

#[tokio::test(start_paused = true)]
async fn a_new_person_enters_no_more_customers_than_allowed_however_many_processes_run() {
    for seed in 1..=4 {
        let mut many = Many::new(8).await;
        many.world.config.limits.new_person_customers_max = 4;
        let newcomer = many.world.person("newcomer", &[]);
        many.customers.iter().for_each(|(_, _, source, _)| many.world.partner.add_member(*source, newcomer));
        many.world.pass(SignedDuration::from_mins(1)).await;
        let engines = processes(&many.world, 8, seed);
        for _ in 0..4 {
            all_at_once(&engines).await;
            let entered = many.inside().iter().filter(|inside| **inside == 11).count();
            assert!(entered <= 4, "seed {seed}: {entered} customers");
            assert!(entered > 0, "seed {seed}: nobody lets anybody in");
            many.world.pass(SignedDuration::from_mins(10)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_killed_while_it_counted_leaves_its_people_counted() {
    // Every store operation of the run is tried as its last one.
    for last in 0.. {
        let mut many = Many::new(2).await;
        many.world.config.limits.removals_per_hour_all_max = 3;
        many.leave(0, 2);
        many.leave(1, 2);
        many.world.pass(SignedDuration::from_mins(1)).await;
        let faulty = Arc::new(Faulty::new(many.world.documents.clone()));
        faulty.kill_after(last);
        let engine = many.world.engine_on(faulty.clone(), Arc::new(many.world.sim.clone()));
        let how = How { fresh: true, enforce: false };
        let _ = engine.sync(&name(0), how).await;
        let lived = faulty.operations() <= last;
        // The dead process's lease ends; the other customer's run and the same customer's go on within the hour.
        for _ in 0..3 {
            many.world.pass(SignedDuration::from_mins(5)).await;
            super::all_customers::run(&many.world, 1).await;
            super::all_customers::run(&many.world, 0).await;
            assert!(removed(&many).len() <= 3, "killed after operation {last}");
        }
        // And nothing is stuck: when the hour is over the rest goes.
        many.world.pass(SignedDuration::from_mins(90)).await;
        super::all_customers::run(&many.world, 1).await;
        super::all_customers::run(&many.world, 0).await;
        assert_eq!(removed(&many).len(), 4, "killed after operation {last}");
        if lived {
            assert!(last > 10);
            break;
        }
    }
}
