//! Everything that the functions and the command line call.

use access::config::Config;
use access::plan::{CustomerPlan, Plan};
use outside::{Clock, Random};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use thiserror::Error;

/// Why something could not be done, sorted by what the caller can do.
#[derive(Debug, Error)]
pub enum Error {
    /// The store did not answer as it should; try again later.
    #[error("the store failed: {0}")]
    Store(String),
    /// Microsoft did not answer as it should; the next run tries again.
    #[error("{0}")]
    Cloud(String),
    /// The name is not in the configuration.
    #[error("there is no customer named {0:?} in the configuration")]
    UnknownCustomer(String),
    /// The digest names no held plan (any more).
    #[error("{0}")]
    PlanChanged(String),
    /// No held plan has that digest.
    #[error("no held plan has the digest {0}")]
    NoSuchPlan(String),
    /// A bug of ours.
    #[error("internal error: {0}")]
    Internal(String),
}

/// What one run may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct How {
    /// Read the partner afresh instead of using the stored snapshot (`gatehouse plan`, `gatehouse sync`).
    pub fresh: bool,
    /// Apply although the customer is in `observe` (`gatehouse sync --enforce`).
    pub enforce: bool,
}

/// How one customer's run ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Nothing to do, found at the price of one round trip.
    Unchanged,
    /// Somebody else holds the customer's lease; they were told to run again.
    Busy,
    /// The mode is `paused`.
    Paused,
    /// A plan was made; in `enforce` it was applied.
    Ran(Box<Run>),
    /// The run failed; what was done before is in the journal, and the next run goes on.
    Failed {
        /// What failed, for which customer, what to do next.
        text: String,
        /// Whether the same message should be delivered again.
        retry: bool,
    },
}

/// What one run planned and did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// The plan as judged.
    pub plan: CustomerPlan,
    /// How many of its steps were carried out.
    pub applied: u32,
    /// Steps that wait: for the invitation budget, for replication, for the next run's time.
    pub waiting: u32,
    /// Steps that failed, each with its reason.
    pub failures: Vec<String>,
}

/// What one tick of `schedule_sync` found.
#[derive(Debug, Clone, Default)]
pub struct Tick {
    /// Customers to queue, by name, sorted.
    pub due: Vec<String>,
    /// Things to log.
    pub notes: Vec<String>,
}

/// A person who decides, and how we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// Who, by mail address or caller's name.
    pub who: String,
    /// Whether a machine caller only says so.
    pub asserted: bool,
    /// Their words.
    pub comment: Option<String>,
}

/// What `health` tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Health {
    /// `ok`, or `red` where something needs a person.
    pub status: String,
    /// The program's version.
    pub version: String,
    /// What is red, sorted; left out for callers without `read`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub red: Option<Vec<Red>>,
}

/// One thing that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Red {
    /// The customer; `None`: the program itself.
    pub customer: Option<String>,
    /// A stable code.
    pub code: String,
    /// In words, with what to do.
    pub text: String,
}

/// The program's doing half: built once per process from the configuration.
pub struct Engine {
    /// The resolved configuration.
    pub config: Arc<Config>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

impl Engine {
    /// `schedule_sync`: refreshes the partner snapshot, says which customers are due.
    pub async fn tick(&self) -> Result<Tick, Error> {
        Err(Error::Internal("not built yet".into()))
    }

    /// `sync_customer`: one customer, whole.
    pub async fn sync(&self, customer: &str, how: How) -> Result<Outcome, Error> {
        let _ = how;
        Err(Error::UnknownCustomer(customer.into()))
    }

    /// Surveys and plans the named customers (all, if none is named); never constructs a writer.
    pub async fn plan(&self, customers: &[String]) -> Result<Plan, Error> {
        let _ = customers;
        Err(Error::Internal("not built yet".into()))
    }

    /// The stored plans that hold something, of the named customers (`None`: all).
    pub async fn held(&self, customers: Option<&[String]>) -> Result<Vec<CustomerPlan>, Error> {
        let _ = customers;
        Err(Error::Internal("not built yet".into()))
    }

    /// Lets exactly the held steps of this digest through, for 24 h; marks the customers dirty. Returns their names.
    pub async fn release(&self, digest: &str, customers: Option<&[String]>, by: &By) -> Result<Vec<String>, Error> {
        let _ = (customers, by);
        Err(Error::NoSuchPlan(digest.into()))
    }

    /// Refuses the held steps of this digest until the held set changes. Returns the customers' names.
    pub async fn refuse(&self, digest: &str, customers: Option<&[String]>, by: &By) -> Result<Vec<String>, Error> {
        let _ = (customers, by);
        Err(Error::NoSuchPlan(digest.into()))
    }

    /// `directory_changes`: takes the body of a Graph change notification, marks the customers it concerns dirty.
    /// Items with a wrong `clientState` or an unknown tenant are ignored. Returns how many items were believed.
    pub async fn directory_changes(&self, body: &[u8]) -> Result<u32, Error> {
        let _ = body;
        Err(Error::Internal("not built yet".into()))
    }

    /// Records a queue message that nobody can read, so that it is seen and not retried for ever.
    pub async fn record_poison(&self, function: &str, message: &str, why: &str) -> Result<(), Error> {
        let _ = (function, message, why);
        Err(Error::Internal("not built yet".into()))
    }

    /// Liveness, version, and what is red.
    pub async fn health(&self, details: bool) -> Health {
        Health { status: "ok".into(), version: env!("CARGO_PKG_VERSION").into(), red: details.then(Vec::new) }
    }
}
