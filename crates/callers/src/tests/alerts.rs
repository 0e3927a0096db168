//! Azure Monitor's action groups, by what a customer's file says of its webhook: from the text to who is let in.

use super::tokens::{LOGIN, TENANT, key_set, signed_claims};
use super::{SIGNED_AT, now, parts};
use crate::{Auth, Callers, ResolvedCaller, Secret, resolve};
use access::config::{Folder, May, SecretRef, load};
use serde_json::{Value, json};

const PROGRAM: &str = r#"
[partner]
name = "Northwind"
tenant_id = "11111111-1111-4111-8111-111111111111"
[app]
client_id = "22222222-2222-4222-8222-222222222222"
credential = { client_secret = "env:CLIENT_SECRET" }
[channels.duty]
pagerduty = "env:PD"
[[escalation]]
channels = ["duty"]
"#;

/// Azure Monitor's own app.
const ACTION_GROUPS: &str = "461e8683-5575-4561-ac7f-899cc907d62a";
const OTHER: &str = "55555555-5555-4555-8555-555555555555";

/// The callers of a program with one customer, whose file has this webhook. A secret's value is its name in lower case.
fn callers(webhook: &str) -> Callers {
    let contoso = format!(
        r#"
tenant_id = "{TENANT}"
domains = ["northwind.example"]
[break_glass.webhook]
{webhook}
"#
    );
    let files = vec![("gatehouse.toml".into(), PROGRAM.into()), ("customers/contoso.toml".into(), contoso)];
    let loaded = load(&Folder { files }, jiff::civil::date(2026, 11, 20));
    assert!(!loaded.has_errors(), "{:?}", loaded.problems);
    let config = loaded.config.expect("there are no errors");
    let read = |secret: &SecretRef| match secret {
        SecretRef::Env(name) => Ok(Secret::new(name.to_lowercase())),
        SecretRef::File(_) => Err("there are no files"),
    };
    let resolved =
        config.callers.iter().map(|(name, caller)| (name.clone(), resolve(caller, read).expect("it resolves")));
    let (callers, unusable) = Callers::new(resolved.collect());
    assert_eq!(unusable, []);
    callers
}

/// What Azure Monitor's own token says, under both versions, with these members instead.
fn tokens(changes: &Value) -> [String; 2] {
    let common = json!({
        "aud": "api://alerts", "tid": TENANT, "oid": OTHER, "sub": OTHER, "roles": ["ActionGroupsSecureWebhook"],
        "nbf": SIGNED_AT, "exp": SIGNED_AT + 3600
    });
    let v1 = json!({
        "iss": format!("https://sts.windows.net/{TENANT}/"), "appid": ACTION_GROUPS, "appidacr": "2", "ver": "1.0"
    });
    let v2 = json!({ "iss": format!("{LOGIN}/{TENANT}/v2.0"), "azp": ACTION_GROUPS, "azpacr": "2", "ver": "2.0" });
    [v1, v2].map(|version| {
        let mut claims = common.clone();
        for members in [&version, changes] {
            let members = members.as_object().expect("they are an object").clone();
            claims.as_object_mut().expect("claims are an object").extend(members);
        }
        signed_claims(&claims)
    })
}

/// Whom the token proves, and that it may raise alerts about the one customer and nothing else.
fn proven(callers: &Callers, token: &str) -> Option<String> {
    let parts = parts("/api/v1/alerts/contoso", &[("authorization", &format!("Bearer {token}"))]);
    let known = callers.identify(&parts, b"{}", now(), Some(&key_set())).ok()?;
    assert!(known.may(May::Alert) && known.may_see("contoso") && !known.may_see("fabrikam") && known.person.is_none());
    for other in [May::Request, May::Approve, May::Operate, May::Release, May::Read] {
        assert!(!known.may(other), "{other:?}");
    }
    Some(known.name.to_owned())
}

#[test]
fn an_action_groups_token_of_the_customers_tenant_raises_alerts_about_that_customer() {
    let callers = callers("audience = \"api://alerts\"");
    for token in tokens(&json!({})) {
        assert_eq!(proven(&callers, &token).as_deref(), Some("alerts.contoso"));
        let parts = parts("/api/v1/alerts/contoso", &[("authorization", &format!("Bearer {token}"))]);
        let wanted = callers.wants(&parts, now()).expect("a key set is asked for");
        assert_eq!(wanted.tenant.to_string(), TENANT);
    }
    // With other roles beside its own it is still the same app.
    for token in tokens(&json!({ "roles": ["Gatehouse.Request", "ActionGroupsSecureWebhook"], "idtyp": "app" })) {
        assert_eq!(proven(&callers, &token).as_deref(), Some("alerts.contoso"));
    }
}

#[test]
fn a_token_of_another_tenant_audience_role_or_app_raises_none() {
    let callers = callers("audience = \"api://alerts\"");
    for wrong in [
        json!({ "tid": OTHER }),
        json!({ "iss": format!("{LOGIN}/{OTHER}/v2.0") }),
        json!({ "iss": format!("https://sts.windows.net/{OTHER}/") }),
        json!({ "aud": "api://alerts/" }),
        json!({ "aud": "22222222-2222-4222-8222-222222222222" }),
        json!({ "roles": ["Gatehouse.Request"] }),
        json!({ "roles": [] }),
        json!({ "roles": [], "scp": "ActionGroupsSecureWebhook" }),
        json!({ "appid": OTHER, "azp": OTHER }),
        json!({ "exp": SIGNED_AT - 301 }),
    ] {
        for token in tokens(&wrong) {
            assert_eq!(proven(&callers, &token), None, "{wrong}");
        }
    }
}

#[test]
fn another_tenant_and_app_are_taken_where_the_file_names_them() {
    let [_, token] = tokens(&json!({ "azp": OTHER }));
    assert_eq!(
        proven(&callers(&format!("audience = \"api://alerts\"\napp_id = \"{OTHER}\"")), &token).as_deref(),
        Some("alerts.contoso")
    );
    let [_, token] = tokens(&json!({}));
    assert_eq!(proven(&callers(&format!("audience = \"api://alerts\"\ntenant_id = \"{OTHER}\"")), &token), None);
}

#[test]
fn a_plain_webhook_brings_its_key_in_the_address_and_two_are_valid_at_a_time() {
    let callers = callers("audience = \"api://alerts\"\nkey = [\"env:NEW_KEY\", \"env:OLD_KEY\"]");
    let name = |path: &str| {
        let parts = parts(path, &[]);
        callers.identify(&parts, b"{}", now(), None).ok().map(|known| {
            assert!(known.may(May::Alert) && !known.may(May::Read) && !known.may_see("fabrikam"));
            known.name.to_owned()
        })
    };
    for key in ["new_key", "old_key"] {
        assert_eq!(name(&format!("/api/v1/alerts/contoso?code={key}")).as_deref(), Some("alerts.contoso.key"));
    }
    assert_eq!(name("/api/v1/alerts/contoso?code=older_key"), None);
    assert_eq!(name("/api/v1/alerts/contoso"), None);
    assert_eq!(name("/api/v1/plans?code=new_key"), None, "a key in an address counts for alerts alone");
}

/// Who turns a plain webhook into a secure one leaves the key in its address. Its alerts must not be lost by that.
#[test]
fn an_action_group_that_proves_itself_twice_is_let_in() {
    let callers = callers("audience = \"api://alerts\"\nkey = \"env:NEW_KEY\"");
    let [token, _] = tokens(&json!({}));
    let [wrong, _] = tokens(&json!({ "aud": "api://other" }));
    let name = |key: &str, token: &str| {
        let path = format!("/api/v1/alerts/contoso?code={key}");
        let parts = parts(&path, &[("authorization", &format!("Bearer {token}"))]);
        callers.identify(&parts, b"{}", now(), Some(&key_set())).ok().map(|known| known.name.to_owned())
    };
    assert_eq!(name("new_key", &token).as_deref(), Some("alerts.contoso"));
    assert_eq!(name("old_key", &token).as_deref(), Some("alerts.contoso"), "a wrong key beside the token");
    assert_eq!(name("new_key", &wrong).as_deref(), Some("alerts.contoso.key"), "a wrong token beside the key");
    assert_eq!(name("old_key", &wrong), None);
}

#[test]
fn whoever_proves_two_callers_that_are_not_one_webhook_is_nobody() {
    let key = |text: &str| Auth::ApiKey(vec![Secret::new(text)]);
    let caller = |auth: Auth| ResolvedCaller { auth, may: [May::Alert].into(), customers: None };
    let path = "/api/v1/alerts/contoso?code=the_key";
    let name = |names: &[&str]| {
        let all = names.iter().map(|name| ((*name).to_owned(), caller(key("the_key"))));
        let (callers, unusable) = Callers::new(all.collect());
        assert_eq!(unusable, []);
        callers.identify(&parts(path, &[]), b"{}", now(), None).ok().map(|known| known.name.to_owned())
    };
    assert_eq!(name(&["alerts.contoso", "alerts.contoso.key"]).as_deref(), Some("alerts.contoso"));
    for two in [
        &["alerts.contoso", "alerts.fabrikam.key"][..],
        &["alerts.contoso", "alerts.fabrikam"],
        &["alerts.contoso.key", "alerts.fabrikam.key"],
        &["alerts.contoso", "ops"],
        &["alerts.contoso.key", "ops"],
        &["ops", "ops.key"],
        &["alerts.contoso", "alerts.contoso.key", "ops"],
        &["alerts.contoso", "alerts.contoso.key", "alerts.contoso.key.key"],
    ] {
        assert_eq!(name(two), None, "{two:?}");
    }
}
