//! The demo's duty engineer: a channel that keeps what it is told, so that the story can show it.

use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::Sim;
use http::{Request, Response, StatusCode};
use outside::{Transport, TransportError};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where the channel's address ends.
const PATH: &str = "/telephone";

/// The way to the simulated cloud, and to the duty engineer beside it.
#[derive(Clone)]
pub(crate) struct Duty {
    sim: Sim,
    heard: Arc<Mutex<Vec<Value>>>,
}

impl Duty {
    pub(super) fn beside(sim: Sim) -> Self {
        Self { sim, heard: Arc::default() }
    }

    /// What came since this was last asked.
    pub(crate) fn heard(&self) -> Vec<Value> {
        std::mem::take(&mut self.heard.lock().expect("nobody panics while holding it"))
    }
}

#[async_trait]
impl Transport for Duty {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        if request.uri().path() != PATH {
            return self.sim.send(request, timeout).await;
        }
        let told = serde_json::from_slice(request.body()).unwrap_or_default();
        self.heard.lock().expect("nobody panics while holding it").push(told);
        let mut answer = Response::new(Bytes::new());
        *answer.status_mut() = StatusCode::NO_CONTENT;
        Ok(answer)
    }
}
