//! What Azure tells: where the logs go, whether they arrive, and the rules that look at them.

use super::unread::unread;
use access::config::Customer;
use access::fitness::{
    ActionGroup, Cause, Condition, Export, Facts, LogRule, Processing, Read, Receiver, Rule, Unread,
};
use cloud::Kind;
use cloud::arm::Arm;
use cloud::graph::Graph;
use futures::future::{join_all, join3};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;

/// How far back sign-ins are counted.
const ARRIVED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

const EXPORTS: &str = "/providers/microsoft.aadiam/diagnosticSettings?api-version=2017-04-01";
const LOG_RULE: &str = "2021-08-01";
const ACTIVITY_RULE: &str = "2020-10-01";
const ACTION_GROUP: &str = "2023-01-01";
const PROCESSING: &str = "providers/Microsoft.AlertsManagement/actionRules?api-version=2021-08-08";

/// What Azure told.
pub(super) struct Azure {
    exports: Read<Vec<Export>>,
    arrived: Read<u64>,
    rules: Vec<(String, Read<Option<Rule>>)>,
    action_group: Read<Option<ActionGroup>>,
    processing: Read<Vec<Processing>>,
}

impl Azure {
    /// Puts it with the rest.
    pub(super) fn into_facts(self, facts: &mut Facts) {
        let Self { exports, arrived, rules, action_group, processing } = self;
        facts.exports = exports;
        facts.arrived = arrived;
        facts.rules = rules;
        facts.action_group = action_group;
        facts.processing = processing;
    }
}

/// Facts of which nothing was read.
pub(super) fn nothing() -> Facts {
    fn unasked<T>() -> Read<T> {
        Err(Unread::new(Cause::Failed, "it was not asked"))
    }
    Facts {
        accounts: Vec::new(),
        domains: Default::default(),
        security_defaults: unasked(),
        policies: unasked(),
        fido2: unasked(),
        certificates: unasked(),
        groups: Default::default(),
        administrators: unasked(),
        exports: unasked(),
        arrived: unasked(),
        rules: Vec::new(),
        action_group: unasked(),
        processing: unasked(),
        last_drill: unasked(),
    }
}

/// Asks Azure, everything at once.
pub(super) async fn read_azure(graph: &Graph, customer: &Customer, now: Timestamp) -> Azure {
    let arm = graph.arm(customer.tenant_id.0);
    let declared = &customer.break_glass;
    let resources = async {
        let rules = declared.rules.iter().map(async |id: &String| (id.clone(), read_rule(&arm, id).await));
        (join_all(rules).await, read_action_group(&arm, customer).await)
    };
    let (exports, arrived, ((rules, action_group), processing)) = join3(
        read_exports(&arm),
        read_arrived(graph, customer, now),
        futures::future::join(resources, read_processing(&arm, customer)),
    )
    .await;
    Azure { exports, arrived, rules, action_group, processing }
}

fn unsaid(customer: &Customer, key: &str) -> Unread {
    Unread::new(Cause::NotConfigured, format!("customers/{}.toml does not say {key}", customer.name))
}

fn garbled(what: &str) -> Unread {
    Unread::new(Cause::Failed, format!("{what} is not told in a shape that this version knows"))
}

async fn read_exports(arm: &Arm) -> Read<Vec<Export>> {
    let all = arm.list(EXPORTS).await.map_err(|error| match error.kind {
        Kind::NoRole { .. } => Unread::new(
            Cause::Forbidden,
            "refused: the app needs the role Reader at /providers/Microsoft.aadiam, which only a Global Administrator \
             with elevated access gives; neither Azure Lighthouse nor a role on a subscription reaches there",
        ),
        _ => unread(&error, None),
    })?;
    all.iter().map(|item| export(item).ok_or_else(|| garbled("a diagnostic setting of the tenant"))).collect()
}

fn export(item: &Value) -> Option<Export> {
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

async fn read_arrived(graph: &Graph, customer: &Customer, now: Timestamp) -> Read<u64> {
    let Some(workspace) = &customer.break_glass.workspace else {
        return Err(unsaid(customer, "break_glass.workspace"));
    };
    let logs = graph.logs(customer.tenant_id.0).also_through(workspace.resource.as_deref());
    let rows = logs.query(workspace.id, "SigninLogs | count", now - ARRIVED_WITHIN, now).await;
    let rows = rows.map_err(|error| unread(&error, None))?;
    if let Some(partial) = &rows.partial {
        return Err(Unread::new(Cause::Failed, format!("the count is not whole: {partial}")));
    }
    let count = rows.rows().next().and_then(|row| row.value("Count").and_then(Value::as_u64));
    count.ok_or_else(|| garbled("the number of sign-ins"))
}

async fn read_rule(arm: &Arm, id: &str) -> Read<Option<Rule>> {
    let is_activity = id.to_lowercase().contains("/providers/microsoft.insights/activitylogalerts/");
    let version = if is_activity { ACTIVITY_RULE } else { LOG_RULE };
    let Some(found) = resource(arm, id, version).await? else { return Ok(None) };
    let rule = if is_activity { activity_rule(&found) } else { log_rule(&found).map(Rule::Logs) };
    rule.map(Some).ok_or_else(|| garbled("the rule"))
}

/// A resource; `None` where Azure says that it is not there.
async fn resource(arm: &Arm, id: &str, version: &str) -> Read<Option<Value>> {
    match arm.get(&format!("{id}?api-version={version}")).await {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind, Kind::Missing { .. }) => Ok(None),
        Err(error) => Err(unread(&error, None)),
    }
}

fn activity_rule(found: &Value) -> Option<Rule> {
    let properties = found.get("properties")?;
    let groups = properties.get("actions")?.get("actionGroups")?.as_array()?;
    Some(Rule::Activity {
        enabled: properties.get("enabled")?.as_bool()?,
        action_groups: groups.iter().filter_map(|group| text(group, "actionGroupId")).collect(),
    })
}

fn log_rule(found: &Value) -> Option<LogRule> {
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

async fn read_action_group(arm: &Arm, customer: &Customer) -> Read<Option<ActionGroup>> {
    let Some(id) = &customer.break_glass.action_group else {
        return Err(unsaid(customer, "break_glass.action_group"));
    };
    let Some(found) = resource(arm, id, ACTION_GROUP).await? else { return Ok(None) };
    action_group(&found).map(Some).ok_or_else(|| garbled("the action group"))
}

fn action_group(found: &Value) -> Option<ActionGroup> {
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

/// The rules of all subscriptions, or none: the one that was not read may be the one.
async fn read_processing(arm: &Arm, customer: &Customer) -> Read<Vec<Processing>> {
    let subscriptions = &customer.break_glass.subscriptions;
    if subscriptions.is_empty() {
        return Err(unsaid(customer, "break_glass.subscriptions"));
    }
    let lists = subscriptions.iter().map(async |id| arm.list(&format!("/subscriptions/{id}/{PROCESSING}")).await);
    let mut all = Vec::new();
    for list in join_all(lists).await {
        for item in list.map_err(|error| unread(&error, None))? {
            all.push(processing(&item).ok_or_else(|| garbled("an alert processing rule"))?);
        }
    }
    Ok(all)
}

fn processing(item: &Value) -> Option<Processing> {
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
