//! What AWS Lambda invokes: the same functions, woken by three kinds of events.
//!
//! * Requests (HTTP API and function URL in payload format 2.0, Application Load Balancer) go to the public routes;
//! * `{"function":"schedule_sync"}`, the input of an EventBridge schedule, wakes that timer;
//! * a batch of an SQS queue wakes the function that reads the queue, once for each message.
//!
//! Anything else is an error of the invocation and touches nothing. What is no request `lambda_http` passes on as one to
//! `POST /events`, which a stranger can send as well: only its own mark in the request's extensions tells them apart. It
//! also takes every answer for a success, whatever its status, and what is not JSON for `null`, with which SQS deletes
//! the batch; so here what is no request is answered with a value or with an error, and never with a response.
//!
//! The process is frozen from one answer to the next event. Nothing is begun for later: what is not done within the
//! invocation is found in the store by the next timer.

mod batch;
mod event;
mod here;
mod queue;
mod request;
#[cfg(test)]
mod tests;
mod time;
mod trace;

pub use queue::{Sqs, SqsPlace};

use self::event::Event;
use self::time::Time;
use super::Host;
use super::host::Invocation;
use super::http;
use functions::{Done, Function, Handler, Reply, Timer, Wake};
use futures::future::{Either, select};
use lambda_http::lambda_runtime::Diagnostic;
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt, Response, service_fn};
use serde_json::{Value, json};
use std::pin::pin;
use std::sync::Arc;

/// The functions, as Lambda invokes them.
pub struct Lambda {
    host: Arc<Host>,
    /// Where the messages that functions put out go; `None`: they are worked off in the invocation that put them out.
    queue: Option<Sqs>,
}

/// Why an invocation failed. The platform shows the text, delivers an event of a schedule again, and keeps the messages
/// of a batch.
#[derive(Debug)]
pub(crate) struct Failed(String);

impl From<Failed> for Diagnostic {
    fn from(Failed(why): Failed) -> Self {
        Self { error_type: "gatehouse".into(), error_message: why }
    }
}

impl Lambda {
    /// The functions of this host; nothing is built or asked yet.
    pub fn new(host: Arc<Host>, queue: Option<Sqs>) -> Self {
        Self { host, queue }
    }

    /// Asks the platform for events and answers them, one at a time, until the process is ended. The error says why it
    /// could not ask any more.
    pub async fn serve(self) -> Result<(), String> {
        let lambda = Arc::new(self);
        let service = service_fn(move |request| {
            let lambda = Arc::clone(&lambda);
            async move { lambda.take(request).await }
        });
        lambda_http::run(service)
            .await
            .map_err(|error| format!("Lambda's runtime API cannot be asked any more: {error}"))
    }

    /// Answers one event.
    pub(crate) async fn take(&self, request: Request) -> Result<Response<Body>, Failed> {
        let clock = &self.host.clock;
        let context = request.lambda_context_ref();
        let time = context.and_then(|context| Time::until(context.deadline, clock.now(), clock.monotonic()));
        let traced = trace::of(request.headers(), context.and_then(|context| context.xray_trace_id.as_deref()));
        let id = context.and_then(|context| context.request_id.parse().ok()).unwrap_or_else(|| self.host.new_id());
        let invocation = Invocation::given(id, traced.as_deref(), time.map(|time| time.answer_by));
        match request.request_context_ref() {
            Some(RequestContext::PassThrough) => {
                let work = self.event(request.body(), &invocation, time);
                let answer = self.in_time(time, work).await.map_err(|why| {
                    tracing::error!(invocation = %id, why, "the invocation failed");
                    Failed(why)
                })?;
                Ok(request::json(&answer))
            }
            Some(_) => {
                let answered = http::answer_in(&self.host, &invocation, request::open(request)).await;
                request::close(answered).await.map_err(Failed)
            }
            None => Err(Failed("an event without a source was not looked at".into())),
        }
    }

    /// Work that ends by itself before, unless even writing down what it did not reach takes too long.
    async fn in_time<T>(&self, time: Option<Time>, work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
        let Some(time) = time else { return work.await };
        let left = time.answer_by.saturating_sub(self.host.clock.monotonic());
        match select(pin!(work), self.host.clock.sleep(left)).await {
            Either::Left((ended, _)) => ended,
            Either::Right(_) => Err("the store did not take in time what is left to do".into()),
        }
    }

    /// Does what an event that is no request asks for. The error fails the invocation.
    async fn event(&self, body: &[u8], invocation: &Invocation, time: Option<Time>) -> Result<Value, String> {
        match event::read(body)? {
            Event::Timer(name) => {
                let function = self.host.function(&name).ok_or_else(|| format!("there is no function {name:?}"))?;
                if !matches!(function.handler, Handler::Timer(_)) {
                    return Err(format!("no schedule wakes {name}: it is not a timer"));
                }
                match self.host.wake(function, invocation, Wake::Timer(Timer { past_due: false })).await {
                    Reply::Done(done) => self.finish(function, done, invocation, time).await,
                    Reply::Retry(retry) => Err(format!("{name}: {}", retry.why)),
                    Reply::Http(_) => Err(format!("{name} answered as if a request had woken it")),
                }
            }
            Event::Batch(records) => self.batch(records, invocation, time).await,
        }
    }

    /// Passes on what a timer put out. The answer is for those who look at the invocation; nobody acts on it.
    async fn finish(
        &self,
        function: &Function,
        done: Done,
        invocation: &Invocation,
        time: Option<Time>,
    ) -> Result<Value, String> {
        for note in &done.logs {
            tracing::info!(function = function.name, "{note}");
        }
        let mut sent = 0;
        for (output, messages) in done.messages {
            let binding =
                function.definition.outputs().find(|binding| binding.name == output && binding.kind == "queue");
            let name = binding.and_then(|binding| binding.queue_name.as_deref());
            let reader = name.and_then(|name| self.reader(name));
            let reader = reader.ok_or_else(|| format!("{}: nobody reads the output {output:?}", function.name))?;
            sent += messages.len();
            match &self.queue {
                Some(queue) => {
                    let by = time.map(|time| time.work_by);
                    if let Err(unsent) = queue.send(messages, &*self.host.clock, by).await {
                        let why = format!("{} messages were not sent to the queue: {}", unsent.texts.len(), unsent.why);
                        self.list(unsent.texts).await.map_err(|error| format!("{why}; {error}"))?;
                        return Err(format!("{why}; their customers come first at the next tick"));
                    }
                }
                None => self.work_off(reader, messages, invocation, time).await?,
            }
        }
        Ok(json!({ "messages": sent, "logs": done.logs }))
    }

    /// The function that reads this queue.
    fn reader(&self, queue: &str) -> Option<&Function> {
        self.host.functions().iter().find(|function| {
            let trigger = function.definition.trigger();
            trigger.is_some_and(|trigger| trigger.queue_name.as_deref() == Some(queue))
        })
    }
}
