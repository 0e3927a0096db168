//! What our app reaches where it writes by directory roles within units, and what the customer has yet to give.

use super::survey::Survey;
use access::config::Disable;
use access::ids::{GuestId, UnitId};
use access::permissions::{DIRECTORY_READERS, GROUPS_ADMINISTRATOR, OwnRole, USER_ADMINISTRATOR, own_roles};
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
    let Some(units) = survey.customer.rights.units() else { return };
    let found = Found::read(survey, units).await;
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
    async fn read(survey: &Survey<'_>, units: &BTreeSet<UnitId>) -> Self {
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
        let mut found = Self { wanting: wanting(survey, &held, units, principal), ..Self::default() };
        if !reads(&held) {
            return found;
        }
        let mut within: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        for one in &held {
            if let Some(unit) = one.unit() {
                within.entry(unit).or_default().insert(one.role);
            }
        }
        within
            .retain(|_, roles| roles.contains(&GROUPS_ADMINISTRATOR.id.0) || roles.contains(&USER_ADMINISTRATOR.id.0));
        let asks = within.keys().map(|unit| Ask::UnitMembers { unit: *unit }).collect();
        for ((unit, roles), members) in within.into_iter().zip(reader.ask(asks).await) {
            match members.and_then(Answer::members) {
                Ok(members) => {
                    let ids = members.iter().map(|member| member.id);
                    found.groups.extend(ids.clone());
                    if roles.contains(&USER_ADMINISTRATOR.id.0) {
                        found.users.extend(ids);
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

/// Our service principal in the customer's tenant, if it is there, and the roles that it holds. The error says what could
/// not be read.
pub(super) async fn own_assignments(
    reader: &Reader,
) -> Result<Option<(Uuid, Vec<RoleAssignment>)>, (&'static str, Error)> {
    let own = reader.ask(vec![Ask::OwnServicePrincipal]).await.remove(0).and_then(Answer::own_id);
    let Some(principal) = own.map_err(|error| ("our service principal", error))? else { return Ok(None) };
    let held = reader.ask(vec![Ask::RoleAssignments { principal }]).await.remove(0).and_then(Answer::roles);
    Ok(Some((principal, held.map_err(|error| ("which roles our app holds", error))?)))
}

const NOBODY: &str = "our app has no service principal in the customer's tenant";

/// Whether our app holds the role without which the others have no effect.
fn reads(held: &[RoleAssignment]) -> bool {
    held.iter().any(|one| one.scope == TENANT && one.role == DIRECTORY_READERS.id.0)
}

/// What the customer has yet to give, each with its command. One of the two roles within a unit is enough to say that the
/// unit is looked after: which of them it takes depends on what is in it, and what is out of reach is said by itself.
fn wanting(survey: &Survey<'_>, held: &[RoleAssignment], units: &BTreeSet<UnitId>, principal: Uuid) -> Vec<String> {
    let within = |unit: &UnitId, role: Uuid| held.iter().any(|one| one.unit() == Some(unit.0) && one.role == role);
    let is_bare = |unit: &&UnitId| !within(unit, GROUPS_ADMINISTRATOR.id.0) && !within(unit, USER_ADMINISTRATOR.id.0);
    let bare: BTreeSet<UnitId> = units.iter().filter(is_bare).copied().collect();
    let nobody_does_users = !units.iter().any(|unit| within(unit, USER_ADMINISTRATOR.id.0))
        && survey.engine.config.leavers.disable != Disable::Never;
    let is_wanting = |one: &OwnRole| match one.unit {
        None => !reads(held),
        Some(unit) if one.role == USER_ADMINISTRATOR => nobody_does_users || bare.contains(&unit),
        Some(unit) => bare.contains(&unit),
    };
    let roles = own_roles(&survey.engine.config, survey.customer).into_iter().filter(is_wanting);
    let text = |one: OwnRole| {
        let scope = one.unit.map_or_else(|| "in the whole tenant".to_owned(), |unit| format!("within unit {unit}"));
        let command = one.command(&principal.to_string());
        format!(
            "our app is not {} {scope} ({}); a Privileged Role Administrator of the customer gives it: {command}",
            one.role.name, one.why
        )
    };
    roles.map(text).collect()
}
