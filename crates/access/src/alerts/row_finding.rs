//! What a row of a log says. The names are those of the tables *SigninLogs*, *AADNonInteractiveUserSignInLogs*,
//! *AuditLogs* and *AzureActivity*, of Microsoft Graph's objects, and those that rules commonly give to them.

use super::dates;
use super::finding::{Finding, FindingKind};
use super::json::Json;
use super::query::Table;
use super::row::Row;
use super::text::{identifier, shown};
use super::words::blinds;
use uuid::Uuid;

const SIGN_IN_ID: [&str; 1] = ["SignInId"];
const AUDIT_ID: [&str; 1] = ["AuditId"];
const USER: [&str; 5] = ["UserId", "AadUserId", "AccountObjectId", "UserObjectId", "user_AuthenticatedId"];
const UPN: [&str; 4] = ["UserPrincipalName", "AccountUpn", "Upn", "AlternateSignInName"];
const TARGET: [&str; 3] = ["TargetId", "TargetUserId", "TargetObjectId"];
const TARGET_UPN: [&str; 2] = ["TargetUserPrincipalName", "TargetUpn"];
const TARGETS: [&str; 1] = ["TargetResources"];
const ACTOR: [&str; 3] = ["Actor", "InitiatedBy", "Caller"];
const OPERATION: [&str; 4] = ["OperationNameValue", "OperationName", "ActivityDisplayName", "Operation"];
const TIME: [&str; 5] = ["CreatedDateTime", "TimeGenerated", "ActivityDateTime", "Timestamp", "Time"];
const ROWS: [&str; 2] = ["AggregatedValue", "count_"];

/// Everything that a row says; nothing where it names neither an account nor an event.
///
/// A column `Id` is the event's only in the tables themselves: elsewhere it may be anything, even the user's, and two
/// sign-ins would become one.
pub(super) fn findings(row: &Row<'_>, table: Table) -> Vec<Finding> {
    let known = matches!(table, Table::SignIns { .. } | Table::Audits);
    let id = |names: &[&str]| {
        let named = row.scalar(names).or_else(|| row.scalar(&["Id"]).filter(|_| known))?;
        identifier(named)
    };
    let found = match kind(row, table) {
        FindingKind::SignIn => vec![sign_in(row, table, id(&SIGN_IN_ID))],
        FindingKind::Change => changes(row, id(&AUDIT_ID)),
        _ => return tampering(row).into_iter().collect(),
    };
    found.into_iter().filter(Finding::names_something).collect()
}

/// What the row is: by the id that it gives, else by the table, else by columns that only one table has.
fn kind(row: &Row<'_>, table: Table) -> FindingKind {
    let has = |names: &[&str]| row.get(names).is_some();
    let of_azure = || row.scalar(&OPERATION).is_some_and(|name| name.to_ascii_lowercase().starts_with("microsoft."));
    match table {
        _ if has(&SIGN_IN_ID) => FindingKind::SignIn,
        _ if has(&AUDIT_ID) => FindingKind::Change,
        Table::SignIns { .. } => FindingKind::SignIn,
        Table::Audits => FindingKind::Change,
        Table::Activity => FindingKind::Tamper,
        Table::Unknown if of_azure() => FindingKind::Tamper,
        Table::Unknown if has(&TARGET) || has(&TARGETS) => FindingKind::Change,
        Table::Unknown => FindingKind::SignIn,
    }
}

fn sign_in(row: &Row<'_>, table: Table, event: Option<String>) -> Finding {
    let mut finding = Finding::new(FindingKind::SignIn);
    let named = row.scalar(&USER);
    finding.user = named.and_then(object_id);
    // Some write the sign-in name where the id belongs.
    let name = row.scalar(&UPN).or(named.filter(|name| name.contains('@')));
    finding.upn = name.and_then(shown);
    finding.event = event.filter(|event| finding.user.is_none_or(|user| *event != user.to_string()));
    finding.at = row.scalar(&TIME).and_then(dates::quiet);
    let code = row.get(&["ResultType", "ErrorCode", "Status"]);
    finding.result = code.and_then(|code| result(code).as_deref().and_then(shown));
    finding.ip = row.scalar(&["IPAddress", "CallerIpAddress", "ClientIP"]).and_then(shown);
    finding.app = row.scalar(&["AppDisplayName", "Application", "AppId"]).and_then(shown);
    finding.interactive = interactive(row, table);
    finding.rows = row.get(&ROWS).and_then(Json::count);
    finding
}

/// The error code, also where it stands in an object (*signIn*, `status`), or in such an object as text.
fn result(code: &Json) -> Option<String> {
    let inner = code.unfold();
    let json = inner.as_ref().unwrap_or(code);
    let code = if json.is_object() { json.get("errorCode") } else { code };
    code.scalar().map(str::to_owned)
}

fn interactive(row: &Row<'_>, table: Table) -> Option<bool> {
    let said = row.get(&["IsInteractive"]).and_then(Json::truth);
    let by_table = || {
        let name = row.scalar(&["Category", "Type", "Tbl", "$table"])?.to_ascii_lowercase();
        if name.contains("noninteractiveusersigninlogs") {
            return Some(false);
        }
        (name == "signinlogs").then_some(true)
    };
    let by_query = if let Table::SignIns { interactive } = table { interactive } else { None };
    said.or_else(by_table).or(by_query)
}

/// One finding for each thing that was changed: which of them matters is for others to say.
fn changes(row: &Row<'_>, event: Option<String>) -> Vec<Finding> {
    let mut change = Finding::new(FindingKind::Change);
    change.event = event;
    change.at = row.scalar(&TIME).and_then(dates::quiet);
    change.operation = row.scalar(&OPERATION).and_then(shown);
    change.result = row.scalar(&["Result", "ResultType"]).and_then(shown);
    change.actor = row.get(&ACTOR).and_then(actor);
    if let Some(target) = row.scalar(&TARGET) {
        change.user = object_id(target);
    }
    change.upn = row.scalar(&TARGET_UPN).and_then(shown);
    let targets = row.get(&TARGETS).and_then(Json::unfold);
    let targets = targets.as_ref().map(Json::items).unwrap_or_default();
    let named = |target: &Json| {
        let user = object_id(target.get("id").scalar()?)?;
        let upn = target.get("userPrincipalName").scalar().and_then(shown);
        Some(Finding { user: Some(user), upn, ..change.clone() })
    };
    let each: Vec<Finding> = targets.iter().filter_map(named).collect();
    if change.user.is_some() || each.is_empty() { vec![change] } else { each }
}

/// Who did it: a name or an id as it is, or out of *auditActivityInitiator*.
fn actor(by: &Json) -> Option<String> {
    let inner = by.unfold();
    let json = inner.as_ref().filter(|json| json.is_object());
    let Some(json) = json else { return by.scalar().and_then(shown) };
    let (user, app) = (json.get("user"), json.get("app"));
    let names = [
        user.get("id"),
        user.get("userPrincipalName"),
        app.get("servicePrincipalId"),
        app.get("appId"),
        app.get("displayName"),
    ];
    names.into_iter().find_map(Json::scalar).and_then(shown)
}

fn tampering(row: &Row<'_>) -> Option<Finding> {
    let mut finding = Finding::new(FindingKind::Tamper);
    finding.event = row.scalar(&["EventDataId"]).and_then(identifier);
    finding.at = row.scalar(&["EventSubmissionTimestamp", "TimeGenerated", "Time"]).and_then(dates::quiet);
    finding.operation = row.scalar(&OPERATION).and_then(shown);
    finding.result = row.scalar(&["ActivityStatusValue", "ActivityStatus", "Status", "ResultType"]).and_then(shown);
    finding.actor = row.scalar(&ACTOR).and_then(shown);
    finding.resource = row.scalar(&["_ResourceId", "ResourceId", "ResourceUri"]).and_then(identifier);
    finding.severe = blinds(finding.operation.as_deref(), finding.result.as_deref());
    (finding.operation.is_some() || finding.resource.is_some()).then_some(finding)
}

/// An object id. The one of noughts is nobody's: attempts have it that were refused before the user was known.
pub(super) fn object_id(text: &str) -> Option<Uuid> {
    Uuid::parse_str(text.trim()).ok().filter(|id| !id.is_nil())
}
