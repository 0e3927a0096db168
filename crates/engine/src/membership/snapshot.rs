//! The partner's side, read once a minute for all customers.
//!
//! Deltas tell *what* changed, full transitive reads of only those groups tell what is there now, and everybody who
//! left a group or looks disabled is read on their own before anything is concluded about them. A group that could
//! not be read keeps its last people and says that it is not to be relied on.

use super::documents::{SNAPSHOT, SnapshotDocument};
use super::follow::{Deltas, Follow, LAG_MAX};
use super::hints::Hints;
use super::partner::Partner;
use super::people;
use crate::{Engine, Error};
use access::config::{Config, Customer};
use access::ids::{GroupId, PersonId};
use access::plan::{Person, Snapshot, SourceGroup, SourceState};
use cloud::graph::{Answer, Ask};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// No run acts on a snapshot older than this.
pub(crate) const SNAPSHOT_AGE_MAX: SignedDuration = SignedDuration::from_mins(5);

/// How long one read of the partner serves the customers of one command.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(10);

/// The deltas are started anew and everything is read this often: what they failed to tell is found then.
const FULL_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// How long a failure to read the partner speaks for the customers that come next.
const FAILURE_KEPT_FOR: Duration = Duration::from_secs(30);

/// How long to wait before a read that contradicts the delta is repeated.
const CONTRADICTION_PAUSE: Duration = Duration::from_secs(1);

impl Engine {
    /// The partner's side, refreshed now and stored.
    pub(crate) async fn refresh_partner(&self) -> Result<Arc<Partner>, Error> {
        self.refresh_partner_at(&Hints::default()).await
    }

    /// The same, and what the hints name is read in any case.
    pub(crate) async fn refresh_partner_at(&self, hints: &Hints) -> Result<Arc<Partner>, Error> {
        let mut kept = self.store.read::<SnapshotDocument>(SNAPSHOT).await?;
        if let Some(kept) = &mut kept {
            hints.apply(&mut kept.value, self.clock.now());
        }
        let before = kept
            .as_ref()
            .map(|kept| &kept.value)
            .filter(|document| document.snapshot.tenant == self.config.partner.tenant_id);
        let document = Refresh { engine: self, before, hints, now: self.clock.now() }.run().await?;
        let stored = match &kept {
            Some(kept) => self.store.replace(kept, document).await,
            None => self.store.create(SNAPSHOT, document).await,
        };
        let kept = match stored {
            Ok(kept) => kept,
            // Another process refreshed it at the same time: theirs is as good.
            Err(store::Error::Conflict) => match self.store.read::<SnapshotDocument>(SNAPSHOT).await? {
                Some(kept) => kept,
                None => return Err(Error::Store("the snapshot vanished while it was written".into())),
            },
            Err(error) => return Err(error.into()),
        };
        let orders = self.orders().await?;
        Ok(self.remember_stored(kept, orders).await)
    }

    /// The partner as it is now, for commands: read once for all customers that one command looks at.
    pub(crate) async fn fresh_partner(&self) -> Result<Arc<Partner>, Error> {
        let _one_at_a_time = self.refreshing.lock().await;
        let young = self.clock.now() - FRESH_FOR;
        match self.known_partner().filter(|known| known.snapshot.taken > young) {
            Some(known) => Ok(known),
            None => self.refresh_partner().await,
        }
    }

    /// Reads the partner now, whatever this process read moments ago.
    pub async fn read_partner(&self) -> Result<(), Error> {
        let _one_at_a_time = self.refreshing.lock().await;
        self.refresh_partner().await.map(|_| ())
    }

    /// The stored snapshot if it is young enough, else a refreshed one.
    pub(crate) async fn partner(&self) -> Result<Arc<Partner>, Error> {
        let oldest = self.clock.now() - SNAPSHOT_AGE_MAX;
        if let Some(known) =
            self.known_partner().filter(|known| known.snapshot.taken > self.clock.now() - SignedDuration::from_mins(1))
        {
            return Ok(known);
        }
        let names_all = |snapshot: &Snapshot| sources(&self.config).iter().all(|id| snapshot.groups.contains_key(id));
        match self.store.read::<SnapshotDocument>(SNAPSHOT).await? {
            Some(kept)
                if kept.value.snapshot.taken > oldest
                    && kept.value.snapshot.tenant == self.config.partner.tenant_id
                    && names_all(&kept.value.snapshot) =>
            {
                let orders = self.orders().await?;
                Ok(self.remember_stored(kept, orders).await)
            }
            _ => self.refresh_unless_it_failed().await,
        }
    }

    /// One refresh for all the customers that wait for it; after a failure none at all for a moment, or an outage of
    /// the partner's tenant would be answered by a storm of requests, one for each customer.
    async fn refresh_unless_it_failed(&self) -> Result<Arc<Partner>, Error> {
        let _one_at_a_time = self.refreshing.lock().await;
        let oldest = self.clock.now() - SNAPSHOT_AGE_MAX;
        if let Some(known) = self.known_partner().filter(|known| known.snapshot.taken > oldest) {
            return Ok(known);
        }
        let failed = self.partner_unread.lock().expect("no holder panics").clone();
        if let Some((_, why)) = failed.filter(|(at, _)| self.clock.monotonic() < *at + FAILURE_KEPT_FOR) {
            return Err(Error::PartnerUnread(why));
        }
        let refreshed = self.refresh_partner().await;
        let why = refreshed.as_ref().err().map(ToString::to_string);
        *self.partner_unread.lock().expect("no holder panics") = why.map(|why| (self.clock.monotonic(), why));
        refreshed
    }
}

/// Every partner group that the configuration names.
pub(crate) fn sources(config: &Config) -> BTreeSet<GroupId> {
    config.customers.iter().flat_map(Customer::sources).collect()
}

struct Refresh<'a> {
    engine: &'a Engine,
    before: Option<&'a SnapshotDocument>,
    /// What somebody told us of.
    hints: &'a Hints,
    now: Timestamp,
}

impl Refresh<'_> {
    async fn run(&self) -> Result<SnapshotDocument, Error> {
        let wanted = sources(&self.engine.config);
        let reader = self.engine.graph.reader(self.engine.config.partner.tenant_id.0);
        let go_on = self.before.is_some_and(|before| self.now < before.full_at);
        let follow = Follow { reader: &reader, before: self.before, go_on, now: self.now };
        let mut deltas = follow.deltas(&wanted).await?;
        let mut reread: BTreeMap<GroupId, Timestamp> =
            self.before.map(|before| before.reread.clone()).unwrap_or_default();
        reread.retain(|id, _| wanted.contains(id));
        let mut lacking = self.before.map(|before| before.lacking.clone()).unwrap_or_default();
        lacking.retain(|id, _| wanted.contains(id));
        let roots: BTreeSet<GroupId> = wanted.iter().copied().filter(|id| self.is_due(*id, &deltas, &reread)).collect();
        let mut read = self.read(&roots).await;
        // Before anything is believed: their first rounds list who came with them.
        let nested = read.values().flatten().flat_map(|found| found.nested.iter().copied()).collect();
        follow.follow_nested(nested, &mut deltas).await?;
        let mut groups = BTreeMap::new();
        let mut seen: BTreeMap<PersonId, Person> = BTreeMap::new();
        for &id in &wanted {
            let old = self.before.and_then(|before| before.snapshot.groups.get(&id));
            let group = match read.remove(&id) {
                None => old.cloned().unwrap_or_else(|| self.unread(None, "it was not read")),
                Some(Err(Failure::Gone)) => SourceGroup { state: SourceState::Gone, ..self.unread(old, "") },
                Some(Err(Failure::Other(why))) => self.unread(old, &why),
                Some(Ok(found)) => {
                    let touched = deltas.touches(id, &found.nested);
                    let believed = self.believe(id, found, old, &deltas, lacking.get(&id)).await;
                    if believed.lacks {
                        lacking.entry(id).or_insert(self.now);
                    } else {
                        lacking.remove(&id);
                    }
                    if touched && !deltas.anew.contains(&id) {
                        reread.insert(id, self.now + LAG_MAX);
                    } else if believed.in_doubt {
                        // Not put off again: after the last look the reads are believed.
                        reread.entry(id).or_insert(self.now + LAG_MAX);
                    } else if reread.get(&id).is_some_and(|until| *until <= self.now) {
                        reread.remove(&id);
                    }
                    deltas.keep_unshown(id, &believed.group.nested, &believed.unshown, self.now);
                    seen.extend(believed.seen);
                    believed.group
                }
            };
            groups.insert(id, group);
        }
        let known = self.before.map(|before| before.snapshot.people.clone()).unwrap_or_default();
        let granted = self.engine.granted_people().await?;
        let holders = self.engine.holders().await?;
        let mut settled = people::settle(people::Settle {
            reader: &reader,
            granted: granted.into_keys().chain(holders).collect(),
            now: self.now,
            known,
            seen,
            groups: &groups,
            was_present: self.was_present(),
            changes: &deltas.people,
            check_all: deltas.people_anew,
            unconfirmed: self.before.map(|before| before.unconfirmed.clone()).unwrap_or_default(),
        })
        .await;
        let before = self.before.map(|before| &before.snapshot);
        super::leaving::note(before, &groups, self.now, &mut settled.people);
        let mut snapshot =
            Snapshot { taken: self.now, tenant: self.engine.config.partner.tenant_id, groups, people: settled.people };
        self.stamp(&mut snapshot);
        Ok(SnapshotDocument {
            snapshot,
            chunks: deltas.chunks,
            users: deltas.users,
            reread,
            lacking,
            told: deltas.told,
            unconfirmed: settled.unconfirmed,
            full_at: self
                .before
                .map(|before| before.full_at)
                .filter(|at| *at > self.now)
                .unwrap_or(self.now + FULL_EVERY),
        })
    }

    fn is_due(&self, id: GroupId, deltas: &Deltas, reread: &BTreeMap<GroupId, Timestamp>) -> bool {
        let old = self.before.and_then(|before| before.snapshot.groups.get(&id));
        match old {
            // Nobody told who was disabled while the users were not followed: the lists do.
            Some(_) if deltas.people_anew => true,
            Some(group) if group.state == SourceState::Complete => {
                reread.contains_key(&id) || deltas.touches(id, &group.nested) || self.hints.names(id, &group.nested)
            }
            _ => true,
        }
    }

    async fn read(&self, roots: &BTreeSet<GroupId>) -> BTreeMap<GroupId, Result<Found, Failure>> {
        let reader = self.engine.graph.reader(self.engine.config.partner.tenant_id.0);
        let asks =
            roots.iter().flat_map(|id| [Ask::TransitiveUsers { group: id.0 }, Ask::TransitiveGroups { group: id.0 }]);
        let mut answers = reader.ask(asks.collect()).await.into_iter();
        let mut read = BTreeMap::new();
        for &id in roots {
            let (users, groups) = (answers.next(), answers.next());
            let (Some(users), Some(groups)) = (users, groups) else { break };
            let found = users.and_then(Answer::people).and_then(|users| {
                let nested = groups.and_then(Answer::ids)?.into_iter().map(GroupId).collect();
                let people = users.iter().map(|user| (PersonId(user.id), people::person(user, self.now))).collect();
                Ok(Found { people, nested })
            });
            read.insert(
                id,
                found.map_err(|error| match error.kind {
                    cloud::Kind::Missing { .. } => Failure::Gone,
                    _ => Failure::Other(error.to_string()),
                }),
            );
        }
        read
    }

    /// The group as far as it can be believed, after a second look where the first contradicts what the deltas said: a
    /// replica may lag.
    ///
    /// Absences that no delta row explains are not believed for a while, and whoever came but is not shown is in doubt.
    async fn believe(
        &self,
        id: GroupId,
        found: Found,
        old: Option<&SourceGroup>,
        deltas: &Deltas,
        lacking_since: Option<&Timestamp>,
    ) -> Believed {
        let known = old.filter(|old| old.state == SourceState::Complete);
        let left = |person: &PersonId| {
            self.before.and_then(|before| before.snapshot.people.get(person)).is_some_and(Person::has_left)
        };
        let look = |found: &Found| -> Look {
            let ids: BTreeSet<PersonId> = found.people.keys().copied().collect();
            let lost = known.map(|old| {
                let gone = old.people.difference(&ids).copied();
                gone.filter(|person| !left(person) && !deltas.explains(id, &old.nested, *person)).collect()
            });
            Look {
                lost: lost.unwrap_or_default(),
                unshown: deltas.unshown(id, &found.nested, &ids),
                still_shown: deltas.still_shown(id, &found.nested, &ids),
                lacks_a_group: deltas.lacks_a_group(id, &found.nested),
                ids,
            }
        };
        let mut last = look(&found);
        let Found { people: mut seen, mut nested } = found;
        if last.is_in_doubt() {
            self.engine.clock.sleep(CONTRADICTION_PAUSE).await;
            if let Some(Ok(again)) = self.read(&BTreeSet::from([id])).await.remove(&id) {
                last = look(&again);
                (seen, nested) = (again.people, again.nested);
            }
        }
        let in_doubt = last.is_in_doubt();
        // Counted from the first read that lacked somebody: the lag of an earlier change ends while this may just begin.
        let doubt_over = deltas.anew.contains(&id) || lacking_since.is_some_and(|since| *since + LAG_MAX <= self.now);
        // Where the delta starts anew no row can explain an absence, but its first round lists who is there.
        let listed = deltas.listed_below(id).people;
        last.lost.retain(|person| !doubt_over || listed.contains(person));
        let lacks = !last.lost.is_empty();
        last.ids.extend(last.lost);
        let mut group = self.group(last.ids, nested, old);
        group.people.retain(|person| !last.still_shown.contains(person));
        group.doubtful = last.unshown.union(&last.still_shown).copied().collect();
        if last.lacks_a_group {
            let why = "a group that was just nested into it is not visible everywhere yet".into();
            group.state = SourceState::Unread { why };
        }
        Believed { group, seen, unshown: last.unshown, in_doubt, lacks }
    }

    fn was_present(&self) -> BTreeSet<PersonId> {
        let groups = self.before.iter().flat_map(|before| before.snapshot.groups.values());
        groups.flat_map(|group| group.people.iter().copied()).collect()
    }

    fn group(&self, people: BTreeSet<PersonId>, nested: BTreeSet<GroupId>, old: Option<&SourceGroup>) -> SourceGroup {
        let had_people = old.is_some_and(|old| !old.people.is_empty());
        let emptied =
            if people.is_empty() { old.and_then(|old| old.emptied).or(had_people.then_some(self.now)) } else { None };
        let changed = old.map_or(self.now, |old| old.changed);
        SourceGroup { state: SourceState::Complete, people, doubtful: BTreeSet::new(), nested, emptied, changed }
    }

    fn unread(&self, old: Option<&SourceGroup>, why: &str) -> SourceGroup {
        let state = SourceState::Unread { why: why.into() };
        match old {
            Some(old) => SourceGroup { state, ..old.clone() },
            None => SourceGroup {
                state,
                people: BTreeSet::new(),
                doubtful: BTreeSet::new(),
                nested: BTreeSet::new(),
                emptied: None,
                changed: self.now,
            },
        }
    }

    /// Notes which groups (or whose people) changed, so that their customers are queued at once.
    fn stamp(&self, snapshot: &mut Snapshot) {
        let Some(before) = self.before else { return };
        let changed: Vec<GroupId> = snapshot
            .groups
            .iter()
            .filter(|(id, group)| {
                let same = before.snapshot.groups.get(id).is_some_and(|old| {
                    old.state == group.state && old.people == group.people && old.doubtful == group.doubtful
                });
                let moved = |person: &PersonId| {
                    let was = before.snapshot.people.get(person).map(people::print);
                    was != snapshot.people.get(person).map(people::print)
                };
                !same || group.people.iter().any(moved)
            })
            .map(|(id, _)| *id)
            .collect();
        for id in changed {
            if let Some(group) = snapshot.groups.get_mut(&id) {
                group.changed = self.now;
            }
        }
    }
}

/// What reading one group gave.
struct Found {
    people: BTreeMap<PersonId, Person>,
    nested: BTreeSet<GroupId>,
}

/// What one look at a group leaves open.
struct Look {
    ids: BTreeSet<PersonId>,
    /// Who was there and is not, for no reason that a delta told.
    lost: BTreeSet<PersonId>,
    /// Who came, by a delta, and is not there.
    unshown: BTreeSet<PersonId>,
    /// Who went, by a delta, and is still there.
    still_shown: BTreeSet<PersonId>,
    lacks_a_group: bool,
}

impl Look {
    fn is_in_doubt(&self) -> bool {
        !self.lost.is_empty() || !self.unshown.is_empty() || !self.still_shown.is_empty() || self.lacks_a_group
    }
}

/// A group, and what was seen of its people.
struct Believed {
    group: SourceGroup,
    seen: BTreeMap<PersonId, Person>,
    /// Who came and is not shown yet.
    unshown: BTreeSet<PersonId>,
    in_doubt: bool,
    /// Whether somebody is kept whom the read lacks.
    lacks: bool,
}

enum Failure {
    Gone,
    Other(String),
}
