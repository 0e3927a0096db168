//! The local host: timers, queues and the HTTP API of the same functions, in one process on one machine.
//!
//! It imitates the Azure host's loop and nothing more: schedules come from each `function.json`, a message that fails
//! is hidden for a while and delivered again, and after five attempts it is poison. Queues are in memory: a message only
//! wakes us, and the next tick sends it again.

mod queue;
mod schedule;
#[cfg(test)]
mod tests;
mod timers;
mod workers;

pub use queue::{ATTEMPTS_MAX, Poison};
pub use workers::AT_ONCE_MAX;

use self::queue::Queue;
use super::stop::{FINISH, Stop};
use super::{Host, http};
use ::http::{Request, Response, StatusCode};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use functions::{Done, Handler};
use futures::future::join_all;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A host on this machine, with its queues.
pub struct Local {
    host: Arc<Host>,
    queues: BTreeMap<String, Arc<Queue>>,
}

/// Listens on 127.0.0.1; port 0 takes any free one.
pub async fn bind(port: u16) -> Result<TcpListener, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| format!("127.0.0.1:{port} cannot be listened on: {error}; choose another with --port"))
}

impl Local {
    /// A host of these functions, with a queue for each function that reads one.
    pub fn new(host: Arc<Host>) -> Self {
        let triggers = host.functions().iter().filter_map(|function| function.definition.trigger());
        let names = triggers.filter_map(|trigger| trigger.queue_name.clone());
        let queues = names.map(|name| (name, Arc::default())).collect();
        Self { host, queues }
    }

    /// Runs until it is time to stop, then finishes what has begun. The error says why it could not run.
    pub async fn serve(&self, listener: TcpListener, stop: Stop) -> Result<(), String> {
        let server = axum::serve(listener, router(Arc::clone(&self.host))).with_graceful_shutdown(stop.clone());
        let everything = async {
            let (served, ()) = futures::join!(async { server.await }, self.work(stop.clone()));
            served.map_err(|error| format!("the local host cannot serve any more: {error}"))
        };
        tokio::select! {
            ended = everything => ended,
            () = async { stop.clone().await; self.host.clock.sleep(FINISH).await } => Ok(()),
        }
    }

    /// Everything but HTTP: runs timers and delivers messages until it is time to stop.
    async fn work(&self, stop: Stop) {
        let functions = self.host.functions();
        let timers = functions.iter().filter(|function| matches!(function.handler, Handler::Timer(_)));
        let timers = timers.map(|function| timers::run(self, function, stop.clone()));
        let readers = functions.iter().filter_map(|function| {
            let queue = self.queues.get(function.definition.trigger()?.queue_name.as_deref()?)?;
            Some(workers::run(self, function.name, Arc::clone(queue), stop.clone()))
        });
        futures::join!(join_all(timers), join_all(readers));
    }

    /// Sends the messages that a function put out.
    fn send(&self, function: &functions::Function, done: &Done) {
        for note in &done.logs {
            tracing::info!(function = function.name, "{note}");
        }
        for (output, messages) in &done.messages {
            let binding = function.definition.outputs().find(|binding| binding.name == *output);
            let queue = binding.and_then(|binding| self.queues.get(binding.queue_name.as_deref()?));
            let Some(queue) = queue else {
                tracing::error!(function = function.name, output, "nobody reads this output");
                continue;
            };
            let now = self.host.clock.monotonic();
            let refused = messages.iter().filter(|text| !queue.push(text, now)).count();
            if refused > 0 {
                tracing::error!(function = function.name, output, refused, "the queue is full");
            }
        }
    }

    /// The messages that failed too often, the oldest first; the newest are kept when there are very many.
    pub fn poison(&self) -> Vec<Poison> {
        self.queues.values().flat_map(|queue| queue.poison()).collect()
    }
}

/// The HTTP API alone.
pub(crate) fn router(host: Arc<Host>) -> Router {
    Router::new().fallback(dispatch).with_state(host)
}

async fn dispatch(State(host): State<Arc<Host>>, request: Request<Body>) -> Response<Body> {
    match request.uri().path() {
        "/" => http::empty(StatusCode::OK),
        _ => http::answer(&host, request).await,
    }
}
