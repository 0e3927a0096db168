//! Microsoft's answers as facts.

use super::read::unasked;
use crate::fitness::azure::EXPORTS;
use crate::fitness::unread::{P1, P2, nothing, unread};
use crate::membership::unwritable;
use access::config::Customer;
use access::fitness::{Cause, Read, Unread};
use access::ids::TenantId;
use access::onboarding::{Door, Facts, Group, Tenant};
use access::plan::Unwritable;
use cloud::graph::{Answer, Ask, Graph, InboundUsers, Reader};
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

/// A group in a restricted management unit can be written where our app holds a role in a unit. Which one is for a plan to
/// find out.
pub(super) async fn reach(reader: &Reader, facts: &mut Facts) {
    let is_restricted = |group: &Group| group.unwritable == Some(Unwritable::Restricted);
    let any = facts.groups.iter().any(|(_, read)| matches!(read, Ok(Some(group)) if is_restricted(group)));
    let Some(principal) = facts.service_principal.filter(|_| any) else { return };
    let answer = reader.ask(vec![Ask::RoleAssignments { principal }]).await.remove(0);
    let held = answer.and_then(Answer::roles).map_err(|error| unread(&error, None));
    let held = held.map(|roles| roles.iter().any(|role| role.unit().is_some()));
    for (_, read) in &mut facts.groups {
        let Ok(Some(group)) = read else { continue };
        match &held {
            _ if !is_restricted(group) => {}
            Ok(true) => group.unwritable = None,
            Ok(false) => {}
            Err(why) => *read = Err(why.clone()),
        }
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
