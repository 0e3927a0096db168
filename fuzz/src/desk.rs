//! The HTTP functions on a real engine, whose store is in memory and whose cloud cannot be reached.

use crate::place::config;
use access::config::May;
use async_trait::async_trait;
use bytes::Bytes;
use cloud::graph::{Graph, GraphParts};
use cloud::{Credential, Endpoints, SecretText};
use engine::{Engine, Parts};
use functions::{Denied, Function, Gate, Inside, Known, Reply, Wake};
use http::request::Parts as Head;
use http::{Request, Response, StatusCode};
use outside::{SystemRandom, Transport, TransportError, VirtualClock};
use std::cell::OnceCell;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use store::{Memory, Store};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

thread_local! {
    static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
}

/// Runs to the end; time passes at once.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    let build = || Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime is built");
    RUNTIME.with(|runtime| runtime.get_or_init(build).block_on(work))
}

/// The inside of a program that just started.
pub fn inside() -> Inside {
    let clock = Arc::new(VirtualClock::new("2026-11-20T09:00:00Z".parse().expect("it is a time")));
    let random = Arc::new(SystemRandom);
    let graph = Graph::new(GraphParts {
        endpoints: Endpoints::custom("https://login.example", "https://graph.example"),
        app: Uuid::from_u128(1),
        credential: Credential::Secret(SecretText::new("secret")),
        transport: Arc::new(NoCloud),
        clock: clock.clone(),
        random: random.clone(),
    });
    static CONFIG: LazyLock<Arc<access::config::Config>> = LazyLock::new(|| Arc::new(config().clone()));
    let store = Store::new(Arc::new(Memory::new()), clock.clone(), random.clone());
    let run_limit = Duration::from_secs(60);
    let engine = Engine::new(Parts { config: CONFIG.clone(), store, graph, clock, random, run_limit });
    Inside { engine: Arc::new(engine), gate: Arc::new(Open) }
}

/// Posts JSON. No answer says that we did something wrong.
pub async fn post(inside: &Inside, path: &str, body: &[u8]) -> Response<Bytes> {
    static FUNCTIONS: LazyLock<Vec<Function>> = LazyLock::new(functions::all);
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.body(Bytes::copy_from_slice(body)).expect("the request is well formed");
    let function = functions::route(&FUNCTIONS, request.method(), path).expect("the path is a function's");
    let Reply::Http(answer) = function.handle(inside, Wake::Http(Box::new(request))).await else {
        panic!("{path} is not answered");
    };
    assert_ne!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path}: {:?}", answer.body());
    answer
}

/// Whoever comes is `tickets`.
struct Open;

#[async_trait]
impl Gate for Open {
    async fn identify(&self, _: &Head, _: &[u8]) -> Result<Known, Denied> {
        Ok(Known {
            name: "tickets".into(),
            may: [May::Request, May::Approve, May::Release].into(),
            customers: None,
            person: None,
            account: None,
            delivery: None,
            invocation: None,
        })
    }
}

struct NoCloud;

#[async_trait]
impl Transport for NoCloud {
    async fn send(&self, _: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        Err(TransportError::NeverSent("there is no cloud".into()))
    }
}
