//! What the functions and the command line give and get.

use crate::{By, Error};
use access::config::May;
use access::ids::{ObjectId, TenantId};
use access::requests::body::Wrong;
use access::requests::policy::Problem;
use access::requests::{Request, RequestId, Status};
use std::collections::BTreeSet;
use thiserror::Error as ThisError;

/// Whoever asks for something or decides: a caller of the HTTP API, or the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Its name in the configuration; `cli` for the command line.
    pub name: String,
    /// What it may do.
    pub may: BTreeSet<May>,
    /// The customers (by name) that it may see and name; `None`: all.
    pub customers: Option<BTreeSet<String>>,
    /// The person whose token it is, by mail address; `None`: a machine.
    pub person: Option<String>,
    /// That person's own account: unlike an address it never changes hands.
    pub account: Option<(TenantId, ObjectId)>,
}

impl Caller {
    /// The name of the command line among callers.
    pub const COMMAND_LINE: &str = "cli";

    /// The command line: it may do everything, and whoever uses it is named by the command.
    pub fn command_line() -> Self {
        Self {
            name: Self::COMMAND_LINE.into(),
            may: BTreeSet::from([May::Request, May::Approve, May::Read]),
            customers: None,
            person: None,
            account: None,
        }
    }

    /// Whether it has this right.
    pub fn may(&self, right: May) -> bool {
        self.may.contains(&right)
    }

    /// Whether it may know that this customer exists.
    pub fn may_see(&self, customer: &str) -> bool {
        self.customers.as_ref().is_none_or(|customers| customers.contains(customer))
    }
}

/// What somebody sent to ask for access.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Who sent it.
    pub caller: &'a Caller,
    /// Its `Idempotency-Key`, if it has one.
    pub key: Option<&'a str>,
    /// What the sender calls this delivery, where its scheme has such a name.
    pub delivery: Option<&'a str>,
    /// The body, as it was sent.
    pub body: &'a [u8],
}

/// A request that was asked for, now or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// As it is now.
    pub request: Request,
    /// Whether the same was asked before, so that nothing new came of it.
    pub again: bool,
}

/// What came of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It asked for access.
    Made(Box<Made>),
    /// It tells of something else that happened to a ticket, and asks for nothing; why, for people.
    Nothing(&'static str),
}

/// What a person does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decide {
    /// Say yes.
    Approve,
    /// Say no.
    Reject,
    /// Let it last so many hours in all, from its start.
    Extend {
        /// The new total.
        hours: u32,
    },
    /// Take it back, or end it now.
    Cancel,
}

/// Which requests to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this customer, by name.
    pub customer: Option<String>,
    /// Of this status.
    pub status: Option<Status>,
    /// Only those after this one.
    pub after: Option<RequestId>,
}

/// Some requests, and where the list goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The requests, by id.
    pub requests: Vec<Request>,
    /// The last one looked at, where there may be more after it.
    pub next: Option<RequestId>,
}

/// Why a request was not made or changed, sorted by what the caller can do.
#[derive(Debug, ThisError)]
pub enum Refused {
    /// The body cannot be read at all.
    #[error("the body cannot be read: {0}")]
    Unreadable(String),
    /// The body is not what is asked for: everything that is wrong with it.
    #[error("the body is not as expected: {0:?}")]
    Body(Vec<Wrong>),
    /// The policy says no: everything for which it does.
    #[error("the request is refused: {0:?}")]
    Policy(Vec<Problem>),
    /// The present rules of the package say no.
    #[error("{text}")]
    Rules {
        /// A stable code.
        code: &'static str,
        /// Why.
        text: String,
    },
    /// The same key came with another body before.
    #[error("this key came with another body before")]
    KeyReused,
    /// There is no such request, or none that this caller may see.
    #[error("there is no request {0}")]
    NotFound(String),
    /// The caller, or the person, may not do that.
    #[error("{0}")]
    Forbidden(String),
    /// The person is the requester or the invitee.
    #[error("{0}")]
    OwnRequest(String),
    /// The request is no longer (or not yet) where that can be done.
    #[error("{0}")]
    WrongState(String),
    /// Something did not answer as it should.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// What a decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct Deciding<'a> {
    /// Through whom it came.
    pub caller: &'a Caller,
    /// Who decides. Without a person it is the caller.
    pub by: &'a By,
    /// Whether a person is named (by a token, or by the body).
    pub named: bool,
}
