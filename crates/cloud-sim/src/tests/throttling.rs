use super::World;
use crate::{Quota, Quotas};
use serde_json::json;
use std::time::Duration;

fn invitation(n: usize) -> serde_json::Value {
    json!({ "invitedUserEmailAddress": format!("p{n}@northwind.example"), "inviteRedirectUrl": "https://x.example" })
}

#[tokio::test(start_paused = true)]
async fn the_151st_invitation_at_once_is_refused_and_passes_after_the_pause() {
    let world = World::with(|options| options.quotas = Some(Quotas::published())).await;
    for n in 0..150 {
        assert_eq!(world.post("/invitations", invitation(n)).await.status, 201, "{n}");
    }
    let refused = world.post("/invitations", invitation(150)).await;
    assert_eq!((refused.status, refused.code()), (429, "TooManyRequests"));
    let scope = refused.header("x-ms-throttle-scope").expect("a scope");
    assert_eq!(scope, format!("Tenant_Application/Write/{}/{}", super::APP, super::TENANT));
    let pause = refused.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
    super::pass(&world, pause).await;
    assert_eq!(world.post("/invitations", invitation(150)).await.status, 201);
}

#[tokio::test(start_paused = true)]
async fn reads_cost_units_and_a_selection_makes_them_cheaper() {
    let world = World::with(|options| {
        options.quotas = Some(Quotas { app_tenant_units: Some(Quota::new(10, 10)), ..Quotas::published() });
    })
    .await;
    assert_eq!(world.get("/users").await.header("x-ms-resource-unit"), Some("2"));
    assert_eq!(world.get("/users?$select=id").await.header("x-ms-resource-unit"), Some("1"));
    assert_eq!(world.get("/users?$top=19").await.header("x-ms-resource-unit"), Some("1"));
    assert_eq!(world.get("/users?$top=20").await.header("x-ms-resource-unit"), Some("2"));
    // Six are spent: two more make 0.8 of the quota, which is not told yet.
    assert_eq!(world.get("/users").await.header("x-ms-throttle-limit-percentage"), None);
    assert_eq!(world.get("/users").await.header("x-ms-throttle-limit-percentage"), Some("1.00"));
    let refused = world.get("/users").await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("x-ms-throttle-information"), Some("ResourceUnitLimitExceeded"));
}

#[tokio::test(start_paused = true)]
async fn a_429_may_come_without_the_header() {
    let world = World::with(|options| {
        let invitations = Quota { amount: 1, window: Duration::from_secs(5) };
        options.quotas = Some(Quotas { invitations, retry_after: false, ..Quotas::published() });
    })
    .await;
    world.post("/invitations", invitation(1)).await;
    let refused = world.post("/invitations", invitation(2)).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, None));
}

#[tokio::test(start_paused = true)]
async fn twenty_members_at_once_count_as_seven_writes() {
    let world = World::with(|options| {
        options.quotas = Some(Quotas { app_tenant_writes: Quota::new(7, 150), ..Quotas::published() });
    })
    .await;
    let group = world.tenant.add_group("g");
    let links: Vec<_> = (0..20)
        .map(|n| world.tenant.add_guest(&format!("p{n}@northwind.example")))
        .map(|id| format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}"))
        .collect();
    let path = format!("/groups/{group}");
    assert_eq!(world.send("PATCH", &path, json!({ "members@odata.bind": links })).await.status, 204);
    assert_eq!(world.send("PATCH", &path, json!({ "description": "d" })).await.status, 429);
}
