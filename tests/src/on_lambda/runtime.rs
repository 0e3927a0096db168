//! A stand-in for Lambda's runtime API (page "Using the Lambda runtime API for custom runtimes"). It freezes the process
//! from one answer to the next event, as Lambda does, and never gives it two events at once.

use super::program::Program;
use crate::azure_host::signal;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use outside::{Clock, Random, SystemClock, SystemRandom};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const PREFIX: &str = "/2018-06-01/runtime";
/// How much longer than its deadline an invocation may take here before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// How an invocation ended: its id, and the answer or what the function says of its failure.
type Ended = (String, Result<Value, Value>);

struct Event {
    id: String,
    deadline_ms: i128,
    body: String,
}

struct State {
    events: tokio::sync::Mutex<UnboundedReceiver<Event>>,
    ended: UnboundedSender<Ended>,
    init_errors: Mutex<Vec<Value>>,
}

/// The function, as Lambda invokes it.
pub(crate) struct Runtime {
    program: Program,
    state: Arc<State>,
    events: UnboundedSender<Event>,
    ended: UnboundedReceiver<Ended>,
}

impl Runtime {
    /// Serves the runtime API and starts the program with it.
    pub(crate) async fn start(executable: &Path, env: &[(&str, &str)]) -> Self {
        let (events, waiting) = unbounded_channel();
        let (ending, ended) = unbounded_channel();
        let state =
            Arc::new(State { events: tokio::sync::Mutex::new(waiting), ended: ending, init_errors: Mutex::default() });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(serve(listener, Arc::clone(&state)));
        Self { program: Program::start(executable, &address, env), state, events, ended }
    }

    /// Invokes the function with this event, which it may work on for `left`. The error is what it says of the failure.
    pub(crate) async fn invoke(&mut self, event: &Value, left: Duration) -> Result<Value, String> {
        let id = SystemRandom.id().to_string();
        let deadline = SystemClock::new().now().as_millisecond();
        let deadline_ms = i128::from(deadline) + i128::try_from(left.as_millis()).unwrap();
        signal(self.program.id(), "CONT").await;
        self.events.send(Event { id: id.clone(), deadline_ms, body: event.to_string() }).ok().unwrap();
        let ended = tokio::time::timeout(left + PATIENCE, self.ended.recv()).await;
        let output = || self.program.output().join("\n");
        let (answered, ended) = ended.unwrap_or_else(|_| panic!("no answer to {event}:\n{}", output())).unwrap();
        assert_eq!(answered, id, "the answer is to the event that was given");
        signal(self.program.id(), "STOP").await;
        ended.map_err(|error| error["errorMessage"].as_str().unwrap_or_default().to_owned())
    }

    /// A request from a function URL, with the status and the body of its answer.
    pub(crate) async fn http(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, Value) {
        let answer = self.invoke(&request(method, path, headers, body), Duration::from_secs(30)).await.unwrap();
        let status = u16::try_from(answer["statusCode"].as_u64().unwrap()).unwrap();
        (status, serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default())
    }

    /// What the function said of a start that failed.
    pub(crate) fn init_errors(&self) -> Vec<Value> {
        self.state.init_errors.lock().unwrap().clone()
    }

    /// What the program printed.
    pub(crate) fn output(&self) -> Vec<String> {
        self.program.output()
    }
}

/// An event of a function URL (page "Invoking Lambda function URLs", request payload format).
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Value {
    let mut all = json!({ "host": "id.lambda-url.eu-central-1.on.aws", "x-forwarded-proto": "https" });
    for (name, value) in headers {
        all[*name] = json!(value);
    }
    let http = json!({ "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "test" });
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": all,
        "requestContext": {
            "accountId": "anonymous", "apiId": "id", "domainName": "id.lambda-url.eu-central-1.on.aws",
            "http": http, "requestId": "r", "routeKey": "$default", "stage": "$default", "timeEpoch": 1_773_119_783_000_i64,
        },
        "body": body, "isBase64Encoded": false,
    })
}

/// A batch of a queue with these messages (page "Using Lambda with Amazon SQS"), as their ids and texts.
pub(crate) fn batch(messages: &[(&str, &str)], receives: u32) -> Value {
    let record = |(id, text): &(&str, &str)| {
        json!({
            "messageId": id, "receiptHandle": "r", "body": text, "messageAttributes": {}, "md5OfBody": "m",
            "attributes": { "ApproximateReceiveCount": receives.to_string() },
            "eventSource": "aws:sqs", "awsRegion": "eu-central-1",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:gatehouse-sync",
        })
    };
    json!({ "Records": messages.iter().map(record).collect::<Vec<_>>() })
}

/// The ids that an answer to a batch names as failed.
pub(crate) fn failed(answer: &Value) -> Vec<String> {
    let failures = answer["batchItemFailures"].as_array().unwrap_or_else(|| panic!("{answer}"));
    failures.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| answer(Arc::clone(&state), request));
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let path = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default().to_owned();
    let respond = |status: StatusCode| Response::builder().status(status);
    if parts.method == Method::GET && path == "/invocation/next" {
        let mut events = state.events.lock().await;
        let Some(event) = events.recv().await else { std::future::pending().await };
        let response = respond(StatusCode::OK)
            .header("Lambda-Runtime-Aws-Request-Id", event.id)
            .header("Lambda-Runtime-Deadline-Ms", event.deadline_ms.to_string())
            .header(
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:eu-central-1:123456789012:function:gatehouse",
            )
            .header("Lambda-Runtime-Trace-Id", TRACE)
            .body(Full::new(event.body.into()));
        return Ok(response.unwrap());
    }
    let value = || serde_json::from_slice::<Value>(&body).expect("the platform takes JSON alone");
    let ended = path.strip_prefix("/invocation/").and_then(|rest| rest.split_once('/'));
    match ended {
        Some((id, "response")) => drop(state.ended.send((id.into(), Ok(value())))),
        Some((id, "error")) => drop(state.ended.send((id.into(), Err(value())))),
        _ if path == "/init/error" => state.init_errors.lock().unwrap().push(value()),
        _ => return Ok(respond(StatusCode::NOT_FOUND).body(Full::default()).unwrap()),
    }
    Ok(respond(StatusCode::ACCEPTED).body(Full::default()).unwrap())
}

/// X-Ray's header of every invocation.
pub(crate) const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
