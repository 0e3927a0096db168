//! What a look read of a customer's tenant, each piece with its own success or failure.

use crate::fitness::Read;
use crate::ids::{GroupId, TenantId, UnitId};
use crate::permissions::Held;
use crate::plan::Unwritable;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What came of asking for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// There is one.
    Given,
    /// The tenant does not know the app, or has switched it off: why, in Microsoft's words.
    NoConsent(String),
    /// There is no such tenant in this cloud.
    NoTenant(String),
    /// Our own credential was refused, which is no fault of the customer's.
    Ours(String),
    /// Anything else: nothing was learnt.
    Unread(String),
}

/// What a tenant says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// What it calls itself.
    pub name: Option<String>,
    /// Its verified domains, lower case.
    pub domains: BTreeSet<String>,
}

/// Whether a tenant's cross-tenant access settings let guests in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// All users of the other tenant.
    Open,
    /// Those that are named, or all but those.
    Partly,
    /// Nobody.
    Closed,
    /// As the settings for everybody say.
    AsEverybody,
}

/// A target group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What it is called.
    pub name: Option<String>,
    /// Why Graph cannot write its members, if so.
    pub unwritable: Option<Unwritable>,
}

/// Everything that was read. What no probe of the customer needs was not asked, and says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The token for the tenant.
    pub token: Token,
    /// The permissions of Microsoft Graph that it carries.
    pub roles: Read<BTreeSet<String>>,
    /// The app roles that our service principal was given, of every service.
    pub assigned: Read<BTreeSet<Uuid>>,
    /// Our service principal in the tenant, if it was found.
    pub service_principal: Option<Uuid>,
    /// The directory roles that it holds.
    pub own_roles: Read<BTreeSet<Held>>,
    /// The tenant; `None`: another one answered.
    pub organization: Read<Option<Tenant>>,
    /// Who may invite guests, in Microsoft's words.
    pub invites_from: Read<String>,
    /// The cross-tenant access settings for the partner's tenant; `None`: there are none.
    pub partner: Read<Option<Door>>,
    /// Those for everybody.
    pub everybody: Read<Door>,
    /// The units of the configuration, and whether each is there.
    pub units: Vec<(UnitId, Read<bool>)>,
    /// Whether sign-ins are shown to us.
    pub sign_ins: Read<()>,
    /// Whether eligible roles are shown to us.
    pub eligible: Read<()>,
    /// The target groups of the configuration; `None`: not there.
    pub groups: Vec<(GroupId, Read<Option<Group>>)>,
    /// The subscriptions of the configuration, and whether each may be read.
    pub subscriptions: Vec<(Uuid, Read<()>)>,
    /// Whether the tenant's diagnostic settings may be read.
    pub exports: Read<()>,
}
