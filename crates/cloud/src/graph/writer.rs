//! Writes to one tenant. The last guards stand here, whatever the caller has checked before.

use super::order::{self, Order};
use super::permit::Permit;
use super::write::{Done, Write};
use super::{Graph, tenant_wide};
use crate::error::{Error, Kind};
use crate::pipeline::wire::BATCH_MAX;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// The most requests in one batch that each add many members: with more, Graph has been observed to answer 503.
pub const BINDS_IN_BATCH_MAX: usize = 5;

/// The most writes to one group or unit in one batch: the service works on them in parallel, and with more has been observed
/// to answer 503 for some.
pub const SAME_GROUP_MAX: usize = 5;

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
        let mut queue: Placed = Vec::new();
        for (place, write) in writes.into_iter().enumerate() {
            let order = order::compose(&write, &self.graph.pipeline.endpoints.graph)
                .and_then(|order| self.guard(&write, order));
            outcomes.push(match order {
                Ok(order) => {
                    queue.push((place, order));
                    None
                }
                Err((kind, operation, message)) => Some(Err(Error::new(kind, self.tenant, &operation, message))),
            });
        }
        while !queue.is_empty() {
            let (batch, rest) = next_batch(queue);
            let (places, orders): (Vec<usize>, Vec<Order>) = batch.into_iter().unzip();
            let ends = self.send_batch(&orders).await;
            let blocked =
                |end: &&Result<Done, Error>| matches!(end, Err(error) if error.kind == Kind::InvitationsBlocked);
            let stop = tenant_wide(&ends);
            let invitations_stop = ends.iter().find(blocked).and_then(|end| end.clone().err());
            for (place, end) in places.into_iter().zip(ends) {
                outcomes[place] = Some(end);
            }
            let held = |order: &Order| stop.as_ref().or(invitations_stop.as_ref().filter(|_| order.invites()));
            queue = Vec::with_capacity(rest.len());
            for (place, order) in rest {
                match held(&order) {
                    Some(error) => outcomes[place] = Some(Err(unsent(error, &order))),
                    None => queue.push((place, order)),
                }
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

/// Orders with their places in the caller's list.
type Placed = Vec<(usize, Order)>;

/// As many of the orders as may go together, in their order, and the rest.
fn next_batch(queue: Placed) -> (Placed, Placed) {
    let mut binds = 0;
    let mut same_container: HashMap<Uuid, usize> = HashMap::new();
    let (mut batch, mut rest) = (Vec::new(), Vec::new());
    for (place, order) in queue {
        let same = order.container.map_or(0, |container| same_container.get(&container).copied().unwrap_or_default());
        let crowded = same >= SAME_GROUP_MAX || (order.binds() && binds >= BINDS_IN_BATCH_MAX);
        if batch.len() == BATCH_MAX || crowded {
            rest.push((place, order));
            continue;
        }
        binds += usize::from(order.binds());
        if let Some(container) = order.container {
            same_container.insert(container, same + 1);
        }
        batch.push((place, order));
    }
    (batch, rest)
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
