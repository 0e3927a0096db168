//! What a customer deploys so that the use of a break-glass account is seen.

use super::{Deployment, text};
use access::kql::{Accounts, Watched, rules};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const GROUP: &str = "/subscriptions/3f1d2a64-5b0c-4c7e-9a41-6d7b8e9f0a11/resourceGroups/rg-monitor";
const TENANT: &str = "44444444-4444-4444-8444-444444444444";

impl Deployment {
    /// The template for customers, with the parameters of the example.
    pub(crate) fn of_customer_alerts() -> Self {
        let template = text("infra/azure/customer-alerts.json");
        let parameters = text("infra/azure/customer-alerts.parameters.example.json");
        let mut deployment = Self::new(&template, &parameters, GROUP, TENANT);
        deployment
            .existing
            .insert("userAssignedIdentities/gatehouse-contoso".into(), json!({ "principalId": "a principal" }));
        deployment.existing.insert("workspaces/law-entra".into(), json!({ "customerId": "a workspace" }));
        deployment
    }
}

fn of_type(resources: &[Value], kind: &str) -> BTreeMap<String, Value> {
    let wanted = resources.iter().filter(|resource| resource["type"] == kind);
    wanted.map(|resource| (resource["name"].as_str().unwrap().to_owned(), resource.clone())).collect()
}

fn log_rules(resources: &[Value]) -> BTreeMap<String, Value> {
    of_type(resources, "Microsoft.Insights/scheduledQueryRules")
}

fn uuid(value: &Value) -> Uuid {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn the_rules_ask_what_the_program_says_that_rules_ask() {
    let parameters: Value = serde_json::from_str(&text("infra/azure/customer-alerts.parameters.example.json")).unwrap();
    let given = |name: &str| parameters["parameters"][name]["value"].as_array().unwrap().clone();
    let ids: Vec<Uuid> = given("accounts").iter().map(|account| uuid(&account["id"])).collect();
    let names: Vec<String> =
        given("accounts").iter().map(|account| account["upn"].as_str().unwrap().to_owned()).collect();
    let groups: Vec<Uuid> = given("guardedGroups").iter().map(uuid).collect();
    let policies: Vec<Uuid> = given("guardedPolicies").iter().map(uuid).collect();
    assert!(ids.len() > 1 && !groups.is_empty() && !policies.is_empty());
    let accounts = Accounts { ids: &ids, names: &names };
    let watched = Watched { accounts: &ids, groups: &groups, policies: &policies };
    let deployed = log_rules(&Deployment::of_customer_alerts().resources());
    let asked: BTreeMap<&str, &str> = deployed
        .iter()
        .map(|(name, rule)| (name.as_str(), rule["properties"]["criteria"]["allOf"][0]["query"].as_str().unwrap()))
        .collect();
    let wanted = [
        ("gatehouse-contoso-changes", rules::changes(&watched)),
        ("gatehouse-contoso-sign-ins", rules::interactive(&accounts)),
        ("gatehouse-contoso-silent-sign-ins", rules::non_interactive(&accounts)),
    ];
    assert_eq!(asked, wanted.iter().map(|(name, query)| (*name, query.as_str())).collect());
}

#[test]
fn an_alert_names_everything_that_its_query_shows() {
    for (name, rule) in log_rules(&Deployment::of_customer_alerts().resources()) {
        let condition = &rule["properties"]["criteria"]["allOf"][0];
        let (_, shown) = condition["query"].as_str().unwrap().rsplit_once("| project TimeGenerated, ").unwrap();
        let columns: Vec<&str> = shown.split(", ").map(|column| column.split(" = ").next().unwrap()).collect();
        let dimensions = condition["dimensions"].as_array().unwrap();
        let split: Vec<&str> = dimensions.iter().map(|dimension| dimension["name"].as_str().unwrap()).collect();
        assert_eq!(split, columns, "{name}");
        // The most that Azure Monitor takes.
        assert!(split.len() <= 6, "{name}");
        for dimension in dimensions {
            assert_eq!((&dimension["operator"], &dimension["values"]), (&json!("Include"), &json!(["*"])), "{name}");
        }
    }
}

#[test]
fn ids_and_names_in_capitals_are_the_same_accounts() {
    let mut deployment = Deployment::of_customer_alerts();
    let lower = log_rules(&deployment.resources());
    let account = |id: &str, upn: &str| json!({ "id": id.to_uppercase(), "upn": upn });
    deployment.set(
        "accounts",
        json!([
            account("44444444-aaaa-4bbb-8ccc-000000000001", "bg1@contoso.onmicrosoft.com"),
            account("44444444-aaaa-4bbb-8ccc-000000000002", "bg2@contoso.onmicrosoft.com"),
        ]),
    );
    assert_eq!(log_rules(&deployment.resources()), lower);
}

#[test]
fn an_action_group_calls_both_gatehouses_and_somebody_who_is_neither() {
    let mut deployment = Deployment::of_customer_alerts();
    let groups = of_type(&deployment.resources(), "Microsoft.Insights/actionGroups");
    let group = &groups["gatehouse-contoso"]["properties"];
    let hooks = group["webhookReceivers"].as_array().unwrap();
    for (hook, host) in hooks.iter().zip(["gatehouse-northwind.azurewebsites.net", "amazonaws.com"]) {
        let address = hook["serviceUri"].as_str().unwrap();
        assert!(address.contains(host) && address.ends_with("/api/v1/alerts/contoso"), "{address}");
        assert_eq!((&hook["useAadAuth"], &hook["useCommonAlertSchema"]), (&json!(true), &json!(true)));
        assert_eq!(hook["tenantId"], TENANT);
    }
    assert_eq!((hooks.len(), group["emailReceivers"].as_array().unwrap().len()), (2, 1));
    // The other one is told of what is done to this one, and does not need it.
    let witness = &groups["gatehouse-contoso-witness"]["properties"];
    assert!(witness.get("webhookReceivers").is_none() && !witness["emailReceivers"].as_array().unwrap().is_empty());
    for (parameter, value) in [("secondWebhookUri", ""), ("webhookAppObjectId", ""), ("webhookIdentifierUri", "")] {
        deployment.set(parameter, json!(value));
    }
    deployment.set("webhookUri", json!("https://gatehouse.example/api/v1/alerts/contoso?code=key"));
    let groups = of_type(&deployment.resources(), "Microsoft.Insights/actionGroups");
    let hooks = groups["gatehouse-contoso"]["properties"]["webhookReceivers"].as_array().unwrap();
    let plain = json!([{
        "name": "gatehouse-1", "serviceUri": "https://gatehouse.example/api/v1/alerts/contoso?code=key",
        "useCommonAlertSchema": true, "useAadAuth": false, "objectId": null, "identifierUri": null, "tenantId": null,
    }]);
    assert_eq!(json!(hooks), plain);
}

#[test]
fn whoever_touches_what_watches_is_told_of_by_two_groups() {
    let deployment = Deployment::of_customer_alerts();
    let alerts = of_type(&deployment.resources(), "Microsoft.Insights/activityLogAlerts");
    let properties = &alerts["gatehouse-contoso-tampering"]["properties"];
    assert_eq!(properties["actions"]["actionGroups"].as_array().unwrap().len(), 2);
    let operations = properties["condition"]["allOf"][2]["anyOf"].as_array().unwrap();
    let watched: Vec<&str> = operations.iter().map(|operation| operation["equals"].as_str().unwrap()).collect();
    // Everything that it deploys itself, but identity and role: taking those makes a rule unhealthy, which is told as well.
    for resource in deployment.resources() {
        let kind = resource["type"].as_str().unwrap();
        let beside = kind.contains("ManagedIdentity") || kind.contains("Authorization");
        for verb in ["write", "delete"] {
            let operation = format!("{kind}/{verb}");
            assert!(beside || watched.contains(&operation.as_str()), "{operation}");
        }
    }
    // What silences all of them, and the switch that Azure uses itself.
    for operation in
        ["Microsoft.AlertsManagement/actionRules/write", "Microsoft.Insights/scheduledQueryRules/disable/action"]
    {
        assert!(watched.contains(&operation), "{operation}");
    }
}

#[test]
#[should_panic(expected = "the parameter accounts is missing")]
fn a_deployment_without_accounts_is_refused() {
    Deployment::new(&text("infra/azure/customer-alerts.json"), r#"{ "parameters": {} }"#, GROUP, TENANT);
}
