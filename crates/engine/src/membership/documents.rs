//! What is kept in the store.
//!
//! A customer is two documents. The *head* is small (at most [`HEAD_BYTES_MAX`]) and tells a run that finds nothing
//! to do everything it needs; the *body* holds the ledger and is read only where something changed.

use super::left::Left;
use super::trouble::Trouble;
use access::ids::{GroupId, GuestId, PersonId, TenantId, UnitId};
use access::ledger::Ledger;
use access::plan::{CustomerPlan, Snapshot, Target};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::Document;
use store::journal::Head as ChainHead;

/// The size that a customer's head stays below, measured by a test.
pub const HEAD_BYTES_MAX: usize = 8 * 1024;

/// Where the partner's snapshot is.
pub const SNAPSHOT: &str = "partner/snapshot";

/// Where the minute tick keeps what it did last.
pub const SCHEDULE: &str = "schedule";

/// Where a customer's head is.
pub fn head_path(tenant: TenantId) -> String {
    format!("customers/{tenant}/head")
}

/// Where a customer's body is.
pub fn body_path(tenant: TenantId) -> String {
    format!("customers/{tenant}/body")
}

/// The folder of the leases: one for each customer that was ever looked after.
pub const LEASES: &str = "lease/";

/// Where a customer's lease is.
pub fn lease_path(tenant: TenantId) -> String {
    format!("{LEASES}{tenant}")
}

/// What a run that finds nothing to do needs to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    /// The lease's epoch under which it was written.
    pub epoch: u64,
    /// The last block of the customer's journal.
    pub chain: ChainHead,
    /// The digest of everything that the last plan was a function of, on the partner's side and in the configuration.
    pub inputs: String,
    /// Who had left the partner then: digests too.
    #[serde(default)]
    pub left: Left,
    /// Where the deltas of the customer's groups go on: the ids, and the link.
    pub groups: Vec<Chunk>,
    /// Where the delta of the customer's users goes on.
    pub users: String,
    /// For each unit the digest of its members.
    pub units: BTreeMap<UnitId, String>,
    /// For each role within a unit the digest of who holds it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub roles: BTreeMap<Target, String>,
    /// When everything is read again from scratch.
    pub full_at: Timestamp,
    /// When the plan changes by itself, or unfinished work is to be taken up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wake: Option<Timestamp>,
    /// When the first grant ends that is not seen to be over: this happens whether the partner can be read or not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grants_end: Option<Timestamp>,
    /// Counts the wake-ups.
    pub dirty: u64,
    /// The wake-up that the last run has answered.
    pub done: u64,
    /// Whether the customer is listed as needing a person.
    pub red: bool,
    /// Why the customer cannot be looked after at all, and when it is tried again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trouble: Option<Trouble>,
}

impl Head {
    /// The head of a customer of whom nothing could be read yet: the next run reads everything.
    pub(super) fn unread(chain: ChainHead, now: Timestamp) -> Self {
        Self {
            epoch: 0,
            chain,
            inputs: String::new(),
            left: Left::default(),
            groups: Vec::new(),
            users: String::new(),
            units: BTreeMap::new(),
            roles: BTreeMap::new(),
            full_at: now,
            wake: Some(now),
            grants_end: None,
            dirty: 0,
            done: 0,
            red: false,
            trouble: None,
        }
    }
}

impl Document for Head {
    const V: u32 = 1;
}

/// Some groups, and where their delta goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// At most 50.
    pub ids: BTreeSet<GroupId>,
    /// The delta link.
    pub link: String,
}

/// What only runs with something to do read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Body {
    /// The lease's epoch under which it was written.
    pub epoch: u64,
    /// The journal's block up to which the ledger is folded.
    pub chain: ChainHead,
    /// What is ours.
    pub ledger: Ledger,
    /// What vetting found, and when.
    pub vetted: BTreeMap<GroupId, Vetted>,
    /// Who is on the customer's stop list, as far as reads of it can be believed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub denied: Denied,
    /// The last plan, without the steps that went through: what `plans` and `health` show.
    pub last: Option<CustomerPlan>,
    /// Why the last run failed, if it did.
    #[serde(default)]
    pub failures: Vec<String>,
    /// Until when what is held can be decided on; a run that holds the same renews it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held_until: Option<Timestamp>,
    /// The ids of the causes of notices with which the customer is registered.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub told: BTreeSet<String>,
    /// Why the customer cannot be looked after at all, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trouble: Option<Trouble>,
}

/// Who is on a customer's stop list: since when reads lack them, `None` while they are shown.
pub type Denied = BTreeMap<GuestId, Option<Timestamp>>;

impl Body {
    /// The plan that people can decide on at this time: one that holds something and is not too old.
    pub(super) fn shown_at(&self, now: Timestamp) -> Option<&CustomerPlan> {
        let is_young = self.held_until.is_some_and(|until| now < until);
        self.last.as_ref().filter(|plan| is_young && !plan.held.is_empty())
    }
}

impl Document for Body {
    // 2: the ledger holds grants. A program that does not know them would store it without them, and people would stay.
    const V: u32 = 2;
}

/// What vetting found about a target group; read again daily.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vetted {
    /// When.
    pub at: Timestamp,
    /// Oddities.
    pub oddities: BTreeSet<access::config::Oddity>,
    /// What could not be read.
    pub unknown: Vec<String>,
}

/// The partner's snapshot, and how to go on from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SnapshotDocument {
    /// What was read.
    pub snapshot: Snapshot,
    /// Where the deltas of the source groups (and those nested in them) go on.
    pub chunks: Vec<Chunk>,
    /// Where the delta of the partner's users goes on.
    pub users: String,
    /// Groups that changed lately and are read again at each tick, until when: replicas lag.
    pub reread: BTreeMap<GroupId, Timestamp>,
    /// Groups of which reads lack somebody whose going no delta has told, and since when.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub lacking: BTreeMap<GroupId, Timestamp>,
    /// Members of whom a delta said lately that they came or went, by group.
    #[serde(default)]
    pub told: BTreeMap<GroupId, BTreeMap<uuid::Uuid, Told>>,
    /// People whose state a read has not confirmed yet, and since when.
    pub unconfirmed: BTreeMap<PersonId, Timestamp>,
    /// When everything is read again from scratch, whatever the deltas say.
    pub full_at: Timestamp,
}

/// What a delta said of one member of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// Whether they went; else they came.
    pub removed: bool,
    /// Whether the member is a group.
    pub group: bool,
}

impl Document for SnapshotDocument {
    const V: u32 = 1;
}

/// What the minute tick did last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Schedule {
    /// The last minute whose customers were queued.
    pub tick: Timestamp,
    /// Why the partner could not be read then, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partner_unread: Option<String>,
    /// Names the customers that the configuration had then.
    #[serde(default)]
    pub configured: String,
}

impl Document for Schedule {
    const V: u32 = 1;
}

/// A message that nobody can do anything with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Poison {
    /// Which function got it.
    pub function: String,
    /// Its first characters.
    pub message: String,
    /// What is wrong with it.
    pub why: String,
    /// When it last came.
    pub at: Timestamp,
}

impl Document for Poison {
    const V: u32 = 1;
}
