//! A channel with its secrets resolved.

use crate::ways::AwsKeys;
use http::{HeaderValue, Uri};
use outside::MailServer;
use std::collections::BTreeMap;
use std::fmt;

/// A text that nothing prints.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it or signs with it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// A signing key that nothing prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub(crate) Vec<u8>);

impl Key {
    /// Takes the key's bytes in.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// A channel that can be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    pub(crate) kind: Kind,
    /// The host that hears, for messages: the rest of an address may be a secret.
    pub(crate) host: String,
}

impl Channel {
    /// Who hears, for messages and logs: the host alone, since the rest of an address may be a secret.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// The services, each with what it needs. Addresses are complete, and https.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A Teams workflow, by its URL (which is the secret).
    Teams(SecretText),
    /// A Slack incoming webhook, by its URL (which is the secret).
    Slack(SecretText),
    SlackApp(SlackApp),
    PagerDuty {
        url: String,
        key: SecretText,
        webhook_secrets: Vec<Key>,
    },
    Jsm {
        /// Up to and with `/v1/alerts`.
        url: String,
        login: HeaderValue,
        team: Option<String>,
    },
    Mail {
        /// Another place than Graph's own.
        base: Option<String>,
        from: String,
        to: Vec<String>,
    },
    Smtp {
        server: MailServer,
        from: String,
        to: Vec<String>,
    },
    Sns {
        url: String,
        topic: String,
        region: String,
        keys: Option<AwsKeys>,
    },
    Twilio {
        /// Up to and with `/Messages.json`.
        url: String,
        login: HeaderValue,
        from: String,
        to: Vec<String>,
    },
    ServiceNow {
        /// Up to and with the table.
        url: String,
        login: HeaderValue,
        assignment_group: Option<String>,
    },
    Webhook {
        url: String,
        key: Key,
    },
}

/// A Slack app that writes into one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SlackApp {
    pub(crate) url: String,
    pub(crate) token: HeaderValue,
    pub(crate) channel: String,
    pub(crate) signing_secret: Option<Key>,
    pub(crate) people: BTreeMap<String, String>,
    /// The host of another base, where answers may be sent too.
    pub(crate) base: Option<String>,
}

/// The host of an address; empty where it has none.
pub(crate) fn host_of(url: &str) -> String {
    url.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default()
}
