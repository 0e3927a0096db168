//! A stand-in for every service: it takes what it is sent, or answers as it is told, and keeps what it got.

use crate::{Act, Channel, Page, SecretText, Sent, Tokens, Ways, send_page};
use access::config::{self, RecordAuth, SecretRef, Service, SlackApp, Smtp, SmtpSecurity};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;
use outside::{Mail, MailError, MailServer, Mailer, Transport, TransportError};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::form_urlencoded;

pub(crate) type Answered = Result<Response<Bytes>, TransportError>;

/// What stands in for all services.
#[derive(Default)]
pub(crate) struct Stand {
    /// What it got, one line for each thing that was said.
    pub(crate) got: Mutex<Vec<String>>,
    /// What it answers, in order; after that, what the service answers that takes it.
    script: Mutex<VecDeque<Answered>>,
    mailed: Mutex<VecDeque<Result<(), MailError>>>,
    signed_out: Mutex<bool>,
    /// Whether services that look for what is there find it.
    finds: Mutex<bool>,
    pub(crate) refused: Mutex<u32>,
}

impl Stand {
    pub(crate) fn answering(script: impl IntoIterator<Item = Answered>) -> Self {
        Self { script: Mutex::new(script.into_iter().collect()), ..Self::default() }
    }

    pub(crate) fn mailing(ends: impl IntoIterator<Item = Result<(), MailError>>) -> Self {
        Self { mailed: Mutex::new(ends.into_iter().collect()), ..Self::default() }
    }

    pub(crate) fn signed_out() -> Self {
        Self { signed_out: Mutex::new(true), ..Self::default() }
    }

    pub(crate) fn ways(self: &Arc<Self>) -> Ways {
        Ways { transport: self.clone(), tokens: Some(self.clone()), mailer: Some(self.clone()), aws: None }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.got.lock().unwrap().clone()
    }
}

/// An answer.
pub(crate) fn answer(status: u16, body: &str) -> Answered {
    Ok(Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap())
}

/// An answer with a header.
pub(crate) fn answer_with(status: u16, header: (&str, &str), body: &str) -> Answered {
    Ok(Response::builder().status(status).header(header.0, header.1).body(Bytes::from(body.to_owned())).unwrap())
}

/// What the service answers that takes it.
fn good(request: &Request<Bytes>, finds: bool) -> Answered {
    let (host, path) = (request.uri().host().unwrap(), request.uri().path());
    let looks = request.method() == Method::GET;
    match host {
        "slack.com" => answer(200, r#"{"ok":true,"ts":"1795143600.1"}"#),
        "hooks.slack.com" => answer(200, "ok"),
        "api.atlassian.com" if looks => answer(200, r#"{"id":"alert-1"}"#),
        "sns.eu-north-1.amazonaws.com" => answer(200, "<PublishResponse><MessageId>1</MessageId></PublishResponse>"),
        "api.twilio.com" if looks => answer(200, r#"{"messages":[]}"#),
        "api.twilio.com" => answer(201, r#"{"sid":"SM1","status":"queued"}"#),
        "records.example" if looks && !finds => answer(200, r#"{"result":[]}"#),
        "records.example" if looks => {
            let key = "5a1c7f0e93d24a55";
            answer(
                200,
                &format!(r#"{{"result":[{{"sys_id":"9d385017c611228701d22104cc95c371","correlation_id":"{key}"}}]}}"#),
            )
        }
        "records.example" if path.ends_with("/incident") => {
            answer(201, r#"{"result":{"sys_id":"9d385017c611228701d22104cc95c371"}}"#)
        }
        "records.example" => answer(200, r#"{"result":{"sys_id":"9d385017c611228701d22104cc95c371"}}"#),
        _ => answer(202, ""),
    }
}

#[async_trait]
impl Transport for Stand {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Answered {
        assert_eq!(timeout, Duration::from_secs(10));
        self.got.lock().unwrap().extend(flat(&request));
        self.script.lock().unwrap().pop_front().unwrap_or_else(|| good(&request, *self.finds.lock().unwrap()))
    }
}

#[async_trait]
impl Mailer for Stand {
    async fn send(&self, server: &MailServer, mail: &Mail, timeout: Duration) -> Result<(), MailError> {
        assert_eq!(timeout, Duration::from_secs(10));
        let mut got = self.got.lock().unwrap();
        got.push(format!("MAIL {}:{} {:?}", server.host, server.port, server.security));
        got.push(format!("from = {}", mail.from));
        got.extend(mail.to.iter().map(|to| format!("to = {to}")));
        got.extend([
            format!("subject = {:?}", mail.subject),
            format!("id = {}", mail.id),
            format!("thread = {}", mail.thread),
        ]);
        got.push(format!("urgent = {}", mail.urgent));
        got.extend(mail.text.lines().map(|line| format!("| {line}")));
        self.mailed.lock().unwrap().pop_front().unwrap_or(Ok(()))
    }
}

#[async_trait]
impl Tokens for Stand {
    async fn token(&self) -> Result<SecretText, String> {
        if *self.signed_out.lock().unwrap() { Err("no consent".into()) } else { Ok(SecretText::new("token-1")) }
    }

    fn graph(&self) -> String {
        "https://graph.example".into()
    }

    fn refused(&self) {
        *self.refused.lock().unwrap() += 1;
    }
}

/// A request, one line for each thing that it says.
fn flat(request: &Request<Bytes>) -> Vec<String> {
    let mut lines = vec![format!("{} {}", request.method(), request.uri())];
    for (name, value) in request.headers() {
        lines.push(format!("{name}: {}", value.to_str().unwrap()));
    }
    let kind = request.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap());
    if kind.starts_with("application/json") {
        flatten("", &serde_json::from_slice(request.body()).unwrap(), &mut lines);
    } else {
        lines.extend(form_urlencoded::parse(request.body()).map(|(name, value)| format!("{name} = {value:?}")));
    }
    lines
}

/// One line for each value, and for each table or list that holds nothing but plain values.
fn flatten(at: &str, value: &Value, lines: &mut Vec<String>) {
    let is_plain = |value: &Value| !value.is_object() && !value.is_array();
    match value {
        Value::Object(members) if at.is_empty() || !members.values().all(is_plain) => {
            for (name, value) in members {
                let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                flatten(&at, value, lines);
            }
        }
        Value::Array(items) if !items.iter().all(is_plain) => {
            for (index, value) in items.iter().enumerate() {
                flatten(&format!("{at}[{index}]"), value, lines);
            }
        }
        other => lines.push(format!("{at} = {other}")),
    }
}

pub(crate) fn now() -> Timestamp {
    "2026-11-20T02:42:21Z".parse().unwrap()
}

/// What is sent for this page, and how that ended.
pub(crate) async fn sends(channel: &Channel, page: &Page) -> (Sent, Vec<String>) {
    let stand = Arc::new(Stand { finds: Mutex::new(page.act != Act::Trigger), ..Stand::default() });
    let sent = send_page(&stand.ways(), channel, page, now()).await;
    (sent, stand.lines())
}

/// How sending a page ends with these answers.
pub(crate) async fn ends(channel: &Channel, page: &Page, script: impl IntoIterator<Item = Answered>) -> Sent {
    let stand = Arc::new(Stand::answering(script));
    send_page(&stand.ways(), channel, page, now()).await
}

/// The channel of this service, with secrets named for what they are.
pub(crate) fn channel(service: Service) -> Channel {
    resolve(service, None).unwrap()
}

pub(crate) fn resolve(service: Service, url: Option<&str>) -> Result<Channel, String> {
    let channel = config::Channel { service, url: url.map(Into::into) };
    Channel::resolve(&channel, |secret| match secret {
        SecretRef::Env(text) => Ok(text.clone().into_bytes()),
        SecretRef::File(_) => Err("no files here".into()),
    })
}

/// A reference to a secret that has this text.
pub(crate) fn secret(text: &str) -> SecretRef {
    SecretRef::Env(text.into())
}

pub(crate) fn teams() -> Service {
    Service::Teams(secret("https://flow.example/x?sig=hush"))
}

pub(crate) fn slack_webhook() -> Service {
    Service::Slack(secret("https://hooks.slack.com/services/T/B/hush"))
}

pub(crate) fn slack_app() -> Service {
    Service::SlackApp(SlackApp {
        token: secret("xoxb-hush"),
        channel: "C0123456789".into(),
        signing_secret: Some(secret("8f742231b10e8888abcd99yyyzzz85a5")),
        people: [("U012AB3CD".to_owned(), "ola@example.com".to_owned())].into(),
    })
}

pub(crate) fn pagerduty() -> Service {
    Service::PagerDuty { key: secret("R0hush"), webhook_secrets: vec![secret("pd-webhook-secret-0008")] }
}

pub(crate) fn jsm() -> Service {
    Service::Jsm {
        cloud_id: "55555555-5555-4555-8555-555555555555".parse().unwrap(),
        user: "gatehouse@example.com".into(),
        token: secret("hush"),
        team: Some("66666666-6666-4666-8666-666666666666".parse().unwrap()),
    }
}

pub(crate) fn mail() -> Service {
    Service::Mail {
        from: "alerts+duty@example.com".into(),
        to: vec!["oncall@example.com".into(), "ciso@example.com".into()],
    }
}

pub(crate) fn smtp() -> Service {
    Service::Smtp(Smtp {
        host: "mail.example".into(),
        port: 587,
        security: SmtpSecurity::StartTls,
        login: Some(("gatehouse".into(), secret("hush"))),
        from: "alerts@example.com".into(),
        to: vec!["oncall@example.com".into(), "ciso@example.com".into()],
    })
}

pub(crate) fn sns(topic: &str) -> Service {
    Service::Sns {
        topic: format!("arn:aws:sns:eu-north-1:123456789012:{topic}"),
        region: "eu-north-1".into(),
        keys: Some((secret("AKIDEXAMPLE"), secret("hush"))),
    }
}

pub(crate) fn twilio(to: &[&str]) -> Service {
    Service::Twilio {
        account: "AC00000000000000000000000000000000".into(),
        token: secret("hush"),
        from: "+4759440000".into(),
        to: to.iter().map(|to| (*to).to_owned()).collect(),
    }
}

pub(crate) fn servicenow() -> Service {
    Service::ServiceNow {
        url: "https://records.example".into(),
        auth: RecordAuth::Basic { user: "gatehouse".into(), password: secret("hush") },
        assignment_group: Some("SecOps".into()),
    }
}

pub(crate) fn webhook() -> Service {
    let secret = secret("whsec_Z2VuZXJpYy13ZWJob29rLW91dC1zZWNyZXQtMzJieXQ=");
    Service::Webhook { url: "https://siem.example/hook".into(), secret }
}
