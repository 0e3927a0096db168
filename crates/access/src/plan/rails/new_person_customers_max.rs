//! `new_person_customers_max`: most customers that one new person may enter in the first 24 hours.
//!
//! The accident: an account that nobody knows, a trainee's or an intruder's, is put into the group that feeds every
//! customer, and minutes later it is a guest in all of them. A customer's own first run is exempt: there everybody is
//! new.
//!
//! Which customers a person entered is counted outside of the plan, by reservations; see [`crate::plan::Windows`].

use super::{Judging, Verdict};
use crate::ids::PersonId;
use crate::ledger::StepKey;
use crate::plan::input::Input;
use crate::plan::judge::Draft;
use crate::plan::windows::NEW_FOR;
use crate::plan::{Action, Step};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The rail's name.
pub(crate) const NAME: &str = "new_person_customers_max";

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let input = judging.input;
    if input.windows.entries.is_none() {
        return Vec::new();
    }
    let limit = input.settings.limits.new_person_customers_max;
    let over =
        |step: &Step| entering(input, step).is_some_and(|person| elsewhere(input, person).count() >= limit as usize);
    let steps: BTreeSet<usize> =
        judging.live().filter(|(_, draft)| over(&draft.step)).map(|(index, _)| index).collect();
    let Some(first) = steps.first() else { return Vec::new() };
    let count = judging.people(&steps).len();
    vec![Verdict {
        rail: NAME,
        package: judging.drafts[*first].step.package.clone(),
        limit: Some(limit),
        text: format!(
            "{} first seen at the partner within the last 24 hours would enter more than {limit} customers, which is the limit for that time. {}",
            super::people(count),
            super::RELEASE
        ),
        steps,
    }]
}

/// The new person whom this step would bring into the customer.
fn entering(input: &Input<'_>, step: &Step) -> Option<PersonId> {
    let brings = step.action.places() || matches!(step.action, Action::InviteGuest | Action::RestoreGuest);
    let id = step.person.filter(|_| brings)?;
    let first_seen = input.snapshot.people.get(&id)?.first_seen?;
    let is_new = input.now.duration_since(first_seen) < NEW_FOR;
    let is_in = || input.ledger.rows.values().flat_map(|rows| rows.values()).any(|row| row.person == id);
    (is_new && !is_first_run(input) && !is_in()).then_some(id)
}

/// Whether nothing here was ever ours: then everybody enters.
fn is_first_run(input: &Input<'_>) -> bool {
    input.ledger.rows.is_empty() && input.ledger.adopted.is_empty()
}

/// Until when each of the other customers counts that this person entered.
fn elsewhere<'a>(input: &'a Input<'_>, person: PersonId) -> impl Iterator<Item = Timestamp> + 'a {
    let here = input.customer.tenant_id;
    let entered = input.windows.entries.as_ref().and_then(|entries| entries.get(&person)).into_iter().flatten();
    entered.filter(move |(tenant, _)| **tenant != here).map(|(_, until)| *until)
}

/// The new people whose other customers the window must know.
pub(super) fn people<'d>(
    input: &Input<'_>,
    drafts: impl Iterator<Item = &'d Draft>,
    released: &BTreeSet<StepKey>,
) -> BTreeSet<PersonId> {
    let counts = |draft: &&Draft| !released.contains(&StepKey::of(&draft.step));
    drafts.filter(counts).filter_map(|draft| entering(input, &draft.step)).collect()
}

/// When somebody is new no more, or one of their customers stops counting.
pub(super) fn opens(input: &Input<'_>) -> Option<Timestamp> {
    let people = input.windows.entries.as_ref()?.keys();
    let until = people.flat_map(|&person| {
        let first_seen = input.snapshot.people.get(&person).and_then(|known| known.first_seen);
        elsewhere(input, person).chain(first_seen.and_then(|at| at.checked_add(NEW_FOR).ok()))
    });
    until.filter(|at| *at > input.now).min()
}
