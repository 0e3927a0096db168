//! One attempt to send one message, and what its answer means.

use crate::{Channel, Notice, pagerduty, slack, teams, webhook};
use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};
use outside::{Transport, TransportError};
use std::time::Duration;

/// How long a service may take to answer.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(10);

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
pub async fn send(transport: &dyn Transport, channel: &Channel, notice: &Notice, now: Timestamp) -> Sent {
    let request = match channel {
        Channel::Teams(url) => teams::render(url.reveal(), notice),
        Channel::Slack(url) => slack::render(url.reveal(), notice),
        Channel::PagerDuty { url, key } => pagerduty::render(url, key.reveal(), notice),
        Channel::Webhook { url, key } => webhook::render(url, &key.0, notice, now),
    };
    let host = channel.host();
    let Ok(request) = request else {
        return Sent::Never { why: format!("no request to {host} can be made of it") };
    };
    match transport.send(request, SEND_TIMEOUT).await {
        Ok(answer) => sort(&host, answer.status().as_u16(), retry_after(answer.headers(), now)),
        Err(error) => lost(&host, &error),
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
