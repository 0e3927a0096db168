//! Following the partner's groups and users by their deltas: what changed since the last snapshot.

use super::documents::{Chunk, SnapshotDocument, Told};
use super::people::{self, Changes};
use super::trouble::is_shut_out;
use super::watch;
use crate::Error;
use access::ids::{GroupId, PersonId};
use cloud::graph::{Answer, Ask, DeltaFrom, GroupChange, ObjectKind, Reader};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How long a replica may lag behind what a delta has told; the groups are read again at each tick meanwhile.
pub(super) const LAG_MAX: SignedDuration = SignedDuration::from_mins(10);

/// What the deltas said.
#[derive(Default)]
pub(super) struct Deltas {
    pub(super) chunks: Vec<Chunk>,
    pub(super) users: String,
    pub(super) groups: BTreeMap<GroupId, GroupChange>,
    /// Groups whose delta starts anew: what happened before is not told.
    pub(super) anew: BTreeSet<GroupId>,
    /// The direct members of those that are people or groups, as the first round of their delta lists them.
    listed: BTreeMap<GroupId, Listed>,
    pub(super) people: Changes,
    pub(super) people_anew: bool,
    /// What was said lately of single members, in this round and in those before.
    pub(super) told: BTreeMap<GroupId, BTreeMap<Uuid, Told>>,
}

impl Deltas {
    /// Whether the group, or one nested in it, changed or was not followed until now.
    pub(super) fn touches(&self, id: GroupId, nested: &BTreeSet<GroupId>) -> bool {
        std::iter::once(&id).chain(nested).any(|id| self.groups.contains_key(id) || self.anew.contains(id))
    }

    /// Whether some row, of now or of a while ago, tells why this person is in the group no more.
    pub(super) fn explains(&self, id: GroupId, nested: &BTreeSet<GroupId>, person: PersonId) -> bool {
        let groups = || std::iter::once(&id).chain(nested);
        self.people.gone(person)
            || groups().filter_map(|id| self.groups.get(id)).any(|change| change.removed.is_some())
            || self.rows(groups()).any(|(member, told)| told.removed && (*member == person.0 || told.group))
    }

    /// Everybody in the group or below it, and the groups in it, as far as its delta started anew and lists them. A read of
    /// the members that lacks one of these contradicts it.
    pub(super) fn listed_below(&self, id: GroupId) -> Listed {
        let (mut below, mut todo) = (Listed::default(), vec![id]);
        while let Some(listed) = todo.pop().map(|next| self.listed.get(&next)) {
            let Some(Listed { people, groups }) = listed else { continue };
            below.people.extend(people);
            todo.extend(groups.iter().filter(|group| below.groups.insert(**group)));
        }
        below
    }

    /// People of whom a delta says that they came, or are there where it starts anew, and whom a read of the group does not
    /// show.
    pub(super) fn unshown(
        &self,
        id: GroupId,
        nested: &BTreeSet<GroupId>,
        read: &BTreeSet<PersonId>,
    ) -> BTreeSet<PersonId> {
        let came = self.rows(std::iter::once(&id).chain(nested)).filter(|(_, told)| !told.removed && !told.group);
        came.map(|(member, _)| PersonId(*member))
            .chain(self.listed_below(id).people)
            .filter(|person| !read.contains(person) && !self.people.gone(*person))
            .collect()
    }

    /// People of whom a delta says that they went (and none that they came), and whom a read of the group still shows:
    /// an old replica, or another way in.
    pub(super) fn still_shown(
        &self,
        id: GroupId,
        nested: &BTreeSet<GroupId>,
        read: &BTreeSet<PersonId>,
    ) -> BTreeSet<PersonId> {
        let of = |removed: bool| -> BTreeSet<PersonId> {
            let rows = self.rows(std::iter::once(&id).chain(nested));
            rows.filter(|(_, told)| told.removed == removed && !told.group).map(|(id, _)| PersonId(*id)).collect()
        };
        let (went, came) = (of(true), of(false));
        went.difference(&came).filter(|person| read.contains(person)).copied().collect()
    }

    /// Whether a group was nested into this one of which a read does not know yet: nobody can say who came with it.
    pub(super) fn lacks_a_group(&self, id: GroupId, nested: &BTreeSet<GroupId>) -> bool {
        let came = self.rows(std::iter::once(&id).chain(nested)).filter(|(_, told)| !told.removed && told.group);
        let mut came = came.map(|(member, _)| GroupId(*member)).chain(self.listed_below(id).groups);
        came.any(|group| group != id && !nested.contains(&group))
    }

    /// Keeps what first rounds list and the read of a group lacks, as if a row had told it: replicas lag for longer than this
    /// round.
    pub(super) fn keep_unshown(
        &mut self,
        id: GroupId,
        nested: &BTreeSet<GroupId>,
        people: &BTreeSet<PersonId>,
        now: Timestamp,
    ) {
        let below = self.listed_below(id).groups;
        for of in below.iter().chain([&id]) {
            let Some(listed) = self.listed.get(of) else { continue };
            let people = listed.people.intersection(people).map(|person| (person.0, false));
            let groups = listed.groups.difference(nested).filter(|group| **group != id).map(|group| (group.0, true));
            let rows = people.chain(groups).map(|(id, group)| (id, Told { at: now, removed: false, group }));
            let rows: Vec<_> = rows.collect();
            if !rows.is_empty() {
                self.told.entry(*of).or_default().extend(rows);
            }
        }
    }

    fn rows<'a>(&'a self, groups: impl Iterator<Item = &'a GroupId>) -> impl Iterator<Item = (&'a Uuid, &'a Told)> {
        groups.filter_map(|id| self.told.get(id)).flatten()
    }

    /// Takes over what earlier rounds told, while replicas may lag behind it, and adds what this one tells.
    fn remember(&mut self, before: Option<&SnapshotDocument>, now: Timestamp) {
        self.told = before.map(|before| before.told.clone()).unwrap_or_default();
        for (id, change) in &self.groups {
            let rows = self.told.entry(*id).or_default();
            rows.extend(change.members.iter().map(|member| {
                let group = member.kind == ObjectKind::Group;
                (member.id, Told { at: now, removed: member.removed, group })
            }));
        }
        self.told.values_mut().for_each(|rows| rows.retain(|_, told| told.at + LAG_MAX > now));
        self.told.retain(|_, rows| !rows.is_empty());
    }
}

/// People and groups that the first round of a delta lists.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) people: BTreeSet<PersonId>,
    groups: BTreeSet<GroupId>,
}

/// Asks for the deltas of one tenant's groups and users.
pub(super) struct Follow<'a> {
    pub(super) reader: &'a Reader,
    /// The last snapshot, unless everything is to be read from scratch.
    pub(super) before: Option<&'a SnapshotDocument>,
    /// Whether the last snapshot's links may be used.
    pub(super) go_on: bool,
    pub(super) now: Timestamp,
}

impl Follow<'_> {
    /// What changed since the last snapshot: one round trip when nothing did.
    pub(super) async fn deltas(&self, wanted: &BTreeSet<GroupId>) -> Result<Deltas, Error> {
        let mut deltas = Deltas::default();
        let mut watched: BTreeSet<GroupId> = wanted.clone();
        let mut asks = Vec::new();
        let mut chunks: Vec<BTreeSet<GroupId>> = Vec::new();
        if let Some(before) = self.before {
            watched.extend(before.snapshot.groups.values().flat_map(|group| &group.nested));
        }
        match self.before.filter(|_| self.go_on) {
            Some(before) => {
                for chunk in &before.chunks {
                    asks.push(Ask::GroupsDelta(DeltaFrom::Link(chunk.link.clone())));
                    chunks.push(chunk.ids.clone());
                }
                asks.push(Ask::UsersDelta(DeltaFrom::Link(before.users.clone())));
            }
            None => {
                asks.push(Ask::UsersDelta(DeltaFrom::Latest));
                deltas.people_anew = true;
            }
        }
        let mut answers = self.reader.ask(asks).await;
        let users = answers.pop().expect("one answer for each question");
        let mut restart: BTreeSet<GroupId> = BTreeSet::new();
        for (ids, answer) in chunks.into_iter().zip(answers) {
            match answer.and_then(Answer::groups) {
                Ok(round) => {
                    deltas.groups.extend(round.changes.into_iter().map(|change| (GroupId(change.id), change)));
                    deltas.chunks.push(Chunk { ids, link: round.link });
                }
                Err(error) if leads_nowhere(&error) => restart.extend(ids),
                Err(error) => return Err(Error::cloud("read the partner's groups", &error)),
            }
        }
        match users.and_then(Answer::users) {
            Ok(round) => {
                deltas.users = round.link;
                deltas.people = people::changes(round.changes);
            }
            Err(error) if leads_nowhere(&error) => {
                deltas.people_anew = true;
                let mut again = self.reader.ask(vec![Ask::UsersDelta(DeltaFrom::Latest)]).await;
                let round = again.remove(0).and_then(Answer::users);
                deltas.users = round.map_err(|error| Error::cloud("follow the partner's users", &error))?.link;
            }
            Err(error) => return Err(Error::cloud("read the partner's users", &error)),
        }
        let covered: BTreeSet<GroupId> = deltas.chunks.iter().flat_map(|chunk| chunk.ids.iter().copied()).collect();
        restart.extend(watched.difference(&covered));
        deltas.remember(self.before, self.now);
        self.start(restart, &mut deltas).await?;
        Ok(deltas)
    }

    /// Follows groups that no chunk follows yet.
    async fn start(&self, ids: BTreeSet<GroupId>, deltas: &mut Deltas) -> Result<(), Error> {
        let (started, listed) = watch::list_groups(self.reader, "the partner's groups", &ids).await?;
        deltas.anew.extend(ids);
        deltas.chunks.extend(started);
        for group in listed.into_iter().filter(|group| group.removed.is_none()) {
            let of = |kind: ObjectKind| {
                group
                    .members
                    .iter()
                    .filter(move |member| !member.removed && member.kind == kind)
                    .map(|member| member.id)
            };
            let people = of(ObjectKind::User).map(PersonId).collect();
            let groups = of(ObjectKind::Group).map(GroupId).collect();
            deltas.listed.insert(GroupId(group.id), Listed { people, groups });
        }
        Ok(())
    }

    /// Groups that turned out to be nested in a source group are followed from now on.
    pub(super) async fn follow_nested(&self, nested: BTreeSet<GroupId>, deltas: &mut Deltas) -> Result<(), Error> {
        let covered: BTreeSet<GroupId> = deltas.chunks.iter().flat_map(|chunk| chunk.ids.iter().copied()).collect();
        self.start(nested.difference(&covered).copied().collect(), deltas).await
    }
}

/// Whether a link is of no use any more, whatever Microsoft calls it: the codes of one that expired are not promised, and
/// whoever asked it again until the day is over would look after nobody meanwhile. What is refused for another reason is
/// refused to whoever starts anew, too, and told then.
fn leads_nowhere(error: &cloud::Error) -> bool {
    error.kind == cloud::Kind::DeltaExpired || (!error.transient() && !is_shut_out(error))
}
