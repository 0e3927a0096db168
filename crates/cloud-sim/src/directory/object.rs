//! What a directory holds.

use crate::GroupSettings;
use jiff::Timestamp;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Ten thousand tenants of some hundred people must fit into memory: addresses are shared, rare things are boxed.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) display_name: Arc<str>,
    pub(crate) mail: Option<Arc<str>>,
    /// `None`: a guest whose name still follows from the mail.
    pub(crate) upn: Option<Arc<str>>,
    pub(crate) guest: bool,
    pub(crate) external: Option<External>,
    pub(crate) enabled: bool,
    pub(crate) born: Born,
    pub(crate) deleted: Option<Timestamp>,
    pub(crate) rare: Option<Box<RareUser>>,
}

/// How somebody from outside came in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct External {
    /// Whether the invitation was redeemed.
    pub(crate) accepted: bool,
    pub(crate) since: Timestamp,
}

/// What few users have.
#[derive(Debug, Clone, Default)]
pub(crate) struct RareUser {
    pub(crate) other_mails: Vec<Arc<str>>,
    pub(crate) proxy_addresses: Option<Vec<Arc<str>>>,
    /// The issuer that a guest redeemed with, such as `ExternalAzureAD` or `MicrosoftAccount`.
    pub(crate) issuer: Option<Arc<str>>,
    pub(crate) on_premises: bool,
    pub(crate) management_restricted: bool,
    /// Made by cross-tenant synchronisation: external, but without an invitation of its own.
    pub(crate) synchronised: bool,
    /// Other properties that were written.
    pub(crate) profile: serde_json::Map<String, serde_json::Value>,
}

/// When an object came into being, and from when which readers can see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Born {
    pub(crate) at: Timestamp,
    pub(crate) visible: Duration,
    pub(crate) indexed: Duration,
}

impl User {
    pub(crate) fn rare(&mut self) -> &mut RareUser {
        self.rare.get_or_insert_default()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) settings: GroupSettings,
    pub(crate) members: BTreeSet<Uuid>,
    pub(crate) owners: BTreeSet<Uuid>,
    /// Changes that full reads may not show yet: when, who, whether in or out.
    pub(crate) recent: VecDeque<(Duration, Uuid, bool)>,
    pub(crate) born: Born,
    pub(crate) deleted: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) display_name: String,
    /// Restricted management: application permissions do not reach in.
    pub(crate) restricted: bool,
    pub(crate) members: BTreeSet<Uuid>,
}

/// Members that are neither people nor groups.
#[derive(Debug, Clone)]
pub(crate) struct Other {
    /// Such as `device` or `servicePrincipal`.
    pub(crate) kind: &'static str,
    pub(crate) display_name: String,
    pub(crate) app_id: Option<Uuid>,
}
