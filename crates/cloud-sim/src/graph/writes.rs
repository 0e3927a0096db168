//! Changing a group and its members.

use super::call::{Answer, Call};
use super::refusal::Refusal;
use super::{Turn, people};
use crate::directory::Change;
use serde_json::Value;
use uuid::Uuid;

/// "Add members": up to 20 in one request.
const BIND_MAX: usize = 20;

/// Adds members, all or none, or changes the group's own properties.
pub(crate) fn patch_group(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let group = turn.group(0)?;
    let body = call.object()?;
    let only_members = body.keys().all(|name| name == "members@odata.bind");
    if !only_members && !turn.may("Group.ReadWrite.All") && !turn.may("Directory.ReadWrite.All") {
        return Err(Refusal::denied());
    }
    let members = match body.get("members@odata.bind") {
        None => Vec::new(),
        Some(Value::Array(links)) if links.len() > BIND_MAX => {
            let message = format!("The number of references in the request exceeds the limit of {BIND_MAX}.");
            return Err(Refusal::bad_request(message));
        }
        Some(Value::Array(links)) => links.iter().map(reference).collect::<Result<_, _>>()?,
        Some(_) => return Err(Refusal::bad_request("members@odata.bind must be an array.")),
    };
    if !members.is_empty() {
        check_writable(turn, group)?;
        check_new(turn, group, &members)?;
    }
    let mut properties = Vec::new();
    if let Some(found) = turn.tenant.directory.groups.get_mut(&group) {
        for (name, value) in body.iter().filter(|(name, _)| *name != "members@odata.bind") {
            match (name.as_str(), value.as_str()) {
                ("displayName", Some(text)) => found.settings.display_name = text.to_owned(),
                ("description", text) => found.settings.description = text.map(str::to_owned),
                (name, _) => {
                    let message = format!("Invalid value specified for property '{name}' of resource 'Group'.");
                    return Err(Refusal::bad_request(message));
                }
            }
            properties.push(name.clone());
        }
    }
    if !properties.is_empty() {
        turn.note(Change::GroupUpdated { group, properties });
    }
    for member in members {
        add(turn, group, member);
    }
    Ok(Answer::no_content())
}

pub(crate) fn add_member(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let group = turn.group(0)?;
    let member = reference(call.body.get("@odata.id").unwrap_or(&Value::Null))?;
    check_writable(turn, group)?;
    check_new(turn, group, &[member])?;
    add(turn, group, member);
    Ok(Answer::no_content())
}

pub(crate) fn remove_member(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let (group, member) = (turn.group(0)?, turn.id(1)?);
    check_writable(turn, group)?;
    // Nothing tells a member that does not exist from one that is not in the group.
    if !turn.is_visible(member) && !is_member(turn, group, member) {
        return Err(Refusal::not_found(member));
    }
    let (now, lag) = (turn.now, turn.options.remembered());
    let change = turn.tenant.directory.remove_member(group, member, now, lag).ok_or_else(Refusal::not_member)?;
    turn.note(change);
    Ok(Answer::no_content())
}

/// `DELETE …/members/{id}` without `/$ref`: deletes the object behind the membership.
pub(crate) fn delete_through_membership(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let (group, member) = (turn.group(0)?, turn.id(1)?);
    if !is_member(turn, group, member) || !turn.tenant.directory.users.contains_key(&member) {
        return Err(Refusal::not_found(member));
    }
    people::delete_user(turn, member)
}

/// The object that a `…/directoryObjects/{id}` link names; `/users/{id}` and `/groups/{id}` work as well.
pub(super) fn reference(link: &Value) -> Result<Uuid, Refusal> {
    let text = link.as_str().unwrap_or_default();
    let id = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let kind = text.rsplit('/').nth(1).unwrap_or_default();
    let known = matches!(kind, "directoryObjects" | "users" | "groups" | "devices" | "servicePrincipals");
    let parsed = Uuid::parse_str(id).ok().filter(|_| known);
    parsed.ok_or_else(|| {
        Refusal::bad_request(format!("Invalid URL format specified in @odata.id for reference: '{text}'."))
    })
}

/// Refuses groups whose members Graph does not write.
fn check_writable(turn: &Turn<'_>, group: Uuid) -> Result<(), Refusal> {
    let Some(found) = turn.tenant.directory.groups.get(&group) else { return Err(Refusal::not_found(group)) };
    let settings = &found.settings;
    if settings.on_premises {
        return Err(Refusal::bad_request(
            "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.",
        ));
    }
    if settings.mail_enabled && !settings.is_unified() {
        return Err(Refusal::bad_request("Cannot Update a mail-enabled security groups and or distribution list."));
    }
    if settings.is_dynamic() {
        // The service's own text was never published.
        return Err(Refusal::bad_request(
            "Insufficient privileges to modify members of a group with dynamic membership.",
        ));
    }
    let units = turn.tenant.directory.containers_of(group);
    let out_of_reach =
        settings.management_restricted && !units.into_iter().any(|unit| super::roles::reaches_unit(turn, unit));
    if out_of_reach || settings.assignable_to_role && !turn.may("RoleManagement.ReadWrite.Directory") {
        return Err(Refusal::denied());
    }
    Ok(())
}

/// Refuses members that are unknown, there already, or named twice.
fn check_new(turn: &Turn<'_>, group: Uuid, members: &[Uuid]) -> Result<(), Refusal> {
    for (index, member) in members.iter().enumerate() {
        if !turn.is_visible(*member) {
            return Err(Refusal::not_found(member));
        }
        if is_member(turn, group, *member) || members[..index].contains(member) {
            return Err(Refusal::already_member());
        }
    }
    Ok(())
}

fn is_member(turn: &Turn<'_>, group: Uuid, member: Uuid) -> bool {
    turn.tenant.directory.groups.get(&group).is_some_and(|group| group.members.contains(&member))
}

fn add(turn: &mut Turn<'_>, group: Uuid, member: Uuid) {
    let (now, lag) = (turn.now, turn.options.remembered());
    if let Some(change) = turn.tenant.directory.add_member(group, member, now, lag) {
        turn.note(change);
    }
}
