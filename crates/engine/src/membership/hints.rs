//! What somebody told us of changes at the partner: noted, and looked at by the next tick.
//!
//! A hint never says what is true. The tick reads the people and groups that it names by themselves, even where the
//! deltas lag behind, and concludes from that.
//!
//! Floods cost little: what this process has noted within the minute it does not note again, and beyond
//! [`HINTS_MAX`] hints it only notes that there were more, since the deltas tell of all of them anyway.

use super::dirty;
use super::documents::SnapshotDocument;
use super::subscriptions::Subscriptions;
use crate::{Engine, Error};
use access::ids::{GroupId, PersonId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::Document;
use uuid::Uuid;

/// The most hints of one minute that are looked at by themselves.
const HINTS_MAX: usize = 100;

/// The marker of the partner among those of the customers.
pub(super) const MARKED: &str = "partner";

/// Where the hints are.
const HINTS: &str = "partner/hints";

/// How long what is known about subscriptions is taken from memory.
const KNOWN_FOR: SignedDuration = SignedDuration::from_mins(1);

/// Hints that no tick has looked at yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hints {
    /// Groups that changed.
    pub groups: BTreeSet<GroupId>,
    /// People who changed.
    pub people: BTreeSet<PersonId>,
}

impl Document for Hints {
    const V: u32 = 1;
}

impl Hints {
    fn count(&self) -> usize {
        self.groups.len() + self.people.len()
    }

    /// Whether this source group, or one nested in it, is among the hints. It is read again then, and no more: whether the
    /// read is believed follows from the deltas, as ever.
    pub(super) fn names(&self, id: GroupId, nested: &BTreeSet<GroupId>) -> bool {
        self.groups.contains(&id) || !self.groups.is_disjoint(nested)
    }

    /// Makes the next refresh read the people whom the hints name, as far as we know them.
    pub(super) fn apply(&self, document: &mut SnapshotDocument, now: Timestamp) {
        let known = self.people.iter().filter(|id| document.snapshot.people.contains_key(id));
        for id in known {
            document.unconfirmed.entry(*id).or_insert(now);
        }
    }
}

/// What this process remembers, so that a flood does not reach the store.
#[derive(Default)]
pub(crate) struct Memory {
    /// The minute of the wall clock to which `noted` belongs.
    minute: i64,
    noted: BTreeSet<Uuid>,
    /// Our subscriptions and their secret, and until when they are believed.
    known: Option<(Timestamp, Arc<(Subscriptions, String)>)>,
    told: bool,
}

impl Memory {
    /// Whether it was not asked before in this process.
    pub(super) fn first_time(&mut self) -> bool {
        !std::mem::replace(&mut self.told, true)
    }

    /// Reads the subscriptions again at the next notification.
    pub(super) fn forget(&mut self) {
        self.known = None;
    }

    /// The hints that are new within this minute, as far as there is room.
    fn fresh(&mut self, hints: Hints, now: Timestamp) -> Hints {
        let minute = now.as_second().div_euclid(60);
        if self.minute != minute {
            (self.minute, self.noted) = (minute, BTreeSet::new());
        }
        let mut fresh = |id: Uuid| self.noted.len() < HINTS_MAX && self.noted.insert(id);
        Hints {
            groups: hints.groups.into_iter().filter(|id| fresh(id.0)).collect(),
            people: hints.people.into_iter().filter(|id| fresh(id.0)).collect(),
        }
    }
}

impl Engine {
    /// Our subscriptions in the partner's tenant and the secret that they carry: from memory, or from the store.
    pub(super) async fn known_subscriptions(&self) -> Result<Arc<(Subscriptions, String)>, Error> {
        let now = self.clock.now();
        let known = self.hints.lock().expect("no holder panics").known.clone();
        if let Some((_, known)) = known.filter(|(until, _)| now < *until) {
            return Ok(known);
        }
        let tenant = self.config.partner.tenant_id;
        let path = super::subscriptions::subscriptions_path(tenant);
        let stored = self.store.read::<Subscriptions>(&path).await?.map(|kept| kept.value).unwrap_or_default();
        let known = Arc::new((stored, self.client_state(tenant.0).await?));
        self.hints.lock().expect("no holder panics").known = Some((now + KNOWN_FOR, known.clone()));
        Ok(known)
    }

    /// Notes the hints for the next tick.
    pub(super) async fn note_hints(&self, hints: Hints) -> Result<(), Error> {
        let fresh = self.hints.lock().expect("no holder panics").fresh(hints, self.clock.now());
        if fresh.count() == 0 {
            return Ok(());
        }
        let stored = self.store.update::<Hints>(HINTS, |present| {
            let mut all = present.unwrap_or_default();
            // Several processes may note: the document has the same bound.
            if all.count() < HINTS_MAX {
                all.groups.extend(&fresh.groups);
                all.people.extend(&fresh.people);
            }
            Some(all)
        });
        if let Err(error) = stored.await {
            // Not noted, so the sender's next attempt must not be taken for a repetition.
            let mut memory = self.hints.lock().expect("no holder panics");
            fresh.groups.iter().map(|id| id.0).chain(fresh.people.iter().map(|id| id.0)).for_each(|id| {
                memory.noted.remove(&id);
            });
            return Err(error.into());
        }
        store::markers::set(&self.store, dirty::MARKER, MARKED).await?;
        Ok(())
    }

    /// Takes the hints that were noted since the last tick.
    pub(super) async fn take_hints(&self) -> Result<Hints, Error> {
        // The marker goes first: whoever notes in between sets it again.
        store::markers::clear(&self.store, dirty::MARKER, MARKED).await?;
        let Some(kept) = self.store.read::<Hints>(HINTS).await? else { return Ok(Hints::default()) };
        match self.store.replace(&kept, Hints::default()).await {
            Ok(_) | Err(store::Error::Conflict) => Ok(kept.value),
            Err(error) => Err(error.into()),
        }
    }
}
