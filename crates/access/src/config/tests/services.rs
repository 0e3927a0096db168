//! The services of channels: what they are made of, and what is wrong with one.

use super::{CONTOSO, PROGRAM, check_program, config};
use crate::config::{Channel, RecordAuth, SecretRef, Service, Smtp, SmtpSecurity};
use expect_test::expect;

fn channel(toml: &str) -> Channel {
    let program = format!("{PROGRAM}\n[channels.a]\n{toml}\n");
    config(&[("gatehouse.toml", &program), ("customers/contoso.toml", CONTOSO)]).channels["a"].clone()
}

fn env(name: &str) -> SecretRef {
    SecretRef::Env(name.into())
}

#[test]
fn what_is_not_said_of_a_service_is_what_the_service_usually_has() {
    let smtp = |security: &str| {
        let toml =
            format!(r#"smtp = {{ host = "MAIL.example", from = "a@b.example", to = ["c@d.example"]{security} }}"#);
        match channel(&toml).service {
            Service::Smtp(smtp) => smtp,
            other => panic!("{other:?}"),
        }
    };
    let expected = Smtp {
        host: "mail.example".into(),
        port: 587,
        security: SmtpSecurity::StartTls,
        login: None,
        from: "a@b.example".into(),
        to: vec!["c@d.example".into()],
    };
    assert_eq!(smtp(""), expected);
    assert_eq!(smtp(r#", security = "tls""#), Smtp { port: 465, security: SmtpSecurity::Tls, ..expected.clone() });
    assert_eq!(smtp(", port = 2525").port, 2525);

    let sns = |more: &str| channel(&format!(r#"sns = {{ topic = "arn:aws:sns:eu-north-1:123456789012:duty"{more} }}"#));
    let topic = "arn:aws:sns:eu-north-1:123456789012:duty".to_owned();
    let service = Service::Sns { topic: topic.clone(), region: "eu-north-1".into(), keys: None };
    assert_eq!(sns("").service, service, "the topic's region, and the platform's credentials");
    let service = Service::Sns { topic, region: "eu-west-1".into(), keys: Some((env("ID"), env("KEY"))) };
    assert_eq!(sns(r#", region = "eu-west-1", access_key = "env:ID", secret_key = "env:KEY""#).service, service);

    let records = |place: &str| channel(&format!(r#"servicenow = {{ {place}, token = "env:T" }}"#)).service;
    let expected =
        |url: &str| Service::ServiceNow { url: url.into(), auth: RecordAuth::Token(env("T")), assignment_group: None };
    assert_eq!(records(r#"instance = "northwind""#), expected("https://northwind.service-now.com"));
    assert_eq!(records(r#"url = "https://records.northwind.example/""#), expected("https://records.northwind.example"));
}

#[test]
fn a_pagerduty_channel_is_a_key_or_a_key_and_what_signs_the_webhooks_back() {
    let service = |toml: &str| channel(toml).service;
    let expected = |secrets: &[&str]| Service::PagerDuty {
        key: env("PD"),
        webhook_secrets: secrets.iter().map(|name| env(name)).collect(),
    };
    assert_eq!(service(r#"pagerduty = "env:PD""#), expected(&[]));
    assert_eq!(service(r#"pagerduty = { key = "env:PD" }"#), expected(&[]));
    assert_eq!(service(r#"pagerduty = { key = "env:PD", webhook_secret = "env:A" }"#), expected(&["A"]));
    let two = service(r#"pagerduty = { key = "env:PD", webhook_secret = ["env:A", "env:B"] }"#);
    assert_eq!(two, expected(&["A", "B"]));
}

#[test]
fn a_service_that_is_half_described_is_an_error_with_its_line() {
    check_program(
        r##"
[channels.mail-server]
smtp = { host = "mail.example", user = "gatehouse", from = "a@b.example", to = ["c@d.example"] }
url = "https://mail.example"
[channels.between]
smtp = { host = "mail.example:25", from = "a@b.example", to = [] }
[channels.topic]
sns = { topic = "arn:aws:sns:eu-north-1:123456789012:duty", region = "EU North", access_key = "env:ID" }
[channels.phones]
twilio = { account = "AC1", token = "env:T", from = "Gatehouse Desk", to = ["+4790000001"] }
[channels.more-phones]
twilio = { account = "AC00000000000000000000000000000000", token = "env:T", from = "Gatehouse", to = ["+4790000001", "+4790000002", "+4790000003", "+4790000004", "+4790000005", "+4790000006"] }
[channels.records]
servicenow = { instance = "North Wind", user = "gatehouse", token = "env:T" }
[channels.more-records]
servicenow = { url = "https://a.example", instance = "a", user = "gatehouse", password = "hunter2" }
[channels.no-records]
servicenow = { token = "env:T" }
[channels.chat]
slack = { token = "env:T", channel = "#security", people = { ola = "ola@northwind.example" } }
[channels.buttons]
slack = { token = "env:T", channel = "C1", signing_secret = "env:S" }
[channels.operations]
jsm = { cloud_id = "northwind", user = "a@b.example", token = "env:T" }
"##,
        expect![[r#"
            gatehouse.toml:10: channels.mail-server.smtp: needs both `user` and `password`, or neither
            gatehouse.toml:11: channels.mail-server.url: says nothing about a mail server
              hint: its name is `host`, its port `port`
            gatehouse.toml:13: channels.between.smtp.host: is not the name of a mail server
              hint: write the name alone; its port is `port`
            gatehouse.toml:13: channels.between.smtp.to: must not be empty
            gatehouse.toml:15: channels.topic.sns: needs both `access_key` and `secret_key`, or neither
              hint: without them the function's own role is used, under AWS Lambda
            gatehouse.toml:15: channels.topic.sns.region: is not the name of a region
            gatehouse.toml:17: channels.phones.twilio.account: is not the SID of an account
              hint: it has the letters AC and 32 hexadecimal digits
            gatehouse.toml:17: channels.phones.twilio.from: cannot send text messages
              hint: a number, a short code, a name of up to 11 letters, or the SID of a messaging service (MG…)
            gatehouse.toml:19: channels.more-phones.twilio.to: holds 6, and may hold 5
            gatehouse.toml:21: channels.records.servicenow: needs `user` and `password`, or `token` alone
            gatehouse.toml:21: channels.records.servicenow.instance: is not the name of an instance
              hint: what stands before .service-now.com
            gatehouse.toml:23: channels.more-records.servicenow.password: must say where the secret is, not what it is
              hint: write "env:NAME" or "file:PATH"; if a secret stood here, change it: the file may have been copied
            gatehouse.toml:25: channels.no-records.servicenow: needs `url` or `instance`, one of them
            gatehouse.toml:27: channels.chat.slack.channel: is not the id of a channel
              hint: Slack shows it at the end of the channel's details, as in "C0123456789"
            gatehouse.toml:27: warning: channels.chat.slack.people: nobody can acknowledge in Slack: without `signing_secret` there are no buttons
            gatehouse.toml:27: channels.chat.slack.people.ola: is not the id of a member
              hint: Slack copies it from a profile ("Copy member ID"), as in U012AB3CD
            gatehouse.toml:29: warning: channels.buttons.slack: nobody may press its buttons
              hint: people = { U012AB3CD = "ola@northwind.example" }
            gatehouse.toml:31: channels.operations.jsm.cloud_id: is not an id
              hint: an object id has 32 hexadecimal digits and four dashes, as the Entra admin center shows it
        "#]],
    );
}

#[test]
fn a_page_goes_to_five_numbers_at_most_and_to_port_25_with_a_warning() {
    check_program(
        r#"
[channels.phones]
twilio = { account = "AC00000000000000000000000000000000", token = "env:T", from = "MG00000000000000000000000000000000", to = ["+4790000001", "+4790000002", "+4790000003", "+4790000004", "+4790000005"] }
[channels.mail-server]
smtp = { host = "mail.example", port = 25, from = "a@b.example", to = ["c@d.example"] }
"#,
        expect![[r#"
            gatehouse.toml:12: warning: channels.mail-server.smtp.port: port 25 is for mail between servers, and blocked in Azure and AWS
              hint: 587 or 465
        "#]],
    );
}
