//! What rebuilding a ledger from its journal found.

use super::words::{count, wrap};
use engine::membership::commands::Rebuilt;

/// One customer's ledger.
pub fn rebuilt(rebuilt: &Rebuilt) -> String {
    let customer = &rebuilt.customer;
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let blocks = count(number(rebuilt.blocks), "block", "blocks");
    let entries = count(number(rebuilt.entries), "entry", "entries");
    let found = match rebuilt.differences.len() {
        0 => "the stored state is what the journal says".into(),
        several => count(several, "difference", "differences"),
    };
    let mut text = format!("{customer}: {blocks}, {entries}; {found}\n");
    for line in &rebuilt.differences {
        text.push_str(&wrap("  ~ ", line));
    }
    if rebuilt.written {
        text.push_str("  stored as the journal says; the next run reads everything again\n");
    } else if !rebuilt.differences.is_empty() {
        text.push_str("  nothing was changed; to store what the journal says: --by WHO --reason TEXT --yes\n");
    }
    text
}
