//! One message to one service, as a small state machine of HTTP requests: pure, answers in, requests out.

use crate::send::{Sent, sort};
pub(crate) use crate::tickets::exchange::{Answer, Exchange, Step};
use bytes::Bytes;
use http::Request;

/// The exchange of a service that is told with one request.
pub(crate) struct Single<'a> {
    host: &'a str,
    request: Option<Request<Bytes>>,
    judge: Judge,
}

/// What an answer means at one service.
pub(crate) type Judge = fn(&str, &Answer) -> Sent;

impl<'a> Single<'a> {
    pub(crate) fn new(host: &'a str, request: Request<Bytes>, judge: Judge) -> Self {
        Self { host, request: Some(request), judge }
    }
}

impl Exchange for Single<'_> {
    fn begin(&mut self) -> Step {
        match self.request.take() {
            Some(request) => Step::Ask(request),
            None => Step::Done(Sent::Taken),
        }
    }

    fn next(&mut self, answer: &Answer) -> Step {
        Step::Done((self.judge)(self.host, answer))
    }
}

/// The service takes with any status of success.
pub(crate) fn any_success(host: &str, answer: &Answer) -> Sent {
    sort(host, answer.status, answer.after)
}

/// The service takes with 202 and with nothing else.
pub(crate) fn accepted(host: &str, answer: &Answer) -> Sent {
    taken_if(answer.status == 202, host, answer)
}

/// Taken where the answer is the one that the service gives; else what its status says.
pub(crate) fn taken_if(taken: bool, host: &str, answer: &Answer) -> Sent {
    match any_success(host, answer) {
        Sent::Taken if !taken => strange(host, answer.status),
        sent => sent,
    }
}

/// A success that the service's own answer does not confirm, as from a proxy that asks to sign in.
pub(crate) fn strange(host: &str, status: u16) -> Sent {
    let why = format!("{host} answered {status}, but not what its API answers");
    Sent::Later { why, after: None, unclear: true }
}

/// No request can be made of it: an address or a secret is not fit for one.
pub(crate) fn unmakeable(host: &str) -> Sent {
    Sent::Never { why: format!("no request to {host} can be made of it") }
}
