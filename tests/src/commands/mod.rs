//! What a named person tells us to do: shown first, done only as confirmed, the same after a crash in the middle.

mod adopt;
mod crashes;
mod forget;
mod offboard;
mod rebuild;
mod report;
mod undo;
mod unveto;

use crate::world::World;
use access::ids::TenantId;
use access::ledger::{Entry, Ledger};
use engine::Error;
use engine::membership::commands::{Go, Proposal, Told};
use std::collections::BTreeMap;
use store::journal::{Journal, verify};
use uuid::Uuid;

/// Done, if so many people are concerned.
fn confirmed(people: u32) -> Go {
    Go::Do(Told { people: Some(people), ..told() })
}

/// Done, however many they are.
fn yes() -> Go {
    Go::Do(told())
}

fn told() -> Told {
    Told { by: "lead@northwind.example".into(), reason: "agreed on the phone".into(), people: None }
}

/// Everything that is stored about customers.
async fn stored(world: &World) -> BTreeMap<String, Vec<u8>> {
    let store = world.engine().store().clone();
    let mut all = BTreeMap::new();
    for folder in ["customers/", "journal/", "lease/", "open/"] {
        for path in store.list(folder).await.expect("the store works") {
            let stored = store.documents().get(&path).await.expect("the store works").expect("it was listed");
            all.insert(path, stored.bytes.to_vec());
        }
    }
    all
}

/// Runs something that must leave no trace: neither with Microsoft nor in the store.
async fn without_a_trace<T>(world: &World, what: impl Future<Output = T>) -> T {
    let before = (world.sim.effects().len(), stored(world).await);
    let answer = what.await;
    assert_eq!(world.sim.effects().len(), before.0, "something was written to Microsoft");
    assert!(stored(world).await == before.1, "something was stored");
    answer
}

/// The ledger that the journal folds to; the chain must be whole.
async fn ledger(world: &World, tenant: Uuid) -> Ledger {
    let store = world.engine().store().clone();
    let chain = tenant.to_string();
    assert_eq!(verify(&store, &chain, None).await.expect("the store works").problems, []);
    let mut ledger = Ledger::default();
    let mut journal = Journal::<Entry>::from_start(&store, &chain).expect("a chain");
    while let Some(block) = journal.next().await.expect("a block") {
        block.entries.iter().for_each(|entry| ledger.fold(entry));
    }
    ledger
}

/// What a proposal comes to, a line each, for snapshots.
fn lines(proposal: &Proposal) -> String {
    let mut text = format!("{} people\n", proposal.people);
    for step in &proposal.steps {
        text.push_str(&format!("{} {}\n", step.action, step.mail.as_deref().unwrap_or("-")));
    }
    for held in &proposal.held {
        text.push_str(&format!("held by {}: {} steps\n", held.rail, held.steps));
    }
    proposal.left.iter().for_each(|left| text.push_str(&format!("left: {}\n", left.why)));
    proposal.notes.iter().for_each(|note| text.push_str(&format!("note: {note}\n")));
    if let Some(done) = &proposal.done {
        text.push_str(&format!("done {} waiting {} failed {:?}\n", done.applied, done.waiting, done.failures));
    }
    text
}

fn body_of(tenant: Uuid) -> String {
    engine::membership::documents::body_path(TenantId(tenant))
}

fn head_of(tenant: Uuid) -> String {
    engine::membership::documents::head_path(TenantId(tenant))
}

/// Nothing happened because the world is not as the person believed.
fn is_refused(answer: Result<Proposal, Error>) -> String {
    match answer {
        Err(error @ (Error::PlanChanged(_) | Error::BadInput(_))) => error.to_string(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}
