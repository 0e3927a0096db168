//! `[break_glass]` of a customer: accounts, and what belongs to them.

use super::complete::FULL;
use super::{CONTOSO, PROGRAM, check, config, loaded};
use crate::config::{Attested, BreakGlass, Guarded, Workspace};
use expect_test::{Expect, expect};
use jiff::civil::date;
use uuid::Uuid;

/// A program that pages somebody, whoever's account it is, and takes alerts about everybody.
const PAGING: &str = r#"
[channels.duty]
pagerduty = "env:PD"
[[escalation]]
channels = ["duty"]
[callers.monitor]
auth = { api_key = "env:MONITOR" }
may = ["alert"]
"#;

/// Two accounts without a problem, on one line.
const ACCOUNTS: &str = r#"accounts = [{ id = "eeeeeeee-0000-4000-8000-000000000001", upn = "bg1@contoso.onmicrosoft.com" }, { id = "eeeeeeee-0000-4000-8000-000000000002", upn = "bg2@contoso.onmicrosoft.com" }]"#;

const GROUP: &str = "/subscriptions/eeeeeeee-0000-4000-8000-000000000004/resourceGroups/monitoring/providers";

/// The problems of the smallest customer with this in its table, where somebody is paged.
fn check_table(table: &str, expect: Expect) {
    let program = format!("{PROGRAM}{PAGING}");
    let customer = format!("{CONTOSO}[break_glass]\n{table}\n");
    check(&[("gatehouse.toml", &program), ("customers/contoso.toml", &customer)], expect);
}

/// What is understood of a table without problems.
fn understood(table: &str) -> BreakGlass {
    let program = format!("{PROGRAM}{PAGING}");
    let customer = format!("{CONTOSO}[break_glass]\n{table}\n");
    let config = config(&[("gatehouse.toml", &program), ("customers/contoso.toml", &customer)]);
    config.customers.into_iter().next().expect("there is one customer").break_glass
}

#[test]
fn accounts_come_in_pairs_and_differ() {
    let account =
        |id: u8, upn: &str| format!("{{ id = \"eeeeeeee-0000-4000-8000-00000000000{id}\", upn = \"{upn}\" }}");
    let check = |accounts: &[String], expect| check_table(&format!("accounts = [{}]", accounts.join(",")), expect);
    check(&[account(1, "bg1@contoso.onmicrosoft.com"), account(2, "bg2@contoso.onmicrosoft.com")], expect![[""]]);
    check(
        &[account(1, "bg1@contoso.onmicrosoft.com")],
        expect![[r#"
        customers/contoso.toml:9: warning: break_glass.accounts: is only one: Microsoft advises two or more
    "#]],
    );
    check(
        &[account(1, "bg1@contoso.onmicrosoft.com"), account(2, "BG1@contoso.onmicrosoft.com")],
        expect![[r#"
        customers/contoso.toml:9: break_glass.accounts[1]: has the id or the name of an account above
    "#]],
    );
    check(
        &[account(1, "bg1@contoso.onmicrosoft.com"), account(1, "bg2")],
        expect![[r#"
        customers/contoso.toml:9: break_glass.accounts[1].upn: is not a mail address
    "#]],
    );
    let many: Vec<String> = (0..11)
        .map(|n| format!("{{ id = \"eeeeeeee-0000-4000-8000-0000000001{n:02}\", upn = \"bg{n}@x.example\" }}"))
        .collect();
    check(&many[..10], expect![[""]]);
    check(
        &many,
        expect![[r#"
        customers/contoso.toml:9: break_glass.accounts: holds 11, and may hold 10
    "#]],
    );
}

#[test]
fn everything_that_belongs_to_the_accounts_is_understood() {
    let config = config(&FULL);
    let found = &config.customers[0].break_glass;
    let id = |last: u128| Uuid::from_u128(0xeeeeeeee_0000_4000_8000_000000000000 + last);
    assert_eq!(found.holders, ["ana@northwind.example", "aaaaaaaa-0000-4000-8000-000000000005"]);
    let resource = format!("{GROUP}/Microsoft.OperationalInsights/workspaces/logs");
    assert_eq!(found.workspace, Some(Workspace { id: id(3), resource: Some(resource) }));
    assert_eq!(found.rules, [format!("{GROUP}/microsoft.insights/scheduledqueryrules/Break glass")]);
    assert_eq!(found.action_group, Some(format!("{GROUP}/Microsoft.Insights/actionGroups/gatehouse")));
    assert_eq!(found.subscriptions, [id(4)]);
    assert_eq!(found.devices.iter().map(|device| device.0).collect::<Vec<_>>(), [id(5)]);
    let groups = vec!["bbbbbbbb-0000-4000-8000-00000000000e".parse().expect("it is an id")];
    assert_eq!(found.guarded, Guarded { groups, policies: vec![id(7)] });
    assert_eq!(found.attested, Some(Attested { on: date(2026, 11, 1), by: "ana@northwind.example".into() }));
}

#[test]
fn fired_alerts_are_listed_where_the_resources_are_unless_something_else_is_said() {
    let rule = |subscription: &str| {
        format!("\"/subscriptions/{subscription}/resourceGroups/m/providers/Microsoft.Insights/scheduledQueryRules/r\"")
    };
    let (one, other) = ("eeeeeeee-0000-4000-8000-000000000001", "eeeeeeee-0000-4000-8000-000000000002");
    let rules = format!("rules = [{}, {}]", rule(other), rule(one));
    let listed = |more: &str| {
        let found = understood(&format!("{ACCOUNTS}\n{rules}\n{more}")).subscriptions;
        found.iter().map(Uuid::to_string).collect::<Vec<_>>()
    };
    assert_eq!(listed(""), [one, other]);
    assert_eq!(listed("subscriptions = []"), [""; 0]);
    assert_eq!(listed(&format!("subscriptions = [\"{one}\", \"{other}\"]")), [one, other]);
    check_table(
        &format!("{ACCOUNTS}\n{rules}\nsubscriptions = [\"{one}\"]"),
        expect![[r#"
        customers/contoso.toml:10: warning: break_glass.rules[0]: is in a subscription that `subscriptions` leaves out: its fired alerts are not listed
    "#]],
    );
    assert!(understood(ACCOUNTS).subscriptions.is_empty());
}

#[test]
fn ids_of_azure_resources_are_of_the_right_kind() {
    let rule = |id: &str, expect| check_table(&format!("{ACCOUNTS}\nrules = [\"{id}\"]"), expect);
    for fine in [
        format!("{GROUP}/Microsoft.Insights/scheduledQueryRules/r"),
        format!("{GROUP}/microsoft.insights/SCHEDULEDQUERYRULES/Break glass"),
        format!("{GROUP}/Microsoft.Insights/activityLogAlerts/r"),
        GROUP.replace("resourceGroups", "resourcegroups") + "/Microsoft.Insights/activitylogalerts/r",
        format!("{GROUP}/Microsoft.Insights/activityLogAlerts/{}", "r".repeat(260)),
        GROUP.replace("monitoring", &"g".repeat(90)) + "/Microsoft.Insights/activityLogAlerts/r",
    ] {
        rule(&fine, expect![[""]]);
    }
    for wrong in [
        format!("{GROUP}/Microsoft.Insights/actionGroups/r"),
        format!("{GROUP}/Microsoft.Compute/scheduledQueryRules/r"),
        format!("{GROUP}/Microsoft.Insights/scheduledQueryRules"),
        format!("{GROUP}/Microsoft.Insights/scheduledQueryRules/"),
        format!("{GROUP}/Microsoft.Insights/scheduledQueryRules/r/"),
        format!("{GROUP}/Microsoft.Insights/scheduledQueryRules/.."),
        format!("{GROUP}/Microsoft.Insights/scheduledQueryRules/r?api-version=1"),
        format!("{GROUP}/Microsoft.Insights/scheduledQueryRules/r%2f"),
        format!("{GROUP}/Microsoft.Insights/activityLogAlerts/{}", "r".repeat(261)),
        GROUP.replace("monitoring", &"g".repeat(91)) + "/Microsoft.Insights/activityLogAlerts/r",
        GROUP.replace("monitoring", "..") + "/Microsoft.Insights/activityLogAlerts/r",
        GROUP.replace("eeeeeeee-", "") + "/Microsoft.Insights/activityLogAlerts/r",
        GROUP.replace("-", "") + "/Microsoft.Insights/activityLogAlerts/r",
        format!("https://management.azure.com{GROUP}/Microsoft.Insights/scheduledQueryRules/r"),
        "r".to_owned(),
    ] {
        let customer = format!("{CONTOSO}[break_glass]\n{ACCOUNTS}\nrules = [\"{wrong}\"]\n");
        let program = format!("{PROGRAM}{PAGING}");
        let found = loaded(&[("gatehouse.toml", &program), ("customers/contoso.toml", &customer)]).problems;
        assert_eq!(found.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["invalid_resource_id"], "{wrong}");
    }
    check_table(
        &format!("{ACCOUNTS}\nrules = [\"{GROUP}/Microsoft.Insights/actionGroups/a\"]"),
        expect![[r#"
        customers/contoso.toml:10: break_glass.rules[0]: is not the id of an alert rule
          hint: write /subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.Insights/scheduledQueryRules/<name>, or activityLogAlerts in its place, as the rule's properties in the Azure portal show it
    "#]],
    );
    let workspace = |id: &str| {
        format!("{ACCOUNTS}\nworkspace = {{ id = \"eeeeeeee-0000-4000-8000-000000000003\", resource = \"{id}\" }}")
    };
    check_table(&workspace(&format!("{GROUP}/microsoft.operationalinsights/workspaces/logs")), expect![[""]]);
    check_table(
        &workspace(&format!("{GROUP}/Microsoft.OperationalInsights/clusters/logs")),
        expect![[r#"
        customers/contoso.toml:10: break_glass.workspace.resource: is not the id of a workspace
          hint: write /subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.OperationalInsights/workspaces/<name>
    "#]],
    );
    let action_group = |id: &str| format!("{ACCOUNTS}\naction_group = \"{id}\"");
    check_table(&action_group(&format!("{GROUP}/microsoft.insights/actiongroups/a")), expect![[""]]);
    check_table(
        &action_group(&format!("{GROUP}/Microsoft.Insights/scheduledQueryRules/a")),
        expect![[r#"
        customers/contoso.toml:10: break_glass.action_group: is not the id of an action group
          hint: write /subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.Insights/actionGroups/<name>
    "#]],
    );
}

#[test]
fn holders_are_people_and_each_is_named_once() {
    let holders = |holders: &str, expect| check_table(&format!("{ACCOUNTS}\nholders = [{holders}]"), expect);
    holders("\"ana@northwind.example\", \"aaaaaaaa-0000-4000-8000-000000000005\"", expect![[""]]);
    holders(
        "\"ana\", \"BG1@contoso.onmicrosoft.com\", \"EEEEEEEE-0000-4000-8000-000000000002\", \"ana@northwind.example\", \"Ana@northwind.example\"",
        expect![[r#"
            customers/contoso.toml:10: break_glass.holders[0]: is neither the object id of a person nor a mail address
            customers/contoso.toml:10: break_glass.holders[1]: is one of the accounts themselves
              hint: name the people who know the credential
            customers/contoso.toml:10: break_glass.holders[2]: is one of the accounts themselves
              hint: name the people who know the credential
            customers/contoso.toml:10: warning: break_glass.holders[4]: is in the list already
        "#]],
    );
    let once = understood(&format!("{ACCOUNTS}\nholders = [\"AAAAAAAA-0000-4000-8000-000000000005\"]"));
    assert_eq!(once.holders, ["aaaaaaaa-0000-4000-8000-000000000005"]);
}

/// Elsewhere a day begins while it is still yesterday in UTC.
#[test]
fn what_people_attest_is_not_from_a_future_day() {
    let attested =
        |on: &str, expect| check_table(&format!("{ACCOUNTS}\nattested = {{ on = \"{on}\", by = \"Ana\" }}"), expect);
    attested("2020-01-01", expect![[""]]);
    attested("2026-11-23", expect![[""]]);
    attested(
        "2026-11-24",
        expect![[r#"
        customers/contoso.toml:10: break_glass.attested.on: is in the future: write the day on which somebody looked
    "#]],
    );
}

#[test]
fn a_group_that_policies_exclude_is_no_group_of_a_package() {
    let guarded =
        |group: &str, expect| check_table(&format!("{ACCOUNTS}\nguarded = {{ groups = [\"{group}\"] }}"), expect);
    guarded("bbbbbbbb-0000-4000-8000-000000000002", expect![[""]]);
    guarded(
        "bbbbbbbb-0000-4000-8000-000000000001",
        expect![[r#"
        customers/contoso.toml:10: break_glass.guarded.groups[0]: is a group of package `desk`: its people would be excused from Conditional Access
    "#]],
    );
}

#[test]
fn whoever_describes_what_belongs_to_no_account_is_told() {
    check_table("", expect![[""]]);
    check_table(
        "holders = [\"ana@northwind.example\"]",
        expect![[r#"
        customers/contoso.toml:8: warning: break_glass: names no `accounts`: no account is watched here
    "#]],
    );
    check_table(
        "webhook = { audience = \"api://x\" }",
        expect![[r#"
        customers/contoso.toml:8: warning: break_glass: names no `accounts`: no account is watched here
    "#]],
    );
}
