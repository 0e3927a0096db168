//! Every key at once, and nothing but the required ones.

use super::{CONTOSO, PROGRAM, check, config};
use crate::config::{
    Accept, Address, CallerAuth, Cloud, Disable, Drift, Limits, May, Mode, Oddity, Ownership, SecretRef, StoreAccess,
    StoreCredential, TargetGroup, notices, secrets,
};
use expect_test::expect;
use jiff::SignedDuration;

pub(super) const FULL_PROGRAM: &str = include_str!("full/gatehouse.toml");
pub(super) const FULL_CUSTOMER: &str = include_str!("full/contoso.toml");
pub(super) const FULL_PROFILE: &str = include_str!("full/standard.toml");

pub(super) const FULL: [(&str, &str); 3] = [
    ("gatehouse.toml", FULL_PROGRAM),
    ("customers/contoso.toml", FULL_CUSTOMER),
    ("profiles/standard.toml", FULL_PROFILE),
];

#[test]
fn a_folder_with_every_key_has_no_problem() {
    let config = config(&FULL);
    assert_eq!(config.address, Address::MailElseUpn);
    assert_eq!(config.sync_every, SignedDuration::from_mins(5));
    assert_eq!(config.store_url, "s3://northwind-gatehouse/prod");
    let secret = SecretRef::Env("GATEHOUSE_S3_SECRET".into());
    let credential = StoreCredential::AccessKey { id: "AKIAIOSFODNN7EXAMPLE".into(), secret };
    let endpoint = Some("https://objects.northwind.example".to_owned());
    let access = StoreAccess { endpoint, region: Some("eu-central-1".into()), credential: Some(credential) };
    assert_eq!(config.store_access, access);
    assert_eq!(config.limits, Limits::default());
    let caller = &config.callers["servicenow"];
    assert_eq!(caller.auth, CallerAuth::StandardWebhooks(vec![SecretRef::Env("SERVICENOW_SECRET".into())]));
    assert_eq!(caller.may, [May::Request].into());
    assert_eq!(caller.customers, Some(["contoso".to_owned()].into()));

    let [contoso] = config.customers.as_slice() else { panic!("one customer") };
    assert_eq!((contoso.name.as_str(), contoso.display_name.as_str()), ("contoso", "Contoso Ltd"));
    assert_eq!(contoso.mode, Mode::Observe);
    assert_eq!(
        contoso.packages.iter().map(|package| package.name.as_str()).collect::<Vec<_>>(),
        ["second-line", "shared"]
    );
    let package = &contoso.packages[0];
    assert!(
        matches!(&package.groups[..], [TargetGroup::Id(_), TargetGroup::Create { name }] if name == "Partner second line")
    );
    assert_eq!((package.ownership, package.drift), (Ownership::Ours, Drift::Respect));
    assert_eq!(package.accept, [Accept { oddity: Oddity::HasLicences, reason: "they pay for it".into() }]);
    let requests = package.requests.as_ref().expect("people can ask for it");
    assert_eq!(requests.duration_max, SignedDuration::from_hours(72));
    let accounts = &contoso.break_glass.accounts;
    assert_eq!(accounts.len(), 2);
    assert!(contoso.protect.contains(&accounts[0].id.into()), "break-glass accounts are protected");
}

#[test]
fn whoever_gives_roles_is_told_what_that_needs() {
    expect!["customer contoso, package second-line: `roles` needs the permission RoleManagement.ReadWrite.Directory there, which makes the app as powerful as a Global Administrator. Without it plans list who is to be given or to lose which role, for a person to do by hand."].assert_eq(&notices(&config(&FULL)).join("\n"));
    let without = config(&[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", CONTOSO)]);
    assert_eq!(notices(&without), Vec::<String>::new());
}

#[test]
fn what_is_not_said_has_the_documented_default() {
    let config = config(&[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", CONTOSO)]);
    assert_eq!(config.cloud, Cloud::Public);
    assert_eq!((config.store_url.as_str(), config.store_access), ("file:state", StoreAccess::default()));
    assert_eq!(config.sync_every, SignedDuration::from_mins(5));
    assert_eq!((config.invitations.per_tenant_per_hour, config.invitations.per_tenant_per_day), (20, 100));
    assert!(!config.invitations.mail);
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    assert_eq!((config.invitations.resend_after, config.invitations.give_up_after), (days(3), days(14)));
    assert_eq!((config.leavers.disable, config.leavers.disable_after), (Disable::Left, SignedDuration::ZERO));
    assert_eq!((config.leavers.delete_after, config.leavers.revoke_sessions), (None, false));
    let contoso = &config.customers[0];
    assert_eq!((contoso.display_name.as_str(), contoso.mode), ("contoso", Mode::Observe));
    assert_eq!(contoso.packages[0].limits, Limits::default());
    assert_eq!(contoso.packages[0].requests, None);
}

#[test]
fn the_secrets_that_a_deployment_must_hold_are_listed_with_their_use() {
    let used: Vec<_> =
        secrets(&config(&FULL)).into_iter().map(|(secret, used)| format!("{used}: {secret:?}")).collect();
    expect![[r#"
        app.credential.certificate: Env("GATEHOUSE_CERTIFICATE")
        apps.audit.credential.certificate: Env("GATEHOUSE_AUDIT_CERTIFICATE")
        store.credential.secret: Env("GATEHOUSE_S3_SECRET")
        customers.contoso.break_glass.webhook.key: Env("CONTOSO_ALERT_KEY")
        customers.contoso.break_glass.webhook.key: Env("CONTOSO_ALERT_KEY_OLD")
        callers.autotask.auth.api_key: Env("AUTOTASK_KEY")
        callers.connectwise.auth.api_key: Env("CONNECTWISE_KEY")
        callers.dashboard.auth.api_key: Env("DASHBOARD_KEY")
        callers.dashboard.auth.api_key: Env("DASHBOARD_KEY_OLD")
        callers.freshservice.auth.api_key: Env("FRESHSERVICE_KEY")
        callers.halo.auth.api_key: Env("HALO_KEY")
        callers.jira.auth.api_key: Env("JIRA_KEY")
        callers.servicenow.auth.standard_webhooks: Env("SERVICENOW_SECRET")
        callers.servicenow.callback_auth.basic: Env("SERVICENOW_CALLBACK")
        callers.snow.auth.api_key: Env("SNOW_KEY")
        callers.zendesk.auth.api_key: Env("ZENDESK_KEY")
        callers.autotask.ticket.autotask.auth: Env("AUTOTASK_USER")
        callers.autotask.ticket.autotask.integration_code: Env("AUTOTASK_CODE")
        callers.connectwise.ticket.connectwise.auth: Env("CONNECTWISE_API_KEY")
        callers.freshservice.ticket.freshservice.auth: Env("FRESHSERVICE_API_KEY")
        callers.halo.ticket.halopsa.client: Env("HALO_CLIENT")
        callers.jira.ticket.jira.auth: Env("JIRA_TOKEN")
        callers.snow.ticket.servicenow.client: Env("SNOW_CLIENT")
        callers.zendesk.ticket.zendesk.auth: Env("ZENDESK_TOKEN")
        channels.chat.slack.token: Env("SLACK_TOKEN")
        channels.chat.slack.signing_secret: Env("SLACK_SIGNING_SECRET")
        channels.chat-hook.slack: Env("SLACK_URL")
        channels.contoso/theirs.webhook.secret: Env("CONTOSO_SOC")
        channels.duty.pagerduty: Env("PAGERDUTY_ROUTING_KEY")
        channels.duty-and-back.pagerduty.key: Env("PAGERDUTY_OTHER_KEY")
        channels.duty-and-back.pagerduty.webhook_secret: Env("PAGERDUTY_WEBHOOK")
        channels.duty-and-back.pagerduty.webhook_secret: Env("PAGERDUTY_WEBHOOK_OLD")
        channels.hook.webhook.secret: Env("HOOK_SECRET")
        channels.operations.jsm.token: Env("JSM_TOKEN")
        channels.ops.teams: Env("TEAMS_FLOW_URL")
        channels.phones.twilio.token: Env("TWILIO_TOKEN")
        channels.post.smtp.password: Env("SMTP_PASSWORD")
        channels.records.servicenow.password: Env("SERVICENOW_PASSWORD")
        channels.topic.sns.access_key: Env("SNS_ACCESS_KEY")
        channels.topic.sns.secret_key: Env("SNS_SECRET_KEY")
        break_glass.heartbeat: Env("HEARTBEAT_URL")"#]]
    .assert_eq(&used.join("\n"));
}

#[test]
fn an_empty_folder_says_what_is_missing() {
    check(
        &[],
        expect![[r#"
        gatehouse.toml: there is no such file in the folder
        gatehouse.toml: warning: there are no customers
          hint: write customers/<name>.toml
    "#]],
    );
}

#[test]
fn files_that_nobody_reads_are_said_and_others_are_none_of_our_business() {
    check(
        &[
            ("gatehouse.toml", PROGRAM),
            ("customers/contoso.toml", CONTOSO),
            ("customer/fabrikam.toml", CONTOSO),
            ("customers/old/fabrikam.toml", CONTOSO),
            ("contoso.toml", CONTOSO),
            ("README.md", "# Ours"),
            ("ca.pem", ""),
        ],
        expect![[r#"
            contoso.toml: warning: is not read
              hint: configuration is gatehouse.toml, customers/<name>.toml and profiles/<name>.toml
            customer/fabrikam.toml: warning: is not read
              hint: configuration is gatehouse.toml, customers/<name>.toml and profiles/<name>.toml
            customers/old/fabrikam.toml: warning: is not read
              hint: configuration is gatehouse.toml, customers/<name>.toml and profiles/<name>.toml
        "#]],
    );
}
