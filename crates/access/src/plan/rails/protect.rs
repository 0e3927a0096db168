//! `protect`: nothing is ever done to, or on behalf of, what is protected.
//!
//! The accident: an administrator's own account, a break-glass account or a holder of a directory role ends up in a
//! source group (or leaves one), and an automatism locks them out. Listed objects of either tenant are protected;
//! so are, without being listed, break-glass accounts and holders of directory roles. A role within a unit that a
//! package names does not protect, whoever gave it: else whom we gave it could never leave again.

use super::{Judging, Verdict};
use crate::ids::{GuestId, ObjectId};
use crate::plan::world::OtherAccess;
use crate::plan::{Step, vetting::object_of};
use std::collections::{BTreeMap, BTreeSet};

/// The rail's name.
pub(crate) const NAME: &str = "protect";

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let mut steps: BTreeMap<(String, ObjectId, &str), BTreeSet<usize>> = BTreeMap::new();
    for (index, draft) in judging.live() {
        if let Some((object, why)) = protected(judging, &draft.step) {
            steps.entry((draft.step.package.clone(), object, why)).or_default().insert(index);
        }
    }
    let verdict = |((package, object, why), steps): ((String, ObjectId, &str), BTreeSet<usize>)| {
        let actions: BTreeSet<&str> = steps.iter().map(|index| judging.drafts[*index].step.action.name()).collect();
        let actions = actions.into_iter().collect::<Vec<_>>().join(", ");
        let text = format!(
            "{object} {why}: {actions} is not done, and nobody can release it. If it is meant, do it by hand; what is left then: gatehouse plan {}.",
            judging.input.customer.name
        );
        Verdict { rail: NAME, package, steps, limit: None, text }
    };
    steps.into_iter().map(verdict).collect()
}

/// What about this step is protected, and why.
fn protected(judging: &Judging<'_>, step: &Step) -> Option<(ObjectId, &'static str)> {
    let customer = judging.input.customer;
    let is_listed = |id: &ObjectId| {
        customer.protect.contains(id)
            || customer.break_glass.accounts.iter().any(|account| ObjectId::from(account.id) == *id)
    };
    let named = [step.person.map(ObjectId::from), step.guest.map(ObjectId::from), step.target.map(object_of)];
    if let Some(object) = named.into_iter().flatten().find(is_listed) {
        return Some((object, "is protected by the configuration"));
    }
    let guest = step.guest.filter(|guest| holds_role(judging, *guest))?;
    Some((guest.into(), "holds a directory role that no package gives"))
}

fn holds_role(judging: &Judging<'_>, guest: GuestId) -> bool {
    matches!(judging.input.actual.access.get(&guest), Some(OtherAccess::Known { directory_role: true, .. }))
}
