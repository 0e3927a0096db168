//! Which notices go where.

use super::{CONTOSO, PROGRAM, check_program, config};
use crate::config::{Channel, NoticeKind, SecretRef, Service};
use expect_test::expect;

#[test]
fn each_kind_is_routed_to_its_channels() {
    let program = format!(
        r#"{PROGRAM}
[channels.ops]
teams = "env:TEAMS"
[channels.duty]
pagerduty = "env:PD"
url = "https://events.eu.pagerduty.com"
[channels.hook]
webhook = {{ url = "https://siem.example/hook", secret = "env:HOOK" }}
[channels.chat]
slack = {{ token = "env:SLACK", channel = "C1" }}
[notices]
held = ["ops", "chat", "ops-too"]
consent = ["duty", "hook"]
approvals = ["ops"]
[channels.ops-too]
slack = "env:SLACK_URL"
"#
    );
    let config = config(&[("gatehouse.toml", &program), ("customers/contoso.toml", CONTOSO)]);
    assert_eq!(config.channels.keys().collect::<Vec<_>>(), ["chat", "duty", "hook", "ops", "ops-too"]);
    let duty = Channel {
        service: Service::PagerDuty { key: SecretRef::Env("PD".into()), webhook_secrets: Vec::new() },
        url: Some("https://events.eu.pagerduty.com".into()),
    };
    assert_eq!(config.channels["duty"], duty);
    assert_eq!(config.notices[&NoticeKind::Held], ["chat", "ops", "ops-too"]);
    assert_eq!(config.notices[&NoticeKind::Consent], ["duty", "hook"]);
    assert_eq!(config.notices[&NoticeKind::Approvals], ["ops"]);
    assert!(!config.notices.contains_key(&NoticeKind::Problems));
    let secrets: Vec<String> = crate::config::secrets(&config).into_iter().map(|(_, key)| key).collect();
    for key in
        ["channels.ops.teams", "channels.ops-too.slack", "channels.duty.pagerduty", "channels.hook.webhook.secret"]
    {
        assert!(secrets.contains(&key.to_owned()), "{secrets:?}");
    }
}

#[test]
fn a_notice_of_a_kind_that_nobody_makes_is_an_error() {
    check_program(
        r#"
[channels.ops]
teams = "env:TEAMS"
[notices]
problem = ["ops"]
incidents = ["ops"]
"#,
        expect![[r#"
            gatehouse.toml:12: notices.problem: there is no such kind of notice
              hint: did you mean `problems`?
            gatehouse.toml:13: notices.incidents: there is no such kind of notice
              hint: the kinds are held, consent, problems, approvals
        "#]],
    );
}
