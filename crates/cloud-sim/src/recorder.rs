//! What went over the wire, and what it did.

use crate::directory::{Actor, Change};
use jiff::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// One request that reached the simulated service; items of a batch are listed beside their envelope.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// When it arrived, by the simulator's monotonic clock.
    pub at: Duration,
    /// The HTTP method.
    pub method: String,
    /// The path as sent, without the version and the query; with `/management` or `/logs` before it where it is none of
    /// Graph's.
    pub path: String,
    /// The path with its ids replaced, such as `/groups/{id}/members`; `resource` for Azure Resource Manager, `query` for a
    /// log query; `None` for unknown routes.
    pub route: Option<&'static str>,
    /// The tenant that it acted in, as far as known.
    pub tenant: Option<Uuid>,
    /// The status of the answer, even of one that a fault lost or mangled afterwards.
    pub status: u16,
    /// Items in a batch envelope, 0 otherwise.
    pub items: usize,
    /// Whether it was itself an item of a batch.
    pub in_batch: bool,
    /// What it cost in resource units.
    pub units: u32,
}

impl Recorded {
    /// Whether it is a round trip of its own: items of a batch are not.
    pub fn is_round_trip(&self) -> bool {
        !self.in_batch
    }

    /// Whether it asked for a change. Batch envelopes, `getByIds` and log queries are reads by themselves.
    pub fn is_write(&self) -> bool {
        self.method != "GET"
            && !matches!(self.route, Some("/$batch" | "/directoryObjects/getByIds" | "token" | "query"))
    }
}

/// One change that an application made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// Wall-clock time of the change.
    pub at: Timestamp,
    /// Where.
    pub tenant: Uuid,
    /// Which application.
    pub by: Actor,
    /// What.
    pub change: Change,
}
