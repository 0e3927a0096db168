//! Finding out, in one round trip, whether anything changed in a customer's tenant.

use super::documents::{Chunk, Head};
use super::partner::hex;
use crate::{Engine, Error};
use access::config::{Customer, TargetGroup};
use access::ids::{GroupId, GuestId, UnitId};
use access::ledger::Ledger;
use access::plan::Target;
use cloud::graph::{Answer, Ask, DELTA_IDS_MAX, DeltaFrom, GroupChange, Member, Reader};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What watching found, and where it goes on next time.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    /// Groups and units that changed.
    pub(super) changed: bool,
    /// What the deltas tell of the groups.
    pub(super) changes: Vec<GroupChange>,
    /// Users that changed, whoever they are.
    pub(super) users_changed: BTreeSet<GuestId>,
    /// Whether a link had expired: only a full read can tell.
    pub(super) expired: bool,
    pub(super) groups: Vec<Chunk>,
    pub(super) users: String,
    pub(super) units: BTreeMap<UnitId, String>,
    pub(super) roles: BTreeMap<Target, String>,
}

/// Asks the links of the head. One round trip.
pub(super) async fn watch(reader: &Reader, head: &Head) -> Result<Watch, Error> {
    let mut asks: Vec<Ask> =
        head.groups.iter().map(|chunk| Ask::GroupsDelta(DeltaFrom::Link(chunk.link.clone()))).collect();
    asks.push(Ask::UsersDelta(DeltaFrom::Link(head.users.clone())));
    asks.extend(head.units.keys().map(|unit| Ask::UnitMembers { unit: unit.0 }));
    let roles = super::roles::roles_of(head.roles.keys());
    asks.extend(roles.iter().map(|role| Ask::RoleHolders { role: role.0 }));
    let mut answers = reader.ask(asks).await.into_iter();
    let mut watch = Watch::default();
    for chunk in &head.groups {
        match answers.next().expect("one answer for each question").and_then(Answer::groups) {
            Ok(round) => {
                watch.changed |= !round.changes.is_empty();
                watch.changes.extend(round.changes);
                watch.groups.push(Chunk { ids: chunk.ids.clone(), link: round.link });
            }
            Err(error) if error.kind == cloud::Kind::DeltaExpired => watch.expired = true,
            Err(error) => return Err(Error::cloud("look for changes in the customer's groups", &error)),
        }
    }
    match answers.next().expect("one answer for each question").and_then(Answer::users) {
        Ok(round) => {
            watch.users_changed = round.changes.iter().map(|change| GuestId(change.id)).collect();
            watch.users = round.link;
        }
        Err(error) if error.kind == cloud::Kind::DeltaExpired => watch.expired = true,
        Err(error) => return Err(Error::cloud("look for changes of the customer's users", &error)),
    }
    for (unit, digest) in &head.units {
        let members = answers.next().expect("one answer for each question").and_then(Answer::members);
        match members.map(|members| members_digest(&members)) {
            Ok(now) => {
                watch.changed |= now != *digest;
                watch.units.insert(*unit, now);
            }
            // Deleted, or refused: a survey says what that means, and one unit must not stop all the rest.
            Err(error) if !error.transient() => watch.changed = true,
            Err(error) => return Err(Error::cloud("look for changes in an administrative unit", &error)),
        }
    }
    for role in roles {
        match answers.next().expect("one answer for each question").and_then(Answer::roles) {
            Ok(held) => {
                for (target, digest) in head.roles.iter().filter(|(target, _)| super::roles::is_role(target, role)) {
                    let now = super::roles::digest(*target, &held);
                    watch.changed |= now != *digest;
                    watch.roles.insert(*target, now);
                }
            }
            Err(error) if !error.transient() => watch.changed = true,
            Err(error) => return Err(Error::cloud("look for changes of directory roles", &error)),
        }
    }
    Ok(watch)
}

/// Starts to follow the customer's groups and users, before they are read: what changes in between is told later.
pub(super) async fn start(reader: &Reader, ids: &BTreeSet<GroupId>) -> Result<Watch, Error> {
    let users = reader.ask(vec![Ask::UsersDelta(DeltaFrom::Latest)]);
    let (mut users, groups) = futures::future::join(users, start_groups(reader, CUSTOMERS_GROUPS, ids)).await;
    let users = users.remove(0).and_then(Answer::users);
    let users = users.map_err(|error| Error::cloud("follow the customer's users", &error))?.link;
    Ok(Watch { changed: true, users, groups: groups?, ..Watch::default() })
}

/// How an error names what is followed in a customer's tenant.
pub(super) const CUSTOMERS_GROUPS: &str = "the customer's groups";

/// Starts to follow these groups (`whose` says in an error what they are); asks nothing where there are none.
pub(super) async fn start_groups(reader: &Reader, whose: &str, ids: &BTreeSet<GroupId>) -> Result<Vec<Chunk>, Error> {
    Ok(list_groups(reader, whose, ids).await?.0)
}

/// The same, with what the first round lists: every one of the groups that is there, with its direct members.
pub(super) async fn list_groups(
    reader: &Reader,
    whose: &str,
    ids: &BTreeSet<GroupId>,
) -> Result<(Vec<Chunk>, Vec<GroupChange>), Error> {
    let ids: Vec<GroupId> = ids.iter().copied().collect();
    let chunks: Vec<BTreeSet<GroupId>> =
        ids.chunks(DELTA_IDS_MAX).map(|chunk| chunk.iter().copied().collect()).collect();
    let ask =
        |chunk: &BTreeSet<GroupId>| Ask::GroupsDelta(DeltaFrom::Start { ids: chunk.iter().map(|id| id.0).collect() });
    let answers = reader.ask(chunks.iter().map(ask).collect()).await;
    let (mut followed, mut listed) = (Vec::new(), Vec::new());
    for (ids, answer) in chunks.into_iter().zip(answers) {
        let round = answer.and_then(Answer::groups);
        let round = round.map_err(|error| Error::cloud(&format!("follow {whose}"), &error))?;
        followed.push(Chunk { ids, link: round.link });
        listed.extend(round.changes);
    }
    Ok((followed, listed))
}

/// The groups whose changes matter: targets of the configuration and of the ledger, and the stop list with what is
/// nested in it.
pub(super) fn watched(customer: &Customer, ledger: &Ledger, nested_deny: &BTreeSet<GroupId>) -> BTreeSet<GroupId> {
    let mut ids: BTreeSet<GroupId> = nested_deny.clone();
    ids.extend(customer.deny);
    for group in customer.packages.iter().flat_map(|package| &package.groups) {
        match group {
            TargetGroup::Id(id) => ids.insert(*id),
            TargetGroup::Create { name } => ledger.groups.get(name).is_some_and(|id| ids.insert(*id)),
        };
    }
    ids.extend(ledger.rows.keys().filter_map(|target| match target {
        Target::Group(id) => Some(*id),
        Target::Unit(_) | Target::Role(..) => None,
    }));
    ids
}

/// The digest of who is in a unit.
pub(super) fn members_digest(members: &[Member]) -> String {
    let ids: BTreeSet<_> = members.iter().map(|member| member.id).collect();
    let mut hash = Sha256::new();
    ids.iter().for_each(|id| hash.update(id.as_bytes()));
    hex(&hash.finalize()[..8])
}

impl Engine {
    /// For reads of a customer's tenant.
    pub(super) fn customer_reader(&self, customer: &Customer) -> Reader {
        self.graph.reader(customer.tenant_id.0)
    }
}
