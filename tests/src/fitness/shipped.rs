//! The audit of a customer who deployed what we ship for customers.

use super::fit::{Fit, SUBSCRIPTION, action_group, rule, tamper, workspace};
use super::{finding, numbers};
use crate::infra::Deployment;
use access::fitness::{Report, Verdict};
use serde_json::{Value, json};

/// Everything that was there before is gone, and the shipped template deployed as `change` leaves it.
async fn audit(change: impl FnOnce(&mut Deployment)) -> Report {
    let mut fit = Fit::new();
    for old in [rule("sign-ins"), rule("silent"), tamper(), action_group()] {
        fit.tenant.remove_resource(&old);
    }
    let mut deployment = Deployment::of_customer_alerts();
    let accounts: Vec<Value> =
        fit.declared().accounts.iter().map(|account| json!({ "id": account.id.0, "upn": account.upn })).collect();
    deployment.set("accounts", json!(accounts));
    change(&mut deployment);
    for resource in deployment.resources() {
        let id = resource["id"].as_str().expect("an id").to_owned();
        fit.tenant.set_resource(&id, resource);
    }
    let declared = fit.declared();
    declared.rules = serde_json::from_value(deployment.output("rules")).expect("a list of ids");
    declared.action_group = serde_json::from_value(deployment.output("actionGroup")).expect("an id");
    assert_eq!(deployment.output("workspaceResource"), workspace());
    assert!(declared.rules.iter().all(|id| id.contains(&SUBSCRIPTION.to_string())));
    fit.audit().await
}

#[tokio::test(start_paused = true)]
async fn what_we_ship_for_customers_passes_our_own_audit() {
    let report = audit(|_| {}).await;
    let whole: Vec<u8> = (1..=27).collect();
    assert_eq!(numbers(&report, Verdict::Pass), whole, "{report:#?}");
}

/// One test for the test above: it would see it.
#[tokio::test(start_paused = true)]
async fn a_template_that_is_changed_for_the_worse_does_not() {
    type Change = fn(&mut Deployment);
    let cases: [(&str, u8, Change); 4] = [
        ("resolves", 23, |it| {
            it.change(|template| of(template, "scheduledQueryRules")["properties"]["autoMitigate"] = json!(true))
        }),
        ("severity", 23, |it| {
            it.change(|template| of(template, "scheduledQueryRules")["properties"]["severity"] = json!(2))
        }),
        ("schema", 24, |it| {
            it.change(|template| {
                let copies = &mut of(template, "actionGroups")["properties"]["copy"];
                copies[0]["input"]["useCommonAlertSchema"] = json!(false);
            });
        }),
        ("address", 24, |it| {
            it.set("webhookUri", json!("https://gatehouse.example/api/v1/alerts/fabrikam"));
            it.set("secondWebhookUri", json!(""));
        }),
    ];
    for (name, number, change) in cases {
        let report = audit(change).await;
        assert_eq!(finding(&report, number).verdict, Verdict::Fail, "{name}");
    }
}

fn of<'t>(template: &'t mut Value, kind: &str) -> &'t mut Value {
    let resources = template["resources"].as_array_mut().expect("resources").iter_mut();
    let mut wanted = resources.filter(|resource| resource["type"].as_str().is_some_and(|name| name.ends_with(kind)));
    wanted.next().expect("a resource of that type")
}
