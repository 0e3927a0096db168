//! The deleted items: 30 days in which a user or a Microsoft 365 group can come back.

use super::call::{Answer, Call};
use super::query::{context, filtered_page, page};
use super::refusal::Refusal;
use super::{Turn, people, render};
use crate::directory::Change;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(crate) fn users(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let filter = people::parsed(call)?;
    let mut ids = Vec::new();
    for (id, user) in &turn.tenant.directory.users {
        let passes =
            filter.as_ref().map(|filter| filter.holds(&|name| render::user_property(turn.tenant, *id, user, name)));
        if is_kept(turn, user.deleted) && passes.transpose()?.unwrap_or(true) {
            ids.push(*id);
        }
    }
    let select = call.select();
    render::check_user_select(select.as_deref().unwrap_or_default())?;
    let select = select.unwrap_or_else(|| [render::USER_DEFAULTS, &["deletedDateTime"]].concat());
    filtered_page(turn, call, &context(call, "users"), &ids, |turn, id| render::user(turn.tenant, id, &select))
}

pub(crate) fn groups(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let groups = turn.tenant.directory.groups.iter();
    let ids: Vec<_> = groups.filter(|(_, group)| is_kept(turn, group.deleted)).map(|(id, _)| *id).collect();
    let select = call.select().unwrap_or_else(|| render::GROUP_DEFAULTS.to_vec());
    page(turn, call, &context(call, "groups"), &ids, |turn, id| render::group(turn.tenant, id, &select))
}

pub(crate) fn get(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let id = find(turn)?;
    let mut body = render::any(turn, id, call.select().as_deref());
    body["@odata.context"] = json!(format!("{}#directoryObjects/$entity", turn.metadata()));
    Ok(Answer::ok(body))
}

pub(crate) fn purge(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let id = find(turn)?;
    let directory = &mut turn.tenant.directory;
    let mut changes = directory.purge_user(id);
    changes.extend(directory.purge_group(id));
    for change in changes {
        turn.note(change);
    }
    Ok(Answer::no_content())
}

pub(crate) fn restore(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let id = find(turn)?;
    let change = match turn.tenant.directory.groups.get_mut(&id) {
        Some(group) => {
            group.deleted = None;
            Some(Change::GroupRestored { group: id })
        }
        None => turn.tenant.directory.restore_user(id),
    };
    turn.note(change.ok_or_else(|| Refusal::not_found(id))?);
    let mut body = render::any(turn, id, None);
    body["@odata.context"] = json!(format!("{}#directoryObjects/$entity", turn.metadata()));
    Ok(Answer::ok(body))
}

fn find(turn: &Turn<'_>) -> Result<Uuid, Refusal> {
    let id = turn.id(0)?;
    let directory = &turn.tenant.directory;
    let user = directory.users.get(&id).map(|user| user.deleted);
    let deleted = user.or_else(|| directory.groups.get(&id).map(|group| group.deleted)).flatten();
    if is_kept(turn, deleted) { Ok(id) } else { Err(Refusal::not_found(id)) }
}

fn is_kept(turn: &Turn<'_>, deleted: Option<Timestamp>) -> bool {
    deleted.is_some_and(|at| turn.wall.duration_since(at) < KEPT)
}
