use super::{World, pass};
use crate::{Audit, NewUser};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

fn ids(world: &super::Got) -> Vec<&str> {
    world.body["value"].as_array().into_iter().flatten().filter_map(|item| item["id"].as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_log_is_late_newest_first_and_filtered_by_target_actor_and_time() {
    let world = World::with(|options| options.sign_in_latency = Duration::from_secs(120)).await;
    let (account, admin) =
        (world.tenant.add_user(NewUser::named("bg")), world.tenant.add_user(NewUser::named("admin")));
    let group = world.tenant.add_group("excluded");
    let reset = world.tenant.reset_password(account, admin);
    pass(&world, 60).await;
    let added = world.tenant.add_to_group(account, group, admin);
    let own = world.tenant.change_policy(Uuid::from_u128(9), account);
    pass(&world, 119).await;
    assert_eq!(ids(&world.get("/auditLogs/directoryAudits").await), [&reset]);
    pass(&world, 1).await;
    let filtered = async |filter: String| world.get(&format!("/auditLogs/directoryAudits?$filter={filter}")).await;
    let by_target = filtered(format!("targetResources/any(t:t/id eq '{account}')")).await;
    assert_eq!(ids(&by_target), [&added, &reset]);
    assert_eq!(ids(&filtered(format!("targetResources/any(t:t/id eq '{group}')")).await), [&added]);
    assert_eq!(ids(&filtered(format!("initiatedBy/user/id eq '{account}'")).await), [&own]);
    let since = format!("activityDateTime ge 2026-11-20T10:00:30Z and targetResources/any(t:t/id eq '{account}')");
    assert_eq!(ids(&filtered(since).await), [&added]);

    let targets = &by_target.body["value"][0]["targetResources"];
    assert_eq!((&targets[0]["type"], &targets[1]["id"]), (&json!("User"), &json!(group)));
    assert_eq!(targets[0]["modifiedProperties"][0]["newValue"], json!(format!("\"{group}\"")));
}

#[tokio::test(start_paused = true)]
async fn what_an_application_did_has_no_user_and_a_licence_is_needed() {
    let world = World::new().await;
    let by_app = Audit {
        activity: "Update user".into(),
        category: "UserManagement".into(),
        at: "2026-11-20T09:00:00Z".parse().expect("a time"),
        success: true,
        actor: None,
        actor_name: "Sync".into(),
        ip: String::new(),
        targets: Vec::new(),
    };
    world.tenant.audit(by_app);
    let shown = world.get("/auditLogs/directoryAudits").await;
    let by = &shown.body["value"][0]["initiatedBy"];
    assert_eq!((&by["user"], &by["app"]["displayName"]), (&Value::Null, &json!("Sync")));
    let nobody = format!("/auditLogs/directoryAudits?$filter=initiatedBy/user/id eq '{}'", Uuid::from_u128(1));
    assert!(ids(&world.get(&nobody).await).is_empty());
    world.tenant.set_premium(false);
    let refused = world.get("/auditLogs/directoryAudits").await;
    assert_eq!((refused.status, refused.code()), (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"));
}
