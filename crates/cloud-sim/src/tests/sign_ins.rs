use super::{World, pass};
use crate::{NewUser, Quotas, SignIn};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

fn sign_in(user: Uuid, at: &str, error_code: i32) -> SignIn {
    SignIn {
        user,
        upn: "bg1@contoso.onmicrosoft.com".into(),
        at: at.parse().expect("a time"),
        error_code,
        ip: "203.0.113.24".into(),
        app: "Azure Portal".into(),
        details: None,
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_is_late_newest_first_and_filtered_by_user_and_time() {
    let world = World::with(|options| options.sign_in_latency = Duration::from_secs(300)).await;
    let (one, two) = (world.tenant.add_user(NewUser::named("one")), world.tenant.add_user(NewUser::named("two")));
    let old = world.tenant.sign_in(sign_in(one, "2026-11-20T08:00:00Z", 0));
    let new = world.tenant.sign_in(sign_in(one, "2026-11-20T09:30:00Z", 50126));
    world.tenant.sign_in(sign_in(two, "2026-11-20T09:00:00Z", 0));
    pass(&world, 299).await;
    assert!(world.get("/auditLogs/signIns").await.ids().is_empty());
    pass(&world, 1).await;
    let filter = format!("/auditLogs/signIns?$filter=userId eq '{one}'");
    assert_eq!(world.get(&filter).await.ids(), [new, old]);
    assert_eq!(world.get(&format!("{filter} and createdDateTime ge 2026-11-20T09:00:00Z")).await.ids(), [new]);
    assert_eq!(world.get(&format!("{filter} and status/errorCode eq 0")).await.ids(), [old]);

    world.tenant.amend_sign_in(old, |entry| entry.details = Some("MFA completed in Azure AD".into()));
    let amended = world.get(&format!("{filter} and status/errorCode eq 0")).await;
    assert_eq!(amended.body["value"][0]["status"]["additionalDetails"], json!("MFA completed in Azure AD"));
}

#[tokio::test(start_paused = true)]
async fn an_entry_may_come_twice_and_needs_a_licence() {
    let world = World::with(|options| options.replays = 1.0).await;
    let user = world.tenant.add_user(NewUser::named("one"));
    let id = world.tenant.sign_in(sign_in(user, "2026-11-20T08:00:00Z", 0));
    assert_eq!(world.get("/auditLogs/signIns").await.ids(), [id, id]);
    world.tenant.set_premium(false);
    let refused = world.get("/auditLogs/signIns").await;
    assert_eq!((refused.status, refused.code()), (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"));
}

#[tokio::test(start_paused = true)]
async fn reports_and_conditional_access_have_limits_of_their_own() {
    let world = World::with(|options| options.quotas = Some(Quotas::published())).await;
    for _ in 0..5 {
        assert_eq!(world.get("/auditLogs/signIns").await.status, 200);
    }
    let refused = world.get("/auditLogs/signIns").await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(world.get("/identity/conditionalAccess/policies").await.status, 200);
    let refused = world.get("/identity/conditionalAccess/policies").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, None));
}
