//! One thing is wrong: exactly its check fails.

use super::fit::{BLOCKING, EXPORT, Fit, GLOBAL, MFA, MODEL, STRONG, action_group, arm, at, rule, tamper, workspace};
use super::{finding, numbers};
use access::fitness::Verdict;
use access::incidents::Severity;
use cloud_sim::{Demand, DomainRules, GroupSettings, MethodRules, NewUser, RoleTerms, SignInMethod, Targets};
use serde_json::json;
use uuid::Uuid;

/// What is wrong, how it comes about, and which checks fail for it.
type Case = (&'static str, fn(&mut Fit), &'static [u8]);

async fn check(cases: &[Case]) {
    for (what, break_it, expected) in cases {
        let mut fit = Fit::new();
        break_it(&mut fit);
        let report = fit.audit().await;
        assert_eq!(numbers(&report, Verdict::Fail), *expected, "{what}: {:#?}", report.findings);
        let silent = report.findings.iter().filter(|one| one.verdict != Verdict::Pass && one.reasons.is_empty());
        assert_eq!(silent.count(), 0, "{what}");
        for number in *expected {
            assert!(finding(&report, *number).todo.is_some(), "{what}: nothing to do");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_accounts() {
    check(&[
        ("one was deleted", |fit| fit.tenant.purge_user(fit.accounts[1]), &[1]),
        ("only one is declared", |fit| fit.declared().accounts.truncate(1), &[1, 15]),
        ("nobody is declared", |fit| fit.declared().accounts.clear(), &[1]),
        ("one was renamed", |fit| fit.tenant.rename_user(fit.accounts[0], "ops1@contoso.onmicrosoft.com"), &[1]),
        ("one is a guest", |fit| fit.tenant.set_guest(fit.accounts[1], true), &[2]),
        ("one is disabled", |fit| fit.tenant.disable_user(fit.accounts[1]), &[2]),
        ("one is synchronised", |fit| fit.tenant.set_on_premises(fit.accounts[0]), &[3]),
        ("one can be taken over", |fit| fit.tenant.set_immutable_id(fit.accounts[0], "aGVsbG8="), &[3]),
        ("the domain is federated", |fit| federate(fit), &[4]),
        ("the password expires", |fit| expire(fit), &[16]),
        ("a device", |fit| fit.tenant.register_device(fit.accounts[1], fit.tenant.add_device("laptop")), &[18]),
        ("a device of its own", |fit| fit.tenant.own_device(fit.accounts[1], fit.tenant.add_device("laptop")), &[18]),
        ("it owns a group", |fit| fit.tenant.add_owner(fit.tenant.add_group("Sales"), fit.accounts[0]), &[19]),
        ("it consented", |fit| consent(fit), &[19]),
        ("it was assigned an app", |fit| fit.tenant.assign_app_role(fit.accounts[0], "CRM"), &[19]),
        ("it is at risk", |fit| fit.tenant.set_risk(fit.accounts[1], "atRisk"), &[20]),
    ])
    .await;
}

fn consent(fit: &mut Fit) {
    fit.tenant.grant_consent(fit.accounts[0]);
}

fn federate(fit: &mut Fit) {
    fit.tenant.set_domain("contoso.onmicrosoft.com", DomainRules { federated: true, password_days: None });
}

fn expire(fit: &mut Fit) {
    fit.tenant.set_password_policies(fit.accounts[1], None);
    fit.tenant.set_domain("contoso.onmicrosoft.com", DomainRules { federated: false, password_days: Some(90) });
}

#[tokio::test(start_paused = true)]
async fn a_custom_domain_is_advised_against_and_found_out_by_the_name_that_the_account_has_now() {
    let mut fit = Fit::new();
    fit.tenant.verify_domain("contoso.example");
    fit.tenant.rename_user(fit.accounts[0], "bg1@contoso.example");
    fit.declared().accounts[0].upn = "bg1@contoso.example".into();
    let report = fit.audit().await;
    assert_eq!(numbers(&report, Verdict::Fail), [4]);
    assert_eq!(finding(&report, 4).severity, Severity::Warning);
    fit.declared().accounts[0].upn = "bg1@contoso.onmicrosoft.com".into();
    let report = fit.audit().await;
    assert_eq!(numbers(&report, Verdict::Fail), [1, 4]);
}

#[tokio::test(start_paused = true)]
async fn the_roles() {
    check(&[
        ("it ends", |fit| ends(fit), &[5]),
        ("it was activated", |fit| activated(fit), &[5]),
        ("it comes through a group", |fit| through_a_group(fit), &[5]),
        ("it is only eligible", |fit| only_eligible(fit), &[5, 6]),
        ("within a unit", |fit| within_a_unit(fit), &[5]),
        ("five others", |fit| others(fit, 4), &[26]),
        ("a group of others", |fit| a_group_of_others(fit), &[26]),
    ])
    .await;
    // Whoever is eligible beside the permanent role does no harm, and four others are few enough.
    let mut fit = Fit::new();
    fit.tenant.make_eligible(fit.accounts[0], GLOBAL);
    others(&mut fit, 3);
    assert_eq!(fit.audit().await.verdict(), Verdict::Pass);
}

fn ends(fit: &mut Fit) {
    let ends = Some(at("2027-01-01T00:00:00Z"));
    fit.tenant.set_role_terms(fit.roles[1], RoleTerms { ends, ..RoleTerms::default() });
}

fn activated(fit: &mut Fit) {
    fit.tenant.set_role_terms(fit.roles[1], RoleTerms { activated: true, ..RoleTerms::default() });
}

fn through_a_group(fit: &mut Fit) {
    fit.tenant.set_role_terms(fit.roles[1], RoleTerms { through_group: true, ..RoleTerms::default() });
}

fn only_eligible(fit: &mut Fit) {
    fit.tenant.unassign_role(fit.roles[1]);
    fit.tenant.make_eligible(fit.accounts[1], GLOBAL);
}

fn within_a_unit(fit: &mut Fit) {
    fit.tenant.unassign_role(fit.roles[1]);
    let unit = fit.tenant.add_unit("Branch");
    fit.tenant.assign_role(fit.accounts[1], GLOBAL, &format!("/administrativeUnits/{unit}"));
}

fn others(fit: &mut Fit, count: usize) {
    for number in 0..count {
        let one = fit.tenant.add_user(NewUser::named(&format!("admin {number}")));
        fit.tenant.assign_role(one, GLOBAL, "/");
    }
}

fn a_group_of_others(fit: &mut Fit) {
    let settings = GroupSettings { assignable_to_role: true, ..GroupSettings::named("Admins") };
    let group = fit.tenant.add_group_with_id(Uuid::from_u128(0x9009), settings);
    for number in 0..4 {
        fit.tenant.add_member(group, fit.tenant.add_user(NewUser::named(&format!("admin {number}"))));
    }
    fit.tenant.assign_role(group, GLOBAL, "/");
}

#[tokio::test(start_paused = true)]
async fn the_methods() {
    check(&[
        ("a password alone", |fit| only_password(fit), &[7]),
        ("one key", |fit| fit.tenant.remove_sign_in_method(fit.methods[0][1]), &[8]),
        ("one key, shown twice", |fit| same_key_twice(fit), &[8]),
        ("a telephone", |fit| add_method(fit, SignInMethod::Phone), &[9]),
        ("a mailbox", |fit| add_method(fit, SignInMethod::Email), &[9]),
        ("an authenticator", |fit| add_method(fit, SignInMethod::Authenticator), &[9]),
        ("a computer", |fit| add_method(fit, SignInMethod::WindowsHello), &[9]),
        ("codes", |fit| add_method(fit, SignInMethod::Codes), &[9]),
        ("an access pass", |fit| add_method(fit, SignInMethod::AccessPass), &[9]),
        ("a synced key", |fit| add_method(fit, SignInMethod::Key { model: MODEL, synced: true }), &[9]),
        ("self-service reset", |fit| fit.tenant.register_password_reset(fit.accounts[1]), &[9]),
        ("keys are off", |fit| key_rules(fit, MethodRules::default()), &[10]),
        ("keys are for others", |fit| for_others(fit), &[10]),
        ("keys are for all but these", |fit| for_all_but_these(fit), &[10]),
        ("other models only", |fit| other_models(fit), &[10]),
        ("this model is refused", |fit| this_model_refused(fit), &[10]),
    ])
    .await;
}

fn only_password(fit: &mut Fit) {
    fit.methods[1][1..].iter().for_each(|key| fit.tenant.remove_sign_in_method(*key));
}

fn same_key_twice(fit: &mut Fit) {
    fit.tenant.remove_sign_in_method(fit.methods[0][2]);
    let key = SignInMethod::Key { model: MODEL, synced: false };
    fit.tenant.add_sign_in_method(fit.accounts[0], key, at("2026-01-01T10:00:00Z"));
}

fn add_method(fit: &mut Fit, method: SignInMethod) {
    fit.tenant.add_sign_in_method(fit.accounts[0], method, at("2026-02-01T10:00:00Z"));
}

fn key_rules(fit: &mut Fit, rules: MethodRules) {
    fit.tenant.set_method_rules("fido2", rules);
}

fn for_others(fit: &mut Fit) {
    let sales = fit.tenant.add_group("Sales");
    key_rules(fit, MethodRules { enabled: true, groups: vec![sales], ..MethodRules::default() });
}

fn for_all_but_these(fit: &mut Fit) {
    let except = vec![fit.group];
    key_rules(fit, MethodRules { enabled: true, except, ..MethodRules::default() });
}

fn other_models(fit: &mut Fit) {
    let keys = Some((true, vec![Uuid::from_u128(0xbb)]));
    key_rules(fit, MethodRules { enabled: true, keys, ..MethodRules::default() });
}

fn this_model_refused(fit: &mut Fit) {
    key_rules(fit, MethodRules { enabled: true, keys: Some((false, vec![MODEL])), ..MethodRules::default() });
}

#[tokio::test(start_paused = true)]
async fn a_certificate_is_as_good_as_keys_where_the_policy_lets_it() {
    let mut fit = Fit::new();
    only_password(&mut fit);
    fit.tenant.add_sign_in_method(fit.accounts[1], SignInMethod::Certificate, at("2026-02-01T10:00:00Z"));
    assert_eq!(numbers(&fit.audit().await, Verdict::Fail), [10]);
    fit.tenant.set_method_rules("x509Certificate", MethodRules { enabled: true, ..MethodRules::default() });
    assert_eq!(fit.audit().await.verdict(), Verdict::Pass);
}

#[tokio::test(start_paused = true)]
async fn older_advice_is_named_as_out_of_date() {
    let mut fit = Fit::new();
    for number in 0..2 {
        fit.methods[number][1..].iter().for_each(|key| fit.tenant.remove_sign_in_method(*key));
    }
    fit.policies.remove(STRONG);
    let report = fit.audit().await;
    assert_eq!(numbers(&report, Verdict::Fail), [7, 13]);
    let (method, required) = (&finding(&report, 7).reasons[0], &finding(&report, 13).reasons[0]);
    assert!(method.contains("locked out of the portals") && method.contains("older advice"), "{method}");
    assert!(required.contains("older advice"), "{required}");
    assert_eq!(finding(&report, 12).verdict, Verdict::Pass, "both are reported");
}

#[tokio::test(start_paused = true)]
async fn conditional_access() {
    check(&[
        ("security defaults", |fit| fit.tenant.set_security_defaults(true), &[11]),
        ("nobody is left out", |fit| fit.policies[MFA].exclude = Targets::default(), &[12]),
        ("nobody is left out on trial", |fit| fit.policies[2].exclude = Targets::default(), &[12]),
        ("none of their own", |fit| drop(fit.policies.remove(STRONG)), &[13]),
        (
            "of their own, on trial",
            |fit| fit.policies[STRONG].state = "enabledForReportingButNotEnforced".into(),
            &[13],
        ),
        ("of their own, weak", |fit| fit.policies[STRONG].demand = Demand::Control("mfa".into()), &[12, 13]),
        ("of their own, from one place", |fit| from_one_place(fit), &[12, 13]),
        ("one group alone", |fit| fit.policies[BLOCKING].exclude.users.clear(), &[14]),
        ("blocked", |fit| fit.policies[BLOCKING].exclude = Targets::default(), &[12, 14]),
        ("an owner", |fit| fit.tenant.add_owner(fit.group, fit.tenant.add_user(NewUser::named("bob"))), &[15]),
        ("a stranger", |fit| fit.tenant.add_member(fit.group, fit.tenant.add_user(NewUser::named("bob"))), &[15]),
        ("a plain group", |fit| fit.tenant.set_group(fit.group, |group| group.assignable_to_role = false), &[15]),
        (
            "a rule fills it",
            |fit| fit.tenant.set_group(fit.group, |group| group.membership_rule = Some("x".into())),
            &[15],
        ),
        ("it is synchronised", |fit| fit.tenant.set_group(fit.group, |group| group.on_premises = true), &[15]),
        ("a declared group is not there", |fit| declared_group_gone(fit), &[15]),
    ])
    .await;
}

fn from_one_place(fit: &mut Fit) {
    let locations = json!({ "includeLocations": ["00000000-0000-0000-0000-0000000000aa"], "excludeLocations": [] });
    fit.policies[STRONG].conditions.insert("locations".into(), locations);
}

fn declared_group_gone(fit: &mut Fit) {
    fit.declared().guarded.groups.push(access::ids::GroupId(Uuid::from_u128(0xdead)));
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_is_on_trial_is_a_warning_and_one_that_is_enforced_is_not() {
    for (place, severity) in [(MFA, Severity::High), (2, Severity::Warning)] {
        let mut fit = Fit::new();
        fit.policies[place].exclude = Targets::default();
        assert_eq!(finding(&fit.audit().await, 12).severity, severity);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restricted_unit_guards_a_group_as_well() {
    let fit = Fit::new();
    fit.tenant.set_group(fit.group, |group| {
        (group.assignable_to_role, group.management_restricted) = (false, true);
    });
    assert_eq!(fit.audit().await.verdict(), Verdict::Pass);
}

#[tokio::test(start_paused = true)]
async fn what_watches() {
    check(&[
        (
            "a category is missing",
            |fit| fit.change(EXPORT, |export| export["logs"][1]["enabled"] = json!(false)),
            &[21],
        ),
        ("another workspace", |fit| fit.change(EXPORT, |export| export["workspaceId"] = json!(arm("x/y", "z"))), &[21]),
        ("nothing is exported", |fit| fit.tenant.remove_resource(EXPORT), &[21]),
        ("nothing arrives", |fit| nothing_arrives(fit), &[22]),
        ("a rule is off", |fit| fit.change(&rule("sign-ins"), |rule| rule["enabled"] = json!(false)), &[23]),
        ("a rule resolves", |fit| fit.change(&rule("sign-ins"), |rule| rule["autoMitigate"] = json!(true)), &[23]),
        (
            "a rule is mute",
            |fit| fit.change(&rule("silent"), |rule| rule["muteActionsDuration"] = json!("PT1H")),
            &[23],
        ),
        (
            "a rule is slow",
            |fit| fit.change(&rule("silent"), |rule| rule["evaluationFrequency"] = json!("PT10M")),
            &[23],
        ),
        (
            "a rule is a day slow",
            |fit| fit.change(&rule("silent"), |rule| rule["evaluationFrequency"] = json!("P1D")),
            &[23],
        ),
        ("a rule is not severe", |fit| fit.change(&rule("silent"), |rule| rule["severity"] = json!(1)), &[23]),
        (
            "a rule looks elsewhere",
            |fit| fit.change(&rule("silent"), |rule| rule["scopes"] = json!([arm("x/y", "z")])),
            &[23],
        ),
        ("a rule calls others", |fit| calls_others(fit), &[23]),
        ("a rule waits for two", |fit| waits_for_two(fit), &[23]),
        ("a rule compares names", |fit| compares_names(fit), &[23]),
        ("a rule forgets one", |fit| forgets_one(fit), &[23]),
        ("a rule is gone", |fit| fit.tenant.remove_resource(&rule("silent")), &[23]),
        ("nothing looks at sign-ins", |fit| drop(fit.declared().rules.remove(0)), &[23]),
        ("the tamper rule is off", |fit| fit.change(&tamper(), |rule| rule["enabled"] = json!(false)), &[23]),
        ("the group is off", |fit| fit.change(&action_group(), |group| group["enabled"] = json!(false)), &[24]),
        ("we are not told", |fit| fit.change(&action_group(), |group| group["webhookReceivers"] = json!([])), &[24]),
        ("we are told of another", |fit| told_of_another(fit), &[24]),
        ("another schema", |fit| another_schema(fit), &[24]),
        ("nobody else is told", |fit| fit.change(&action_group(), |group| group["emailReceivers"] = json!([])), &[24]),
        ("they opted out", |fit| opted_out(fit), &[24]),
        ("the group is gone", |fit| fit.tenant.remove_resource(&action_group()), &[24]),
        ("suppressed by the workspace", |fit| suppress(fit, &workspace(), None), &[25]),
        ("suppressed by the resource group", |fit| suppress(fit, &group_of_resources(), None), &[25]),
        ("suppressed till tomorrow", |fit| suppress(fit, &group_of_resources(), Some("2026-11-03T00:00:00")), &[25]),
    ])
    .await;
    for (scope, until) in [(group_of_resources() + "-2", None), (workspace(), Some("2026-10-31T00:00:00"))] {
        let mut fit = Fit::new();
        suppress(&mut fit, &scope, until);
        assert_eq!(fit.audit().await.verdict(), Verdict::Pass, "{scope} {until:?}");
    }
}

fn nothing_arrives(fit: &mut Fit) {
    fit.tenant.set_workspace(Uuid::from_u128(0x77), |workspace| workspace.tables.clear());
}

fn calls_others(fit: &mut Fit) {
    let groups = json!([arm("Microsoft.Insights/actionGroups", "others")]);
    fit.change(&rule("sign-ins"), |rule| rule["actions"]["actionGroups"] = groups);
}

fn waits_for_two(fit: &mut Fit) {
    fit.change(&rule("sign-ins"), |rule| rule["criteria"]["allOf"][0]["threshold"] = json!(1));
}

fn compares_names(fit: &mut Fit) {
    let [one, two] = fit.accounts;
    let query = format!("SigninLogs | where UserPrincipalName contains \"bg\" or UserId in (\"{one}\", \"{two}\")");
    fit.change(&rule("sign-ins"), |rule| rule["criteria"]["allOf"][0]["query"] = json!(query));
}

fn forgets_one(fit: &mut Fit) {
    let query = format!("SigninLogs | where UserId == \"{}\"", fit.accounts[0]);
    fit.change(&rule("sign-ins"), |rule| rule["criteria"]["allOf"][0]["query"] = json!(query));
}

fn told_of_another(fit: &mut Fit) {
    let uri = json!("https://gatehouse.example/api/v1/alerts/contoso-2?code=key");
    fit.change(&action_group(), |group| group["webhookReceivers"][0]["serviceUri"] = uri);
}

fn another_schema(fit: &mut Fit) {
    fit.change(&action_group(), |group| group["webhookReceivers"][0]["useCommonAlertSchema"] = json!(false));
}

fn opted_out(fit: &mut Fit) {
    fit.change(&action_group(), |group| group["emailReceivers"][0]["status"] = json!("Disabled"));
}

fn group_of_resources() -> String {
    format!("/subscriptions/{}/resourceGroups/RG-Monitor", super::fit::SUBSCRIPTION)
}

fn suppress(fit: &mut Fit, scope: &str, until: Option<&str>) {
    let schedule = until.map(|until| json!({ "effectiveUntil": until, "timeZone": "UTC" }));
    let properties = json!({
        "enabled": true, "scopes": [scope], "actions": [{ "actionType": "RemoveAllActionGroups" }], "schedule": schedule,
    });
    fit.tenant
        .set_resource(&arm("Microsoft.AlertsManagement/actionRules", "night"), json!({ "properties": properties }));
}

#[tokio::test(start_paused = true)]
async fn what_people_do() {
    check(&[
        ("no drill", |fit| fit.last_drill = Ok(None), &[17]),
        ("an old drill", |fit| fit.last_drill = Ok(Some(at("2026-08-03T09:00:00Z"))), &[17]),
        ("a drill without a sign-in", |fit| fit.last_drill = Ok(Some(at("2026-10-30T09:00:00Z"))), &[17]),
        ("an account that nobody tried", |fit| never_tried(fit), &[17]),
        ("an old word", |fit| attested(fit, "2026-08-03"), &[27]),
        ("a word from the future", |fit| attested(fit, "2026-11-03"), &[27]),
    ])
    .await;
}

fn never_tried(fit: &mut Fit) {
    let upn = "bg3@contoso.onmicrosoft.com";
    let mut new = NewUser::named("bg3");
    new.upn = Some(upn.into());
    let account = fit.tenant.add_user(new);
    fit.tenant.set_password_policies(account, Some("DisablePasswordExpiration"));
    for hour in ["10", "11"] {
        let key = SignInMethod::Key { model: MODEL, synced: false };
        fit.tenant.add_sign_in_method(account, key, at(&format!("2026-01-01T{hour}:00:00Z")));
    }
    fit.tenant.assign_role(account, GLOBAL, "/");
    fit.tenant.add_member(fit.group, account);
    for name in ["sign-ins", "silent"] {
        fit.change(&rule(name), |rule| {
            let query = rule["criteria"]["allOf"][0]["query"].as_str().expect("a query");
            rule["criteria"]["allOf"][0]["query"] = json!(format!("{query} | where UserId != \"{account}\""));
        });
    }
    let id = access::ids::GuestId(account);
    fit.declared().accounts.push(access::config::BreakGlassAccount { id, upn: upn.into() });
}

fn attested(fit: &mut Fit, on: &str) {
    let said = fit.declared().attested.as_mut().expect("it is declared");
    said.on = on.parse().expect("a date");
}
