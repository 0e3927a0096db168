//! From the configuration to a channel: secrets read, addresses put together and checked.

use crate::channel::{Channel, Key, Kind, SecretText, SlackApp, host_of};
use crate::ways::AwsKeys;
use access::config::{self, RecordAuth, SecretRef, Service, SmtpSecurity};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use outside::{MailSecurity, MailServer};

/// Where services are, unless a channel's `url` says otherwise (pages "Send an alert event", PagerDuty; "chat.postMessage",
/// Slack; "Alerts", JSM operations; "Messages resource", Twilio).
const PAGERDUTY: &str = "https://events.pagerduty.com";
const SLACK: &str = "https://slack.com";
const ATLASSIAN: &str = "https://api.atlassian.com";
const TWILIO: &str = "https://api.twilio.com";

/// The shortest key of Standard Webhooks, in bytes: the specification asks for 24 to 64.
const KEY_BYTES_MIN: usize = 24;

impl Channel {
    /// The channel of the configuration, with its secrets read by `read`. The error says what is wrong, and repeats no
    /// secret.
    pub fn resolve(
        channel: &config::Channel,
        read: impl Fn(&SecretRef) -> Result<Vec<u8>, String>,
    ) -> Result<Self, String> {
        let bytes = |secret: &SecretRef| {
            let mut bytes = read(secret)?;
            // An editor's or a shell's line end is never part of an address or a key.
            while matches!(bytes.last(), Some(b'\r' | b'\n')) {
                bytes.pop();
            }
            if bytes.is_empty() { Err("the secret is empty".to_owned()) } else { Ok(bytes) }
        };
        let text =
            |secret: &SecretRef| String::from_utf8(bytes(secret)?).map_err(|_| "the secret is not text".to_owned());
        let base = channel.url.as_deref().map(|base| base.trim_end_matches('/'));
        let at = |usual: &str, path: &str| address(&format!("{}{path}", base.unwrap_or(usual)), None);
        let kind = match &channel.service {
            Service::Teams(secret) => Kind::Teams(SecretText::new(address(&text(secret)?, base)?)),
            Service::Slack(secret) => Kind::Slack(SecretText::new(address(&text(secret)?, base)?)),
            Service::SlackApp(app) => Kind::SlackApp(SlackApp {
                url: at(SLACK, "/api/chat.postMessage")?,
                token: sensitive(&format!("Bearer {}", text(&app.token)?))?,
                channel: app.channel.clone(),
                signing_secret: app.signing_secret.as_ref().map(bytes).transpose()?.map(Key),
                people: app.people.clone(),
                base: base.map(host_of),
            }),
            Service::PagerDuty { key, webhook_secrets } => {
                let key = text(key)?;
                if !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                    return Err("the secret is not a routing key (letters and digits)".into());
                }
                let webhook_secrets: Result<Vec<Key>, String> =
                    webhook_secrets.iter().map(|secret| bytes(secret).map(Key)).collect();
                let url = at(PAGERDUTY, "/v2/enqueue")?;
                Kind::PagerDuty { url, key: SecretText::new(key), webhook_secrets: webhook_secrets? }
            }
            Service::Jsm { cloud_id, user, token, team } => Kind::Jsm {
                url: at(ATLASSIAN, &format!("/jsm/ops/api/{cloud_id}/v1/alerts"))?,
                login: login(user, &text(token)?)?,
                team: team.map(|team| team.to_string()),
            },
            Service::Mail { from, to } => {
                let base = base.map(|base| address(base, None)).transpose()?;
                Kind::Mail { base, from: from.clone(), to: to.clone() }
            }
            Service::Smtp(smtp) => {
                let password = smtp.login.as_ref().map(|(user, password)| Ok((user.clone(), text(password)?)));
                let security = match smtp.security {
                    SmtpSecurity::StartTls => MailSecurity::StartTls,
                    SmtpSecurity::Tls => MailSecurity::Tls,
                };
                let login = password.transpose().map_err(|why: String| why)?;
                let server = MailServer { host: smtp.host.clone(), port: smtp.port, security, login };
                Kind::Smtp { server, from: smtp.from.clone(), to: smtp.to.clone() }
            }
            Service::Sns { topic, region, keys } => {
                let keys = keys.as_ref().map(|(id, secret)| {
                    let secrets = (SecretText::new(text(id)?), SecretText::new(text(secret)?));
                    Ok::<_, String>(AwsKeys { id: secrets.0, secret: secrets.1, session: None })
                });
                let china = if topic.starts_with("arn:aws-cn:") { ".cn" } else { "" };
                let url = at(&format!("https://sns.{region}.amazonaws.com{china}"), "/")?;
                Kind::Sns { url, topic: topic.clone(), region: region.clone(), keys: keys.transpose()? }
            }
            Service::Twilio { account, token, from, to } => Kind::Twilio {
                url: at(TWILIO, &format!("/2010-04-01/Accounts/{account}/Messages.json"))?,
                login: login(account, &text(token)?)?,
                from: from.clone(),
                to: to.clone(),
            },
            Service::ServiceNow { url, auth, assignment_group } => Kind::ServiceNow {
                url: at(url, "/api/now/table/incident")?,
                login: match auth {
                    RecordAuth::Basic { user, password } => login(user, &text(password)?)?,
                    RecordAuth::Token(token) => sensitive(&format!("Bearer {}", text(token)?))?,
                },
                assignment_group: assignment_group.clone(),
            },
            Service::Webhook { url, secret } => {
                let key = key(&text(secret)?)?;
                Kind::Webhook { url: address(url, base)?, key }
            }
        };
        let host = match &kind {
            Kind::Teams(url) | Kind::Slack(url) => host_of(url.reveal()),
            Kind::SlackApp(SlackApp { url, .. })
            | Kind::PagerDuty { url, .. }
            | Kind::Jsm { url, .. }
            | Kind::Sns { url, .. }
            | Kind::Twilio { url, .. }
            | Kind::ServiceNow { url, .. }
            | Kind::Webhook { url, .. } => host_of(url),
            Kind::Mail { base, .. } => base.as_deref().map_or_else(|| "Microsoft Graph".to_owned(), host_of),
            Kind::Smtp { server, .. } => server.host.clone(),
        };
        Ok(Self { kind, host })
    }
}

/// The key of Standard Webhooks that is written like this. The error does not repeat it.
pub(crate) fn key(text: &str) -> Result<Key, String> {
    let key = text.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok());
    let key = key.filter(|key| key.len() >= KEY_BYTES_MIN);
    key.map(Key).ok_or_else(|| "the secret must be whsec_ and the base64 of at least 24 bytes".to_owned())
}

/// Basic authentication, marked as sensitive so that nothing prints it.
fn login(user: &str, password: &str) -> Result<HeaderValue, String> {
    sensitive(&format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
}

fn sensitive(text: &str) -> Result<HeaderValue, String> {
    let header = HeaderValue::from_str(text).map_err(|_| "the secret is not fit for a header".to_owned());
    let mut header = header?;
    header.set_sensitive(true);
    Ok(header)
}

/// The address, with its origin replaced by `base` where one is given. It is https, always.
fn address(url: &str, base: Option<&str>) -> Result<String, String> {
    let wrong = || "the address is not an https URL".to_owned();
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    if uri.scheme_str() != Some("https") || uri.host().is_none_or(str::is_empty) {
        return Err(wrong());
    }
    match base {
        None => Ok(url.to_owned()),
        Some(base) => {
            let rest = uri.path_and_query().map_or("/", |rest| rest.as_str());
            address(&format!("{base}{rest}"), None)
        }
    }
}
