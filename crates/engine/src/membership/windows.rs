//! The rails over all customers: what other customers' runs do is counted by reservations in the store.
//!
//! A run first notes whom it asks for, each under a name that no other run uses, and only then lists what everybody
//! noted. Of any runs that go ahead, the one that listed last saw all the others, so together they never exceed the
//! limit, however many processes there are. Where the list is over, a run takes its own notes back and holds: that can
//! hold too much, never too little. Nobody takes back another run's notes, and a run that was killed leaves its notes
//! behind: they count until their time is over.
//!
//! Everything is in the names, so that counting reads no document. Nothing is noted or listed unless a plan would take
//! something from people for being absent, or bring new people in.

use super::notes::{self, GRANTED, Named};
use super::partner::Partner;
use super::survey::Surveyed;
use super::tenants;
use crate::{Engine, Error};
use access::config::{Customer, Mode};
use access::ids::{ObjectId, PersonId, TenantId};
use access::ledger::Ledger;
use access::plan::{Entered, NEW_FOR, Needs, Planned, REMOVAL_COUNTS_FOR, RemovalWindow, Windows};
use futures::StreamExt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::{Document, hourly};

/// Who was removed: `window/removals/<hour>/<second>.<person>.<run>`, and `.granted` once a run may go ahead.
const REMOVALS: &str = "window/removals";

/// Who entered which customer: `window/entries/<hour>/<second>.<person>.<tenant>`.
const ENTRIES: &str = "window/entries";

/// How often a run asks again when it is over the limit only because others ask at the same moment.
const ATTEMPTS_MAX: u32 = 4;

/// The longest pause before it does; a random part of it is waited, times the number of the attempt.
const ATTEMPT_PAUSE: Duration = Duration::from_secs(1);

/// How many notes are written at a time.
const NOTES_AT_ONCE: usize = 16;

/// A note: its name says all but whose run it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    /// The customer whose run asked.
    by: TenantId,
}

impl Document for Note {
    const V: u32 = 1;
}

/// What stays the same while a plan is made again.
pub(super) struct Moment {
    pub(super) now: Timestamp,
    pub(super) windows: Windows,
}

/// What a plan asked for, and the names of this run's own notes.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) windows: Windows,
    removals: BTreeMap<ObjectId, String>,
    entries: BTreeMap<PersonId, String>,
}

impl Engine {
    /// Plans, finds out what the plan needs to know of all customers, and plans again: that plan may be carried out.
    ///
    /// With `may_write` this run's people are noted and count for others from now on; without, it only looks.
    pub(super) async fn plan_in_windows(
        &self,
        customer: &Customer,
        mode: Mode,
        partner: &Partner,
        ledger: &Ledger,
        surveyed: &mut Surveyed,
        may_write: bool,
    ) -> Result<Planned, Error> {
        let mut moment = Moment { now: self.clock.now(), windows: Windows::default() };
        let first = self.plan_surveyed(customer, mode, partner, ledger, surveyed, &moment).await;
        if first.needs == Needs::default() {
            return Ok(first);
        }
        let mut asked = self.ask(customer, partner, &first.needs, may_write).await?;
        moment.windows = std::mem::take(&mut asked.windows);
        let planned = self.plan_surveyed(customer, mode, partner, ledger, surveyed, &moment).await;
        if !self.is_met(&planned.needs, &moment.windows) {
            // It is the same moment and more rails hold, so nothing can have been added.
            return Err(Error::Internal("the plan grew while it was counted; nothing was done".into()));
        }
        self.settle_notes(customer, &asked, &planned.needs).await?;
        Ok(planned)
    }

    /// Whether everything that the plan rests on is known.
    pub(super) fn is_met(&self, needs: &Needs, windows: &Windows) -> bool {
        let removals = windows.removals.as_ref().map(|window| &window.asked);
        let entries = windows.entries.as_ref();
        (needs.removals.is_empty() || removals.is_some_and(|asked| needs.removals.is_subset(asked)))
            && (!self.limits_entries()
                || needs.entries.iter().all(|id| entries.is_some_and(|entries| entries.contains_key(id))))
            && (!needs.tenants || windows.tenants.is_some())
    }

    /// Whether there are more customers than one new person may enter.
    fn limits_entries(&self) -> bool {
        self.config.customers.len() > self.config.limits.new_person_customers_max as usize
    }

    pub(super) async fn ask(
        &self,
        customer: &Customer,
        partner: &Partner,
        needs: &Needs,
        may_write: bool,
    ) -> Result<Asked, Error> {
        let mut asked = Asked::default();
        if needs.tenants {
            let mut tenants = partner.tenants(&self.config);
            if customer.mode == Mode::Observe {
                tenants::with_observed(customer, &partner.snapshot, Arc::make_mut(&mut tenants));
            }
            asked.windows.tenants = Some(tenants);
        }
        if !needs.removals.is_empty() {
            let (window, notes) = self.ask_removals(customer, &needs.removals, may_write).await?;
            (asked.windows.removals, asked.removals) = (Some(window), notes);
        }
        if !needs.entries.is_empty() && self.limits_entries() {
            let (entries, notes) = self.ask_entries(customer, &needs.entries, may_write).await?;
            (asked.windows.entries, asked.entries) = (Some(entries), notes);
        }
        Ok(asked)
    }

    async fn ask_removals(
        &self,
        customer: &Customer,
        people: &BTreeSet<ObjectId>,
        may_write: bool,
    ) -> Result<(RemovalWindow, BTreeMap<ObjectId, String>), Error> {
        let limit = self.config.limits.removals_per_hour_all_max as usize;
        let mut attempt = 1;
        loop {
            let now = self.clock.now();
            let notes = self.notes(REMOVALS).await?;
            let window = notes::removal_window(&notes, people, now);
            let rest: BTreeSet<ObjectId> = people.difference(&window.granted).copied().collect();
            if !may_write {
                return Ok((window, BTreeMap::new()));
            }
            // Who goes free here does so for others too, for as long as this removal is young.
            let stale =
                window.granted.iter().filter(|who| people.contains(*who) && !notes::is_fresh(&notes, **who, now));
            let stale = stale.copied().collect();
            self.grant(customer, stale).await?;
            if rest.is_empty() || notes::granted_or_asked(&notes, people, now) > limit {
                return Ok((window, BTreeMap::new()));
            }
            let own = self.write_notes(customer, REMOVALS, rest, &self.random.id().simple().to_string()).await?;
            let notes = self.notes(REMOVALS).await?;
            let now = self.clock.now();
            let window = notes::removal_window(&notes, people, now);
            // Over only because others ask at this moment: one of us may go first.
            let crowded = window.count() > limit && notes::granted_or_asked(&notes, people, now) <= limit;
            if !crowded || attempt >= ATTEMPTS_MAX {
                return Ok((window, own));
            }
            self.take_back(own.into_values().collect()).await?;
            self.clock.sleep(ATTEMPT_PAUSE.mul_f64(self.random.fraction()) * attempt).await;
            attempt += 1;
        }
    }

    async fn ask_entries(
        &self,
        customer: &Customer,
        people: &BTreeSet<PersonId>,
        may_write: bool,
    ) -> Result<(BTreeMap<PersonId, Entered>, BTreeMap<PersonId, String>), Error> {
        let limit = self.config.limits.new_person_customers_max as usize;
        let now = self.clock.now();
        let known = notes::entered(&self.notes(ENTRIES).await?, people, now);
        let may_enter = |tenants: &Entered| !tenants.contains_key(&customer.tenant_id) && tenants.len() < limit;
        let enter: BTreeSet<PersonId> =
            known.iter().filter(|(_, tenants)| may_enter(tenants)).map(|(person, _)| *person).collect();
        if !may_write || enter.is_empty() {
            return Ok((known, BTreeMap::new()));
        }
        let own = self.write_notes(customer, ENTRIES, enter, &customer.tenant_id.to_string()).await?;
        Ok((notes::entered(&self.notes(ENTRIES).await?, people, self.clock.now()), own))
    }

    /// Lets those go ahead who pass, and takes back what was noted for the others.
    pub(super) async fn settle_notes(&self, customer: &Customer, asked: &Asked, passing: &Needs) -> Result<(), Error> {
        let granted: BTreeSet<ObjectId> =
            asked.removals.keys().filter(|who| passing.removals.contains(who)).copied().collect();
        self.grant(customer, granted).await?;
        let removals = asked.removals.iter().filter(|(who, _)| !passing.removals.contains(who)).map(|(_, path)| path);
        let entries = asked.entries.iter().filter(|(who, _)| !passing.entries.contains(who)).map(|(_, path)| path);
        let paths = removals.chain(entries).cloned().collect();
        self.take_back(paths).await
    }

    async fn grant(&self, customer: &Customer, people: BTreeSet<ObjectId>) -> Result<(), Error> {
        self.write_notes(customer, REMOVALS, people, GRANTED).await.map(|_| ())
    }

    /// Notes these people under names that end in `last`. Returns the names that are this run's own: one that was there
    /// is somebody else's, and says the same.
    async fn write_notes<Id: Copy + Ord + std::fmt::Display>(
        &self,
        customer: &Customer,
        kind: &str,
        people: BTreeSet<Id>,
        last: &str,
    ) -> Result<BTreeMap<Id, String>, Error> {
        let at = self.clock.now();
        let write = |id: Id| async move {
            let path = hourly::path(kind, at, &format!("{}.{id}.{last}", at.as_second()));
            match self.store.create(&path, Note { by: customer.tenant_id }).await {
                Ok(_) => Ok(Some((id, path))),
                Err(store::Error::Conflict) => Ok(None),
                Err(error) => Err(Error::from(error)),
            }
        };
        let mut own = BTreeMap::new();
        let writes: Vec<_> = people.into_iter().map(write).collect();
        let mut written = futures::stream::iter(writes).buffer_unordered(NOTES_AT_ONCE);
        while let Some(note) = written.next().await {
            own.extend(note?);
        }
        Ok(own)
    }

    async fn take_back(&self, paths: Vec<String>) -> Result<(), Error> {
        let deletes: Vec<_> = paths.iter().map(|path| self.store.delete(path)).collect();
        let mut deleted = futures::stream::iter(deletes).buffer_unordered(NOTES_AT_ONCE);
        while let Some(done) = deleted.next().await {
            done?;
        }
        Ok(())
    }

    async fn notes(&self, kind: &str) -> Result<Vec<Named>, Error> {
        Ok(self.store.list(&format!("{kind}/")).await?.iter().filter_map(|path| notes::named(path)).collect())
    }

    /// Deletes the notes that count no more, once an hour. Late sweeping costs nothing but a longer list.
    pub(super) async fn sweep_windows(&self, last: Option<Timestamp>, now: Timestamp) -> Result<(), Error> {
        if last.is_some_and(|last| hourly::folder(REMOVALS, last) == hourly::folder(REMOVALS, now)) {
            return Ok(());
        }
        for (kind, counts_for) in [(REMOVALS, REMOVAL_COUNTS_FOR), (ENTRIES, NEW_FOR)] {
            hourly::sweep(&self.store, kind, now - counts_for).await?;
        }
        Ok(())
    }
}
