//! Codes and operations in words for people.

/// What a sign-in's result code means (*Microsoft Entra authentication and authorization error codes*).
pub fn result_name(code: &str) -> &'static str {
    match code.trim() {
        "0" => "signed in",
        "50126" => "wrong password or name",
        "50053" => "account locked, or the address is known as malicious",
        "50055" => "password expired",
        "50057" => "account disabled",
        "50072" | "50079" => "must register for multifactor authentication first",
        "50074" | "50076" => "multifactor authentication asked for",
        "50097" => "device authentication asked for",
        "500121" => "multifactor authentication failed",
        "50034" => "no such user",
        "50140" => "asked whether to stay signed in",
        "50158" => "sent on to an external challenge",
        "53000" => "blocked by Conditional Access: the device does not comply",
        "53001" => "blocked by Conditional Access: the device is not joined",
        "53002" => "blocked by Conditional Access: the application is not approved",
        "53003" => "blocked by Conditional Access",
        "65001" => "consent asked for",
        "700016" => "no such application",
        _ => "not signed in, for a reason that the code alone tells",
    }
}

/// Whether the code is of a step on the way, and no outcome: the sign-in goes on, or is given up.
pub fn is_interrupt(code: &str) -> bool {
    matches!(code.trim(), "50140" | "50074" | "50076" | "50097" | "65001")
}

/// What watches the accounts: the resource's type, and what it is called.
const WATCHING: [(&str, [&str; 3]); 8] = [
    (
        "scheduledqueryrules",
        ["an alert rule was deleted", "an alert rule was changed", "an alert rule was switched off"],
    ),
    (
        "activitylogalerts",
        [
            "an activity log rule was deleted",
            "an activity log rule was changed",
            "an activity log rule was switched off",
        ],
    ),
    (
        "actiongroups",
        ["an action group was deleted", "an action group was changed", "an action group was switched off"],
    ),
    (
        "actionrules",
        [
            "an alert processing rule was deleted",
            "an alert processing rule was changed: it may keep alerts back",
            "an alert processing rule was switched off",
        ],
    ),
    (
        "diagnosticsettings",
        ["the export of logs was deleted", "the export of logs was changed", "the export of logs was switched off"],
    ),
    ("workspaces", ["a log workspace was deleted", "a log workspace was changed", "a log workspace was switched off"]),
    (
        "alertrules",
        ["an analytics rule was deleted", "an analytics rule was changed", "an analytics rule was switched off"],
    ),
    (
        "resourcegroups",
        ["a resource group was deleted", "a resource group was changed", "a resource group was switched off"],
    ),
];

/// What an operation of the activity log (`Microsoft.Insights/scheduledQueryRules/delete`) did to what watches; `None`
/// for any other operation. Operations of the audit log are in words already.
pub fn operation_words(operation: &str) -> Option<&'static str> {
    let (words, deed) = taken_apart(operation)?;
    Some(words[deed])
}

/// The words for the type of resource, and which of the three deeds it was: deleted, changed, switched off.
fn taken_apart(operation: &str) -> Option<(&'static [&'static str; 3], usize)> {
    let operation = operation.trim().to_ascii_lowercase();
    let mut parts = operation.rsplit('/');
    let deed = match parts.next()? {
        "delete" => 0,
        "write" => 1,
        "action" if parts.next()? == "disable" => 2,
        _ => return None,
    };
    let kind = parts.next()?;
    let (_, words) = WATCHING.iter().find(|(name, _)| *name == kind)?;
    Some((words, deed))
}

/// Whether nobody would be told any more after this operation: what watches is gone or off. An alert processing rule that
/// is gone keeps nothing back.
pub(super) fn blinds(operation: Option<&str>, result: Option<&str>) -> bool {
    let Some((words, deed)) = operation.and_then(taken_apart) else { return false };
    let failed = result.is_some_and(|result| result.to_ascii_lowercase().starts_with("fail"));
    let keeps_back = words[0].contains("processing rule");
    !failed && deed != 1 && !keeps_back
}

#[cfg(test)]
mod tests {
    use super::{blinds, is_interrupt, operation_words, result_name};

    #[test]
    fn only_steps_on_the_way_are_interrupts() {
        let codes = ["0", "50126", "50140", "50074", "50076", "50097", "65001", "50079", "500121", "53003"];
        let steps: Vec<_> = codes.into_iter().filter(|code| is_interrupt(code)).collect();
        assert_eq!(steps, ["50140", "50074", "50076", "50097", "65001"]);
        assert_eq!(result_name("0"), "signed in");
        assert!(codes[1..].iter().all(|code| result_name(code) != "signed in"));
        assert_eq!(result_name("00"), result_name("no code"));
    }

    #[test]
    fn what_takes_away_the_watch_blinds_whoever_does_it() {
        for (operation, result, is) in [
            ("Microsoft.Insights/scheduledQueryRules/delete", Some("Succeeded"), true),
            ("Microsoft.Insights/ScheduledQueryRules/disable/action", None, true),
            ("MICROSOFT.INSIGHTS/ACTIONGROUPS/DELETE", Some("Started"), true),
            ("Microsoft.OperationalInsights/workspaces/delete", Some("Accepted"), true),
            ("microsoft.aadiam/diagnosticSettings/delete", None, true),
            ("Microsoft.Resources/subscriptions/resourceGroups/delete", None, true),
            ("Microsoft.Insights/scheduledQueryRules/delete", Some("Failed"), false),
            ("Microsoft.Insights/scheduledQueryRules/write", Some("Succeeded"), false),
            ("Microsoft.AlertsManagement/actionRules/delete", Some("Succeeded"), false),
            ("Microsoft.Compute/virtualMachines/delete", Some("Succeeded"), false),
            ("delete", None, false),
        ] {
            assert_eq!(blinds(Some(operation), result), is, "{operation} {result:?}");
        }
    }

    #[test]
    fn an_operation_on_what_watches_has_words() {
        let words = operation_words("Microsoft.AlertsManagement/actionRules/write");
        assert_eq!(words, Some("an alert processing rule was changed: it may keep alerts back"));
        assert_eq!(operation_words("Reset password (by admin)"), None);
    }
}
