//! Azure Resource Manager and Log Analytics.

use super::{Got, World, got, pass};
use crate::{Fault, NewUser, Quota, Quotas, SignIn, What, When};
use bytes::Bytes;
use http::Request;
use outside::Transport;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const SUBSCRIPTION: &str = "3f1d2a64-5b0c-4c7e-9a41-6d7b8e9f0a11";
const WORKSPACE: Uuid = Uuid::from_u128(0x1a);
const TIMEOUT: Duration = Duration::from_secs(30);
const MANAGEMENT: &str = "https://management.sim.example";

fn in_group(rest: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-monitor/providers/{rest}")
}

fn law() -> String {
    in_group("Microsoft.OperationalInsights/workspaces/law-entra")
}

/// Each request gets a token for its own service.
async fn send(world: &World, method: &str, service: &str, url: &str, body: Option<&Value>) -> Got {
    let token = world.token_for(service).await;
    let mut request = Request::builder().method(method).uri(url).header("authorization", format!("Bearer {token}"));
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    got(world.sim.send(request.body(Bytes::from(body)).expect("a request"), TIMEOUT).await.expect("an answer"))
}

async fn get(world: &World, path: &str) -> Got {
    send(world, "GET", MANAGEMENT, &format!("{MANAGEMENT}{path}"), None).await
}

async fn query(world: &World, kql: &str) -> Got {
    let body = json!({ "query": kql, "timespan": "2026-11-20T08:00:00Z/2026-11-20T11:00:00Z" });
    let url = format!("https://logs.sim.example/v1/workspaces/{WORKSPACE}/query");
    send(world, "POST", "https://api.loganalytics.io", &url, Some(&body)).await
}

fn names(got: &Got) -> Vec<&str> {
    got.body["value"].as_array().into_iter().flatten().filter_map(|item| item["name"].as_str()).collect()
}

fn cells(got: &Got) -> &Value {
    &got.body["tables"][0]["rows"]
}

fn sign_in(user: Uuid, at: &str) -> SignIn {
    SignIn {
        user,
        upn: "BG1@contoso.onmicrosoft.com".into(),
        at: at.parse().expect("a time"),
        error_code: 0,
        ip: "203.0.113.24".into(),
        app: "Azure Portal".into(),
        details: None,
    }
}

#[tokio::test(start_paused = true)]
async fn resources_are_read_by_id_in_any_case_and_listed_by_type_below_a_scope() {
    let world = World::new().await;
    for (place, name) in [("rg-monitor", "one"), ("rg-monitor", "two"), ("rg-other", "three")] {
        let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{place}");
        world
            .tenant
            .set_resource(&format!("{group}/providers/Microsoft.Insights/scheduledQueryRules/{name}"), json!({}));
    }
    world
        .tenant
        .set_resource(&in_group("Microsoft.Insights/actionGroups/ag"), json!({ "properties": { "enabled": true } }));
    world.tenant.set_resource("/providers/microsoft.aadiam/diagnosticSettings/entra-to-law", json!({}));
    let one = get(&world, &format!("{}?api-version=1", in_group("microsoft.insights/actiongroups/AG"))).await;
    assert_eq!(one.body["properties"]["enabled"], json!(true));
    assert_eq!((&one.body["name"], &one.body["type"]), (&json!("ag"), &json!("Microsoft.Insights/actionGroups")));
    let rules = "Microsoft.Insights/scheduledQueryRules?api-version=1";
    assert_eq!(names(&get(&world, &in_group(rules)).await), ["one", "two"]);
    let everywhere = format!("/subscriptions/{SUBSCRIPTION}/providers/{rules}");
    assert_eq!(names(&get(&world, &everywhere).await), ["one", "two", "three"]);
    let settings = "/providers/microsoft.aadiam/diagnosticSettings?api-version=2017-04-01";
    assert_eq!(names(&get(&world, settings).await), ["entra-to-law"]);

    world.tenant.change_resource(&in_group("Microsoft.Insights/actionGroups/ag"), |ag| ag["properties"] = json!(null));
    world.tenant.remove_resource(&in_group("Microsoft.Insights/scheduledQueryRules/one"));
    let gone = get(&world, &in_group("Microsoft.Insights/scheduledQueryRules/one?api-version=1")).await;
    assert_eq!((gone.status, gone.code()), (404, "ResourceNotFound"));
    let strange = get(&world, "/subscriptions/other/providers/Microsoft.Insights/actionGroups?api-version=1").await;
    assert_eq!((strange.status, strange.code()), (404, "SubscriptionNotFound"));
    let versionless = get(&world, settings.split('?').next().expect("a path")).await;
    assert_eq!((versionless.status, versionless.code()), (400, "MissingApiVersionParameter"));
    world.tenant.set_azure_roles(false);
    let refused = get(&world, settings).await;
    assert_eq!((refused.status, refused.code()), (403, "AuthorizationFailed"));
    assert_eq!(world.sim.requests().iter().filter(|one| one.path.starts_with("/management/")).count(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_listing_has_pages_with_links_and_alerts_are_those_of_the_time_asked_for() {
    let world = World::with(|options| options.page_size = 2).await;
    let rule = in_group("Microsoft.Insights/scheduledQueryRules/r");
    let old = world.tenant.fire_alert(&rule, &law());
    pass(&world, 24 * 3600 + 1).await;
    let new: Vec<_> = (0..3).map(|_| world.tenant.fire_alert(&rule, &law())).collect();
    let path =
        format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts?api-version=2019-03-01");
    let mut found = Vec::new();
    let mut next = format!("{MANAGEMENT}{path}&timeRange=1d&monitorService=Log%20Alerts%20V2");
    for _ in 0..2 {
        let page = send(&world, "GET", MANAGEMENT, &next, None).await;
        found.extend(page.body["value"].as_array().into_iter().flatten().map(|alert| alert["id"].clone()));
        next = page.body["nextLink"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!((found.len(), next.as_str()), (3, ""));
    assert!(new.iter().all(|id| found.contains(&json!(id))) && !found.contains(&json!(old)));
    assert!(names(&get(&world, &format!("{path}&monitorService=Platform")).await).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_token_is_good_for_the_service_that_it_was_made_for() {
    let world = World::new().await;
    world.tenant.add_workspace(WORKSPACE, &law());
    let url = format!("{MANAGEMENT}{}?api-version=1", law());
    for (service, status) in
        [(MANAGEMENT, 200), ("https://graph.microsoft.com", 401), ("https://api.loganalytics.io", 401)]
    {
        assert_eq!(send(&world, "GET", service, &url, None).await.status, status, "{service}");
    }
    let url = format!("https://logs.sim.example/v1/workspaces/{WORKSPACE}/query");
    let wrong = send(&world, "POST", MANAGEMENT, &url, Some(&json!({ "query": "SigninLogs" }))).await;
    assert_eq!((wrong.status, wrong.code()), (403, "InvalidAuthenticationToken"));
    let users = "https://graph.sim.example/v1.0/users";
    assert_eq!(send(&world, "GET", "https://api.loganalytics.io", users, None).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn a_workspace_has_sign_ins_by_table_after_its_latency_and_within_the_window() {
    let world = World::with(|options| options.workspace_latency = Duration::from_secs(300)).await;
    world.tenant.add_workspace(WORKSPACE, &law());
    let (account, stranger) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let there = world.tenant.sign_in(sign_in(account, "2026-11-20T09:00:00Z"));
    world.tenant.sign_in(sign_in(account, "2026-11-20T07:59:59Z"));
    world.tenant.sign_in(SignIn { upn: "x@contoso.com".into(), ..sign_in(stranger, "2026-11-20T09:00:00Z") });
    let silent = world.tenant.sign_in_silently(sign_in(account, "2026-11-20T09:30:00Z"));
    let interactive = format!("SigninLogs | where UserId in~ (\"{account}\") | project SignInId = Id, UserId");
    pass(&world, 299).await;
    assert_eq!(cells(&query(&world, &interactive).await), &json!([]));
    pass(&world, 1).await;
    assert_eq!(cells(&query(&world, &interactive).await), &json!([[there, account]]));
    // By name, as typed, and in both tables.
    let both = "union (SigninLogs | project Id), (AADNonInteractiveUserSignInLogs | project Id) \
                | where UserPrincipalName =~ \"bg1@CONTOSO.onmicrosoft.com\" | project Id, Interactive";
    assert_eq!(cells(&query(&world, both).await), &json!([[silent, false], [there, true]]));
    assert_eq!(cells(&query(&world, "SigninLogs | count").await), &json!([[2]]));
    assert_eq!(cells(&query(&world, "SigninLogs | where false").await), &json!([]));
    world.tenant.set_workspace(WORKSPACE, |workspace| {
        workspace.tables.remove("SigninLogs");
    });
    assert_eq!(cells(&query(&world, "SigninLogs | count").await), &json!([[0]]));
    // The log of Graph has no place for those without anybody there.
    assert_eq!(world.get(&format!("/auditLogs/signIns?$filter=userId eq '{account}'")).await.ids().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_workspace_has_a_row_for_each_target_of_an_audit() {
    let world = World::new().await;
    world.tenant.add_workspace(WORKSPACE, &law());
    let (account, admin) =
        (world.tenant.add_user(NewUser::named("bg")), world.tenant.add_user(NewUser::named("admin")));
    let group = world.tenant.add_group("excluded");
    let added = world.tenant.add_to_group(account, group, admin);
    world.tenant.reset_password(admin, admin);
    let targets = "| mv-expand T = TargetResources | extend TargetId = tostring(T.id)";
    let shown = "| project AuditId = Id, OperationName, TargetId, Actor";
    let of = |id: Uuid| format!("AuditLogs {targets} | where TargetId in~ (\"{id}\") {shown}");
    let row = |target: Uuid| json!([added, "Add member to group", target, admin]);
    assert_eq!(cells(&query(&world, &of(account)).await), &json!([row(account)]));
    // The account's row names the group as well.
    assert_eq!(cells(&query(&world, &of(group)).await), &json!([row(account), row(group)]));
    let whole = format!("AuditLogs | where TargetResources has \"{group}\" | project Id");
    assert_eq!(cells(&query(&world, &whole).await), &json!([[added]]));
}

#[tokio::test(start_paused = true)]
async fn a_query_that_cannot_be_resolved_is_refused() {
    let world = World::new().await;
    world.tenant.add_workspace(WORKSPACE, &law());
    world.tenant.sign_in(sign_in(Uuid::from_u128(1), "2026-11-20T09:00:00Z"));
    for wrong in [
        "SignInLogs | count",
        "SigninLogs | where UserId == \"x",
        "SigninLogs | where (UserId == \"x\"",
        "SigninLogs | where UserId in (\"x\"]",
        "SigninLogs | project Identifier",
        "SigninLogs | project X = tostring(Identifier)",
        "SigninLogs | where UserId == \"a\nb\"",
    ] {
        let refused = query(&world, wrong).await;
        assert_eq!((refused.status, refused.code()), (400, "BadArgumentError"), "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_workspace_may_be_closed_or_open_through_resource_manager_alone() {
    let world = World::new().await;
    world.tenant.add_workspace(WORKSPACE, &law());
    let url = format!("{MANAGEMENT}{}/api/query?api-version=2020-08-01", law());
    let body = json!({ "query": "SigninLogs" });
    world.tenant.set_workspace(WORKSPACE, |workspace| workspace.direct = false);
    assert_eq!(query(&world, "SigninLogs").await.code(), "InvalidAuthenticationTokenAudience");
    assert_eq!(send(&world, "POST", MANAGEMENT, &url, Some(&body)).await.status, 200);
    world.tenant.set_workspace(WORKSPACE, |workspace| workspace.readable = false);
    let refused = query(&world, "SigninLogs").await;
    assert_eq!((refused.status, refused.code()), (403, "InsufficientAccessError"));
    assert_eq!(send(&world, "POST", MANAGEMENT, &url, Some(&body)).await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_be_a_part_or_empty_or_none() {
    let world = World::new().await;
    world.tenant.add_workspace(WORKSPACE, &law());
    for _ in 0..3 {
        world.tenant.sign_in(sign_in(Uuid::from_u128(1), "2026-11-20T09:00:00Z"));
    }
    let fault = |what| world.sim.fault(Fault::new("POST /logs/v1/workspaces/*/query", When::Times(1), what));
    fault(What::Partial);
    let partial = query(&world, "SigninLogs | project Id").await;
    assert_eq!(
        (partial.status, partial.code(), cells(&partial).as_array().map(Vec::len)),
        (200, "PartialError", Some(1))
    );
    world.sim.clear_faults();
    fault(What::EmptyBody);
    let empty = query(&world, "SigninLogs").await;
    assert_eq!((empty.status, empty.body), (200, Value::Null));
    // The same comes of a forgotten content type.
    let url = format!("https://logs.sim.example/v1/workspaces/{WORKSPACE}/query");
    let bare = send(&world, "POST", "https://api.loganalytics.io", &url, None).await;
    assert_eq!((bare.status, bare.body), (200, Value::Null));
    world.sim.clear_faults();
    fault(What::Throttle { retry_after: Some(Duration::from_secs(9)) });
    let throttled = query(&world, "SigninLogs").await;
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, Some("9")));
}

#[tokio::test(start_paused = true)]
async fn queries_and_resources_have_limits_of_their_own() {
    let quotas = Quotas { queries: Quota::new(2, 30), management: Quota::new(1, 10), ..Quotas::published() };
    let world = World::with(|options| options.quotas = Some(quotas)).await;
    world.tenant.add_workspace(WORKSPACE, &law());
    let url = format!("{}?api-version=1", law());
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(query(&world, "SigninLogs").await.status);
    }
    for _ in 0..2 {
        statuses.push(get(&world, &url).await.status);
    }
    assert_eq!(statuses, [200, 200, 429, 200, 429]);
}
