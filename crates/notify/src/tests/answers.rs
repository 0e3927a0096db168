//! What comes back from Slack and PagerDuty: the recorded requests, and what somebody might make of them.

use super::stand::{self, Stand, answer, channel, now, resolve};
use crate::answers::{PagerDutyAnswer, Pressed, Refused, Saying, SlackAnswer, pagerduty, respond, slack};
use crate::channel::Key;
use crate::{Channel, Sent};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;
use url::form_urlencoded;

const SLACK: &str = include_str!("../../testdata/slack-ack-button-inbound.json");
const PAGERDUTY: &str = include_str!("../../testdata/pagerduty-ack-inbound-v3-webhook.json");

/// A recorded request: its headers and its body.
fn recorded(text: &str) -> (HeaderMap, Vec<u8>) {
    let file: Value = serde_json::from_str(text).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in file["request"]["headers"].as_object().unwrap() {
        let name: http::HeaderName = name.parse().unwrap();
        headers.insert(name, value.as_str().unwrap().parse().unwrap());
    }
    (headers, file["request"]["body_raw"].as_str().unwrap().as_bytes().to_vec())
}

fn at() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

fn app() -> Channel {
    channel(stand::slack_app())
}

fn hmac(key: &[u8], text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What Slack says with this body, signed as Slack does it.
fn says(body: &str) -> Result<SlackAnswer, Refused> {
    let app = app();
    let secret = app.signing_secret().unwrap();
    let time = at().as_second();
    let signature = hmac(&secret.0, format!("v0:{time}:{body}").as_bytes());
    let mut headers = HeaderMap::new();
    headers.insert("x-slack-request-timestamp", time.into());
    headers.insert("x-slack-signature", format!("v0={signature}").parse().unwrap());
    slack(secret, &headers, body.as_bytes(), at())
}

fn form(payload: &Value) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish()
}

fn pressing(action: &str) -> Value {
    json!({
        "type": "block_actions",
        "user": { "id": "U012AB3CD" },
        "response_url": "https://hooks.slack.com/actions/T/1/x",
        "actions": [{ "action_id": action, "value": "5a1c7f0e93d24a55" }],
    })
}

#[test]
fn slacks_recorded_button_acknowledges_by_whom_the_channel_knows() {
    let (headers, body) = recorded(SLACK);
    let app = app();
    let answer = slack(app.signing_secret().unwrap(), &headers, &body, at());
    let pressed = Pressed {
        key: "bga_01JD3E9V6K2M7Q4R8T0W3X5Y7Z".into(),
        saying: Saying::Acknowledge,
        user: "U012AB3CD".into(),
        response_url: Some("https://hooks.slack.com/actions/T00000000/1234567890/REDACTED".into()),
    };
    assert_eq!(answer, Ok(SlackAnswer::Pressed(pressed)));
    assert_eq!(app.person("U012AB3CD"), Some("ola@example.com"));
    assert_eq!(app.person("U012AB3CE"), None, "a guest, or anybody else in the workspace");
}

#[test]
fn slack_is_believed_only_with_its_own_fresh_signature_over_these_bytes() {
    let (headers, body) = recorded(SLACK);
    let app = app();
    let secret = app.signing_secret().unwrap();
    let ask = |headers: &HeaderMap, body: &[u8], now| slack(secret, headers, body, now);
    let fresh = SignedDuration::from_secs(300);
    let second = SignedDuration::from_secs(1);
    for now in [at() - fresh, at(), at() + fresh] {
        assert!(ask(&headers, &body, now).is_ok(), "{now}");
    }
    for now in [at() - fresh - second, at() + fresh + second] {
        assert_eq!(ask(&headers, &body, now), Err(Refused::Stale), "{now}");
    }
    let other = slack(&Key(b"another secret".to_vec()), &headers, &body, at());
    assert_eq!(other, Err(Refused::WrongSignature));
    let mut changed = body.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(ask(&headers, &changed, at()), Err(Refused::WrongSignature));
    let mut moved = headers.clone();
    moved.insert("x-slack-request-timestamp", "1795165201".parse().unwrap());
    assert_eq!(ask(&moved, &body, at()), Err(Refused::WrongSignature), "the time is signed too");
    for (name, value) in [
        ("x-slack-signature", ""),
        ("x-slack-signature", "v1=00"),
        ("x-slack-request-timestamp", ""),
        ("x-slack-request-timestamp", "-1"),
        ("x-slack-request-timestamp", "+1795165200"),
        ("x-slack-request-timestamp", "99999999999999999999"),
    ] {
        let mut wrong = headers.clone();
        wrong.insert(name, value.parse().unwrap());
        assert_eq!(ask(&wrong, &body, at()), Err(Refused::Unsigned), "{name}: {value}");
    }
    for signature in ["v0=", "v0=zz", "v0=f11f4b3e6c1dc5dc08d9b14a3368d113"] {
        let mut wrong = headers.clone();
        wrong.insert("x-slack-signature", signature.parse().unwrap());
        assert_eq!(ask(&wrong, &body, at()), Err(Refused::WrongSignature), "{signature}");
    }
    let mut twice = headers.clone();
    twice.append("x-slack-signature", headers["x-slack-signature"].clone());
    assert_eq!(ask(&twice, &body, at()), Err(Refused::Unsigned), "of two a proxy may have read the other");
}

#[test]
fn slack_asks_for_its_challenge_and_says_things_that_concern_nobody() {
    let asked = json!({ "type": "url_verification", "challenge": "3eZbrw1aB10FEMAGAZd4FyFQ", "token": "x" });
    assert_eq!(says(&asked.to_string()), Ok(SlackAnswer::Challenge("3eZbrw1aB10FEMAGAZd4FyFQ".into())));
    let Ok(SlackAnswer::Pressed(drill)) = says(&form(&pressing("bg_drill"))) else { panic!("a button") };
    assert_eq!((drill.saying, drill.key.as_str()), (Saying::Drill, "5a1c7f0e93d24a55"));
    for other in
        [form(&pressing("approve")), form(&json!({ "type": "view_closed" })), r#"{"type":"event_callback"}"#.into()]
    {
        assert_eq!(says(&other), Ok(SlackAnswer::Other), "{other}");
    }
    let nobody = json!({ "type": "block_actions", "actions": [{ "action_id": "bg_ack", "value": "5a" }] });
    for unreadable in ["", "payload=", "payload=%7B", "a=b", "[]", "{}", &form(&nobody), &form(&json!({}))] {
        assert_eq!(says(unreadable), Err(Refused::Unreadable), "{unreadable}");
    }
}

#[tokio::test]
async fn what_came_of_a_button_is_told_to_slack_and_to_nobody_else() {
    let tell = async |channel: &Channel, url: Option<&str>| {
        let stand = Arc::new(Stand::answering([answer(200, "ok")]));
        let pressed = Pressed {
            key: "5a".into(),
            saying: Saying::Acknowledge,
            user: "U1".into(),
            response_url: url.map(str::to_owned),
        };
        let sent = respond(&stand.ways(), channel, &pressed, "Done <!channel>", now()).await;
        (sent, stand.lines())
    };
    let (sent, got) = tell(&app(), Some("https://hooks.slack.com/actions/T/1/x")).await;
    assert_eq!(sent, Sent::Taken);
    let told = [
        "POST https://hooks.slack.com/actions/T/1/x",
        "content-type: application/json",
        "replace_original = false",
        "response_type = \"ephemeral\"",
        "text = \"Done &lt;!channel&gt;\"",
    ];
    assert_eq!(got, told);
    for elsewhere in [
        "https://evil.example/hooks.slack.com",
        "https://hooks.slack.com.evil.example/",
        "https://hooks.slack.com@evil.example/",
        "https://user:word@hooks.slack.com/",
        "https://hooks.slack.com:8443/",
        "http://hooks.slack.com/",
        "https://evil.example\\@hooks.slack.com/",
        "https://169.254.169.254/",
        "hooks.slack.com",
        "",
    ] {
        let (sent, got) = tell(&app(), Some(elsewhere)).await;
        assert!(matches!(sent, Sent::Never { .. }) && got.is_empty(), "{elsewhere}: {sent:?}");
    }
    assert!(matches!(tell(&app(), None).await.0, Sent::Never { .. }));
    let stand_in = resolve(stand::slack_app(), Some("https://slack.test:8443")).unwrap();
    let (sent, got) = tell(&stand_in, Some("https://slack.test:8443/actions/1")).await;
    assert!(sent == Sent::Taken && got[0] == "POST https://slack.test:8443/actions/1", "{got:?}");
    let (sent, _) = tell(&app(), Some("https://slack.test:8443/actions/1")).await;
    assert!(matches!(sent, Sent::Never { .. }), "only for the channel that has this base");
}

#[test]
fn pagerdutys_recorded_webhook_acknowledges_by_a_person() {
    let (headers, body) = recorded(PAGERDUTY);
    let duty = channel(stand::pagerduty());
    let expected = PagerDutyAnswer::Acknowledged {
        event: "01DFTP3M4J0000000000000000".into(),
        key: "bg:7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34:signin:5a1c7f0e-93d2-4a55-9a6e-0c1b2d3e4f50".into(),
        by: "Ola Nordmann (PagerDuty PLH1HKV)".into(),
        at: Some(at()),
    };
    assert_eq!(pagerduty(duty.webhook_secrets(), &headers, &body), Ok(expected.clone()));
    let both = [Key(b"the old one".to_vec()), duty.webhook_secrets()[0].clone()];
    assert_eq!(pagerduty(&both, &headers, &body), Ok(expected), "while a secret is rotated");
}

#[test]
fn pagerduty_is_believed_only_with_a_signature_of_a_known_secret_over_these_bytes() {
    let (headers, body) = recorded(PAGERDUTY);
    let duty = channel(stand::pagerduty());
    let ask = |headers: &HeaderMap, body: &[u8]| pagerduty(duty.webhook_secrets(), headers, body);
    let other = pagerduty(&[Key(b"another secret".to_vec())], &headers, &body);
    assert_eq!(other, Err(Refused::WrongSignature));
    assert_eq!(pagerduty(&[], &headers, &body), Err(Refused::WrongSignature));
    let mut changed = body.clone();
    changed[20] ^= 1;
    assert_eq!(ask(&headers, &changed), Err(Refused::WrongSignature));
    assert_eq!(ask(&HeaderMap::new(), &body), Err(Refused::Unsigned));
    for (signature, refused) in [
        ("", Refused::Unsigned),
        ("v0=00", Refused::Unsigned),
        ("v1=", Refused::WrongSignature),
        ("v1=00,v1=11", Refused::WrongSignature),
    ] {
        let mut wrong = headers.clone();
        wrong.insert("x-pagerduty-signature", signature.parse().unwrap());
        assert_eq!(ask(&wrong, &body), Err(refused), "{signature}");
    }
}

#[test]
fn whichever_alert_was_acknowledged_the_incident_is_the_same() {
    let duty = channel(stand::pagerduty());
    for (alert, key) in
        [("5a", "5a"), ("5a:2", "5a"), ("5a:51", "5a"), ("5a:1", "5a:1"), ("5a:x", "5a:x"), ("5a:", "5a:")]
    {
        let agent = json!({ "type": "user_reference", "id": "P1" });
        let event = json!({ "id": "01", "event_type": "incident.acknowledged", "agent": agent, "data": { "incident_key": alert } });
        let body = json!({ "event": event }).to_string();
        let signature = hmac(&duty.webhook_secrets()[0].0, body.as_bytes());
        let headers = [("x-pagerduty-signature".parse().unwrap(), format!("v1={signature}").parse().unwrap())];
        let said = pagerduty(duty.webhook_secrets(), &HeaderMap::from_iter(headers), body.as_bytes());
        assert!(matches!(&said, Ok(PagerDutyAnswer::Acknowledged { key: said, .. }) if said == key), "{said:?}");
    }
}

#[test]
fn only_a_person_who_acknowledges_says_anything() {
    let duty = channel(stand::pagerduty());
    let says = |event: &Value| {
        let body = json!({ "event": event }).to_string();
        let mut headers = HeaderMap::new();
        let signature = hmac(&duty.webhook_secrets()[0].0, body.as_bytes());
        headers.insert("x-pagerduty-signature", format!("v1={signature}").parse().unwrap());
        pagerduty(duty.webhook_secrets(), &headers, body.as_bytes())
    };
    let person = json!({ "type": "user_reference", "id": "P1", "summary": "Ola\u{202e}\n" });
    let event = |kind: &str, agent: &Value, key: &Value| json!({ "id": "01", "event_type": kind, "agent": agent, "data": { "incident_key": key } });
    let key = json!("5a");
    let Ok(PagerDutyAnswer::Acknowledged { by, at, .. }) = says(&event("incident.acknowledged", &person, &key)) else {
        panic!("a person")
    };
    assert_eq!((by.as_str(), at), ("Ola  (PagerDuty P1)", None));
    // What we acknowledge there by ourselves comes back too.
    let service = json!({ "type": "inbound_integration_reference", "id": "P2" });
    for other in [
        event("incident.acknowledged", &service, &key),
        event("incident.acknowledged", &Value::Null, &key),
        event("incident.acknowledged", &person, &Value::Null),
        event("incident.resolved", &person, &key),
        event("pagey.ping", &Value::Null, &Value::Null),
    ] {
        assert_eq!(says(&other), Ok(PagerDutyAnswer::Other), "{other}");
    }
    for unreadable in [Value::Null, json!({}), json!({ "event_type": 1 })] {
        assert_eq!(says(&unreadable), Err(Refused::Unreadable), "{unreadable}");
    }
}
