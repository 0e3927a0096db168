//! A channel with its secrets resolved.

use access::config::{self, SecretRef, Service};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use std::fmt;

/// Where PagerDuty takes events (page "Send an alert event", Events API v2).
const PAGERDUTY: &str = "https://events.pagerduty.com";

/// The shortest key of Standard Webhooks, in bytes: the specification asks for 24 to 64.
const KEY_BYTES_MIN: usize = 24;

/// A text that nothing prints.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// A channel that can be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// A Teams workflow, by its URL (which is the secret).
    Teams(SecretText),
    /// A Slack incoming webhook, by its URL (which is the secret).
    Slack(SecretText),
    /// PagerDuty.
    PagerDuty {
        /// Where events are taken.
        url: String,
        /// The routing key.
        key: SecretText,
    },
    /// A POST signed by Standard Webhooks.
    Webhook {
        /// Where to.
        url: String,
        /// The key, decoded.
        key: Key,
    },
}

/// A signing key that nothing prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub(crate) Vec<u8>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Channel {
    /// The channel of the configuration, with its secrets read by `read`. The error says what is wrong, and repeats no
    /// secret.
    pub fn resolve(
        channel: &config::Channel,
        read: impl Fn(&SecretRef) -> Result<Vec<u8>, String>,
    ) -> Result<Self, String> {
        let text = |secret: &SecretRef| {
            let text = String::from_utf8(read(secret)?).map_err(|_| "the secret is not text".to_owned())?;
            // An editor's or a shell's line end is never part of an address or a key.
            Ok::<_, String>(text.trim_end_matches(['\r', '\n']).to_owned())
        };
        let base = channel.url.as_deref();
        match &channel.service {
            Service::Teams(secret) => Ok(Self::Teams(SecretText(address(&text(secret)?, base)?))),
            Service::Slack(secret) => Ok(Self::Slack(SecretText(address(&text(secret)?, base)?))),
            Service::PagerDuty(secret) => {
                let key = text(secret)?;
                if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                    return Err("the secret is not a routing key (letters and digits)".into());
                }
                let url = format!("{}/v2/enqueue", base.unwrap_or(PAGERDUTY).trim_end_matches('/'));
                Ok(Self::PagerDuty { url: address(&url, None)?, key: SecretText(key) })
            }
            Service::Webhook { url, secret } => {
                let key = key(&text(secret)?)?;
                Ok(Self::Webhook { url: address(url, base)?, key })
            }
        }
    }

    /// The host that hears, for messages: the rest of an address may be a secret.
    pub(crate) fn host(&self) -> String {
        let url = match self {
            Self::Teams(url) | Self::Slack(url) => url.reveal(),
            Self::PagerDuty { url, .. } | Self::Webhook { url, .. } => url,
        };
        url.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default()
    }
}

/// The key of Standard Webhooks that is written like this. The error does not repeat it.
pub(crate) fn key(text: &str) -> Result<Key, String> {
    let key = text.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok());
    let key = key.filter(|key| key.len() >= KEY_BYTES_MIN);
    key.map(Key).ok_or_else(|| "the secret must be whsec_ and the base64 of at least 24 bytes".to_owned())
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
            Ok(format!("{}{rest}", base.trim_end_matches('/')))
        }
    }
}
