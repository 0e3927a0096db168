//! What somebody has in a customer's tenant: read from Microsoft, and what of it is ours, from the journal.

use super::documents::{Body, LEASES, body_path};
use crate::{Engine, Error};
use access::config::Customer;
use access::ids::{GuestId, ObjectId, PersonId, TenantId};
use access::ledger::Ledger;
use access::plan::Target;
use cloud::graph::{Answer, Ask, ObjectKind};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One customer, as it was read in the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenOut {
    /// The customer; for a tenant that is not in the configuration, its id.
    pub customer: String,
    /// The customer's tenant.
    pub tenant_id: TenantId,
    /// Whether anything of ours is left.
    pub state: State,
    /// Memberships of ours that are left.
    pub memberships: Vec<String>,
    /// The guest.
    pub guest: GuestNow,
    /// Groups, units and roles that the guest has from others: for the customer to look at.
    pub others: u32,
    /// What could not be done and why, and what is left to do.
    pub notes: Vec<String>,
    /// The guests who stand for the person, as far as the journal knows.
    #[serde(skip)]
    pub guests: BTreeSet<GuestId>,
}

/// Whether anything of ours is left of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing: a read of the person's guest shows it.
    Gone,
    /// Something: it is held, waits, or may not be written.
    Left,
    /// It could not be done or not be read.
    Failed,
}

/// The guest who stands for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GuestNow {
    /// There is none.
    None,
    /// Deleted, restorable for 30 days.
    Deleted,
    /// Cannot sign in.
    Disabled,
    /// Ours, and can sign in.
    Enabled,
    /// Not ours, and can sign in: for the customer to decide.
    Theirs,
    /// Could not be read.
    Unread,
}

impl Engine {
    /// What the person has here, by a read of their guest; what of it is ours, by the journal.
    pub(super) async fn look(&self, customer: &Customer, person: PersonId) -> Result<TakenOut, Error> {
        let body = self.store.read::<Body>(&body_path(customer.tenant_id)).await?;
        let (_, ledger, _) = self.unfold(customer, body.as_ref().map(|kept| &kept.value)).await?;
        let rows = rows_of(&ledger, person);
        let mut guests: BTreeMap<GuestId, bool> = rows.iter().map(|(_, guest)| (*guest, false)).collect();
        guests.extend(ledger.guests.get(&person).map(|row| (row.guest, row.ours)));
        let mut now = blank(&customer.name, customer.tenant_id);
        now.guests.extend(guests.keys());
        if ledger.invitation_open(person).is_some() {
            now.state = State::Left;
            now.notes.push("whether an invitation was carried out is not known yet; the timer goes on".into());
        }
        let reader = self.customer_reader(customer);
        for (guest, ours) in guests {
            let asks =
                vec![Ask::User { id: guest.0 }, Ask::DeletedUser { id: guest.0 }, Ask::MemberOf { user: guest.0 }];
            let mut answers = reader.ask(asks).await.into_iter();
            let mut next = || answers.next().expect("one answer for each question");
            let failed = |error: cloud::Error| Error::cloud(&format!("read what guest {guest} has"), &error);
            let (user, deleted, member_of) = (next(), next(), next());
            let Some(user) = user.and_then(Answer::user).map_err(failed)? else {
                if deleted.and_then(Answer::user).map_err(failed)?.is_some() {
                    now.guest = GuestNow::Deleted;
                }
                continue;
            };
            now.guest = match (user.account_enabled, ours) {
                (Some(false), _) => GuestNow::Disabled,
                (_, true) => GuestNow::Enabled,
                (_, false) => GuestNow::Theirs,
            };
            let member_of = member_of.and_then(Answer::memberships).map_err(failed)?;
            let inside: BTreeSet<ObjectId> = member_of.iter().map(|one| ObjectId(one.id)).collect();
            let ours: BTreeMap<ObjectId, Target> =
                rows.iter().filter(|(_, of)| *of == guest).map(|(target, _)| (object(*target), *target)).collect();
            // A scoped role is no membership, so only the journal can tell.
            let left = ours.iter().filter(|(id, target)| inside.contains(id) || matches!(target, Target::Role(..)));
            for (_, target) in left {
                if ledger.row(*target, guest).is_some_and(|row| row.removing.is_some()) {
                    let text =
                        format!("{target}: taken away, and Microsoft still shows it; look again in some minutes");
                    now.notes.push(text);
                }
                now.memberships.push(target.to_string());
            }
            now.others += member_of
                .iter()
                .filter(|one| !ours.contains_key(&ObjectId(one.id)) || one.kind == ObjectKind::DirectoryRole)
                .count() as u32;
        }
        if !now.memberships.is_empty() || now.guest == GuestNow::Enabled {
            now.state = State::Left;
        }
        if now.guest == GuestNow::Theirs {
            now.notes.push("the guest is not ours and can sign in; ask the customer to disable them".into());
        }
        if now.others > 0 {
            now.notes.push(format!("the guest has {} more from others; ask the customer", now.others));
        }
        Ok(now)
    }

    /// Tenants that are in the configuration no more and in which this person has something of ours.
    pub(super) async fn left_behind(&self, person: PersonId) -> Result<Vec<TakenOut>, Error> {
        let known: BTreeSet<TenantId> = self.config.customers.iter().map(|customer| customer.tenant_id).collect();
        let mut behind = Vec::new();
        for path in self.store.list(LEASES).await? {
            let tenant = path.trim_start_matches(LEASES).parse().ok().filter(|tenant| !known.contains(tenant));
            let Some(tenant) = tenant else { continue };
            let Some(body) = self.store.read::<Body>(&body_path(tenant)).await? else { continue };
            let rows = rows_of(&body.value.ledger, person);
            if !rows.is_empty() || body.value.ledger.guests.get(&person).is_some_and(|row| row.ours) {
                let mut one = blank(&tenant.to_string(), tenant);
                (one.state, one.guest) = (State::Left, GuestNow::Unread);
                one.memberships = rows.iter().map(|(target, _)| target.to_string()).collect();
                one.notes.push("not in the configuration, so nothing is done there: take them out by hand".into());
                behind.push(one);
            }
        }
        Ok(behind)
    }
}

/// Memberships of ours that this person has, or that a read does not show as gone yet.
pub(super) fn rows_of(ledger: &Ledger, person: PersonId) -> Vec<(Target, GuestId)> {
    let all = ledger.rows.iter().flat_map(|(target, rows)| rows.iter().map(|(guest, row)| (*target, *guest, row)));
    all.filter(|(.., row)| row.person == person).map(|(target, guest, _)| (target, guest)).collect()
}

fn object(target: Target) -> ObjectId {
    match target {
        Target::Group(id) => id.into(),
        Target::Unit(id) | Target::Role(_, id) => id.into(),
    }
}

/// Nothing of ours, until something is found.
pub(super) fn blank(customer: &str, tenant_id: TenantId) -> TakenOut {
    TakenOut {
        customer: customer.into(),
        tenant_id,
        state: State::Gone,
        memberships: Vec::new(),
        guest: GuestNow::None,
        others: 0,
        notes: Vec::new(),
        guests: BTreeSet::new(),
    }
}
