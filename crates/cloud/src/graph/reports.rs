//! The logs that Graph shows: sign-ins and audits (pages "List signIns" and "List directoryAudits").
//!
//! Only what is asked of them: who, when, from where, with what result, and what was changed.

use super::links::literal;
use crate::json::{self, Object, Wrong};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// The most ids and names in one question for sign-ins: the filter names each.
pub const ACCOUNTS_MAX: usize = 10;

/// The most pages of one report: each takes one of the 5 requests that a tenant allows in 10 s. Whoever floods the log
/// with attempts must not keep us from reading its newest entries.
pub const REPORT_PAGES_MAX: u32 = 5;

/// Entries on a page: a sign-in with all the policies that were looked at can take 20 KB.
const ON_PAGE: u32 = 200;

/// The least permission for any of it.
pub(super) const PERMISSION: &str = "AuditLog.Read.All";

/// The most characters kept of a changed property's value.
const VALUE_MAX: usize = 500;

/// Entries of a log, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report<T> {
    /// The entries. One may be there twice.
    pub entries: Vec<T>,
    /// Whether these are all; otherwise there were more than [`REPORT_PAGES_MAX`] pages, and older ones are missing.
    pub whole: bool,
}

impl<T> Default for Report<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), whole: true }
    }
}

/// One sign-in, or an attempt at one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The entry's id, the same in every log that tells of this sign-in.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Whose account; `None` when no account was found for what was typed.
    pub user: Option<Uuid>,
    /// The name as the log has it; at times an id.
    pub name: Option<String>,
    /// 0 for success, an AADSTS number otherwise; `None` if the log does not say.
    pub error_code: Option<i64>,
    /// The service's words about that.
    pub reason: Option<String>,
    /// What is known of the second factor; may be filled in later.
    pub details: Option<String>,
    /// Where from.
    pub ip: Option<String>,
    /// City and country as the service guesses them from the address.
    pub place: Option<String>,
    /// Into what.
    pub app: Option<String>,
    /// What the app wanted to reach.
    pub resource: Option<String>,
    /// Such as `Browser`.
    pub client: Option<String>,
    /// Browser and operating system as they say.
    pub device: Option<String>,
    /// Whether somebody sat there.
    pub interactive: Option<bool>,
    /// Such as `success`, `failure` or `notApplied`.
    pub conditional_access: Option<String>,
    /// What ties it to other events.
    pub correlation: Option<String>,
}

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// The entry's id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What was done, such as `Reset user password`. The names change over time.
    pub activity: String,
    /// Such as `UserManagement`.
    pub category: Option<String>,
    /// `success` or `failure`.
    pub result: Option<String>,
    /// Why it has that result.
    pub reason: Option<String>,
    /// The user who did it.
    pub actor: Option<Uuid>,
    /// That user's name, or the application's.
    pub actor_name: Option<String>,
    /// The application (service principal) that did it.
    pub actor_app: Option<Uuid>,
    /// Where from.
    pub ip: Option<String>,
    /// What it was done to.
    pub targets: Vec<AuditTarget>,
}

/// Something that a change was made to, or with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditTarget {
    /// Its object id.
    pub id: Option<Uuid>,
    /// Such as `User`, `Group` or `Policy`.
    pub kind: Option<String>,
    /// Its name: a user's sign-in name, anything else's display name.
    pub name: Option<String>,
    /// What was changed of it.
    pub changes: Vec<AuditChange>,
}

/// One property before and after; the values are JSON, as text, of at most 500 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditChange {
    /// The property, such as `AccountEnabled` or `Group.ObjectID`.
    pub property: String,
    /// Before.
    pub old: Option<String>,
    /// After.
    pub new: Option<String>,
}

/// Interactive sign-ins of any of these between two times.
pub(super) fn sign_ins_path(
    users: &[Uuid],
    names: &[String],
    since: Timestamp,
    until: Timestamp,
) -> Result<String, String> {
    let accounts = users.len() + names.len();
    if accounts == 0 || accounts > ACCOUNTS_MAX {
        return Err(format!("{accounts} accounts in one question, must be 1 to {ACCOUNTS_MAX}"));
    }
    let ids = users.iter().map(|user| format!("userId%20eq%20'{user}'"));
    // The log has names in lower case.
    let names = names.iter().map(|name| format!("userPrincipalName%20eq%20{}", literal(&name.to_lowercase())));
    let whose = ids.chain(names).collect::<Vec<_>>().join("%20or%20");
    let filter = format!("createdDateTime%20ge%20{since}%20and%20createdDateTime%20le%20{until}%20and%20({whose})");
    Ok(format!("/auditLogs/signIns?$filter={filter}&$top={ON_PAGE}"))
}

/// What was done to an object since then.
pub(super) fn changes_path(target: Uuid, since: Timestamp) -> String {
    audits_path(since, &format!("targetResources/any(t:t/id%20eq%20'{target}')"))
}

/// What a user has done since then.
pub(super) fn acts_path(actor: Uuid, since: Timestamp) -> String {
    audits_path(since, &format!("initiatedBy/user/id%20eq%20'{actor}'"))
}

fn audits_path(since: Timestamp, about: &str) -> String {
    let filter = format!("activityDateTime%20ge%20{since}%20and%20{about}");
    format!("/auditLogs/directoryAudits?$filter={filter}&$top={ON_PAGE}")
}

/// A sign-in out of the log.
pub(super) fn sign_in(object: &Object) -> Result<SignIn, Wrong> {
    let inner = |name: &str| object.get(name).and_then(Value::as_object);
    let of = |name, property| inner(name).and_then(|object| filled(object, property));
    let joined = |parts: [Option<String>; 2]| {
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        (!text.is_empty()).then_some(text)
    };
    Ok(SignIn {
        id: json::text(object, "id")?,
        at: needed_time(object, "createdDateTime")?,
        user: id(object, "userId"),
        name: filled(object, "userPrincipalName"),
        error_code: inner("status").and_then(|status| status.get("errorCode")).and_then(Value::as_i64),
        reason: of("status", "failureReason"),
        details: of("status", "additionalDetails"),
        ip: filled(object, "ipAddress"),
        place: joined([of("location", "city"), of("location", "countryOrRegion")]),
        app: filled(object, "appDisplayName"),
        resource: filled(object, "resourceDisplayName"),
        client: filled(object, "clientAppUsed"),
        device: joined([of("deviceDetail", "browser"), of("deviceDetail", "operatingSystem")]),
        interactive: object.get("isInteractive").and_then(Value::as_bool),
        conditional_access: filled(object, "conditionalAccessStatus"),
        correlation: filled(object, "correlationId"),
    })
}

/// An entry of the audit log.
pub(super) fn audit(object: &Object) -> Result<Audit, Wrong> {
    let by = |who: &str| object.get("initiatedBy")?.get(who)?.as_object();
    let (user, app) = (by("user"), by("app"));
    let of_user = |name| user.and_then(|user| filled(user, name));
    let name_of_app = || app.and_then(|app| filled(app, "displayName"));
    Ok(Audit {
        id: json::text(object, "id")?,
        at: needed_time(object, "activityDateTime")?,
        activity: json::text(object, "activityDisplayName")?,
        category: filled(object, "category"),
        result: filled(object, "result"),
        reason: filled(object, "resultReason"),
        actor: user.and_then(|user| id(user, "id")),
        actor_name: of_user("userPrincipalName").or_else(|| of_user("displayName")).or_else(name_of_app),
        actor_app: app.and_then(|app| id(app, "servicePrincipalId")),
        ip: of_user("ipAddress"),
        targets: json::each(json::optional_list(object, "targetResources")?, "targetResources", target)?,
    })
}

fn target(object: &Object) -> Result<AuditTarget, Wrong> {
    let changes = json::optional_list(object, "modifiedProperties")?;
    let change = |object: &Object| {
        let value = |name| filled(object, name).map(|text| text.chars().take(VALUE_MAX).collect());
        let property = filled(object, "displayName").unwrap_or_default();
        Ok(AuditChange { property, old: value("oldValue"), new: value("newValue") })
    };
    Ok(AuditTarget {
        id: id(object, "id"),
        kind: filled(object, "type"),
        name: filled(object, "userPrincipalName").or_else(|| filled(object, "displayName")),
        changes: json::each(changes, "modifiedProperties", change)?,
    })
}

/// Text with something in it. Whatever else stands there is nothing that we could use: one odd property must not hide the
/// whole entry.
fn filled(object: &Object, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// An object id; the logs write nothing, or only zeros, where there is none.
fn id(object: &Object, name: &str) -> Option<Uuid> {
    let text = object.get(name).and_then(Value::as_str)?;
    Uuid::try_parse(text).ok().filter(|id| !id.is_nil())
}

fn needed_time(object: &Object, name: &'static str) -> Result<Timestamp, Wrong> {
    json::optional_time(object, name)?.ok_or_else(|| Wrong::at(name, "time"))
}
