//! `protect`: nothing is ever done to, or on behalf of, what is protected.
//!
//! The accident: an administrator's own account, a break-glass account or a holder of a directory role ends up in a
//! source group (or leaves one), and an automatism locks them out. Listed objects of either tenant are protected;
//! so are, without being listed, break-glass accounts and holders of directory roles that we did not give.

use super::{Judging, Verdict};
use crate::ids::{GuestId, ObjectId};
use crate::plan::world::OtherAccess;
use crate::plan::{Target, vetting::object_of};
use std::collections::BTreeSet;

/// The rail's name.
pub(crate) const NAME: &str = "protect";

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let listed = &judging.input.customer.protect;
    let break_glass: BTreeSet<GuestId> = judging.input.customer.break_glass.iter().map(|account| account.id).collect();
    let is_listed = |id: ObjectId| listed.contains(&id) || break_glass.contains(&GuestId(id.0));
    let mut verdicts = Vec::new();
    for (index, draft) in judging.live() {
        let step = &draft.step;
        let named = [step.person.map(ObjectId::from), step.guest.map(ObjectId::from), step.target.map(object_of)];
        let role = step.guest.is_some_and(|guest| holds_role(judging, guest));
        let Some(object) = named.into_iter().flatten().find(|id| is_listed(*id)).or(step.guest.filter(|_| role).map(ObjectId::from))
        else {
            continue;
        };
        let why = if role { "holds a directory role that we did not give" } else { "is protected by the configuration" };
        verdicts.push(Verdict {
            rail: NAME,
            package: step.package.clone(),
            steps: BTreeSet::from([index]),
            limit: None,
            text: format!("{object} {why}: {} is not done, and nobody can release it.", step.action),
            sets_only: false,
        });
    }
    verdicts
}

fn holds_role(judging: &Judging<'_>, guest: GuestId) -> bool {
    let given = judging.input.ledger.rows.iter().any(|(target, rows)| matches!(target, Target::Role(..)) && rows.contains_key(&guest));
    let known = judging.input.actual.access.get(&guest);
    !given && matches!(known, Some(OtherAccess::Known { directory_role: true, .. }))
}
