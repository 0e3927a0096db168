//! Putting people into groups and units, and giving them roles.
//!
//! Twenty to a request. A refused bunch is split: whoever the service does not see yet (a guest of moments ago) waits
//! a little, the rest goes on at once; a bunch in which somebody is a member already is sent one by one, so that each
//! membership's owner is known.

use super::apply::Apply;
use super::survey::is_new;
use crate::Error;
use access::ids::GuestId;
use access::plan::{Draft, Target};
use cloud::Kind;
use cloud::graph::{BIND_MAX, Done, Write};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// How long to wait for objects that were made moments ago, each time. The next run finishes what is left.
const VISIBLE_AFTER: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

/// The most additions of one wave.
const WAVE_MAX: usize = 1_000;

/// One addition under way.
struct Item {
    number: u64,
    draft: Draft,
    target: Target,
    user: Uuid,
}

/// Adds everybody who can be added now.
pub(super) async fn add(apply: &mut Apply<'_>, drafts: Vec<Draft>) -> Result<(), Error> {
    let mut ready = Vec::new();
    for mut draft in drafts {
        if resolve(apply, &mut draft) {
            ready.push(draft);
        } else {
            apply.follow_on(1);
        }
    }
    for wave in ready.chunks(WAVE_MAX) {
        if apply.is_over() {
            apply.wait(wave.len());
            continue;
        }
        let wave = apply.allowed(wave).await?;
        let numbers = apply.intend(wave.iter()).await?;
        let items = numbers.into_iter().zip(&wave).filter_map(|(number, draft)| {
            let (target, guest) = (draft.step.target?, draft.step.guest?);
            Some(Item { number, draft: draft.clone(), target, user: guest.0 })
        });
        send(apply, items.collect()).await;
    }
    Ok(())
}

/// Fills in what earlier waves brought: the guest who was invited, the group that was made.
fn resolve(apply: &Apply<'_>, draft: &mut Draft) -> bool {
    let ledger = &apply.chain.ledger;
    if let (None, Some(name)) = (draft.step.target, &draft.step.group_name) {
        draft.step.group = ledger.groups.get(name).copied();
        draft.step.target = draft.step.group.map(Target::Group);
    }
    if draft.step.guest.is_none() {
        draft.step.guest = draft.step.person.and_then(|person| ledger.guests.get(&person)).map(|row| row.guest);
    }
    draft.step.target.is_some() && draft.step.guest.is_some()
}

async fn send(apply: &mut Apply<'_>, items: Vec<Item>) {
    let mut late = deliver(apply, items).await;
    for pause in VISIBLE_AFTER {
        if late.is_empty() || apply.is_over() {
            break;
        }
        apply.engine.clock.sleep(pause).await;
        late = deliver(apply, late).await;
    }
    for item in late {
        let error = not_visible(apply, &item);
        apply.end(item.number, &item.draft, Err(error));
    }
}

/// Sends everything once, splitting what is refused. Returns what the service does not see yet.
async fn deliver(apply: &mut Apply<'_>, items: Vec<Item>) -> Vec<Item> {
    let mut late = Vec::new();
    let mut bunches = bunch(items);
    // Each round ends some items or makes bunches smaller.
    while !bunches.is_empty() {
        let outcomes = apply.writer.send(bunches.iter().map(|bunch| write(bunch)).collect()).await;
        let mut next = Vec::new();
        for (bunch, outcome) in bunches.into_iter().zip(outcomes) {
            match outcome {
                Ok(done) => end_all(apply, bunch, |_| Ok(done.clone())),
                Err(error) if bunch.len() > 1 => match &error.kind {
                    Kind::Conflict => next.extend(bunch.into_iter().map(|item| vec![item])),
                    Kind::Missing { id: Some(id) } if bunch.iter().any(|item| item.user == *id) => {
                        let (unseen, rest): (Vec<Item>, Vec<Item>) =
                            bunch.into_iter().partition(|item| item.user == *id);
                        late.extend(unseen);
                        next.push(rest);
                    }
                    Kind::Missing { .. } | Kind::Refused => next.extend(bunch.into_iter().map(|item| vec![item])),
                    _ => end_all(apply, bunch, |_| Err(error.clone())),
                },
                Err(error) => match &error.kind {
                    Kind::Conflict => end_all(apply, bunch, |_| Ok(Done::AlreadyThere)),
                    Kind::Missing { .. } if is_fresh(apply, &bunch) => late.extend(bunch),
                    _ => end_all(apply, bunch, |_| Err(error.clone())),
                },
            }
        }
        bunches = next;
    }
    late
}

/// By target, up to twenty to a group; units and roles take one at a time.
fn bunch(items: Vec<Item>) -> Vec<Vec<Item>> {
    let mut by_target: BTreeMap<Target, Vec<Item>> = BTreeMap::new();
    for item in items {
        by_target.entry(item.target).or_default().push(item);
    }
    let mut bunches = Vec::new();
    for (target, items) in by_target {
        let size = if matches!(target, Target::Group(_)) { BIND_MAX } else { 1 };
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            bunches.push(items.by_ref().take(size).collect());
        }
    }
    bunches
}

fn write(bunch: &[Item]) -> Write {
    let users: Vec<Uuid> = bunch.iter().map(|item| item.user).collect();
    match bunch[0].target {
        Target::Group(group) => Write::AddMembers { group: group.0, users },
        Target::Unit(unit) => Write::AddToUnit { unit: unit.0, user: users[0] },
        Target::Role(role, unit) => Write::GrantRole { role: role.0, unit: unit.0, user: users[0] },
    }
}

fn end_all(apply: &mut Apply<'_>, bunch: Vec<Item>, outcome: impl Fn(&Item) -> Result<Done, cloud::Error>) {
    for item in bunch {
        let outcome = outcome(&item);
        apply.end(item.number, &item.draft, outcome);
    }
}

/// Whether the guest or the group was made lately, so that not seeing it is no news.
fn is_fresh(apply: &Apply<'_>, bunch: &[Item]) -> bool {
    let now = apply.engine.clock.now();
    let ledger = &apply.chain.ledger;
    let is_ours = |target: Target| ledger.groups.values().any(|id| Target::Group(*id) == target);
    bunch.iter().any(|item| is_new(ledger, GuestId(item.user), now) || is_ours(item.target))
}

fn not_visible(apply: &Apply<'_>, item: &Item) -> cloud::Error {
    cloud::Error {
        // Nothing was changed by it, and the next run tries again.
        kind: Kind::Unavailable,
        status: Some(404),
        code: String::new(),
        message: "the guest or the group is not visible yet".into(),
        request_id: None,
        operation: format!("add {} to {}", item.user, item.target),
        tenant: apply.customer.tenant_id.0,
    }
}
