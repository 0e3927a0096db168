//! What the rails over all customers look at: counted elsewhere, given to a plan as data.
//!
//! A plan is made without them first and says what it [`Needs`]. Whoever makes plans finds that out, and plans again.
//! While something is not known (`None`) its rail holds nothing, so a plan whose needs are not met must not be carried
//! out.

use crate::ids::{ObjectId, PersonId, TenantId};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long somebody counts as removed after a plan asked for it.
///
/// The rail promises an hour. A run asks first and removes within its ten minutes at most, and one that finds a grant
/// younger than [`GRANT_FRESH_FOR`] does not ask again: both are added, so that the promise holds for the removals
/// themselves and not only for the asking.
pub const REMOVAL_COUNTS_FOR: SignedDuration = SignedDuration::from_mins(75);

/// A grant of this age still speaks for the same person in another customer.
pub const GRANT_FRESH_FOR: SignedDuration = SignedDuration::from_mins(5);

/// How long somebody is new, and how long the customers that they entered count.
pub const NEW_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What is known from outside the customer.
#[derive(Debug, Clone, Default)]
pub struct Windows {
    /// Who was removed lately, anywhere.
    pub removals: Option<RemovalWindow>,
    /// Which customers each of the plan's new people entered lately.
    pub entries: Option<BTreeMap<PersonId, Entered>>,
    /// In how many customers' tenants each person is meant to be.
    pub tenants: Option<Arc<BTreeMap<PersonId, u32>>>,
}

/// People whom set removals took something from, over all customers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemovalWindow {
    /// The people of this plan for whom the window was looked at.
    pub asked: BTreeSet<ObjectId>,
    /// Everybody who counts, and until when: also whom other runs asked for and may yet take back.
    pub counted: BTreeMap<ObjectId, Timestamp>,
    /// Of these, whose removal was let through already: it is one removal, in however many customers.
    pub granted: BTreeSet<ObjectId>,
}

impl RemovalWindow {
    /// How many different people it would be with those of this plan.
    pub fn count(&self) -> usize {
        self.counted.keys().chain(&self.asked).collect::<BTreeSet<_>>().len()
    }
}

/// The customers that one new person entered, and until when each counts.
pub type Entered = BTreeMap<TenantId, Timestamp>;

/// What a plan rests on that its [`Windows`] must tell before it may be carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// People from whom passing set removals take something; nobody released them.
    pub removals: BTreeSet<ObjectId>,
    /// New people who would enter this customer; nobody released them.
    pub entries: BTreeSet<PersonId>,
    /// Whether somebody is invited, so that it matters in how many tenants people are.
    pub tenants: bool,
}
