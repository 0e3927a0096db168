//! Gates at the doors of one process: every operation on the store and every request passes one on its way out, and one
//! more when its effect is there and the process has not heard of it yet.

use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::Sim;
use http::{Request, Response};
use outside::{Transport, TransportError};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;
use store::{Documents, Error, Stored, Tag};

/// Who stands at the gates, and lets nobody through before its time.
#[async_trait]
pub(crate) trait Gate: Send + Sync {
    /// Before the operation has any effect; gives it a number. `name` is what it does, such as `get lease/…`.
    async fn before(&self, name: &str) -> u64;

    /// After its effect, before the process hears of it.
    async fn after(&self, number: u64, answer: &(dyn Debug + Sync));
}

/// A store behind gates.
pub(crate) struct Gated<G> {
    inner: Arc<dyn Documents>,
    gate: Arc<G>,
}

impl<G: Gate> Gated<G> {
    pub(crate) fn new(inner: Arc<dyn Documents>, gate: Arc<G>) -> Self {
        Self { inner, gate }
    }

    async fn pass<T: Debug + Sync + Send>(
        &self,
        verb: &str,
        path: &str,
        operation: impl Future<Output = T> + Send,
    ) -> T {
        let number = self.gate.before(&format!("{verb} {path}")).await;
        let answer = operation.await;
        self.gate.after(number, &answer).await;
        answer
    }
}

#[async_trait]
impl<G: Gate> Documents for Gated<G> {
    async fn get(&self, path: &str) -> Result<Option<Stored>, Error> {
        self.pass("get", path, self.inner.get(path)).await
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, Error> {
        self.pass("create", path, self.inner.create(path, bytes)).await
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, Error> {
        self.pass("replace", path, self.inner.replace(path, bytes, tag)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        self.pass("list", prefix, self.inner.list(prefix)).await
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        self.pass("delete", path, self.inner.delete(path)).await
    }
}

/// The way to Microsoft behind gates.
pub(crate) struct Wire<G> {
    sim: Sim,
    gate: Arc<G>,
}

impl<G: Gate> Wire<G> {
    pub(crate) fn new(sim: Sim, gate: Arc<G>) -> Self {
        Self { sim, gate }
    }
}

#[async_trait]
impl<G: Gate> Transport for Wire<G> {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let name = format!("{} {}", request.method(), request.uri().path());
        let number = self.gate.before(&name).await;
        let answer = self.sim.send(request, timeout).await;
        self.gate.after(number, &answer).await;
        answer
    }
}
