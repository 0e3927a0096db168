//! Running one invocation, the same way under every host.

use crate::telemetry::{self, Telemetry, is_traceparent};
use ::http::HeaderMap;
use async_trait::async_trait;
use functions::{Code, Function, Inside, Reply, Retry, Wake};
use futures::FutureExt;
use futures::future::{Either, select};
use outside::{Clock, Random};
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use tracing::{Instrument, Level};
use uuid::Uuid;

/// How long a timer or a message may take: 90 % of `functionTimeout` in host.json. The Azure host ends an invocation
/// that takes longer by killing the process, and with it everything else that is at work.
pub(crate) const WORK_DEADLINE: Duration = Duration::from_secs(540);
/// How long a request may take. Azure's front end gives up after about 230 s.
pub(crate) const REQUEST_DEADLINE: Duration = Duration::from_secs(220);

/// Builds the program's inside from its configuration.
#[async_trait]
pub trait Wiring: Send + Sync {
    /// Reads the configuration and puts engine and gate together. The error says what is wrong and what to do. It is
    /// called at the first invocation and not at start, so that a host gets its first answer at once; after an error
    /// it is called again at the next invocation.
    async fn build(&self) -> Result<Inside, String>;
}

/// The functions and what they need, shared by everything that can wake them.
pub struct Host {
    functions: Vec<Function>,
    wiring: Box<dyn Wiring>,
    built: OnceCell<Inside>,
    pub(crate) clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    telemetry: Option<Arc<Telemetry>>,
}

/// What belongs to one invocation and is written on each of its log lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invocation {
    id: Uuid,
    traceparent: Option<String>,
}

impl Host {
    /// A host of these functions; nothing is built yet.
    pub fn new(
        functions: Vec<Function>,
        wiring: Box<dyn Wiring>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { functions, wiring, built: OnceCell::new(), clock, random, telemetry: None }
    }

    /// The same, which exports traces and metrics at the end of its invocations.
    #[must_use]
    pub fn observed(mut self, telemetry: Option<Arc<Telemetry>>) -> Self {
        self.telemetry = telemetry;
        self
    }

    /// All functions.
    pub(crate) fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The function of this name.
    pub(crate) fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// The engine and the gate, built now if nobody needed them before.
    pub(crate) async fn inside(&self) -> Result<&Inside, String> {
        self.built.get_or_try_init(|| self.wiring.build()).await
    }

    /// The invocation that these headers speak of, or one of our own making. A caller can put text of its own in front
    /// of the host's invocation id, so only what stands behind the last comma counts.
    pub(crate) fn invocation(&self, headers: &HeaderMap) -> Invocation {
        let text = |name: &str| headers.get_all(name).iter().next_back().and_then(|value| value.to_str().ok());
        let id = text("x-azure-functions-invocationid").and_then(|ids| ids.rsplit(',').next());
        let id = id.and_then(|id| id.trim().parse().ok()).unwrap_or_else(|| self.random.id());
        let traceparent = text("traceparent").filter(|value| is_traceparent(value)).map(str::to_owned);
        Invocation { id, traceparent }
    }

    /// Wakes the function and sees to it that there is an answer: a panic, a deadline that passed and a configuration
    /// that cannot be read become one too. Writes one log line.
    pub(crate) async fn wake(&self, function: &Function, invocation: &Invocation, wake: Wake) -> Reply {
        // Of the highest level, so that a filter which lets an error through lets it through with these.
        let span = tracing::error_span!(
            "invocation",
            otel.name = function.name,
            otel.kind = if function.is_http() { "server" } else { "internal" },
            otel.status_code = tracing::field::Empty,
            function = function.name,
            invocation = %invocation.id,
            traceparent = tracing::field::Empty,
            customer = tracing::field::Empty,
        );
        let trace = telemetry::begin(&span, invocation.traceparent.as_deref(), invocation.id);
        span.record("traceparent", trace.as_str());
        let start = self.clock.monotonic();
        let reply = async {
            let reply = self.run(function, wake).await;
            let took = self.clock.monotonic() - start;
            let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            let outcome = match &reply {
                Reply::Done(done) => {
                    let messages = done.messages.iter().map(|(_, texts)| texts.len()).sum::<usize>();
                    tracing::info!(ms, messages, "done");
                    "done"
                }
                Reply::Retry(retry) => {
                    tracing::error!(ms, why = retry.why, "failed");
                    "failed"
                }
                Reply::Http(response) => {
                    let status = response.status();
                    tracing::info!(ms, status = status.as_u16(), "answered");
                    ["1xx", "2xx", "3xx", "4xx", "5xx"][usize::from(status.as_u16() / 100 - 1).min(4)]
                }
            };
            if matches!(outcome, "failed" | "5xx") {
                tracing::Span::current().record("otel.status_code", "error");
            }
            let (function, seconds) = (function.name, took.as_secs_f64());
            tracing::event!(target: "metric", Level::TRACE, monotonic_counter.gatehouse.invocations = 1, function, outcome);
            tracing::event!(target: "metric", Level::TRACE, histogram.gatehouse.invocation.duration = seconds, function);
            reply
        }
        .instrument(span)
        .await;
        if let Some(telemetry) = &self.telemetry {
            telemetry.after_invocation().await;
        }
        reply
    }

    async fn run(&self, function: &Function, wake: Wake) -> Reply {
        let work = async {
            match self.inside().await {
                Ok(inside) => function.handle(inside, wake).await,
                Err(why) => failed(function, Code::Unavailable, format!("the program cannot start: {why}")),
            }
        };
        let deadline = if function.is_http() { REQUEST_DEADLINE } else { WORK_DEADLINE };
        match select(Box::pin(AssertUnwindSafe(work).catch_unwind()), self.clock.sleep(deadline)).await {
            Either::Left((Ok(reply), _)) => reply,
            Either::Left((Err(panic), _)) => {
                failed(function, function.broken(), format!("internal error: {}", text_of(&*panic)))
            }
            Either::Right(_) => {
                failed(function, Code::Unavailable, format!("not done within {} s", deadline.as_secs()))
            }
        }
    }
}

/// The answer where the function itself gave none. The reason is for the log; a stranger gets only the code.
fn failed(function: &Function, code: Code, why: String) -> Reply {
    if function.is_http() {
        tracing::error!(why, "failed");
        Reply::Http(functions::problem(code, ""))
    } else {
        Reply::Retry(Retry { why })
    }
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::double;

    #[test]
    fn the_hosts_own_invocation_id_stands_behind_the_last_comma() {
        const SPOOFED: &str = "11111111-1111-4111-8111-111111111111";
        const GENUINE: &str = "22222222-2222-4222-8222-222222222222";
        let host = double::host();
        let check = |value: &str, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert("X-Azure-Functions-InvocationId", value.parse().unwrap());
            assert_eq!(host.invocation(&headers).id.to_string() == GENUINE, expected, "{value}");
        };
        check(GENUINE, true);
        check(&format!("{SPOOFED}, {GENUINE}"), true);
        check(&format!("a,b, {GENUINE}"), true);
        check(&format!("{GENUINE}, {SPOOFED}"), false);
        check("not an id", false);
    }
}
