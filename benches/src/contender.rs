//! Gatehouse as a contender: its engine on a real configuration, driven as the local host drives it.

use crate::job::{Account, Job};
use crate::machine::Watch;
use access::config::{Config, Folder, load};
use async_trait::async_trait;
use cloud::graph::{Graph, GraphParts};
use cloud::{Credential, Endpoints, SecretText};
use engine::{Engine, How, Outcome, Parts};
use gatehouse::hosts::local::AT_ONCE_MAX;
use jiff::{SignedDuration, Timestamp};
use outside::{Clock, Https, SystemClock, SystemRandom, Transport};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use store::latent::Latent;
use store::{Disk, Documents, Store};
use tokio::task::JoinSet;

/// How often preparing may look at every customer until nothing is left to do.
const ROUNDS_MAX: usize = 12;

/// The machine's clock, whose wall side can be put forward, so that nobody waits for the next minute.
struct Forward {
    clock: SystemClock,
    seconds: AtomicI64,
}

#[async_trait]
impl Clock for Forward {
    fn now(&self) -> Timestamp {
        self.clock.now() + SignedDuration::from_secs(self.seconds.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }
}

/// One process of the program.
pub struct Gatehouse {
    engine: Arc<Engine>,
    clock: Arc<Forward>,
}

/// How the customers of one tick fared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Customers with nothing to do.
    pub unchanged: usize,
    /// Customers with a whole run.
    pub ran: usize,
    /// Steps carried out.
    pub applied: u32,
    /// Steps held, left for later, or failed.
    pub left: u32,
    /// What failed.
    pub failures: Vec<String>,
}

impl Gatehouse {
    /// A process, just started: nothing was asked yet.
    ///
    /// # Errors
    /// In words, when the folder or the configuration cannot be used.
    pub fn new(job: &Job, transport: Option<Arc<dyn Transport>>) -> Result<Self, String> {
        let clock = Arc::new(Forward { clock: SystemClock::new(), seconds: AtomicI64::new(0) });
        let random = Arc::new(SystemRandom);
        let config = Arc::new(config(job, clock.now())?);
        let transport = match transport {
            Some(transport) => transport,
            None => {
                let roots = std::fs::read(&job.ca_file).map_err(|error| error.to_string())?;
                Arc::new(Https::new(roots))
            }
        };
        let graph = Graph::new(GraphParts {
            endpoints: Endpoints::custom(&job.login, &job.graph),
            app: job.app,
            credential: Credential::Secret(SecretText::new(&job.secret)),
            transport,
            clock: clock.clone(),
            random: random.clone(),
        });
        let disk = Disk::new(&job.state).map_err(|error| error.to_string())?;
        let documents: Arc<dyn Documents> = match job.store_ms {
            0 => Arc::new(disk),
            delay => Arc::new(Latent::new(disk, clock.clone(), Duration::from_millis(delay))),
        };
        let store = Store::new(documents, clock.clone(), random.clone());
        let run_limit = gatehouse::wiring::RUN_LIMIT;
        let engine = Engine::new(Parts { config, store, graph, clock: clock.clone(), random, run_limit });
        Ok(Self { engine: Arc::new(engine), clock })
    }

    /// The digest that a head keeps of what its customer's plan rests on.
    ///
    /// # Errors
    /// In words, when the store fails.
    pub async fn inputs(&self, customer: &str) -> Result<String, String> {
        self.engine.inputs(customer).await.map_err(|error| error.to_string())
    }

    /// Puts the wall clock forward.
    pub fn forward(&self, by: SignedDuration) {
        self.clock.seconds.fetch_add(by.as_secs(), Ordering::Relaxed);
    }

    /// What the minute timer and the queue do: one tick, and the customers that it names, as many at once as the local
    /// host takes.
    ///
    /// # Errors
    /// In words, when the store fails.
    pub async fn tick(&self) -> Result<Ticked, String> {
        let tick = self.engine.tick().await.map_err(|error| error.to_string())?;
        let mut ticked = Ticked { failures: tick.notes, ..Ticked::default() };
        let mut due = tick.due.into_iter();
        let mut working = JoinSet::new();
        loop {
            while working.len() < AT_ONCE_MAX
                && let Some(name) = due.next()
            {
                let engine = self.engine.clone();
                working.spawn(async move { engine.sync(&name, How::default()).await });
            }
            let Some(ended) = working.join_next().await else { break };
            match ended.map_err(|error| error.to_string())?.map_err(|error| error.to_string())? {
                Outcome::Unchanged => ticked.unchanged += 1,
                Outcome::Ran(run) => {
                    ticked.ran += 1;
                    ticked.applied += run.applied;
                    let held: u32 = run.plan.held.iter().map(|held| held.steps).sum();
                    ticked.left += run.waiting + held + run.failures.len() as u32;
                    ticked.failures.extend(run.failures);
                }
                Outcome::Busy | Outcome::Paused => ticked.left += 1,
                Outcome::Failed { text, .. } => {
                    ticked.left += 1;
                    ticked.failures.push(text);
                }
            }
        }
        Ok(ticked)
    }

    /// Ticks, a minute apart, until nobody has anything to do.
    ///
    /// # Errors
    /// In words, when the store fails or the world does not come to rest.
    pub async fn settle(&self) -> Result<(), String> {
        let mut last = Ticked::default();
        for _ in 0..ROUNDS_MAX {
            last = self.tick().await?;
            self.forward(SignedDuration::from_secs(61));
            if last.ran == 0 && last.left == 0 {
                return Ok(());
            }
        }
        Err(format!("there is still something to do after {ROUNDS_MAX} ticks: {last:?}"))
    }

    /// One tick, measured.
    ///
    /// # Errors
    /// As [`Gatehouse::tick`].
    pub async fn measured(&self) -> Result<(Account, Ticked), String> {
        let watch = Watch::start();
        let ticked = self.tick().await?;
        Ok((watch.read(), ticked))
    }
}

/// The configuration that a partner would write for this job, with budgets and rails raised as far as the events go.
fn config(job: &Job, now: Timestamp) -> Result<Config, String> {
    let Job { login, graph, app, partner, .. } = job;
    let program = format!(
        r#"
[partner]
name = "Northwind"
tenant_id = "{partner}"

[app]
client_id = "{app}"
credential = {{ client_secret = "env:GATEHOUSE_CLIENT_SECRET" }}

[cloud]
name = "custom"
login = "{login}"
graph = "{graph}"

[sync]
every = "1m"

[invitations]
per_tenant_per_hour = 100000
per_tenant_per_day = 100000

[limits]
additions_max = 100000
new_person_customers_max = 100000
"#
    );
    let mut files = vec![("gatehouse.toml".to_owned(), program)];
    for customer in &job.customers {
        let text = format!(
            r#"
display_name = "{name}"
tenant_id = "{tenant}"
mode = "enforce"
domains = ["{domain}"]

[[packages]]
name = "engineers"
members = ["{source}"]
groups = ["{target}"]
"#,
            name = customer.name,
            tenant = customer.tenant,
            domain = crate::job::DOMAIN,
            source = customer.source,
            target = customer.target,
        );
        files.push((format!("customers/{}.toml", customer.name), text));
    }
    let loaded = load(&Folder { files }, now.to_zoned(jiff::tz::TimeZone::UTC).date());
    match loaded.config {
        Some(config) if !loaded.problems.iter().any(|problem| problem.severity == access::config::Severity::Error) => {
            Ok(config)
        }
        _ => Err(loaded.problems.first().map_or_else(String::new, ToString::to_string)),
    }
}
