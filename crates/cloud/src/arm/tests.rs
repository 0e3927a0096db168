//! Azure Resource Manager, against scripted answers.

use super::PAGES_MAX;
use crate::testing::{Say, TENANT, World, error, sample};
use crate::{Error, Kind};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const BASE: &str = "https://management.azure.com";
const RULE: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Insights/scheduledQueryRules/x?api-version=1";

async fn get(say: Say) -> Result<Value, Error> {
    World::new(vec![say]).graph.arm(TENANT).get(RULE).await
}

fn page(items: Value, next: Value) -> Say {
    Say::Json(200, json!({ "value": items, "nextLink": next }))
}

#[tokio::test(start_paused = true)]
async fn a_resource_is_read_with_a_token_for_azure_resource_manager() {
    let world = World::new(vec![Say::Json(200, json!({ "name": "x" }))]);
    assert_eq!(world.graph.arm(TENANT).get(RULE).await.unwrap(), json!({ "name": "x" }));
    let seen = &world.service.seen()[0];
    assert_eq!((seen.method.as_str(), seen.uri.as_str()), ("GET", format!("{BASE}{RULE}").as_str()));
    let login = &world.service.logged_in.lock().unwrap()[0];
    assert!(login.text.contains("scope=https%3A%2F%2Fmanagement.azure.com%2F.default"), "{}", login.text);
}

#[tokio::test(start_paused = true)]
async fn only_the_services_own_word_makes_a_resource_absent() {
    let no_role = Kind::NoRole { role: "Monitoring Reader" };
    let table = [
        (error(404, "ResourceNotFound", "not found"), Kind::Missing { id: None }),
        (error(404, "ResourceGroupNotFound", "not found"), Kind::Missing { id: None }),
        (Say::Json(404, sample!("arm-error-404-subscription")), no_role.clone()),
        (error(404, "InvalidResourceType", "no such type"), Kind::Refused),
        (Say::Text(404, "<html>not here</html>"), Kind::Garbled),
        (Say::Json(403, sample!("arm-error-403")), no_role),
        (Say::Text(403, "<html>sign in</html>"), Kind::Garbled),
        (error(400, "MissingApiVersionParameter", ""), Kind::Refused),
        (Say::Text(200, ""), Kind::Garbled),
        (Say::Text(200, "{\"name\":"), Kind::Garbled),
        (error(200, "UnknownError", "an error by its body"), Kind::Garbled),
    ];
    for (say, kind) in table {
        let failed = get(say).await.unwrap_err();
        assert_eq!(failed.kind, kind, "{failed}");
        assert!(failed.operation.ends_with("scheduledQueryRules/x"), "{failed}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_is_asked_again_after_the_pause_that_it_asks_for() {
    let throttled = Say::With(429, vec![("Retry-After", "17")], json!({ "error": { "code": "TooManyRequests" } }));
    let world = World::new(vec![throttled, error(503, "ServiceUnavailable", ""), Say::Json(200, json!({}))]);
    world.graph.arm(TENANT).get(RULE).await.unwrap();
    assert!(world.service.times()[1] >= 17_000);
}

#[tokio::test(start_paused = true)]
async fn a_listing_is_followed_to_its_end_on_the_same_host() {
    let list = sample!("arm-rules-list-200");
    let rules = list["value"].clone();
    let next = "https://management.azure.com:443/subscriptions/s/rules?api-version=1&$skiptoken=2";
    let world = World::new(vec![page(rules, next.into()), page(json!([]), json!("")), Say::Json(200, list)]);
    let arm = world.graph.arm(TENANT);
    let names: Vec<_> = arm.list(RULE).await.unwrap().iter().map(|rule| rule["name"].clone()).collect();
    assert_eq!(names, ["breakglass-signin", "breakglass-old"]);
    assert_eq!(world.service.seen()[1].uri, format!("{BASE}/subscriptions/s/rules?api-version=1&$skiptoken=2"));
    assert_eq!(arm.list(RULE).await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_link_to_anywhere_else_is_not_followed_and_no_part_is_given() {
    for link in [
        "https://evil.example/subscriptions/s",
        "https://management.azure.com.evil.example/subscriptions/s",
        "https://management.azure.com@evil.example/subscriptions/s",
        "https://user@management.azure.com/subscriptions/s",
        "http://management.azure.com/subscriptions/s",
        "https://management.azure.com:8443/subscriptions/s",
        "/subscriptions/s",
    ] {
        let world = World::new(vec![page(json!([{}]), link.into())]);
        let failed = world.graph.arm(TENANT).list(RULE).await.unwrap_err();
        assert_eq!((failed.kind, world.service.seen().len()), (Kind::Garbled, 1), "{link}");
    }
    let world = World::new(vec![page(json!([{}]), json!(7))]);
    assert_eq!(world.graph.arm(TENANT).list(RULE).await.unwrap_err().kind, Kind::Garbled);
}

#[tokio::test(start_paused = true)]
async fn a_listing_may_have_so_many_pages_and_no_more() {
    let pages = |count: u32| vec![page(json!([{}]), format!("{BASE}/again").into()); count as usize];
    let whole = pages(PAGES_MAX - 1).into_iter().chain([page(json!([{}]), Value::Null)]).collect();
    assert_eq!(World::new(whole).graph.arm(TENANT).list(RULE).await.unwrap().len(), PAGES_MAX as usize);
    let failed = World::new(pages(PAGES_MAX)).graph.arm(TENANT).list(RULE).await.unwrap_err();
    assert_eq!(failed.kind, Kind::Garbled);
}

#[tokio::test(start_paused = true)]
async fn names_are_escaped_and_a_path_that_could_lead_elsewhere_is_not_asked() {
    let world = World::new(vec![Say::Json(200, json!({}))]);
    world.graph.arm(TENANT).get("/subscriptions/s/rules/Nødkonto {a} 100%25?api-version=1").await.unwrap();
    let escaped = format!("{BASE}/subscriptions/s/rules/N%C3%B8dkonto%20%7Ba%7D%20100%25?api-version=1");
    assert_eq!(world.service.seen()[0].uri, escaped);
    for path in
        ["", "subscriptions/s", "//evil.example/s", "/s/../t", "/s/%2E%2e/t", "/s#t", "/s\\t", "/s\nt", "@evil.example"]
    {
        let world = World::new(vec![]);
        let arm = world.graph.arm(TENANT);
        assert_eq!(arm.get(path).await.unwrap_err().kind, Kind::Refused, "{path:?}");
        assert_eq!(arm.list(path).await.unwrap_err().kind, Kind::Refused, "{path:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn fired_alerts_are_those_of_log_rules_within_a_day() {
    let id = "/subscriptions/S/providers/Microsoft.AlertsManagement/alerts/A";
    let essentials = json!({
        "severity": "Sev0", "monitorCondition": "Fired", "alertState": "New", "targetResource": "/subscriptions/S/law",
        "alertRule": "/subscriptions/S/rules/R", "startDateTime": "2026-11-20T08:31:10.1234567Z",
    });
    let alerts = json!([{ "id": id, "properties": { "essentials": essentials } }, { "id": "/subscriptions/S/bare" }]);
    let world = World::new(vec![page(alerts, Value::Null), page(json!([{ "name": "no id" }]), Value::Null)]);
    let subscription = Uuid::from_u128(7);
    let fired = world.graph.arm(TENANT).fired_alerts(subscription).await.unwrap();
    assert_eq!(fired[0].id, id.to_lowercase());
    assert_eq!(fired[0].rule.as_deref(), Some("/subscriptions/s/rules/r"));
    assert_eq!(fired[0].fired_at, Some("2026-11-20T08:31:10.1234567Z".parse().unwrap()));
    assert_eq!((fired[1].id.as_str(), &fired[1].rule, fired[1].fired_at), ("/subscriptions/s/bare", &None, None));
    let path = format!("/subscriptions/{subscription}/providers/Microsoft.AlertsManagement/alerts");
    let query = "api-version=2019-03-01&timeRange=1d&monitorService=Log%20Alerts%20V2";
    assert_eq!(world.service.seen()[0].uri, format!("{BASE}{path}?{query}"));
    assert_eq!(world.graph.arm(TENANT).fired_alerts(subscription).await.unwrap_err().kind, Kind::Garbled);
}

#[tokio::test(start_paused = true)]
async fn a_tenants_reads_go_at_the_pace_of_the_published_quota() {
    let world = World::new(vec![Say::Json(200, json!({})); 151]);
    let arm = world.graph.arm(TENANT);
    for _ in 0..151 {
        arm.get(RULE).await.unwrap();
    }
    // 125 at once after a cold start, and 25 each second.
    let last = Duration::from_millis(u64::try_from(world.service.times()[150]).unwrap());
    assert!((Duration::from_millis(1_000)..Duration::from_millis(1_100)).contains(&last), "{last:?}");
}
