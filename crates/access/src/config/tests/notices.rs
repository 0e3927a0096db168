//! Which notices go where, and what this version cannot send.

use super::{CONTOSO, PROGRAM, check_program, config};
use crate::config::{Channel, NoticeKind, SecretRef, Service};
use expect_test::expect;

#[test]
fn each_kind_is_routed_to_the_channels_that_can_be_sent_to() {
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
    assert_eq!(config.channels.keys().collect::<Vec<_>>(), ["duty", "hook", "ops", "ops-too"]);
    let duty = Channel {
        service: Service::PagerDuty(SecretRef::Env("PD".into())),
        url: Some("https://events.eu.pagerduty.com".into()),
    };
    assert_eq!(config.channels["duty"], duty);
    assert_eq!(config.notices[&NoticeKind::Held], ["ops", "ops-too"]);
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
fn a_notice_that_nobody_would_hear_is_an_error_and_a_channel_that_hears_nothing_a_warning() {
    check_program(
        r#"
[channels.ops]
teams = "env:TEAMS"
[channels.post]
smtp = { host = "smtp.example" }
[channels.chat]
slack = { token = "env:SLACK", channel = "C1" }
[notices]
held = ["post", "chat"]
consent = ["post", "ops"]
problem = ["ops"]
incidents = ["ops"]
"#,
        expect![[r#"
            gatehouse.toml:11: warning: channels.post: smtp is not in this version: nothing is sent there
              hint: teams, slack (a webhook's URL), pagerduty and webhook can be used
            gatehouse.toml:13: warning: channels.chat: a Slack app is not in this version: nothing is sent there
              hint: teams, slack (a webhook's URL), pagerduty and webhook can be used
            gatehouse.toml:16: notices.held: would go nowhere: none of its channels is in this version
            gatehouse.toml:18: notices.problem: there is no such kind of notice
              hint: did you mean `problems`?
            gatehouse.toml:19: notices.incidents: there is no such kind of notice
              hint: the kinds are held, consent, problems, approvals
        "#]],
    );
}
