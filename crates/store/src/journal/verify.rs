//! Reading a whole chain and saying what is wrong with it.

use super::{Block, Head, block_path, check_chain, decode};
use crate::documents::sha256_hex;
use crate::{Error, Store};
use serde_json::Value;

/// What became of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many blocks there are.
    pub blocks: u64,
    /// How many entries they hold, as far as they can be read.
    pub entries: u64,
    /// The end of the chain as it is now.
    pub head: Head,
    /// What is wrong, in the order of the blocks. Empty: every block is as it was written, in its place, and (given a
    /// known head) none is missing.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The block at which it shows.
    pub seq: u64,
    /// What is wrong, for a person.
    pub text: String,
}

/// Reads the whole chain. Without a `known_head` a cut end, and a change of the last block, cannot be seen.
pub async fn verify(store: &Store, chain: &str, known_head: Option<Head>) -> Result<Report, Error> {
    check_chain(chain)?;
    let mut report = Report { blocks: 0, entries: 0, head: Head::genesis(chain), problems: Vec::new() };
    let mut epoch = 0;
    for path in store.list(&format!("journal/{chain}")).await? {
        let next = report.head.seq + 1;
        let name = path.rsplit('/').next().unwrap_or_default();
        let Some(seq) = name.parse().ok().filter(|seq| *seq >= next && block_path(chain, *seq) == path) else {
            report.problem(next, format!("{path} is not a block"));
            continue;
        };
        let missing = seq > next;
        if missing {
            report.problem(next, gap(next, seq - 1));
        }
        // Listed a moment ago, so somebody is deleting blocks now.
        let Some(stored) = store.documents().get(&path).await? else {
            report.problem(seq, gap(seq, seq));
            continue;
        };
        report.blocks += 1;
        let before = std::mem::replace(&mut report.head, Head { seq, hash: sha256_hex(&stored.bytes) });
        if known_head.as_ref().is_some_and(|known| known.seq == seq && known.hash != report.head.hash) {
            report.problem(seq, format!("block {seq} is not the one that was recorded as the head"));
        }
        let block: Block<Value> = match decode(&path, &stored.bytes) {
            Ok(block) => block,
            Err(error) => {
                report.problem(seq, error.to_string());
                continue;
            }
        };
        report.entries += block.entries.len() as u64;
        if block.seq != seq {
            report.problem(seq, format!("block {seq} says that it is block {}", block.seq));
        }
        if !missing && block.prev != before.hash {
            report.problem(
                seq,
                match before.seq {
                    0 => format!("block {seq} was written for another journal"),
                    before => format!("block {seq} does not follow block {before}: one of the two was changed"),
                },
            );
        }
        if block.epoch < epoch {
            report.problem(
                seq,
                format!("epoch {} comes after epoch {epoch}: its writer had lost the lease", block.epoch),
            );
        }
        epoch = epoch.max(block.epoch);
    }
    if let Some(known) = known_head.filter(|known| known.seq > report.head.seq) {
        report.problem(known.seq, format!("the end is cut off: {}", gap(report.head.seq + 1, known.seq)));
    }
    Ok(report)
}

impl Report {
    fn problem(&mut self, seq: u64, text: String) {
        self.problems.push(Problem { seq, text });
    }
}

fn gap(first: u64, last: u64) -> String {
    if first == last { format!("block {first} is missing") } else { format!("blocks {first} to {last} are missing") }
}
