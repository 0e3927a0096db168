//! What the functions and the command line give and get.

use access::plan::CustomerPlan;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use thiserror::Error;

/// Why something could not be done, sorted by what the caller can do.
#[derive(Debug, Error)]
pub enum Error {
    /// The store did not answer as it should; try again later.
    #[error("the store failed: {0}")]
    Store(String),
    /// A newer program wrote a document, and this one leaves everything about it alone.
    #[error("{0}; nothing was written there")]
    Newer(String),
    /// Microsoft did not answer as it should.
    #[error("could not {what}: {source}")]
    Cloud {
        /// What was tried.
        what: String,
        /// What came back.
        source: cloud::Error,
    },
    /// Reading the partner failed moments ago in this process; it is not tried again at once for each customer.
    #[error("the partner could not be read: {0}")]
    PartnerUnread(String),
    /// A ticket could not be read from its system.
    #[error("the ticket could not be read: {0}")]
    TicketUnread(String),
    /// The customer's lease went to somebody else; what was done before is in the journal.
    #[error("another run took over ({0}); it goes on from the journal")]
    Lost(String),
    /// Somebody else is at work on the customer; try again.
    #[error("{0}")]
    Busy(String),
    /// The configuration names another partner tenant than the one for which the store was kept.
    #[error("{0}")]
    PartnerChanged(String),
    /// What came from outside cannot be read.
    #[error("{0}")]
    BadInput(String),
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

impl Error {
    pub(crate) fn cloud(what: &str, source: &cloud::Error) -> Self {
        Self::Cloud { what: what.into(), source: source.clone() }
    }

    /// Whether it says something of the machine on which we run and of nothing else: it has no credential of the app.
    pub fn is_of_this_machine(&self) -> bool {
        matches!(self, Self::Cloud { source, .. } if source.kind == cloud::Kind::NoCredential)
    }

    /// Whether the same call can succeed soon without anybody mending anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(_) | Self::Lost(_) | Self::Busy(_) | Self::PartnerUnread(_) | Self::TicketUnread(_) => true,
            Self::Cloud { source, .. } => source.transient(),
            _ => false,
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Newer { .. } => Self::Newer(error.to_string()),
            error => Self::Store(error.to_string()),
        }
    }
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
    /// Its number in the journal, as `gatehouse undo` takes it; `None` where nothing was written there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<u64>,
}

impl Run {
    /// This run together with one that went ahead of it and only took away.
    pub fn after(mut self, ahead: &Self) -> Self {
        self.applied += ahead.applied;
        let done = |step: &&access::plan::Step| step.action.takes() && !self.plan.steps.contains(step);
        let done: Vec<_> = ahead.plan.steps.iter().filter(done).cloned().collect();
        self.plan.steps.splice(0..0, done);
        self
    }
}

/// What one tick of `schedule_sync` found.
#[derive(Debug, Clone, Default)]
pub struct Tick {
    /// Customers to queue: first those that people leave and whose removals are not done yet, then by name.
    pub due: Vec<String>,
    /// Things to log.
    pub notes: Vec<String>,
}

/// A person who decides, and how we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// Who, by mail address or caller's name.
    pub who: String,
    /// Whether it is only said, by a machine caller or on the command line, and not proven by the person's own token.
    pub asserted: bool,
    /// Their words.
    pub comment: Option<String>,
}

/// How many a person believes to be concerned by a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirm {
    /// Customers; `None`: not said.
    pub customers: Option<u32>,
    /// Different people, over all of them.
    pub people: u32,
}

/// How far a decision on holds in many customers came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecidedTogether {
    /// The customers where it is done, by name, those of an earlier attempt included.
    pub customers: Vec<String>,
    /// The customers where it is not done yet, each with the reason; saying the same again goes on there.
    pub open: Vec<(String, String)>,
    /// The customers where other steps are held by now: nothing was decided there.
    pub changed: Vec<String>,
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
    /// What people ordered and should not forget, such as pauses: no alarm. Left out like `red`, and where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub noted: Vec<Red>,
}

/// What anybody may know, and how long ago it was so.
#[derive(Debug, Clone)]
pub struct Glance {
    /// Status and version, and no more.
    pub health: Health,
    /// How long ago the look at the store began that it comes from.
    pub age: Duration,
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
