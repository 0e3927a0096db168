//! A store that tells how long it takes and how it ends. Where nobody listens, it is only looked through.

use async_trait::async_trait;
use bytes::Bytes;
use outside::Clock;
use std::sync::Arc;
use store::{Documents, Error, Stored, Tag};
use tracing::Level;

/// The documents, measured.
pub(crate) fn measured(documents: Arc<dyn Documents>, clock: Arc<dyn Clock>) -> Arc<dyn Documents> {
    Arc::new(Measured { documents, clock })
}

struct Measured {
    documents: Arc<dyn Documents>,
    clock: Arc<dyn Clock>,
}

impl Measured {
    async fn time<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        if !tracing::enabled!(target: "metric", Level::TRACE) {
            return work.await;
        }
        let start = self.clock.monotonic();
        let ended = work.await;
        let outcome = match &ended {
            Ok(_) => "ok",
            Err(Error::Conflict) => "conflict",
            Err(Error::Unclear(_)) => "unclear",
            Err(Error::Unavailable(_)) => "unavailable",
            Err(Error::Invalid(_)) => "invalid",
            Err(Error::Newer { .. }) => "newer",
        };
        let seconds = (self.clock.monotonic() - start).as_secs_f64();
        tracing::event!(target: "metric", Level::TRACE, histogram.gatehouse.store.duration = seconds, operation, outcome);
        ended
    }
}

#[async_trait]
impl Documents for Measured {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        self.time("get", self.documents.get(path)).await
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        self.time("create", self.documents.create(path, bytes)).await
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        self.time("replace", self.documents.replace(path, bytes, tag)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        self.time("list", self.documents.list(prefix)).await
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        self.time("delete", self.documents.delete(path)).await
    }
}
