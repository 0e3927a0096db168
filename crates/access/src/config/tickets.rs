//! Ticketing systems that are told what becomes of a request, resolved.

use super::model::SecretRef;
use crate::ids::ObjectId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A ticketing system whose tickets are written to with the system's own API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    /// Its base, `https://…` without a trailing slash.
    pub url: String,
    /// Which system, with what it needs.
    pub system: DeskSystem,
}

/// The systems that can be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskSystem {
    /// A table of ServiceNow.
    ServiceNow {
        /// The table that holds the tickets, such as `sc_req_item`.
        table: String,
        /// How we prove ourselves.
        auth: ServiceNowAuth,
        /// The value that the field `state` is set to.
        states: BTreeMap<TicketEvent, String>,
    },
    /// Jira Cloud.
    Jira {
        /// `mail:token`.
        auth: SecretRef,
        /// Whether comments are for the service desk alone.
        internal: bool,
        /// The id of the transition that is made.
        transitions: BTreeMap<TicketEvent, String>,
    },
    /// Zendesk.
    Zendesk {
        /// `mail/token:TOKEN`.
        auth: SecretRef,
        /// The status that is set.
        states: BTreeMap<TicketEvent, ZendeskStatus>,
    },
    /// Freshservice.
    Freshservice {
        /// The API key.
        auth: SecretRef,
    },
    /// HaloPSA.
    Halopsa {
        /// `client id:client secret`.
        client: SecretRef,
    },
    /// ConnectWise PSA.
    Connectwise {
        /// `company+public key:private key`.
        auth: SecretRef,
        /// The integration's client id, which every request names.
        client_id: ObjectId,
    },
    /// Autotask.
    Autotask {
        /// `user name:secret` of an API user.
        auth: SecretRef,
        /// The API integration code.
        integration_code: SecretRef,
    },
}

/// How we prove ourselves to ServiceNow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceNowAuth {
    /// `user:password`, sent with each request.
    Basic(SecretRef),
    /// `client id:client secret`, for a token (client credentials).
    Client(SecretRef),
}

/// The statuses that an update may give to a ticket of Zendesk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ZendeskStatus {
    /// Nobody works on it yet.
    New,
    /// Somebody works on it.
    Open,
    /// The requester is waited for.
    Pending,
    /// Somebody else is waited for.
    Hold,
    /// It is done.
    Solved,
}

/// What a ticket is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketEvent {
    /// Somebody has to approve the request.
    WaitingApproval,
    /// Nothing stands in its way any more.
    Accepted,
    /// The person was invited.
    Invited,
    /// The person has the access.
    Active,
    /// The access ends before long.
    EndingSoon,
    /// The access ends later than was told.
    Extended,
    /// The access has ended.
    Expired,
    /// Somebody said no.
    Rejected,
    /// Somebody took the request back.
    Cancelled,
    /// It cannot be done.
    Failed,
}

impl TicketEvent {
    /// Every event, in the order of a request's life.
    pub const ALL: [Self; 10] = [
        Self::WaitingApproval,
        Self::Accepted,
        Self::Invited,
        Self::Active,
        Self::EndingSoon,
        Self::Extended,
        Self::Expired,
        Self::Rejected,
        Self::Cancelled,
        Self::Failed,
    ];

    /// Its key in `states` and `transitions`.
    pub fn name(self) -> &'static str {
        match self {
            Self::WaitingApproval => "waiting_approval",
            Self::Accepted => "accepted",
            Self::Invited => "invited",
            Self::Active => "active",
            Self::EndingSoon => "ending_soon",
            Self::Extended => "extended",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// The event with this key.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

impl fmt::Display for TicketEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Desk {
    /// Every secret that it refers to, with the key below `ticket` that holds it.
    pub(super) fn secrets(&self) -> Vec<(&SecretRef, &'static str)> {
        match &self.system {
            DeskSystem::ServiceNow { auth: ServiceNowAuth::Basic(auth), .. } => vec![(auth, "servicenow.auth")],
            DeskSystem::ServiceNow { auth: ServiceNowAuth::Client(client), .. } => {
                vec![(client, "servicenow.client")]
            }
            DeskSystem::Jira { auth, .. } => vec![(auth, "jira.auth")],
            DeskSystem::Zendesk { auth, .. } => vec![(auth, "zendesk.auth")],
            DeskSystem::Freshservice { auth } => vec![(auth, "freshservice.auth")],
            DeskSystem::Halopsa { client } => vec![(client, "halopsa.client")],
            DeskSystem::Connectwise { auth, .. } => vec![(auth, "connectwise.auth")],
            DeskSystem::Autotask { auth, integration_code } => {
                vec![(auth, "autotask.auth"), (integration_code, "autotask.integration_code")]
            }
        }
    }
}
