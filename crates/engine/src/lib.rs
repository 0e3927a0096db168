//! Doing: surveys the tenants, asks `access` for a plan, applies it, keeps the journal.
//!
//! [`Engine`] is everything that the functions and the command line call. It decides nothing: what to change and what
//! to hold back, `access` says. Nothing here lives longer than a call but a cached snapshot of the partner.

mod ailments;
mod api;
#[cfg(test)]
mod double;
pub mod drills;
mod fitness;
mod glance;
pub mod incidents;
pub mod inviting;
mod links;
pub mod membership;
mod newer;
pub mod notices;
pub mod onboarding;
mod process;
pub mod replay;
pub mod requests;
mod told;

pub use ailments::Ailments;
pub use api::{By, Confirm, DecidedTogether, Error, Glance, Health, How, Outcome, Red, Run, Tick};

use access::config::{Config, Customer};
use access::ids::TenantId;
use access::plan::Settings;
use cloud::graph::Graph;
use jiff::Timestamp;
use membership::Partner;
use outside::{Clock, Random};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use store::Store;
use uuid::Uuid;

/// What an [`Engine`] is made of.
pub struct Parts {
    /// The resolved configuration.
    pub config: Arc<Config>,
    /// Where state is kept.
    pub store: Store,
    /// The way to Microsoft Graph.
    pub graph: Graph,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// How long one customer's run may begin new work: 80 % of what the host allows.
    pub run_limit: Duration,
}

/// The program's doing half: built from the configuration, and anew when that changes.
pub struct Engine {
    /// The resolved configuration.
    pub config: Arc<Config>,
    pub(crate) store: Store,
    pub(crate) graph: Graph,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) run_limit: Duration,
    /// What the host said of the process, and what goes on in it.
    pub(crate) process: process::Process,
    partner: Mutex<Option<Arc<Partner>>>,
    /// Looks at the stored snapshot, one at a time: a partner of many people is parsed once for all runs.
    pub(crate) looking: membership::Looking,
    /// How many people's state runs may hold at once.
    pub(crate) room: Arc<membership::Room>,
    /// Where in the configuration each customer is, by name.
    by_name: HashMap<String, usize>,
    /// So that the customers of one command wait for one read of the partner instead of each making its own.
    pub(crate) refreshing: tokio::sync::Mutex<()>,
    /// When reading the partner last failed (by the monotonic clock), and why.
    pub(crate) partner_unread: Mutex<Option<(Duration, String)>>,
    /// When the credential of one of our apps was last refused (by the monotonic clock), by its client id.
    pub(crate) refused: Mutex<HashMap<Uuid, (Duration, cloud::Error)>>,
    /// Requests that are carried out within the call that makes them: one at a time.
    pub(crate) carrying: Arc<tokio::sync::Semaphore>,
    /// How tickets are told; `None`: this process tells none.
    pub(crate) tickets: Option<requests::Tickets>,
    /// Where notices go; `None`: this process sends none.
    pub(crate) outbox: Option<Arc<notices::Outbox>>,
    /// Where change notifications reach this program, if they can.
    pub(crate) public_url: Option<String>,
    /// The key of the links to pages where people answer, once it was read.
    pub(crate) link_key: OnceLock<links::LinkKey>,
    /// What could not be stored and people were told of all the same: the id of an alert's bytes, and of an incident.
    pub(crate) unstored: Arc<Mutex<HashSet<String>>>,
    /// Whose alert addresses were called by somebody who was turned away, and when that was last noted.
    pub(crate) turned_away: Mutex<HashMap<String, Timestamp>>,
    /// What the watch over break-glass accounts remembers.
    pub(crate) watching: incidents::Watching,
    /// Where a sign of life goes after each round of incidents.
    pub(crate) heartbeat: Option<Arc<notify::Heartbeat>>,
    /// What notifications told lately, so that a flood does not reach the store.
    pub(crate) hints: Mutex<membership::hints::Memory>,
    /// What is wrong with the program besides what is stored.
    pub(crate) ailments: Ailments,
    /// What strangers are told of the status, and when that was looked at.
    pub(crate) seen: Arc<tokio::sync::Mutex<Option<glance::Seen>>>,
}

impl Engine {
    /// Puts the parts together; nothing is read or sent yet.
    pub fn new(parts: Parts) -> Self {
        let Parts { config, store, graph, clock, random, run_limit } = parts;
        let by_name = config.customers.iter().enumerate().map(|(index, customer)| (customer.name.clone(), index));
        Self {
            by_name: by_name.collect(),
            looking: membership::Looking::default(),
            room: Arc::default(),
            config,
            store,
            graph,
            clock,
            random,
            run_limit,
            process: process::Process::default(),
            partner: Mutex::new(None),
            refreshing: tokio::sync::Mutex::default(),
            partner_unread: Mutex::default(),
            refused: Mutex::default(),
            carrying: Arc::new(tokio::sync::Semaphore::new(1)),
            tickets: None,
            outbox: None,
            public_url: None,
            link_key: OnceLock::new(),
            unstored: Arc::default(),
            turned_away: Mutex::default(),
            watching: incidents::Watching::default(),
            heartbeat: None,
            hints: Mutex::default(),
            ailments: Ailments::default(),
            seen: Arc::default(),
        }
    }

    /// The same, with a way to tell people: its ticks send what there is to tell.
    pub fn telling(self, outbox: notices::Outbox) -> Self {
        Self { outbox: Some(Arc::new(outbox)), ..self }
    }

    /// The same, with a way to tell tickets what becomes of their requests.
    pub fn calling_back(self, tickets: requests::Tickets) -> Self {
        Self { tickets: Some(tickets), ..self }
    }

    /// The way to Microsoft.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Where state is kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            address: self.config.address,
            leavers: self.config.leavers,
            invitations: self.config.invitations,
            limits: self.config.limits,
        }
    }

    pub(crate) fn customer(&self, name: &str) -> Result<&Customer, Error> {
        let found = self.by_name.get(name).and_then(|index| self.config.customers.get(*index));
        found.ok_or_else(|| Error::UnknownCustomer(name.into()))
    }

    /// The customer of this tenant; `None`: it is not in the configuration (any more).
    pub(crate) fn customer_of(&self, tenant: TenantId) -> Option<&Customer> {
        self.config.customer_of(tenant)
    }

    /// The named customers, or all of them.
    pub(crate) fn chosen(&self, names: &[String]) -> Result<Vec<&Customer>, Error> {
        if names.is_empty() {
            return Ok(self.config.customers.iter().collect());
        }
        names.iter().map(|name| self.customer(name)).collect()
    }
}
