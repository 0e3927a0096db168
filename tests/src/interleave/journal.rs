//! What the journal says when all have ended.

use crate::world::World;
use access::ledger::{Entry, Ledger};
use cloud_sim::TenantHandle;
use store::journal::{self, Journal};

/// The ledger that a customer's journal folds to, and its entries. The chain holds.
pub(super) async fn read_journal(world: &World, customer: &TenantHandle) -> (Ledger, Vec<Entry>) {
    let store = world.engine().store().clone();
    let chain = customer.id().to_string();
    let report = journal::verify(&store, &chain, None).await.expect("the store works");
    assert_eq!(report.problems, [], "the journal's chain is whole");
    let (mut ledger, mut entries) = (Ledger::default(), Vec::new());
    let mut journal = Journal::<Entry>::from_start(&store, &chain).expect("a chain");
    while let Some(block) = journal.next().await.expect("a block") {
        block.entries.iter().for_each(|entry| ledger.fold(entry));
        entries.extend(block.entries);
    }
    (ledger, entries)
}
