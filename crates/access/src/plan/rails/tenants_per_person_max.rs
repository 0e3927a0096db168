//! `tenants_per_person_max`: most customers' tenants that one person is meant to be in.
//!
//! The accident: the group that feeds every customer outgrows what Microsoft allows. One user can be a member or guest
//! of at most 500 tenants (Microsoft Entra service limits and restrictions); beyond that invitations fail, in an order
//! that nobody chose, and the person cannot be invited by anybody else either. Not configurable: Microsoft's number is
//! not, and twenty tenants are left for what others invite them to.

use super::{Judging, Verdict};
use crate::ids::PersonId;
use crate::plan::Action;
use crate::plan::input::Input;
use crate::plan::judge::Draft;
use crate::plan::problems::Problems;
use std::collections::BTreeSet;

/// Nobody is invited who is meant to be in more customers' tenants than this.
const TENANTS_MAX: u32 = 480;

/// From here on it is said.
const NOTICED_FROM: u32 = 400;

/// How many tenants Microsoft allows one user.
const ALLOWED: u32 = 500;

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let of = |draft: &Draft| draft.step.person.map_or(0, |person| tenants(judging.input, person));
    let invited =
        judging.live().filter(|(_, draft)| draft.step.action == Action::InviteGuest && of(draft) > TENANTS_MAX);
    let people: BTreeSet<PersonId> = invited.filter_map(|(_, draft)| draft.step.person).collect();
    // The additions that need the invitation wait with it.
    let waits = |draft: &Draft| {
        let brings = draft.step.action == Action::InviteGuest || draft.step.action.places();
        brings && draft.step.person.is_some_and(|person| people.contains(&person))
    };
    let steps: BTreeSet<usize> = judging.live().filter(|(_, draft)| waits(draft)).map(|(index, _)| index).collect();
    let Some(first) = steps.first() else { return Vec::new() };
    let most = steps.iter().map(|index| of(&judging.drafts[*index])).max().unwrap_or_default();
    vec![Verdict {
        rail: "tenants_per_person_max",
        package: judging.drafts[*first].step.package.clone(),
        limit: Some(TENANTS_MAX),
        text: format!(
            "{} would be in up to {most} customers' tenants, the limit is {TENANTS_MAX}, and Microsoft allows a user {ALLOWED}: spread the customers over more people. {}",
            super::people(people.len()),
            super::RELEASE
        ),
        steps,
    }]
}

/// Says who comes near the limit, of those who are invited.
pub(super) fn notice(input: &Input<'_>, drafts: &[Draft], problems: &mut Problems) {
    for draft in drafts.iter().filter(|draft| draft.step.action == Action::InviteGuest) {
        let Some(person) = draft.step.person else { continue };
        let count = tenants(input, person);
        if (NOTICED_FROM..=TENANTS_MAX).contains(&count) {
            let text = format!(
                "person {person} is meant to be in {count} customers' tenants; beyond {TENANTS_MAX} nobody is invited, since Microsoft allows a user {ALLOWED}"
            );
            let package = input.customer.packages.iter().find(|package| package.name == draft.step.package);
            problems.add("many_tenants", package, Some(person.into()), text);
        }
    }
}

fn tenants(input: &Input<'_>, person: PersonId) -> u32 {
    input.windows.tenants.as_ref().and_then(|tenants| tenants.get(&person)).copied().unwrap_or_default()
}
