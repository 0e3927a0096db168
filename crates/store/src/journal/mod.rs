//! The journal: append-only chains of blocks, each holding the hash of the one before.
//!
//! A chain is the documents `journal/<chain>/<seq>`, `seq` counting from 000000000001. A block is created only where
//! there is none, so of two writers one wins and the other learns that it lost its lease. Changing, dropping or moving
//! a block breaks the chain; cutting its end shows against the [`Head`] that is kept and logged elsewhere.

use crate::documents::{check_path, sha256_hex};
use crate::{Error, Store, settle};
use bytes::Bytes;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

mod verify;
pub use verify::{Problem, Report, verify};

#[cfg(test)]
mod tests;

/// The largest block, in bytes. Whoever appends keeps a wave of writes below it (about 2,000 entries).
pub const BLOCK_BYTES_MAX: usize = 1024 * 1024;

/// The version of the blocks that this program writes, and the newest that it understands.
pub const BLOCK_V: u32 = 1;

/// The last block number that fits into twelve digits.
pub const SEQ_MAX: u64 = 999_999_999_999;

/// The end of a chain: what the next block is appended to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of the last block; 0 when there is none.
    pub seq: u64,
    /// The SHA-256 of the last block's bytes, in hex; of the chain's name when there is none.
    pub hash: String,
}

/// One block of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block<E> {
    /// The version of the format, [`BLOCK_V`].
    pub v: u32,
    /// Its number in the chain, from 1.
    pub seq: u64,
    /// The hash of the block before, as in [`Head::hash`].
    pub prev: String,
    /// The epoch of the lease under which it was written.
    pub epoch: u64,
    /// When it was written, by the writer's wall clock.
    pub at: Timestamp,
    /// What happened.
    pub entries: Vec<E>,
}

/// One chain, from some known head on. Open one for reading and appending under the chain's lease.
#[derive(Clone)]
pub struct Journal<E> {
    store: Store,
    chain: String,
    head: Head,
    /// The highest epoch of the blocks that were read or appended here.
    epoch: u64,
    entries: PhantomData<fn() -> E>,
}

impl Head {
    /// The head of a chain without blocks.
    pub fn genesis(chain: &str) -> Self {
        Self { seq: 0, hash: sha256_hex(chain.as_bytes()) }
    }
}

impl<E: Serialize + DeserializeOwned> Journal<E> {
    /// The chain, known up to `head`. Nothing is read yet; call [`Journal::tail`] before the first append.
    /// [`Error::Invalid`] when the name cannot be a part of a path.
    pub fn open(store: &Store, chain: &str, head: Head) -> Result<Self, Error> {
        check_chain(chain)?;
        Ok(Self { store: store.clone(), chain: chain.into(), head, epoch: 0, entries: PhantomData })
    }

    /// The chain from its first block on.
    pub fn from_start(store: &Store, chain: &str) -> Result<Self, Error> {
        Self::open(store, chain, Head::genesis(chain))
    }

    /// The last block that was read or appended.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The block after the head, which becomes the head; `None` at the end. [`Error::Invalid`] when the block does
    /// not belong there.
    pub async fn next(&mut self) -> Result<Option<Block<E>>, Error> {
        if self.head.seq >= SEQ_MAX {
            return Ok(None);
        }
        let seq = self.head.seq + 1;
        let path = block_path(&self.chain, seq);
        let Some(stored) = self.store.documents().get(&path).await? else { return Ok(None) };
        let block: Block<E> = self.store.noting(decode(&path, &stored.bytes))?;
        if block.seq != seq || block.prev != self.head.hash {
            let text = format!("{path} does not follow block {}: run `gatehouse journal verify`", self.head.seq);
            return Err(Error::Invalid(text));
        }
        self.head = Head { seq, hash: sha256_hex(&stored.bytes) };
        self.epoch = self.epoch.max(block.epoch);
        Ok(Some(block))
    }

    /// All blocks after the head; the last becomes the head. Costs one read for each, and one more.
    pub async fn tail(&mut self) -> Result<Vec<Block<E>>, Error> {
        let mut blocks = Vec::new();
        while let Some(block) = self.next().await? {
            blocks.push(block);
        }
        Ok(blocks)
    }

    /// Appends one block, which becomes the head. [`Error::Conflict`]: somebody else appended, or a block that was read
    /// here has a higher epoch, so our lease is lost.
    /// [`Error::Unclear`]: the block may be there; open the journal again and read its tail. [`Error::Invalid`]: the
    /// block is larger than [`BLOCK_BYTES_MAX`].
    pub async fn append(&mut self, epoch: u64, at: Timestamp, entries: Vec<E>) -> Result<Head, Error> {
        let seq = self.head.seq + 1;
        if seq > SEQ_MAX {
            return Err(Error::Invalid(format!("the journal of {} has no block numbers left", self.chain)));
        }
        if epoch < self.epoch {
            return Err(Error::Conflict);
        }
        let path = block_path(&self.chain, seq);
        let block = Block { v: BLOCK_V, seq, prev: self.head.hash.clone(), epoch, at, entries };
        let bytes = serde_json::to_vec(&block)
            .map_err(|error| Error::Invalid(format!("{path} cannot be written as JSON: {error}")))?;
        if bytes.len() > BLOCK_BYTES_MAX {
            let text = format!("{path} would have {} bytes; a block has at most {BLOCK_BYTES_MAX}", bytes.len());
            return Err(Error::Invalid(text));
        }
        let hash = sha256_hex(&bytes);
        // The epoch makes the bytes ours: no two holders of the chain's lease have the same.
        settle::write(self.store.documents(), &path, Bytes::from(bytes), None).await?;
        self.head = Head { seq, hash };
        self.epoch = epoch;
        Ok(self.head.clone())
    }
}

fn check_chain(chain: &str) -> Result<(), Error> {
    if chain.contains('/') {
        return Err(Error::Invalid(format!("{chain:?} cannot be the name of a journal: it has a slash")));
    }
    check_path(chain)
}

fn block_path(chain: &str, seq: u64) -> String {
    format!("journal/{chain}/{seq:012}")
}

fn decode<E: DeserializeOwned>(path: &str, bytes: &[u8]) -> Result<Block<E>, Error> {
    /// Enough of a block to see whether a newer program wrote it.
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }

    let v = serde_json::from_slice::<Version>(bytes).map_or(0, |version| version.v);
    if v > BLOCK_V {
        return Err(Error::Newer { path: path.into(), v });
    }
    serde_json::from_slice(bytes).map_err(|error| Error::Invalid(format!("{path} cannot be understood: {error}")))
}
