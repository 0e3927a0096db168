//! What is odd about a target group: read on first use and daily. What cannot be read is unknown, and said.

use super::documents::Vetted;
use super::survey::Survey;
use access::config::Oddity;
use access::ids::GroupId;
use access::plan::{Actual, Target, TargetState};
use cloud::graph::{Answer, Ask, Group, ObjectKind};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

/// How long what vetting found is believed.
const VETTED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The same where something could not be read: often it can be, soon after.
const UNKNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Oddities that the group's own properties tell, at every survey.
pub(super) fn plain_oddities(group: &Group) -> BTreeSet<Oddity> {
    let mut oddities = BTreeSet::new();
    if group.assigned_licenses.is_some_and(|count| count > 0) {
        oddities.insert(Oddity::HasLicences);
    }
    if group.group_types.iter().any(|kind| kind == "Unified") {
        oddities.insert(Oddity::Microsoft365);
    }
    oddities
}

/// What the group's own properties should tell and do not.
pub(super) fn plain_unknown(group: &Group) -> Vec<String> {
    let licences = group.assigned_licenses.is_none().then(|| "whether it assigns licences".to_owned());
    licences.into_iter().collect()
}

/// Adds what takes questions of its own; the answers are kept for a day.
pub(super) async fn vet(
    survey: &Survey<'_>,
    groups: &BTreeSet<GroupId>,
    actual: &mut Actual,
) -> BTreeMap<GroupId, Vetted> {
    let now = survey.engine.clock.now();
    let lasts = |vetted: &Vetted| if vetted.unknown.is_empty() { VETTED_FOR } else { UNKNOWN_FOR };
    let believed = |id: &GroupId| survey.vetted.get(id).filter(|vetted| vetted.at + lasts(vetted) > now);
    let mut vetted: BTreeMap<GroupId, Vetted> =
        groups.iter().filter_map(|id| Some((*id, believed(id)?.clone()))).collect();
    let readable = |id: &GroupId| matches!(actual.targets.get(&Target::Group(*id)), Some(TargetState::Read { .. }));
    let due: Vec<GroupId> = groups.iter().copied().filter(|id| !vetted.contains_key(id) && readable(id)).collect();
    if !due.is_empty() {
        let mut asks = vec![Ask::ConditionalAccessPolicies];
        asks.extend(
            due.iter().flat_map(|id| [Ask::GroupOwners { group: id.0 }, Ask::RoleAssignments { principal: id.0 }]),
        );
        let mut answers = survey.reader.ask(asks).await.into_iter();
        let mut next = || answers.next().expect("one answer for each question");
        let policies = next().and_then(Answer::policies);
        for id in due {
            let (owners, roles) = (next().and_then(Answer::memberships), next().and_then(Answer::roles));
            let mut found = Vetted { at: now, oddities: BTreeSet::new(), unknown: Vec::new() };
            // An oddity that was found once does not go away because nobody answers today.
            let before = survey.vetted.get(&id);
            let still =
                |oddity: Oddity| before.is_some_and(|vetted| vetted.oddities.contains(&oddity)).then_some(oddity);
            match &policies {
                Ok(policies) => {
                    let live = policies.iter().filter(|policy| policy.state != "disabled");
                    if live.flat_map(|policy| &policy.exclude_groups).any(|excluded| *excluded == id.0) {
                        found.oddities.insert(Oddity::ConditionalAccessExclusion);
                    }
                }
                Err(_) => {
                    found.unknown.push("whether a Conditional Access policy excludes it".into());
                    found.oddities.extend(still(Oddity::ConditionalAccessExclusion));
                }
            }
            match owners {
                Ok(owners) if owners.iter().any(|owner| owner.kind == ObjectKind::User) => {
                    found.oddities.insert(Oddity::OrdinaryOwners);
                }
                Ok(_) => {}
                Err(_) => {
                    found.unknown.push("who owns it".into());
                    found.oddities.extend(still(Oddity::OrdinaryOwners));
                }
            }
            match roles {
                Ok(roles) if !roles.is_empty() => {
                    found.oddities.insert(Oddity::HoldsDirectoryRole);
                }
                Ok(_) => {}
                Err(_) => {
                    found.unknown.push("whether it holds a directory role".into());
                    found.oddities.extend(still(Oddity::HoldsDirectoryRole));
                }
            }
            vetted.insert(id, found);
        }
    }
    for (id, found) in &vetted {
        if let Some(TargetState::Read { oddities, unknown, .. }) = actual.targets.get_mut(&Target::Group(*id)) {
            oddities.extend(found.oddities.iter().copied());
            unknown.extend(found.unknown.iter().cloned());
        }
    }
    vetted
}
