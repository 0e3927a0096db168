//! `[channels.<name>]`, `[[escalation]]`: where notices go. The escalation is read and checked; used from a later
//! version on.

use super::services::{
    JsmTable, MailTable, PagerDuty, ServiceNowTable, Slack, SmtpTable, SnsTable, TwilioTable, WebhookTable,
};
use crate::config::channels::{Channel, Service};
use crate::config::words::{Duration, HttpsUrl, Secret};
use schemars::JsonSchema;
use serde::Deserialize;

/// [channels.<name>]: exactly one kind, and `url` where the service stands elsewhere.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ChannelTable {
    /// The URL of a Teams workflow.
    pub(in crate::config) teams: Option<Secret>,
    /// A Slack incoming webhook's URL, or an app.
    pub(in crate::config) slack: Option<Slack>,
    /// A PagerDuty routing key, or that and what signs PagerDuty's webhooks.
    pub(in crate::config) pagerduty: Option<PagerDuty>,
    /// A signed POST of ours.
    pub(in crate::config) webhook: Option<WebhookTable>,
    /// Mail through Graph.
    pub(in crate::config) mail: Option<MailTable>,
    /// Mail through a mail server.
    pub(in crate::config) smtp: Option<SmtpTable>,
    /// Jira Service Management.
    pub(in crate::config) jsm: Option<JsmTable>,
    /// Amazon SNS.
    pub(in crate::config) sns: Option<SnsTable>,
    /// Twilio text messages.
    pub(in crate::config) twilio: Option<TwilioTable>,
    /// Incidents in ServiceNow.
    pub(in crate::config) servicenow: Option<ServiceNowTable>,
    /// Another base for the service.
    pub(in crate::config) url: Option<HttpsUrl>,
}

impl ChannelTable {
    /// The kinds that can be written down.
    pub(in crate::config) const KINDS: [&str; 10] =
        ["teams", "slack", "pagerduty", "webhook", "mail", "smtp", "jsm", "sns", "twilio", "servicenow"];

    /// The kinds that are written down; it should be one.
    pub(in crate::config) fn kinds(&self) -> Vec<&'static str> {
        let there = [
            self.teams.is_some(),
            self.slack.is_some(),
            self.pagerduty.is_some(),
            self.webhook.is_some(),
            self.mail.is_some(),
            self.smtp.is_some(),
            self.jsm.is_some(),
            self.sns.is_some(),
            self.twilio.is_some(),
            self.servicenow.is_some(),
        ];
        Self::KINDS.into_iter().zip(there).filter(|(_, there)| *there).map(|(kind, _)| kind).collect()
    }

    /// The channel; `None` where it does not say enough, of which there is a problem.
    pub(in crate::config) fn resolve(&self) -> Option<Channel> {
        let service = [
            self.teams.as_ref().map(|url| Service::Teams(url.0.clone())),
            self.slack.as_ref().map(Slack::resolve),
            self.pagerduty.as_ref().map(PagerDuty::resolve),
            self.webhook.as_ref().map(WebhookTable::resolve),
            self.mail.as_ref().map(MailTable::resolve),
            self.smtp.as_ref().and_then(SmtpTable::resolve),
            self.jsm.as_ref().map(JsmTable::resolve),
            self.sns.as_ref().and_then(SnsTable::resolve),
            self.twilio.as_ref().map(TwilioTable::resolve),
            self.servicenow.as_ref().and_then(ServiceNowTable::resolve),
        ];
        let service = service.into_iter().flatten().next()?;
        Some(Channel { service, url: self.url.as_ref().map(|url| url.0.clone()) })
    }
}

/// [[escalation]]
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct EscalationStep {
    /// The channels that are told at once.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub(in crate::config) channels: Vec<String>,
    /// How long to wait for somebody before the next step.
    #[schemars(extend("default" = "5m"))]
    pub(in crate::config) wait: Option<Duration>,
}
