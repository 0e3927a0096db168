//! Delivering a queue's messages.

use super::Local;
use super::queue::{ATTEMPTS_MAX, Queue, Taken};
use crate::hosts::stop::Stop;
use crate::hosts::{Host, poison};
use ::http::HeaderMap;
use functions::{Message, Reply, Wake};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// How many messages of one queue are in work at once, as many as one Azure instance takes: `batchSize` and
/// `newBatchThreshold` of host.json together (page "Azure Queue storage trigger", host.json settings). Each customer has its
/// own quotas, so what bounds it is memory: a survey of 500 people holds about half a megabyte.
pub const AT_ONCE_MAX: usize = 48;
/// How long nothing is looked for in an empty queue; a new message wakes the loop earlier.
const IDLE: Duration = Duration::from_secs(3600);

/// Delivers messages to the function until it is time to stop, then waits for those in work.
pub(super) async fn run(local: &Local, name: &'static str, queue: Arc<Queue>, mut stop: Stop) {
    let clock = &local.host.clock;
    let mut working = JoinSet::new();
    loop {
        while working.len() < AT_ONCE_MAX {
            let Some(taken) = queue.take(clock.monotonic()) else { break };
            working.spawn(deliver(Arc::clone(&local.host), name, taken));
        }
        let full = working.len() >= AT_ONCE_MAX;
        let hidden = if full { None } else { queue.next_visible() };
        let wait = hidden.map_or(IDLE, |at| at.saturating_sub(clock.monotonic()));
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(ended) = working.join_next() => settle(local, name, &queue, ended).await,
            () = queue.pushed(), if !full => {}
            () = clock.sleep(wait), if !full => {}
        }
    }
    while let Some(ended) = working.join_next().await {
        settle(local, name, &queue, ended).await;
    }
}

async fn deliver(host: Arc<Host>, name: &'static str, taken: Taken) -> (Taken, Option<Reply>) {
    let Some(function) = host.function(name) else { return (taken, None) };
    let invocation = host.invocation(&HeaderMap::new());
    let message = Message { text: taken.text.clone() };
    let reply = host.wake(function, &invocation, Wake::Queue(message)).await;
    (taken, Some(reply))
}

type Ended = Result<(Taken, Option<Reply>), tokio::task::JoinError>;

async fn settle(local: &Local, name: &'static str, queue: &Queue, ended: Ended) {
    // A handler's panic is caught long before this; the task itself can only be cancelled with the whole runtime.
    let Ok((taken, reply)) = ended else { return };
    match (reply, local.host.function(name)) {
        (Some(Reply::Done(done)), Some(function)) => local.send(function, &done),
        (Some(Reply::Retry(retry)), _) => {
            let text = taken.text.clone();
            if queue.failed(taken, &retry.why, local.host.clock.monotonic()) {
                tracing::error!(function = name, message = text, why = retry.why, "poison");
                poison::record(&local.host, name, &text, ATTEMPTS_MAX, &retry.why, poison::RECORD_WITHIN).await;
            }
        }
        _ => {}
    }
}
