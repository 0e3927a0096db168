//! One request over its attempts: where it stands, whether there is another, and how it ends.

use super::call::{Call, Outcome, Reply};
use super::retry::{self, Next};
use crate::error::{Error, Kind};
use std::time::Duration;
use uuid::Uuid;

/// How one request ended, all attempts together.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The last answer, if it is a decision of the service; otherwise why there is none.
    pub(crate) outcome: Result<Reply, Error>,
    /// Whether an earlier attempt reached the service and was not plainly turned away, so that "already there" may be its work.
    pub(crate) tried: bool,
    /// Whether an earlier attempt may have changed something.
    pub(crate) doubt: bool,
}

/// A request between its attempts.
pub(super) struct Open {
    pub(super) index: usize,
    pub(super) call: Call,
    pub(super) attempts: u32,
    pub(super) tried: bool,
    pub(super) doubt: bool,
    /// Whether its token was renewed already, which happens once.
    pub(super) renewed: bool,
    pub(super) not_before: Duration,
    pub(super) deadline: Duration,
}

impl Open {
    pub(super) fn new(index: usize, call: Call, now: Duration) -> Self {
        let deadline = now + retry::BUDGET;
        Self { index, call, attempts: 0, tried: false, doubt: false, renewed: false, not_before: now, deadline }
    }
}

/// What all requests of a round trip have in common when it is over. One chance for all of their pauses, so that what
/// failed together is sent together again.
pub(super) struct Round {
    /// Whether the answers came in a batch.
    pub(super) batched: bool,
    /// The longest pause that one of them was given; all that were throttled wait for it.
    pub(super) longest: Option<Duration>,
    /// Chance, from 0 to 1.
    pub(super) fraction: f64,
    /// When it was over.
    pub(super) now: Duration,
}

/// The retry layer: another attempt, or the end.
pub(super) fn judge(tenant: Uuid, mut open: Open, outcome: Outcome, round: &Round) -> Result<Open, (usize, Finished)> {
    let effect = open.call.effect;
    open.attempts += 1;
    let again = open.attempts < retry::ATTEMPTS_MAX;
    let doubtful = retry::doubtful(effect, &outcome, round.batched);
    match retry::next(effect, &outcome, open.renewed, round.batched) {
        Next::Renew if again => {
            open.renewed = true;
            open.not_before = round.now;
            return Ok(open);
        }
        Next::Pause(asked) => {
            let asked = if throttled(&outcome).is_some() { round.longest } else { asked };
            let pause = retry::pause(open.attempts, round.fraction).max(asked.unwrap_or_default());
            if again && round.now + pause < open.deadline {
                open.tried |= doubtful || matches!(outcome, Outcome::Reply(_));
                open.doubt |= doubtful;
                open.not_before = round.now + pause;
                return Ok(open);
            }
        }
        Next::Renew | Next::Stop => {}
    }
    let mut outcome = conclude(tenant, &open.call, outcome);
    if let Err(error) = &mut outcome
        && (open.doubt || doubtful)
    {
        error.kind = Kind::Unclear;
    }
    Err((open.index, Finished { outcome, tried: open.tried, doubt: open.doubt }))
}

/// The pause that a throttled answer asks for.
pub(super) fn throttled(outcome: &Outcome) -> Option<Duration> {
    match outcome {
        Outcome::Reply(reply) if reply.status == 429 => Some(reply.retry_after.unwrap_or_default()),
        _ => None,
    }
}

/// The last outcome as the caller gets it: the service's decision, or an error.
fn conclude(tenant: Uuid, call: &Call, outcome: Outcome) -> Result<Reply, Error> {
    let error = |kind, message: String| Error::new(kind, tenant, &call.operation, message);
    match outcome {
        Outcome::Reply(reply) => {
            let kind = match reply.status {
                429 => Kind::Throttled { retry_after: reply.retry_after },
                409 if reply.code() == "Directory_ConcurrencyViolation" => Kind::Unavailable,
                _ if retry::faulty(&reply) => Kind::Unavailable,
                _ => return Ok(reply),
            };
            Err(Error::from_reply(kind, tenant, &call.operation, &reply))
        }
        Outcome::NeverSent(message) => Err(error(Kind::NeverSent, message)),
        Outcome::Lost(message) => Err(error(Kind::Unavailable, message)),
        Outcome::Garbled(message) => Err(error(Kind::Garbled, message)),
        Outcome::Stopped(stopped) => Err(stopped),
    }
}
