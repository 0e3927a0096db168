//! Whether a target may be written.

use super::problems::Problems;
use super::world::{TargetState, Unwritable};
use super::{Target, desired::Standing};
use crate::config::Oddity;
use crate::ids::ObjectId;
use std::collections::BTreeSet;

/// Whether steps may be planned for this target; says why not. What could not be read is said, and no reason against.
pub(super) fn writable(
    target: Target,
    state: &TargetState,
    packages: &[&Standing<'_>],
    problems: &mut Problems,
) -> bool {
    let object = Some(object_of(target));
    let package = packages.first().map(|standing| standing.package);
    match state {
        TargetState::Gone => {
            problems.add("target_gone", package, object, format!("{target} does not exist in the customer's tenant"));
            false
        }
        TargetState::Unread { why } => {
            problems.add("target_unread", package, object, format!("{target} could not be read: {why}"));
            false
        }
        TargetState::Read { oddities, unwritable, unknown, .. } => {
            for what in unknown {
                problems.add(
                    "vetting_unknown",
                    package,
                    object,
                    format!("{target}: {what} could not be read, so it is unknown"),
                );
            }
            if let Some((code, text)) = unwritable.and_then(|reason| explain(target, reason)) {
                problems.add(code, package, object, format!("{target} {text}"));
                return false;
            }
            let accepted: BTreeSet<Oddity> =
                packages.iter().flat_map(|standing| &standing.package.accept).map(|accept| accept.oddity).collect();
            let mut fine = true;
            for oddity in oddities.difference(&accepted) {
                let (code, name, text) = describe(*oddity);
                let text =
                    format!("{target} {text}; to allow it: accept = [{{ oddity = \"{name}\", reason = \"…\" }}]");
                problems.add(code, package, object, text);
                fine = false;
            }
            fine
        }
    }
}

/// The object that a problem about a target names.
pub(crate) fn object_of(target: Target) -> ObjectId {
    match target {
        Target::Group(id) => id.into(),
        Target::Unit(id) | Target::Role(_, id) => id.into(),
    }
}

/// The problem of a target that cannot be written; `None` where its steps are planned, for people to take.
fn explain(target: Target, reason: Unwritable) -> Option<(&'static str, &'static str)> {
    Some(match reason {
        Unwritable::Dynamic => ("group_is_dynamic", "computes its members by a rule; nobody can be added by hand"),
        Unwritable::Synced => ("group_is_synced", "is mastered on premises; change it there"),
        Unwritable::RoleAssignable => {
            ("group_is_role_assignable", "can hold directory roles; choose an ordinary group")
        }
        Unwritable::Restricted if matches!(target, Target::Group(_)) => (
            "group_is_restricted",
            "is in a restricted management unit, which application permissions do not reach; the customer has to assign our app a role within that unit, such as Groups Administrator",
        ),
        Unwritable::Restricted => (
            "unit_is_restricted",
            "is a restricted management unit, which application permissions do not reach; the customer has to assign our app a role within it, such as User Administrator",
        ),
        Unwritable::OutOfReach if matches!(target, Target::Group(_)) => (
            "group_out_of_reach",
            "is in no administrative unit within which our app is Groups Administrator; the customer has to put it into one of `scoped_to`, or to give our app the role (gatehouse permissions tells the command)",
        ),
        Unwritable::OutOfReach => {
            ("unit_out_of_reach", "is a unit, whose members our app cannot change with scoped rights")
        }
        Unwritable::MailEnabled => ("group_is_mail_enabled", "is mail-enabled; Graph cannot write its members"),
        Unwritable::ByHand => return None,
    })
}

fn describe(oddity: Oddity) -> (&'static str, &'static str, &'static str) {
    match oddity {
        Oddity::HasLicences => ("group_has_licences", "has_licences", "assigns licences to its members"),
        Oddity::Microsoft365 => ("group_is_microsoft365", "microsoft365", "is a Microsoft 365 group or a team"),
        Oddity::ConditionalAccessExclusion => (
            "group_excluded_in_conditional_access",
            "conditional_access_exclusion",
            "is excluded by a Conditional Access policy",
        ),
        Oddity::HoldsDirectoryRole => ("group_holds_role", "holds_directory_role", "holds a directory role"),
        Oddity::PimManaged => ("group_is_pim_managed", "pim_managed", "is managed by Privileged Identity Management"),
        Oddity::OrdinaryOwners => {
            ("group_has_owners", "ordinary_owners", "has ordinary users as owners, who can change it")
        }
    }
}
