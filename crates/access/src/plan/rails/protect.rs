//! `protect`: nothing is ever done to, or on behalf of, what is protected.
//!
//! The accident: an administrator's own account, a break-glass account or a holder of a directory role ends up in a
//! source group (or leaves one), and an automatism locks them out. Listed objects of either tenant are protected;
//! so are, without being listed, break-glass accounts and holders of directory roles. A role within a unit that a
//! package names does not protect, whoever gave it: else whom we gave it could never leave again.
//!
//! Where it cannot be read for the moment whether a guest holds one, removals that follow from a set and steps against the
//! guest's account wait until it can be. Whoever has left the partner loses their memberships meanwhile, and for whoever is
//! barred nothing waits: a person named them.

use super::{Judging, Verdict};
use crate::ids::{GuestId, ObjectId};
use crate::plan::judge::Draft;
use crate::plan::world::OtherAccess;
use crate::plan::{Action, Cause, Step, vetting::object_of};
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
    let actions = |steps: &BTreeSet<usize>| {
        let names: BTreeSet<&str> = steps.iter().map(|index| judging.drafts[*index].step.action.name()).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    };
    let verdict = |((package, object, why), steps): ((String, ObjectId, &str), BTreeSet<usize>)| {
        let actions = actions(&steps);
        let text = format!(
            "{object} {why}: {actions} is not done, and nobody can release it. If it is meant, do it by hand; what is left then: gatehouse plan {}.",
            judging.input.customer.name
        );
        Verdict { rail: NAME, package, steps, limit: None, text }
    };
    let mut waiting: BTreeMap<(String, GuestId, &str), BTreeSet<usize>> = BTreeMap::new();
    for (index, draft) in judging.live() {
        if let Some((guest, why)) = unsure(judging, draft) {
            waiting.entry((draft.step.package.clone(), guest, why)).or_default().insert(index);
        }
    }
    let waits = |((package, guest, why), steps): ((String, GuestId, &str), BTreeSet<usize>)| {
        let text = format!(
            "Whether {guest} holds a directory role could not be read ({why}): {} waits until that is known, and nobody can release it. It is tried again within a minute; to try at once: gatehouse sync {}.",
            actions(&steps),
            judging.input.customer.name
        );
        Verdict { rail: NAME, package, steps, limit: None, text }
    };
    steps.into_iter().map(verdict).chain(waiting.into_iter().map(waits)).collect()
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

/// Whose role could not be read for the moment, and why, if this step waits for that.
fn unsure<'a>(judging: &Judging<'a>, draft: &Draft) -> Option<(GuestId, &'a str)> {
    let guest = draft.step.guest?;
    let account = matches!(draft.step.action, Action::DisableGuest | Action::DeleteGuest);
    let waits = draft.is_set_removal() || (account && draft.step.cause != Some(Cause::Barred));
    match judging.input.actual.access.get(&guest) {
        Some(OtherAccess::Unread { why, transient: true }) if waits => Some((guest, why)),
        _ => None,
    }
}
