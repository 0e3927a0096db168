//! When to try again. Pure: time and randomness are arguments.

use super::call::{Effect, Outcome, Reply};
use jiff::Timestamp;
use std::time::Duration;

/// The most attempts at one request, the first included.
pub(crate) const ATTEMPTS_MAX: u32 = 5;

/// How long one request may take with all its pauses and attempts; each page of a listing has its own.
pub(crate) const BUDGET: Duration = Duration::from_secs(60);

/// The pause after the first failed attempt; it doubles with each.
const PAUSE_FIRST: Duration = Duration::from_millis(500);

/// What an attempt's end means for the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// This is the end.
    Stop,
    /// Again, after our pause or the service's, whichever is longer.
    Pause(Option<Duration>),
    /// Again at once, with a fresh token.
    Renew,
}

/// Whether an attempt that ended like this may be followed by another.
///
/// `batched` tells that the answer is one of a batch. There, a 429 without a code of the throttling gateway has been
/// seen on changes that were made, so what must happen once only is not repeated after it.
pub(crate) fn next(effect: Effect, outcome: &Outcome, renewed: bool, batched: bool) -> Next {
    let repeatable = effect != Effect::Once;
    match outcome {
        Outcome::NeverSent(_) => Next::Pause(None),
        Outcome::Lost(_) if repeatable => Next::Pause(None),
        Outcome::Garbled(_) if effect == Effect::Repeatable => Next::Pause(None),
        Outcome::Reply(reply) => match reply.status {
            _ if refuses_token(reply) && !renewed => Next::Renew,
            429 if repeatable || !batched || refused_by_gateway(reply) => Next::Pause(reply.retry_after),
            409 if repeatable && reply.code() == "Directory_ConcurrencyViolation" => Next::Pause(reply.retry_after),
            _ if faulty(reply) && repeatable => Next::Pause(reply.retry_after),
            _ => Next::Stop,
        },
        Outcome::Lost(_) | Outcome::Garbled(_) | Outcome::Stopped(_) => Next::Stop,
    }
}

/// Whether the answer is a fault of the service, after which a write may have happened.
pub(crate) fn faulty(reply: &Reply) -> bool {
    // 501 is how Graph says that it does not know the query, and 408 that it gave up in the middle.
    reply.status == 408 || (reply.status >= 500 && reply.status != 501)
}

/// Whether an attempt that ended like this may have changed something. `batched` as for [`next`].
pub(crate) fn doubtful(effect: Effect, outcome: &Outcome, batched: bool) -> bool {
    effect != Effect::Read
        && match outcome {
            Outcome::Lost(_) | Outcome::Garbled(_) => true,
            Outcome::Reply(reply) if reply.status == 429 => batched && !refused_by_gateway(reply),
            Outcome::Reply(reply) => faulty(reply),
            Outcome::NeverSent(_) | Outcome::Stopped(_) => false,
        }
}

/// Whether the token itself is refused. Log Analytics says so with a 403 (page "Azure Monitor Log Analytics API errors").
pub(crate) fn refuses_token(reply: &Reply) -> bool {
    reply.status == 401 || (reply.status == 403 && reply.code() == "InvalidAuthenticationToken")
}

fn refused_by_gateway(reply: &Reply) -> bool {
    matches!(reply.code(), "TooManyRequests" | "activityLimitReached")
}

/// Our own pause after this many attempts: doubling, half of it left to chance (`fraction` is 0 to 1), so that many who
/// failed together do not come back together.
pub(crate) fn pause(attempts: u32, fraction: f64) -> Duration {
    let full = PAUSE_FIRST * 2u32.pow(attempts.saturating_sub(1).min(6));
    full / 2 + (full / 2).mul_f64(fraction)
}

/// Reads `Retry-After`: seconds, or the time of an HTTP date from `now` on.
pub(crate) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(header).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}
