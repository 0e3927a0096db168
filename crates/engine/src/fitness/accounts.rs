//! What is asked about one account, and what the answers say.

use super::Answers;
use super::unread::{P1, P2, nothing, unread};
use access::config::BreakGlassAccount;
use access::fitness::{Account, Cause, GLOBAL_ADMINISTRATOR, Method, Read, Registration, Role, Schedule, Unread, User};
use cloud::graph::fitness::{self as graph, About, Found};
use cloud::graph::{Answer, Ask, ObjectKind};
use cloud::{Error, Kind};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The questions about an account, in the order in which [`read_account`] takes the answers.
pub(super) fn ask_account(user: Uuid) -> Vec<Ask> {
    vec![
        Ask::Fitness(About::Account { user }),
        Ask::Fitness(About::LastSignIn { user }),
        Ask::Fitness(About::Schedules { principal: user, role: GLOBAL_ADMINISTRATOR.0 }),
        Ask::RoleAssignments { principal: user },
        Ask::Fitness(About::Eligible { principal: user }),
        Ask::Fitness(About::Methods { user }),
        Ask::Fitness(About::Registration { user }),
        Ask::TransitiveMemberOf { user },
        Ask::Fitness(About::RegisteredDevices { user }),
        Ask::Fitness(About::OwnedDevices { user }),
        Ask::OwnedObjects { user },
        Ask::AppRoleAssignments { user },
        Ask::Fitness(About::PermissionGrants { user }),
    ]
}

/// What the answers say. The risk is asked by itself.
pub(super) fn read_account(declared: &BreakGlassAccount, answers: &mut Answers) -> Account {
    Account {
        id: declared.id.0,
        upn: declared.upn.clone(),
        user: user(answers.next()),
        last_sign_in: found(answers.next(), P1, Found::last_sign_in)
            .and_then(|found| found.ok_or_else(|| nothing("the user"))),
        schedules: schedules(answers.next()),
        roles: roles(answers.next()),
        eligible: eligible(answers.next()),
        methods: methods(answers.next()),
        registration: registration(answers.next()),
        groups: groups(answers.next()),
        registered_devices: ids(answers.next()),
        owned_devices: ids(answers.next()),
        owned: owned(answers.next()),
        applications: ids(answers.next()),
        grants: ids(answers.next()),
        risk: Err(Unread::new(Cause::Failed, "it was not asked")),
    }
}

/// Takes what was asked for out of an answer; `None` for what is not there.
pub(super) fn found<T>(
    answer: Result<Answer, Error>,
    licence: &str,
    take: impl FnOnce(Found) -> Result<T, Error>,
) -> Read<Option<T>> {
    let taken = answer.and_then(Answer::fitness).and_then(|found| found.map(take).transpose());
    taken.map_err(|error| unread(&error, Some(licence)))
}

/// The same of what is always there.
pub(super) fn whole<T>(
    answer: Result<Answer, Error>,
    licence: &str,
    what: &str,
    take: impl FnOnce(Found) -> Result<T, Error>,
) -> Read<T> {
    found(answer, licence, take).and_then(|found| found.ok_or_else(|| nothing(what)))
}

fn user(answer: Result<Answer, Error>) -> Read<Option<User>> {
    let found = found(answer, P1, Found::account)?;
    Ok(found.map(|account| User {
        external: account.creation_type.as_deref() == Some("Invitation")
            || account.external_user_state.is_some()
            || account.user_principal_name.as_deref().is_some_and(|name| name.to_uppercase().contains("#EXT#")),
        upn: account.user_principal_name,
        enabled: account.account_enabled,
        kind: account.user_type,
        synced: account.on_premises_sync_enabled == Some(true),
        immutable_id: account.on_premises_immutable_id.is_some_and(|id| !id.is_empty()),
        password_policies: account.password_policies,
    }))
}

fn schedules(answer: Result<Answer, Error>) -> Read<Vec<Schedule>> {
    let all = whole(answer, P2, "how the role is held", Found::schedules)?;
    let one = |one: graph::Schedule| Schedule {
        assignment: one.assignment_type.unwrap_or_default(),
        member: one.member_type.unwrap_or_default(),
        ends: one.ends,
        scope: one.scope,
    };
    Ok(all.into_iter().filter(|one| one.role == GLOBAL_ADMINISTRATOR.0).map(one).collect())
}

fn eligible(answer: Result<Answer, Error>) -> Read<Vec<Role>> {
    let all = whole(answer, P2, "which roles may be activated", Found::schedules)?;
    Ok(all.into_iter().map(|one| Role { role: one.role, scope: one.scope }).collect())
}

fn roles(answer: Result<Answer, Error>) -> Read<Vec<Role>> {
    let all = answer.and_then(Answer::roles).map_err(|error| unread(&error, None))?;
    Ok(all.into_iter().map(|one| Role { role: one.role, scope: one.scope }).collect())
}

fn methods(answer: Result<Answer, Error>) -> Read<Vec<Method>> {
    let all = whole(answer, P1, "the methods", Found::methods)?;
    let one = |one: graph::Method| Method {
        kind: one.kind,
        created: one.created,
        model: one.aa_guid,
        synced: one.passkey_type.as_deref() == Some("synced"),
    };
    Ok(all.into_iter().map(one).collect())
}

fn registration(answer: Result<Answer, Error>) -> Read<Option<Registration>> {
    let found = found(not_listed(answer), P1, Found::registration)?;
    Ok(found.map(|one| Registration { methods: one.methods, password_reset: one.is_sspr_registered }))
}

/// The account's state in Entra ID Protection.
pub(super) fn risk(answer: Result<Answer, Error>) -> Read<Option<String>> {
    found(not_listed(answer), P2, Found::risk)
}

/// Reports and Entra ID Protection do not say with the directory's own code that they do not list somebody.
fn not_listed(answer: Result<Answer, Error>) -> Result<Answer, Error> {
    match answer {
        Err(error) if error.status == Some(404) && error.kind == Kind::Refused && !error.code.is_empty() => {
            Ok(Answer::Absent)
        }
        other => other,
    }
}

fn groups(answer: Result<Answer, Error>) -> Read<BTreeSet<Uuid>> {
    let all = answer.and_then(Answer::memberships).map_err(|error| unread(&error, None))?;
    Ok(all.into_iter().filter(|one| one.kind == ObjectKind::Group).map(|one| one.id).collect())
}

/// Devices are asked for by themselves.
fn owned(answer: Result<Answer, Error>) -> Read<Vec<Uuid>> {
    let all = answer.and_then(Answer::memberships).map_err(|error| unread(&error, None))?;
    Ok(all.into_iter().filter(|one| one.kind != ObjectKind::Device).map(|one| one.id).collect())
}

fn ids(answer: Result<Answer, Error>) -> Read<Vec<Uuid>> {
    answer.and_then(Answer::ids).map_err(|error| unread(&error, None))
}
