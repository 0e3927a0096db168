//! Which table a rule's query reads.

use super::json::Json;

/// What the rows of a rule are, by its query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// Sign-ins; interactive or not, where the query reads one of the two tables only.
    SignIns { interactive: Option<bool> },
    /// The directory's audit log.
    Audits,
    /// The activity log of Azure.
    Activity,
    /// Something else, or several of these.
    Unknown,
}

/// By the names of the tables in the query. A name in a comment counts too: then the table is unknown, and each row has to
/// say for itself what it is.
pub(super) fn table(query: &Json) -> Table {
    let query = query.text().unwrap_or_default().to_ascii_lowercase();
    let without = query.replace("aadnoninteractiveusersigninlogs", "");
    let (non_interactive, interactive) = (without.len() < query.len(), without.contains("signinlogs"));
    let sign_ins = interactive || non_interactive;
    match (sign_ins, query.contains("auditlogs"), query.contains("azureactivity")) {
        (true, false, false) if interactive && non_interactive => Table::SignIns { interactive: None },
        (true, false, false) => Table::SignIns { interactive: Some(interactive) },
        (false, true, false) => Table::Audits,
        (false, false, true) => Table::Activity,
        _ => Table::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::Json;
    use super::{Table, table};

    #[test]
    fn a_query_tells_its_table_unless_it_reads_several() {
        for (query, is) in [
            ("SigninLogs\n| where x", Table::SignIns { interactive: Some(true) }),
            ("AADNonInteractiveUserSignInLogs | where x", Table::SignIns { interactive: Some(false) }),
            ("union SigninLogs, AADNonInteractiveUserSignInLogs", Table::SignIns { interactive: None }),
            ("auditlogs | where x", Table::Audits),
            ("AzureActivity", Table::Activity),
            ("union AuditLogs, SigninLogs", Table::Unknown),
            ("Heartbeat", Table::Unknown),
        ] {
            assert_eq!(table(&Json::Text(query.into())), is, "{query}");
        }
    }
}
