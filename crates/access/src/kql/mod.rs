//! Log queries about emergency accounts, in Kusto's language: those that we put to a customer's workspace ourselves, and
//! those that its alert rules run ([`rules`]).
//!
//! Accounts are looked for by object id and by name: a renamed account keeps its id, and an attempt that failed before the
//! account was found is logged under the typed name alone. Whatever goes into a query is a GUID, a time or a quoted text.
//! Columns are those of the pages "SigninLogs", "AADNonInteractiveUserSignInLogs" and "AuditLogs" of Azure Monitor's
//! reference.

pub mod rules;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use std::fmt::Write;
use uuid::Uuid;

/// The most rows that one of our own queries gives. It asks for one more, so that it is seen when there are more.
pub const ROWS_MAX: usize = 10_000;

/// The accounts whose sign-ins are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accounts<'a> {
    /// Object ids.
    pub ids: &'a [Uuid],
    /// User principal names, compared as a whole and without regard to case.
    pub names: &'a [String],
}

/// What must not be changed unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched<'a> {
    /// The accounts' object ids. What they do themselves is wanted as well.
    pub accounts: &'a [Uuid],
    /// Groups, such as those that Conditional Access leaves out.
    pub groups: &'a [Uuid],
    /// Conditional Access policies.
    pub policies: &'a [Uuid],
}

/// A table that the tenant's diagnostic setting fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Sign-ins at which somebody sat.
    Interactive,
    /// Tokens that a client renewed by itself.
    NonInteractive,
    /// Changes in the directory.
    Audits,
}

impl Table {
    /// Its name in a workspace.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interactive => "SigninLogs",
            Self::NonInteractive => "AADNonInteractiveUserSignInLogs",
            Self::Audits => "AuditLogs",
        }
    }
}

/// Sign-ins and attempts of these accounts, newest first, with nobody there or somebody (`Interactive`). Columns beside those
/// of [`rules::interactive`]: `ResultDescription`, `ResourceDisplayName`, `ClientAppUsed`, `UserAgent`,
/// `AuthenticationRequirement`, `ConditionalAccessStatus`, `CorrelationId`, and as JSON `Status`, `Location` and `Device`.
pub fn sign_ins(accounts: &Accounts<'_>, from: Timestamp, to: Timestamp) -> String {
    let whose = whose(accounts);
    let part = |table: Table, interactive: bool| {
        // What one table has as JSON the other has as text: made the same, or the columns would not meet.
        format!(
            "({table}\n | where {window}\n | where {whose}\n | project TimeGenerated, SignInId = Id, UserId, \
             UserPrincipalName, ResultType = tostring(ResultType), ResultDescription, IPAddress, AppDisplayName, \
             ResourceDisplayName, ClientAppUsed, UserAgent, AuthenticationRequirement, ConditionalAccessStatus, \
             CorrelationId, Status = parse_json(tostring(Status)), Location = parse_json(tostring(LocationDetails)), \
             Device = parse_json(tostring(DeviceDetail)), Interactive = {interactive})",
            table = table.name(),
            window = window(from, to),
        )
    };
    let (interactive, silent) = (part(Table::Interactive, true), part(Table::NonInteractive, false));
    format!("union isfuzzy=true\n{interactive},\n{silent}\n| top {} by TimeGenerated desc", ROWS_MAX + 1)
}

/// What was done to the watched objects, and what the accounts did, newest first: a row for each object that an event
/// names. Columns beside those of [`rules::changes`]: `ResultReason`, `TargetType`, `TargetName`, `ActorName`, `ActorIP`, and
/// as JSON `Changes`.
pub fn changes(watched: &Watched<'_>, from: Timestamp, to: Timestamp) -> String {
    let more = "ResultReason, TargetType = tostring(T.type), \
                TargetName = coalesce(tostring(T.userPrincipalName), tostring(T.displayName)), \
                ActorName = coalesce(tostring(InitiatedBy.user.userPrincipalName), tostring(InitiatedBy.app.displayName)), \
                ActorIP = tostring(InitiatedBy.user.ipAddress), Changes = T.modifiedProperties";
    let time = format!("\n| where {}", window(from, to));
    let events = audits(watched, &time, more);
    format!("{events}\n| top {} by TimeGenerated desc", ROWS_MAX + 1)
}

/// How many rows a table got (`Count`): silence of the log is the one thing that no alert rule sees.
pub fn flow(table: Table, from: Timestamp, to: Timestamp) -> String {
    format!("{}\n| where {}\n| count", table.name(), window(from, to))
}

fn window(from: Timestamp, to: Timestamp) -> String {
    format!("TimeGenerated between (datetime({from}) .. datetime({to}))")
}

/// The test for the accounts. Without any it holds for nothing.
fn whose(accounts: &Accounts<'_>) -> String {
    let ids: Vec<String> = accounts.ids.iter().map(|id| format!("\"{id}\"")).collect();
    let names: Vec<String> = accounts.names.iter().map(|name| text(name)).collect();
    let tests: Vec<String> = [("UserId", ids), ("UserPrincipalName", names)]
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(column, values)| format!("{column} in~ ({})", values.join(", ")))
        .collect();
    if tests.is_empty() { "false".to_owned() } else { tests.join(" or ") }
}

/// The audit log's events about the watched objects. An object may be named as a target, or only in what was changed of
/// another one: somebody added to a group is the target, with the group's id among the changes. What an account did may
/// name no object at all, and expanding nothing would lose it.
fn audits(watched: &Watched<'_>, time: &str, more: &str) -> String {
    let list = |ids: &mut dyn Iterator<Item = &Uuid>| {
        let ids: Vec<String> = ids.map(|id| format!("\"{id}\"")).collect();
        format!("dynamic([{}])", ids.join(", "))
    };
    let Watched { accounts, groups, policies } = watched;
    let (all, accounts) = (list(&mut accounts.iter().chain(*groups).chain(*policies)), list(&mut accounts.iter()));
    let more = if more.is_empty() { String::new() } else { format!(", {more}") };
    format!(
        "let watched = {all};\nlet accounts = {accounts};\n{table}{time}\n\
         | extend Actor = coalesce(tostring(InitiatedBy.user.id), tostring(InitiatedBy.app.servicePrincipalId))\n\
         | where tostring(TargetResources) has_any (watched) or Actor in~ (accounts)\n\
         | extend Targets = iff(array_length(TargetResources) > 0, TargetResources, dynamic([{{}}]))\n\
         | mv-expand T = Targets\n\
         | where tostring(T) has_any (watched) or Actor in~ (accounts)\n\
         | project TimeGenerated, AuditId = Id, OperationName, Result = tostring(Result), TargetId = tostring(T.id), \
         Actor{more}",
        table = Table::Audits.name(),
    )
}

/// A text as a literal (page "The string data type"): what has a meaning in there is escaped, and so is everything that
/// does not print.
fn text(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => literal.extend(['\\', letter]),
            _ if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') => {
                write!(literal, "\\u{:04X}", u32::from(letter)).expect("writing to memory does not fail");
            }
            _ => literal.push(letter),
        }
    }
    literal.push('"');
    literal
}
