//! Why somebody who is in a place loses it: a fact about this very person, or a conclusion from a set.

use super::difference::list;
use super::place::Comparison;
use super::{Cause, PersonState};
use crate::config::Mode;
use crate::ids::PersonId;
use crate::ledger::Row;
use std::collections::BTreeSet;

impl Comparison<'_> {
    /// The cause of a removal.
    pub(super) fn cause(&self, person: Option<PersonId>, row: Option<&Row>, denied: bool) -> Cause {
        if person.is_some_and(|person| self.input.bar(person).is_some()) {
            return Cause::Barred;
        }
        if denied {
            return Cause::Denied;
        }
        let Some(person) = person else { return Cause::Stranger };
        let offboarding = self.input.mode == Mode::Offboard;
        match self.input.person(person).map(|person| person.state) {
            Some(PersonState::Disabled) => Cause::Disabled,
            Some(PersonState::Deleted) => Cause::Deleted,
            _ if self.is_grant_over(person, row) => Cause::GrantEnded,
            Some(PersonState::Enabled | PersonState::Unconfirmed) | None if offboarding => Cause::Offboarded,
            Some(PersonState::Enabled | PersonState::Unconfirmed) | None => Cause::Absent,
        }
    }

    /// Whether a grant that is over is all that the membership rests on.
    fn is_grant_over(&self, person: PersonId, row: Option<&Row>) -> bool {
        let Some(row) = row.filter(|row| !row.standing && !self.is_granted_by_gone(person, row)) else { return false };
        let here = |name: &String| self.packages.iter().any(|one| one.package.name == *name);
        let gave = |package: &String| row.packages.contains(package) || here(package);
        let ledger = &self.input.ledger;
        // One is settled and the person there where the survey that showed them absent lagged for longer than we reckon
        // with. What somebody has forgotten on purpose stays.
        let mut settled = ledger.settled.values().filter(|one| one.person == Some(person) && one.kept_by.is_none());
        ledger.grants_of(person).any(|grant| grant.has_ended(self.input.now) && gave(&grant.package))
            || settled.any(|one| one.package.as_ref().is_some_and(gave))
    }

    /// Whether a live grant of a package that is gone from the configuration once gave this: it stays until that ends.
    pub(super) fn is_granted_by_gone(&self, person: PersonId, row: &Row) -> bool {
        let mut grants = self.input.live_grants().filter(|grant| grant.person == person);
        grants.any(|grant| row.packages.contains(&grant.package) && !self.input.has_package(&grant.package))
    }
}

/// The same in words.
pub(super) fn why(cause: Cause, packages: &BTreeSet<String>) -> String {
    match cause {
        Cause::Disabled => "disabled at the partner".into(),
        Cause::Deleted => "deleted at the partner".into(),
        Cause::Denied => "on the customer's stop list".into(),
        Cause::GrantEnded => "the grant has ended".into(),
        Cause::Barred => "barred: somebody ordered that they leave".into(),
        Cause::Absent => format!("no longer in the partner groups of {}", list(packages)),
        Cause::Offboarded => "the customer is being offboarded".into(),
        Cause::Undone => "undone by a person".into(),
        Cause::Stranger => format!("not a person of {}, whose group is ours alone", list(packages)),
    }
}
