//! `[channels.<name>]`, `[[escalation]]`: where notices go. The escalation is read and checked; used from a later
//! version on.

use crate::config::channels::{Channel, Service};
use crate::config::words::{Duration, HttpsUrl, Secret, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// [channels.<name>]: exactly one kind, and `url` where the service stands elsewhere.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ChannelTable {
    /// The URL of a Teams workflow.
    pub(in crate::config) teams: Option<Secret>,
    /// A Slack incoming webhook's URL, or an app.
    pub(in crate::config) slack: Option<Slack>,
    /// A PagerDuty routing key.
    pub(in crate::config) pagerduty: Option<Secret>,
    /// A signed POST of ours.
    pub(in crate::config) webhook: Option<Webhook>,
    /// Mail through Graph.
    pub(in crate::config) mail: Option<Settings>,
    /// Mail through a mail server.
    pub(in crate::config) smtp: Option<Settings>,
    /// Jira Service Management.
    pub(in crate::config) jsm: Option<Settings>,
    /// Amazon SNS.
    pub(in crate::config) sns: Option<Settings>,
    /// Twilio.
    pub(in crate::config) twilio: Option<Settings>,
    /// A ServiceNow table.
    pub(in crate::config) servicenow: Option<Settings>,
    /// Another base for the service.
    pub(in crate::config) url: Option<HttpsUrl>,
}

/// A kind of channel that a table holds: its key, and its free settings if it has such.
pub(super) type ChannelKind<'a> = (&'static str, Option<&'a Settings>);

impl ChannelTable {
    /// The kinds that are written down; it should be one.
    pub(in crate::config) fn kinds(&self) -> Vec<ChannelKind<'_>> {
        let plain = [
            ("teams", self.teams.is_some()),
            ("slack", self.slack.is_some()),
            ("pagerduty", self.pagerduty.is_some()),
            ("webhook", self.webhook.is_some()),
        ];
        let free = [
            ("mail", &self.mail),
            ("smtp", &self.smtp),
            ("jsm", &self.jsm),
            ("sns", &self.sns),
            ("twilio", &self.twilio),
            ("servicenow", &self.servicenow),
        ];
        let plain = plain.into_iter().filter(|(_, there)| *there).map(|(kind, _)| (kind, None));
        let free = free.into_iter().filter_map(|(kind, settings)| Some((kind, Some(settings.as_ref()?))));
        plain.chain(free).collect()
    }

    /// The channel, if it is one that this version can send to.
    pub(in crate::config) fn resolve(&self) -> Option<Channel> {
        let service = match (&self.teams, &self.slack, &self.pagerduty, &self.webhook) {
            (Some(url), ..) => Service::Teams(url.0.clone()),
            (_, Some(Slack::Url(url)), ..) => Service::Slack(url.0.clone()),
            (_, _, Some(key), _) => Service::PagerDuty(key.0.clone()),
            (.., Some(hook)) => Service::Webhook { url: hook.url.0.clone(), secret: hook.secret.0.clone() },
            _ => return None,
        };
        Some(Channel { service, url: self.url.as_ref().map(|url| url.0.clone()) })
    }
}

/// Slack.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum Slack {
    /// An incoming webhook's URL.
    Url(Secret),
    /// An app.
    App(SlackApp),
}

/// A Slack app.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct SlackApp {
    /// Its bot token.
    pub(in crate::config) token: Secret,
    /// The channel's id.
    pub(in crate::config) channel: Text,
    /// Its signing secret, for buttons.
    pub(in crate::config) signing_secret: Option<Secret>,
}

/// A signed POST of ours.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Webhook {
    /// Where to.
    pub(in crate::config) url: HttpsUrl,
    /// The Standard Webhooks secret.
    pub(in crate::config) secret: Secret,
}

/// Settings of a service: texts by name.
pub(in crate::config) type Settings = BTreeMap<String, Text>;

/// [[escalation]]
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct EscalationStep {
    /// The channels that are told at once.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub(in crate::config) channels: Vec<String>,
    /// How long to wait for somebody before the next step.
    pub(in crate::config) wait: Option<Duration>,
}
