//! Paging: which objects are on this page, and where the next one starts.

use super::Turn;
use super::call::{Answer, Call};
use super::refusal::Refusal;
use crate::seal::{seal, unseal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// What a `$skiptoken` holds.
#[derive(Serialize, Deserialize)]
struct PageToken {
    /// The last object of the page before.
    after: Uuid,
    /// Whether that page was empty on purpose; never twice in a row, so that reading ends.
    was_empty: bool,
    minted: u64,
    epoch: u64,
    tenant: Uuid,
}

/// Answers one page of a collection that takes no `$filter`. `ids` are sorted; `render` shows one object.
pub(crate) fn page(
    turn: &mut Turn<'_>,
    call: &Call,
    context: &str,
    ids: &[Uuid],
    render: impl Fn(&Turn<'_>, Uuid) -> Value,
) -> Result<Answer, Refusal> {
    if call.option("$filter").is_some() {
        return Err(Refusal::unsupported_query("'$filter' is not supported here."));
    }
    filtered_page(turn, call, context, ids, render)
}

/// As [`page`], for a collection whose `ids` are those that pass `$filter`.
pub(crate) fn filtered_page(
    turn: &mut Turn<'_>,
    call: &Call,
    context: &str,
    ids: &[Uuid],
    render: impl Fn(&Turn<'_>, Uuid) -> Value,
) -> Result<Answer, Refusal> {
    check_options(call)?;
    let size = page_size(turn, call)?;
    let token = call.option("$skiptoken").map(|token| open(turn, token)).transpose()?;
    let start = token.as_ref().map_or(0, |token| ids.partition_point(|id| *id <= token.after));
    let rest = &ids[start..];
    let may_be_empty = !rest.is_empty() && !token.as_ref().is_some_and(|token| token.was_empty);
    let empty = may_be_empty && turn.rng.f64() < turn.options.empty_pages;
    let shown = if empty { &[] } else { &rest[..rest.len().min(size)] };
    let mut body = json!({ "@odata.context": format!("{}#{context}", turn.metadata()) });
    if token.is_none() && call.option("$count") == Some("true") {
        body["@odata.count"] = json!(ids.len());
    }
    if shown.len() < rest.len() {
        let last = shown.last().copied().or(start.checked_sub(1).map(|before| ids[before])).unwrap_or(Uuid::nil());
        body["@odata.nextLink"] = json!(next_link(turn, call, last, empty));
    }
    body["value"] = shown.iter().map(|id| render(turn, *id)).collect();
    Ok(Answer::ok(body))
}

/// `$top`, and the page size without it.
fn page_size(turn: &Turn<'_>, call: &Call) -> Result<usize, Refusal> {
    let most = if call.path.starts_with("/auditLogs/") { 1000 } else { 999 };
    let wanted = match call.option("$top") {
        None => turn.options.page_size,
        Some(text) => match text.parse() {
            Ok(top) if (1..=most).contains(&top) => top,
            _ => {
                let message = format!("Invalid page size specified: '{text}'. Must be between 1 and {most} inclusive.");
                return Err(Refusal::unsupported_query(message));
            }
        },
    };
    Ok(turn.options.page_cap.map_or(wanted, |cap| wanted.min(cap)).max(1))
}

fn open(turn: &Turn<'_>, token: &str) -> Result<PageToken, Refusal> {
    let expired = || Refusal::new(400, "Directory_ExpiredPageToken", "The specified page token value has expired.");
    let opened: PageToken = unseal(turn.options.seed, token)
        .ok_or_else(|| Refusal::bad_request("The specified page token value is invalid."))?;
    let age = turn.now.as_secs().saturating_sub(opened.minted);
    if opened.tenant != turn.tenant.link_id
        || opened.epoch != turn.tenant.link_epoch
        || age >= turn.options.page_token_life.as_secs()
    {
        return Err(expired());
    }
    Ok(opened)
}

fn next_link(turn: &Turn<'_>, call: &Call, after: Uuid, was_empty: bool) -> String {
    let (minted, epoch) = (turn.now.as_secs(), turn.tenant.link_epoch);
    let token = seal(turn.options.seed, &PageToken { after, was_empty, minted, epoch, tenant: turn.tenant.link_id });
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in call.query.iter().filter(|(name, _)| name != "$skiptoken") {
        query.append_pair(name, value);
    }
    query.append_pair("$skiptoken", &token);
    format!("{}{}?{}", turn.version_base(), call.path, query.finish())
}

/// Options that need the advanced query header, or that are not there at all.
fn check_options(call: &Call) -> Result<(), Refusal> {
    let unsupported = |name: &str| Err(Refusal::unsupported_query(format!("'{name}' is not supported here.")));
    for (name, _) in &call.query {
        match name.as_str() {
            "$select" | "$top" | "$filter" | "$count" | "$skiptoken" | "$orderby" | "$search" | "$expand" => {}
            other => return unsupported(other),
        }
    }
    for name in ["$search", "$expand", "$orderby"] {
        if call.option(name).is_some() {
            return unsupported(name);
        }
    }
    if call.option("$count").is_some() && !call.is_eventual() {
        return Err(Refusal::bad_request("$count is not currently supported."));
    }
    Ok(())
}

/// The lists's `$select` as it stands in `@odata.context`, such as `users(id,mail)`.
pub(crate) fn context(call: &Call, set: &str) -> String {
    match call.option("$select") {
        Some(names) => format!("{set}({names})"),
        None => set.to_owned(),
    }
}
