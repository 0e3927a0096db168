//! What our app reaches where it writes by directory roles within units, and what the customer has yet to give.

use super::survey::Survey;
use access::ids::{GuestId, RoleId, UnitId};
use access::permissions::{GROUPS_ADMINISTRATOR, Held, OwnRole, USER_ADMINISTRATOR, reads, wanting};
use access::plan::{Actual, Reach, Target, TargetState, Unwritable};
use cloud::Error;
use cloud::graph::{Answer, Ask, Reader, RoleAssignment};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The scope of an assignment that holds in the whole tenant.
const TENANT: &str = "/";

/// Finds out which groups and guests are within units in which our app holds a role, where rights are scoped. What cannot be
/// read is out of reach.
pub(super) async fn survey(survey: &Survey<'_>, actual: &mut Actual) {
    if survey.customer.rights.units().is_none() {
        return;
    }
    let found = Found::read(survey).await;
    for (target, state) in &mut actual.targets {
        let reached = match target {
            Target::Group(id) => found.groups.contains(&id.0),
            // Only a permission that holds in the whole tenant lets anybody change who is in a unit.
            Target::Unit(_) => false,
            Target::Role(..) => true,
        };
        if let TargetState::Read { unwritable: unwritable @ None, .. } = state
            && !reached
        {
            *unwritable = Some(Unwritable::OutOfReach);
        }
    }
    // No delta tells when it can be read: the next run has to try, and until then nothing follows from it.
    actual.gaps.extend(found.gaps);
    actual.reach = Reach::Units { guests: found.users.into_iter().map(GuestId).collect(), wanting: found.wanting };
}

#[derive(Default)]
struct Found {
    /// What is in units in which our app may change groups.
    groups: BTreeSet<Uuid>,
    /// What is in units in which it may change users.
    users: BTreeSet<Uuid>,
    wanting: Vec<String>,
    /// What could not be read now, and may be later.
    gaps: Vec<String>,
}

impl Found {
    async fn read(survey: &Survey<'_>) -> Self {
        let unread = |what: &str, error: &Error| {
            let text = format!("{what} could not be read, so that nothing is in reach: {error}");
            let gaps = error.transient().then(|| text.clone()).into_iter().collect();
            Self { wanting: vec![text], gaps, ..Self::default() }
        };
        let reader = survey.reader;
        let (principal, held) = match own_assignments(reader).await {
            Ok(Some(own)) => own,
            // Somebody has to have consented for us to get this far.
            Ok(None) => return Self { wanting: vec![NOBODY.to_owned()], ..Self::default() },
            Err((what, error)) => return unread(what, &error),
        };
        let roles = held_in(&held);
        let text = |one: OwnRole| {
            let command = one.command(&principal.to_string());
            format!("{one}; a Privileged Role Administrator of the customer gives it: {command}")
        };
        let config = &survey.engine.config;
        let wanting = wanting(config, survey.customer, &roles).into_iter().map(text).collect();
        let mut found = Self { wanting, ..Self::default() };
        if !reads(&roles) {
            return found;
        }
        for Within { unit, users, members } in within(reader, &roles).await {
            match members {
                Ok(members) => {
                    found.groups.extend(&members);
                    if users {
                        found.users.extend(members);
                    }
                }
                Err(error) => {
                    let text = format!("who and what is in unit {unit} could not be read: {error}");
                    found.gaps.extend(error.transient().then(|| text.clone()));
                    found.wanting.push(text);
                }
            }
        }
        found
    }
}

/// A unit in which our app may change groups.
pub(crate) struct Within {
    pub(crate) unit: UnitId,
    /// Whether it may change users there, too.
    pub(crate) users: bool,
    /// Who and what is in it.
    pub(crate) members: Result<Vec<Uuid>, Error>,
}

/// The units in which our app may write by the roles that it holds.
pub(crate) async fn within(reader: &Reader, held: &BTreeSet<Held>) -> Vec<Within> {
    let mut units: BTreeMap<UnitId, bool> = BTreeMap::new();
    for one in held {
        let users = one.role == USER_ADMINISTRATOR.id;
        if let Some(unit) = one.unit
            && (users || one.role == GROUPS_ADMINISTRATOR.id)
        {
            *units.entry(unit).or_default() |= users;
        }
    }
    let asks = units.keys().map(|unit| Ask::UnitMembers { unit: unit.0 }).collect();
    let answers = reader.ask(asks).await.into_iter();
    let members = answers.map(|answer| Ok(answer?.members()?.iter().map(|member| member.id).collect()));
    units.into_iter().zip(members).map(|((unit, users), members)| Within { unit, users, members }).collect()
}

/// Our service principal in the customer's tenant, if it is there, and the roles that it holds. The error says what could
/// not be read.
pub(super) async fn own_assignments(
    reader: &Reader,
) -> Result<Option<(Uuid, Vec<RoleAssignment>)>, (&'static str, Error)> {
    let own = reader.ask(vec![Ask::OwnServicePrincipal]).await.remove(0).and_then(Answer::own_id);
    let Some(principal) = own.map_err(|error| ("our service principal", error))? else { return Ok(None) };
    let held = assignments(reader, principal).await;
    Ok(Some((principal, held.map_err(|error| ("which roles our app holds", error))?)))
}

/// The roles that our app holds.
pub(crate) async fn assignments(reader: &Reader, principal: Uuid) -> Result<Vec<RoleAssignment>, Error> {
    reader.ask(vec![Ask::RoleAssignments { principal }]).await.remove(0).and_then(Answer::roles)
}

/// The same, as far as they hold in the whole tenant or within a unit.
pub(crate) fn held_in(assignments: &[RoleAssignment]) -> BTreeSet<Held> {
    let held = |one: &RoleAssignment| {
        let unit = one.unit().map(UnitId);
        (unit.is_some() || one.scope == TENANT).then_some(Held { role: RoleId(one.role), unit })
    };
    assignments.iter().filter_map(held).collect()
}

const NOBODY: &str = "our app has no service principal in the customer's tenant";
