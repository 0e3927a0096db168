use crate::Channel;
use access::config::{self, SecretRef, Service};

fn reference() -> SecretRef {
    SecretRef::Env("SECRET".into())
}

fn resolve(service: Service, url: Option<&str>, secret: &str) -> Result<Channel, String> {
    let channel = config::Channel { service, url: url.map(Into::into) };
    Channel::resolve(&channel, |_| Ok(secret.as_bytes().to_vec()))
}

#[test]
fn a_channel_is_made_of_its_secret_and_shows_only_its_host() {
    let teams = resolve(Service::Teams(reference()), None, "https://flow.example/run?sig=hush\n").unwrap();
    assert_eq!(teams.host(), "flow.example");
    assert!(!format!("{teams:?}").contains("hush"));
    let duty = resolve(Service::PagerDuty(reference()), Some("https://events.eu.pagerduty.com"), "R0123").unwrap();
    assert_eq!(duty.host(), "events.eu.pagerduty.com");
    assert!(!format!("{duty:?}").contains("R0123"));
    let slack =
        resolve(Service::Slack(reference()), Some("https://proxy.example"), "https://hooks.example/T/B").unwrap();
    assert_eq!(slack.host(), "proxy.example", "`url` is another base");
}

#[test]
fn a_secret_that_cannot_be_one_is_refused_without_repeating_it() {
    let hook = || Service::Webhook { url: "https://siem.example/hook".into(), secret: reference() };
    let cases = [
        (Service::Teams(reference()), "http://flow.example/hush"),
        (Service::Slack(reference()), "hush"),
        (Service::PagerDuty(reference()), "hush hush"),
        (hook(), "hush"),
        // 23 bytes, where 24 are needed.
        (hook(), "whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXM="),
    ];
    for (service, secret) in cases {
        let error = resolve(service, None, secret).unwrap_err();
        assert!(!error.contains("hush") && !error.contains("aHVz"), "{error}");
    }
    assert!(resolve(hook(), None, "whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNo").is_ok(), "24 bytes");
}
