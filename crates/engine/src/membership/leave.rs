//! `gatehouse leave`: somebody is barred, taken out everywhere at once, and shown to be gone.
//!
//! The bar comes first, so that no run puts back what is taken away. Then every customer where the person has
//! something of ours is worked on, all at once. What is true in the end is read, not concluded from our own writes.

use super::documents::{Body, SNAPSHOT, SnapshotDocument, body_path, lease_path};
pub use super::gone::{GuestNow, State, TakenOut};
use super::gone::{blank, rows_of};
use super::leased::Scope;
use super::leavers::AT_ONCE_MAX;
use super::partner::Partner;
use crate::{Engine, Error, How, Outcome, Run};
use access::config::{Customer, Mode};
use access::ids::{ObjectId, PersonId};
use access::orders::Order;
use access::plan::Problem;
use cloud::graph::{Answer, Ask};
use futures::StreamExt;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait before a customer that is busy, or did not answer, is tried again; where it is not busy, twice as
/// long each time, so that nobody is asked in a storm.
const AGAIN_IN: Duration = Duration::from_secs(1);

/// What the plan says of guests whom our app cannot disable, and why it cannot; each tells what the customer has to do.
const OUT_OF_REACH: [&str; 2] = ["guest_out_of_reach", "scoped_role_missing"];

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
        if found.is_empty() {
            found.extend(self.outside_invitee(&mail).await?);
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
        let mut again_in = AGAIN_IN;
        loop {
            let Said { mut why, reach, failed, busy, hopeless } = if writes {
                said(self.run_leased(customer, How::default(), Scope::Barred(person), partner.clone()).await, person)
            } else {
                // Where nothing is written, nothing changes by waiting.
                let why = format!("the customer is in mode {}: take them out by hand", customer.mode.name());
                Said { why: vec![why], reach: Vec::new(), failed: false, busy: false, hopeless: true }
            };
            let mut now = self.look(customer, person).await.unwrap_or_else(|error| {
                let mut unread = blank(&customer.name, customer.tenant_id);
                (unread.state, unread.guest) = (State::Failed, GuestNow::Unread);
                unread.notes.push(error.to_string());
                unread
            });
            let is_theirs = |problem: &Problem| {
                problem.object.is_none_or(|object| now.guests.iter().any(|guest| ObjectId::from(*guest) == object))
            };
            why.extend(reach.into_iter().filter(is_theirs).map(|problem| problem.text));
            let is_over = self.clock.monotonic() + again_in > until;
            if now.state == State::Gone || is_over || hopeless {
                if now.state == State::Left && failed {
                    now.state = State::Failed;
                }
                now.notes.splice(0..0, why.into_iter().filter(|_| now.state != State::Gone));
                return now;
            }
            self.clock.sleep(again_in).await;
            again_in = if busy { AGAIN_IN } else { again_in * 2 };
        }
    }
}

/// What a run says of one person's removal.
struct Said {
    why: Vec<String>,
    /// Which guests our app cannot disable, and which roles it lacks for it, where it writes by roles within units.
    reach: Vec<Problem>,
    /// Whether it failed; else it is held or waits.
    failed: bool,
    /// Whether somebody else is at work there.
    busy: bool,
    /// Whether trying again soon is of no use.
    hopeless: bool,
}

fn said(ran: Result<Outcome, Error>, person: PersonId) -> Said {
    match ran {
        Ok(Outcome::Ran(run)) => {
            let is_reach = |problem: &&Problem| OUT_OF_REACH.contains(&problem.code.as_str());
            let reach = run.plan.problems.iter().filter(is_reach).cloned().collect();
            Said { why: of_person(&run, person), reach, failed: !run.failures.is_empty(), busy: false, hopeless: false }
        }
        Ok(_) => {
            let why = "another run is at work there; it was told to run again".into();
            Said { why: vec![why], reach: Vec::new(), failed: false, busy: true, hopeless: false }
        }
        Err(error) => {
            let hopeless = !error.is_transient();
            Said { why: vec![error.to_string()], reach: Vec::new(), failed: true, busy: false, hopeless }
        }
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
