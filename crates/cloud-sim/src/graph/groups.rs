//! `/groups`: finding, making, reading and deleting groups.

use super::call::{Answer, Call};
use super::query::{context, filtered_page};
use super::refusal::Refusal;
use super::{Turn, people, render};
use crate::directory::{Change, Group};
use crate::tenant::GroupSettings;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use uuid::Uuid;

pub(crate) fn list(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let select = call.select();
    render::check_group_select(select.as_deref().unwrap_or_default())?;
    let filter = people::parsed(call)?;
    let mut ids = Vec::new();
    for (id, group) in &turn.tenant.directory.groups {
        let by_id = filter.as_ref().is_none_or(|filter| filter.is_by_id());
        let known = if by_id { group.born.visible } else { group.born.indexed };
        if group.deleted.is_some() || !turn.has_come(known) {
            continue;
        }
        let passes = filter.as_ref().map(|filter| filter.holds(&|name| render::group_property(*id, group, name)));
        if passes.transpose()?.unwrap_or(true) {
            ids.push(*id);
        }
    }
    let select = select.unwrap_or_else(|| render::GROUP_DEFAULTS.to_vec());
    filtered_page(turn, call, &context(call, "groups"), &ids, |turn, id| render::group(turn.tenant, id, &select))
}

pub(crate) fn get(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let id = turn.group(0)?;
    show(turn, call, id)
}

pub(crate) fn get_by_unique_name(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let name = turn.params.first().cloned().unwrap_or_default();
    let found = turn.tenant.directory.by_unique_name(&name).filter(|id| turn.is_visible(*id));
    let id = found.ok_or_else(|| Refusal::not_found(&name))?;
    show(turn, call, id)
}

fn show(turn: &mut Turn<'_>, call: &Call, id: Uuid) -> Result<Answer, Refusal> {
    let select = call.select();
    render::check_group_select(select.as_deref().unwrap_or_default())?;
    let body = entity(turn, call, id, &select.unwrap_or_else(|| render::GROUP_DEFAULTS.to_vec()));
    Ok(Answer::ok(body))
}

fn entity(turn: &Turn<'_>, call: &Call, id: Uuid, select: &[&str]) -> Value {
    let mut body = render::group(turn.tenant, id, select);
    body["@odata.context"] = json!(format!("{}#{}/$entity", turn.metadata(), context(call, "groups")));
    body
}

pub(crate) fn create(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let body = call.object()?;
    let required = |name: &str| {
        let missing =
            || Refusal::bad_request(format!("A value is required for property '{name}' of resource 'Group'."));
        body.get(name).filter(|value| !value.is_null()).ok_or_else(missing)
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let wrong = |name: &str| {
        Refusal::bad_request(format!("Invalid value specified for property '{name}' of resource 'Group'."))
    };
    let mut settings = GroupSettings::named(required("displayName")?.as_str().ok_or_else(|| wrong("displayName"))?);
    settings.mail_enabled = required("mailEnabled")?.as_bool().ok_or_else(|| wrong("mailEnabled"))?;
    settings.security_enabled = required("securityEnabled")?.as_bool().ok_or_else(|| wrong("securityEnabled"))?;
    settings.mail_nickname = required("mailNickname")?.as_str().ok_or_else(|| wrong("mailNickname"))?.to_owned();
    settings.description = text("description");
    settings.unique_name = text("uniqueName");
    settings.visibility = text("visibility");
    settings.assignable_to_role = body.get("isAssignableToRole").and_then(Value::as_bool).unwrap_or_default();
    if let Some(kinds) = body.get("groupTypes").and_then(Value::as_array) {
        settings.group_types = kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    if body.keys().any(|name| name.ends_with("@odata.bind")) {
        return Err(Refusal::bad_request("The simulator makes groups without members: add them afterwards."));
    }
    if settings.mail_enabled && !settings.is_unified() {
        return Err(Refusal::bad_request("Cannot create a mail-enabled security group or distribution list."));
    }
    if settings.assignable_to_role && !turn.may("RoleManagement.ReadWrite.Directory") {
        return Err(Refusal::denied());
    }
    if settings.unique_name.as_ref().is_some_and(|name| turn.tenant.directory.by_unique_name(name).is_some()) {
        let message = "Another object with the same value for property uniqueName already exists.";
        return Err(Refusal::bad_request(message));
    }
    let (id, born) = (turn.tenant.fresh_id(), turn.born());
    // The application that makes a group owns it.
    let creator = turn.tenant.consents.get(&turn.app).map(|consent| consent.service_principal);
    let owners: BTreeSet<_> = creator.into_iter().collect();
    let group = Group { settings, members: BTreeSet::new(), owners, recent: VecDeque::new(), born, deleted: None };
    turn.tenant.directory.insert_group(id, group);
    turn.note(Change::GroupCreated { group: id });
    let mut answer = Answer::created(entity(turn, call, id, render::GROUP_DEFAULTS));
    answer.headers.push(("Location", format!("{}/groups/{id}", turn.version_base())));
    Ok(answer)
}

pub(crate) fn delete(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let id = turn.group(0)?;
    let wall = turn.wall;
    let changes = match turn.tenant.directory.groups.get_mut(&id) {
        Some(group) if group.settings.is_unified() => {
            group.deleted = Some(wall);
            vec![Change::GroupDeleted { group: id, for_good: false }]
        }
        // Security groups have no way back.
        _ => turn.tenant.directory.purge_group(id),
    };
    for change in changes {
        turn.note(change);
    }
    Ok(Answer::no_content())
}
