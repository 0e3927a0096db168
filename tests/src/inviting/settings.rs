//! An invitation that Microsoft would refuse is refused before it is sent, with the setting named.

use crate::world::{DOMAIN, World, one_customer};
use access::ids::PersonId;
use access::inviting::Known;
use cloud_sim::{Fault, Inbound, InvitesFrom, PERMISSIONS, TenantHandle, What, When};
use engine::inviting::settings::Verdict;
use jiff::SignedDuration;
use std::time::Duration;
use store::Documents;
use uuid::Uuid;

async fn judge(world: &World, mail: &str, person: Option<Uuid>) -> Verdict {
    world.engine().judge_invitation("contoso", mail, person.map(PersonId)).await.expect("a customer")
}

/// The code of the setting that refuses Ana, a person of the partner.
async fn refusing(world: &World, ana: Uuid) -> Option<&'static str> {
    judge(world, &format!("ana@{DOMAIN}"), Some(ana)).await.refusal.map(|refusal| refusal.setting.code())
}

fn app(world: &World) -> Uuid {
    world.config.app.client_id.0
}

#[tokio::test(start_paused = true)]
async fn what_we_refuse_microsoft_refuses_too_and_what_we_let_through_it_does_too() {
    type Set = fn(&TenantHandle, Uuid);
    let rules: [(&str, Set, Option<&str>); 9] = [
        ("nothing set", |_, _| (), None),
        ("nobody may invite", |contoso, _| contoso.allow_invites_from(InvitesFrom::Nobody), Some("invites_from")),
        ("admins", |contoso, _| contoso.allow_invites_from(InvitesFrom::AdminsAndGuestInviters), None),
        ("deny list", |contoso, _| contoso.block_domain(DOMAIN), Some("domain_blocked")),
        ("allow list", |contoso, _| contoso.allow_domain("other.example"), Some("domain_not_allowed")),
        ("on the allow list", |contoso, _| contoso.allow_domain(DOMAIN), None),
        (
            "our tenant",
            |contoso, us| contoso.set_inbound_of(us, &[DOMAIN], Some(Inbound::Blocked)),
            Some("cross_tenant_partner"),
        ),
        (
            "everybody, and ours inherits",
            |contoso, us| {
                contoso.set_inbound(Inbound::Blocked);
                contoso.set_inbound_of(us, &[DOMAIN], None);
            },
            Some("cross_tenant_default"),
        ),
        (
            "everybody but us",
            |contoso, us| {
                contoso.set_inbound(Inbound::Blocked);
                contoso.set_inbound_of(us, &[DOMAIN], Some(Inbound::Allowed));
            },
            None,
        ),
    ];
    for (name, set, expected) in rules {
        let (world, contoso, source, _) = one_customer();
        let ana = world.person("ana", &[source]);
        set(&contoso, world.partner.id());
        assert_eq!(refusing(&world, ana).await, expected, "{name}");
        let run = world.sync().await;
        assert_eq!(run.failures.is_empty(), expected.is_none(), "{name}: {:?}", run.failures);
        assert_eq!(contoso.users().is_empty(), expected.is_some(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_customers_own_domain_is_refused_with_its_name() {
    let (world, contoso, ..) = one_customer();
    contoso.verify_domain("contoso.example");
    let verdict = judge(&world, "ben@Contoso.example", None).await;
    let refusal = verdict.refusal.expect("refused");
    assert_eq!(refusal.setting.code(), "own_domain");
    assert!(refusal.text.contains("contoso.example"), "{}", refusal.text);
    assert_eq!(judge(&world, "ben@sub.contoso.example", None).await.refusal, None);
}

#[tokio::test(start_paused = true)]
async fn settings_that_name_people_and_groups_are_held_against_who_they_are() {
    let (world, contoso, source, _) = one_customer();
    let (ana, bob) = (world.person("ana", &[source]), world.person("bob", &[]));
    let nested = world.partner.add_group("Night shift");
    world.partner.add_member(source, nested);
    let carl = world.person("carl", &[nested]);
    let set = |users: &[Uuid], groups: &[Uuid]| {
        let only = Inbound::Only { users: users.to_vec(), groups: groups.to_vec() };
        contoso.set_inbound_of(world.partner.id(), &[DOMAIN], Some(only));
    };
    set(&[bob], &[]);
    assert_eq!(refusing(&world, bob).await, None);
    assert_eq!(refusing(&world, ana).await, Some("cross_tenant_partner"));
    world.pass(SignedDuration::from_mins(61)).await;
    set(&[], &[source]);
    assert_eq!(refusing(&world, bob).await, Some("cross_tenant_partner"));
    assert_eq!((refusing(&world, ana).await, refusing(&world, carl).await), (None, None));
    // While our groups cannot be read, it is left open.
    let denied = What::Status(403, "Authorization_RequestDenied");
    world.sim.fault(Fault::new("GET /users/*/transitiveMemberOf", When::Every, denied));
    let verdict = judge(&world, &format!("bob@{DOMAIN}"), Some(bob)).await;
    assert_eq!((verdict.refusal, verdict.open.len()), (None, 1));
}

#[tokio::test(start_paused = true)]
async fn what_the_app_may_not_read_is_said_and_refuses_nobody() {
    let (world, contoso, ..) = one_customer();
    contoso.block_domain(DOMAIN);
    let fewer = |without: &[&str]| PERMISSIONS.iter().copied().filter(|one| !without.contains(one)).collect::<Vec<_>>();
    contoso.consent(app(&world), &fewer(&["Policy.Read.B2BManagementPolicy"]));
    let verdict = judge(&world, &format!("ana@{DOMAIN}"), None).await;
    assert_eq!((verdict.refusal, verdict.open.len()), (None, 1), "the list alone");
    let asked = world.sim.requests().into_iter().any(|request| request.path.starts_with("/beta"));
    assert!(!asked, "without the permission the beta version is never asked");

    contoso.consent(app(&world), &fewer(&["Policy.Read.B2BManagementPolicy", "Policy.Read.All"]));
    contoso.revoke_tokens();
    world.pass(SignedDuration::from_mins(61)).await;
    let settings = world.engine().invitation_settings("contoso").await.expect("a customer");
    for unread in [
        matches!(settings.everybody, Known::Unread { passing: false, .. }),
        matches!(settings.partner, Known::Unread { .. }),
    ] {
        assert!(unread);
    }
    assert!(matches!(settings.own_domains, Known::Read(_)));
    // Given back, it is seen when the hour is over.
    contoso.consent(app(&world), PERMISSIONS);
    world.pass(SignedDuration::from_mins(61)).await;
    let refusal = judge(&world, &format!("ana@{DOMAIN}"), None).await.refusal.expect("refused");
    assert_eq!(refusal.setting.code(), "domain_blocked");
}

#[tokio::test(start_paused = true)]
async fn settings_are_kept_for_an_hour_and_a_refusal_rests_on_the_last_minute() {
    let (world, contoso, source, _) = one_customer();
    let ana = world.person("ana", &[source]);
    assert_eq!(refusing(&world, ana).await, None);
    let reads = |world: &World| {
        world.sim.requests().iter().filter(|request| request.path == "/policies/authorizationPolicy").count()
    };
    contoso.block_domain(DOMAIN);
    world.pass(SignedDuration::from_mins(59)).await;
    assert_eq!((refusing(&world, ana).await, reads(&world)), (None, 1), "as read an hour ago");
    world.pass(SignedDuration::from_mins(2)).await;
    assert_eq!((refusing(&world, ana).await, reads(&world)), (Some("domain_blocked"), 2));
    // Mended a moment later, nobody is refused for the rest of the hour.
    contoso.allow_domain(DOMAIN);
    contoso.unblock_domain(DOMAIN);
    world.pass(SignedDuration::from_secs(59)).await;
    assert_eq!((refusing(&world, ana).await, reads(&world)), (Some("domain_blocked"), 2));
    world.pass(SignedDuration::from_secs(2)).await;
    assert_eq!((refusing(&world, ana).await, reads(&world)), (None, 3));
}

#[tokio::test(start_paused = true)]
async fn a_failed_reading_is_not_kept() {
    let (world, contoso, source, _) = one_customer();
    let ana = world.person("ana", &[source]);
    contoso.set_inbound_of(world.partner.id(), &[DOMAIN], Some(Inbound::Blocked));
    let (route, down) = ("GET /policies/crossTenantAccessPolicy/partners/*", What::Status(503, "ServiceUnavailable"));
    world.sim.fault(Fault::new(route, When::For(Duration::from_secs(600)), down));
    let verdict = judge(&world, &format!("ana@{DOMAIN}"), Some(ana)).await;
    assert!(verdict.refusal.is_none() && verdict.open.len() == 1, "{verdict:?}");
    let kept = world.documents.list("inviting/").await.expect("the store works");
    assert_eq!(kept, Vec::<String>::new());
    world.pass(SignedDuration::from_mins(11)).await;
    assert_eq!(refusing(&world, ana).await, Some("cross_tenant_partner"));
}

#[tokio::test(start_paused = true)]
async fn words_that_nobody_knows_refuse_nobody() {
    let (world, contoso, source, _) = one_customer();
    let ana = world.person("ana", &[source]);
    let partner = world.partner.id();
    let users = |access: &str, target: &str, kind: &str| {
        serde_json::json!({ "tenantId": partner, "b2bCollaborationInbound": {
            "usersAndGroups": { "accessType": access, "targets": [{ "target": target, "targetType": kind }] },
        }})
    };
    for strange in [
        users("unknownFutureValue", "AllUsers", "user"),
        users("blocked", "AllRobots", "robot"),
        serde_json::json!({ "tenantId": Uuid::nil(), "b2bCollaborationInbound": null }),
        serde_json::json!({ "tenantId": partner, "b2bCollaborationInbound": { "usersAndGroups": "blocked" } }),
    ] {
        contoso.set_document(&format!("/policies/crossTenantAccessPolicy/partners/{partner}"), strange.clone());
        let verdict = judge(&world, &format!("ana@{DOMAIN}"), Some(ana)).await;
        assert!(verdict.refusal.is_none() && !verdict.open.is_empty(), "{strange}: {verdict:?}");
        world.pass(SignedDuration::from_mins(61)).await;
    }
    for strange in [
        "not JSON",
        "{}",
        r#"{"B2BManagementPolicy":{"InvitationsAllowedAndBlockedDomainsPolicy":{"BlockedDomains":"x"}}}"#,
    ] {
        let list = serde_json::json!({ "value": [{ "isOrganizationDefault": true, "definition": [strange] }] });
        contoso.set_document("/beta/policies/b2bManagementPolicies", list);
        let verdict = judge(&world, &format!("ana@{DOMAIN}"), Some(ana)).await;
        assert!(verdict.refusal.is_none() && !verdict.open.is_empty(), "{strange}: {verdict:?}");
        world.pass(SignedDuration::from_mins(61)).await;
    }
}
