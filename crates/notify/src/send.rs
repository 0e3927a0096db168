//! One attempt to send one message, and what its answer means.

use crate::channel::{Channel, Kind};
use crate::exchange::{Answer, Exchange, Single, Step, accepted, any_success, unmakeable};
use crate::message::Message;
use crate::page::Page;
use crate::ways::Ways;
use crate::{Notice, jsm, mail, pagerduty, servicenow, slack, smtp, sns, teams, twilio, webhook};
use bytes::Bytes;
use futures::future::join_all;
use http::{HeaderMap, Request, header};
use jiff::{SignedDuration, Timestamp};
use outside::{Transport, TransportError};
use std::time::Duration;

/// How long a service may take to answer one request.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// How many requests one message to one channel may take, one after the other: a look at what is there, and the message.
/// Whoever claims a message claims it for longer than these may take together.
pub const REQUESTS_MAX: usize = 2;

/// Statuses that no repetition changes.
const FINAL: [u16; 5] = [400, 401, 403, 404, 410];

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The service took it.
    Taken,
    /// It may be taken later.
    Later {
        /// Why not now, without any secret.
        why: String,
        /// The pause that the service asked for.
        after: Option<SignedDuration>,
        /// Whether it may have been taken all the same: no complete answer came.
        unclear: bool,
    },
    /// It will never be taken as it is.
    Never {
        /// Why, without any secret.
        why: String,
    },
}

/// Sends the notice once, at this time.
///
/// An error of the transport is told in our own words and with the host alone: the rest of an address may be a secret.
pub async fn send(ways: &Ways, channel: &Channel, notice: &Notice, now: Timestamp) -> Sent {
    one(ways, channel, &Message::from(notice), now).await
}

/// Sends the page once, at this time. A channel that has nothing to say of it (a telephone, that somebody else
/// acknowledged) is done without sending.
pub async fn send_page(ways: &Ways, channel: &Channel, page: &Page, now: Timestamp) -> Sent {
    let messages = match channel.kind {
        Kind::PagerDuty { .. } | Kind::Jsm { .. } | Kind::ServiceNow { .. } => Message::of_alerts(page),
        _ => vec![Message::from(page)],
    };
    together(join_all(messages.iter().map(|message| one(ways, channel, message, now))).await)
}

async fn one(ways: &Ways, channel: &Channel, message: &Message, now: Timestamp) -> Sent {
    let host = channel.host.as_str();
    let exchanges = match &channel.kind {
        Kind::Smtp { server, from, to } => return smtp::send(ways, server, from, to, message, now).await,
        Kind::Mail { base, from, to } => return mail::send(ways, base.as_deref(), from, to, message, now).await,
        _ => exchanges(ways, channel, message, now),
    };
    let exchanges = match exchanges {
        Ok(exchanges) => exchanges,
        Err(sent) => return sent,
    };
    let walks = exchanges.into_iter().map(|exchange| walk(&*ways.transport, host, exchange, now));
    together(join_all(walks).await)
}

/// The exchanges that tell this service: one, or one for each receiver.
fn exchanges<'a>(
    ways: &'a Ways,
    channel: &'a Channel,
    message: &'a Message,
    now: Timestamp,
) -> Result<Vec<Box<dyn Exchange + 'a>>, Sent> {
    let host = channel.host.as_str();
    let single = |request: Result<Request<Bytes>, http::Error>, judge| {
        let request = request.map_err(|_| unmakeable(host))?;
        Ok(vec![Box::new(Single::new(host, request, judge)) as Box<dyn Exchange + 'a>])
    };
    match &channel.kind {
        Kind::Teams(url) => single(teams::render(url.reveal(), message), any_success),
        Kind::Slack(url) => single(slack::render(url.reveal(), message), slack::judge_webhook),
        Kind::SlackApp(app) => single(slack::render_app(app, message), slack::judge_app),
        Kind::PagerDuty { url, key, .. } => single(pagerduty::render(url, key.reveal(), message), accepted),
        Kind::Sns { url, topic, region, keys } => {
            let Some(keys) = keys.as_ref().or(ways.aws.as_ref()) else {
                let why = "no access key is configured, and the platform gives none (AWS Lambda would)".to_owned();
                return Err(Sent::Never { why });
            };
            single(sns::render(url, topic, region, keys, message, now), sns::judge)
        }
        Kind::Webhook { url, key } => single(webhook::render(url, &key.0, message, now), any_success),
        Kind::Jsm { url, login, team } => Ok(vec![Box::new(jsm::Jsm::new(host, url, login, team.as_deref(), message))]),
        Kind::ServiceNow { url, login, assignment_group } => {
            let group = assignment_group.as_deref();
            Ok(vec![Box::new(servicenow::Record::new(host, url, login, group, message))])
        }
        Kind::Twilio { url, login, from, to } => {
            let texts = to.iter().map(|to| twilio::Text::new(host, url, login, from, to, message));
            Ok(texts.map(|text| Box::new(text) as Box<dyn Exchange + 'a>).collect())
        }
        // They are sent in ways of their own.
        Kind::Mail { .. } | Kind::Smtp { .. } => Err(unmakeable(host)),
    }
}

/// Goes through one exchange.
async fn walk(transport: &dyn Transport, host: &str, mut exchange: Box<dyn Exchange + '_>, now: Timestamp) -> Sent {
    let mut step = exchange.begin();
    for _ in 0..REQUESTS_MAX {
        let request = match step {
            Step::Done(sent) => return sent,
            Step::Ask(request) => request,
        };
        step = match transport.send(request, SEND_TIMEOUT).await {
            Ok(response) => exchange.next(&Answer::new(response, now)),
            Err(error) => return lost(host, &error),
        };
    }
    match step {
        Step::Done(sent) => sent,
        Step::Ask(_) => Sent::Later { why: format!("{host} asked for too much"), after: None, unclear: true },
    }
}

/// How it ended for all receivers, or for all alerts, together. Where some may take it later it is sent again, as one that
/// may repeat (and those who have it are asked for it first); where some never will, it counts by the others.
fn together(ends: Vec<Sent>) -> Sent {
    let taken = ends.contains(&Sent::Taken);
    let mut worst = Sent::Taken;
    for end in ends {
        worst = match (worst, end) {
            (Sent::Later { why, after, unclear }, Sent::Later { after: other, unclear: also, .. }) => {
                Sent::Later { why, after: after.max(other), unclear: unclear || also }
            }
            (later @ Sent::Later { .. }, _) | (_, later @ Sent::Later { .. }) => later,
            (_, never @ Sent::Never { .. }) if !taken => never,
            (worst, _) => worst,
        };
    }
    match worst {
        Sent::Later { why, after, unclear } => Sent::Later { why, after, unclear: unclear || taken },
        other => other,
    }
}

/// How an attempt ended that got no complete answer.
pub(crate) fn lost(host: &str, error: &TransportError) -> Sent {
    let (why, unclear) = match error {
        TransportError::NeverSent(_) => (format!("{host} could not be reached"), false),
        TransportError::Interrupted(_) => (format!("the connection to {host} broke"), true),
        TransportError::TimedOut(limit) => (format!("{host} did not answer within {} s", limit.as_secs()), true),
        TransportError::TooLarge(_) => (format!("the answer of {host} was too large"), true),
    };
    Sent::Later { why, after: None, unclear }
}

/// What a status means, with the pause that the service asks for.
pub(crate) fn sort(host: &str, status: u16, after: Option<SignedDuration>) -> Sent {
    let why = format!("{host} answered {status}");
    match status {
        200..=299 => Sent::Taken,
        status if FINAL.contains(&status) => Sent::Never { why },
        // A redirect is never followed: it would carry the message, and what signs it, to somebody else.
        _ => Sent::Later { why, after, unclear: false },
    }
}

/// `Retry-After`, in seconds or as a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u32>() {
        return Some(SignedDuration::from_secs(seconds.into()));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(at.duration_since(now).max(SignedDuration::ZERO))
}
