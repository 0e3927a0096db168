//! A complete read of what matters to us in one customer's tenant.
//!
//! Questions go out together: the targets, the stop list and the look-ups in one round, what those leave open in the
//! next. What cannot be read is a gap with a reason, never an empty set.

use super::documents::Vetted;
use super::partner::Partner;
use super::roles::Roles;
use super::translate::{found, guest, kinds, unit_unwritable, unwritable};
use super::vet;
use crate::{Engine, Error};
use access::config::{Customer, TargetGroup};
use access::ids::{GroupId, GuestId, ObjectId, PersonId, UnitId};
use access::ledger::Ledger;
use access::plan::{Actual, DenyState, Guest, OtherAccess, Reach, Target, TargetState};
use cloud::graph::{Answer, Ask, MAILS_MAX, ObjectKind, Reader};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A survey, and what it learnt besides.
pub(super) struct Surveyed {
    pub(super) actual: Actual,
    /// Groups nested in the stop list: a change there is a change of it.
    pub(super) nested_deny: BTreeSet<GroupId>,
    pub(super) vetted: BTreeMap<GroupId, Vetted>,
    pub(super) units: BTreeMap<UnitId, String>,
    pub(super) roles: Roles,
}

/// What a survey reads.
pub(super) struct Survey<'a> {
    pub(super) engine: &'a Engine,
    pub(super) customer: &'a Customer,
    pub(super) reader: &'a Reader,
    pub(super) partner: &'a Partner,
    pub(super) ledger: &'a Ledger,
    pub(super) vetted: &'a BTreeMap<GroupId, Vetted>,
}

/// Collects questions, and hands each answer to the one who asked.
#[derive(Default)]
struct Questions {
    asks: Vec<Ask>,
}

impl Questions {
    fn add(&mut self, ask: Ask) -> usize {
        self.asks.push(ask);
        self.asks.len() - 1
    }
}

impl Survey<'_> {
    pub(super) async fn take(&self) -> Result<Surveyed, Error> {
        let mut actual = Actual {
            tenant: self.customer.tenant_id,
            taken: self.engine.clock.now(),
            targets: BTreeMap::new(),
            created: BTreeMap::new(),
            guests: BTreeMap::new(),
            gone: BTreeSet::new(),
            found: BTreeMap::new(),
            deny: DenyState::None,
            access: BTreeMap::new(),
            gaps: Vec::new(),
            reach: Reach::Tenant,
        };
        let created = self.created_groups(&mut actual).await?;
        let groups = self.groups(&created);
        let mut units: BTreeMap<UnitId, String> = BTreeMap::new();
        let unit_ids: BTreeSet<UnitId> = self.units();
        let mut questions = Questions::default();
        let group_asks: Vec<(GroupId, usize, usize)> = groups
            .iter()
            .map(|id| {
                let facts = questions.add(Ask::Group { id: id.0 });
                (*id, facts, questions.add(Ask::GroupMembers { group: id.0 }))
            })
            .collect();
        let unit_asks: Vec<(UnitId, usize, usize)> = unit_ids
            .iter()
            .map(|id| {
                let facts = questions.add(Ask::Unit { id: id.0 });
                (*id, facts, questions.add(Ask::UnitMembers { unit: id.0 }))
            })
            .collect();
        let deny_asks = self.customer.deny.map(|id| {
            let users = questions.add(Ask::TransitiveUsers { group: id.0 });
            (users, questions.add(Ask::TransitiveGroups { group: id.0 }))
        });
        let lookups: Vec<(Vec<String>, usize)> = self
            .addresses()
            .chunks(MAILS_MAX)
            .map(|mails| (mails.to_vec(), questions.add(Ask::UsersByMail { mails: mails.to_vec() })))
            .collect();
        let mut answers: Vec<Option<Result<Answer, cloud::Error>>> =
            self.reader.ask(questions.asks).await.into_iter().map(Some).collect();
        let mut take = |index: usize| answers[index].take().expect("each answer is taken once");
        for (id, facts, members) in group_asks {
            let (facts, members) = (take(facts), take(members));
            self.group(id, facts, members, &mut actual)?;
        }
        for (id, facts, members) in unit_asks {
            let (facts, members) = (take(facts), take(members));
            if let Some(digest) = self.unit(id, facts, members, &mut actual)? {
                units.insert(id, digest);
            }
        }
        let mut nested_deny = BTreeSet::new();
        if let Some((users, groups)) = deny_asks {
            let (users, groups) = (take(users), take(groups));
            actual.deny = match (users.and_then(Answer::people), groups.and_then(Answer::ids)) {
                (Ok(users), Ok(groups)) => {
                    nested_deny = groups.into_iter().map(GroupId).collect();
                    DenyState::Read(users.into_iter().map(|user| GuestId(user.id)).collect())
                }
                (Err(error), _) | (_, Err(error)) => DenyState::Unread { why: error.to_string() },
            };
        }
        for (mails, index) in lookups {
            match take(index).and_then(Answer::people) {
                Ok(users) => found(&mails, users, &mut actual),
                Err(error) => actual.gaps.push(format!("guests could not be looked up: {error}")),
            }
        }
        let roles = super::roles::survey(self, &mut actual).await?;
        super::reach::survey(self, &mut actual).await;
        self.known_guests(&mut actual).await;
        let vetted = vet::vet(self, &groups, &mut actual).await;
        Ok(Surveyed { actual, nested_deny, vetted, units, roles })
    }

    /// The groups that the configuration asks us to make, as far as they exist.
    async fn created_groups(&self, actual: &mut Actual) -> Result<BTreeSet<GroupId>, Error> {
        let names: BTreeSet<&String> = self
            .customer
            .packages
            .iter()
            .flat_map(|package| &package.groups)
            .filter_map(|group| match group {
                TargetGroup::Create { name } => Some(name),
                TargetGroup::Id(_) => None,
            })
            .collect();
        let unknown: Vec<&String> =
            names.iter().copied().filter(|name| !self.ledger.groups.contains_key(*name)).collect();
        for name in names {
            if let Some(id) = self.ledger.groups.get(name) {
                actual.created.insert(name.clone(), *id);
            }
        }
        if unknown.is_empty() {
            return Ok(actual.created.values().copied().collect());
        }
        let ask = |name: &&String| Ask::GroupByUniqueName { name: unique_name(self.engine, name) };
        let answers = self.reader.ask(unknown.iter().map(ask).collect()).await;
        for (name, answer) in unknown.into_iter().zip(answers) {
            let group =
                answer.and_then(Answer::group).map_err(|error| Error::cloud("look for a group of ours", &error))?;
            if let Some(group) = group {
                actual.created.insert(name.clone(), GroupId(group.id));
            }
        }
        Ok(actual.created.values().copied().collect())
    }

    /// Every group that is a target, in the configuration or in the ledger.
    fn groups(&self, created: &BTreeSet<GroupId>) -> BTreeSet<GroupId> {
        let mut ids = created.clone();
        ids.extend(self.customer.packages.iter().flat_map(|package| &package.groups).filter_map(|group| match group {
            TargetGroup::Id(id) => Some(*id),
            TargetGroup::Create { .. } => None,
        }));
        ids.extend(self.ledger.rows.keys().filter_map(|target| match target {
            Target::Group(id) => Some(*id),
            Target::Unit(_) | Target::Role(..) => None,
        }));
        ids
    }

    fn units(&self) -> BTreeSet<UnitId> {
        let mut ids: BTreeSet<UnitId> =
            self.customer.packages.iter().flat_map(|package| package.units.iter().copied()).collect();
        ids.extend(self.ledger.rows.keys().filter_map(|target| match target {
            Target::Unit(id) => Some(*id),
            Target::Group(_) | Target::Role(..) => None,
        }));
        ids
    }

    /// Addresses of people who may be wanted here and whose guest the ledger does not know.
    fn addresses(&self) -> Vec<String> {
        let snapshot = &self.partner.snapshot;
        let sources = self.customer.packages.iter().flat_map(|package| &package.members);
        let people = sources.filter_map(|id| snapshot.groups.get(id)).flat_map(|group| &group.people);
        let is_unknown = |id: &PersonId| !self.ledger.guests.contains_key(id);
        let address = |id| snapshot.people.get(id).and_then(|person| person.address(self.engine.config.address));
        let standing = people.filter(|id| is_unknown(id)).filter_map(address);
        let granted = self.ledger.grants.values().filter(|grant| is_unknown(&grant.person)).filter_map(|grant| {
            match snapshot.people.get(&grant.person) {
                Some(_) => address(&grant.person),
                None => Some(grant.mail.trim().to_lowercase()),
            }
        });
        let addresses: BTreeSet<String> = standing.chain(granted).filter(|text| text.contains('@')).collect();
        addresses.into_iter().collect()
    }

    fn group(
        &self,
        id: GroupId,
        facts: Result<Answer, cloud::Error>,
        members: Result<Answer, cloud::Error>,
        actual: &mut Actual,
    ) -> Result<(), Error> {
        let state = match (facts.and_then(Answer::group), members.and_then(Answer::members)) {
            (Ok(None), _) => TargetState::Gone,
            (Ok(Some(group)), Ok(members)) => TargetState::Read {
                members: kinds(members, actual),
                oddities: vet::plain_oddities(&group),
                unwritable: unwritable(&group),
                unknown: vet::plain_unknown(&group),
            },
            (Err(error), _) | (_, Err(error)) => unread("a target group", &error)?,
        };
        actual.targets.insert(Target::Group(id), state);
        Ok(())
    }

    fn unit(
        &self,
        id: UnitId,
        facts: Result<Answer, cloud::Error>,
        members: Result<Answer, cloud::Error>,
        actual: &mut Actual,
    ) -> Result<Option<String>, Error> {
        let mut digest = None;
        let state = match (facts.and_then(Answer::unit), members.and_then(Answer::members)) {
            (Ok(None), _) => TargetState::Gone,
            (Ok(Some(unit)), Ok(members)) => {
                digest = Some(super::watch::members_digest(&members));
                TargetState::Read {
                    members: kinds(members, actual),
                    oddities: BTreeSet::new(),
                    unwritable: unit_unwritable(&unit),
                    unknown: Vec::new(),
                }
            }
            (Err(error), _) | (_, Err(error)) => unread("an administrative unit", &error)?,
        };
        actual.targets.insert(Target::Unit(id), state);
        Ok(digest)
    }

    /// Guests that the ledger knows and no list showed: read one by one, then looked for among the deleted.
    async fn known_guests(&self, actual: &mut Actual) {
        let known: BTreeSet<GuestId> = self.ledger.guests.values().map(|row| row.guest).collect();
        let missing: Vec<GuestId> = known.into_iter().filter(|id| !actual.guests.contains_key(id)).collect();
        let answers = self.reader.ask(missing.iter().map(|id| Ask::User { id: id.0 }).collect()).await;
        let mut absent = Vec::new();
        for (id, answer) in missing.into_iter().zip(answers) {
            match answer.and_then(Answer::user) {
                Ok(Some(user)) => {
                    actual.guests.insert(id, guest(user));
                }
                Ok(None) => absent.push(id),
                Err(error) => actual.gaps.push(format!("guest {id} could not be read: {error}")),
            }
        }
        let answers = self.reader.ask(absent.iter().map(|id| Ask::DeletedUser { id: id.0 }).collect()).await;
        for (id, answer) in absent.into_iter().zip(answers) {
            match answer.and_then(Answer::user) {
                Ok(Some(user)) => {
                    actual.guests.insert(id, Guest { deleted: true, ..guest(user) });
                }
                // A guest made minutes ago may not be visible everywhere yet; that is not "gone".
                Ok(None) if is_new(self.ledger, id, self.engine.clock.now()) => {}
                Ok(None) => {
                    actual.gone.insert(id);
                }
                Err(error) => actual.gaps.push(format!("guest {id} could not be read: {error}")),
            }
        }
    }
}

/// How long a guest whom we invited may not be visible everywhere.
const VISIBLE_WITHIN: SignedDuration = SignedDuration::from_mins(15);

/// Whether the guest was made lately, so that not seeing them is no news.
pub(super) fn is_new(ledger: &Ledger, id: GuestId, now: Timestamp) -> bool {
    ledger.guests.values().any(|row| row.guest == id && row.since + VISIBLE_WITHIN > now)
}

/// What else these guests have: read only for those on whom a step rests. What they own matters only `where_deleted`, and
/// takes a permission to read the whole directory; where it is not asked, they count as owners.
///
/// A role within a unit is no membership, so it takes a question of its own. Where packages give roles, everybody is asked
/// about; elsewhere only those who would lose something, and a tenant that refuses the question is believed by memberships.
pub(super) async fn other_access(
    reader: &Reader,
    ask: &BTreeSet<GuestId>,
    losing: &BTreeSet<GuestId>,
    where_deleted: bool,
    actual: &mut Actual,
) {
    let with_roles = actual.has_roles();
    let asks_roles = |id: &GuestId| with_roles || losing.contains(id);
    let asks = ask.iter().flat_map(|id| {
        let user = id.0;
        let owned = where_deleted.then_some([Ask::OwnedObjects { user }, Ask::AppRoleAssignments { user }]);
        let scoped = asks_roles(id).then_some(Ask::RoleAssignments { principal: user });
        std::iter::once(Ask::MemberOf { user }).chain(owned.into_iter().flatten()).chain(scoped)
    });
    let mut answers = reader.ask(asks.collect()).await.into_iter();
    for &id in ask {
        let mut next = || answers.next().expect("one answer for each question");
        let member_of = next();
        let owned = where_deleted.then(|| (next(), next()));
        let scoped = asks_roles(&id).then(&mut next).map(|held| super::roles::holds_other(held, actual));
        let scoped = scoped.filter(|held| with_roles || !held.as_ref().is_err_and(|error| !error.transient()));
        let member_of = member_of.and_then(Answer::memberships);
        let is_missing = matches!(&member_of, Err(error) if matches!(error.kind, cloud::Kind::Missing { .. }));
        let is_there = actual.guests.get(&id).is_some_and(|guest| !guest.deleted);
        let known = member_of.and_then(|memberships| {
            let owns = match owned {
                Some((owned, roles)) => {
                    !owned.and_then(Answer::memberships)?.is_empty() || !roles.and_then(Answer::ids)?.is_empty()
                }
                None => true,
            };
            let directory_role = match scoped {
                Some(other) => other?,
                None => memberships.iter().any(|one| one.kind == ObjectKind::DirectoryRole),
            };
            let others = memberships.iter().filter(|one| one.kind != ObjectKind::DirectoryRole);
            Ok(OtherAccess::Known { memberships: others.map(|one| ObjectId(one.id)).collect(), directory_role, owns })
        });
        let known = match known {
            Ok(known) => known,
            // Deleted, or not visible yet: so it has nothing else. Of whom the survey has just shown that is no answer.
            Err(_) if is_missing && !is_there => {
                OtherAccess::Known { memberships: BTreeSet::new(), directory_role: false, owns: false }
            }
            Err(error) => OtherAccess::Unread { why: error.to_string(), transient: error.transient() },
        };
        actual.access.insert(id, known);
    }
}

/// The name by which a group of ours is found again, whatever becomes of its display name, and whichever app the customer
/// consents to.
pub(super) fn unique_name(engine: &Engine, name: &str) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(format!("{}|{}|{name}", engine.config.partner.tenant_id, engine.config.app.client_id));
    format!("gatehouse-{}", super::partner::hex(&hash[..12]))
}

/// A target that could not be read; errors that concern the whole tenant end the survey. Only the target itself can be
/// missing: where its members are not found, though it is there, nothing is known of them.
pub(super) fn unread(what: &str, error: &cloud::Error) -> Result<TargetState, Error> {
    use cloud::Kind;
    match error.kind {
        Kind::NoConsent
        | Kind::BadCredential
        | Kind::NoSuchTenant
        | Kind::TenantClosed
        | Kind::NoCredential
        | Kind::Unauthorized
        | Kind::WrongTenant => Err(Error::cloud(&format!("read {what}"), error)),
        _ => Ok(TargetState::Unread { why: error.to_string() }),
    }
}
