//! Where the simulated cloud reaches the program: the public functions behind one address.

use crate::world::World;
use async_trait::async_trait;
use bytes::Bytes;
use engine::Engine;
use functions::{Denied, Function, Gate, Inside, Known, Reply, Wake, route};
use http::request::Parts;
use http::{Request, Response};
use outside::{Transport, TransportError};
use serde_json::Value;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// The address at which notifications reach us.
pub(crate) const URL: &str = "https://gatehouse.example/api/v1/directory-changes";

/// Nobody may call anything: notifications prove themselves.
struct Closed;

#[async_trait]
impl Gate for Closed {
    async fn identify(&self, _: &Parts, _: &[u8]) -> Result<Known, Denied> {
        Err(Denied::Wrong)
    }
}

/// The public address of the program, as the simulated cloud reaches it, for as long as the process is there.
pub(crate) struct Address {
    functions: Vec<Function>,
    engine: Weak<Engine>,
}

impl Address {
    /// Behind it works this process.
    pub(crate) fn of(engine: &Arc<Engine>) -> Arc<Self> {
        Arc::new(Self { functions: functions::all(), engine: Arc::downgrade(engine) })
    }

    /// Posts a body as anybody can; the status that comes back.
    pub(crate) async fn post(&self, body: &Value) -> u16 {
        let request = Request::post(URL).body(Bytes::from(body.to_string())).expect("a request");
        self.send(request, Duration::from_secs(10)).await.expect("an answer").status().as_u16()
    }
}

#[async_trait]
impl Transport for Address {
    async fn send(&self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        let found = route(&self.functions, request.method(), request.uri().path());
        let function = found.ok_or_else(|| TransportError::NeverSent("no such route".into()))?;
        let engine = self.engine.upgrade().ok_or_else(|| TransportError::NeverSent("nobody is there".into()))?;
        let inside = Inside { engine, gate: Arc::new(Closed) };
        match function.handle(&inside, Wake::Http(Box::new(request))).await {
            Reply::Http(response) => Ok(response),
            other => panic!("a public function answers with a response, not {other:?}"),
        }
    }
}

/// A process that knows its public address, and to which the simulated cloud delivers.
pub(crate) fn reachable(world: &World) -> (Arc<Engine>, Arc<Address>) {
    let engine = Arc::new(world.engine().reached_at(Some(URL.into())));
    let address = Address::of(&engine);
    world.sim.notify_through(address.clone());
    (engine, address)
}
