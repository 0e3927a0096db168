//! What people order outside the configuration: who is barred, and where nothing is done for a while.
//!
//! An order takes effect the moment it is stored; that it was given is journalled beside ([`Note`]). Orders are by
//! named persons, and only a named person takes a bar back; a pause also ends by itself.

#[cfg(test)]
mod tests;
mod until;

pub use until::{PAUSE_MAX, Unfit, until};

use crate::ids::{PersonId, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The most characters of a reason or of a name: enough for a sentence, and a store that nobody can fill with one.
pub const WORDS_MAX: usize = 500;

/// Nobody puts this person anywhere, and what they have of ours is taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// The person's address when it was ordered, for people who read it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mail: Option<String>,
    /// Who ordered it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it was ordered (last).
    pub at: Timestamp,
}

/// Nothing is done but what facts about one person take away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Who ordered it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// It holds before this time, and no more at it.
    pub until: Timestamp,
    /// Whether removals that follow from facts wait too.
    #[serde(default)]
    pub everything: bool,
}

/// All orders that stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// Who is barred, everywhere.
    #[serde(default)]
    pub barred: BTreeMap<PersonId, Bar>,
    /// Customers that are paused by themselves.
    #[serde(default)]
    pub pauses: BTreeMap<TenantId, Pause>,
    /// All customers are paused.
    #[serde(default)]
    pub pause_all: Option<Pause>,
}

/// An order, as the program's journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its number: an order that was written down twice is recognised.
    pub number: u64,
    /// When it was given.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What.
    #[serde(flatten)]
    pub order: Order,
}

/// What was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// `gatehouse leave`.
    Barred {
        /// Whom.
        person: PersonId,
        /// Under which address.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        mail: Option<String>,
    },
    /// `gatehouse unbar`.
    Unbarred {
        /// Whom.
        person: PersonId,
        /// Under which address.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        mail: Option<String>,
    },
    /// `gatehouse pause`.
    Paused {
        /// Which customers; `None`: all.
        customers: Option<BTreeSet<TenantId>>,
        /// Until when.
        until: Timestamp,
        /// Whether removals that follow from facts wait too.
        everything: bool,
    },
    /// `gatehouse resume`.
    Resumed {
        /// Which customers; `None`: the pause of all.
        customers: Option<BTreeSet<TenantId>>,
    },
}

impl Orders {
    /// Whether nobody may put this person anywhere.
    pub fn is_barred(&self, person: PersonId) -> bool {
        self.barred.contains_key(&person)
    }

    /// The pause that a customer is under: of its own and that of all the stricter one, else the longer.
    pub fn pause_of(&self, tenant: TenantId, now: Timestamp) -> Option<&Pause> {
        let both = self.pauses.get(&tenant).into_iter().chain(&self.pause_all);
        both.filter(|pause| now < pause.until).max_by_key(|pause| (pause.everything, pause.until))
    }

    /// The same without the pauses beside which a person's own command goes on: all but those of everything.
    pub fn for_commands(&self) -> Self {
        let stops = |pause: &Pause| pause.everything;
        let pauses =
            self.pauses.iter().filter(|(_, pause)| stops(pause)).map(|(tenant, pause)| (*tenant, pause.clone()));
        Self { barred: self.barred.clone(), pauses: pauses.collect(), pause_all: self.pause_all.clone().filter(stops) }
    }

    /// Takes an order in. Giving the same one twice changes nothing more.
    pub fn take(&mut self, note: &Note) {
        let (by, reason, at) = (note.by.clone(), note.reason.clone(), note.at);
        match &note.order {
            Order::Barred { person, mail } => {
                self.barred.insert(*person, Bar { mail: mail.clone(), by, reason, at });
            }
            Order::Unbarred { person, .. } => {
                self.barred.remove(person);
            }
            Order::Paused { customers, until, everything } => {
                let pause = Pause { by, reason, at, until: *until, everything: *everything };
                match customers {
                    Some(tenants) => self.pauses.extend(tenants.iter().map(|tenant| (*tenant, pause.clone()))),
                    None => self.pause_all = Some(pause),
                }
            }
            Order::Resumed { customers } => match customers {
                Some(tenants) => self.pauses.retain(|tenant, _| !tenants.contains(tenant)),
                None => self.pause_all = None,
            },
        }
    }

    /// Leaves out the pauses that are over.
    pub fn forget_ended(&mut self, now: Timestamp) {
        self.pauses.retain(|_, pause| now < pause.until);
        self.pause_all = self.pause_all.take().filter(|pause| now < pause.until);
    }
}

impl Pause {
    /// Who paused, why, until when, and what goes on from there; `resume` names what to resume, such as `contoso`.
    pub fn sentence(&self, resume: &str) -> String {
        let goes = if self.everything { "nothing at all is done" } else { "only people who must go are taken out" };
        format!(
            "paused by {} until {} ({}): {goes}. To go on before: gatehouse resume {resume} --by YOU --reason WHY",
            self.by,
            at(self.until),
            self.reason
        )
    }
}

/// In words, for people.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whom = |person: &PersonId, mail: &Option<String>| match mail {
            Some(mail) => format!("{mail} ({person})"),
            None => format!("person {person}"),
        };
        let where_ = |customers: &Option<BTreeSet<TenantId>>| match customers {
            None => "all customers".to_string(),
            Some(tenants) => {
                let ids: Vec<String> = tenants.iter().map(|tenant| format!("tenant {tenant}")).collect();
                ids.join(", ")
            }
        };
        match &self.order {
            Order::Barred { person, mail } => write!(f, "{} barred by {}", whom(person, mail), self.by)?,
            Order::Unbarred { person, mail } => write!(f, "{} no longer barred, by {}", whom(person, mail), self.by)?,
            Order::Paused { customers, until, everything } => {
                let all = if *everything { ", everything" } else { "" };
                write!(f, "{} paused by {} until {}{all}", where_(customers), self.by, at(*until))?;
            }
            Order::Resumed { customers } => write!(f, "{} resumed by {}", where_(customers), self.by)?,
        }
        write!(f, ": {}", self.reason)
    }
}

fn at(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
