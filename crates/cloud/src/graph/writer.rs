//! Writes to one tenant. The last guards stand here, whatever the caller has checked before.

use super::order::{self, Order};
use super::permit::Permit;
use super::write::{Done, Write};
use super::{Graph, tenant_wide};
use crate::error::{Error, Kind};
use crate::pipeline::wire::BATCH_MAX;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// The most requests in one batch that each add many members: with more, Graph has been observed to answer 503.
pub const BINDS_IN_BATCH_MAX: usize = 5;

/// Sends writes to one tenant.
#[derive(Clone)]
pub struct Writer {
    graph: Graph,
    tenant: Uuid,
    protected: Arc<BTreeSet<Uuid>>,
    permit: Arc<dyn Permit>,
}

impl Writer {
    pub(super) fn new(graph: Graph, tenant: Uuid, protected: Arc<BTreeSet<Uuid>>, permit: Arc<dyn Permit>) -> Self {
        Self { graph, tenant, protected, permit }
    }

    /// The tenant that is written to.
    pub fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// Outcomes in the order of the writes. Batches of up to 20 go out one after the other; within a batch the service
    /// works in parallel, so writes of one call must not depend on each other.
    ///
    /// Where the tenant as a whole cannot be written, the batches that have not been sent are not sent any more: an error
    /// that [may have happened](Error::may_have_happened) is then only with what was sent. After a block of invitations no
    /// other invitation is sent.
    pub async fn send(&self, writes: Vec<Write>) -> Vec<Result<Done, Error>> {
        let mut outcomes: Vec<Option<Result<Done, Error>>> = Vec::with_capacity(writes.len());
        let mut queue: Vec<(usize, Order)> = Vec::new();
        for (place, write) in writes.into_iter().enumerate() {
            let order = order::compose(&write, &self.graph.pipeline.graph).and_then(|order| self.guard(&write, order));
            outcomes.push(match order {
                Ok(order) => {
                    queue.push((place, order));
                    None
                }
                Err((kind, operation, message)) => Some(Err(Error::new(kind, self.tenant, &operation, message))),
            });
        }
        let mut stop: Option<Error> = None;
        let mut invitations_stop: Option<Error> = None;
        let mut rest = queue.into_iter().peekable();
        while rest.peek().is_some() {
            let mut batch: Vec<(usize, Order)> = Vec::new();
            let mut binds = 0;
            while batch.len() < BATCH_MAX
                && let Some((place, order)) = rest.next_if(|(_, order)| !order.binds() || binds < BINDS_IN_BATCH_MAX)
            {
                let held = stop.as_ref().or(invitations_stop.as_ref().filter(|_| order.invites()));
                if let Some(error) = held {
                    outcomes[place] = Some(Err(unsent(error, &order)));
                    continue;
                }
                binds += usize::from(order.binds());
                batch.push((place, order));
            }
            if batch.is_empty() {
                continue;
            }
            let (places, orders): (Vec<usize>, Vec<Order>) = batch.into_iter().unzip();
            let ends = self.send_batch(&orders).await;
            stop = tenant_wide(&ends);
            let blocked = ends.iter().filter_map(|end| end.as_ref().err());
            let blocked = blocked.filter(|error| error.kind == Kind::InvitationsBlocked).last();
            invitations_stop = blocked.cloned().or(invitations_stop);
            for (place, end) in places.into_iter().zip(ends) {
                outcomes[place] = Some(end);
            }
        }
        outcomes.into_iter().map(|outcome| outcome.expect("every write was sent or refused")).collect()
    }

    async fn send_batch(&self, orders: &[Order]) -> Vec<Result<Done, Error>> {
        let mut ends: Vec<Option<Result<Done, Error>>> = vec![None; orders.len()];
        let calls = orders.iter().map(|order| order.call.clone()).collect();
        let permit = Some(self.permit.as_ref());
        let finished = |index: usize, end| {
            ends[index] = Some(orders[index].finish(end, self.tenant));
            None
        };
        self.graph.pipeline.run(self.tenant, calls, permit, finished).await;
        ends.into_iter().map(|end| end.expect("the pipeline ends every request")).collect()
    }

    fn guard(&self, write: &Write, order: Order) -> Result<Order, order::Unfit> {
        match write.objects().into_iter().find(|id| self.protected.contains(id)) {
            Some(id) => Err((Kind::Protected, order.call.operation, format!("{id} is protected"))),
            None => Ok(order),
        }
    }
}

/// The error of a write that is not sent because of an earlier one. What may be true of that one is not true of this.
fn unsent(cause: &Error, order: &Order) -> Error {
    let kind = match &cause.kind {
        Kind::Unclear | Kind::Unavailable => Kind::NeverSent,
        kind => kind.clone(),
    };
    let message = format!("not sent after an earlier write of the same call failed: {}", cause.message);
    Error { kind, message, operation: order.call.operation.clone(), ..cause.clone() }
}
