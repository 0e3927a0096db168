//! The process is killed between any two operations and started again: the same end, nobody invited twice.
//!
//! Every operation is enumerated, not sampled: each one on the store, and each request to Microsoft, before and after
//! its effect.

use crate::world::World;
use access::ledger::Entry;
use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::TenantHandle;
use engine::How;
use http::{Request, Response};
use jiff::SignedDuration;
use outside::{Transport, TransportError};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::faulty::Faulty;
use store::journal;
use uuid::Uuid;

/// A joiner, a leaver, somebody who changed teams, and a group that is still to be made.
struct Story {
    world: World,
    contoso: TenantHandle,
    target: Uuid,
}

async fn story() -> Story {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    let people = world.people(8, &[source]);
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    let unit = contoso.add_unit("Partner people");
    world.package("second-line", &[source], &[target]).units = [access::ids::UnitId(unit)].into();
    world.sync().await;
    world.sync().await;
    world.partner.disable_user(people[0]);
    world.partner.remove_member(source, people[1]);
    world.person("joiner", &[source]);
    world.person("second", &[source]);
    world.pass(SignedDuration::from_mins(1)).await;
    Story { world, contoso, target }
}

impl Story {
    /// Runs healthy processes until nothing changes, and says what the world has come to.
    async fn finish(&self) -> (BTreeSet<String>, Vec<bool>, usize) {
        for _ in 0..4 {
            self.world.pass(SignedDuration::from_mins(6)).await;
            self.world.sync().await;
        }
        self.check_journal().await;
        let enabled = |name: &str| self.contoso.find_guest(name).is_some_and(|guest| self.contoso.is_enabled(guest));
        let invitations = self.world.sim.count(|request| request.path == "/invitations");
        let states = ["p0@northwind.example", "p1@northwind.example", "joiner@northwind.example"].map(enabled).to_vec();
        (self.contoso.member_mails(self.target), states, invitations)
    }

    /// The chain holds, and folding it gives the ledger that is stored.
    async fn check_journal(&self) {
        let store = self.world.engine().store().clone();
        let chain = self.contoso.id().to_string();
        let report = journal::verify(&store, &chain, None).await.expect("the store works");
        assert_eq!(report.problems, [], "the journal's chain is whole");
        let mut ledger = access::ledger::Ledger::default();
        let mut journal = journal::Journal::<Entry>::from_start(&store, &chain).expect("a chain");
        while let Some(block) = journal.next().await.expect("a block") {
            block.entries.iter().for_each(|entry| ledger.fold(entry));
        }
        let path = engine::membership::documents::body_path(access::ids::TenantId(self.contoso.id()));
        let body = store.read::<engine::membership::documents::Body>(&path).await.expect("the store works");
        assert_eq!(body.expect("a body").value.ledger, ledger, "the ledger is what the journal folds to");
    }
}

/// What an unharmed run comes to, and how many operations and requests it makes.
async fn reference() -> (BTreeSet<String>, Vec<bool>, usize, u64, u64) {
    let story = story().await;
    let faulty = Arc::new(Faulty::new(story.world.documents.clone()));
    let transport = Arc::new(Mortal::new(&story.world, u64::MAX, false));
    let engine = story.world.engine_on(faulty.clone(), transport.clone());
    engine.sync("contoso", How { fresh: true, enforce: false }).await.expect("it works");
    let (operations, requests) = (faulty.operations(), transport.sent.load(Ordering::SeqCst));
    let (members, enabled, invitations) = story.finish().await;
    assert_eq!((members.len(), enabled.clone(), invitations), (8, vec![false, true, true], 10));
    (members, enabled, invitations, operations, requests)
}

#[tokio::test(start_paused = true)]
async fn a_process_killed_between_any_two_store_operations_ends_the_same() {
    let (members, enabled, invitations, operations, _) = reference().await;
    println!("{operations} store operations");
    assert!(operations > 10);
    for n in 0..operations {
        let story = story().await;
        let faulty = Arc::new(Faulty::new(story.world.documents.clone()));
        faulty.kill_after(n);
        let engine = story.world.engine_on(faulty, Arc::new(story.world.sim.clone()));
        let _ = engine.sync("contoso", How { fresh: true, enforce: false }).await;
        assert_eq!(story.finish().await, (members.clone(), enabled.clone(), invitations), "killed after operation {n}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_killed_around_any_request_ends_the_same() {
    let (members, enabled, invitations, _, requests) = reference().await;
    println!("{requests} requests");
    assert!(requests > 5);
    for n in 0..requests {
        for after in [false, true] {
            let story = story().await;
            let transport = Arc::new(Mortal::new(&story.world, n, after));
            let engine = story.world.engine_on(story.world.documents.clone(), transport.clone());
            let run = engine.sync("contoso", How { fresh: true, enforce: false });
            // The process is gone the moment it would go on from its last request.
            tokio::select! {
                _ = run => {}
                () = transport.died() => {}
            }
            let at = if after { "after" } else { "before" };
            assert_eq!(
                story.finish().await,
                (members.clone(), enabled.clone(), invitations),
                "killed {at} the effect of request {n}"
            );
        }
    }
}

/// A transport that, at its n-th request, dies: with its effect or without.
pub(crate) struct Mortal {
    inner: cloud_sim::Sim,
    dies_at: u64,
    after: bool,
    sent: AtomicU64,
    died: tokio::sync::Notify,
}

impl Mortal {
    pub(crate) fn new(world: &World, dies_at: u64, after: bool) -> Self {
        Self { inner: world.sim.clone(), dies_at, after, sent: AtomicU64::new(0), died: tokio::sync::Notify::new() }
    }

    pub(crate) async fn died(&self) {
        self.died.notified().await;
    }
}

#[async_trait]
impl Transport for Mortal {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let number = self.sent.fetch_add(1, Ordering::SeqCst);
        if number < self.dies_at {
            return self.inner.send(request, timeout).await;
        }
        if number == self.dies_at && self.after {
            let _ = self.inner.send(request, timeout).await;
        }
        self.died.notify_one();
        std::future::pending().await
    }
}
