use super::stand::{self, channel, resolve, secret};
use access::config::{RecordAuth, Service};

#[test]
fn a_channel_is_made_of_its_secrets_and_shows_only_its_host() {
    for (service, host) in [
        (stand::teams(), "flow.example"),
        (stand::slack_webhook(), "hooks.slack.com"),
        (stand::slack_app(), "slack.com"),
        (stand::pagerduty(), "events.pagerduty.com"),
        (stand::jsm(), "api.atlassian.com"),
        (stand::mail(), "Microsoft Graph"),
        (stand::smtp(), "mail.example"),
        (stand::sns("duty"), "sns.eu-north-1.amazonaws.com"),
        (stand::twilio(&["+4790000000"]), "api.twilio.com"),
        (stand::servicenow(), "records.example"),
        (stand::webhook(), "siem.example"),
    ] {
        let shown = format!("{:?}", channel(service.clone()));
        assert_eq!(channel(service.clone()).host, host);
        assert!(!shown.contains("hush"), "{shown}");
        // What a login is made of is not shown either.
        assert!(!shown.contains("aHVzaA") && !shown.contains("OmhI"), "{shown}");
        if !matches!(service, Service::Smtp(_)) {
            let elsewhere = resolve(service, Some("https://stand-in.example:8443/base/")).unwrap();
            assert_eq!(elsewhere.host, "stand-in.example", "`url` is another base");
        }
    }
}

#[test]
fn a_line_end_after_a_secret_is_not_part_of_it() {
    let teams = |text| resolve(Service::Teams(secret(text)), None);
    assert_eq!(teams("https://flow.example/hush\r\n"), teams("https://flow.example/hush"));
}

#[test]
fn a_secret_that_cannot_be_one_is_refused_without_repeating_it() {
    let hook = |text| Service::Webhook { url: "https://siem.example/hook".into(), secret: secret(text) };
    let records = |text| Service::ServiceNow {
        url: "https://records.example".into(),
        auth: RecordAuth::Token(secret(text)),
        assignment_group: None,
    };
    let cases = [
        Service::Teams(secret("http://flow.example/hush")),
        Service::Slack(secret("hush")),
        Service::Slack(secret("\n")),
        Service::PagerDuty { key: secret("hush hush"), webhook_secrets: Vec::new() },
        records("hush\nhush"),
        hook("hush"),
        // 23 bytes, where 24 are needed.
        hook("whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXM="),
    ];
    for service in cases {
        let error = resolve(service, None).unwrap_err();
        assert!(!error.contains("hush") && !error.contains("aHVz"), "{error}");
    }
    assert!(resolve(hook("whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNo"), None).is_ok(), "24 bytes");
}
