//! A store that takes its time, as one across a network does.

use crate::{Documents, Error, Stored, Tag};
use async_trait::async_trait;
use bytes::Bytes;
use outside::{Clock, Random};
use std::sync::Arc;
use std::time::Duration;

/// A store whose operations take a while; each takes effect at the middle of it.
pub struct Latent<D> {
    inner: D,
    clock: Arc<dyn Clock>,
    delay: Duration,
    random: Option<Arc<dyn Random>>,
}

impl<D: Documents> Latent<D> {
    /// Every operation takes `delay`.
    pub fn new(inner: D, clock: Arc<dyn Clock>, delay: Duration) -> Self {
        Self { inner, clock, delay, random: None }
    }

    /// Each operation takes between nothing and `delay_max`. From one seed to another, tasks that use the store at
    /// the same time meet in another order.
    pub fn jittered(inner: D, clock: Arc<dyn Clock>, delay_max: Duration, random: Arc<dyn Random>) -> Self {
        Self { inner, clock, delay: delay_max, random: Some(random) }
    }

    async fn run<T>(&self, operation: impl Future<Output = T>) -> T {
        let half = self.delay.mul_f64(self.random.as_ref().map_or(1.0, |random| random.fraction())) / 2;
        self.clock.sleep(half).await;
        let answer = operation.await;
        self.clock.sleep(half).await;
        answer
    }
}

#[async_trait]
impl<D: Documents> Documents for Latent<D> {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        self.run(self.inner.get(path)).await
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        self.run(self.inner.create(path, bytes)).await
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        self.run(self.inner.replace(path, bytes, tag)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        self.run(self.inner.list(prefix)).await
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        self.run(self.inner.delete(path)).await
    }
}
