//! The services of `[channels.<name>]`, a table each.

use super::callers::Secrets;
use crate::config::channels::{RecordAuth, Service, SlackApp, Smtp, SmtpSecurity};
use crate::config::words::{Arn, HttpsUrl, MailAddress, MailHost, PhoneNumber, Secret, Text};
use crate::ids::ObjectId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Slack.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum Slack {
    /// An incoming webhook's URL.
    Url(Secret),
    /// An app.
    App(SlackAppTable),
}

/// A Slack app.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct SlackAppTable {
    /// Its bot token.
    pub(in crate::config) token: Secret,
    /// The channel's id.
    pub(in crate::config) channel: Text,
    /// Its signing secret, for buttons.
    pub(in crate::config) signing_secret: Option<Secret>,
    /// Who may press them: mail addresses by Slack user id.
    #[serde(default)]
    pub(in crate::config) people: BTreeMap<String, MailAddress>,
}

impl Slack {
    /// The service.
    pub(super) fn resolve(&self) -> Service {
        match self {
            Self::Url(url) => Service::Slack(url.0.clone()),
            Self::App(app) => Service::SlackApp(SlackApp {
                token: app.token.0.clone(),
                channel: app.channel.0.clone(),
                signing_secret: app.signing_secret.as_ref().map(|secret| secret.0.clone()),
                people: app.people.iter().map(|(id, mail)| (id.clone(), mail.0.clone())).collect(),
            }),
        }
    }
}

/// PagerDuty.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum PagerDuty {
    /// A routing key.
    Key(Secret),
    /// A routing key, and what comes back.
    Both(PagerDutyTable),
}

/// PagerDuty, with its webhooks to us.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct PagerDutyTable {
    /// The routing key.
    pub(in crate::config) key: Secret,
    /// What signs its webhooks (v3).
    pub(in crate::config) webhook_secret: Option<Secrets>,
}

impl PagerDuty {
    /// The service.
    pub(super) fn resolve(&self) -> Service {
        match self {
            Self::Key(key) => Service::PagerDuty { key: key.0.clone(), webhook_secrets: Vec::new() },
            Self::Both(table) => {
                let secrets = table.webhook_secret.iter().flat_map(Secrets::all);
                let webhook_secrets = secrets.map(|secret| secret.0.clone()).collect();
                Service::PagerDuty { key: table.key.0.clone(), webhook_secrets }
            }
        }
    }
}

/// A signed POST of ours.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct WebhookTable {
    /// Where to.
    pub(in crate::config) url: HttpsUrl,
    /// The Standard Webhooks secret.
    pub(in crate::config) secret: Secret,
}

impl WebhookTable {
    /// The service.
    pub(super) fn resolve(&self) -> Service {
        Service::Webhook { url: self.url.0.clone(), secret: self.secret.0.clone() }
    }
}

/// Mail through Graph.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct MailTable {
    /// The mailbox that sends.
    pub(in crate::config) from: MailAddress,
    /// Who gets it.
    #[schemars(length(min = 1, max = 50), extend("uniqueItems" = true))]
    pub(in crate::config) to: Vec<MailAddress>,
}

impl MailTable {
    /// The service.
    pub(super) fn resolve(&self) -> Service {
        Service::Mail { from: self.from.0.clone(), to: addresses(&self.to) }
    }
}

/// Mail through a mail server.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct SmtpTable {
    /// The server.
    pub(in crate::config) host: MailHost,
    /// Its port; omitted: 587 with `starttls`, 465 with `tls`.
    #[schemars(range(min = 1, max = 65535))]
    pub(in crate::config) port: Option<u16>,
    /// How the connection is secured.
    #[serde(default = "starttls")]
    pub(in crate::config) security: SmtpSecurity,
    /// The user, where it wants one.
    pub(in crate::config) user: Option<Text>,
    /// The user's password.
    pub(in crate::config) password: Option<Secret>,
    /// The sender.
    pub(in crate::config) from: MailAddress,
    /// Who gets it.
    #[schemars(length(min = 1, max = 50), extend("uniqueItems" = true))]
    pub(in crate::config) to: Vec<MailAddress>,
}

const fn starttls() -> SmtpSecurity {
    SmtpSecurity::StartTls
}

impl SmtpTable {
    /// The service; `None` where a user has no password, or a password no user.
    pub(super) fn resolve(&self) -> Option<Service> {
        let login = match (&self.user, &self.password) {
            (Some(user), Some(password)) => Some((user.0.clone(), password.0.clone())),
            (None, None) => None,
            _ => return None,
        };
        Some(Service::Smtp(Smtp {
            host: self.host.0.clone(),
            port: self.port.unwrap_or_else(|| self.security.port()),
            security: self.security,
            login,
            from: self.from.0.clone(),
            to: addresses(&self.to),
        }))
    }
}

fn addresses(to: &[MailAddress]) -> Vec<String> {
    to.iter().map(|address| address.0.clone()).collect()
}

/// Jira Service Management.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct JsmTable {
    /// The site's id.
    pub(in crate::config) cloud_id: ObjectId,
    /// Whose API token it is.
    pub(in crate::config) user: MailAddress,
    /// The API token.
    pub(in crate::config) token: Secret,
    /// The team that is alerted.
    pub(in crate::config) team: Option<ObjectId>,
}

impl JsmTable {
    /// The service.
    pub(super) fn resolve(&self) -> Service {
        let (user, token) = (self.user.0.clone(), self.token.0.clone());
        Service::Jsm { cloud_id: self.cloud_id.0, user, token, team: self.team.map(|team| team.0) }
    }
}

/// Amazon SNS.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct SnsTable {
    /// The topic's ARN.
    pub(in crate::config) topic: Arn,
    /// The region in which it is asked.
    pub(in crate::config) region: Option<Text>,
    /// The access key's id.
    pub(in crate::config) access_key: Option<Secret>,
    /// The access key's secret.
    pub(in crate::config) secret_key: Option<Secret>,
}

impl SnsTable {
    /// The service; `None` where one half of the key is missing.
    pub(super) fn resolve(&self) -> Option<Service> {
        let keys = match (&self.access_key, &self.secret_key) {
            (Some(id), Some(secret)) => Some((id.0.clone(), secret.0.clone())),
            (None, None) => None,
            _ => return None,
        };
        let region = self.region.as_ref().map_or_else(|| self.topic_region().to_owned(), |region| region.0.clone());
        Some(Service::Sns { topic: self.topic.0.clone(), region, keys })
    }

    /// The region that the topic is in.
    fn topic_region(&self) -> &str {
        self.topic.0.split(':').nth(3).unwrap_or_default()
    }
}

/// Twilio.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct TwilioTable {
    /// The account's SID.
    pub(in crate::config) account: Text,
    /// Its auth token.
    pub(in crate::config) token: Secret,
    /// The sender.
    pub(in crate::config) from: Text,
    /// Who gets one message each.
    #[schemars(length(min = 1, max = 5), extend("uniqueItems" = true))]
    pub(in crate::config) to: Vec<PhoneNumber>,
}

impl TwilioTable {
    /// The service.
    pub(super) fn resolve(&self) -> Service {
        Service::Twilio {
            account: self.account.0.clone(),
            token: self.token.0.clone(),
            from: self.from.0.clone(),
            to: self.to.iter().map(|number| number.0.clone()).collect(),
        }
    }
}

/// Incidents in ServiceNow.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ServiceNowTable {
    /// The instance's address; or else `instance`.
    pub(in crate::config) url: Option<HttpsUrl>,
    /// The instance's name.
    pub(in crate::config) instance: Option<Text>,
    /// A user; or else `token`.
    pub(in crate::config) user: Option<Text>,
    /// The user's password.
    pub(in crate::config) password: Option<Secret>,
    /// A bearer token.
    pub(in crate::config) token: Option<Secret>,
    /// The group that incidents are assigned to.
    pub(in crate::config) assignment_group: Option<Text>,
}

impl ServiceNowTable {
    /// The service; `None` where it does not say which instance, or how we prove ourselves there.
    pub(super) fn resolve(&self) -> Option<Service> {
        let url = match (&self.url, &self.instance) {
            (Some(url), None) => url.0.clone(),
            (None, Some(name)) => format!("https://{}.service-now.com", name.0),
            _ => return None,
        };
        let auth = match (&self.user, &self.password, &self.token) {
            (Some(user), Some(password), None) => {
                RecordAuth::Basic { user: user.0.clone(), password: password.0.clone() }
            }
            (None, None, Some(token)) => RecordAuth::Token(token.0.clone()),
            _ => return None,
        };
        let assignment_group = self.assignment_group.as_ref().map(|group| group.0.clone());
        Some(Service::ServiceNow { url, auth, assignment_group })
    }
}
