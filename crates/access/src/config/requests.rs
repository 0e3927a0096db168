//! How people may ask for access, and how a ticketing system's own words are understood.

use super::field_path::FieldSource;
use super::files::{CallbackAuthTable, CallerTable, FieldsTable, RequestsTable, StageTable};
use super::model::SecretRef;
use super::words::FieldPath;
use crate::ids::GroupId;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many approvals a request needs, if nothing is said.
pub(super) const APPROVALS: u32 = 1;

/// After how long approvers are reminded, and after how long nobody is asked any more, if nothing is said.
pub(super) const REMIND_AFTER: SignedDuration = SignedDuration::from_hours(24);
pub(super) const UNANSWERED_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How people may ask for a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requests {
    /// The longest grant; from one hour to 366 days.
    pub duration_max: SignedDuration,
    /// Whose approvals a request needs, one stage after the other; empty: nobody's.
    pub stages: Vec<Stage>,
    /// After how long the approvers of a stage are reminded, again and again. Default 24 hours.
    pub remind_after: SignedDuration,
    /// After how long without an answer a stage is given up. Default 7 days.
    pub unanswered_after: SignedDuration,
    /// Partner groups; `None`: anybody.
    pub requesters: Option<BTreeSet<GroupId>>,
    /// A pattern that the whole ticket number must match; `None`: no ticket needed.
    pub ticket: Option<String>,
}

/// One stage of approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// How many different people must approve; at least one.
    pub approvals: u32,
    /// Who may; `None`: anybody whom a caller with the right `approve` names.
    pub approvers: Option<BTreeSet<Approver>>,
}

/// Somebody who may approve.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Approver {
    /// Everybody in this group, of the partner or of the customer.
    Group(GroupId),
    /// Whoever has this mail address.
    Mail(String),
}

/// How we prove ourselves when we report back to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallbackAuth {
    /// A key in `Authorization: Bearer`.
    ApiKey(SecretRef),
    /// Basic authentication; the secret is `user:password`.
    Basic(SecretRef),
    /// Standard Webhooks signatures.
    StandardWebhooks(SecretRef),
}

impl CallbackAuth {
    /// Where its secret is found, and the key of the configuration that says so.
    pub fn secret(&self) -> (&SecretRef, &'static str) {
        match self {
            Self::ApiKey(secret) => (secret, "api_key"),
            Self::Basic(secret) => (secret, "basic"),
            Self::StandardWebhooks(secret) => (secret, "standard_webhooks"),
        }
    }
}

/// How to read the bodies that a ticketing system makes by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Native {
    /// Which system.
    pub format: Format,
    /// Where such a body says what a request needs.
    pub fields: BTreeMap<Field, FieldSource>,
    /// Which of the bodies ask for anything; `None`: all.
    pub when: Option<When>,
    /// When the ticket itself is read; [`ReadBack::Never`] for a caller without a desk of the same system.
    pub read_back: ReadBack,
}

/// When the ticket that a body is about is read from its system, before anything is made of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReadBack {
    /// Never: the body alone counts.
    Never,
    /// When the body does not say everything that the map names.
    Missing,
    /// Whenever a body asks: it may be older than the ticket.
    Always,
}

/// Which of a system's bodies ask for anything: those in which a field says one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// Where to look.
    pub field: FieldSource,
    /// What it must say; capitals matter.
    pub is: BTreeSet<String>,
}

/// Ticketing systems whose own bodies can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Jira.
    Jira,
    /// HaloPSA.
    Halopsa,
    /// ConnectWise PSA.
    Connectwise,
    /// Autotask.
    Autotask,
}

/// What a request is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// `ticket.system`
    TicketSystem,
    /// `ticket.id`
    TicketId,
    /// `ticket.number`
    TicketNumber,
    /// `ticket.url`
    TicketUrl,
    /// `customer.tenantId`
    CustomerTenantId,
    /// `customer.name`
    CustomerName,
    /// `invitee.email`
    InviteeEmail,
    /// `invitee.givenName`
    InviteeGivenName,
    /// `invitee.surname`
    InviteeSurname,
    /// `access.package`
    Package,
    /// `access.durationHours`
    DurationHours,
    /// `requestedBy.email`
    RequestedBy,
    /// `reason`
    Reason,
    /// `callback.url`
    CallbackUrl,
}

impl Field {
    /// All of them, in the order in which people read them.
    pub const ALL: [Self; 14] = [
        Self::TicketSystem,
        Self::TicketId,
        Self::TicketNumber,
        Self::TicketUrl,
        Self::CustomerTenantId,
        Self::CustomerName,
        Self::InviteeEmail,
        Self::InviteeGivenName,
        Self::InviteeSurname,
        Self::Package,
        Self::DurationHours,
        Self::RequestedBy,
        Self::Reason,
        Self::CallbackUrl,
    ];

    /// Its place in our own body, and in `fields` of a caller.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TicketSystem => "ticket.system",
            Self::TicketId => "ticket.id",
            Self::TicketNumber => "ticket.number",
            Self::TicketUrl => "ticket.url",
            Self::CustomerTenantId => "customer.tenantId",
            Self::CustomerName => "customer.name",
            Self::InviteeEmail => "invitee.email",
            Self::InviteeGivenName => "invitee.givenName",
            Self::InviteeSurname => "invitee.surname",
            Self::Package => "access.package",
            Self::DurationHours => "access.durationHours",
            Self::RequestedBy => "requestedBy.email",
            Self::Reason => "reason",
            Self::CallbackUrl => "callback.url",
        }
    }
}

/// `[packages.requests]` with its defaults.
pub(super) fn requests(table: &RequestsTable) -> Requests {
    let simple = StageTable { approvals: table.approvals, approvers: table.approvers.clone() };
    let stages = if table.stages.is_empty() { std::slice::from_ref(&simple) } else { &table.stages };
    Requests {
        duration_max: table.duration_max.0,
        stages: stages.iter().map(stage).filter(|stage| stage.approvals > 0).collect(),
        remind_after: table.remind_after.as_ref().map_or(REMIND_AFTER, |after| after.0),
        unanswered_after: table.unanswered_after.as_ref().map_or(UNANSWERED_AFTER, |after| after.0),
        requesters: table.requesters.as_ref().map(|groups| groups.iter().copied().collect()),
        ticket: table.ticket.as_ref().map(|ticket| ticket.0.clone()),
    }
}

fn stage(table: &StageTable) -> Stage {
    let approver = |named: &str| named.parse().map_or_else(|_| Approver::Mail(named.to_owned()), Approver::Group);
    Stage {
        approvals: table.approvals.unwrap_or(APPROVALS),
        approvers: table.approvers.as_ref().map(|named| named.iter().map(|one| approver(&one.0)).collect()),
    }
}

/// `callback_auth` of a caller.
pub(super) fn callback_auth(table: &CallbackAuthTable) -> CallbackAuth {
    match table {
        CallbackAuthTable::ApiKey(secret) => CallbackAuth::ApiKey(secret.0.clone()),
        CallbackAuthTable::Basic(secret) => CallbackAuth::Basic(secret.0.clone()),
        CallbackAuthTable::StandardWebhooks(secret) => CallbackAuth::StandardWebhooks(secret.0.clone()),
    }
}

/// `format`, `fields`, `when` and `read_back` of a caller.
pub(super) fn native(table: &CallerTable) -> Option<Native> {
    let fields = table.fields.as_ref();
    let fields = fields.into_iter().flat_map(mapped).map(|(field, path)| (field, path.0.clone()));
    let when = table.when.as_ref();
    let format = table.format?;
    let has_desk = table.ticket.as_ref().is_some_and(|ticket| ticket.is_of(format));
    Some(Native {
        format,
        fields: fields.collect(),
        when: when
            .map(|when| When { field: when.field.0.clone(), is: when.is.iter().map(|text| text.0.clone()).collect() }),
        read_back: if has_desk { table.read_back.unwrap_or(ReadBack::Missing) } else { ReadBack::Never },
    })
}

/// The fields that a caller's map names.
pub(super) fn mapped(table: &FieldsTable) -> impl Iterator<Item = (Field, &FieldPath)> {
    Field::ALL.into_iter().filter_map(|field| {
        let path = match field {
            Field::TicketSystem => &table.ticket.system,
            Field::TicketId => &table.ticket.id,
            Field::TicketNumber => &table.ticket.number,
            Field::TicketUrl => &table.ticket.url,
            Field::CustomerTenantId => &table.customer.tenant_id,
            Field::CustomerName => &table.customer.name,
            Field::InviteeEmail => &table.invitee.email,
            Field::InviteeGivenName => &table.invitee.given_name,
            Field::InviteeSurname => &table.invitee.surname,
            Field::Package => &table.access.package,
            Field::DurationHours => &table.access.duration_hours,
            Field::RequestedBy => &table.requested_by.email,
            Field::Reason => &table.reason,
            Field::CallbackUrl => &table.callback.url,
        };
        Some((field, path.as_ref()?))
    })
}
