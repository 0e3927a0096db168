//! Following the partner's groups and users by their deltas: what changed since the last snapshot.

use super::documents::{Chunk, SnapshotDocument};
use super::people::{self, Changes};
use crate::Error;
use access::ids::{GroupId, PersonId};
use access::plan::SourceGroup;
use cloud::graph::{Answer, Ask, DELTA_IDS_MAX, DeltaFrom, GroupChange, ObjectKind, Reader};
use std::collections::{BTreeMap, BTreeSet};

/// What the deltas said.
#[derive(Default)]
pub(super) struct Deltas {
    pub(super) chunks: Vec<Chunk>,
    pub(super) users: String,
    pub(super) groups: BTreeMap<GroupId, GroupChange>,
    /// Groups whose delta starts anew: what happened before is not told.
    pub(super) anew: BTreeSet<GroupId>,
    pub(super) people: Changes,
    pub(super) people_anew: bool,
}

impl Deltas {
    /// Whether the group, or one nested in it, changed or was not followed until now.
    pub(super) fn touches(&self, id: GroupId, nested: &BTreeSet<GroupId>) -> bool {
        std::iter::once(&id).chain(nested).any(|id| self.groups.contains_key(id) || self.anew.contains(id))
    }

    /// Whether some row tells why this person is in the group no more.
    pub(super) fn explains(&self, id: GroupId, nested: &BTreeSet<GroupId>, person: PersonId) -> bool {
        std::iter::once(&id).chain(nested).filter_map(|id| self.groups.get(id)).any(|change| {
            change.removed.is_some()
                || change
                    .members
                    .iter()
                    .any(|member| member.removed && (member.id == person.0 || member.kind == ObjectKind::Group))
        }) || self.people.gone(person)
    }

    /// Whether the delta says that somebody came whom the read does not show.
    pub(super) fn contradicts(&self, id: GroupId, read: &BTreeSet<PersonId>) -> bool {
        self.groups.get(&id).is_some_and(|change| {
            let came = change.members.iter().filter(|member| !member.removed && member.kind == ObjectKind::User);
            came.map(|member| PersonId(member.id)).any(|person| !read.contains(&person) && !self.people.gone(person))
        })
    }
}

/// Asks for the deltas of one tenant's groups and users.
pub(super) struct Follow<'a> {
    pub(super) reader: &'a Reader,
    /// The last snapshot, unless everything is to be read from scratch.
    pub(super) before: Option<&'a SnapshotDocument>,
    /// Whether the last snapshot's links may be used.
    pub(super) go_on: bool,
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
                Err(error) if error.kind == cloud::Kind::DeltaExpired => restart.extend(ids),
                Err(error) => return Err(Error::cloud("read the partner's groups", &error)),
            }
        }
        match users.and_then(Answer::users) {
            Ok(round) => {
                deltas.users = round.link;
                deltas.people = people::changes(round.changes);
            }
            Err(error) if error.kind == cloud::Kind::DeltaExpired => {
                deltas.people_anew = true;
                let mut again = self.reader.ask(vec![Ask::UsersDelta(DeltaFrom::Latest)]).await;
                let round = again.remove(0).and_then(Answer::users);
                deltas.users = round.map_err(|error| Error::cloud("follow the partner's users", &error))?.link;
            }
            Err(error) => return Err(Error::cloud("read the partner's users", &error)),
        }
        let covered: BTreeSet<GroupId> = deltas.chunks.iter().flat_map(|chunk| chunk.ids.iter().copied()).collect();
        restart.extend(watched.difference(&covered));
        self.start(restart, &mut deltas).await?;
        Ok(deltas)
    }

    /// Follows groups that no chunk follows yet.
    async fn start(&self, ids: BTreeSet<GroupId>, deltas: &mut Deltas) -> Result<(), Error> {
        let ids: Vec<GroupId> = ids.into_iter().collect();
        let chunks: Vec<BTreeSet<GroupId>> =
            ids.chunks(DELTA_IDS_MAX).map(|chunk| chunk.iter().copied().collect()).collect();
        let start = |chunk: &BTreeSet<GroupId>| {
            Ask::GroupsDelta(DeltaFrom::Start { ids: chunk.iter().map(|id| id.0).collect() })
        };
        let asks: Vec<Ask> = chunks.iter().map(start).collect();
        if asks.is_empty() {
            return Ok(());
        }
        for (ids, answer) in chunks.into_iter().zip(self.reader.ask(asks).await) {
            let round = answer.and_then(Answer::groups);
            let round = round.map_err(|error| Error::cloud("follow the partner's groups", &error))?;
            deltas.anew.extend(&ids);
            deltas.chunks.push(Chunk { ids, link: round.link });
        }
        Ok(())
    }

    /// Groups that turned out to be nested in a source group are followed from now on.
    pub(super) async fn follow_nested(
        &self,
        groups: &BTreeMap<GroupId, SourceGroup>,
        deltas: &mut Deltas,
    ) -> Result<(), Error> {
        let covered: BTreeSet<GroupId> = deltas.chunks.iter().flat_map(|chunk| chunk.ids.iter().copied()).collect();
        let nested: BTreeSet<GroupId> = groups.values().flat_map(|group| group.nested.iter().copied()).collect();
        self.start(nested.difference(&covered).copied().collect(), deltas).await
    }
}
