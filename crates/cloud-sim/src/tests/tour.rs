use super::World;
use crate::Inbound;
use crate::graph::ROUTES;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use outside::{Transport, TransportError};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Says yes to every handshake.
struct Yes;

#[async_trait]
impl Transport for Yes {
    async fn send(&self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        let query = request.uri().query().unwrap_or_default();
        let token = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "validationToken");
        let body = token.map(|(_, token)| Bytes::from(token.into_owned())).unwrap_or_default();
        Ok(Response::builder().header("content-type", "text/plain").body(body).expect("a response"))
    }
}

/// Every route is asked at least once, and each answer is held against the published schemas on the way.
#[tokio::test(start_paused = true)]
async fn every_route_answers_in_its_published_shape() {
    let world = World::new().await;
    world.sim.notify_through(Arc::new(Yes));
    let tenant = &world.tenant;
    let (ana, ben, cleo) = (
        tenant.add_guest("ana@northwind.example"),
        tenant.add_guest("ben@northwind.example"),
        tenant.add_guest("cleo@northwind.example"),
    );
    let (group, unit) = (tenant.add_group("g"), tenant.add_unit("u"));
    tenant.set_group(group, |settings| settings.unique_name = Some("gatehouse-g".into()));
    for member in [ana, cleo] {
        tenant.add_member(group, member);
    }
    tenant.add_owner(group, ben);
    for path in ["/policies/x", "/policies/x/default", "/policies/x/partners/1"] {
        tenant.set_document(path, json!({ "id": "x" }));
    }
    tenant.reset_password(ana, ben);
    let other = Uuid::from_u128(0x0ffe);
    tenant.set_inbound_of(other, &["northwind.example"], Some(Inbound::Allowed));
    let reference =
        |id: Uuid| json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}") });
    let none = Value::Null;
    let made = world.post("/groups", json!({
        "displayName": "new", "mailEnabled": false, "mailNickname": "new", "securityEnabled": true, "uniqueName": "new",
    }));
    let new_group = made.await.body["id"].as_str().expect("an id").to_owned();
    let role = world.post("/roleManagement/directory/roleAssignments", json!({
        "principalId": ben, "roleDefinitionId": Uuid::from_u128(5), "directoryScopeId": format!("/administrativeUnits/{unit}"),
    }));
    let role = role.await.body["id"].as_str().expect("an id").to_owned();
    let subscription = world.post(
        "/subscriptions",
        json!({
            "resource": "users", "changeType": "updated", "notificationUrl": "https://gatehouse.example/n",
            "expirationDateTime": "2026-11-25T10:00:00Z",
        }),
    );
    let subscription = subscription.await.body["id"].as_str().expect("an id").to_owned();
    let units = "/directory/administrativeUnits";
    let steps: Vec<(&str, String, Value)> = vec![
        ("GET", "/users".into(), none.clone()),
        ("GET", "/users/delta".into(), none.clone()),
        ("GET", format!("/users/{ana}"), none.clone()),
        ("PATCH", format!("/users/{ana}"), json!({ "displayName": "Ana" })),
        ("GET", format!("/users/{ana}/memberOf"), none.clone()),
        ("GET", format!("/users/{ana}/transitiveMemberOf"), none.clone()),
        ("GET", format!("/users/{ben}/ownedObjects"), none.clone()),
        ("GET", format!("/users/{ana}/appRoleAssignments"), none.clone()),
        ("GET", format!("/groups/{group}/appRoleAssignments"), none.clone()),
        ("POST", format!("/users/{ana}/revokeSignInSessions"), none.clone()),
        ("GET", "/groups".into(), none.clone()),
        ("GET", "/groups(uniqueName='new')".into(), none.clone()),
        ("GET", "/groups/delta".into(), none.clone()),
        ("GET", format!("/groups/{group}"), none.clone()),
        ("PATCH", format!("/groups/{group}"), json!({ "description": "d" })),
        ("DELETE", format!("/groups/{new_group}"), none.clone()),
        ("POST", format!("/groups/{group}/members/$ref"), reference(ben)),
        ("GET", format!("/groups/{group}/members"), none.clone()),
        ("GET", format!("/groups/{group}/members/microsoft.graph.user"), none.clone()),
        ("GET", format!("/groups/{group}/transitiveMembers"), none.clone()),
        ("GET", format!("/groups/{group}/transitiveMembers/graph.group"), none.clone()),
        ("GET", format!("/groups/{group}/owners"), none.clone()),
        ("DELETE", format!("/groups/{group}/members/{ben}/$ref"), none.clone()),
        ("DELETE", format!("/groups/{group}/members/{cleo}"), none.clone()),
        ("GET", units.into(), none.clone()),
        ("GET", format!("{units}/{unit}"), none.clone()),
        ("POST", format!("{units}/{unit}/members/$ref"), reference(ana)),
        ("GET", format!("{units}/{unit}/members"), none.clone()),
        ("GET", format!("{units}/{unit}/members/microsoft.graph.user"), none.clone()),
        ("DELETE", format!("{units}/{unit}/members/{ana}/$ref"), none.clone()),
        ("DELETE", format!("/users/{ana}"), none.clone()),
        ("GET", "/directory/deletedItems/microsoft.graph.user".into(), none.clone()),
        ("GET", "/directory/deletedItems/microsoft.graph.group".into(), none.clone()),
        ("GET", format!("/directory/deletedItems/{ana}"), none.clone()),
        ("POST", format!("/directory/deletedItems/{ana}/restore"), none.clone()),
        ("DELETE", format!("/directory/deletedItems/{cleo}"), none.clone()),
        ("POST", "/directoryObjects/getByIds".into(), json!({ "ids": [ana, group, unit] })),
        (
            "POST",
            "/invitations".into(),
            json!({ "invitedUserEmailAddress": "dora@northwind.example", "inviteRedirectUrl": "https://x.example" }),
        ),
        ("GET", "/organization".into(), none.clone()),
        ("GET", format!("/servicePrincipals(appId='{}')", super::APP), none.clone()),
        ("GET", format!("/servicePrincipals(appId='{}')/appRoleAssignments", super::APP), none.clone()),
        ("GET", "/identity/conditionalAccess/policies".into(), none.clone()),
        ("GET", "/policies/authorizationPolicy".into(), none.clone()),
        ("GET", "/policies/crossTenantAccessPolicy/default".into(), none.clone()),
        ("GET", format!("/policies/crossTenantAccessPolicy/partners/{other}"), none.clone()),
        ("GET", "/beta/policies/b2bManagementPolicies".into(), none.clone()),
        ("GET", "/policies/x".into(), none.clone()),
        ("GET", "/policies/x/default".into(), none.clone()),
        ("GET", "/policies/x/partners/1".into(), none.clone()),
        ("GET", "/auditLogs/signIns".into(), none.clone()),
        ("GET", "/auditLogs/directoryAudits".into(), none.clone()),
        ("GET", "/roleManagement/directory/roleAssignments".into(), none.clone()),
        ("DELETE", format!("/roleManagement/directory/roleAssignments/{role}"), none.clone()),
        ("GET", "/subscriptions".into(), none.clone()),
        ("GET", format!("/subscriptions/{subscription}"), none.clone()),
        ("PATCH", format!("/subscriptions/{subscription}"), json!({ "expirationDateTime": "2026-11-26T10:00:00Z" })),
        ("POST", format!("/subscriptions/{subscription}/reauthorize"), none.clone()),
        ("DELETE", format!("/subscriptions/{subscription}"), none.clone()),
    ];
    let emergency = super::emergency::everything_of(tenant, ben).into_iter().map(|url| ("GET", url, none.clone()));
    for (method, url, body) in steps.into_iter().chain(emergency) {
        let got = world.send(method, &url, body).await;
        assert!(got.status < 300, "{method} {url}: {got:?}");
    }
    let visited: BTreeSet<_> =
        world.sim.requests().into_iter().filter_map(|one| Some((one.method, one.route?))).collect();
    let missed: Vec<_> =
        ROUTES.iter().map(|one| (one.method.to_owned(), one.path)).filter(|one| !visited.contains(one)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
