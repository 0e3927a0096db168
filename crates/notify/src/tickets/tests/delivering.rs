//! Sending for real, to a transport that answers as it is told.

use super::{configured, desk, shown, told};
use crate::tickets::{DELIVERY_TIMEOUT, Desk, Post, Proof, Told, deliver, post};
use crate::{Sent, next_attempt};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use outside::{Clock, Transport, TransportError, VirtualClock};
use std::sync::Mutex;
use std::time::Duration;

pub(super) type Reply = Result<(u16, &'static str), TransportError>;

/// Answers in turn, each after this time; and notes what was asked.
pub(super) struct Scripted {
    pub(super) clock: VirtualClock,
    each: Duration,
    replies: Mutex<Vec<Reply>>,
    pub(super) asked: Mutex<Vec<(String, Duration)>>,
}

impl Scripted {
    pub(super) fn new(each: u64, replies: Vec<Reply>) -> Self {
        Self {
            clock: VirtualClock::new(now()),
            each: Duration::from_secs(each),
            replies: Mutex::new(replies),
            asked: Mutex::default(),
        }
    }

    async fn deliver(&self, desk: &Desk, told: &Told) -> Sent {
        deliver(self, &self.clock, desk, told).await
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        self.asked.lock().unwrap().push((super::line(&request), timeout));
        self.clock.sleep(self.each).await;
        let (status, body) = self.replies.lock().unwrap().remove(0)?;
        Ok(Response::builder().status(status).header("retry-after", "7").body(Bytes::from(body)).unwrap())
    }
}

fn now() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

const TICKET: &str = r#"{"ticket":{"updated_at":"2026-11-20T09:00:01Z"}}"#;

#[tokio::test(start_paused = true)]
async fn a_delivery_asks_until_it_knows_how_it_ended() {
    let scripted = Scripted::new(1, vec![Ok((200, TICKET)), Ok((200, r#"{"ticket":{}}"#))]);
    assert_eq!(scripted.deliver(&desk("zendesk"), &told("zendesk")).await, Sent::Taken);
    let asked: Vec<_> = scripted.asked.lock().unwrap().iter().map(|(line, _)| line.clone()).collect();
    assert_eq!(asked, ["GET /api/v2/tickets/35436", "PUT /api/v2/tickets/35436"]);
    let scripted = Scripted::new(1, vec![Ok((429, ""))]);
    let end = shown(&scripted.deliver(&desk("jira"), &told("jira")).await);
    assert_eq!(end, "later, in 7 s: example.atlassian.net answered 429");
}

#[tokio::test(start_paused = true)]
async fn a_delivery_ends_before_its_claim_does() {
    assert!(DELIVERY_TIMEOUT < Duration::from_secs(30), "whoever claims it claims it for 30 s");
    let slow = (0..9).map(|n| Ok(if n % 2 == 0 { (200, TICKET) } else { (409, "") })).collect();
    let scripted = Scripted::new(9, slow);
    let end = scripted.deliver(&desk("zendesk"), &told("zendesk")).await;
    assert_eq!(shown(&end), "later: example.zendesk.com did not come to an end within 25 s");
    assert!(matches!(end, Sent::Later { unclear: true, .. }));
    let limits: Vec<u64> = scripted.asked.lock().unwrap().iter().map(|(_, limit)| limit.as_secs()).collect();
    assert_eq!(limits, [10, 10, 7]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_unclear_and_no_error_repeats_the_address() {
    for (error, lost) in [
        (TransportError::NeverSent("error for https://hush".into()), false),
        (TransportError::Interrupted("error for https://hush".into()), true),
        (TransportError::TimedOut(Duration::from_secs(10)), true),
    ] {
        let scripted = Scripted::new(0, vec![Err(error.clone())]);
        let desk_end = scripted.deliver(&desk("jira"), &told("jira")).await;
        let scripted = Scripted::new(0, vec![Err(error)]);
        let url = "https://tickets.example/hook?key=hush";
        let call = Post { url, proof: &Proof::Nothing, id: "0123-2", body: Bytes::new() };
        let post_end = post(&scripted, now(), &call).await;
        for (end, host) in [(desk_end, "example.atlassian.net"), (post_end, "tickets.example")] {
            let Sent::Later { why, unclear, .. } = end else { panic!("it may be taken later") };
            assert!(unclear == lost && why.contains(host) && !why.contains("hush"), "{why}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_back_is_taken_with_any_success_and_never_redirected() {
    for (status, end) in [
        (200, "taken"),
        (204, "taken"),
        (299, "taken"),
        (301, "later, in 7 s: tickets.example answered 301"),
        (308, "later, in 7 s: tickets.example answered 308"),
        (400, "never: tickets.example answered 400"),
        (410, "never: tickets.example answered 410"),
        (422, "later, in 7 s: tickets.example answered 422"),
        (503, "later, in 7 s: tickets.example answered 503"),
    ] {
        let scripted = Scripted::new(0, vec![Ok((status, ""))]);
        let call =
            Post { url: "https://tickets.example/hook", proof: &Proof::Nothing, id: "0123-2", body: Bytes::new() };
        assert_eq!(shown(&post(&scripted, now(), &call).await), end);
        assert_eq!(scripted.asked.lock().unwrap().len(), 1, "{status}");
    }
}

#[test]
fn what_was_not_taken_is_tried_for_a_day() {
    let next = |seconds: i64, asked: Option<i64>| {
        let now = now() + SignedDuration::from_secs(seconds);
        let asked = asked.map(SignedDuration::from_secs);
        next_attempt(self::now(), 9, 0.5, asked, now).map(|at| at.duration_since(now).as_secs())
    };
    assert_eq!(next(0, None), Some(300));
    assert_eq!(next(0, Some(3_600)), Some(3_600));
    assert_eq!(next(0, Some(3_601)), Some(3_600), "an hour at most");
    assert_eq!(next(86_399, None), Some(300));
    assert_eq!(next(86_400, None), None, "a day is over");
}

#[test]
fn a_system_whose_secret_cannot_be_one_is_refused_without_repeating_it() {
    for system in super::SYSTEMS {
        let resolve = |secret: &str| Desk::resolve(&configured(system), |_| Ok(secret.as_bytes().to_vec()));
        let wrong = if system == "freshservice" { "hush:hush" } else { "hush" };
        for secret in [wrong, ""] {
            let error = resolve(secret).expect_err(system);
            assert!(!error.contains("hush"), "{error}");
        }
        let shown = format!("{:?}", desk(system));
        assert!(!shown.contains("hush") && !shown.contains("aHVza"), "{shown}");
        let http = access::config::Desk { url: "http://tickets.example".into(), ..configured(system) };
        let secret = if system == "freshservice" { "hush" } else { "a:b" };
        assert!(Desk::resolve(&http, |_| Ok(secret.into())).is_err(), "{system}: plain HTTP");
    }
    let error = Desk::resolve(&configured("autotask"), |_| Ok(b"gatehouse:hu\nsh".to_vec())).unwrap_err();
    assert_eq!(error, "the secret is not fit for a header");
}
