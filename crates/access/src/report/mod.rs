//! Who had what, when and why: the journal of one customer, told for people.
//!
//! Pure: the same entries give the same report. Names of places and addresses of people are given by the caller, who
//! may know them; ids stand where nobody does.

mod telling;
#[cfg(test)]
mod tests;

pub use telling::{Of, Telling};

use crate::ids::{GuestId, PersonId, TenantId};
use crate::plan::Target;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One customer's report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The customer, as people call them.
    pub customer: String,
    /// Their tenant.
    pub tenant_id: TenantId,
    /// The partner.
    pub partner: String,
    /// From when on, if not from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Up to when, exclusively.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Memberships, by person and place.
    pub access: Vec<Access>,
    /// What was done to guests and groups themselves, oldest first.
    pub events: Vec<Event>,
    /// What people decided, oldest first.
    pub decisions: Vec<Decision>,
}

/// One membership, from when until when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Access {
    /// The person's address, where it is known.
    pub mail: Option<String>,
    /// The place by its name, else its id.
    pub place: String,
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None`: still.
    pub until: Option<Timestamp>,
    /// The person.
    pub person: PersonId,
    /// The guest who stands for them.
    pub guest: GuestId,
    /// The place.
    pub target: Target,
    /// The packages that asked for it.
    pub packages: BTreeSet<String>,
    /// How it came about.
    pub how: String,
    /// How it ended, if it did.
    pub ended: Option<String>,
    /// Who let it through, where a person had to.
    pub released_by: Option<String>,
}

/// Something that was done to a guest or a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Whose address, or which group.
    pub who: String,
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
    /// Who let it through, where a person had to.
    pub released_by: Option<String>,
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Whether it is only said, by a machine caller or on the command line, that it was they.
    pub asserted: bool,
    /// What.
    pub what: String,
    /// Their words.
    pub words: Option<String>,
}

/// What the journal does not know.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Places by their display names.
    pub places: BTreeMap<Target, String>,
    /// People by their addresses, where the journal has none.
    pub people: BTreeMap<PersonId, String>,
}

impl Report {
    /// Leaves out what lies wholly outside the period.
    fn within(&mut self) {
        let (from, to) = (self.from, self.to);
        let begun = |at: Timestamp| to.is_none_or(|to| at < to);
        let over = |at: Timestamp| from.is_some_and(|from| at < from);
        self.access.retain(|one| begun(one.from) && !one.until.is_some_and(over));
        self.events.retain(|one| begun(one.at) && !over(one.at));
        self.decisions.retain(|one| begun(one.at) && !over(one.at));
    }
}
