//! Directory roles in a customer's tenant: who holds those that packages give, whether our app may give and take them,
//! and which restricted units it reaches.
//!
//! Only active assignments are read. Whoever is merely eligible for a role (Privileged Identity Management) holds
//! nothing yet and is not seen; while such a person has the role activated, they show like anybody who was given it.

use super::partner::hex;
use super::reach::own_assignments;
use super::survey::{Survey, unread};
use super::translate::guest;
use crate::Error;
use access::ids::{GuestId, ObjectId, RoleId, UnitId};
use access::plan::{Actual, MemberKind, Target, TargetState, Unwritable};
use cloud::graph::{Answer, Ask, RoleAssignment};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The permission to give and take directory roles (page "Create unifiedRoleAssignment"). It leads to full control of
/// the tenant, so a customer has to want it; without it people take these steps by hand.
const PERMISSION: &str = "RoleManagement.ReadWrite.Directory";

/// The id of the assignment by which a guest holds a role.
pub(super) type Assignments = BTreeMap<(Target, GuestId), String>;

/// What a survey learnt of roles, besides who holds them.
#[derive(Default)]
pub(super) struct Roles {
    pub(super) assignments: Assignments,
    /// For each role within a unit the digest of who holds it.
    pub(super) digests: BTreeMap<Target, String>,
}

/// Reads who holds the roles that the configuration or the ledger names, and finds out what of all this may be written.
pub(super) async fn survey(survey: &Survey<'_>, actual: &mut Actual) -> Result<Roles, Error> {
    let targets = targets(survey);
    let roles = if targets.is_empty() { Roles::default() } else { holders(survey, &targets, actual).await? };
    reach_restricted(survey, actual).await;
    Ok(roles)
}

fn targets(survey: &Survey<'_>) -> BTreeSet<(RoleId, UnitId)> {
    let named = survey.customer.packages.iter().flat_map(|package| &package.roles).map(|one| (one.role, one.unit));
    let held = survey.ledger.rows.keys().filter_map(|target| match target {
        Target::Role(role, unit) => Some((*role, *unit)),
        Target::Group(_) | Target::Unit(_) => None,
    });
    named.chain(held).collect()
}

async fn holders(
    survey: &Survey<'_>,
    targets: &BTreeSet<(RoleId, UnitId)>,
    actual: &mut Actual,
) -> Result<Roles, Error> {
    let reader = survey.reader;
    let units: BTreeSet<UnitId> = targets.iter().map(|(_, unit)| *unit).collect();
    let roles: BTreeSet<RoleId> = targets.iter().map(|(role, _)| *role).collect();
    let asks = units.iter().map(|unit| Ask::Unit { id: unit.0 });
    let asks = asks.chain(roles.iter().map(|role| Ask::RoleHolders { role: role.0 })).collect();
    let mut answers = reader.ask(asks).await.into_iter();
    let mut next = || answers.next().expect("one answer for each question");
    let units: BTreeMap<UnitId, _> = units.into_iter().map(|id| (id, next().and_then(Answer::unit))).collect();
    let roles: BTreeMap<RoleId, _> = roles.into_iter().map(|id| (id, next().and_then(Answer::roles))).collect();
    let may = reader.may(PERMISSION).await.map_err(|error| Error::cloud("see what our app may do", &error))?;
    // Where the token does not say, Graph will.
    let unwritable = (may == Some(false)).then_some(Unwritable::ByHand);

    let within = |target: Target| {
        let held = match target {
            Target::Role(role, _) => roles.get(&role).and_then(|held| held.as_ref().ok()),
            Target::Group(_) | Target::Unit(_) => None,
        };
        held.into_iter().flatten().filter(move |one| is_within(target, one))
    };
    let targets: Vec<Target> = targets.iter().map(|(role, unit)| Target::Role(*role, *unit)).collect();
    let everybody = targets.iter().flat_map(|target| within(*target)).map(|one| one.principal).collect();
    let kinds = kinds(survey, everybody, actual).await;

    let mut found = Roles::default();
    for target in targets {
        let Target::Role(role, unit) = target else { continue };
        let unknown = within(target).find_map(|one| kinds[&one.principal].as_ref().err());
        let state = match (&units[&unit], &roles[&role], unknown) {
            (Ok(None), ..) => TargetState::Gone,
            (Err(error), ..) | (_, Err(error), _) | (_, _, Some(error)) => unread("who holds a role", error)?,
            (Ok(Some(_)), Ok(held), None) => {
                found.digests.insert(target, digest(target, held));
                let mut members = BTreeMap::new();
                for one in within(target) {
                    let kind = *kinds[&one.principal].as_ref().expect("none of them failed");
                    members.insert(ObjectId(one.principal), kind);
                    found.assignments.insert((target, GuestId(one.principal)), one.id.clone());
                }
                TargetState::Read { members, oddities: BTreeSet::new(), unwritable, unknown: Vec::new() }
            }
        };
        actual.targets.insert(target, state);
    }
    Ok(found)
}

/// What these principals are; users are noted with all that a plan needs to know of them.
async fn kinds(
    survey: &Survey<'_>,
    principals: BTreeSet<Uuid>,
    actual: &mut Actual,
) -> BTreeMap<Uuid, Result<MemberKind, cloud::Error>> {
    let (known, unknown): (Vec<Uuid>, Vec<Uuid>) =
        principals.into_iter().partition(|id| actual.guests.contains_key(&GuestId(*id)));
    let mut kinds: BTreeMap<Uuid, _> = known.into_iter().map(|id| (id, Ok(MemberKind::User))).collect();
    let answers = survey.reader.ask(unknown.iter().map(|id| Ask::User { id: *id }).collect()).await;
    for (id, answer) in unknown.into_iter().zip(answers) {
        let kind = match answer.and_then(Answer::user) {
            Ok(Some(user)) => {
                actual.guests.insert(GuestId(id), guest(user));
                Ok(MemberKind::User)
            }
            // A guest of moments ago may not be visible everywhere yet.
            Ok(None) if survey.ledger.guests.values().any(|row| row.guest.0 == id) => Ok(MemberKind::User),
            // No user: a group or an application, which is never touched.
            Ok(None) => Ok(MemberKind::Other),
            Err(error) => Err(error),
        };
        kinds.insert(id, kind);
    }
    kinds
}

/// Restricted units, and groups in them, can be written after all where our app holds a role within the unit (page
/// "Restricted management administrative units"). Whatever cannot be read leaves them restricted.
async fn reach_restricted(survey: &Survey<'_>, actual: &mut Actual) {
    let is_restricted =
        |state: &TargetState| matches!(state, TargetState::Read { unwritable: Some(Unwritable::Restricted), .. });
    let restricted = |(target, state): (&Target, &TargetState)| is_restricted(state).then_some(*target);
    let restricted: BTreeSet<Target> = actual.targets.iter().filter_map(restricted).collect();
    if restricted.is_empty() {
        return;
    }
    // What may be read later is tried again; for good, it leaves them restricted.
    let mut gap = |what: &str, error: &cloud::Error| {
        if error.transient() {
            actual.gaps.push(format!("{what} could not be read: {error}"));
        }
    };
    let held = match own_assignments(survey.reader).await {
        Ok(Some((_, held))) => held,
        Ok(None) => return,
        Err((what, error)) => return gap(what, &error),
    };
    let units: BTreeSet<Uuid> = held.iter().filter_map(RoleAssignment::unit).collect();
    let asks = units.iter().map(|unit| Ask::UnitMembers { unit: *unit }).collect();
    let mut reached: BTreeSet<Target> = units.iter().map(|unit| Target::Unit(UnitId(*unit))).collect();
    for answer in survey.reader.ask(asks).await {
        match answer.and_then(Answer::members) {
            Ok(members) => reached.extend(members.iter().map(|member| Target::Group(access::ids::GroupId(member.id)))),
            Err(error) => gap("what is in a unit", &error),
        }
    }
    for target in restricted.intersection(&reached) {
        if let Some(TargetState::Read { unwritable, .. }) = actual.targets.get_mut(target) {
            *unwritable = None;
        }
    }
}

/// Whether somebody holds a directory role besides those that packages give here.
pub(super) fn holds_other(held: Result<Answer, cloud::Error>, actual: &Actual) -> Result<bool, cloud::Error> {
    let held = held.and_then(Answer::roles)?;
    Ok(held.iter().any(|one| !actual.gives_role(RoleId(one.role), one.unit().map(UnitId))))
}

/// The different roles of these targets.
pub(super) fn roles_of<'a>(targets: impl Iterator<Item = &'a Target>) -> BTreeSet<RoleId> {
    targets
        .filter_map(|target| match target {
            Target::Role(role, _) => Some(*role),
            Target::Group(_) | Target::Unit(_) => None,
        })
        .collect()
}

/// Whether the target is this role, within whichever unit.
pub(super) fn is_role(target: &Target, role: RoleId) -> bool {
    matches!(target, Target::Role(one, _) if *one == role)
}

fn is_within(target: Target, one: &RoleAssignment) -> bool {
    matches!(target, Target::Role(role, unit) if one.role == role.0 && one.unit() == Some(unit.0))
}

/// The digest of who holds a role within a unit.
pub(super) fn digest(target: Target, held: &[RoleAssignment]) -> String {
    let ids: BTreeSet<Uuid> = held.iter().filter(|one| is_within(target, one)).map(|one| one.principal).collect();
    let mut hash = Sha256::new();
    ids.iter().for_each(|id| hash.update(id.as_bytes()));
    hex(&hash.finalize()[..8])
}
