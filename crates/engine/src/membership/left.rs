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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double;
    use access::config::Mode;
    use access::ids::{GroupId, GuestId, TenantId};
    use access::ledger::{GuestRow, Origin, Row};
    use access::plan::{CustomerPlan, Held, PersonState, Target};
    use jiff::SignedDuration;
    use std::collections::BTreeMap;
    use store::journal::Head;
    use uuid::Uuid;

    /// Who left, and how.
    type Leavers = [(u32, PersonState)];

    /// Three people, of whom these have left.
    fn partner(left: &Leavers) -> Partner {
        let mut snapshot = double::snapshot(3, SignedDuration::ZERO);
        for (number, state) in left {
            let person = snapshot.people.get_mut(&double::person(*number)).expect("one of the three");
            (person.state, person.left) = (*state, Some(double::noon()));
        }
        double::partner(snapshot)
    }

    /// The first person has a guest here and the second a membership; the third is not known.
    fn ledger() -> Ledger {
        let guest = |number| GuestId(Uuid::from_u128(number));
        let known = GuestRow {
            guest: guest(1),
            ours: true,
            verified: true,
            since: double::noon(),
            disabled: None,
            deleted: None,
            last_removed: None,
            revoked: None,
            resent: None,
        };
        let row = Row {
            person: double::person(1),
            origin: Origin::Adopted,
            verified: true,
            vanished: None,
            removing: None,
            packages: BTreeSet::new(),
            standing: true,
        };
        Ledger {
            guests: BTreeMap::from([(double::person(0), known)]),
            rows: BTreeMap::from([(Target::Group(GroupId(Uuid::from_u128(9))), BTreeMap::from([(guest(2), row)]))]),
            ..Ledger::default()
        }
    }

    fn body(plan: Option<CustomerPlan>) -> Body {
        Body {
            epoch: 1,
            chain: Head::genesis("contoso"),
            ledger: ledger(),
            denied: Default::default(),
            vetted: BTreeMap::new(),
            last: plan,
            failures: Vec::new(),
            held_until: None,
            told: BTreeSet::new(),
            trouble: None,
        }
    }

    fn plan(held: Vec<Held>) -> CustomerPlan {
        CustomerPlan {
            customer: "contoso".into(),
            tenant_id: TenantId(Uuid::from_u128(4)),
            mode: Mode::Enforce,
            digest: String::new(),
            steps: Vec::new(),
            held,
            held_steps: Vec::new(),
            problems: Vec::new(),
            unchanged: 2,
        }
    }

    #[test]
    fn only_a_leaver_whom_the_customer_knows_is_a_reason_to_look_at_it() {
        use PersonState::{Deleted, Disabled, Unconfirmed};
        let cases: [(&str, &Leavers, bool); 7] = [
            ("nobody", &[], true),
            ("somebody who has a guest here", &[(0, Disabled)], false),
            ("somebody who has a membership alone", &[(1, Deleted)], false),
            ("a stranger", &[(2, Disabled)], true),
            ("a stranger and somebody known", &[(1, Disabled), (2, Disabled)], false),
            ("everybody", &[(0, Deleted), (1, Deleted), (2, Deleted)], false),
            ("somebody of whom it is not confirmed", &[(0, Unconfirmed)], true),
        ];
        let nobody = Left::of(&partner(&[]), &ledger());
        for (who, left, goes_on) in cases {
            let partner = partner(left);
            let now = nobody.carried_on(&partner, &body(Some(plan(Vec::new()))));
            assert_eq!(now, goes_on.then(|| Left::of(&partner, &ledger())), "{who} left");
        }
    }

    #[test]
    fn who_was_gone_before_is_no_news_and_who_comes_back_or_is_deleted_besides_is() {
        use PersonState::{Deleted, Disabled};
        let quiet = body(Some(plan(Vec::new())));
        let before = Left::of(&partner(&[(0, Disabled)]), &ledger());
        let carried = |left: &Leavers| before.carried_on(&partner(left), &quiet).is_some();
        assert!(carried(&[(0, Disabled)]));
        assert!(carried(&[(0, Disabled), (2, Deleted)]), "a stranger besides");
        assert!(!carried(&[]), "back");
        assert!(!carried(&[(0, Deleted)]), "deleted besides");
        assert!(!carried(&[(1, Disabled)]), "another one in their place");
    }

    #[test]
    fn a_strangers_leaving_is_remembered_so_that_it_is_asked_for_once() {
        let stranger = partner(&[(2, PersonState::Disabled)]);
        let nobody = Left::of(&partner(&[]), &ledger());
        let now = nobody.carried_on(&stranger, &body(Some(plan(Vec::new())))).expect("nobody of theirs left");
        assert_eq!((now.all == nobody.all, now.here == nobody.here), (false, true));
        assert_eq!(now.all, stranger.left(), "the next look finds it the same");
    }

    #[test]
    fn a_plan_that_holds_something_or_was_never_made_is_always_made_again() {
        let nobody = Left::of(&partner(&[]), &ledger());
        let held = Held {
            rail: "empty_source".into(),
            package: "second-line".into(),
            count: 1,
            limit: None,
            steps: 1,
            text: String::new(),
            cause: String::new(),
            indices: Vec::new(),
        };
        for (plan, why) in [(None, "never made"), (Some(plan(vec![held])), "holds something")] {
            assert_eq!(nobody.carried_on(&partner(&[]), &body(plan)), None, "{why}");
        }
    }
}
