//! Grants: people in a package because of an approved request, until an end time.
//!
//! A grant stays in the ledger until a survey after its end shows that it holds nothing up any more; how that went is
//! remembered for a while, so that whoever follows the request can tell.

use super::Ledger;
use crate::ids::PersonId;
use crate::requests::RequestId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long it is remembered how a grant ended.
const SETTLED_KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// One person in one package, for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The request that it comes from.
    pub request: RequestId,
    /// Who: a user of the partner, or somebody outside ([`PersonId::outside`]).
    pub person: PersonId,
    /// The package, by name.
    pub package: String,
    /// The address that was approved, and is invited if the partner's directory does not say otherwise.
    pub mail: String,
    /// The name that a new guest gets.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Whether the person is no user of the partner's tenant.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub outside: bool,
    /// From when on.
    pub from: Timestamp,
    /// Until when, exclusively.
    pub until: Timestamp,
    /// Who approved it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub approved_by: Vec<String>,
    /// The ticket's number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ticket: Option<String>,
}

impl Grant {
    /// Whether the person is to have the package at this time.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }

    /// Whether its time is over.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.until <= now
    }
}

/// How a grant ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// What else keeps the person in the package's places, if something does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kept_by: Option<String>,
    /// When a survey showed it.
    pub at: Timestamp,
    /// Whose it was; not told in what was stored before this was noted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<PersonId>,
    /// Which package it gave; the same.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub package: Option<String>,
}

impl Ledger {
    /// The first end of a grant that still holds something up, or whose end no survey has confirmed.
    pub fn grants_end(&self) -> Option<Timestamp> {
        self.grants.values().map(|grant| grant.until).min()
    }

    /// The grants of this person.
    pub fn grants_of(&self, person: PersonId) -> impl Iterator<Item = &Grant> {
        self.grants.values().filter(move |grant| grant.person == person)
    }

    /// A grant begins. Told twice, the first word counts: what changed since must not be undone by a repetition.
    pub(super) fn grant(&mut self, grant: &Grant) {
        if !self.settled.contains_key(&grant.request) {
            self.grants.entry(grant.request.clone()).or_insert_with(|| grant.clone());
        }
    }

    pub(super) fn settle_grant(&mut self, request: &RequestId, kept_by: Option<&String>, at: Timestamp) {
        self.settled.retain(|_, settled| at.duration_since(settled.at) < SETTLED_KEPT_FOR);
        if let Some(Grant { person, package, .. }) = self.grants.remove(request) {
            let settled = Settled { kept_by: kept_by.cloned(), at, person: Some(person), package: Some(package) };
            self.settled.insert(request.clone(), settled);
        }
    }
}
