//! What a tenant's settings say of invitations, who has an address, and inviting again.

use crate::graph::{Answer, Ask, CrossTenantAccess, Done, InvitationDomains, Write};
use crate::testing::{OTHER_TENANT, Say, TENANT, USER, World, batch, error, sample};
use crate::{Error, Kind};
use serde_json::{Value, json};
use uuid::Uuid;

async fn ask(script: Vec<Say>, question: Ask) -> Result<Answer, Error> {
    World::new(script).graph.reader(TENANT).ask(vec![question]).await.remove(0)
}

async fn access(body: Value) -> Result<Option<CrossTenantAccess>, Error> {
    let question = Ask::CrossTenantPartner { tenant: OTHER_TENANT };
    ask(vec![Say::Json(200, body)], question).await.and_then(Answer::cross_tenant)
}

async fn domains(definition: Value) -> Result<Option<InvitationDomains>, Error> {
    let body = json!({ "value": [{ "isOrganizationDefault": true, "definition": definition }] });
    ask(vec![Say::Json(200, body)], Ask::InvitationDomains).await.and_then(Answer::invitation_domains)
}

#[tokio::test(start_paused = true)]
async fn the_settings_are_read_as_they_are_documented() {
    let policy = ask(vec![Say::Json(200, sample!("authorization-policy-200"))], Ask::AuthorizationPolicy).await;
    let policy = policy.and_then(Answer::authorization).unwrap();
    assert_eq!(policy.allow_invites_from.as_deref(), Some("adminsAndGuestInviters"));

    let all = access(sample!("cross-tenant-default-200")).await.unwrap().unwrap();
    let users = all.inbound_users.unwrap();
    assert_eq!((all.tenant, users.access.as_str(), users.targets[0].target.as_str()), (None, "allowed", "AllUsers"));
    let one = access(sample!("cross-tenant-partner-200")).await.unwrap().unwrap();
    assert_eq!(one.tenant, Some("bbbbcccc-1111-dddd-2222-eeee3333ffff".parse().unwrap()));
    assert!(one.inbound_users.is_some());
}

#[tokio::test(start_paused = true)]
async fn what_a_tenant_does_not_set_for_another_is_null_and_no_settings_at_all_are_an_answer() {
    for inbound in [json!(null), json!({ "usersAndGroups": null })] {
        let found = access(json!({ "tenantId": OTHER_TENANT, "b2bCollaborationInbound": inbound })).await;
        assert_eq!(found, Ok(Some(CrossTenantAccess { tenant: Some(OTHER_TENANT), inbound_users: None })));
    }
    let question = || Ask::CrossTenantPartner { tenant: OTHER_TENANT };
    let absent = error(404, "Request_ResourceNotFound", "Resource does not exist");
    assert_eq!(ask(vec![absent], question()).await.and_then(Answer::cross_tenant), Ok(None));
    // The page of somebody in between is not that answer.
    let failed = ask(vec![Say::Text(404, "<html>")], question()).await.unwrap_err();
    assert_eq!(failed.kind, Kind::Garbled);
}

#[tokio::test(start_paused = true)]
async fn settings_in_a_wrong_shape_are_garbled_and_never_empty() {
    let inbound = |users: Value| json!({ "tenantId": OTHER_TENANT, "b2bCollaborationInbound": users });
    for body in [
        inbound(json!("blocked")),
        inbound(json!({ "usersAndGroups": "blocked" })),
        inbound(json!({ "usersAndGroups": { "accessType": "blocked" } })),
        inbound(json!({ "usersAndGroups": { "targets": [] } })),
        inbound(json!({ "usersAndGroups": { "accessType": "blocked", "targets": [{ "target": "AllUsers" }] } })),
        json!({ "tenantId": "x" }),
    ] {
        assert_eq!(access(body.clone()).await.unwrap_err().kind, Kind::Garbled, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_list_of_domains_is_json_within_json() {
    let list = |allowed: &[&str], blocked: &[&str]| {
        let list = json!({ "AllowedDomains": allowed, "BlockedDomains": blocked });
        json!([json!({ "B2BManagementPolicy": { "InvitationsAllowedAndBlockedDomainsPolicy": list } }).to_string()])
    };
    let found = domains(list(&["a.example"], &["b.example", "c.example"])).await.unwrap().unwrap();
    assert_eq!(found.allowed, ["a.example"]);
    assert_eq!(found.blocked, ["b.example", "c.example"]);
    let other = json!([r#"{"B2BManagementPolicy":{"AutoRedeemPolicy":{}}}"#]);
    assert_eq!(domains(other).await, Ok(Some(InvitationDomains::default())), "a policy about something else");
    let none = ask(vec![Say::Json(200, json!({ "value": [] }))], Ask::InvitationDomains).await;
    assert_eq!(none.and_then(Answer::invitation_domains), Ok(Some(InvitationDomains::default())));
    // The default counts, wherever it stands.
    let body = json!({ "value": [
        { "isOrganizationDefault": false, "definition": list(&[], &["x.example"]) },
        { "isOrganizationDefault": true, "definition": list(&[], &["y.example"]) },
    ]});
    let found = ask(vec![Say::Json(200, body)], Ask::InvitationDomains).await.and_then(Answer::invitation_domains);
    assert_eq!(found.unwrap().unwrap().blocked, ["y.example"]);
    for wrong in [json!([]), json!(["not JSON"]), json!(["{}"]), json!([7]), json!([r#"{"B2BManagementPolicy":7}"#])] {
        assert_eq!(domains(wrong.clone()).await.unwrap_err().kind, Kind::Garbled, "{wrong}");
    }
    let half = json!({ "value": [], "@odata.nextLink": "https://graph.microsoft.com/beta/more" });
    let failed = ask(vec![Say::Json(200, half)], Ask::InvitationDomains).await.unwrap_err();
    assert_eq!(failed.kind, Kind::Garbled, "a page more is not read, so nothing is concluded from the first");
}

#[tokio::test(start_paused = true)]
async fn what_only_the_beta_version_has_goes_there_by_itself_and_nothing_else_does() {
    let policy = json!({ "allowInvitesFrom": "everyone" });
    let both = batch(vec![(0, 200, policy.clone()), (1, 200, policy.clone())]);
    let world = World::new(vec![both, Say::Json(200, json!({ "value": [] })), Say::Json(200, policy)]);
    let asks =
        vec![Ask::AuthorizationPolicy, Ask::AuthorizationPolicy, Ask::InvitationDomains, Ask::AuthorizationPolicy];
    let answers = world.graph.reader(TENANT).ask(asks).await;
    assert!(matches!(answers[2], Ok(Answer::InvitationDomains(_))), "{answers:?}");
    assert!(answers.iter().all(Result::is_ok));
    let uris: Vec<String> = world.service.seen().into_iter().map(|seen| seen.uri).collect();
    let base = "https://graph.microsoft.com";
    let expected = ["v1.0/$batch", "beta/policies/b2bManagementPolicies", "v1.0/policies/authorizationPolicy"];
    assert_eq!(uris, expected.map(|path| format!("{base}/{path}")));
}

#[tokio::test(start_paused = true)]
async fn an_address_is_asked_for_as_mail_sign_in_name_and_proxy_address_with_its_quotes_doubled() {
    let user = json!({ "id": USER, "mail": null, "userPrincipalName": "a@b.example", "proxyAddresses": ["smtp:O'B@c.example", "sip:x@y.example"] });
    let world = World::new(vec![Say::Json(200, json!({ "value": [user] }))]);
    let question = Ask::UsersByAddress { address: "o'b@c.example".into() };
    let users = world.graph.reader(TENANT).ask(vec![question]).await.remove(0).and_then(Answer::people).unwrap();
    for (address, theirs) in
        [("o'b@c.example", true), ("A@B.example", true), ("x@y.example", false), ("b@c.example", false)]
    {
        assert_eq!(users[0].has_address(address), theirs, "{address}");
    }
    let seen = world.service.seen().remove(0);
    assert_eq!(seen.header("ConsistencyLevel"), "eventual");
    let clauses = "mail%20eq%20'o''b@c.example'%20or%20userPrincipalName%20eq%20'o''b@c.example'\
                   %20or%20proxyAddresses/any(p:p%20eq%20'SMTP%3Ao''b@c.example')\
                   %20or%20proxyAddresses/any(p:p%20eq%20'smtp%3Ao''b@c.example')";
    assert!(seen.uri.contains(&format!("$filter={clauses}&")), "{}", seen.uri);
}

fn again(user: Uuid) -> Write {
    let redirect_url = "https://myapps.microsoft.com".to_owned();
    Write::InviteAgain { user, mail: "alice@contoso.com".to_owned(), redirect_url }
}

#[tokio::test(start_paused = true)]
async fn a_guest_is_invited_again_by_the_same_request_with_a_mail_and_must_come_back() {
    let guest: Uuid = "11111111-1111-4111-8111-111111111101".parse().unwrap();
    let answer = || vec![Say::Json(201, sample!("invitation-201"))];
    let world = World::new(answer());
    let done = world.writer().send(vec![again(guest)]).await.remove(0);
    assert_eq!(done, Ok(Done::Invited { guest, status: "PendingAcceptance".to_owned() }));
    let seen = world.service.seen().remove(0);
    let body = json!({
        "invitedUserEmailAddress": "alice@contoso.com", "inviteRedirectUrl": "https://myapps.microsoft.com",
        "sendInvitationMessage": true,
    });
    assert_eq!((seen.method.as_str(), seen.body), ("POST", body));
    let other = World::new(answer()).writer().send(vec![again(USER)]).await.remove(0);
    assert_eq!(other.unwrap_err().kind, Kind::WrongGuest { made: guest });
    // Nothing is sent about a protected guest, and nothing is repeated after an unclear end.
    let protected = World::new(vec![]).writer_with(&[guest], 1).send(vec![again(guest)]).await.remove(0);
    assert_eq!(protected.unwrap_err().kind, Kind::Protected);
    let lost = World::new(vec![error(504, "GatewayTimeout", "")]).writer().send(vec![again(guest)]).await.remove(0);
    assert_eq!(lost.unwrap_err().kind, Kind::Unclear);
}
