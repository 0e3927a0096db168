//! Microsoft's answers as facts.

use super::read::unasked;
use crate::fitness::azure::EXPORTS;
use crate::fitness::unread::{P1, P2, nothing, unread};
use crate::membership::reach::{Within, assignments, held_in, within};
use crate::membership::unwritable;
use access::config::Customer;
use access::fitness::{Cause, Read, Unread};
use access::ids::TenantId;
use access::onboarding::{Door, Facts, Group, Tenant};
use access::plan::Unwritable;
use cloud::graph::{Answer, Graph, InboundUsers, Reader};
use cloud::{Error, Kind};
use futures::future::{join, join_all};
use uuid::Uuid;

type Answered = Result<Answer, Error>;

/// An answer that leaves out what was asked for: of that nothing is known.
fn unsaid(what: &str) -> Unread {
    Unread::new(Cause::Failed, format!("the service did not say {what}"))
}

pub(super) fn organization(answer: Answered) -> Read<Option<Tenant>> {
    match answer.and_then(Answer::organization) {
        Ok(Some(found)) => Ok(Some(Tenant {
            id: TenantId(found.id),
            name: found.display_name,
            domains: found.verified_domains.into_iter().collect(),
        })),
        Ok(None) => Err(unsaid("which tenant it is")),
        Err(error) if error.kind == Kind::WrongTenant => Ok(None),
        Err(error) => Err(unread(&error, None)),
    }
}

pub(super) fn invites_from(answer: Answered) -> Read<String> {
    let policy = answer.and_then(Answer::authorization).map_err(|error| unread(&error, None))?;
    policy.allow_invites_from.ok_or_else(|| unsaid("who may invite guests"))
}

/// What holds for the partner's tenant, and what for everybody.
pub(super) fn doors(partner: Answered, everybody: Answered) -> (Read<Option<Door>>, Read<Door>) {
    let read = |answer: Answered| match answer.and_then(Answer::cross_tenant) {
        Ok(Some(access)) => match access.inbound_users {
            None => Ok(Some(Door::AsEverybody)),
            Some(users) => door(&users).map(Some),
        },
        Ok(None) => Ok(None),
        Err(error) => Err(unread(&error, None)),
    };
    let everybody = read(everybody).and_then(|door| {
        door.filter(|door| *door != Door::AsEverybody).ok_or_else(|| unsaid("whom the settings for everybody let in"))
    });
    (read(partner), everybody)
}

fn door(users: &InboundUsers) -> Read<Door> {
    let all = users.targets.iter().any(|target| target.target == "AllUsers");
    match (users.access.as_str(), all) {
        ("allowed", true) => Ok(Door::Open),
        ("blocked", true) => Ok(Door::Closed),
        ("allowed" | "blocked", false) => Ok(Door::Partly),
        (other, _) => {
            Err(Unread::new(Cause::Failed, format!("an access type \"{other}\" is not known to this version")))
        }
    }
}

pub(super) fn group(answer: Answered) -> Read<Option<Group>> {
    let found = answer.and_then(Answer::group).map_err(|error| unread(&error, None))?;
    let found = found.filter(|group| group.deleted.is_none());
    Ok(found.map(|group| Group { unwritable: unwritable(&group), name: group.display_name }))
}

pub(super) fn unit(answer: Answered) -> Read<bool> {
    answer.and_then(Answer::unit).map(|found| found.is_some()).map_err(|error| unread(&error, None))
}

pub(super) fn sign_ins(answer: Answered) -> Read<()> {
    let found = answer.and_then(Answer::fitness).map_err(|error| unread(&error, Some(P1)))?;
    found.map(drop).ok_or_else(|| nothing("the first of the break-glass accounts"))
}

pub(super) fn eligible(answer: Answered) -> Read<()> {
    answer.map(drop).map_err(|error| unread(&error, Some(P2)))
}

/// What our app reaches by the directory roles that it holds. A group in a restricted management unit can be written where it
/// holds a role in a unit, which one is for a plan to find out; with scoped rights any group has to be in a unit within
/// which it holds a role that writes.
pub(super) async fn reach(reader: &Reader, customer: &Customer, own: Read<Option<Uuid>>, facts: &mut Facts) {
    let is_restricted = |group: &Group| group.unwritable == Some(Unwritable::Restricted);
    let any = facts.groups.iter().any(|(_, read)| matches!(read, Ok(Some(group)) if is_restricted(group)));
    let is_scoped = customer.rights.units().is_some();
    facts.own_roles = match own {
        _ if !any && !is_scoped => return,
        Ok(Some(principal)) => {
            let held = assignments(reader, principal).await.map_err(|error| unread(&error, None));
            held.map(|held| held_in(&held))
        }
        // The group is restricted as far as anybody knows.
        _ if !is_scoped => return,
        Ok(None) => Err(Unread::new(Cause::Absent, "our app has no service principal in the tenant")),
        Err(why) => Err(why),
    };
    let within = match &facts.own_roles {
        Ok(held) if is_scoped => within(reader, held).await,
        _ => Vec::new(),
    };
    for (id, read) in &mut facts.groups {
        let Ok(Some(group)) = read else { continue };
        let held = match &facts.own_roles {
            Ok(held) => held,
            Err(why) if is_scoped || is_restricted(group) => {
                *read = Err(why.clone());
                continue;
            }
            Err(_) => continue,
        };
        if is_restricted(group) && held.iter().any(|one| one.unit.is_some()) {
            group.unwritable = None;
        }
        if is_scoped && group.unwritable.is_none() {
            *read = reached(id.0, &within, group.clone()).map(Some);
        }
    }
}

/// The group, and that it is in none of these units if so. With one of them unread, what is in none of the others is not
/// known to be in none.
fn reached(id: Uuid, within: &[Within], group: Group) -> Read<Group> {
    if within.iter().any(|unit| unit.members.as_ref().is_ok_and(|members| members.contains(&id))) {
        return Ok(group);
    }
    match within.iter().find_map(|unit| unit.members.as_ref().err()) {
        Some(error) => Err(unread(error, None)),
        None => Ok(Group { unwritable: Some(Unwritable::OutOfReach), ..group }),
    }
}

/// What Azure Resource Manager shows: the alerts of each subscription, and the tenant's diagnostic settings.
pub(super) async fn azure(graph: &Graph, customer: &Customer) -> (Vec<(Uuid, Read<()>)>, Read<()>) {
    let arm = graph.arm(customer.tenant_id.0);
    let subscriptions = customer.break_glass.subscriptions.iter().map(|id| {
        let (arm, id) = (arm.clone(), *id);
        async move { (id, arm.fired_alerts(id).await.map(drop).map_err(|error| unread(&error, None))) }
    });
    let exports = async {
        if customer.break_glass.accounts.is_empty() {
            return unasked();
        }
        arm.list(EXPORTS).await.map(drop).map_err(|error| unread(&error, None))
    };
    join(join_all(subscriptions), exports).await
}
