//! Running one invocation, the same way under every host.

use super::current::Current;
use crate::configuration::Found;
use crate::telemetry::{self, Telemetry, is_traceparent};
use ::http::{HeaderMap, StatusCode};
use async_trait::async_trait;
use bytes::Bytes;
use engine::{Ailments, Engine};
use functions::{Code, Function, Inside, Reply, Retry, Wake};
use futures::FutureExt;
use futures::future::{Either, select};
use jiff::Timestamp;
use outside::{Clock, Random};
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::Store;
use tracing::{Instrument, Level};
use uuid::Uuid;

/// How long a timer or a message may take: 90 % of `functionTimeout` in host.json. The Azure host ends an invocation
/// that takes longer by killing the process, and with it everything else that is at work.
pub(crate) const WORK_DEADLINE: Duration = Duration::from_secs(540);
/// How long a request may take. Azure's front end gives up after about 230 s.
pub(crate) const REQUEST_DEADLINE: Duration = Duration::from_secs(220);

/// How long an answer waits for pages that are still being sent, where the platform freezes the process after it: whoever
/// sends an alert waits for about ten seconds in all.
const PAGES_WITHIN: Duration = Duration::from_secs(5);
/// How much earlier than its deadline an answer that waits is ready.
const MOMENT: Duration = Duration::from_millis(250);
/// How long the answer to an alert waits for a look at the configuration.
const LOOK_BESIDE_ALERT: Duration = Duration::from_secs(2);

/// Builds the program's inside from its configuration.
#[async_trait]
pub trait Wiring: Send + Sync {
    /// Reads the configuration, and does nothing with it. The error says why it cannot be read. It is called at the first
    /// invocation and not at start, so that a host gets its first answer at once; from then on at most once a minute.
    async fn find(&self, lasting: &Lasting) -> Result<Found, String>;

    /// Puts engine and gate together. The error says what is wrong with the configuration, and what to do.
    async fn wire(&self, found: &Found, lasting: &Lasting) -> Result<Wired, String>;

    /// The configuration that was last kept, and when it was last seen to be good, if that was not too long ago: for a
    /// process that has none when there is no better one.
    async fn last_good(&self, _: &Lasting) -> Result<Option<(Found, Timestamp)>, String> {
        Ok(None)
    }

    /// Keeps a configuration that can be used.
    async fn keep(&self, _: &Found, _: &Lasting) -> Result<(), String> {
        Ok(())
    }
}

/// What came of wiring.
pub enum Wired {
    /// A new inside.
    Anew(Inside),
    /// The configuration means the same as the one before, whose inside stays.
    AsBefore,
}

/// What outlives a configuration, as long as the process lives.
#[derive(Default)]
pub struct Lasting {
    /// The engine that was built last.
    pub engine: Mutex<Option<Arc<Engine>>>,
    /// What is wrong with the program besides what is stored.
    pub ailments: Ailments,
    /// The store of a published configuration, once it was opened: with its connections and its token.
    pub published: tokio::sync::OnceCell<Store>,
}

/// The functions and what they need, shared by everything that can wake them.
pub struct Host {
    functions: Vec<Function>,
    current: Current,
    pub(crate) clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    telemetry: Option<Arc<Telemetry>>,
}

/// What belongs to one invocation and is written on each of its log lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invocation {
    id: Uuid,
    traceparent: Option<String>,
    /// By when, on the monotonic clock, the platform wants the answer. It freezes the process after it.
    answer_by: Option<Duration>,
}

impl Invocation {
    /// The invocation that the platform names, with the time that it gives.
    pub(crate) fn given(id: Uuid, traceparent: Option<&str>, answer_by: Option<Duration>) -> Self {
        Self { id, traceparent: traceparent.filter(|value| is_traceparent(value)).map(str::to_owned), answer_by }
    }

    /// The same with less time.
    pub(crate) fn ending_by(&self, at: Duration) -> Self {
        Self { answer_by: Some(self.answer_by.map_or(at, |by| by.min(at))), ..self.clone() }
    }
}

impl Host {
    /// A host of these functions; nothing is built yet.
    pub fn new(
        functions: Vec<Function>,
        wiring: Box<dyn Wiring>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { functions, current: Current::new(wiring, clock.clone()), clock, random, telemetry: None }
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

    /// An id for an invocation that the platform gave none.
    pub(crate) fn new_id(&self) -> Uuid {
        self.random.id()
    }

    /// The engine and the gate, built now if nobody needed them before.
    pub(crate) async fn inside(&self) -> Result<Arc<Inside>, String> {
        self.current.inside().await
    }

    /// The same for this wake, after a look whether the configuration is another by now. An alert waits for no look.
    async fn inside_for(&self, function: &Function, wake: &Wake) -> Result<Arc<Inside>, String> {
        if !function.takes_alerts() {
            self.current.look_if_due().await;
        }
        let inside = self.inside().await?;
        // Whoever sent the message may have seen a younger configuration than this process.
        match wake {
            Wake::Queue(message) if message.customer().is_some_and(|name| !inside.engine.knows(&name)) => {
                self.current.look_now().await;
                self.inside().await
            }
            _ => Ok(inside),
        }
    }

    /// The invocation that these headers speak of, or one of our own making. A caller can put text of its own in front
    /// of the host's invocation id, so only what stands behind the last comma counts.
    pub(crate) fn invocation(&self, headers: &HeaderMap) -> Invocation {
        let text = |name: &str| headers.get_all(name).iter().next_back().and_then(|value| value.to_str().ok());
        let id = text("x-azure-functions-invocationid").and_then(|ids| ids.rsplit(',').next());
        let id = id.and_then(|id| id.trim().parse().ok()).unwrap_or_else(|| self.random.id());
        let traceparent = text("traceparent").filter(|value| is_traceparent(value)).map(str::to_owned);
        Invocation { id, traceparent, answer_by: None }
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
            let reply = self.run(function, invocation, wake).await;
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

    async fn run(&self, function: &Function, invocation: &Invocation, wake: Wake) -> Reply {
        let longest = if function.is_http() { REQUEST_DEADLINE } else { WORK_DEADLINE };
        let start = self.clock.monotonic();
        let left = invocation.answer_by.map(|by| by.saturating_sub(start));
        let deadline = left.map_or(longest, |left| longest.min(left));
        let work = async {
            match self.inside_for(function, &wake).await {
                Ok(inside) => {
                    if left.is_some() {
                        inside.engine.end_runs_by(start + deadline * 8 / 10);
                    }
                    let sent = match &wake {
                        Wake::Http(request) if function.takes_alerts() => Some(request.clone()),
                        _ => None,
                    };
                    let mut reply = function.handle(&inside, wake).await;
                    let answered = self.clock.monotonic();
                    if let Some(sent) = sent {
                        let within = left.map_or(LOOK_BESIDE_ALERT, |_| {
                            (start + deadline).saturating_sub(answered + MOMENT).min(LOOK_BESIDE_ALERT)
                        });
                        reply = self.after_alert(function, &inside, sent, reply, within).await;
                    }
                    if let Some(by) = invocation.answer_by
                        && function.pages()
                    {
                        // The look and the pages share the sender's patience.
                        let wait = by
                            .saturating_sub(self.clock.monotonic() + MOMENT)
                            .min((answered + PAGES_WITHIN).saturating_sub(self.clock.monotonic()));
                        select(inside.engine.is_idle(), self.clock.sleep(wait)).await;
                    }
                    reply
                }
                Err(why) => failed(function, Code::Unavailable, format!("the program cannot start: {why}")),
            }
        };
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

impl Host {
    /// After an alert was handled, a look at the configuration: this process may have slept since it was last there. What
    /// was not known when the alert came is handled once more, which pages nobody twice. Whoever would be turned away is
    /// turned away only by a configuration that was just looked at, since such an answer is never repeated.
    async fn after_alert(
        &self,
        function: &Function,
        inside: &Arc<Inside>,
        sent: Box<::http::Request<Bytes>>,
        reply: Reply,
        within: Duration,
    ) -> Reply {
        let is_refusal = matches!(&reply, Reply::Http(response)
            if [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&response.status()));
        let look = async {
            if is_refusal {
                return self.current.is_fresh().await;
            }
            self.current.look_if_due().await;
            true
        };
        let is_fresh = match select(Box::pin(look), self.clock.sleep(within)).await {
            Either::Left((is_fresh, _)) => is_fresh,
            Either::Right(_) => false,
        };
        if !self.current.is_in_force(inside)
            && let Ok(newer) = self.inside().await
        {
            let again = function.handle(&newer, Wake::Http(sent)).await;
            // What one of the two took is taken.
            let is_taken = |reply: &Reply| matches!(reply, Reply::Http(response) if response.status().is_success());
            return if is_taken(&again) || !is_taken(&reply) { again } else { reply };
        }
        if is_refusal && !is_fresh {
            let why = "a caller is not known here, and whether the configuration is the present one could not be seen";
            return failed(function, Code::Unavailable, why.into());
        }
        reply
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
