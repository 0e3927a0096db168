//! Reading who is in a group, directly or through nested groups.

use super::call::{Answer, Call};
use super::query::{context, filtered_page};
use super::refusal::Refusal;
use super::{Turn, people, render};
use serde_json::Value;
use uuid::Uuid;

pub(crate) fn list(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let group = turn.group(0)?;
    let members = turn.tenant.directory.members_seen(group, turn.now, turn.options.member_lag);
    show(turn, call, members.into_iter().collect())
}

pub(crate) fn list_transitive(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let group = turn.group(0)?;
    let members = turn.tenant.directory.transitive_members(group, turn.now, turn.options.member_lag);
    show(turn, call, members.into_iter().collect())
}

pub(crate) fn owners(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let group = turn.group(0)?;
    let owners = turn.tenant.directory.groups.get(&group).map(|group| group.owners.clone()).unwrap_or_default();
    show(turn, call, owners.into_iter().collect())
}

/// Shows a collection of directory objects, cast to one type when the path says so.
pub(super) fn show(turn: &mut Turn<'_>, call: &Call, mut ids: Vec<Uuid>) -> Result<Answer, Refusal> {
    // Deleted members keep their membership and are not shown.
    ids.retain(|id| turn.is_visible(*id));
    let cast = turn.params.get(1).filter(|param| param.starts_with("graph.")).cloned();
    if let Some(cast) = &cast {
        ids.retain(|id| turn.tenant.directory.type_of(*id).is_some_and(|kind| kind.ends_with(cast.as_str())));
    }
    let select = call.select();
    if let Some(filter) = people::parsed(call)? {
        if cast.as_deref() != Some("graph.user") || !call.is_eventual() || call.option("$count") != Some("true") {
            return Err(Refusal::unsupported_query("Filter on a cast collection needs advanced query capabilities."));
        }
        let mut kept = Vec::new();
        for id in ids {
            let Some(user) = turn.tenant.directory.users.get(&id) else { continue };
            if filter.holds(&|name| render::user_property(turn.tenant, id, user, name))? {
                kept.push(id);
            }
        }
        ids = kept;
    }
    let set = match cast.as_deref() {
        Some("graph.user") => "users",
        Some("graph.group") => "groups",
        _ => "directoryObjects",
    };
    filtered_page(turn, call, &context(call, set), &ids, |turn, id| {
        let mut item = render::any(turn, id, select.as_deref());
        // With a cast the type is declared and not repeated.
        if let (true, Value::Object(item)) = (cast.is_some(), &mut item) {
            item.remove("@odata.type");
        }
        item
    })
}
