//! Azure's JSON into facts (pages "Diagnostic Settings", "Scheduled Query Rules", "Activity Log Alerts", "Action Groups" and
//! "Alert Processing Rules" of the Azure Monitor REST reference).

use access::fitness::{ActionGroup, Condition, Export, LogRule, Processing, Receiver, Rule};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;

/// A diagnostic setting. Each of these is `None` where the JSON is not of the shape that we know.
pub(super) fn export(item: &Value) -> Option<Export> {
    let properties = item.get("properties")?;
    let logs = properties.get("logs")?.as_array()?;
    let on = logs.iter().filter(|log| log.get("enabled").and_then(Value::as_bool) == Some(true));
    let names = on.flat_map(|log| ["category", "categoryGroup"].into_iter().filter_map(|name| text(log, name)));
    Some(Export {
        name: text(item, "name").unwrap_or_default(),
        workspace: text(properties, "workspaceId"),
        categories: names.map(|name| name.to_lowercase()).collect::<BTreeSet<_>>(),
    })
}

/// An activity log alert rule.
pub(super) fn activity_rule(found: &Value) -> Option<Rule> {
    let properties = found.get("properties")?;
    let groups = properties.get("actions")?.get("actionGroups")?.as_array()?;
    Some(Rule::Activity {
        enabled: properties.get("enabled")?.as_bool()?,
        action_groups: groups.iter().filter_map(|group| text(group, "actionGroupId")).collect(),
    })
}

/// A log search alert rule.
pub(super) fn log_rule(found: &Value) -> Option<LogRule> {
    let properties = found.get("properties")?;
    let mute = text(properties, "muteActionsDuration").filter(|mute| !matches!(mute.as_str(), "" | "PT0S" | "PT0M"));
    let every = text(properties, "evaluationFrequency");
    let conditions = properties.get("criteria")?.get("allOf")?.as_array()?;
    let groups = properties.get("actions").and_then(|actions| actions.get("actionGroups"));
    Some(LogRule {
        enabled: properties.get("enabled")?.as_bool()?,
        severity: properties.get("severity").and_then(Value::as_i64),
        // Whoever does not say it gets it (page "Scheduled Query Rules", REST).
        resolves: properties.get("autoMitigate").and_then(Value::as_bool).unwrap_or(true),
        mute,
        every: every.and_then(|text| text.parse::<SignedDuration>().ok()),
        scopes: texts(properties.get("scopes")),
        conditions: conditions.iter().map(condition).collect::<Option<_>>()?,
        action_groups: texts(groups),
    })
}

fn condition(item: &Value) -> Option<Condition> {
    Some(Condition {
        query: text(item, "query")?,
        operator: text(item, "operator").unwrap_or_default(),
        threshold: item.get("threshold").and_then(Value::as_f64),
    })
}

/// An action group.
pub(super) fn action_group(found: &Value) -> Option<ActionGroup> {
    let properties = found.get("properties")?.as_object()?;
    let lists = properties.iter().filter(|(name, _)| name.ends_with("Receivers"));
    let receivers = lists.flat_map(|(kind, list)| {
        list.as_array().into_iter().flatten().map(|one| Receiver {
            kind: kind.clone(),
            name: text(one, "name").unwrap_or_default(),
            path: ["serviceUri", "httpTriggerUrl", "callbackUrl"].iter().find_map(|name| text(one, name)).map(path_of),
            common_schema: one.get("useCommonAlertSchema").and_then(Value::as_bool).unwrap_or(false),
            enabled: text(one, "status").is_none_or(|status| !status.eq_ignore_ascii_case("disabled")),
        })
    });
    Some(ActionGroup { enabled: properties.get("enabled")?.as_bool()?, receivers: receivers.collect() })
}

/// The path of an address, lower case. Its query may hold a key, and is not kept.
fn path_of(address: String) -> String {
    let rest = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    path.find('/').map_or("", |at| &path[at..]).to_lowercase()
}

/// An alert processing rule.
pub(super) fn processing(item: &Value) -> Option<Processing> {
    let properties = item.get("properties")?;
    let actions = properties.get("actions")?.as_array()?;
    let removes = |action: &Value| text(action, "actionType").as_deref() == Some("RemoveAllActionGroups");
    Some(Processing {
        name: text(item, "name").unwrap_or_default(),
        enabled: properties.get("enabled").and_then(Value::as_bool).unwrap_or(true),
        suppresses: actions.iter().any(removes),
        scopes: texts(properties.get("scopes")),
        until: properties
            .get("schedule")
            .and_then(|schedule| text(schedule, "effectiveUntil"))
            .and_then(|at| until(&at)),
    })
}

/// The end of a schedule. Its time zone is told in names of Windows, so a day is allowed for.
fn until(text: &str) -> Option<Timestamp> {
    let at: DateTime = text.parse().ok()?;
    at.to_zoned(TimeZone::UTC).ok()?.timestamp().checked_add(SignedDuration::from_hours(24)).ok()
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(properties: Value) -> Option<LogRule> {
        log_rule(&json!({ "properties": properties }))
    }

    #[test]
    fn what_a_rule_does_not_say_is_what_azure_takes_it_for() {
        let criteria = json!({ "allOf": [{ "query": "SigninLogs", "operator": "GreaterThan", "threshold": 0 }] });
        let bare = rule(json!({ "enabled": true, "criteria": criteria })).unwrap();
        assert!(bare.resolves && bare.mute.is_none() && bare.every.is_none() && bare.action_groups.is_empty());
        for (mute, is_mute) in [("PT0S", false), ("", false), ("PT5M", true)] {
            let read = rule(json!({ "enabled": true, "criteria": criteria, "muteActionsDuration": mute })).unwrap();
            assert_eq!(read.mute.is_some(), is_mute, "{mute}");
        }
        for (every, minutes) in [("PT5M", Some(5)), ("PT1H", Some(60)), ("P1D", None), ("often", None)] {
            let read = rule(json!({ "enabled": true, "criteria": criteria, "evaluationFrequency": every })).unwrap();
            assert_eq!(read.every, minutes.map(SignedDuration::from_mins), "{every}");
        }
    }

    #[test]
    fn another_shape_is_nothing_and_never_a_rule_without_that_part() {
        for properties in [
            json!({ "criteria": { "allOf": [] } }),
            json!({ "enabled": "yes", "criteria": { "allOf": [] } }),
            json!({ "enabled": true }),
            json!({ "enabled": true, "criteria": { "allOf": [{ "metricName": "x" }] } }),
        ] {
            assert_eq!(rule(properties.clone()), None, "{properties}");
        }
        assert_eq!(export(&json!({ "properties": {} })), None);
        assert_eq!(action_group(&json!({ "properties": { "webhookReceivers": [] } })), None);
        assert_eq!(activity_rule(&json!({ "properties": { "enabled": true } })), None);
        assert_eq!(processing(&json!({ "properties": { "enabled": true } })), None);
    }

    #[test]
    fn the_key_in_a_webhooks_address_is_not_kept() {
        for (address, path) in [
            ("https://Gatehouse.example/api/v1/Alerts/Contoso?code=secret", "/api/v1/alerts/contoso"),
            ("https://user:secret@gatehouse.example/a#secret", "/a"),
            ("https://gatehouse.example", ""),
            ("https://gatehouse.example?code=/secret", ""),
        ] {
            let receiver = json!({ "name": "we", "serviceUri": address });
            let group = json!({ "properties": { "enabled": true, "webhookReceivers": [receiver] } });
            let read = action_group(&group).unwrap();
            assert_eq!(read.receivers[0].path.as_deref(), Some(path));
            assert!(!format!("{read:?}").contains("secret"));
        }
    }

    #[test]
    fn a_setting_may_name_all_logs_at_once() {
        let logs = json!([
            { "categoryGroup": "allLogs", "enabled": true }, { "category": "SignInLogs", "enabled": false },
        ]);
        let read = export(&json!({ "name": "x", "properties": { "workspaceId": null, "logs": logs } })).unwrap();
        assert_eq!((read.workspace, read.categories), (None, BTreeSet::from(["alllogs".to_owned()])));
    }

    #[test]
    fn a_schedule_is_over_a_day_after_its_end_wherever_that_was_written() {
        let read = |until: Value| {
            let schedule = json!({ "effectiveUntil": until, "timeZone": "Tonga Standard Time" });
            processing(&json!({ "properties": { "actions": [], "schedule": schedule } })).unwrap().until
        };
        assert_eq!(read(json!("2026-11-01T00:00:00")), Some("2026-11-02T00:00:00Z".parse().unwrap()));
        assert_eq!((read(Value::Null), read(json!("some day"))), (None, None));
    }
}
