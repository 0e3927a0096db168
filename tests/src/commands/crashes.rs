//! A command is killed between any two operations and given again: the same end as if it had not been.

use super::{ledger, offboard, undo, yes};
use crate::crash::fate::{Death, Fate};
use crate::gate::Wire;
use crate::world::{World, one_customer};
use access::config::Mode;
use access::plan::Adopt;
use cloud_sim::TenantHandle;
use engine::Engine;
use jiff::SignedDuration;
use std::sync::Arc;
use store::faulty::Faulty;
use uuid::Uuid;

/// A command in its world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Adopt,
    Undo,
    Offboard,
    Unveto,
    ForgetPackage,
    ForgetCustomer,
    Rebuild,
}

const CASES: [Case; 7] =
    [Case::Adopt, Case::Undo, Case::Offboard, Case::Unveto, Case::ForgetPackage, Case::ForgetCustomer, Case::Rebuild];

/// A world that is ready for the command.
struct Ready {
    world: World,
    contoso: TenantHandle,
    target: Uuid,
    run: u64,
}

impl Case {
    async fn ready(self) -> Ready {
        let (mut world, contoso, target, run) = match self {
            Self::Undo => undo::after_a_run().await,
            Self::Offboard => {
                let (world, contoso, target) = offboard::settled().await;
                (world, contoso, target, 0)
            }
            _ => {
                let (world, contoso, source, target) = one_customer();
                world.people(4, &[source]);
                world.sync().await;
                world.sync().await;
                (world, contoso, target, 0)
            }
        };
        match self {
            Self::Adopt => {
                let source = world.partner.groups().into_iter().next().expect("a source group");
                world.person("there", &[source]);
                contoso.add_member(target, contoso.add_guest("there@northwind.example"));
                world.sync().await;
            }
            Self::Undo => world.config.customers[0].mode = Mode::Paused,
            Self::Offboard => world.config.customers[0].mode = Mode::Offboard,
            Self::Unveto => {
                contoso.remove_member(target, contoso.find_guest("p0@northwind.example").expect("invited"));
                world.pass(SignedDuration::from_mins(11)).await;
                world.sync().await;
            }
            Self::ForgetPackage => world.config.customers[0].packages.clear(),
            Self::ForgetCustomer => drop(world.config.customers.remove(0)),
            Self::Rebuild => {
                let path = super::body_of(contoso.id());
                world.engine().store().delete(&path).await.expect("deleted");
            }
        }
        world.pass(SignedDuration::from_mins(1)).await;
        Ready { world, contoso, target, run }
    }

    /// Gives the command; whether it was taken is the caller's business.
    async fn give(self, engine: &Engine, ready: &Ready) -> Result<(), engine::Error> {
        match self {
            Self::Adopt => engine.adopt("contoso", &Adopt::default(), &yes()).await.map(drop),
            Self::Undo => engine.undo("contoso", ready.run, false, None, &yes()).await.map(drop),
            Self::Offboard => engine.offboard("contoso", &yes()).await.map(drop),
            Self::Unveto => engine.unveto("contoso", "p0@northwind.example", None, &yes()).await.map(drop),
            Self::ForgetPackage => engine.forget_package("contoso", "second-line", &yes()).await.map(drop),
            Self::ForgetCustomer => engine.forget_customer("contoso", &yes()).await.map(drop),
            Self::Rebuild => engine.rebuild("contoso", &yes()).await.map(drop),
        }
    }

    /// Gives it again, and lets the timer's runs go on.
    async fn finish(self, ready: &mut Ready) -> (Vec<String>, Vec<bool>, usize, usize) {
        ready.world.pass(SignedDuration::from_mins(1)).await;
        match self.give(&ready.world.engine(), ready).await {
            // The first time was enough.
            Ok(()) | Err(engine::Error::BadInput(_)) => {}
            Err(error) => panic!("{self:?}: {error}"),
        }
        if let Some(customer) = ready.world.config.customers.first_mut() {
            if customer.mode == Mode::Paused {
                // Looked at, and left as the command left it.
                customer.mode = Mode::Observe;
            }
            for _ in 0..3 {
                ready.world.pass(SignedDuration::from_mins(11)).await;
                ready.world.sync().await;
            }
        }
        let world = &ready.world;
        let rows = ledger(world, ready.contoso.id()).await.rows.values().map(|rows| rows.len()).sum();
        let enabled = (0..4)
            .map(|n| ready.contoso.find_guest(&format!("p{n}@northwind.example")))
            .map(|guest| guest.is_some_and(|guest| ready.contoso.is_enabled(guest)));
        let invited = world.sim.count(|request| request.path == "/invitations");
        (world.mails(&ready.contoso, ready.target), enabled.collect(), rows, invited)
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_killed_between_any_two_store_operations_ends_the_same() {
    for case in CASES {
        let mut ready = case.ready().await;
        let faulty = Arc::new(Faulty::new(ready.world.documents.clone()));
        let engine = ready.world.engine_on(faulty.clone(), Arc::new(ready.world.sim.clone()));
        case.give(&engine, &ready).await.expect("it works");
        let operations = faulty.operations();
        let end = case.finish(&mut ready).await;
        println!("{case:?}: {operations} store operations");
        assert!(operations > 5);
        for n in 0..operations {
            let mut ready = case.ready().await;
            let faulty = Arc::new(Faulty::new(ready.world.documents.clone()));
            faulty.kill_after(n);
            let engine = ready.world.engine_on(faulty, Arc::new(ready.world.sim.clone()));
            let _ = case.give(&engine, &ready).await;
            assert_eq!(case.finish(&mut ready).await, end, "{case:?} killed after operation {n}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_killed_around_any_request_ends_the_same() {
    for case in [Case::Undo, Case::Offboard] {
        let mut ready = case.ready().await;
        let before = ready.world.sim.requests().len();
        case.give(&ready.world.engine(), &ready).await.expect("it works");
        let requests = (ready.world.sim.requests().len() - before) as u64;
        let end = case.finish(&mut ready).await;
        println!("{case:?}: up to {requests} requests");
        for n in 0..requests {
            for after in [false, true] {
                let mut ready = case.ready().await;
                let fate = Arc::new(Fate::new(&[Death { at: n, after }]));
                fate.begin();
                let wire = Wire::new(ready.world.sim.clone(), fate.clone());
                let engine = ready.world.engine_on(ready.world.documents.clone(), Arc::new(wire));
                tokio::select! {
                    _ = case.give(&engine, &ready) => {}
                    () = fate.died() => {}
                }
                assert_eq!(case.finish(&mut ready).await, end, "{case:?} killed around request {n} ({after})");
            }
        }
    }
}
