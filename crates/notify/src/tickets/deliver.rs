//! Sending what an exchange asks for.

use super::desk::Desk;
use super::exchange::{Answer, Step, exchange};
use super::told::Told;
use crate::send::lost;
use crate::{SEND_TIMEOUT, Sent};
use outside::{Clock, Transport};
use std::time::Duration;

/// How long one delivery may take, all its requests together. Whoever claims one claims it for longer, so that nobody
/// else writes the note meanwhile.
pub const DELIVERY_TIMEOUT: Duration = Duration::from_secs(25);

/// How many requests one delivery may make. The longest, an update of Zendesk that two conflicts interrupt after a
/// search for an earlier attempt, makes seven.
const REQUESTS_MAX: usize = 8;

/// Tells the ticket once, within [`DELIVERY_TIMEOUT`]. Nothing is repeated; the result says whether to try again.
///
/// What it says in `why` names the host and no more: neither the ticket nor the person, nor any secret.
pub async fn deliver(transport: &dyn Transport, clock: &dyn Clock, desk: &Desk, told: &Told) -> Sent {
    let host = &desk.host;
    let mut exchange = match exchange(desk, told) {
        Ok(exchange) => exchange,
        Err(sent) => return sent,
    };
    let end = clock.monotonic() + DELIVERY_TIMEOUT;
    let mut step = exchange.begin();
    for _ in 0..REQUESTS_MAX {
        let request = match step {
            Step::Done(sent) => return sent,
            Step::Ask(request) => request,
        };
        let left = end.saturating_sub(clock.monotonic());
        if left.is_zero() {
            return too_long(host);
        }
        step = match transport.send(request, left.min(SEND_TIMEOUT)).await {
            Ok(response) => exchange.next(&Answer::new(response, clock.now())),
            Err(error) => return lost(host, &error),
        };
    }
    match step {
        Step::Done(sent) => sent,
        Step::Ask(_) => too_long(host),
    }
}

fn too_long(host: &str) -> Sent {
    let why = format!("{host} did not come to an end within {} s", DELIVERY_TIMEOUT.as_secs());
    Sent::Later { why, after: None, unclear: true }
}
