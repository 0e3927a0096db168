//! `[break_glass.webhook]`: who may raise alerts about a customer.

use super::{CONTOSO, PROGRAM, check, config};
use crate::config::{Caller, CallerAuth, May, SecretRef};
use expect_test::{Expect, expect};
use std::collections::BTreeSet;

const PAGING: &str = r#"
[channels.duty]
pagerduty = "env:PD"
[[escalation]]
channels = ["duty"]
"#;

fn watched(webhook: &str) -> String {
    format!(
        r#"{CONTOSO}
[break_glass]
accounts = [{{ id = "eeeeeeee-0000-4000-8000-000000000001", upn = "bg1@contoso.onmicrosoft.com" }}, {{ id = "eeeeeeee-0000-4000-8000-000000000002", upn = "bg2@contoso.onmicrosoft.com" }}]
{webhook}
"#
    )
}

/// The problems with this below the program, this webhook for contoso, and this one for fabrikam.
fn check_webhooks(program: &str, contoso: &str, fabrikam: &str, expect: Expect) {
    let (program, contoso) = (format!("{PROGRAM}{PAGING}{program}"), watched(contoso));
    let fabrikam = watched(fabrikam).replace('4', "5");
    check(
        &[("gatehouse.toml", &program), ("customers/contoso.toml", &contoso), ("customers/fabrikam.toml", &fabrikam)],
        expect,
    );
}

fn check_one(program: &str, webhook: &str, expect: Expect) {
    let (program, contoso) = (format!("{PROGRAM}{PAGING}{program}"), watched(webhook));
    check(&[("gatehouse.toml", &program), ("customers/contoso.toml", &contoso)], expect);
}

#[test]
fn a_webhook_becomes_callers_who_may_raise_alerts_about_that_customer_and_nothing_else() {
    let with = |webhook: &str| {
        let (program, contoso) = (format!("{PROGRAM}{PAGING}"), watched(webhook));
        config(&[("gatehouse.toml", &program), ("customers/contoso.toml", &contoso)]).callers
    };
    let caller = |auth| Caller {
        auth,
        may: [May::Alert].into(),
        customers: Some(["contoso".to_owned()].into()),
        callbacks: BTreeSet::new(),
        callback_auth: None,
        native: None,
        ticket: None,
    };
    let entra = |tenant: &str, app: &str| CallerAuth::Entra {
        tenant_id: tenant.parse().expect("it is an id"),
        audience: "api://alerts".into(),
        app_id: Some(app.parse().expect("it is an id")),
        role: Some("ActionGroupsSecureWebhook".into()),
    };
    let key = |name: &str| SecretRef::Env(name.into());

    let callers = with("webhook = { audience = \"api://alerts\" }");
    let own = entra("44444444-4444-4444-8444-444444444444", "461e8683-5575-4561-ac7f-899cc907d62a");
    assert_eq!(callers, [("alerts.contoso".to_owned(), caller(own))].into());

    let callers = with(
        r#"[break_glass.webhook]
audience = "api://alerts"
tenant_id = "11111111-1111-4111-8111-111111111111"
app_id = "eeeeeeee-0000-4000-8000-000000000009"
key = ["env:NEW", "env:OLD"]
"#,
    );
    let named = entra("11111111-1111-4111-8111-111111111111", "eeeeeeee-0000-4000-8000-000000000009");
    let keys = caller(CallerAuth::ApiKey(vec![key("NEW"), key("OLD")]));
    assert_eq!(callers, [("alerts.contoso".to_owned(), caller(named)), ("alerts.contoso.key".to_owned(), keys)].into());

    let callers = with("webhook = { key = \"env:ONE\" }");
    let one = caller(CallerAuth::ApiKey(vec![key("ONE")]));
    assert_eq!(callers, [("alerts.contoso.key".to_owned(), one)].into());
}

/// The names of webhooks are told apart from those that people give by their dots.
#[test]
fn no_caller_and_no_customer_can_take_a_webhooks_name() {
    let auth = "auth = { api_key = \"env:M\" }\nmay = [\"alert\"]\n";
    check_one(
        &format!("[callers.\"alerts.contoso\"]\n{auth}"),
        "webhook = { audience = \"api://x\" }",
        expect![[r#"
        gatehouse.toml:13: callers."alerts.contoso": is not a name: 1 to 64 of the characters a-z, 0-9, - and _
    "#]],
    );
    let (program, contoso) = (format!("{PROGRAM}{PAGING}"), watched("webhook = { key = \"env:K\" }"));
    check(
        &[("gatehouse.toml", &program), ("customers/contoso.key.toml", &contoso)],
        expect![[r#"
        customers/contoso.key.toml: the file's name is the customer's name: 1 to 64 of the characters a-z, 0-9 and -
    "#]],
    );
}

#[test]
fn a_webhook_proves_itself_by_a_token_a_key_or_both() {
    check_one("", "webhook = { audience = \"api://x\", key = [\"env:A\", \"env:B\"] }", expect![[""]]);
    check_one(
        "",
        "webhook = {}",
        expect![[r#"
        customers/contoso.toml:11: break_glass.webhook: needs `audience` (a secure webhook's tokens), `key` (in the address of a plain one) or both
    "#]],
    );
    check_one(
        "",
        "webhook = { tenant_id = \"44444444-4444-4444-8444-444444444444\" }",
        expect![[r#"
        customers/contoso.toml:11: break_glass.webhook: needs `audience` (a secure webhook's tokens), `key` (in the address of a plain one) or both
    "#]],
    );
    check_one(
        "",
        "webhook = { key = \"env:A\", app_id = \"eeeeeeee-0000-4000-8000-000000000009\" }",
        expect![[r#"
        customers/contoso.toml:11: break_glass.webhook.app_id: says something of tokens, and without `audience` none are taken
    "#]],
    );
    check_one(
        "",
        "webhook = { key = [\"env:A\", \"env:B\", \"env:C\"] }",
        expect![[r#"
        customers/contoso.toml:11: break_glass.webhook.key: holds 3, and may hold 2
    "#]],
    );
    check_one(
        "",
        "webhook = { key = \"abcdefghijklmnopqrstuvwxyz\" }",
        expect![[r#"
        customers/contoso.toml:11: break_glass.webhook.key: must say where the secret is, not what it is
          hint: write "env:NAME" or "file:PATH"; if a secret stood here, change it: the file may have been copied
    "#]],
    );
}

#[test]
fn a_key_belongs_to_one_customer() {
    let key = |name: &str| format!("webhook = {{ key = [\"env:{name}\", \"env:{name}_OLD\"] }}");
    check_webhooks("", &key("CONTOSO"), &key("FABRIKAM"), expect![[""]]);
    check_webhooks(
        "",
        &key("SAME"),
        &key("SAME"),
        expect![[r#"
        customers/fabrikam.toml:11: break_glass.webhook.key: refers to the same secret as customer `contoso`: they could not be told apart
    "#]],
    );
    let caller = "[callers.monitor]\nauth = { basic = \"env:CONTOSO_OLD\" }\nmay = [\"alert\"]\n";
    check_webhooks(
        caller,
        &key("CONTOSO"),
        &key("FABRIKAM"),
        expect![[r#"
        customers/contoso.toml:11: break_glass.webhook.key: refers to the same secret as caller `monitor`: they could not be told apart
    "#]],
    );
}

#[test]
fn a_token_belongs_to_one_customer() {
    let shared = "webhook = { audience = \"api://x\", tenant_id = \"11111111-1111-1111-8111-111111111111\" }";
    let other = shared.replace("api://x", "api://y");
    check_webhooks("", "webhook = { audience = \"api://x\" }", "webhook = { audience = \"api://x\" }", expect![[""]]);
    check_webhooks("", shared, &other, expect![[""]]);
    check_webhooks(
        "",
        shared,
        shared,
        expect![[r#"
        customers/fabrikam.toml:11: break_glass.webhook.audience: asks the same of a token as customer `contoso`: they could not be told apart
          hint: make an app registration for each customer
    "#]],
    );
    let caller = |more: &str| {
        format!(
            "[callers.monitor]\nauth = {{ entra = {{ tenant_id = \"11111111-1111-1111-8111-111111111111\", audience = \"api://x\", {more} }} }}\nmay = [\"alert\"]\n"
        )
    };
    for apart in ["role = \"Reader\"", "app_id = \"eeeeeeee-0000-4000-8000-000000000009\""] {
        check_webhooks(&caller(apart), shared, &other, expect![[""]]);
    }
    let by_role = caller("role = \"ActionGroupsSecureWebhook\"");
    check_webhooks(
        &by_role,
        shared,
        &other,
        expect![[r#"
        customers/contoso.toml:11: break_glass.webhook.audience: asks the same of a token as caller `monitor`: they could not be told apart
          hint: make an app registration for each customer
    "#]],
    );
    let by_app = caller("app_id = \"461e8683-5575-4561-ac7f-899cc907d62a\"");
    check_webhooks(
        &by_app,
        shared,
        &other,
        expect![[r#"
        customers/contoso.toml:11: break_glass.webhook.audience: asks the same of a token as caller `monitor`: they could not be told apart
          hint: make an app registration for each customer
    "#]],
    );
}

#[test]
fn accounts_about_which_no_alert_can_come_are_pointed_out() {
    let caller = |may: &str, customers: &str| {
        format!("[callers.monitor]\nauth = {{ api_key = \"env:M\" }}\nmay = [\"{may}\"]\n{customers}")
    };
    check_one(
        "",
        "",
        expect![[r#"
        customers/contoso.toml:10: warning: break_glass.accounts: no alert about them can come in: their use is seen only when the sign-in logs are read
          hint: write [break_glass.webhook], or give a caller the right `alert`
    "#]],
    );
    check_one(&caller("alert", ""), "", expect![[""]]);
    check_one(&caller("alert", "customers = [\"contoso\"]"), "", expect![[""]]);
    check_one(
        &caller("read", ""),
        "",
        expect![[r#"
        customers/contoso.toml:10: warning: break_glass.accounts: no alert about them can come in: their use is seen only when the sign-in logs are read
          hint: write [break_glass.webhook], or give a caller the right `alert`
    "#]],
    );
    check_one(
        &caller("alert", "customers = []"),
        "",
        expect![[r#"
        customers/contoso.toml:10: warning: break_glass.accounts: no alert about them can come in: their use is seen only when the sign-in logs are read
          hint: write [break_glass.webhook], or give a caller the right `alert`
        gatehouse.toml:16: warning: callers.monitor.customers: is empty: it may name no customer
          hint: leave it out for all customers
    "#]],
    );
}

#[test]
fn the_app_of_the_public_cloud_is_not_taken_for_granted_in_another() {
    let cloud = |name: &str| format!("[cloud]\nname = \"{name}\"\n");
    let audience = "webhook = { audience = \"api://x\" }";
    check_one(&cloud("public"), audience, expect![[""]]);
    check_one(
        &cloud("us-government"),
        audience,
        expect![[r#"
        customers/contoso.toml:11: warning: break_glass.webhook.audience: takes tokens of the public cloud's Azure Monitor alone, and this is another cloud
          hint: name the application id of "AzNS AAD Webhook" in `app_id`
    "#]],
    );
    let named = "webhook = { audience = \"api://x\", app_id = \"eeeeeeee-0000-4000-8000-000000000009\" }";
    check_one(&cloud("china"), named, expect![[""]]);
    check_one(&cloud("china"), "webhook = { key = \"env:A\" }", expect![[""]]);
}
