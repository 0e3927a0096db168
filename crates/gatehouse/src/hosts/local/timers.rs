//! Running timers at the times that their schedules say.

use super::Local;
use super::schedule::Schedule;
use crate::hosts::stop::Stop;
use ::http::HeaderMap;
use functions::{Function, Reply, Timer, Wake};
use jiff::Timestamp;
use std::time::Duration;

/// The longest pause between two looks at the wall clock: it may jump, and the machine may have slept.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Runs one timer until it is time to stop. Its runs never overlap: one that takes longer than the interval makes the
/// next start at once, and however many occurrences were missed, one run makes up for them.
pub(super) async fn run(local: &Local, function: &Function, stop: Stop) {
    let text = function.definition.trigger().and_then(|trigger| trigger.schedule.as_deref()).unwrap_or_default();
    let schedule: Schedule = match text.parse() {
        Ok(schedule) => schedule,
        Err(error) => return tracing::error!(function = function.name, %error, "this timer never runs"),
    };
    let mut last = local.host.clock.now();
    loop {
        let due = tokio::select! {
            biased;
            () = stop.clone() => return,
            due = wait(local, &schedule, last) => due,
        };
        let Some(due) = due else { return tracing::error!(function = function.name, text, "this timer never runs") };
        let now = local.host.clock.now();
        let past_due = schedule.next_after(due).is_some_and(|following| following <= now);
        let invocation = local.host.invocation(&HeaderMap::new());
        let reply = local.host.wake(function, &invocation, Wake::Timer(Timer { past_due })).await;
        if let Reply::Done(done) = reply {
            local.send(function, &done);
        }
        last = due.max(now);
    }
}

/// Waits for the first occurrence after `last`; `None`: there is none, ever.
async fn wait(local: &Local, schedule: &Schedule, last: Timestamp) -> Option<Timestamp> {
    let clock = &local.host.clock;
    let mut due = schedule.next_after(last)?;
    loop {
        let now = clock.now();
        // When the wall clock was set back, the old due time may be far away: then the next by the new time counts.
        due = due.min(schedule.next_after(now)?);
        let Ok(remaining) = Duration::try_from(due.duration_since(now)) else { return Some(due) };
        if remaining.is_zero() {
            return Some(due);
        }
        clock.sleep(remaining.min(PAUSE_MAX)).await;
    }
}
