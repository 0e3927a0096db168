//! `/users`: finding, reading, changing and deleting people.

use super::call::{Answer, Call};
use super::filter::Filter;
use super::query::{context, filtered_page, page};
use super::refusal::Refusal;
use super::{Turn, render, sign_ins};
use crate::directory::Change;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

pub(crate) fn list(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let select = call.select();
    render::check_user_select(select.as_deref().unwrap_or_default())?;
    let ids = matching(turn, call)?;
    let select = select.unwrap_or_else(|| render::USER_DEFAULTS.to_vec());
    filtered_page(turn, call, &context(call, "users"), &ids, |turn, id| render::user(turn.tenant, id, &select))
}

/// The users that pass `$filter`, sorted by id.
fn matching(turn: &Turn<'_>, call: &Call) -> Result<Vec<Uuid>, Refusal> {
    let directory = &turn.tenant.directory;
    let Some(filter) = parsed(call)? else {
        return Ok(directory.users.keys().copied().filter(|id| turn.is_visible(*id)).collect());
    };
    let by_id = filter.is_by_id();
    // The index knows the common questions; the filter itself still decides.
    let candidates: BTreeSet<Uuid> = if let Some(keys) = filter.keys(&["id"]) {
        keys.into_iter().filter_map(|key| Uuid::parse_str(key).ok()).collect()
    } else if let Some(keys) = filter.keys(&["mail", "otherMails"]) {
        keys.into_iter().flat_map(|key| directory.with_address(key)).collect()
    } else {
        directory.users.keys().copied().collect()
    };
    let mut found = Vec::new();
    for id in candidates {
        let Some(user) = directory.users.get(&id) else { continue };
        let known = if by_id { user.born.visible } else { user.born.indexed };
        if user.deleted.is_none()
            && turn.has_come(known)
            && filter.holds(&|name| render::user_property(turn.tenant, id, user, name))?
        {
            found.push(id);
        }
    }
    Ok(found)
}

/// The `$filter` of a request, refused when it is an advanced one without the header and `$count=true`.
pub(super) fn parsed(call: &Call) -> Result<Option<Filter>, Refusal> {
    let Some(filter) = call.option("$filter").map(Filter::parse).transpose()? else { return Ok(None) };
    if filter.is_advanced() && !(call.is_eventual() && call.option("$count") == Some("true")) {
        return Err(Refusal::unsupported_query("Operator is not supported without advanced query capabilities."));
    }
    Ok(Some(filter))
}

pub(crate) fn get(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let id = turn.user(0)?;
    let select = call.select();
    render::check_user_select(select.as_deref().unwrap_or_default())?;
    if select.iter().flatten().any(|name| *name == "signInActivity") {
        if !turn.may("AuditLog.Read.All") {
            return Err(Refusal::denied());
        }
        sign_ins::need_licence(turn)?;
    }
    let mut body = render::user(turn.tenant, id, &select.unwrap_or_else(|| render::USER_DEFAULTS.to_vec()));
    body["@odata.context"] = json!(format!("{}#{}/$entity", turn.metadata(), context(call, "users")));
    Ok(Answer::ok(body))
}

pub(crate) fn patch(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let id = turn.user(0)?;
    let body = call.object()?;
    if turn
        .tenant
        .directory
        .users
        .get(&id)
        .and_then(|user| user.rare.as_ref())
        .is_some_and(|rare| rare.management_restricted)
    {
        return Err(Refusal::denied());
    }
    let only_enabling = body.keys().all(|name| name == "accountEnabled");
    if !only_enabling && !turn.may("User.ReadWrite.All") && !turn.may("Directory.ReadWrite.All") {
        return Err(Refusal::denied());
    }
    for (name, value) in body {
        let fits = match name.as_str() {
            "accountEnabled" => value.is_boolean(),
            "displayName" => value.is_string(),
            "mail" | "givenName" | "surname" | "jobTitle" | "mobilePhone" | "officeLocation" | "preferredLanguage"
            | "usageLocation" | "companyName" | "department" | "employeeId" | "country" | "city" => {
                value.is_string() || value.is_null()
            }
            "otherMails" => value.as_array().is_some_and(|mails| mails.iter().all(Value::is_string)),
            _ => false,
        };
        if !fits {
            return Err(Refusal::bad_request(format!(
                "Invalid value specified for property '{name}' of resource 'User'."
            )));
        }
    }
    let upn = turn.tenant.directory.users.get(&id).map(|user| turn.tenant.upn_of(user));
    turn.tenant.directory.change_user(id, |user| {
        for (name, value) in body {
            match name.as_str() {
                "accountEnabled" => user.enabled = value.as_bool().unwrap_or_default(),
                "displayName" => user.display_name = value.as_str().unwrap_or_default().into(),
                "mail" => {
                    user.upn = upn.as_deref().map(Into::into);
                    user.mail = value.as_str().map(Into::into);
                }
                "otherMails" => {
                    let mails = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                    user.rare().other_mails = mails.map(Into::into).collect();
                }
                other => {
                    user.rare().profile.insert(other.to_owned(), value.clone());
                }
            }
        }
    });
    turn.note(Change::UserUpdated { user: id, properties: body.keys().cloned().collect() });
    Ok(Answer::no_content())
}

pub(crate) fn delete(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let id = turn.user(0)?;
    delete_user(turn, id)
}

/// Soft-deletes; holders of directory roles need more than the permission.
pub(super) fn delete_user(turn: &mut Turn<'_>, id: Uuid) -> Result<Answer, Refusal> {
    if turn.tenant.role_assignments.values().any(|held| held.principal == id) {
        return Err(Refusal::denied());
    }
    let change = turn.tenant.directory.delete_user(id, turn.wall).ok_or_else(|| Refusal::not_found(id))?;
    turn.note(change);
    Ok(Answer::no_content())
}

pub(crate) fn member_of(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let user = turn.user(0)?;
    let mut ids = turn.tenant.directory.containers_of(user);
    ids.retain(|id| turn.tenant.directory.is_alive(*id));
    // Directory roles held tenant-wide are memberships too; here a role's id is its definition's.
    let roles: BTreeSet<Uuid> = turn
        .tenant
        .role_assignments
        .values()
        .filter(|held| held.principal == user && held.scope == "/")
        .map(|held| held.role)
        .collect();
    ids.extend(&roles);
    ids.sort_unstable();
    let select = call.select();
    page(turn, call, &context(call, "directoryObjects"), &ids, |turn, id| {
        if roles.contains(&id) {
            return json!({ "@odata.type": "#microsoft.graph.directoryRole", "id": id, "displayName": "Directory role", "roleTemplateId": id });
        }
        render::any(turn, id, select.as_deref())
    })
}

/// Groups, units and directory roles, through nested groups too.
pub(crate) fn transitive_member_of(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let user = turn.user(0)?;
    let directory = &turn.tenant.directory;
    let (mut found, mut todo) = (BTreeSet::new(), vec![user]);
    while let Some(next) = todo.pop() {
        for container in directory.containers_of(next) {
            // A group in a unit does not bring its members into it.
            let counts = next == user || directory.groups.contains_key(&container);
            if counts && directory.is_alive(container) && found.insert(container) {
                todo.push(container);
            }
        }
    }
    let ids: Vec<Uuid> = found.into_iter().collect();
    let select = call.select();
    page(turn, call, &context(call, "directoryObjects"), &ids, |turn, id| render::any(turn, id, select.as_deref()))
}

pub(crate) fn owned_objects(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let user = turn.user(0)?;
    let groups = turn.tenant.directory.groups.iter();
    let ids: Vec<_> = groups
        .filter(|(_, group)| group.deleted.is_none() && group.owners.contains(&user))
        .map(|(id, _)| *id)
        .collect();
    let select = call.select();
    page(turn, call, &context(call, "directoryObjects"), &ids, |turn, id| render::any(turn, id, select.as_deref()))
}

pub(crate) fn revoke_sessions(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let user = turn.user(0)?;
    turn.note(Change::SessionsRevoked { user });
    Ok(Answer::ok(json!({ "@odata.context": format!("{}#Edm.Boolean", turn.metadata()), "value": true })))
}

/// Up to 1,000 objects by id; those that are not there are left out.
pub(crate) fn get_by_ids(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let ids = call.body.get("ids").and_then(Value::as_array).ok_or_else(|| Refusal::bad_request("ids is required."))?;
    if ids.len() > 1000 {
        return Err(Refusal::bad_request("Too many ids: at most 1000 are supported."));
    }
    let types: Option<Vec<&str>> =
        call.body.get("types").and_then(Value::as_array).map(|types| types.iter().filter_map(Value::as_str).collect());
    let mut found = Vec::new();
    for id in ids {
        let parsed = id.as_str().and_then(|text| Uuid::parse_str(text).ok());
        let id = parsed.ok_or_else(|| Refusal::bad_request(format!("Invalid GUID: {id}.")))?;
        let kind = turn.tenant.directory.type_of(id).and_then(|kind| kind.rsplit('.').next()).unwrap_or_default();
        if turn.is_visible(id) && types.as_ref().is_none_or(|types| types.contains(&kind)) {
            found.push(render::any(turn, id, call.select().as_deref()));
        }
    }
    Ok(Answer::ok(json!({ "@odata.context": format!("{}#directoryObjects", turn.metadata()), "value": found })))
}
