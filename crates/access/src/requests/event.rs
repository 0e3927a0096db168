//! What can happen to a request, and why it is refused.

use super::Progress;
use super::address;
use crate::ids::{GroupId, PersonId};
use std::collections::{BTreeMap, BTreeSet};

/// Something happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody approves it.
    Approve(By),
    /// Somebody says no.
    Reject(By),
    /// Somebody wants it to last longer.
    Extend {
        /// Who.
        by: By,
        /// The new total from the start, in hours.
        hours: u32,
    },
    /// Somebody takes it back, or ends it before its time.
    Cancel(By),
    /// It is about to be carried out: to be stored *before* its grant is journalled.
    CarryOut {
        /// Who the invitee is at the partner, or the outside person who stands for the address.
        person: PersonId,
    },
    /// A run shows how far its grant is.
    Progress(Progress),
    /// Time has passed: whatever [`due`](super::due) says is due is done.
    Tick,
}

/// Who does it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct By {
    /// The caller through whom.
    pub caller: String,
    /// Whether that caller has the right `approve`: without it nobody whom it names approves anything, an extension neither.
    pub approves: bool,
    /// The person's mail address, from their token or as the caller says; `None`: no person is named.
    pub email: Option<String>,
    /// The person's object id, at the partner or in the customer's tenant, where it is known.
    pub person: Option<PersonId>,
    /// Other addresses of the same person, as the partner's directory knows them: so that nobody decides about their own
    /// request under another name.
    pub aliases: BTreeSet<String>,
    /// Who has the invitee's address at the partner, where that is known.
    pub invitee: Option<PersonId>,
    /// Whether the caller says who it is, and nobody's own token.
    pub asserted: bool,
    /// What they wrote.
    pub comment: Option<String>,
    /// For groups that approve: whether the person is in them. A group that could not be read is not here, and counts as
    /// one that the person is not in.
    pub groups: BTreeMap<GroupId, bool>,
}

impl By {
    /// The name under which it is kept: the person's address, else the caller's name.
    pub fn name(&self) -> &str {
        self.email.as_deref().unwrap_or(&self.caller)
    }

    /// Whether this is the person with that address, or with that object id.
    pub(super) fn is(&self, email: Option<&str>, person: Option<PersonId>) -> bool {
        let other = email.map(address::person);
        let by_mail = self.email.iter().chain(&self.aliases).any(|one| Some(address::person(one)) == other);
        by_mail || (self.person.is_some() && self.person == person)
    }
}

/// Why something does not happen. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Not in the state that the request is in.
    WrongState(&'static str),
    /// Nobody decides about their own request.
    OwnRequest(&'static str),
    /// They may not.
    Forbidden(&'static str),
    /// Nobody can ask for the package any more.
    NotRequestable,
    /// Longer than the package allows: at most so many hours.
    DurationTooLong(i64),
    /// The new total is less than what was granted already: so many hours.
    NotLonger(u32),
}

impl Refusal {
    /// The code of the answer, for programs. The names are a contract.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongState(_) => "wrong_state",
            Self::OwnRequest(_) => "own_request",
            Self::Forbidden(_) => "forbidden",
            Self::NotRequestable => "not_requestable",
            Self::DurationTooLong(_) => "duration_too_long",
            Self::NotLonger(_) => "invalid_body",
        }
    }

    /// Why, for people.
    pub fn detail(&self) -> String {
        match self {
            Self::WrongState(why) | Self::OwnRequest(why) | Self::Forbidden(why) => (*why).to_owned(),
            Self::NotRequestable => "nobody can ask for this package any more".to_owned(),
            Self::DurationTooLong(hours) => format!("must be a whole number from 1 to {hours}"),
            Self::NotLonger(hours) => format!("is the new total from the start, and {hours} hours are granted already"),
        }
    }
}
