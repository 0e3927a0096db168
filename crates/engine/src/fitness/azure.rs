//! What Azure tells: where the logs go, whether they arrive, and the rules that look at them.

use super::shapes::{action_group, activity_rule, export, log_rule, processing};
use super::unread::unread;
use access::config::Customer;
use access::fitness::{ActionGroup, Cause, Export, Facts, Processing, Read, Rule, Unread};
use cloud::Kind;
use cloud::arm::Arm;
use cloud::graph::Graph;
use futures::future::{join_all, join3};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How far back sign-ins are counted.
const ARRIVED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Where the tenant's logs go.
pub(crate) const EXPORTS: &str = "/providers/microsoft.aadiam/diagnosticSettings?api-version=2017-04-01";
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

async fn read_action_group(arm: &Arm, customer: &Customer) -> Read<Option<ActionGroup>> {
    let Some(id) = &customer.break_glass.action_group else {
        return Err(unsaid(customer, "break_glass.action_group"));
    };
    let Some(found) = resource(arm, id, ACTION_GROUP).await? else { return Ok(None) };
    action_group(&found).map(Some).ok_or_else(|| garbled("the action group"))
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
