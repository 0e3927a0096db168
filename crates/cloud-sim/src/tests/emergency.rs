//! What an audit of emergency accounts reads.

use super::World;
use crate::{
    AccessPolicy, Demand, DomainRules, MethodRules, NewUser, PERMISSIONS, RoleTerms, SignIn, SignInMethod, Targets,
    TenantHandle,
};
use serde_json::{Value, json};
use uuid::Uuid;

const ROLE: Uuid = Uuid::from_u128(0x62e9);
const MODEL: Uuid = Uuid::from_u128(0xaa);

/// Gives the user one of everything, and says what to ask about it.
pub(super) fn everything_of(tenant: &TenantHandle, user: Uuid) -> Vec<String> {
    let at = "2026-01-02T10:00:00Z".parse().expect("a time");
    for method in [
        SignInMethod::Password,
        SignInMethod::Key { model: MODEL, synced: false },
        SignInMethod::Phone,
        SignInMethod::Email,
        SignInMethod::Authenticator,
        SignInMethod::WindowsHello,
        SignInMethod::Codes,
        SignInMethod::AccessPass,
        SignInMethod::Certificate,
    ] {
        tenant.add_sign_in_method(user, method, at);
    }
    let device = tenant.add_device("PAW-1");
    tenant.register_device(user, device);
    tenant.own_device(user, device);
    tenant.grant_consent(user);
    tenant.set_risk(user, "atRisk");
    tenant.make_eligible(user, ROLE);
    tenant.assign_role(user, ROLE, "/");
    let strength = Demand::Strength(Uuid::from_u128(4), vec!["fido2".to_owned()]);
    let mut policy = AccessPolicy::for_all(Uuid::from_u128(0x1), "Strong", strength);
    policy.exclude = Targets { users: vec![user], ..Targets::default() };
    tenant.set_access_policies(&[policy, AccessPolicy::for_all(Uuid::from_u128(0x2), "Block", Demand::Block)]);
    let methods = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations";
    let roles = "/roleManagement/directory";
    vec![
        format!("/users/{user}/authentication/methods"),
        format!("/users/{user}/registeredDevices"),
        format!("/users/{user}/ownedDevices"),
        format!("/users/{user}/oauth2PermissionGrants"),
        format!("/users/{user}?$select=id,signInActivity,passwordPolicies,onPremisesImmutableId"),
        "/domains/contoso.onmicrosoft.com".to_owned(),
        "/policies/identitySecurityDefaultsEnforcementPolicy".to_owned(),
        format!("{methods}/fido2"),
        format!("{methods}/x509Certificate"),
        format!("/reports/authenticationMethods/userRegistrationDetails/{user}"),
        format!("/identityProtection/riskyUsers/{user}"),
        format!(
            "{roles}/roleAssignmentScheduleInstances?$filter=principalId eq '{user}' and roleDefinitionId eq '{ROLE}'"
        ),
        format!("{roles}/roleEligibilityScheduleInstances?$filter=principalId eq '{user}'"),
        "/identity/conditionalAccess/policies".to_owned(),
    ]
}

fn kinds(listed: &Value) -> Vec<&str> {
    let items = listed["value"].as_array().expect("a list").iter();
    let mut kinds: Vec<&str> = items.map(|item| item["@odata.type"].as_str().expect("a type")).collect();
    kinds.sort_unstable();
    kinds
}

#[tokio::test(start_paused = true)]
async fn methods_are_listed_without_certificates_which_the_report_alone_names() {
    let world = World::new().await;
    let user = world.tenant.add_user(NewUser::named("bg one"));
    let at = "2026-01-02T10:00:00Z".parse().expect("a time");
    world.tenant.add_sign_in_method(user, SignInMethod::Certificate, at);
    let key = world.tenant.add_sign_in_method(user, SignInMethod::Key { model: MODEL, synced: true }, at);
    let (methods, report) = (
        format!("/users/{user}/authentication/methods"),
        format!("/reports/authenticationMethods/userRegistrationDetails/{user}"),
    );
    let listed = world.get(&methods).await.body;
    assert_eq!(kinds(&listed), ["#microsoft.graph.fido2AuthenticationMethod"]);
    assert_eq!((&listed["value"][0]["aaGuid"], &listed["value"][0]["passkeyType"]), (&json!(MODEL), &json!("synced")));
    world.tenant.remove_sign_in_method(key);
    assert_eq!(kinds(&world.get(&methods).await.body), Vec::<&str>::new());
    assert_eq!(world.get(&report).await.body["methodsRegistered"], json!(["x509CertificateMultiFactor"]));
    world.tenant.disable_user(user);
    assert_eq!(world.get(&report).await.status, 404, "whoever is disabled is not listed");
}

#[tokio::test(start_paused = true)]
async fn a_role_has_terms_and_only_those_asked_for_are_shown() {
    let world = World::new().await;
    let (one, two) = (world.tenant.add_user(NewUser::named("one")), world.tenant.add_user(NewUser::named("two")));
    let held = world.tenant.assign_role(one, ROLE, "/");
    world.tenant.assign_role(two, ROLE, "/");
    world.tenant.make_eligible(two, ROLE);
    let instances = |what: &str, user: Uuid| {
        format!("/roleManagement/directory/role{what}ScheduleInstances?$filter=principalId eq '{user}'")
    };
    let shown = world.get(&instances("Assignment", one)).await.body;
    assert_eq!(shown["value"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&shown["value"][0]["assignmentType"], &shown["value"][0]["endDateTime"]),
        (&json!("Assigned"), &json!(null))
    );
    let ends = Some("2026-12-01T00:00:00Z".parse().expect("a time"));
    world.tenant.set_role_terms(held, RoleTerms { activated: true, through_group: true, ends });
    let shown = world.get(&instances("Assignment", one)).await.body;
    let terms = ["assignmentType", "memberType", "endDateTime"].map(|name| shown["value"][0][name].clone());
    assert_eq!(terms, [json!("Activated"), json!("Group"), json!("2026-12-01T00:00:00Z")]);
    for (user, count) in [(one, 0), (two, 1)] {
        let eligible = world.get(&instances("Eligibility", user)).await.body;
        assert_eq!(eligible["value"].as_array().map(Vec::len), Some(count));
    }
}

#[tokio::test(start_paused = true)]
async fn each_licence_and_permission_is_missed_in_its_own_words() {
    let mut world = World::new().await;
    let user = world.tenant.add_user(NewUser::named("one"));
    let (roles, risk) = (
        "/roleManagement/directory/roleEligibilityScheduleInstances".to_owned(),
        format!("/identityProtection/riskyUsers/{user}"),
    );
    assert_eq!((world.get(&roles).await.status, world.get(&risk).await.status), (200, 404));
    world.tenant.set_premium_p2(false);
    let refused = world.get(&roles).await;
    assert_eq!((refused.status, refused.code()), (400, "AadPremiumLicenseRequired"));
    assert_eq!(world.get(&risk).await.status, 403);
    let sign_ins = format!("/users/{user}?$select=id,signInActivity");
    assert_eq!(world.get(&sign_ins).await.body["signInActivity"], json!(null));
    for (at, error_code) in [("2026-11-01T10:00:00Z", 0), ("2026-11-02T10:00:00Z", 50126)] {
        let at = at.parse().expect("a time");
        world.tenant.sign_in(SignIn {
            user,
            upn: "one@contoso.onmicrosoft.com".into(),
            at,
            error_code,
            ip: "203.0.113.24".into(),
            app: "Azure Portal".into(),
            details: None,
        });
    }
    let activity = world.get(&sign_ins).await.body["signInActivity"].clone();
    assert_eq!(activity["lastSuccessfulSignInDateTime"], json!("2026-11-01T10:00:00Z"));
    assert_eq!(activity["lastSignInDateTime"], json!("2026-11-02T10:00:00Z"));
    world.tenant.set_premium(false);
    assert_eq!(world.get(&sign_ins).await.code(), "Authentication_RequestFromNonPremiumTenantOrB2CTenant");
    world.tenant.set_premium(true);
    let fewer: Vec<_> = PERMISSIONS.iter().filter(|name| **name != "AuditLog.Read.All").collect();
    world.tenant.consent(super::APP, &fewer);
    world.sign_in().await;
    assert_eq!(world.get(&sign_ins).await.code(), "Authorization_RequestDenied");
    assert_eq!(world.get(&format!("/users/{user}?$select=id")).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn policies_say_whom_they_are_about_and_which_keys_they_take() {
    let world = World::new().await;
    let (user, group) = (world.tenant.add_user(NewUser::named("one")), world.tenant.add_group("g"));
    everything_of(&world.tenant, user);
    let policies = world.get("/identity/conditionalAccess/policies").await.body;
    let strong = &policies["value"][0];
    assert_eq!(strong["conditions"]["users"]["includeUsers"], json!(["All"]));
    assert_eq!(strong["conditions"]["users"]["excludeUsers"], json!([user]));
    assert_eq!(strong["grantControls"]["authenticationStrength"]["allowedCombinations"], json!(["fido2"]));
    assert_eq!(policies["value"][1]["grantControls"]["builtInControls"], json!(["block"]));

    let path = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/fido2";
    assert_eq!(world.get(path).await.body["includeTargets"][0]["id"], json!("all_users"));
    let keys = Some((false, vec![MODEL]));
    world.tenant.set_method_rules("fido2", MethodRules { enabled: true, groups: vec![group], except: vec![], keys });
    let rules = world.get(path).await.body;
    assert_eq!(rules["includeTargets"][0]["id"], json!(group));
    let restrictions = json!({ "isEnforced": true, "enforcementType": "block", "aaGuids": [MODEL] });
    assert_eq!(rules["keyRestrictions"], restrictions);

    let domain = "/domains/contoso.onmicrosoft.com";
    assert_eq!(world.get(domain).await.body["passwordValidityPeriodInDays"], json!(null));
    world.tenant.set_domain("Contoso.onmicrosoft.com", DomainRules { federated: true, password_days: Some(90) });
    let shown = world.get(domain).await.body;
    assert_eq!(
        (&shown["authenticationType"], &shown["passwordValidityPeriodInDays"]),
        (&json!("Federated"), &json!(90))
    );
    assert_eq!(world.get("/domains/other.example").await.status, 404);
    world.tenant.set_security_defaults(true);
    let defaults = world.get("/policies/identitySecurityDefaultsEnforcementPolicy").await.body;
    assert_eq!(defaults["isEnabled"], json!(true));
}
