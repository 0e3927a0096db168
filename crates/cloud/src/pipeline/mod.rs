//! The way of a request to Graph, Log Analytics or Azure Resource Manager. The order of the layers is the architecture:
//!
//! ```text
//! retry     one budget for a request with all its attempts and pauses     attempt.rs, retry.rs
//!  └ pace       taking from the tenant's quotas, or waiting for them      pace.rs
//!     └ identity    the tenant's token, renewed once after a 401          ../login
//!        └ slot         at most 64 requests under way, 16 in one tenant,  door.rs
//!           │              of log queries 5
//!           └ permit       a write asks whether it still may              ../graph/permit.rs
//!              └ transport    one HTTP request, alone or as a batch       wire.rs, outside::Transport
//! ```
//!
//! Retry is outermost, so that each attempt is paced, and is sent with the token and under the lease of that moment. The
//! permit is asked last, because every layer above it may have waited. Whatever needs several requests (pages, batches)
//! is a loop around the pipeline, and knows nothing of what is in it.

mod attempt;
pub(crate) mod call;
pub(crate) mod door;
pub(crate) mod pace;
pub(crate) mod retry;
pub(crate) mod told;
pub(crate) mod wire;

use crate::endpoints::{Api, Endpoints};
use crate::error::{Error, Kind};
use crate::graph::Permit;
use crate::login::{Login, Token};
pub(crate) use attempt::Finished;
use attempt::{Open, Round, judge, throttled};
use call::{Call, Cost, Effect, Outcome, Reply};
use door::{Door, Share};
use outside::{Clock, Random, TransportError};
use pace::{Account, Pace};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// All layers.
pub(crate) struct Pipeline {
    pub(crate) endpoints: Endpoints,
    pub(crate) login: Login,
    pub(crate) pace: Arc<Pace>,
    pub(crate) door: Door,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl Pipeline {
    /// Sends up to [`wire::BATCH_MAX`] requests to one tenant, together where they are due together.
    ///
    /// `finished` gets each end as it comes, and may give the request that follows from it (the next page), which goes out
    /// with whatever else is due then.
    pub(crate) async fn run(
        &self,
        tenant: Uuid,
        calls: Vec<Call>,
        permit: Option<&dyn Permit>,
        mut finished: impl FnMut(usize, Finished) -> Option<Call> + Send,
    ) {
        debug_assert!(calls.len() <= wire::BATCH_MAX, "the caller splits");
        let start = self.clock.monotonic();
        let mut waiting: Vec<Open> =
            calls.into_iter().enumerate().map(|(index, call)| Open::new(index, call, start)).collect();
        while let Some(due) = waiting.iter().map(|open| open.not_before).min() {
            let wait = due.saturating_sub(self.clock.monotonic());
            if !wait.is_zero() {
                self.clock.sleep(wait).await;
            }
            let now = self.clock.monotonic().max(due);
            let (ready, later): (Vec<Open>, Vec<Open>) = waiting.into_iter().partition(|open| open.not_before <= now);
            waiting = later;
            let batched = ready.len() > 1;
            let outcomes = self.round(tenant, &ready, permit).await;
            let round = Round {
                batched,
                longest: outcomes.iter().filter_map(throttled).max(),
                fraction: self.random.fraction(),
                now: self.clock.monotonic(),
            };
            for (open, outcome) in ready.into_iter().zip(outcomes) {
                match judge(tenant, open, outcome, &round) {
                    Ok(again) => waiting.push(again),
                    Err((index, end)) => {
                        if let Some(call) = finished(index, end) {
                            waiting.push(Open::new(index, call, self.clock.monotonic()));
                        }
                    }
                }
            }
            waiting.sort_by_key(|open| open.index);
        }
    }

    /// Whose quotas a request to this tenant meets.
    fn account(&self, tenant: Uuid) -> Account {
        Account { tenant, app: self.login.app(tenant) }
    }

    /// Sends one request that follows from nothing, and gives the service's decision.
    pub(crate) async fn one(&self, tenant: Uuid, call: Call) -> Result<Reply, Error> {
        let mut ended = None;
        let finished = |_: usize, end: Finished| {
            ended = Some(end.outcome);
            None
        };
        self.run(tenant, vec![call], None, finished).await;
        ended.expect("the pipeline ends every request")
    }

    /// One round trip with everything that is due, through the layers below retry.
    async fn round(&self, tenant: Uuid, ready: &[Open], permit: Option<&dyn Permit>) -> Vec<Outcome> {
        let (cost, patience, timeout) = totals(ready, self.clock.monotonic());
        let stopped = |error: Error| {
            let one = |open: &Open| Outcome::Stopped(Error { operation: open.call.operation.clone(), ..error.clone() });
            ready.iter().map(one).collect()
        };
        if let Err(wait) = self.pace.take(self.account(tenant), cost, patience).await {
            let kind = Kind::Throttled { retry_after: Some(wait) };
            return stopped(Error::new(kind, tenant, "", "the tenant's quota is used up; nothing was sent"));
        }
        let calls: Vec<&Call> = ready.iter().map(|open| &open.call).collect();
        debug_assert!(calls.len() == 1 || calls.iter().all(|call| call.api == Api::Graph), "only Graph has batches");
        let (api, share) = calls.first().map_or((Api::Graph, Share::Usual), |call| (call.api, call.share()));
        let token = match self.login.token(tenant, api, patience).await {
            Ok(token) => token,
            Err(error) => return stopped(error),
        };
        let id = self.random.id();
        let request = match calls.as_slice() {
            [call] => wire::single(&self.endpoints, call, token.text(), id),
            calls => wire::batch(&self.endpoints.graph, calls, token.text(), id),
        };
        let request = match request {
            Ok(request) => request,
            Err(message) => return stopped(Error::new(Kind::Refused, tenant, "", message)),
        };
        let slot = self.door.slot(tenant, share).await;
        if let Some(permit) = permit
            && let Err(reason) = permit.permit(timeout).await
        {
            return stopped(Error::new(Kind::LeaseLost(reason.clone()), tenant, "", reason));
        }
        let attempt = ready.iter().map(|open| open.attempts).max().unwrap_or_default() + 1;
        let asked = told::Asked { tenant, api: told::name(api), attempt, requests: calls.len() };
        let sent = slot.send(request, timeout, asked).await;
        tracing::debug!(%tenant, ?api, requests = calls.len(), client_request_id = %id, ok = sent.is_ok(), "asked");
        let outcomes = match sent {
            Ok(response) => {
                let now = self.clock.now();
                let reply = door::reply(response, now);
                if let [_] = calls.as_slice() {
                    vec![Outcome::Reply(reply)]
                } else {
                    self.envelope(tenant, reply, &calls)
                }
            }
            Err(error) => vec![unsent(&error); calls.len()],
        };
        self.learn(tenant, &token, &calls, &outcomes);
        // Azure's own APIs go by roles on resources, of which a token tells nothing.
        if token.is_bare() && api == Api::Graph {
            outcomes.into_iter().zip(&calls).map(|end| without_consent(tenant, end)).collect()
        } else {
            outcomes
        }
    }

    /// A batch's answer. When the batch as a whole was turned away, so was each request; but only such statuses are handed
    /// down that mean the same for each of them: a 404 of the batch does not make an object absent.
    fn envelope(&self, tenant: Uuid, reply: Reply, calls: &[&Call]) -> Vec<Outcome> {
        if reply.status == 200 {
            return wire::unpack(reply, calls.len(), self.clock.now());
        }
        if matches!(reply.status, 401 | 429) || retry::faulty(&reply) {
            return vec![Outcome::Reply(reply); calls.len()];
        }
        let message = match reply.error() {
            Some((_, message)) => format!("the batch was refused: {message}"),
            None => "the batch was refused".to_owned(),
        };
        let refused = |call: &&Call| {
            let mut error = Error::new(Kind::Refused, tenant, &call.operation, message.clone());
            (error.status, error.code) = (Some(reply.status), reply.code().to_owned());
            error.request_id.clone_from(&reply.request_id);
            Outcome::Stopped(error)
        };
        calls.iter().map(refused).collect()
    }

    /// What the answers say about quotas and about the token.
    fn learn(&self, tenant: Uuid, token: &Token, calls: &[&Call], outcomes: &[Outcome]) {
        let mut replies: Vec<(&Call, &Reply)> = calls
            .iter()
            .zip(outcomes)
            .filter_map(|(call, outcome)| match outcome {
                Outcome::Reply(reply) => Some((*call, reply)),
                _ => None,
            })
            .collect();
        // A batch's requests are charged one after the other, in an order that nobody tells. The last tells what is left
        // after all of them; those before it would make it look as if somebody else had taken the rest.
        let used = |reply: &Reply| reply.quota_used.unwrap_or_default();
        replies.sort_by(|(_, one), (_, other)| used(other).total_cmp(&used(one)));
        for (call, reply) in replies {
            self.pace.observe(self.account(tenant), call.cost, reply);
            match reply.status {
                _ if retry::refuses_token(reply) => token.forget(),
                // A token never picks up a permission that was given after it was made.
                403 => self.login.forget_unless_fresh(token),
                _ => {}
            }
        }
    }
}

/// What a refusal means where the token names no permission at all: not that one is missing, but that the tenant's consent is.
fn without_consent(tenant: Uuid, (outcome, call): (Outcome, &&Call)) -> Outcome {
    match outcome {
        Outcome::Reply(reply) if reply.status == 403 && reply.error().is_some() => {
            Outcome::Stopped(Error::from_reply(Kind::NoConsent, tenant, &call.operation, &reply))
        }
        other => other,
    }
}

/// The costs of all, what is left of the shortest budget, and the longest time that the round trip may take.
fn totals(ready: &[Open], now: Duration) -> (Cost, Duration, Duration) {
    let cost = ready.iter().fold(Cost::default(), |sum, open| sum.plus(open.call.cost));
    let patience = ready.iter().map(|open| open.deadline.saturating_sub(now)).min().unwrap_or_default();
    let writes = ready.iter().filter(|open| open.call.effect != Effect::Read);
    let reads = ready.iter().map(|open| open.call.timeout()).max().unwrap_or(call::READ_TIMEOUT);
    let timeout = writes.map(|open| open.call.timeout()).min().unwrap_or(reads);
    (cost, patience, timeout)
}

fn unsent(error: &TransportError) -> Outcome {
    match error {
        TransportError::NeverSent(message) => Outcome::NeverSent(message.clone()),
        TransportError::Interrupted(_) | TransportError::TimedOut(_) => Outcome::Lost(error.to_string()),
        TransportError::TooLarge(_) => Outcome::Garbled(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
