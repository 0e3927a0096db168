//! A store that fails where a test wants it to.

use crate::{Documents, Error, Stored, Tag};
use async_trait::async_trait;
use bytes::Bytes;
use outside::{Random, SeededRandom};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing happens, and that is known: [`Error::Unavailable`].
    Before,
    /// Nothing happens, but nobody can know: [`Error::Unclear`] for a write, [`Error::Unavailable`] for a read.
    Lost,
    /// It happens, and the answer is lost: [`Error::Unclear`] for a write, [`Error::Unavailable`] for a read.
    After,
}

/// A store whose operations, counted from 1, fail as planned.
#[derive(Debug)]
pub struct Faulty<D> {
    inner: D,
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    operations: u64,
    faults: BTreeMap<u64, Fault>,
    killed_after: Option<u64>,
    chance: Option<(f64, SeededRandom)>,
}

impl<D: Documents> Faulty<D> {
    /// A store without faults so far.
    pub fn new(inner: D) -> Self {
        Self { inner, plan: Mutex::default() }
    }

    /// A store in which each operation fails with this chance (0 to 1), one third in each way; the same seed gives the
    /// same faults.
    pub fn seeded(inner: D, seed: u64, chance: f64) -> Self {
        let faulty = Self::new(inner);
        faulty.plan().chance = Some((chance, SeededRandom::new(seed)));
        faulty
    }

    /// Makes operation number `n` fail.
    pub fn fault(&self, n: u64, fault: Fault) {
        self.plan().faults.insert(n, fault);
    }

    /// Makes every operation after number `n` fail with no effect, as if the process had been killed between the two.
    pub fn kill_after(&self, n: u64) {
        self.plan().killed_after = Some(n);
    }

    /// Ends all faults, those of chance too. The count goes on.
    pub fn heal(&self) {
        let mut plan = self.plan();
        *plan = Plan { operations: plan.operations, ..Plan::default() };
    }

    /// How many operations there were.
    pub fn operations(&self) -> u64 {
        self.plan().operations
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().expect("no holder panics")
    }

    async fn run<T>(
        &self,
        name: &str,
        lost: fn(String) -> Error,
        operation: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let (n, fault) = self.plan().next();
        let text = format!("{name}, operation {n}, fails as planned");
        match fault {
            None => operation.await,
            Some(Fault::Before) => Err(Error::Unavailable(text)),
            Some(Fault::Lost) => Err(lost(text)),
            Some(Fault::After) => {
                // Whatever the answer is, nobody hears of it.
                let _ = operation.await;
                Err(lost(text))
            }
        }
    }
}

impl Plan {
    fn next(&mut self) -> (u64, Option<Fault>) {
        self.operations += 1;
        let n = self.operations;
        if self.killed_after.is_some_and(|last| n > last) {
            return (n, Some(Fault::Before));
        }
        let by_chance = self.chance.as_ref().and_then(|(chance, random)| {
            let (draw, way) = (random.fraction(), (random.fraction() * 3.0) as usize);
            (draw < *chance).then_some([Fault::Before, Fault::Lost, Fault::After][way])
        });
        (n, self.faults.get(&n).copied().or(by_chance))
    }
}

#[async_trait]
impl<D: Documents> Documents for Faulty<D> {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        self.run("get", Error::Unavailable, self.inner.get(path)).await
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        self.run("create", Error::Unclear, self.inner.create(path, bytes)).await
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        self.run("replace", Error::Unclear, self.inner.replace(path, bytes, tag)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        self.run("list", Error::Unavailable, self.inner.list(prefix)).await
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        self.run("delete", Error::Unclear, self.inner.delete(path)).await
    }
}
