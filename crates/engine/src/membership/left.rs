//! Who left the partner, as far as one customer is concerned: a leaver must not cost a survey of every customer in which
//! nobody knows them.

use super::documents::Body;
use super::partner::{Partner, hex};
use access::ids::PersonId;
use access::ledger::Ledger;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Who had left the partner when the customer was last looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The digest of all of them.
    pub all: String,
    /// The digest of those who have something in this customer, by the ledger.
    pub here: String,
}

impl Left {
    pub(super) fn of(partner: &Partner, ledger: &Ledger) -> Self {
        Self { all: partner.left(), here: here(partner, ledger) }
    }

    /// The same as of now, where nobody left (or came back) who matters to this customer's plan. A plan that holds
    /// something rests on more people than those of the ledger, so it is always made again.
    pub(super) fn carried_on(&self, partner: &Partner, body: &Body) -> Option<Self> {
        let holds = body.last.as_ref().is_none_or(|plan| !plan.held.is_empty());
        let now = Self::of(partner, &body.ledger);
        (!holds && now.here == self.here).then_some(now)
    }
}

fn here(partner: &Partner, ledger: &Ledger) -> String {
    let in_rows = ledger.rows.values().flat_map(|rows| rows.values().map(|row| row.person));
    let granted = ledger.grants.values().map(|grant| grant.person);
    let people: BTreeSet<PersonId> = ledger.guests.keys().copied().chain(in_rows).chain(granted).collect();
    let mut hash = Sha256::new();
    for id in people {
        if let Some(facts) = partner.leaving(id) {
            hash.update(facts);
        }
    }
    hex(&hash.finalize()[..8])
}
