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
use super::tenants;
use crate::{Engine, Error};
use access::config::{Customer, Mode};
use access::ids::{ObjectId, PersonId, TenantId};
use access::plan::{Entered, NEW_FOR, Needs, REMOVAL_COUNTS_FOR, RemovalWindow, Windows};
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

/// What a plan asked for, and the names of this run's own notes.
#[derive(Default)]
pub(super) struct Asked {
    /// What is known of all customers.
    pub(super) windows: Windows,
    removals: BTreeMap<ObjectId, String>,
    entries: BTreeMap<PersonId, String>,
}

impl Engine {
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

    /// Finds out what a plan needs to know of all customers, as far as it can be known. With `may_write` this run's people
    /// are noted and count for others from now on; `asked` names every note that was written, also where this fails.
    pub(super) async fn ask(
        &self,
        customer: &Customer,
        partner: &Partner,
        needs: &Needs,
        may_write: bool,
        asked: &mut Asked,
    ) -> Result<(), Error> {
        if needs.tenants {
            let mut tenants = partner.tenants(&self.config);
            if customer.mode == Mode::Observe {
                tenants::with_observed(customer, &partner.snapshot, Arc::make_mut(&mut tenants));
            }
            asked.windows.tenants = Some(tenants);
        }
        if !needs.removals.is_empty() {
            let window = self.ask_removals(customer, &needs.removals, may_write, &mut asked.removals).await?;
            asked.windows.removals = Some(window);
        }
        if !needs.entries.is_empty() && self.limits_entries() {
            let entries = self.ask_entries(customer, &needs.entries, may_write, &mut asked.entries).await?;
            asked.windows.entries = Some(entries);
        }
        Ok(())
    }

    async fn ask_removals(
        &self,
        customer: &Customer,
        people: &BTreeSet<ObjectId>,
        may_write: bool,
        own: &mut BTreeMap<ObjectId, String>,
    ) -> Result<RemovalWindow, Error> {
        let limit = self.config.limits.removals_per_hour_all_max as usize;
        let mut attempt = 1;
        loop {
            let now = self.clock.now();
            let notes = self.notes(REMOVALS).await?;
            let window = notes::removal_window(&notes, people, now);
            let rest: BTreeSet<ObjectId> = people.difference(&window.granted).copied().collect();
            if !may_write {
                return Ok(window);
            }
            // Who goes free here does so for others too, for as long as this removal is young.
            let stale =
                window.granted.iter().filter(|who| people.contains(*who) && !notes::is_fresh(&notes, **who, now));
            let stale = stale.copied().collect();
            self.grant(customer, stale).await?;
            if rest.is_empty() || notes::granted_or_asked(&notes, people, now) > limit {
                return Ok(window);
            }
            self.write_notes(customer, REMOVALS, rest, &self.random.id().simple().to_string(), own).await?;
            let notes = self.notes(REMOVALS).await?;
            let now = self.clock.now();
            let window = notes::removal_window(&notes, people, now);
            // Over only because others ask at this moment: one of us may go first.
            let crowded = window.count() > limit && notes::granted_or_asked(&notes, people, now) <= limit;
            if !crowded || attempt >= ATTEMPTS_MAX {
                return Ok(window);
            }
            self.take_back(own.values().cloned().collect()).await?;
            own.clear();
            self.clock.sleep(ATTEMPT_PAUSE.mul_f64(self.random.fraction()) * attempt).await;
            attempt += 1;
        }
    }

    async fn ask_entries(
        &self,
        customer: &Customer,
        people: &BTreeSet<PersonId>,
        may_write: bool,
        own: &mut BTreeMap<PersonId, String>,
    ) -> Result<BTreeMap<PersonId, Entered>, Error> {
        let limit = self.config.limits.new_person_customers_max as usize;
        let now = self.clock.now();
        let known = notes::entered(&self.notes(ENTRIES).await?, people, now);
        let may_enter = |tenants: &Entered| !tenants.contains_key(&customer.tenant_id) && tenants.len() < limit;
        let enter: BTreeSet<PersonId> =
            known.iter().filter(|(_, tenants)| may_enter(tenants)).map(|(person, _)| *person).collect();
        if !may_write || enter.is_empty() {
            return Ok(known);
        }
        self.write_notes(customer, ENTRIES, enter, &customer.tenant_id.to_string(), own).await?;
        Ok(notes::entered(&self.notes(ENTRIES).await?, people, self.clock.now()))
    }

    /// Lets those go ahead who pass, and takes back what was noted for the others: for all, where letting them go ahead
    /// fails. A grant that was written by then stays, since another run may rely on it.
    pub(super) async fn settle_notes(&self, customer: &Customer, asked: &Asked, passing: &Needs) -> Result<(), Error> {
        let granted: BTreeSet<ObjectId> =
            asked.removals.keys().filter(|who| passing.removals.contains(who)).copied().collect();
        let granted = self.grant(customer, granted).await;
        let goes = granted.is_ok();
        let removals = asked.removals.iter().filter(|(who, _)| !(goes && passing.removals.contains(who)));
        let entries = asked.entries.iter().filter(|(who, _)| !(goes && passing.entries.contains(who)));
        let paths = removals.map(|(_, path)| path).chain(entries.map(|(_, path)| path)).cloned().collect();
        let taken_back = self.take_back(paths).await;
        granted.and(taken_back)
    }

    async fn grant(&self, customer: &Customer, people: BTreeSet<ObjectId>) -> Result<(), Error> {
        self.write_notes(customer, REMOVALS, people, GRANTED, &mut BTreeMap::new()).await
    }

    /// Notes these people under names that end in `last`, and adds to `own` the names that are this run's own: one that
    /// was there is somebody else's, and says the same. All are tried, and what was written is in `own` also where others
    /// fail; whether the store has one whose writing failed nobody knows, and it counts until its time is over.
    async fn write_notes<Id: Copy + Ord + std::fmt::Display>(
        &self,
        customer: &Customer,
        kind: &str,
        people: BTreeSet<Id>,
        last: &str,
        own: &mut BTreeMap<Id, String>,
    ) -> Result<(), Error> {
        let at = self.clock.now();
        let write = |id: Id| async move {
            let path = hourly::path(kind, at, &format!("{}.{id}.{last}", at.as_second()));
            match self.store.create(&path, Note { by: customer.tenant_id }).await {
                Ok(_) => Ok(Some((id, path))),
                Err(store::Error::Conflict) => Ok(None),
                Err(error) => Err(Error::from(error)),
            }
        };
        let writes: Vec<_> = people.into_iter().map(write).collect();
        let mut written = futures::stream::iter(writes).buffer_unordered(NOTES_AT_ONCE);
        let mut failed = None;
        while let Some(note) = written.next().await {
            match note {
                Ok(note) => own.extend(note),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Deletes these notes; all are tried.
    async fn take_back(&self, paths: Vec<String>) -> Result<(), Error> {
        let deletes: Vec<_> = paths.iter().map(|path| self.store.delete(path)).collect();
        let deleted: Vec<_> = futures::stream::iter(deletes).buffer_unordered(NOTES_AT_ONCE).collect().await;
        deleted.into_iter().collect::<Result<(), _>>().map_err(Error::from)
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
