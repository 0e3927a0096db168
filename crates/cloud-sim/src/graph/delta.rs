//! Delta queries: a first walk over everything, then rounds of changes.
//!
//! The links carry where a round stands; what was selected is kept with the tenant, so that links stay short. A round
//! starts at a position of the tenant's change log and its last link continues from there, so that changes during the
//! round are told in the next one, some of them twice.

use super::call::{Answer, Call};
use super::delta_items::{Item, changed_items, first_items};
use super::filter::Filter;
use super::refusal::Refusal;
use super::{Turn, render};
use crate::seal::{seal, unseal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// "group: delta": `$filter` names at most 50 objects.
const FILTER_MAX: usize = 50;

/// What a delta query is about; fixed by its first request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeltaScope {
    pub(crate) groups: bool,
    /// Only these objects.
    pub(crate) ids: Option<BTreeSet<Uuid>>,
    /// Only these properties, `members` among them.
    pub(crate) select: Option<Vec<String>>,
}

impl DeltaScope {
    pub(crate) fn has_members(&self) -> bool {
        self.groups && self.select.as_ref().is_none_or(|names| names.iter().any(|name| name == "members"))
    }

    pub(crate) fn includes(&self, id: Uuid) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.contains(&id))
    }
}

/// What a link holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct DeltaToken {
    tenant: Uuid,
    /// Index into the tenant's scopes.
    scope: usize,
    /// Changes after this one are still to be told.
    from: u64,
    /// `None` in a first walk: the state itself is told.
    to: Option<u64>,
    /// The last object told on the page before. Objects come and go meanwhile, so that a number would not do.
    after: Option<Uuid>,
    /// The group that the next page goes on with, and its last member told.
    partial: Option<(Uuid, Uuid)>,
    /// Minted by `$deltatoken=latest`: for groups such a token was seen to miss changes of membership alone.
    latest: bool,
    minted: u64,
    epoch: u64,
    was_empty: bool,
}

pub(crate) fn users(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    delta(turn, call, false)
}

pub(crate) fn groups(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    delta(turn, call, true)
}

fn delta(turn: &mut Turn<'_>, call: &Call, groups: bool) -> Result<Answer, Refusal> {
    let token = match (call.option("$deltatoken"), call.option("$skiptoken")) {
        (Some("latest"), _) => {
            let mut token = start(turn, call, groups)?;
            token.latest = true;
            let link = link(turn, call, "$deltatoken", &token);
            return Ok(Answer::ok(
                json!({ "@odata.context": context(turn, &token), "@odata.deltaLink": link, "value": [] }),
            ));
        }
        // An empty delta token asks for everything again: so says the Location of a 410.
        (Some(""), _) | (None, None) => start(turn, call, groups)?,
        (Some(text), _) => {
            let mut token = open(turn, call, groups, text)?;
            token.to = Some(turn.tenant.log.count);
            if turn.rng.f64() < turn.options.replays {
                token.from = token.from.saturating_sub(10);
            }
            token
        }
        (None, Some(text)) => open(turn, call, groups, text)?,
    };
    round(turn, call, token)
}

/// The token of a first request.
fn start(turn: &mut Turn<'_>, call: &Call, groups: bool) -> Result<DeltaToken, Refusal> {
    for (name, _) in &call.query {
        if !matches!(name.as_str(), "$select" | "$filter" | "$deltatoken" | "$skiptoken") {
            return Err(Refusal::unsupported_query(format!("'{name}' is not supported by delta queries.")));
        }
    }
    let select = call.select();
    match groups {
        true => render::check_group_select(select.as_deref().unwrap_or_default())?,
        false => render::check_user_select(select.as_deref().unwrap_or_default())?,
    }
    let ids = match call.option("$filter").map(Filter::parse).transpose()? {
        None => None,
        Some(filter) if filter.is_by_id() => {
            let ids: BTreeSet<_> = filter
                .keys(&["id"])
                .unwrap_or_default()
                .into_iter()
                .filter_map(|id| Uuid::parse_str(id).ok())
                .collect();
            if ids.len() > FILTER_MAX {
                let message = format!("Too many objects in $filter: at most {FILTER_MAX} are supported.");
                return Err(Refusal::unsupported_query(message));
            }
            Some(ids)
        }
        Some(_) => return Err(Refusal::unsupported_query("Delta queries support $filter by id only.")),
    };
    let scope = DeltaScope { groups, ids, select: select.map(|names| names.into_iter().map(str::to_owned).collect()) };
    let known = turn.tenant.scopes.iter().position(|one| **one == scope);
    let scope = known.unwrap_or_else(|| {
        turn.tenant.scopes.push(Arc::new(scope));
        turn.tenant.scopes.len() - 1
    });
    turn.tenant.log.watched = true;
    Ok(DeltaToken {
        tenant: turn.tenant.link_id,
        scope,
        from: turn.tenant.log.count,
        to: None,
        after: None,
        partial: None,
        latest: false,
        minted: turn.now.as_secs(),
        epoch: turn.tenant.link_epoch,
        was_empty: false,
    })
}

fn open(turn: &Turn<'_>, call: &Call, groups: bool, text: &str) -> Result<DeltaToken, Refusal> {
    let invalid = || Refusal::bad_request("The delta token is invalid.");
    let token: DeltaToken = unseal(turn.options.seed, text).ok_or_else(invalid)?;
    let message = "The sync state generation is not found; generation not found in store.";
    let mut refusal = Refusal::new(410, "SyncStateNotFound", message);
    if token.tenant != turn.tenant.link_id {
        return Err(invalid());
    }
    // A token that this simulator has not made: an earlier one of the same seed did.
    let Some(scope) = turn.tenant.scopes.get(token.scope) else { return Err(refusal) };
    if scope.groups != groups {
        return Err(invalid());
    }
    let age = turn.now.as_secs().saturating_sub(token.minted);
    if token.epoch != turn.tenant.link_epoch || age >= turn.options.delta_token_life.as_secs() {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(names) = &scope.select {
            query.append_pair("$select", &names.join(","));
        }
        if let Some(ids) = &scope.ids {
            let clauses: Vec<_> = ids.iter().map(|id| format!("id eq '{id}'")).collect();
            query.append_pair("$filter", &clauses.join(" or "));
        }
        query.append_pair("$deltatoken", "");
        refusal.headers.push(("Location", format!("{}{}?{}", turn.version_base(), call.path, query.finish())));
        return Err(refusal);
    }
    Ok(token)
}

/// One page of a round, and the link to what follows.
fn round(turn: &mut Turn<'_>, call: &Call, mut token: DeltaToken) -> Result<Answer, Refusal> {
    let scope = turn.tenant.scopes[token.scope].clone();
    let items = match token.to {
        None => first_items(turn, &scope, token.after),
        Some(to) => changed_items(turn, &scope, (token.from, to), token.after, token.latest),
    };
    let body_context = context(turn, &token);
    let may_be_empty = !items.is_empty() && !token.was_empty;
    token.was_empty = may_be_empty && turn.rng.f64() < turn.options.empty_pages;
    let (value, done) = if token.was_empty { (Vec::new(), false) } else { fill(turn, &items, &mut token) };
    let mut body = json!({ "@odata.context": body_context });
    if done {
        let next = DeltaToken {
            from: token.to.unwrap_or(token.from),
            to: None,
            after: None,
            partial: None,
            minted: turn.now.as_secs(),
            ..token
        };
        body["@odata.deltaLink"] = json!(link(turn, call, "$deltatoken", &next));
    } else {
        body["@odata.nextLink"] = json!(link(turn, call, "$skiptoken", &token));
    }
    body["value"] = Value::Array(value);
    Ok(Answer::ok(body))
}

/// Fills a page; a group with many members goes on over several pages. Says whether the round is over.
fn fill(turn: &Turn<'_>, items: &[Item], token: &mut DeltaToken) -> (Vec<Value>, bool) {
    let mut room = turn.options.delta_page_size.max(1);
    let mut value = Vec::new();
    for item in items {
        if room == 0 {
            return (value, false);
        }
        room -= 1;
        let told = token.partial.take().filter(|(group, _)| *group == item.id).map(|(_, member)| member);
        let start = item.members.partition_point(|(member, _)| told.is_some_and(|told| *member <= told));
        let members = &item.members[start..];
        let shown = &members[..members.len().min(room.max(1))];
        room = room.saturating_sub(shown.len());
        let mut body = item.body.clone();
        if !shown.is_empty() {
            body["members@delta"] = shown.iter().map(|(_, entry)| entry.clone()).collect();
        }
        value.push(body);
        if let Some((last, _)) = shown.last().filter(|_| shown.len() < members.len()) {
            token.partial = Some((item.id, *last));
            return (value, false);
        }
        token.after = Some(item.id);
    }
    (value, true)
}

fn link(turn: &Turn<'_>, call: &Call, name: &str, token: &DeltaToken) -> String {
    format!("{}{}?{name}={}", turn.version_base(), call.path, seal(turn.options.seed, token))
}

fn context(turn: &Turn<'_>, token: &DeltaToken) -> String {
    let scope = &turn.tenant.scopes[token.scope];
    let set = if scope.groups { "groups" } else { "users" };
    match &scope.select {
        Some(names) => format!("{}#{set}({})", turn.metadata(), names.join(",")),
        None => format!("{}#{set}", turn.metadata()),
    }
}
