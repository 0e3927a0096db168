//! A function: its name, what wakes it, and what it answers.

use crate::problem::{Code, problem};
use crate::{ALERT_BYTES_MAX, BODY_BYTES_MAX, Definition, Denied, Does, Gate, Known};
use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

/// What the handlers are given: the program's inside, built by the host, and anew when the configuration changed.
pub struct Inside {
    /// The doing half of the program.
    pub engine: Arc<dyn Does>,
    /// Who is calling.
    pub gate: Arc<dyn Gate>,
}

impl Inside {
    /// Who sent this request. The error is the answer to send.
    pub(crate) async fn known(&self, parts: &Parts, body: &[u8]) -> Result<Known, Box<Response<Bytes>>> {
        self.gate.identify(parts, body).await.map_err(|denied| {
            Box::new(match denied {
                Denied::Wrong => problem(Code::Unauthenticated, ""),
                Denied::Unavailable(why) => {
                    tracing::error!(why, "callers cannot be told apart");
                    problem(Code::Unavailable, "")
                }
            })
        })
    }
}

/// A handler's work, boxed because the registry holds all of them.
pub type Woken<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A handler, by the kind of trigger that wakes it.
#[derive(Clone, Copy)]
pub enum Handler {
    /// Woken by its schedule.
    Timer(for<'a> fn(&'a Inside, Timer) -> Woken<'a, Result<Done, Retry>>),
    /// Woken by each message of its queue.
    Queue(for<'a> fn(&'a Inside, Message) -> Woken<'a, Result<Done, Retry>>),
    /// Woken by requests on its route.
    Http(for<'a> fn(&'a Inside, Request<Bytes>) -> Woken<'a, Response<Bytes>>),
}

/// One occurrence of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// Whether this run makes up for one or more that were missed.
    pub past_due: bool,
}

/// One message of a queue, delivered at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The message as it was sent.
    pub text: String,
}

impl Message {
    /// The customer that it is about, as both clouds' messages name it: `{"customer":NAME}`.
    pub fn customer(&self) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Named {
            customer: String,
        }

        serde_json::from_str::<Named>(&self.text).ok().map(|named| named.customer)
    }
}

/// What woke a function.
#[derive(Debug)]
pub enum Wake {
    /// Its schedule.
    Timer(Timer),
    /// A message of its queue.
    Queue(Message),
    /// A request, with its original path and raw body.
    Http(Box<Request<Bytes>>),
}

/// A timer's or a message's work is done (or was recorded as impossible); do not deliver it again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// Messages to send, by the name of the output binding.
    pub messages: Vec<(&'static str, Vec<String>)>,
    /// Lines for the invocation's own log.
    pub logs: Vec<String>,
}

/// The work failed and may succeed later: deliver it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// What failed, for the log.
    pub why: String,
}

/// What a function answers to what woke it.
#[derive(Debug)]
pub enum Reply {
    /// A timer or message is done with.
    Done(Done),
    /// A timer or message failed; a message is to be delivered again.
    Retry(Retry),
    /// The answer to a request, errors included.
    Http(Response<Bytes>),
}

/// One thing that can wake us.
#[derive(Clone)]
pub struct Function {
    /// Its name, the same as its folder's.
    pub name: &'static str,
    /// Its `function.json`, byte for byte.
    pub source: &'static str,
    /// The same, read.
    pub definition: Definition,
    /// What it does.
    pub handler: Handler,
}

impl Function {
    /// Puts a function together.
    pub fn new(name: &'static str, source: &'static str, handler: Handler) -> Self {
        let definition = serde_json::from_str(source).expect("a test reads every function.json");
        Self { name, source, definition, handler }
    }

    /// Whether alerts come here, which nothing may delay.
    pub fn takes_alerts(&self) -> bool {
        self.name == "break_glass_alert"
    }

    /// The largest body of a request to it, in bytes.
    pub fn body_bytes_max(&self) -> usize {
        if self.takes_alerts() { ALERT_BYTES_MAX } else { BODY_BYTES_MAX }
    }

    /// Whether pages may still be on their way when it has answered.
    pub fn pages(&self) -> bool {
        self.name == "break_glass_alert"
    }

    /// What a caller is told of a bug of ours. Azure's action groups send an alert again after a 503, and never after a 500
    /// (page "Action groups").
    pub fn broken(&self) -> Code {
        if self.takes_alerts() { Code::Unavailable } else { Code::Internal }
    }

    /// Whether the public can call it.
    pub fn is_http(&self) -> bool {
        matches!(self.handler, Handler::Http(_))
    }

    /// Does what it is there for. Waking it by another kind of trigger than its own is a bug of the host, and a failure.
    pub async fn handle(&self, inside: &Inside, wake: Wake) -> Reply {
        let ended = match (self.handler, wake) {
            (Handler::Timer(handle), Wake::Timer(timer)) => handle(inside, timer).await,
            (Handler::Queue(handle), Wake::Queue(message)) => handle(inside, message).await,
            (Handler::Http(handle), Wake::Http(request)) => return Reply::Http(handle(inside, *request).await),
            _ => Err(Retry { why: format!("{} was woken by a trigger that is not its own", self.name) }),
        };
        match ended {
            Ok(done) => Reply::Done(done),
            Err(retry) => Reply::Retry(retry),
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}
