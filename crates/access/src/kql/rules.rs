//! The queries of a customer's alert rules.
//!
//! A rule that runs every minute must not use `union`, `search`, `take` or functions that call other tables (page "Create or
//! edit a log search alert rule"), so each table has a rule of its own. What a rule shows are the dimensions that its alerts
//! are split by: each sign-in is an alert by itself, and the alert names everything. There may be six of them, of text or
//! numbers.

use super::{Accounts, Table, Watched, audits, whose};

/// Sign-ins at which somebody sat, and failed attempts. Columns: `TimeGenerated`, and the dimensions `SignInId`, `UserId`,
/// `UserPrincipalName`, `ResultType`, `IPAddress`, `AppDisplayName`.
pub fn interactive(accounts: &Accounts<'_>) -> String {
    sign_ins(Table::Interactive, accounts)
}

/// Tokens that a client renewed by itself. Columns as for [`interactive`].
pub fn non_interactive(accounts: &Accounts<'_>) -> String {
    sign_ins(Table::NonInteractive, accounts)
}

/// Changes to the watched objects, and what the accounts did. Columns: `TimeGenerated`, and the dimensions `AuditId`,
/// `OperationName`, `Result`, `TargetId`, `Actor`. One event gives a row for each object that it names.
pub fn changes(watched: &Watched<'_>) -> String {
    audits(watched, "", "")
}

fn sign_ins(table: Table, accounts: &Accounts<'_>) -> String {
    format!(
        "{table}\n| where {whose}\n| project TimeGenerated, SignInId = Id, UserId, UserPrincipalName, \
         ResultType = tostring(ResultType), IPAddress, AppDisplayName",
        table = table.name(),
        whose = whose(accounts),
    )
}
