//! Something cannot be read: exactly its checks are unknown, and none passes for want of an answer.

use super::fit::Fit;
use super::{finding, numbers};
use access::fitness::{Cause, Report, Unread, Verdict};
use cloud_sim::{Fault, PERMISSIONS, What, When};
use std::collections::BTreeSet;

const ROLES: &str = "/roleManagement/directory";
const METHODS: &str = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations";
const INSIGHTS: &str = "/management/subscriptions/*/resourceGroups/*/providers/Microsoft.Insights";

/// Each read, and the checks that rest on it.
fn reads() -> Vec<(String, Vec<u8>)> {
    let of = |route: &str, checks: &[u8]| (format!("GET {route}"), checks.to_vec());
    vec![
        of("/users/*", &[1, 2, 3, 4, 16, 17]),
        of("/users/*/authentication/methods", &[7, 8, 9, 10]),
        of("/reports/authenticationMethods/userRegistrationDetails/*", &[9]),
        of(&format!("{ROLES}/roleAssignmentScheduleInstances"), &[5]),
        of(&format!("{ROLES}/roleEligibilityScheduleInstances"), &[6]),
        of(&format!("{ROLES}/roleAssignments"), &[26]),
        of("/users/*/transitiveMemberOf", &[12, 13, 15]),
        of("/users/*/registeredDevices", &[18]),
        of("/users/*/ownedDevices", &[18]),
        of("/users/*/ownedObjects", &[19]),
        of("/users/*/appRoleAssignments", &[19]),
        of("/users/*/oauth2PermissionGrants", &[19]),
        of("/identityProtection/riskyUsers/*", &[20]),
        of("/domains/*", &[4]),
        of("/policies/identitySecurityDefaultsEnforcementPolicy", &[11]),
        of("/identity/conditionalAccess/policies", &[12, 13, 14, 15]),
        of(&format!("{METHODS}/*"), &[10]),
        of("/groups/*", &[15]),
        of("/groups/*/transitiveMembers", &[15, 26]),
        of("/groups/*/owners", &[15]),
        of("/management/providers/microsoft.aadiam/diagnosticSettings", &[21]),
        ("POST /**".to_owned(), vec![22]),
        of(&format!("{INSIGHTS}/scheduledQueryRules/*"), &[23]),
        of(&format!("{INSIGHTS}/activityLogAlerts/*"), &[23]),
        of(&format!("{INSIGHTS}/actionGroups/*"), &[24]),
        of("/management/subscriptions/*/providers/Microsoft.AlertsManagement/actionRules", &[25]),
    ]
}

async fn check(what: What, cause: Cause) {
    for (on, expected) in reads() {
        let fit = Fit::new();
        let targets = match on.as_str() {
            // Either road to the workspace.
            "POST /**" => vec!["POST /logs/**".to_owned(), "POST /management/**".to_owned()],
            _ => vec![on.clone()],
        };
        targets.iter().for_each(|target| fit.world.sim.fault(Fault::new(target, When::Every, what)));
        let report = fit.audit().await;
        assert_eq!(numbers(&report, Verdict::Unknown), expected, "{on}: {:#?}", report.findings);
        assert_eq!(numbers(&report, Verdict::Fail), Vec::<u8>::new(), "{on}");
        for number in expected {
            let one = finding(&report, number);
            assert_eq!(one.causes, BTreeSet::from([cause]), "{on}: {one:?}");
            assert!(!one.reasons.is_empty() && one.todo.is_some(), "{on}: {one:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_forbidden_is_unknown_and_named() {
    check(What::Status(403, "Authorization_RequestDenied"), Cause::Forbidden).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_throttled_is_unknown() {
    check(What::Throttle { retry_after: None }, Cause::Throttled).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_service_cannot_say_is_unknown() {
    check(What::Status(503, "ServiceUnavailable"), Cause::Failed).await;
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_named_in_the_reason() {
    for (permission, number) in [
        ("UserAuthenticationMethod.Read.All", 7),
        ("IdentityRiskyUser.Read.All", 20),
        ("Domain.Read.All", 4),
        ("Policy.Read.All", 12),
        ("AuditLog.Read.All", 17),
    ] {
        let fit = Fit::new();
        let fewer: Vec<&str> = PERMISSIONS.iter().copied().filter(|name| *name != permission).collect();
        fit.tenant.consent(super::super::world::APP, &fewer);
        let report = fit.audit().await;
        let one = finding(&report, number);
        assert_eq!((one.verdict, one.reasons[0].contains(permission)), (Verdict::Unknown, true), "{one:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_licences_what_needs_them_is_unknown_and_the_rest_is_not() {
    let fit = Fit::new();
    fit.tenant.set_premium(false);
    let report = fit.audit().await;
    assert_eq!(numbers(&report, Verdict::Unknown), [9, 17]);
    assert_eq!(finding(&report, 17).causes, BTreeSet::from([Cause::NoLicence]));

    let fit = Fit::new();
    fit.tenant.set_premium_p2(false);
    let report = fit.audit().await;
    assert_eq!(numbers(&report, Verdict::Unknown), [20]);
    assert_eq!(numbers(&report, Verdict::NotApplicable), [6]);
    assert_eq!(finding(&report, 5).verdict, Verdict::Pass, "without activation the plain list is enough");
    fit.tenant.unassign_role(fit.roles[0]);
    assert_eq!(numbers(&fit.audit().await, Verdict::Fail), [5]);
}

#[tokio::test(start_paused = true)]
async fn what_the_configuration_does_not_say_is_unknown() {
    let mut fit = Fit::new();
    let accounts = std::mem::take(&mut fit.declared().accounts);
    *fit.declared() = access::config::BreakGlass { accounts, ..Default::default() };
    fit.last_drill = Err(Unread::new(Cause::NotConfigured, "no drills are kept"));
    let report = fit.audit().await;
    assert_eq!(numbers(&report, Verdict::Unknown), [17, 21, 22, 23, 24, 25, 27]);
    assert_eq!(numbers(&report, Verdict::Fail), [18], "the workstation is not named any more");
    fit.declared().accounts.clear();
    let report = fit.audit().await;
    assert_eq!(numbers(&report, Verdict::Pass), [11, 26], "only what is no matter of accounts");
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_shuts_us_out_passes_nothing_but_what_people_vouched_for() {
    let passed = |report: &Report| numbers(report, Verdict::Pass);
    let fit = Fit::new();
    fit.tenant.withdraw_consent(super::super::world::APP);
    let report = fit.audit().await;
    assert_eq!((passed(&report), numbers(&report, Verdict::Fail)), (vec![27], vec![]));
    let fit = Fit::new();
    fit.tenant.set_azure_roles(false);
    let report = fit.audit().await;
    assert_eq!(numbers(&report, Verdict::Unknown), [21, 22, 23, 24, 25]);
}
