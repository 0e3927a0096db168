use super::{World, pass};
use crate::NewUser;
use serde_json::json;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_list_comes_in_pages_and_each_user_once() {
    let world = World::new().await;
    let made: std::collections::BTreeSet<_> =
        (0..12).map(|n| world.tenant.add_user(NewUser::named(&format!("User {n}")))).collect();
    let (items, pages, _) = world.walk("/users?$select=id,displayName").await;
    assert_eq!((items.len(), pages), (made.len(), 3));

    let (items, pages, _) = world.walk("/users?$top=999").await;
    assert_eq!((items.len(), pages), (made.len(), 1));
}

#[tokio::test(start_paused = true)]
async fn page_sizes_are_refused_outside_1_to_999() {
    let world = World::new().await;
    for (top, status) in [("0", 400), ("1", 200), ("999", 200), ("1000", 400), ("x", 400)] {
        let got = world.get(&format!("/users?$top={top}")).await;
        assert_eq!(got.status, status, "$top={top}");
        assert!(got.status == 200 || got.code() == "Request_UnsupportedQuery");
    }
}

#[tokio::test(start_paused = true)]
async fn the_count_is_on_the_first_page_alone_and_needs_the_header_on_every_page() {
    let world = World::new().await;
    for n in 0..6 {
        world.tenant.add_user(NewUser::named(&format!("User {n}")));
    }
    let first = world.get("/users?$count=true").await;
    assert_eq!(first.body["@odata.count"], json!(6));
    let next = first.body["@odata.nextLink"].as_str().expect("a second page");
    assert_eq!(world.get(next).await.body["@odata.count"], json!(null));
    // The small client sends the header when it sees `$count=true`: hidden from it, the header is missing.
    let hidden = next.replace("true", "%74rue");
    assert_eq!(world.get(&hidden).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_page_link_dies_of_age() {
    let world = World::with(|options| options.page_token_life = Duration::from_secs(60)).await;
    for n in 0..6 {
        world.tenant.add_user(NewUser::named(&format!("User {n}")));
    }
    let next = world.get("/users").await.body["@odata.nextLink"].as_str().expect("a second page").to_owned();
    pass(&world, 59).await;
    assert_eq!(world.get(&next).await.status, 200);
    pass(&world, 1).await;
    assert_eq!(world.get(&next).await.code(), "Directory_ExpiredPageToken");
}

#[tokio::test(start_paused = true)]
async fn pages_may_be_empty_and_reading_still_ends() {
    let world = World::with(|options| options.empty_pages = 1.0).await;
    let made: Vec<_> = (0..11).map(|n| world.tenant.add_user(NewUser::named(&format!("User {n}")))).collect();
    let (items, pages, _) = world.walk("/users").await;
    assert_eq!((items.len(), pages), (made.len(), 6));
    let (items, ..) = world.walk("/users/delta").await;
    assert_eq!(items.len(), made.len());
}

#[tokio::test(start_paused = true)]
async fn a_guest_is_found_by_any_of_its_addresses() {
    let world = World::new().await;
    let ana = world.tenant.add_guest("ana@northwind.example");
    let ben = world.tenant.add_user(NewUser {
        other_mails: vec!["ana.old@northwind.example".into()],
        ..NewUser::with_mail("ben@contoso.example")
    });
    for (filter, expected) in [
        ("mail eq 'ANA@northwind.example'", vec![ana]),
        ("mail eq 'nobody@northwind.example'", vec![]),
        ("mail eq 'ana.old@northwind.example' or otherMails/any(m:m eq 'ana.old@northwind.example')", vec![ben]),
        ("mail in ('ana@northwind.example','x@y.example')", vec![ana]),
        ("userType eq 'Guest'", vec![ana]),
    ] {
        let got = world.get(&format!("/users?$filter={filter}&$count=true&$select=id,mail,userType")).await;
        assert_eq!(got.ids(), expected, "{filter}");
    }
    let both = world.get(&format!("/users?$filter=id in ('{ana}','{ben}')&$select=id")).await;
    assert_eq!(both.ids().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_guest_looks_as_the_service_shows_guests() {
    let world = World::new().await;
    let ana = world.tenant.add_guest("ana@northwind.example");
    let select = "id,userPrincipalName,mailNickname,userType,creationType,externalUserState,mail,otherMails,proxyAddresses,identities,accountEnabled";
    let before = world.get(&format!("/users/{ana}?$select={select}")).await.body;
    assert_eq!(before["userPrincipalName"], "ana_northwind.example#EXT#@contoso.onmicrosoft.com");
    assert_eq!(before["mailNickname"], "ana_northwind.example#EXT#");
    assert_eq!(before["creationType"], "Invitation");
    assert_eq!(before["externalUserState"], "PendingAcceptance");
    assert_eq!(before["proxyAddresses"], json!(["SMTP:ana@northwind.example"]));

    world.tenant.redeem(ana, "ExternalAzureAD");
    let after = world.get(&format!("/users/{ana}?$select={select}")).await.body;
    assert_eq!(after["externalUserState"], "Accepted");
    assert_eq!(after["identities"][0]["issuer"], "ExternalAzureAD");

    let by_name = world.get("/users/ana_northwind.example%23EXT%23@contoso.onmicrosoft.com?$select=id").await;
    assert_eq!(by_name.body["id"], json!(ana));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_property_is_refused() {
    let world = World::new().await;
    assert_eq!(world.get("/users?$select=id,shoeSize").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_leaver_is_disabled_deleted_restored_and_purged() {
    let world = World::new().await;
    let ana = world.tenant.add_guest("ana@northwind.example");
    let group = world.tenant.add_group("g");
    world.tenant.add_member(group, ana);

    let disabled = world.send("PATCH", &format!("/users/{ana}"), json!({ "accountEnabled": false })).await;
    assert_eq!(disabled.status, 204);
    assert!(!world.tenant.is_enabled(ana));
    assert_eq!(world.post(&format!("/users/{ana}/revokeSignInSessions"), json!({})).await.body["value"], true);

    assert_eq!(world.send("DELETE", &format!("/users/{ana}"), json!(null)).await.status, 204);
    assert_eq!(world.get(&format!("/users/{ana}")).await.status, 404);
    assert!(world.get(&format!("/groups/{group}/members")).await.ids().is_empty());
    assert_eq!(world.get("/directory/deletedItems/microsoft.graph.user").await.ids(), [ana]);
    let deleted = world.get(&format!("/directory/deletedItems/{ana}")).await;
    assert_eq!(deleted.body["@odata.type"], "#microsoft.graph.user");
    assert_eq!(deleted.body["deletedDateTime"], "2026-11-20T10:00:00Z");
    assert!(world.tenant.members(group).contains(&ana), "deleted users keep their memberships");

    assert_eq!(world.post(&format!("/directory/deletedItems/{ana}/restore"), json!({})).await.status, 200);
    assert_eq!(world.get(&format!("/groups/{group}/members")).await.ids(), [ana]);

    world.send("DELETE", &format!("/users/{ana}"), json!(null)).await;
    assert_eq!(world.send("DELETE", &format!("/directory/deletedItems/{ana}"), json!(null)).await.status, 204);
    assert!(world.tenant.members(group).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_a_user_is_in_comes_with_types() {
    let world = World::new().await;
    let (ana, group, unit) =
        (world.tenant.add_guest("ana@northwind.example"), world.tenant.add_group("g"), world.tenant.add_unit("u"));
    let role = uuid::Uuid::from_u128(0x77);
    world.tenant.add_member(group, ana);
    world.tenant.add_to_unit(unit, ana);
    world.tenant.assign_role(ana, role, "/");
    world.tenant.add_owner(group, ana);
    world.tenant.assign_app_role(ana, "Payroll");
    let got = world.get(&format!("/users/{ana}/memberOf")).await;
    let mut kinds: Vec<_> =
        got.body["value"].as_array().expect("items").iter().map(|item| item["@odata.type"].to_string()).collect();
    kinds.sort();
    let expected = ["administrativeUnit", "directoryRole", "group"].map(|kind| format!("\"#microsoft.graph.{kind}\""));
    assert_eq!(kinds, expected);
    assert_eq!(world.get(&format!("/users/{ana}/ownedObjects")).await.ids(), [group]);
    let held = world.get(&format!("/users/{ana}/appRoleAssignments")).await;
    assert_eq!(held.body["value"][0]["resourceDisplayName"], "Payroll");
    let held = world.get(&format!("/roleManagement/directory/roleAssignments?$filter=principalId eq '{ana}'")).await;
    assert_eq!(held.body["value"].as_array().map_or(0, Vec::len), 1);
    // Whoever holds a role cannot be deleted with the permission alone.
    assert_eq!(world.send("DELETE", &format!("/users/{ana}"), json!(null)).await.status, 403);

    let ids = json!({ "ids": [ana, group, unit, role], "types": ["user", "group"] });
    assert_eq!(world.post("/directoryObjects/getByIds", ids).await.ids(), [ana, group]);
}

#[tokio::test(start_paused = true)]
async fn what_is_only_read_has_the_published_shape() {
    let world = World::new().await;
    world.tenant.verify_domain("contoso.example");
    let policy = json!([{ "id": "11111111-0000-4000-8000-000000000001", "displayName": "MFA", "state": "enabled" }]);
    world.tenant.set_document("/identity/conditionalAccess/policies", policy);
    for path in [
        "/organization",
        &format!("/servicePrincipals(appId='{}')", super::APP),
        "/identity/conditionalAccess/policies",
        "/policies/authorizationPolicy",
        "/directory/deletedItems/graph.group",
    ] {
        assert_eq!(world.get(path).await.status, 200, "{path}");
    }
}
