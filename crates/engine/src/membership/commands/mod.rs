//! What a named person tells us to do besides keeping customers as configured.
//!
//! Every command first shows what it comes to ([`Go::Look`]): it takes no lease, stores nothing about a customer and
//! never constructs a writer. To be carried out ([`Go::Do`]) it takes the customer's lease, looks again, compares the
//! number of people with the one that the person confirmed, and goes through the same journal, rails and writer as a
//! run. The journal says who, when and why.

mod adopt;
mod errand;
mod forget;
mod grant;
mod offboard;
mod rebuild;
mod report;
mod undo;
mod unveto;

pub use rebuild::Rebuilt;

use crate::Error;
use access::ids::{ObjectId, TenantId};
use access::ledger::{Commanded, Entry};
use access::plan::{Draft, Held, Left, Step};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// Whether a command only shows what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Go {
    /// Show it, change nothing.
    Look,
    /// Do it.
    Do(Told),
}

/// Who tells us to, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Who, by mail address.
    pub by: String,
    /// Their words.
    pub reason: String,
    /// How many people the person saw to be concerned; another number stops the command. `None`: whatever it is.
    pub people: Option<u32>,
}

impl Told {
    fn entry(&self, command: &str, at: Timestamp) -> Entry {
        Entry::Commanded(Commanded { command: command.into(), by: self.by.clone(), reason: self.reason.clone(), at })
    }

    /// Compares what is to be done with what the person saw.
    fn check(&self, customer: &str, people: u32) -> Result<(), Error> {
        match self.people {
            Some(confirmed) if confirmed != people => Err(Error::PlanChanged(format!(
                "{customer}: {people} people are concerned, and {confirmed} were confirmed; nothing was changed, look again"
            ))),
            _ => Ok(()),
        }
    }
}

/// What a command comes to, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// The customer.
    pub customer: String,
    /// Their tenant.
    pub tenant_id: TenantId,
    /// The command, as the journal names it.
    pub command: String,
    /// How many people are concerned: what a person confirms.
    pub people: u32,
    /// The steps, those without a write to Microsoft among them.
    pub steps: Vec<Step>,
    /// What else changes in the record, in words.
    pub entries: Vec<String>,
    /// What the rails hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Held>,
    /// The steps that they hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held_steps: Vec<Step>,
    /// Names the held steps; empty where nothing is held.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// What is left as it is.
    pub left: Vec<Left>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// What was done; `None`: nothing was, this only shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<Done>,
}

/// What came of a command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    /// How many steps were carried out.
    pub applied: u32,
    /// Steps that wait for a later run.
    pub waiting: u32,
    /// Steps that failed, each with its reason.
    pub failures: Vec<String>,
    /// The number under which the journal has it.
    pub number: Option<u64>,
}

impl Proposal {
    fn new(customer: &str, tenant_id: TenantId, command: String) -> Self {
        Self {
            customer: customer.into(),
            tenant_id,
            command,
            people: 0,
            steps: Vec::new(),
            entries: Vec::new(),
            held: Vec::new(),
            held_steps: Vec::new(),
            digest: String::new(),
            left: Vec::new(),
            notes: Vec::new(),
            done: None,
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.entries.is_empty()
    }
}

/// How many people these steps are about.
fn people<'a>(steps: impl Iterator<Item = &'a Step>) -> BTreeSet<ObjectId> {
    steps.filter_map(|step| step.person.map(ObjectId::from).or(step.guest.map(ObjectId::from))).collect()
}

fn steps(drafts: &[Draft]) -> Vec<Step> {
    drafts.iter().map(|draft| draft.step.clone()).collect()
}
