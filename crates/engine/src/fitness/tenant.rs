//! What is asked about the tenant: its policies, its domains, its groups and its administrators.

use super::Answers;
use super::accounts::{found, whole};
use super::unread::{P1, unread};
use access::config::BreakGlassAccount;
use access::fitness::{
    Administrator, Cause, Domain, Group, GroupKind, MethodPolicy, Models, OTHERS_MAX, Policy, Read, State, Strength,
    Unread, Whom,
};
use cloud::graph::fitness::{self as graph, About, Found};
use cloud::graph::{Answer, Ask};
use cloud::{Error, Kind};
use std::collections::BTreeSet;
use uuid::Uuid;

pub(super) fn security_defaults(answer: Result<Answer, Error>) -> Read<bool> {
    whole(answer, P1, "whether security defaults are on", Found::security_defaults)
}

/// All policies, or none of them: one whose state is not known could be any.
pub(super) fn policies(answer: Result<Answer, Error>) -> Read<Vec<Policy>> {
    whole(answer, P1, "the policies", Found::policies)?.into_iter().map(policy).collect()
}

fn policy(found: graph::Policy) -> Read<Policy> {
    let name = found.display_name.unwrap_or_else(|| found.id.to_string());
    let state = match found.state.as_str() {
        "enabled" => State::On,
        "enabledForReportingButNotEnforced" => State::ReportOnly,
        "disabled" => State::Off,
        other => {
            let why = format!("policy \"{name}\" is \"{other}\", a word that this version does not know");
            return Err(Unread::new(Cause::Failed, why));
        }
    };
    let blocks = found.controls.iter().any(|control| control == "block");
    Ok(Policy {
        id: found.id,
        name,
        state,
        include: whom(found.include),
        exclude: whom(found.exclude),
        workloads: found.has_workloads,
        context_only: found.is_context_only,
        all_apps: found.has_all_apps,
        blocks,
        strength: found.strength.map(|one| Strength { id: one.id, combinations: one.combinations }),
        demands: found.controls,
        conditions: found.conditions,
    })
}

fn whom(found: graph::Whom) -> Whom {
    let set = |ids: Vec<Uuid>| ids.into_iter().collect();
    Whom { all: found.all, users: set(found.users), groups: set(found.groups), roles: set(found.roles) }
}

pub(super) fn fido2(answer: Result<Answer, Error>) -> Read<MethodPolicy> {
    method(answer, "who may use passkeys")
}

pub(super) fn certificates(answer: Result<Answer, Error>) -> Read<MethodPolicy> {
    method(answer, "who may use certificates")
}

fn method(answer: Result<Answer, Error>, what: &str) -> Read<MethodPolicy> {
    let found = whole(answer, P1, what, Found::method_targets)?;
    let ids = |texts: &[String]| texts.iter().filter_map(|text| Uuid::try_parse(text).ok()).collect();
    let models = found.keys.map(|keys| {
        let only = match keys.enforcement_type.as_str() {
            "allow" => true,
            "block" => false,
            other => return Err(Unread::new(Cause::Failed, format!("keys are restricted in a way \"{other}\""))),
        };
        Ok(Models { only, listed: keys.aa_guids.into_iter().collect() })
    });
    Ok(MethodPolicy {
        enabled: found.state == "enabled",
        everybody: found.include.iter().any(|target| target == "all_users"),
        groups: ids(&found.include),
        except: ids(&found.exclude),
        models: models.transpose()?,
    })
}

pub(super) fn domain(answer: Result<Answer, Error>) -> Read<Option<Domain>> {
    let found = found(answer, P1, Found::domain)?;
    Ok(found.map(|one| Domain { authentication: one.authentication_type, password_days: one.password_validity_days }))
}

/// Who holds the role for the whole tenant, beside the declared accounts.
pub(super) fn holders(answer: Result<Answer, Error>, declared: &[BreakGlassAccount]) -> Read<Vec<Administrator>> {
    let all = answer.and_then(Answer::roles).map_err(|error| unread(&error, None))?;
    let ids: BTreeSet<Uuid> = all.into_iter().filter(|one| one.scope == "/").map(|one| one.principal).collect();
    let others = ids.into_iter().filter(|id| !declared.iter().any(|account| account.id.0 == *id));
    Ok(others.map(|id| Administrator { id, people: Ok(1) }).collect())
}

/// Those of whom it matters whether they are groups: where there are too many already, nobody has to know.
pub(super) fn people_in(administrators: &Read<Vec<Administrator>>) -> Vec<Uuid> {
    let few = administrators.as_ref().ok().filter(|all| all.len() <= OTHERS_MAX);
    few.into_iter().flatten().map(|one| one.id).collect()
}

/// Puts the number of people behind each of those that were asked about.
pub(super) fn administrators(all: &mut Read<Vec<Administrator>>, asked: &[Uuid], answers: &mut Answers) {
    for id in asked {
        let people = match answers.next().and_then(Answer::ids) {
            Ok(members) => Ok(members.len()),
            // A user or an application: there is no group of this id.
            Err(error) if matches!(error.kind, Kind::Missing { .. }) => Ok(1),
            Err(error) => Err(unread(&error, None)),
        };
        if let Some(one) = all.iter_mut().flatten().find(|one| one.id == *id) {
            one.people = people;
        }
    }
}

/// The questions about a group, in the order in which [`group`] takes the answers.
pub(super) fn ask_group(id: Uuid) -> [Ask; 3] {
    [Ask::Group { id }, Ask::Fitness(About::GroupContents { group: id }), Ask::GroupOwners { group: id }]
}

pub(super) fn group(answers: &mut Answers) -> Group {
    let kind = answers.next().and_then(Answer::group).map_err(|error| unread(&error, None));
    let members = answers.next().and_then(Answer::ids).map_err(|error| unread(&error, None));
    let owners = answers.next().and_then(Answer::memberships).map_err(|error| unread(&error, None));
    Group {
        group: kind.map(|found| found.map(group_kind)),
        members: members.map(BTreeSet::from_iter),
        owners: owners.map(|all| all.into_iter().map(|one| one.id).collect()),
    }
}

fn group_kind(group: cloud::graph::Group) -> GroupKind {
    GroupKind {
        name: group.display_name,
        role_assignable: group.is_assignable_to_role == Some(true),
        restricted: group.is_management_restricted == Some(true),
        dynamic: group.membership_rule.is_some() || group.group_types.iter().any(|one| one == "DynamicMembership"),
        synced: group.on_premises_sync_enabled == Some(true),
    }
}
