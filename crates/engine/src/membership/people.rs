//! The partner's people: what a list says of them, and what a read of the person confirms.

use access::ids::{GroupId, PersonId};
use access::plan::{Person, PersonState, SourceGroup};
use cloud::graph::{Answer, Ask, Reader, Removed, User, UserChange};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How long somebody who is in no source group any more is remembered: their guests may still be in customers' tenants
/// when they leave the partner one day, and must be disabled then.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(730 * 24);

/// After so long without a trace of a person, neither among the users nor among the deleted ones, they are gone.
const GONE_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// What the delta of the partner's users said.
#[derive(Debug, Default)]
pub(super) struct Changes(BTreeMap<PersonId, Option<Removed>>);

impl Changes {
    /// Whether this person was deleted.
    pub(super) fn gone(&self, person: PersonId) -> bool {
        matches!(self.0.get(&person), Some(Some(_)))
    }
}

/// The changes, by person.
pub(super) fn changes(rows: Vec<UserChange>) -> Changes {
    Changes(rows.into_iter().map(|row| (PersonId(row.id), row.removed)).collect())
}

/// A person as a list shows them. Disabled is not concluded from a list.
pub(super) fn person(user: &User, now: Timestamp) -> Person {
    Person {
        mail: user.mail.clone(),
        upn: user.user_principal_name.clone(),
        name: user.display_name.clone(),
        guest: user.user_type.as_deref() == Some("Guest"),
        state: if user.account_enabled == Some(true) { PersonState::Enabled } else { PersonState::Unconfirmed },
        left: None,
        left_with: 0,
        first_seen: None,
        seen: now,
    }
}

/// Somebody of whom nothing but the id is known: until they are read, nothing is given to them.
fn unread(now: Timestamp) -> Person {
    Person {
        mail: None,
        upn: None,
        name: None,
        guest: false,
        state: PersonState::Unconfirmed,
        left: None,
        left_with: 0,
        first_seen: None,
        seen: now,
    }
}

/// What about a person changes a plan.
pub(super) fn print(person: &Person) -> (Option<&str>, Option<&str>, bool, PersonState) {
    (person.mail.as_deref(), person.upn.as_deref(), person.guest, person.state)
}

/// What settling needs.
pub(super) struct Settle<'a> {
    pub(super) reader: &'a Reader,
    pub(super) now: Timestamp,
    /// Everybody known before.
    pub(super) known: BTreeMap<PersonId, Person>,
    /// Everybody whom this round's lists showed.
    pub(super) seen: BTreeMap<PersonId, Person>,
    pub(super) groups: &'a BTreeMap<GroupId, SourceGroup>,
    /// Who was in one of the groups at the last look.
    pub(super) was_present: BTreeSet<PersonId>,
    pub(super) changes: &'a Changes,
    /// Whether the delta started anew, so that nothing known about people can be relied on.
    pub(super) check_all: bool,
    /// Who has a grant, or knows a credential, and may be in no group.
    pub(super) granted: BTreeSet<PersonId>,
    /// Whom an earlier round could not confirm.
    pub(super) unconfirmed: BTreeMap<PersonId, Timestamp>,
}

/// Everybody, with their state.
pub(super) struct Settled {
    pub(super) people: BTreeMap<PersonId, Person>,
    pub(super) unconfirmed: BTreeMap<PersonId, Timestamp>,
}

/// Brings lists, changes and reads of single people together.
pub(super) async fn settle(settle: Settle<'_>) -> Settled {
    let present: BTreeSet<PersonId> = settle.groups.values().flat_map(|group| group.people.iter().copied()).collect();
    let since = settle.unconfirmed;
    let mut check: BTreeSet<PersonId> = since.keys().copied().collect();
    let mut people = settle.known;
    // Whom a list shows enabled and a read showed gone.
    let mut returning = BTreeSet::new();
    for (id, seen) in settle.seen {
        match people.get_mut(&id) {
            Some(known) => {
                if seen.state == PersonState::Unconfirmed && !known.has_left() {
                    check.insert(id);
                }
                // The list may be an old replica: look again.
                if known.has_left() && seen.state == PersonState::Enabled {
                    returning.insert(id);
                    check.insert(id);
                }
                let (state, left) = (known.state, known.left);
                *known = Person { state, left, ..seen };
            }
            None => {
                if seen.state == PersonState::Unconfirmed {
                    check.insert(id);
                }
                people.insert(id, seen);
            }
        }
    }
    // From then on they are followed like everybody who was once in a group.
    for id in settle.granted {
        people.entry(id).or_insert_with(|| {
            check.insert(id);
            unread(settle.now)
        });
    }
    for (id, person) in &mut people {
        if present.contains(id) {
            person.seen = settle.now;
        } else if settle.check_all {
            check.insert(*id);
        }
    }
    check.extend(settle.changes.0.keys().filter(|id| people.contains_key(id)));
    // Whoever was in a group at the last look and is in none now may have left the partner.
    check.extend(settle.was_present.difference(&present));
    people.retain(|_, person| person.seen + REMEMBERED_FOR > settle.now);
    check.retain(|id| people.contains_key(id));
    let told = Told { changes: settle.changes, returning };
    let doubtful = confirm(settle.reader, settle.now, &check, &told, &since, &mut people).await;
    let unconfirmed = doubtful.into_iter().map(|id| (id, since.get(&id).copied().unwrap_or(settle.now)));
    Settled { people, unconfirmed: unconfirmed.collect() }
}

/// What made us look at people.
struct Told<'a> {
    changes: &'a Changes,
    /// Whom a list shows enabled and a read showed gone.
    returning: BTreeSet<PersonId>,
}

/// Reads these people one by one (in as few round trips as possible). Returns whom nothing could be said about.
async fn confirm(
    reader: &Reader,
    now: Timestamp,
    check: &BTreeSet<PersonId>,
    told: &Told<'_>,
    since: &BTreeMap<PersonId, Timestamp>,
    people: &mut BTreeMap<PersonId, Person>,
) -> BTreeSet<PersonId> {
    let mut unconfirmed = BTreeSet::new();
    if check.is_empty() {
        return unconfirmed;
    }
    let answers = reader.ask(check.iter().map(|id| Ask::User { id: id.0 }).collect()).await;
    let mut absent = Vec::new();
    for (&id, answer) in check.iter().zip(answers) {
        let Some(person) = people.get_mut(&id) else { continue };
        match answer.and_then(Answer::user) {
            Ok(Some(user)) => {
                let state = match user.account_enabled {
                    Some(true) => PersonState::Enabled,
                    Some(false) => PersonState::Disabled,
                    None => PersonState::Unconfirmed,
                };
                let left = (state == PersonState::Disabled).then(|| person.left.unwrap_or(now));
                let seen = person.seen;
                *person = Person { state, left, seen, ..self::person(&user, now) };
                if state == PersonState::Unconfirmed {
                    unconfirmed.insert(id);
                }
            }
            Ok(None) => absent.push(id),
            Err(_) => {
                // They may have left, or be back: what was read of them before counts no more.
                let change = told.changes.0.get(&id);
                let changed = change.is_some_and(|removed| removed.is_none() || !person.has_left());
                if changed || told.returning.contains(&id) {
                    person.state = PersonState::Unconfirmed;
                }
                unconfirmed.insert(id);
            }
        }
    }
    let answers = reader.ask(absent.iter().map(|id| Ask::DeletedUser { id: id.0 }).collect()).await;
    for (id, answer) in absent.into_iter().zip(answers) {
        let Some(person) = people.get_mut(&id) else { continue };
        let deleted = match answer.and_then(Answer::user) {
            Ok(Some(_)) => true,
            // Gone for good: believed where the delta said so, where we knew it as deleted, or after a while of
            // finding no trace (a replica that lags does not lag for so long).
            Ok(None) => {
                told.changes.gone(id)
                    || person.state == PersonState::Deleted
                    || since.get(&id).is_some_and(|since| *since + GONE_AFTER <= now)
            }
            Err(_) => person.state == PersonState::Deleted,
        };
        if deleted {
            person.state = PersonState::Deleted;
            person.left.get_or_insert(now);
        } else {
            person.state = PersonState::Unconfirmed;
            unconfirmed.insert(id);
        }
    }
    unconfirmed
}
