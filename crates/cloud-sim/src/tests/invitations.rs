use super::{World, pass};
use crate::{Change, Inbound, InvitesFrom, NewUser, PERMISSIONS};
use serde_json::{Value, json};
use std::time::Duration;

fn invitation(mail: &str) -> Value {
    json!({ "invitedUserEmailAddress": mail, "inviteRedirectUrl": "https://myapps.microsoft.com" })
}

#[tokio::test(start_paused = true)]
async fn a_guest_invited_again_is_the_same_guest() {
    let world = World::new().await;
    let first = world.post("/invitations", invitation("ana@northwind.example")).await;
    let again = world.post("/invitations", invitation("Ana@Northwind.example")).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body["status"], "PendingAcceptance");
    assert_ne!(first.body["id"], again.body["id"], "the invitation is not the user");
    assert_eq!(first.body["invitedUser"]["id"], again.body["invitedUser"]["id"]);
    assert_eq!(world.tenant.users().len(), 1);

    let ana = world.tenant.find_guest("ana@northwind.example").expect("a guest");
    world.tenant.redeem(ana, "ExternalAzureAD");
    let redeemed = world.post("/invitations", invitation("ana@northwind.example")).await;
    assert_eq!(redeemed.body["status"], "Completed");
    let invited = world
        .sim
        .effects()
        .into_iter()
        .filter(|effect| matches!(effect.change, Change::GuestInvited { again: false, .. }));
    assert_eq!(invited.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn addresses_that_cannot_be_invited_are_refused() {
    let world = World::new().await;
    for (mail, status) in [
        ("ana@northwind.example", 201),
        ("ana.b_c-d@northwind.example", 201),
        ("ana+work@northwind.example", 400),
        ("o'brien@northwind.example", 400),
        (".ana@northwind.example", 400),
        ("ana-@northwind.example", 400),
        ("ana", 400),
        ("ana@", 400),
        ("a@b@c.example", 400),
        ("", 400),
    ] {
        assert_eq!(world.post("/invitations", invitation(mail)).await.status, status, "{mail}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_rule_of_the_tenant_refuses_in_its_own_words() {
    type Rule = fn(&World);
    let rules: [(&str, Rule, u16, &str); 8] = [
        (
            "nobody may invite",
            |world| world.tenant.allow_invites_from(InvitesFrom::Nobody),
            403,
            "not allowed for your company",
        ),
        ("suspicious", |world| world.tenant.set_suspicious(true), 403, "due to suspicious activity"),
        ("a day's limit", |world| world.tenant.invitations_per_day_max(0), 403, "quota limit"),
        ("deny list", |world| world.tenant.block_domain("northwind.example"), 400, "not allowed by the external"),
        ("allow list", |world| world.tenant.allow_domain("other.example"), 400, "not allowed by the external"),
        (
            "cross-tenant",
            |world| world.tenant.block_cross_tenant("northwind.example"),
            400,
            "cross-tenant access settings",
        ),
        (
            "own domain",
            |world| world.tenant.verify_domain("northwind.example"),
            400,
            "verified domain of this directory",
        ),
        (
            "group address",
            |world| {
                let group = world.tenant.add_group("staff");
                world.tenant.set_group(group, |group| group.mail = Some("ana@northwind.example".into()));
            },
            400,
            "Group email address",
        ),
    ];
    for (name, rule, status, text) in rules {
        let world = World::new().await;
        rule(&world);
        let got = world.post("/invitations", invitation("ana@northwind.example")).await;
        assert_eq!(got.status, status, "{name}");
        let message = got.body["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(text), "{name}: {message}");
        assert!(world.tenant.users().is_empty(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_of_the_tenant_itself_is_named_in_the_refusal() {
    let world = World::new().await;
    let ben = world.tenant.add_user(NewUser::with_mail("ben@contoso.example"));
    let message = |got: &super::Got| got.body["error"]["message"].as_str().unwrap_or_default().to_owned();
    let refused = world.post("/invitations", invitation("ben@contoso.example")).await;
    assert!(message(&refused).contains(&format!("object ID: {ben}. They can use")));
    world.tenant.disable_user(ben);
    let refused = world.post("/invitations", invitation("ben@contoso.example")).await;
    assert!(message(&refused).contains("the account is blocked from signing in"));
}

#[tokio::test(start_paused = true)]
async fn an_invitation_needs_its_permission() {
    let mut world = World::new().await;
    let fewer: Vec<_> =
        PERMISSIONS.iter().filter(|name| !matches!(**name, "User.Invite.All" | "User.ReadWrite.All")).collect();
    world.tenant.consent(super::APP, &fewer);
    assert_eq!(
        world.post("/invitations", invitation("a@northwind.example")).await.status,
        201,
        "tokens keep their roles"
    );
    world.sign_in().await;
    let denied = world.post("/invitations", invitation("b@northwind.example")).await;
    assert_eq!((denied.status, denied.code()), (403, "Authorization_RequestDenied"));
}

#[tokio::test(start_paused = true)]
async fn a_fresh_guest_is_in_delta_before_it_can_be_read_found_or_added() {
    let world = World::with(|options| {
        (options.replication_delay, options.index_lag) = (Duration::from_secs(5), Duration::from_secs(10));
    })
    .await;
    let group = world.tenant.add_group("g");
    let made = world.post("/invitations", invitation("ana@northwind.example")).await;
    let id = made.body["invitedUser"]["id"].as_str().expect("an id").to_owned();
    let add = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}") });
    let find = "/users?$filter=mail eq 'ana@northwind.example'&$select=id";

    assert_eq!(world.walk("/users/delta?$select=mail").await.0.len(), 1);
    assert_eq!(world.get(&format!("/users/{id}")).await.status, 404);
    assert_eq!(world.send("PATCH", &format!("/users/{id}"), json!({ "accountEnabled": true })).await.status, 404);
    assert_eq!(world.post(&format!("/groups/{group}/members/$ref"), add.clone()).await.status, 404);
    assert!(world.get("/users").await.ids().is_empty());
    pass(&world, 5).await;
    assert_eq!(world.get(&format!("/users/{id}")).await.status, 200);
    assert_eq!(world.post(&format!("/groups/{group}/members/$ref"), add).await.status, 204);
    assert!(world.get(find).await.ids().is_empty());
    pass(&world, 10).await;
    assert_eq!(world.get(find).await.ids().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_settings_that_refuse_are_the_ones_that_are_read() {
    let partner = uuid::Uuid::from_u128(0x1111);
    let path = format!("/policies/crossTenantAccessPolicy/partners/{partner}");
    for (everybody, own, status) in [
        (None, None, 201),
        (Some(Inbound::Blocked), None, 400),
        (Some(Inbound::Blocked), Some(Inbound::Allowed), 201),
        (None, Some(Inbound::Blocked), 400),
    ] {
        let world = World::new().await;
        assert_eq!(world.get(&path).await.status, 404);
        if let Some(everybody) = everybody.clone() {
            world.tenant.set_inbound(everybody);
        }
        world.tenant.set_inbound_of(partner, &["Northwind.example"], own.clone());
        let access = |body: &Value| body["b2bCollaborationInbound"]["usersAndGroups"]["accessType"].clone();
        let name = |set: Option<&Inbound>| match set {
            Some(Inbound::Blocked) => json!("blocked"),
            Some(_) => json!("allowed"),
            None => Value::Null,
        };
        let default = world.get("/policies/crossTenantAccessPolicy/default").await;
        assert_eq!(access(&default.body), name(everybody.as_ref().or(Some(&Inbound::Allowed))));
        assert_eq!(access(&world.get(&path).await.body), name(own.as_ref()));
        assert_eq!(world.post("/invitations", invitation("ana@northwind.example")).await.status, status);
    }
}

#[tokio::test(start_paused = true)]
async fn the_list_of_domains_is_in_the_beta_version_alone_and_needs_its_own_permission() {
    let mut world = World::new().await;
    let beta = "/beta/policies/b2bManagementPolicies";
    assert_eq!(world.get(beta).await.body, json!({ "value": [] }));
    world.tenant.block_domain("blocked.example");
    let listed = world.get(beta).await;
    let definition = listed.body["value"][0]["definition"][0].as_str().expect("JSON within JSON");
    let definition: Value = serde_json::from_str(definition).unwrap();
    let list = &definition["B2BManagementPolicy"]["InvitationsAllowedAndBlockedDomainsPolicy"];
    assert_eq!(list["BlockedDomains"], json!(["blocked.example"]));
    let below = format!("https://graph.sim.example/v1.0{beta}");
    assert_eq!(world.get(&below).await.status, 400, "below v1.0 there is no such thing");
    assert_eq!(world.get("/policies/b2bManagementPolicies").await.status, 404);
    let batched = json!({ "requests": [{ "id": "1", "method": "GET", "url": beta }] });
    assert_eq!(world.post("/$batch", batched).await.status, 400);
    let fewer: Vec<_> = PERMISSIONS.iter().filter(|name| **name != "Policy.Read.B2BManagementPolicy").collect();
    world.tenant.consent(super::APP, &fewer);
    world.sign_in().await;
    assert_eq!(world.get(beta).await.status, 403);
}
