//! What an audit of emergency accounts asks.

use crate::graph::fitness::{About, Found, Policy};
use crate::graph::{Answer, Ask};
use crate::testing::{GROUP, Say, TENANT, USER, World, batch, error};
use crate::{Error, Kind};
use serde_json::{Value, json};
use uuid::Uuid;

const BASE: &str = "https://graph.microsoft.com/v1.0";

async fn ask(say: Say, about: About) -> Result<Option<Found>, Error> {
    World::new(vec![say]).graph.reader(TENANT).ask(vec![Ask::Fitness(about)]).await.remove(0).and_then(Answer::fitness)
}

async fn policy(change: impl FnOnce(&mut Value)) -> Result<Policy, Error> {
    let mut policy = json!({
        "id": GROUP, "displayName": "MFA", "state": "enabled",
        "conditions": {
            "clientAppTypes": ["all"], "platforms": null, "locations": null, "userRiskLevels": [],
            "applications": { "includeApplications": ["All"], "excludeApplications": [] },
            "users": { "includeUsers": ["All"], "excludeUsers": [USER, "GuestsOrExternalUsers"], "excludeGroups": [GROUP] },
        },
        "grantControls": { "operator": "OR", "builtInControls": ["mfa"], "authenticationStrength": null },
    });
    change(&mut policy);
    let found = ask(Say::Json(200, json!({ "value": [policy] })), About::Policies).await?;
    found.expect("a list is there").policies().map(|mut all| all.remove(0))
}

#[tokio::test(start_paused = true)]
async fn a_policy_says_whom_it_is_about_what_it_demands_and_when() {
    let found = policy(|_| ()).await.unwrap();
    assert!(found.include.all && found.has_all_apps && !found.has_workloads && !found.is_context_only);
    assert_eq!((found.exclude.users, found.exclude.groups), (vec![USER], vec![GROUP]));
    assert_eq!((found.controls, found.strength, found.conditions), (vec!["mfa".to_owned()], None, vec![]));
    let strength = json!({ "id": "00000000-0000-0000-0000-000000000004", "allowedCombinations": ["fido2"] });
    let found = policy(|policy| policy["grantControls"] = json!({ "authenticationStrength": strength })).await.unwrap();
    assert_eq!(
        found.strength.map(|one| (one.id, one.combinations)),
        Some((Uuid::from_u128(4), vec!["fido2".to_owned()]))
    );
    // Without grant controls it only limits sessions.
    let found = policy(|policy| policy["grantControls"] = Value::Null).await.unwrap();
    assert_eq!((found.controls, found.strength), (vec![], None));
}

#[tokio::test(start_paused = true)]
async fn whatever_narrows_a_policy_is_told() {
    for (name, value, narrows) in [
        ("clientAppTypes", json!(["browser", "mobileAppsAndDesktopClients"]), false),
        ("clientAppTypes", json!(["exchangeActiveSync", "other"]), true),
        ("locations", json!({ "includeLocations": ["All"], "excludeLocations": [] }), false),
        ("locations", json!({ "includeLocations": ["All"], "excludeLocations": ["AllTrusted"] }), true),
        ("platforms", json!({ "includePlatforms": ["all"], "excludePlatforms": [] }), false),
        ("platforms", json!({ "includePlatforms": ["iOS"] }), true),
        ("devices", json!({ "deviceFilter": null }), false),
        ("devices", json!({ "deviceFilter": { "mode": "include", "rule": "x" } }), true),
        ("userRiskLevels", json!(["high"]), true),
        ("signInRiskLevels", json!(["high"]), true),
        ("insiderRiskLevels", json!("elevated"), true),
        ("authenticationFlows", json!({ "transferMethods": "deviceCodeFlow" }), true),
    ] {
        let found = policy(|policy| policy["conditions"][name] = value.clone()).await.unwrap();
        let expected: Vec<String> = narrows.then(|| name.to_owned()).into_iter().collect();
        assert_eq!(found.conditions, expected, "{name} {value}");
    }
    for (apps, all) in [
        (json!({ "includeApplications": ["All"], "excludeApplications": [USER] }), false),
        (json!({ "includeApplications": ["MicrosoftAdminPortals"] }), false),
        (json!({ "includeApplications": ["All"], "applicationFilter": { "mode": "exclude", "rule": "x" } }), false),
        (json!({ "includeApplications": ["All"] }), true),
    ] {
        let found = policy(|policy| policy["conditions"]["applications"] = apps.clone()).await.unwrap();
        assert_eq!(found.has_all_apps, all, "{apps}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_policy_that_cannot_be_understood_spoils_the_list() {
    let wrong: [fn(&mut Value); 5] = [
        |policy| policy["conditions"] = Value::Null,
        |policy| policy["state"] = Value::Null,
        |policy| policy["conditions"]["users"]["excludeGroups"] = json!("none"),
        |policy| policy["grantControls"] = json!({ "authenticationStrength": { "id": "x" } }),
        |policy| policy["id"] = json!("x"),
    ];
    for change in wrong {
        assert_eq!(policy(change).await.unwrap_err().kind, Kind::Garbled);
    }
}

#[tokio::test(start_paused = true)]
async fn methods_come_with_their_kind_and_keys_with_their_model() {
    let body = json!({ "value": [
        { "@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": "x", "createdDateTime": null },
        {
            "@odata.type": "#microsoft.graph.fido2AuthenticationMethod", "id": "-x", "aaGuid": GROUP,
            "createdDateTime": "2026-01-01T10:00:00Z", "passkeyType": "deviceBound",
        },
    ]});
    let methods = ask(Say::Json(200, body), About::Methods { user: USER }).await.unwrap().unwrap().methods().unwrap();
    let kinds: Vec<&str> = methods.iter().map(|method| method.kind.as_str()).collect();
    assert_eq!((kinds, methods[1].aa_guid), (vec!["password", "fido2"], Some(GROUP)));
    let body = json!({ "state": "enabled", "includeTargets": [{ "id": "all_users", "targetType": "group" }], "keyRestrictions": {
        "isEnforced": false, "enforcementType": "block", "aaGuids": [GROUP],
    }});
    let targets = ask(Say::Json(200, body), About::Fido2).await.unwrap().unwrap().method_targets().unwrap();
    assert_eq!(
        (targets.include, targets.keys),
        (vec!["all_users".to_owned()], None),
        "what is not enforced is nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_said_is_no_answer_where_yes_and_no_differ() {
    for (about, body) in [
        (About::SecurityDefaults, json!({ "id": "x" })),
        (About::Registration { user: USER }, json!({ "id": USER, "methodsRegistered": [] })),
        (About::Risk { user: USER }, json!({ "id": USER })),
        (About::Fido2, json!({ "includeTargets": [] })),
        (About::Methods { user: USER }, json!({ "value": [{ "id": "x" }] })),
    ] {
        assert_eq!(ask(Say::Json(200, body), about.clone()).await.unwrap_err().kind, Kind::Garbled, "{about:?}");
    }
    let never = ask(Say::Json(200, json!({ "id": USER })), About::LastSignIn { user: USER }).await;
    assert_eq!(never, Ok(Some(Found::LastSignIn(None))));
    let absent = error(404, "Request_ResourceNotFound", "Resource does not exist");
    assert_eq!(ask(absent, About::Account { user: USER }).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn the_name_of_a_domain_is_no_way_to_another_address() {
    for name in ["", "../users", "a b", "contoso.example?x", "contoso/users"] {
        let refused = ask(Say::Text(500, ""), About::Domain { name: name.to_owned() }).await.unwrap_err();
        assert_eq!((refused.kind, refused.status), (Kind::Refused, None), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn risks_go_one_by_one_a_second_apart_and_everything_else_together() {
    let risk = |n: u128| Ask::Fitness(About::Risk { user: Uuid::from_u128(n) });
    let both = batch(vec![(0, 200, json!({ "isEnabled": false })), (1, 200, json!({ "value": [] }))]);
    let world = World::new(vec![both, Say::Json(200, json!({ "riskState": "none" })), error(404, "NotFound", "")]);
    let asks = vec![Ask::Fitness(About::SecurityDefaults), Ask::Fitness(About::Policies), risk(1), risk(2)];
    let answers = world.graph.reader(TENANT).ask(asks).await;
    assert!(answers[..3].iter().all(Result::is_ok), "{answers:?}");
    let seen = world.service.seen();
    let uris: Vec<&str> = seen.iter().map(|seen| seen.uri.trim_start_matches(BASE)).collect();
    assert_eq!(uris[0], "/$batch");
    assert!(uris[1..].iter().all(|uri| uri.starts_with("/identityProtection/riskyUsers/")), "{uris:?}");
    let seconds: Vec<u64> = seen.iter().map(|seen| seen.at.as_secs()).collect();
    assert_eq!(seconds, [0, 1, 2]);
}
