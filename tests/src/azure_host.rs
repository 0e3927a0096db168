//! A stand-in for the Azure Functions host: it starts the packaged program as its custom handler and treats it as the
//! real host does, traps included. What it does was read in the source of azure-functions-host, 4.1037.
//!
//! Time-outs between deliveries of a message pass at once here, and timers fire when the test says so.

mod answer;
mod envelope;
mod folder;
mod program;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

pub(crate) use program::Packaged;

use bytes::Bytes;
use folder::App;
use functions::Definition;
use futures::future::join_all;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use outside::{Clock, Random, SystemClock, SystemRandom};
use serde_json::Value;
use std::collections::VecDeque;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};

/// The pause between two questions whether the handler is there.
const POLL: Duration = Duration::from_millis(25);
/// How long the handler may take to get ready: `initializationTimeout`.
const READY_MAX: Duration = Duration::from_secs(30);
/// How many messages are delivered at once: `batchSize` and `newBatchThreshold`.
const AT_ONCE_MAX: usize = 48;
const VERSION: &str = "4.1037.0.0";

/// A running host with its handler.
pub(crate) struct AzureHost {
    app: App,
    child: Child,
    port: u16,
    waiting: VecDeque<Waiting>,
    poison: Vec<(String, String)>,
    lines: Arc<Mutex<Vec<String>>>,
}

#[derive(Debug)]
struct Waiting {
    queue: String,
    text: String,
    attempts: u32,
}

/// One delivery of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The message.
    pub(crate) text: String,
    /// Which attempt this was, from 1.
    pub(crate) attempt: u32,
    /// Why the host calls it failed; `None`: the message is done with.
    pub(crate) failed: Option<String>,
}

impl AzureHost {
    /// Loads the folder, starts the handler with this environment (and the host's own variables, and nothing else), and
    /// waits until it answers.
    pub(crate) async fn start(folder: &Path, env: &[(&str, &str)]) -> Self {
        let app = folder::load(folder);
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let worker = SystemRandom.id().to_string();
        let mut child = Command::new(&app.executable)
            .current_dir(folder)
            .env_clear()
            .envs(env.iter().copied())
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .env("FUNCTIONS_HTTPWORKER_PORT", port.to_string())
            .env("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", &worker)
            .env("FUNCTIONS_HTTPWORKER_ID", &worker)
            .env("FUNCTIONS_APP_ROOT_PATH", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = Arc::default();
        tokio::spawn(collect("", child.stdout.take().unwrap(), Arc::clone(&lines)));
        tokio::spawn(collect("stderr: ", child.stderr.take().unwrap(), Arc::clone(&lines)));
        let mut host = Self { app, child, port, waiting: VecDeque::new(), poison: Vec::new(), lines };
        host.wait_until_ready().await;
        host
    }

    async fn wait_until_ready(&mut self) {
        let clock = SystemClock::new();
        while clock.monotonic() < READY_MAX {
            let ping = Request::get("/").header("host", self.address()).body(wire::whole(Bytes::new())).unwrap();
            // Any answer at all counts.
            if wire::send(self.port, ping).await.is_ok() {
                return;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the handler ended at start with {ended:?}: {:#?}", self.output());
            clock.sleep(POLL).await;
        }
        panic!("the handler was not ready within {READY_MAX:?}: {:#?}", self.output());
    }

    /// Fires the timer once and takes its messages. The error is why the host calls the run failed.
    pub(crate) async fn timer(&mut self, function: &str) -> Result<(), String> {
        let definition = &self.app.functions[function];
        let trigger = definition.trigger().unwrap();
        assert_eq!(trigger.kind, "timerTrigger");
        let envelope = envelope::timer(function, &trigger.name, false, SystemClock::new().now(), SystemRandom.id());
        let messages = self.invoke(function, definition, &envelope).await?;
        self.waiting.extend(messages.into_iter().map(|(queue, text)| Waiting { queue, text, attempts: 0 }));
        Ok(())
    }

    /// Puts a message into a queue, as an operator could.
    pub(crate) fn push(&mut self, queue: &str, text: &str) {
        self.waiting.push_back(Waiting { queue: queue.into(), text: text.into(), attempts: 0 });
    }

    /// Delivers messages, the ones that come out of it included, until none is left: each is done with or poison.
    pub(crate) async fn drain_queues(&mut self) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        while !self.waiting.is_empty() {
            let count = self.waiting.len().min(AT_ONCE_MAX);
            let batch: Vec<_> = self.waiting.drain(..count).collect();
            let answers = join_all(batch.iter().map(|message| self.deliver(message))).await;
            for (message, answer) in batch.into_iter().zip(answers) {
                let attempt = message.attempts + 1;
                let text = message.text.clone();
                let failed = match answer {
                    Ok(sent) => {
                        self.waiting.extend(sent.into_iter().map(|(queue, text)| Waiting { queue, text, attempts: 0 }));
                        None
                    }
                    Err(why) if attempt < self.app.dequeue_count_max => {
                        self.waiting.push_back(Waiting { attempts: attempt, ..message });
                        Some(why)
                    }
                    Err(why) => {
                        self.poison.push((format!("{}-poison", message.queue), message.text));
                        Some(why)
                    }
                };
                deliveries.push(Delivery { text, attempt, failed });
            }
        }
        deliveries
    }

    async fn deliver(&self, message: &Waiting) -> answer::Read {
        let reads = |definition: &Definition| {
            definition.trigger().and_then(|trigger| trigger.queue_name.as_deref()) == Some(&message.queue)
        };
        let reader = self.app.functions.iter().find(|(_, definition)| reads(definition));
        let (name, definition) = reader.unwrap_or_else(|| panic!("no function reads the queue {}", message.queue));
        let binding = &definition.trigger().unwrap().name;
        let (attempt, now) = (message.attempts + 1, SystemClock::new().now());
        let envelope = envelope::message(name, binding, &message.text, attempt, now, SystemRandom.id());
        self.invoke(name, definition, &envelope).await
    }

    async fn invoke(&self, function: &str, definition: &Definition, envelope: &Value) -> answer::Read {
        let request = Request::post(format!("/{function}"))
            .header("host", self.address())
            .header("content-type", "application/json; charset=utf-8")
            .header("user-agent", format!("Azure-Functions-Host/{VERSION}"))
            .header("x-azure-functions-hostversion", VERSION)
            .header("x-azure-functions-invocationid", SystemRandom.id().to_string())
            .body(wire::chunked(envelope.to_string().as_bytes()))
            .unwrap();
        answer::read(definition, &wire::send(self.port, request).await?)
    }

    /// What a caller of the public address gets. The host matches the route itself and forwards the request with its
    /// own path; of the `Content-…` headers only type and length go along, and a body only when its length was said.
    pub(crate) async fn http(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response<Bytes> {
        let (bare, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        if !self.app.functions.values().any(|definition| self.routes(definition, method, bare)) {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::NOT_FOUND;
            return response;
        }
        let query = query.map(|query| format!("?{}", query.replace('+', "%20"))).unwrap_or_default();
        let mut request = Request::new(wire::whole(Bytes::copy_from_slice(body.as_bytes())));
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = format!("{bare}{query}").parse().unwrap();
        *request.headers_mut() = self.forwarded(headers);
        wire::send(self.port, request).await.unwrap_or_else(|_| {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        })
    }

    fn routes(&self, definition: &Definition, method: &str, path: &str) -> bool {
        let Some(trigger) = definition.trigger().filter(|trigger| trigger.kind == "httpTrigger") else { return false };
        let Some(path) = path.strip_prefix(&self.app.prefix) else { return false };
        let methods = trigger.methods.as_deref().unwrap_or_default();
        let template = trigger.route.as_deref().unwrap_or_default();
        // A catch-all takes any rest, none included.
        let fits = match template.split_once("/{*") {
            Some((fixed, _)) => path == fixed || path.starts_with(&format!("{fixed}/")),
            None => path == template,
        };
        fits && methods.iter().any(|name| name.eq_ignore_ascii_case(method))
    }

    fn forwarded(&self, headers: &[(&str, &str)]) -> HeaderMap {
        let mut forwarded = HeaderMap::new();
        for (name, value) in headers {
            let lower = name.to_ascii_lowercase();
            if !lower.starts_with("content-") || lower == "content-type" {
                forwarded.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
            }
        }
        let after = |name: &str, own: &str| {
            let before = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
            HeaderValue::from_str(&before.map_or_else(|| own.to_owned(), |before| format!("{before}{own}"))).unwrap()
        };
        let spoofed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("x-azure-functions-invocationid"));
        let id = format!("{}{}", if spoofed { ", " } else { "" }, SystemRandom.id());
        let values = [
            ("x-azure-functions-invocationid", after("x-azure-functions-invocationid", &id)),
            ("x-azure-functions-hostversion", HeaderValue::from_static(VERSION)),
            ("user-agent", after("user-agent", &format!(" Azure-Functions-Host/{VERSION}"))),
            ("host", HeaderValue::from_static("gatehouse.example")),
        ];
        values.into_iter().for_each(|(name, value)| drop(forwarded.insert(name, value)));
        forwarded
    }

    /// The messages that failed too often, with the queues they were moved to.
    pub(crate) fn poison(&self) -> &[(String, String)] {
        &self.poison
    }

    /// What the handler printed; lines of standard error start with `stderr: `, and the host shows them as errors.
    pub(crate) fn output(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Ends the handler as the real host does, without a warning. (Dropping the host does the same.)
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks the handler to end, as a container platform may, and tells how it ended.
    pub(crate) async fn terminate(mut self) -> std::process::ExitStatus {
        signal(self.process(), "TERM").await;
        self.child.wait().await.unwrap()
    }

    /// The handler's process id.
    pub(crate) fn process(&self) -> u32 {
        self.child.id().expect("the handler runs")
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// Sends a signal, such as `STOP`.
pub(crate) async fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().await;
    assert!(sent.unwrap().success(), "{name} to {process}");
}

pub(crate) async fn collect(mark: &'static str, stream: impl AsyncRead + Unpin, lines: Arc<Mutex<Vec<String>>>) {
    let mut reader = BufReader::new(stream).lines();
    while let Ok(Some(line)) = reader.next_line().await {
        lines.lock().unwrap().push(format!("{mark}{line}"));
    }
}
