//! Where notices go, resolved.

use super::model::SecretRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// A channel: a service, with what it needs, and perhaps elsewhere than it usually is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The service, with what it needs.
    pub service: Service,
    /// Another base for the service, `https://…`.
    pub url: Option<String>,
}

/// The services that can be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service {
    /// The URL of a Teams workflow.
    Teams(SecretRef),
    /// The URL of a Slack incoming webhook.
    Slack(SecretRef),
    /// A Slack app.
    SlackApp(SlackApp),
    /// PagerDuty (Events API v2).
    PagerDuty {
        /// The routing key.
        key: SecretRef,
        /// What signs PagerDuty's own webhooks to us (v3): one, or two while they are rotated.
        webhook_secrets: Vec<SecretRef>,
    },
    /// Jira Service Management, operations.
    Jsm {
        /// The site's id.
        cloud_id: Uuid,
        /// Whose API token it is, by mail address.
        user: String,
        /// The API token.
        token: SecretRef,
        /// The team that is alerted; `None`: the site's own routing decides.
        team: Option<Uuid>,
    },
    /// Mail through Microsoft Graph, from a mailbox in the partner's tenant.
    Mail {
        /// The mailbox that sends, by its address.
        from: String,
        /// Who gets it.
        to: Vec<String>,
    },
    /// Mail through a mail server.
    Smtp(Smtp),
    /// An Amazon SNS topic.
    Sns {
        /// The topic's ARN.
        topic: String,
        /// The region in which it is asked; the topic's own if nothing else is said.
        region: String,
        /// Access key id and secret access key; `None`: what the platform gives us (Lambda).
        keys: Option<(SecretRef, SecretRef)>,
    },
    /// Twilio text messages.
    Twilio {
        /// The account's SID.
        account: String,
        /// The account's auth token.
        token: SecretRef,
        /// The sender: a number, a short code, a name, or the SID of a messaging service.
        from: String,
        /// The numbers that get one message each.
        to: Vec<String>,
    },
    /// Incidents in ServiceNow.
    ServiceNow {
        /// The instance, `https://…`.
        url: String,
        /// How we prove ourselves.
        auth: RecordAuth,
        /// The group that incidents are assigned to, by name or sys_id.
        assignment_group: Option<String>,
    },
    /// A POST signed by Standard Webhooks.
    Webhook {
        /// Where to, `https://…`.
        url: String,
        /// `whsec_` and base64.
        secret: SecretRef,
    },
}

/// A Slack app that writes into one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlackApp {
    /// Its bot token.
    pub token: SecretRef,
    /// The channel's id.
    pub channel: String,
    /// What signs the buttons that people press; `None`: there are no buttons.
    pub signing_secret: Option<SecretRef>,
    /// Who may press them: mail addresses by Slack user id.
    pub people: BTreeMap<String, String>,
}

/// A mail server, and what it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Its name, which is also the one in its certificate.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: SmtpSecurity,
    /// User and password; `None`: it lets us in without.
    pub login: Option<(String, SecretRef)>,
    /// The sender.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
}

/// How a connection to a mail server is secured. There is none that is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// It begins in the clear, and nothing is said before it is secured (port 587).
    StartTls,
    /// It is secured from its first byte (port 465).
    Tls,
}

impl SmtpSecurity {
    /// The port that goes with it (RFC 8314).
    pub fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
        }
    }
}

/// How we prove ourselves to ServiceNow where it takes incidents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordAuth {
    /// A user and the password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: SecretRef,
    },
    /// A bearer token.
    Token(SecretRef),
}

impl Service {
    /// Every secret that it refers to, with the key below the channel that holds it.
    pub(super) fn secrets(&self) -> Vec<(&SecretRef, &'static str)> {
        match self {
            Self::Teams(url) => vec![(url, "teams")],
            Self::Slack(url) => vec![(url, "slack")],
            Self::SlackApp(app) => {
                let signing = app.signing_secret.iter().map(|secret| (secret, "slack.signing_secret"));
                std::iter::once((&app.token, "slack.token")).chain(signing).collect()
            }
            Self::PagerDuty { key, webhook_secrets } if webhook_secrets.is_empty() => vec![(key, "pagerduty")],
            Self::PagerDuty { key, webhook_secrets } => {
                let webhooks = webhook_secrets.iter().map(|secret| (secret, "pagerduty.webhook_secret"));
                std::iter::once((key, "pagerduty.key")).chain(webhooks).collect()
            }
            Self::Jsm { token, .. } => vec![(token, "jsm.token")],
            Self::Mail { .. } => Vec::new(),
            Self::Smtp(smtp) => smtp.login.iter().map(|(_, password)| (password, "smtp.password")).collect(),
            Self::Sns { keys, .. } => {
                let pair = |(id, secret)| [(id, "sns.access_key"), (secret, "sns.secret_key")];
                keys.iter().map(|(id, secret)| (id, secret)).flat_map(pair).collect()
            }
            Self::Twilio { token, .. } => vec![(token, "twilio.token")],
            Self::ServiceNow { auth: RecordAuth::Basic { password, .. }, .. } => {
                vec![(password, "servicenow.password")]
            }
            Self::ServiceNow { auth: RecordAuth::Token(token), .. } => vec![(token, "servicenow.token")],
            Self::Webhook { secret, .. } => vec![(secret, "webhook.secret")],
        }
    }
}

/// What a notice is about; `[notices]` routes each kind to channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Steps that a rail holds until a person decides.
    Held,
    /// A customer whose administrator must consent (again).
    Consent,
    /// Something that a person has to mend.
    Problems,
    /// A request that waits for somebody's approval.
    Approvals,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Held, Self::Consent, Self::Problems, Self::Approvals];

    /// Its key in `[notices]`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Consent => "consent",
            Self::Problems => "problems",
            Self::Approvals => "approvals",
        }
    }

    /// The kind with this key.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
