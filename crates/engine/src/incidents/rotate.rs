//! Somebody who knows a break-glass credential leaves the partner: it must be changed.
//!
//! A holder is written down as an address or an id. Once a read has shown whose it is, the snapshot of the partner follows
//! that person like everybody who was ever in a group, and what it confirms of leavers counts here as well. Of an address
//! that nobody was ever seen under nothing is concluded.

use super::document::{IncidentDocument, path};
use super::open::around;
use crate::inviting::people::Lookup;
use crate::membership::Partner;
use crate::{Engine, Error};
use access::config::Customer;
use access::ids::PersonId;
use access::incidents::{Opening, rotate};
use access::plan::Snapshot;
use cloud::graph::{Answer, Ask};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::Document;

/// Where it is kept who the holders are.
const HOLDERS: &str = "holders";

/// The seconds of an hour.
const HOUR: i64 = 3600;

/// Ticks of two processes overlap, and one may have seen somebody leave for whom the other opened nothing.
const RECENT: SignedDuration = SignedDuration::from_mins(5);

/// Who the holders are: for each as it is written in the configuration, in lower case, the person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Holders {
    people: BTreeMap<String, PersonId>,
}

impl Document for Holders {
    const V: u32 = 1;
}

impl Engine {
    /// The people of the partner who know a credential, as far as they were ever seen. Nothing is read where nobody is
    /// written down.
    pub(crate) async fn holders(&self) -> Result<BTreeSet<PersonId>, Error> {
        let written = self.written_holders();
        if written.is_empty() {
            return Ok(BTreeSet::new());
        }
        let known = self.store.read::<Holders>(HOLDERS).await?.map(|kept| kept.value.people).unwrap_or_default();
        Ok(known.into_iter().filter(|(holder, _)| written.contains(holder)).map(|(_, person)| person).collect())
    }

    /// The minute tick's part: finds out who new holders are, and opens an incident for each who has left. Those who left
    /// since the last tick are looked at, and all of them once an hour and at a process's first tick.
    pub(crate) async fn rotate_credentials(
        &self,
        partner: &Partner,
        since: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Vec<String>, Error> {
        let written = self.written_holders();
        if written.is_empty() {
            return Ok(Vec::new());
        }
        let hour = |at: Timestamp| at.as_second().div_euclid(HOUR);
        let looks_at_all = {
            let mut looked = self.watching.holders_looked.lock().expect("no holder panics");
            let is_new = looked.is_none_or(|looked| hour(looked) != hour(now));
            *looked = Some(now);
            is_new
        };
        let kept = self.store.read::<Holders>(HOLDERS).await?;
        let mut known = kept.as_ref().map(|kept| kept.value.people.clone()).unwrap_or_default();
        let mut gone = BTreeSet::new();
        if looks_at_all {
            let unknown: Vec<String> = written.iter().filter(|holder| !known.contains_key(*holder)).cloned().collect();
            for holder in unknown {
                let is = match seen_under(&partner.snapshot, &holder) {
                    Some(person) => Is::There(person),
                    None => self.who_is(&holder).await,
                };
                match is {
                    Is::There(person) => {
                        known.insert(holder, person);
                    }
                    Is::Deleted(person) => {
                        gone.insert(person);
                        known.insert(holder, person);
                    }
                    Is::Nobody => {}
                    // Whoever leaves before they were ever seen is never found: the next tick looks again.
                    Is::Unread => *self.watching.holders_looked.lock().expect("no holder panics") = None,
                }
            }
            if kept.as_ref().map_or(!known.is_empty(), |kept| kept.value.people != known) {
                let holders = Holders { people: known.clone() };
                let stored = match &kept {
                    Some(kept) => self.store.replace(kept, holders).await,
                    None => self.store.create(HOLDERS, holders).await,
                };
                match stored {
                    // Another process has found out as much.
                    Ok(_) | Err(store::Error::Conflict) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        let mut logs = Vec::new();
        for customer in &self.config.customers {
            for holder in customer.break_glass.holders.iter().map(|holder| holder.to_lowercase()) {
                let Some(id) = known.get(&holder) else { continue };
                let person = partner.snapshot.people.get(id);
                let has_left = person.is_some_and(|person| person.has_left()) || gone.contains(id);
                let left = person.and_then(|person| person.left);
                let is_recent = since.zip(left).is_some_and(|(since, left)| left + RECENT > since);
                if has_left && (looks_at_all || is_recent) {
                    logs.extend(self.open_rotate(customer, *id, &holder, left, now).await?);
                }
            }
        }
        Ok(logs)
    }

    /// Opens the incident, once; the incidents' own timer pages within a minute. Leavers must not wait for a chat.
    async fn open_rotate(
        &self,
        customer: &Customer,
        person: PersonId,
        holder: &str,
        left: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let opening: Opening = rotate(person, holder, left, &around(customer, now));
        let unknown = self.unknown(vec![opening]).await?;
        let Some(opening) = unknown.into_iter().next() else { return Ok(None) };
        self.pager().await.mark(&opening.id).await?;
        let id = opening.id.clone();
        match self.store.create(&path(&id), IncidentDocument(opening)).await {
            Ok(_) => {}
            Err(store::Error::Conflict) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        self.remember_incident(id.clone());
        Ok(Some(format!(
            "customer {}: {person} knows a break-glass credential and has left the partner: incident {id}",
            customer.name
        )))
    }

    /// Whose address or id it is.
    async fn who_is(&self, holder: &str) -> Is {
        let Ok(id) = holder.parse::<PersonId>() else {
            return match self.person_by_mail(holder).await {
                Lookup::Found(found) => Is::There(PersonId(found.user)),
                Lookup::Nobody | Lookup::Several(_) => Is::Nobody,
                Lookup::Unread { .. } => Is::Unread,
            };
        };
        let reader = self.graph.reader(self.config.partner.tenant_id.0);
        let asks = vec![Ask::User { id: id.0 }, Ask::DeletedUser { id: id.0 }];
        let mut answers = reader.ask(asks).await.into_iter().map(|answer| answer.and_then(Answer::user));
        match (answers.next(), answers.next()) {
            (Some(Ok(Some(_))), _) => Is::There(id),
            (Some(Ok(None)), Some(Ok(Some(_)))) => Is::Deleted(id),
            (Some(Ok(None)), Some(Ok(None))) => Is::Nobody,
            _ => Is::Unread,
        }
    }

    /// Everybody whom the configuration names, in lower case.
    fn written_holders(&self) -> BTreeSet<String> {
        let holders = self.config.customers.iter().flat_map(|customer| &customer.break_glass.holders);
        holders.map(|holder| holder.to_lowercase()).collect()
    }
}

/// Who somebody is.
enum Is {
    There(PersonId),
    /// In the bin.
    Deleted(PersonId),
    /// Nobody that can be seen, or more than one.
    Nobody,
    /// It could not be read.
    Unread,
}

/// The one person whom the snapshot has under this address. It remembers people who have left, whom a look-up does not show.
fn seen_under(snapshot: &Snapshot, address: &str) -> Option<PersonId> {
    let is_theirs = |own: &Option<String>| own.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(address));
    let mut found = snapshot.people.iter().filter(|(_, person)| is_theirs(&person.mail) || is_theirs(&person.upn));
    let (first, second) = (found.next(), found.next());
    first.filter(|_| second.is_none()).map(|(id, _)| *id)
}
