//! What is there: the partner's side (the snapshot) and a customer's (the survey).
//!
//! Nothing here is ever "empty because it could not be read": what could not be read says so.

use crate::config::{Address, Oddity};
use crate::ids::{GroupId, GuestId, ObjectId, PersonId, RoleId, TenantId, UnitId};
use crate::plan::Target;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The partner's side, read once for all customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was complete. No run acts on one older than five minutes.
    pub taken: Timestamp,
    /// The partner's tenant.
    pub tenant: TenantId,
    /// The source groups that the configuration names.
    pub groups: BTreeMap<GroupId, SourceGroup>,
    /// Everybody who is in one of them, or was within the last 30 days.
    pub people: BTreeMap<PersonId, Person>,
}

/// One of the partner's groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceGroup {
    /// Whether the rest can be relied on.
    pub state: SourceState,
    /// Everybody in it, nested groups included.
    pub people: BTreeSet<PersonId>,
    /// People of whom a delta says that they came and whom no read shows yet, or that they went and whom a read still
    /// shows, since replicas lag: they are not added for it, and not removed either.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub doubtful: BTreeSet<PersonId>,
    /// The groups nested in it: a change there is a change here.
    pub nested: BTreeSet<GroupId>,
    /// Since when it is empty, if it once had people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub emptied: Option<Timestamp>,
    /// When its people (or their state) last changed.
    pub changed: Timestamp,
}

/// Whether a source group was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SourceState {
    /// Read to its end.
    Complete,
    /// Microsoft says that there is no such group.
    Gone,
    /// It could not be read.
    Unread {
        /// Why, for people.
        why: String,
    },
}

/// One of the partner's people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their `mail`.
    pub mail: Option<String>,
    /// Their user principal name.
    pub upn: Option<String>,
    /// Their display name.
    pub name: Option<String>,
    /// Whether they are the partner's own guests: those are not passed on to customers.
    pub guest: bool,
    /// Whether they may work.
    pub state: PersonState,
    /// When we first saw that they left (disabled or deleted).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left: Option<Timestamp>,
    /// The most people, themselves included, who were found to have left within one hour around their own leaving. Zero
    /// while they are here, and for those who had left before we first looked.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub left_with: u32,
    /// When they first came into a source group that was followed already; none for those who were in it when it was
    /// first read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_seen: Option<Timestamp>,
    /// When they were last in a source group.
    pub seen: Timestamp,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Whether a person may work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonState {
    /// Enabled.
    Enabled,
    /// Disabled, confirmed by a read of that person.
    Disabled,
    /// Deleted, confirmed by a read of that person.
    Deleted,
    /// A list says that they left, and reading the person has not confirmed it: nothing is concluded.
    Unconfirmed,
}

impl Person {
    /// The address that is invited and held against `domains`, lower case.
    pub fn address(&self, which: Address) -> Option<String> {
        let address = match which {
            Address::Mail => self.mail.as_deref(),
            Address::Upn => self.upn.as_deref(),
            Address::MailElseUpn => self.mail.as_deref().or(self.upn.as_deref()),
        };
        address.map(str::trim).filter(|text| !text.is_empty()).map(str::to_lowercase)
    }

    /// Whether they are known to have left the partner.
    pub fn has_left(&self) -> bool {
        matches!(self.state, PersonState::Disabled | PersonState::Deleted)
    }
}

/// A complete read of what matters to us in one customer's tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actual {
    /// The tenant that was read.
    pub tenant: TenantId,
    /// When.
    pub taken: Timestamp,
    /// Each target that the configuration or the ledger names.
    pub targets: BTreeMap<Target, TargetState>,
    /// Groups that the configuration asks us to make and that exist, by name.
    pub created: BTreeMap<String, GroupId>,
    /// Every user that we looked at: members of targets, guests of the ledger, matches of a look-up.
    pub guests: BTreeMap<GuestId, Guest>,
    /// Guests of the ledger that exist no more, not even among the deleted items.
    pub gone: BTreeSet<GuestId>,
    /// What looking up an address found; an address that is not here was not looked up.
    pub found: BTreeMap<String, BTreeSet<GuestId>>,
    /// The customer's stop list.
    pub deny: DenyState,
    /// What else a guest has, for those of whom we asked.
    pub access: BTreeMap<GuestId, OtherAccess>,
    /// Why the survey is not complete; empty: it is.
    pub gaps: Vec<String>,
    /// Whom our app can disable, delete and sign out.
    pub reach: Reach,
}

/// Which guests steps on a guest itself reach.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reach {
    /// Everybody: our permissions hold in the whole tenant.
    #[default]
    Tenant,
    /// Those within the units in which our app holds a role.
    Units {
        /// Them.
        guests: BTreeSet<GuestId>,
        /// What the customer has to give our app before its roles work as they are meant to, a sentence each.
        wanting: Vec<String>,
    },
}

impl Reach {
    /// Whether steps on this guest can work.
    pub fn has(&self, guest: GuestId) -> bool {
        match self {
            Self::Tenant => true,
            Self::Units { guests, .. } => guests.contains(&guest),
        }
    }
}

impl Actual {
    /// Whether packages give roles here, now or once.
    pub fn has_roles(&self) -> bool {
        self.targets.keys().any(|target| matches!(target, Target::Role(..)))
    }

    /// Whether packages give this role within this unit, now or once. Any other role, and any other scope (`None`: the
    /// whole tenant), protects its holder.
    pub fn gives_role(&self, role: RoleId, unit: Option<UnitId>) -> bool {
        unit.is_some_and(|unit| self.targets.contains_key(&Target::Role(role, unit)))
    }
}

/// One target, as surveyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetState {
    /// Read to its end.
    Read {
        /// Every direct member.
        members: BTreeMap<ObjectId, MemberKind>,
        /// What vetting found, besides what makes it unwritable.
        oddities: BTreeSet<Oddity>,
        /// Why it cannot be written at all.
        unwritable: Option<Unwritable>,
        /// Vetting facts that could not be read.
        unknown: Vec<String>,
    },
    /// Microsoft says that there is no such object.
    Gone,
    /// It could not be read.
    Unread {
        /// Why, for people.
        why: String,
    },
}

/// What kind of object a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// A user; whether a guest, `Actual::guests` tells.
    User,
    /// The customer's own user, never touched. Of those of whom the ledger knows nothing `Actual::guests` has nothing.
    Own,
    /// Anything else: never touched.
    Other,
}

/// Why a target cannot be written through Graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritable {
    /// Its membership is computed by a rule.
    Dynamic,
    /// It is mastered on premises.
    Synced,
    /// It can hold directory roles.
    RoleAssignable,
    /// It is (in) a restricted management unit, within which our app holds no role.
    Restricted,
    /// It is in no unit within which our app holds a role, and our app writes by such roles here.
    OutOfReach,
    /// It is a mail-enabled security group or a distribution list.
    MailEnabled,
    /// It is a role, and our app has no permission to give or take roles here: people do it by hand.
    ByHand,
}

/// A user of a customer's tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guest {
    /// Primary address.
    pub mail: Option<String>,
    /// Other addresses: never enough for a match.
    pub other_mails: Vec<String>,
    /// The user principal name.
    pub upn: Option<String>,
    /// Ways to sign in: issuer, and the id that it assigned.
    pub identities: Vec<(String, Option<String>)>,
    /// `Invitation` for B2B guests.
    pub creation_type: Option<String>,
    /// `PendingAcceptance` or `Accepted`; `None` for internal users and those made by cross-tenant sync.
    pub external_state: Option<String>,
    /// Whether they may sign in.
    pub enabled: bool,
    /// Whether they are in the tenant's deleted items.
    pub deleted: bool,
    /// When the object was made.
    pub created: Option<Timestamp>,
}

impl Guest {
    /// Whether this is somebody from outside: only such users stand for a person, and only such are ever touched.
    pub fn is_external(&self) -> bool {
        self.external_state.is_some()
            || self.creation_type.as_deref() == Some("Invitation")
            || self.upn.as_deref().is_some_and(|upn| upn.to_uppercase().contains("#EXT#"))
    }

    /// Whether they redeemed the invitation with something else than a Microsoft Entra account.
    pub fn redeemed_elsewhere(&self) -> bool {
        self.external_state.as_deref() == Some("Accepted")
            && !self.identities.is_empty()
            && !self.identities.iter().any(|(issuer, _)| issuer == "ExternalAzureAD")
    }

    /// Their own addresses: `mail`, and what identities were assigned.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let assigned = self.identities.iter().filter_map(|(_, assigned)| assigned.as_deref());
        self.mail.as_deref().into_iter().chain(assigned)
    }

    /// Whether this address is theirs by `mail` or by an identity.
    pub fn is_addressed(&self, address: &str) -> bool {
        self.addresses().any(|text| text.to_lowercase() == address.to_lowercase())
    }
}

/// The customer's stop list, as surveyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DenyState {
    /// The configuration names none.
    None,
    /// Read to its end, nested groups included.
    Read(BTreeSet<GuestId>),
    /// It could not be read: nobody is added.
    Unread {
        /// Why, for people.
        why: String,
    },
}

/// What a guest has besides what we gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherAccess {
    /// Read.
    Known {
        /// Groups and units of which they are a direct member, ours included.
        memberships: BTreeSet<ObjectId>,
        /// Whether they hold a directory role besides the scoped ones that packages name here: tenant-wide, or anywhere
        /// else.
        directory_role: bool,
        /// Whether they own objects or have app roles.
        owns: bool,
    },
    /// It could not be read: nothing that rests on it is done.
    Unread {
        /// Why, for people.
        why: String,
        /// Whether it may be read soon without anybody mending something: then what can wait for it does.
        transient: bool,
    },
}
