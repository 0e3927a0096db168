//! `gatehouse leave`: somebody is barred, taken out everywhere at once, and shown to be gone.
//!
//! The bar comes first, so that no run puts back what is taken away. Then every customer where the person has
//! something of ours is worked on, all at once. What is true in the end is read, not concluded from our own writes.

use super::documents::{Body, LEASES, SNAPSHOT, SnapshotDocument, body_path, lease_path};
use super::leased::Scope;
use super::leavers::AT_ONCE_MAX;
use super::partner::Partner;
use crate::{Engine, Error, How, Outcome, Run};
use access::config::{Customer, Mode};
use access::ids::{GuestId, ObjectId, PersonId, TenantId};
use access::ledger::Ledger;
use access::orders::Order;
use access::plan::Target;
use cloud::graph::{Answer, Ask, ObjectKind};
use futures::StreamExt;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// How long to wait before a customer that is busy, or did not answer, is tried again.
const AGAIN_IN: Duration = Duration::from_secs(1);

/// Who is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// The one person of the partner with this address, as mail or sign-in name.
    Mail(String),
    /// The person with this object id in the partner's tenant; nobody is asked whether they exist.
    Id(PersonId),
}

/// A person of the partner, found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Their object id in the partner's tenant.
    pub person: PersonId,
    /// Their address, where one is known.
    pub mail: Option<String>,
}

/// What became of a person who was to be taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leaving {
    /// Each customer where they had something of ours, by name.
    pub customers: Vec<TakenOut>,
    /// How many customers there are in which they never had anything of ours.
    pub untouched: u32,
}

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
    /// Finds the one person that is meant. Nothing is written.
    pub async fn find_person(&self, whom: &Whom) -> Result<Found, Error> {
        let snapshot = match self.fresh_partner().await {
            Ok(partner) => partner.snapshot.clone(),
            // To know who somebody is, an old snapshot will do: the day of a dismissal may be one of an outage.
            Err(error) => match self.store.read::<SnapshotDocument>(SNAPSHOT).await? {
                Some(kept) => Arc::new(kept.value.snapshot),
                None => {
                    return match whom {
                        Whom::Id(person) => Ok(Found { person: *person, mail: None }),
                        Whom::Mail(_) => Err(error),
                    };
                }
            },
        };
        let address = |id| snapshot.people.get(&id).and_then(|person| person.address(self.config.address));
        let mail = match whom {
            Whom::Id(person) => return Ok(Found { person: *person, mail: address(*person) }),
            Whom::Mail(mail) => mail.trim().to_lowercase(),
        };
        let same = |text: &Option<String>| text.as_deref().is_some_and(|text| text.trim().to_lowercase() == mail);
        let known = snapshot.people.iter().filter(|(_, person)| same(&person.mail) || same(&person.upn));
        let mut found: BTreeSet<PersonId> = known.map(|(id, _)| *id).collect();
        if found.is_empty() {
            let reader = self.graph.reader(self.config.partner.tenant_id.0);
            let answer = reader.ask(vec![Ask::UsersByMail { mails: vec![mail.clone()] }]).await.remove(0);
            let users = answer.and_then(Answer::people);
            let users = users.map_err(|error| Error::cloud(&format!("look for {mail} at the partner"), &error))?;
            let theirs = users.iter().filter(|user| same(&user.mail) || same(&user.user_principal_name));
            found.extend(theirs.map(|user| PersonId(user.id)));
        }
        match found.iter().collect::<Vec<_>>().as_slice() {
            [person] => Ok(Found { person: **person, mail: Some(mail) }),
            [] => Err(Error::BadInput(format!(
                "nobody at the partner has the address {mail}; nothing was changed. Name the person's object id: --id ID"
            ))),
            several => {
                let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
                Err(Error::BadInput(format!(
                    "{mail} is the address of {} people at the partner ({}); nothing was changed. Name one: --id ID",
                    ids.len(),
                    ids.join(", ")
                )))
            }
        }
    }

    /// Bars this person: from now on no run puts them anywhere, and every run takes out what they have of ours. Barring
    /// somebody again is fine, and ends their sessions again.
    pub async fn bar(&self, found: &Found, by: &str, reason: &str) -> Result<(), Error> {
        let order = Order::Barred { person: found.person, mail: found.mail.clone() };
        self.order(by, reason, order).await.map(|_| ())
    }

    /// Takes a bar back: what the configuration says counts again, from the next tick on.
    pub async fn unbar(&self, whom: &Whom, by: &str, reason: &str) -> Result<Found, Error> {
        let orders = self.orders().await?;
        let of_mail = |mail: &str| -> Vec<PersonId> {
            let same = |bar: &access::orders::Bar| bar.mail.as_deref() == Some(mail);
            orders.barred.iter().filter(|(_, bar)| same(bar)).map(|(id, _)| *id).collect()
        };
        let found = match whom {
            Whom::Id(person) => Found { person: *person, mail: None },
            // Whoever is barred is known by the address of that day, whatever became of it.
            Whom::Mail(mail) => match of_mail(&mail.trim().to_lowercase()).as_slice() {
                [person] => Found { person: *person, mail: Some(mail.trim().to_lowercase()) },
                _ => self.find_person(whom).await?,
            },
        };
        let Some(bar) = orders.barred.get(&found.person) else {
            let name = found.mail.clone().unwrap_or_else(|| found.person.to_string());
            return Err(Error::BadInput(format!("{name} is not barred; nothing was changed")));
        };
        let found = Found { mail: found.mail.or_else(|| bar.mail.clone()), ..found };
        let order = Order::Unbarred { person: found.person, mail: found.mail.clone() };
        self.order(by, reason, order).await?;
        Ok(found)
    }

    /// Takes a barred person out of every customer at once, and reads what is true then. Customers that are busy or do
    /// not answer are tried again for as long as `wait`; what is left then, the timer goes on with.
    pub async fn take_out(&self, person: PersonId, wait: Duration) -> Result<Leaving, Error> {
        let partner = match self.fresh_partner().await {
            Ok(partner) => partner,
            // To take out who is barred rests on the order alone.
            Err(error) => match self.store.read::<SnapshotDocument>(SNAPSHOT).await? {
                Some(kept) => Arc::new(Partner::new(kept.value.snapshot, self.orders().await?)),
                None => return Err(error),
            },
        };
        let until = self.clock.monotonic() + wait;
        let partner = &partner;
        let mut work = Vec::new();
        for customer in &self.config.customers {
            work.push(self.take_out_where(customer, person, partner, until));
        }
        let looked: Vec<_> = futures::stream::iter(work).buffer_unordered(AT_ONCE_MAX).collect().await;
        let mut customers: Vec<TakenOut> = looked.into_iter().flatten().collect();
        let untouched = self.config.customers.len() - customers.len();
        customers.extend(self.left_behind(person).await?);
        customers.sort_by(|a, b| a.customer.cmp(&b.customer));
        Ok(Leaving { customers, untouched: untouched as u32 })
    }

    async fn take_out_where(
        &self,
        customer: &Customer,
        person: PersonId,
        partner: &Arc<Partner>,
        until: Duration,
    ) -> Option<TakenOut> {
        match self.concerns(customer, person).await {
            Ok(false) => None,
            // Where it cannot be told, it is looked at.
            Ok(true) | Err(_) => Some(self.take_out_of(customer, person, partner, until).await),
        }
    }

    /// Whether this person has or may have something of ours here. A run that is under way may be giving it to them.
    async fn concerns(&self, customer: &Customer, person: PersonId) -> Result<bool, Error> {
        // The lease first: what a run did that has ended by then is in the journal.
        if store::lease::held_until(&self.store, &lease_path(customer.tenant_id)).await?.is_some() {
            return Ok(true);
        }
        let body = self.store.read::<Body>(&body_path(customer.tenant_id)).await?;
        let (_, ledger, _) = self.unfold(customer, body.as_ref().map(|kept| &kept.value)).await?;
        let open = ledger.open.values().any(|intent| intent.step.person == Some(person));
        Ok(open || ledger.guests.contains_key(&person) || !rows_of(&ledger, person).is_empty())
    }

    /// Removes, as often as it takes until the time is over, and reads what is true then.
    async fn take_out_of(
        &self,
        customer: &Customer,
        person: PersonId,
        partner: &Arc<Partner>,
        until: Duration,
    ) -> TakenOut {
        let writes = customer.mode == Mode::Enforce;
        loop {
            let Said { why, failed, hopeless } = if writes {
                said(self.run_leased(customer, How::default(), Scope::Barred(person), partner.clone()).await, person)
            } else {
                // Where nothing is written, nothing changes by waiting.
                let why = format!("the customer is in mode {}: take them out by hand", mode(customer.mode));
                Said { why: vec![why], failed: false, hopeless: true }
            };
            let mut now = self.look(customer, person).await.unwrap_or_else(|error| {
                let mut unread = blank(&customer.name, customer.tenant_id);
                (unread.state, unread.guest) = (State::Failed, GuestNow::Unread);
                unread.notes.push(error.to_string());
                unread
            });
            let is_over = self.clock.monotonic() + AGAIN_IN > until;
            if now.state == State::Gone || is_over || hopeless {
                if now.state == State::Left && failed {
                    now.state = State::Failed;
                }
                now.notes.splice(0..0, why.into_iter().filter(|_| now.state != State::Gone));
                return now;
            }
            self.clock.sleep(AGAIN_IN).await;
        }
    }

    /// What the person has here, by a read of their guest; what of it is ours, by the journal.
    async fn look(&self, customer: &Customer, person: PersonId) -> Result<TakenOut, Error> {
        let body = self.store.read::<Body>(&body_path(customer.tenant_id)).await?;
        let (_, ledger, _) = self.unfold(customer, body.as_ref().map(|kept| &kept.value)).await?;
        let rows = rows_of(&ledger, person);
        let mut guests: BTreeMap<GuestId, bool> = rows.iter().map(|(_, guest)| (*guest, false)).collect();
        guests.extend(ledger.guests.get(&person).map(|row| (row.guest, row.ours)));
        let mut now = blank(&customer.name, customer.tenant_id);
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
    async fn left_behind(&self, person: PersonId) -> Result<Vec<TakenOut>, Error> {
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
fn rows_of(ledger: &Ledger, person: PersonId) -> Vec<(Target, GuestId)> {
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
fn blank(customer: &str, tenant_id: TenantId) -> TakenOut {
    TakenOut {
        customer: customer.into(),
        tenant_id,
        state: State::Gone,
        memberships: Vec::new(),
        guest: GuestNow::None,
        others: 0,
        notes: Vec::new(),
    }
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Observe => "observe",
        Mode::Enforce => "enforce",
        Mode::Paused => "paused",
        Mode::Offboard => "offboard",
    }
}

/// What a run says of one person's removal.
struct Said {
    why: Vec<String>,
    /// Whether it failed; else it is held or waits.
    failed: bool,
    /// Whether trying again soon is of no use.
    hopeless: bool,
}

fn said(ran: Result<Outcome, Error>, person: PersonId) -> Said {
    match ran {
        Ok(Outcome::Ran(run)) => {
            Said { why: of_person(&run, person), failed: !run.failures.is_empty(), hopeless: false }
        }
        Ok(_) => {
            let why = "another run is at work there; it was told to run again".into();
            Said { why: vec![why], failed: false, hopeless: false }
        }
        Err(error) => Said { why: vec![error.to_string()], failed: true, hopeless: !error.is_transient() },
    }
}

fn of_person(run: &Run, person: PersonId) -> Vec<String> {
    let mut why = run.failures.clone();
    let held: BTreeSet<String> = run
        .plan
        .held_steps
        .iter()
        .filter(|step| step.person == Some(person))
        .map(|step| step.action.to_string())
        .collect();
    if !held.is_empty() {
        let rails = run.plan.held.iter().filter(|held| matches!(held.rail.as_str(), "protect" | "paused"));
        let texts: Vec<&str> = rails.map(|held| held.text.as_str()).collect();
        let held: Vec<String> = held.into_iter().collect();
        why.push(format!("held ({}): {}", held.join(", "), texts.join(" ")));
    }
    let targets = ["group_", "target_", "internal_user"];
    let hinders = run.plan.problems.iter().filter(|problem| targets.iter().any(|code| problem.code.starts_with(code)));
    why.extend(hinders.map(|problem| problem.text.clone()));
    why
}
