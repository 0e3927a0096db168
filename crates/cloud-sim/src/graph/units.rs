//! Administrative units and what is in them.

use super::call::{Answer, Call};
use super::query::{context, page};
use super::refusal::Refusal;
use super::{Turn, members, render, roles, writes};
use serde_json::{Value, json};

pub(crate) fn list(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let ids: Vec<_> = turn.tenant.directory.units.keys().copied().collect();
    let select = call.select();
    page(turn, call, &context(call, "directory/administrativeUnits"), &ids, |turn, id| {
        render::unit(turn.tenant, id, select.as_deref())
    })
}

pub(crate) fn get(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let id = turn.unit(0)?;
    let mut body = render::unit(turn.tenant, id, call.select().as_deref());
    body["@odata.context"] = json!(format!("{}#directory/administrativeUnits/$entity", turn.metadata()));
    Ok(Answer::ok(body))
}

pub(crate) fn members(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let unit = turn.unit(0)?;
    let ids = turn.tenant.directory.units.get(&unit).into_iter().flat_map(|unit| unit.members.iter().copied());
    let ids = ids.collect();
    members::show(turn, call, ids)
}

pub(crate) fn add_member(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let unit = turn.unit(0)?;
    check_unrestricted(turn, unit)?;
    let member = writes::reference(call.body.get("@odata.id").unwrap_or(&Value::Null))?;
    if !turn.is_visible(member) {
        return Err(Refusal::not_found(member));
    }
    let change = turn.tenant.directory.add_to_unit(unit, member).ok_or_else(Refusal::conflict)?;
    turn.note(change);
    Ok(Answer::no_content())
}

pub(crate) fn remove_member(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let (unit, member) = (turn.unit(0)?, turn.id(1)?);
    check_unrestricted(turn, unit)?;
    let change = turn.tenant.directory.remove_from_unit(unit, member).ok_or_else(|| Refusal::not_found(member))?;
    turn.note(change);
    Ok(Answer::no_content())
}

/// Application permissions do not reach into a unit with restricted management; a role within it does.
fn check_unrestricted(turn: &Turn<'_>, unit: uuid::Uuid) -> Result<(), Refusal> {
    let restricted = turn.tenant.directory.units.get(&unit).is_some_and(|unit| unit.restricted);
    if restricted && !roles::reaches_unit(turn, unit) { Err(Refusal::denied()) } else { Ok(()) }
}
