//! What is ours: folded from the journal's entries, never edited by hand.
//!
//! The journal is the truth. An [`Entry::Intent`] is written before the write it names, an [`Entry::Outcome`] after
//! it; what happened in between a crash and the next survey is settled by that survey ([`settle`]). Ownership is
//! kept per target and guest; the packages that asked for a membership are kept as reasons only, so that renaming
//! one loses nothing.

#[cfg(test)]
mod commands_tests;
mod effects;
mod entry;
mod fold;
mod forget;
mod grants;
mod settle;
#[cfg(test)]
mod tests;
mod tries;

pub use effects::{Effect, Effects, RunNumbers};
pub use entry::{Commanded, Entry, Intent, Outcome, Release, StepKey};
pub use forget::{forget_customer, forget_package};
pub use grants::{Grant, Settled};
pub use settle::settle;
pub use tries::{Tried, pause_after};

use crate::ids::{GroupId, GuestId, PersonId, TenantId};
use crate::plan::Target;
use crate::requests::RequestId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long a read may show what was before a write of ours. Microsoft promises no bound; minutes were observed.
pub(crate) const REPLICA_LAG_MAX: SignedDuration = SignedDuration::from_mins(10);

/// What we know about one customer that Microsoft cannot tell us.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The partner's tenant that every person here belongs to; another one stops everything.
    pub partner: Option<TenantId>,
    /// Who stands for whom.
    pub guests: BTreeMap<PersonId, GuestRow>,
    /// Memberships that we made or adopted.
    pub rows: BTreeMap<Target, BTreeMap<GuestId, Row>>,
    /// Intents whose effect no survey has shown yet.
    pub open: BTreeMap<u64, Intent>,
    /// The number of the next intent.
    pub next: u64,
    /// Groups that we made, by the name they have in the configuration.
    pub groups: BTreeMap<String, GroupId>,
    /// Targets whose first complete run in `enforce` is done: nothing there is adopted any more.
    pub adopted: BTreeSet<Target>,
    /// Removals of the last 24 hours, for the rails over time.
    pub removed: Vec<Removed>,
    /// Additions of the last 24 hours.
    pub added: Vec<Added>,
    /// Invitations of the last 24 hours, for their budget.
    pub invited: Vec<Timestamp>,
    /// Whose invitation Microsoft refused within the last 24 hours, and when last: not tried again at once.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub refused: BTreeMap<PersonId, Timestamp>,
    /// Other steps that Microsoft refused within the last 24 hours and has not done since: tried again with growing pauses.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default, with = "tries::pairs")]
    pub tried: BTreeMap<StepKey, Tried>,
    /// Why invitations are blocked for this tenant, until a person clears it.
    pub invitations_blocked: Option<Timestamp>,
    /// What people let through or refused, while it is valid.
    pub releases: Vec<Release>,
    /// Requests that are carried out here: live ones, and those that ended and are not seen to be over yet.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub grants: BTreeMap<RequestId, Grant>,
    /// How those ended that hold nothing up any more; the last 30 days.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub settled: BTreeMap<RequestId, Settled>,
}

/// One removal, as the rails over time count it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// When it was intended.
    pub at: Timestamp,
    /// The package.
    pub package: String,
    /// Whose.
    pub guest: GuestId,
    /// Whether it followed from a fact about the person: the count and percent rails judge sets alone.
    #[serde(default)]
    pub fact: bool,
}

/// One addition, as the rails over time take it into account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// When it was intended.
    pub at: Timestamp,
    /// The package.
    pub package: String,
    /// Whose.
    pub guest: GuestId,
}

/// The guest who stands for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestRow {
    /// The guest.
    pub guest: GuestId,
    /// Whether we invited them. A guest never becomes ours by adoption.
    pub ours: bool,
    /// Whether a survey has confirmed `ours` (an invitation of an existing guest gives that guest back).
    pub verified: bool,
    /// Since when we know them.
    pub since: Timestamp,
    /// When we disabled them, if we did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub disabled: Option<Timestamp>,
    /// When we deleted them, if we did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deleted: Option<Timestamp>,
    /// When we last took a membership from them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_removed: Option<Timestamp>,
    /// When we last ended their sessions, or were refused to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revoked: Option<Timestamp>,
    /// When we last sent them their invitation again, or were about to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resent: Option<Timestamp>,
}

impl GuestRow {
    /// A guest of whom nothing else is known yet.
    pub(crate) fn new(guest: GuestId, ours: bool, since: Timestamp) -> Self {
        Self {
            guest,
            ours,
            verified: false,
            since,
            disabled: None,
            deleted: None,
            last_removed: None,
            revoked: None,
            resent: None,
        }
    }
}

/// One membership of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The person, by partner object id.
    pub person: PersonId,
    /// How it became ours.
    pub origin: Origin,
    /// Whether a survey has shown it.
    pub verified: bool,
    /// When a survey first showed it gone without us: taken away by the customer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub vanished: Option<Timestamp>,
    /// When we took it away; the next survey that shows it gone ends the row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub removing: Option<Timestamp>,
    /// The packages that asked for it: reasons, not ownership.
    pub packages: BTreeSet<String>,
    /// Whether a partner group asked for it, when that could last be told; else a grant alone does, and its end ends it.
    #[serde(skip_serializing_if = "is_true", default = "always")]
    pub standing: bool,
}

/// What was made before grants were known was asked for by partner groups.
fn always() -> bool {
    true
}

fn is_true(value: &bool) -> bool {
    *value
}

/// How a membership became ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// We made it.
    Made,
    /// It was there, and we were told to look after it.
    Adopted,
}

impl Ledger {
    /// The row of one membership.
    pub fn row(&self, target: Target, guest: GuestId) -> Option<&Row> {
        self.rows.get(&target)?.get(&guest)
    }

    /// The person for whom a guest stands.
    pub fn person_of(&self, guest: GuestId) -> Option<PersonId> {
        self.guests.iter().find(|(_, row)| row.guest == guest).map(|(person, _)| *person)
    }

    /// When an invitation of this person was last intended whose effect no survey has shown yet.
    pub fn invitation_open(&self, person: PersonId) -> Option<Timestamp> {
        let theirs = self.open.values().filter(|intent| {
            intent.step.action == crate::plan::Action::InviteGuest && intent.step.person == Some(person)
        });
        theirs.map(|intent| intent.at).max()
    }
}
