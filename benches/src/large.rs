//! Ten thousand customers: events one after the other in one world that was at rest before each.
//!
//! On Gatehouse's side everything is real: the configuration, the store's files, the engine, one process. The cloud's
//! side is made as it is asked for: the customers of a team are twins of one model tenant until something happens in
//! them. What Gatehouse stored about them is made likewise: it looks after the models by itself, and what it stored
//! about a model is then copied for each of its twins, without the blocks of the journal, which no run reads again.

use crate::cloud::{Tally, World};
use crate::contender::{Gatehouse, Ticked};
use crate::job::{Account, Customer, Job};
use crate::process::Part;
use crate::scenario::Scenario;
use crate::table::Row;
use engine::membership::documents::{LEASES, body_path, head_path, lease_path};
use jiff::SignedDuration;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// How many ticks an event may have consequences.
const ECHOES_MAX: usize = 6;

/// What happens, by the words that the cloud is told.
pub fn events(scenario: &Scenario) -> Vec<(String, String)> {
    let changed = [1, 10, 100].into_iter().filter(|count| *count * 3 <= scenario.customers);
    let mut events = vec![("start".to_owned(), "nothing to do".to_owned())];
    events.extend(changed.map(|count| {
        let title = format!("a stranger was put into the group of {count}");
        (format!("strangers {count}"), title)
    }));
    let team = scenario.team.min(scenario.customers);
    events.push(("joiner".to_owned(), format!("one joiner for {team}")));
    events.push(("leaver".to_owned(), format!("one leaver in {team}")));
    events
}

/// All events, with the cloud and a process of Gatehouse that is at rest.
///
/// # Errors
/// In words, when one of the two fails.
pub fn rows(scenario: &Scenario, cloud: &mut Part, gatehouse: &mut Part) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (word, title) in events(scenario) {
        let () = cloud.ask(&word)?;
        let account: Account = gatehouse.ask("go")?;
        let tally: Tally = cloud.ask("tally")?;
        let () = gatehouse.ask("rest")?;
        let title = format!("{} customers with {} people each: {title}", scenario.customers, scenario.people);
        rows.push(Row { scenario: title, contender: "Gatehouse", account, tally });
    }
    Ok(rows)
}

/// The same within one process, for tests: what each event cost, and what became of it.
///
/// # Errors
/// In words, when the store or the configuration fails.
pub async fn inside(scenario: &Scenario, folder: &Path) -> Result<Vec<(String, Ticked, Tally)>, String> {
    let mut world = World::new(scenario, true);
    let options = world.sim.options();
    let job = world.job(&options.login_base, &options.graph_base, folder.join("unused"), folder);
    let transport = std::sync::Arc::new(world.sim.clone());
    prepare(&job, Some(transport.clone())).await?;
    let gatehouse = Gatehouse::new(&job, Some(transport))?;
    crate::run::warm(&gatehouse).await?;
    let mut seen = Vec::new();
    for (word, _) in events(scenario) {
        world.happen(&word).await;
        let (_, ticked) = gatehouse.measured().await?;
        let tally = world.tally();
        rest(&gatehouse).await?;
        seen.push((word, ticked, tally));
    }
    Ok(seen)
}

/// Lets the consequences of an event come to an end.
///
/// # Errors
/// In words, when they do not.
pub async fn rest(gatehouse: &Gatehouse) -> Result<(), String> {
    let mut last = Ticked::default();
    for _ in 0..ECHOES_MAX {
        gatehouse.forward(SignedDuration::from_secs(61));
        last = gatehouse.tick().await?;
        if last.ran == 0 && last.left == 0 {
            gatehouse.forward(SignedDuration::from_secs(61));
            return Ok(());
        }
    }
    Err(format!("there is still something to do after {ECHOES_MAX} ticks: {last:?}"))
}

/// Fills the store for every customer of the job.
///
/// # Errors
/// In words, when the store or the configuration fails.
pub async fn prepare(job: &Job, transport: Option<std::sync::Arc<dyn outside::Transport>>) -> Result<(), String> {
    let models = Job { customers: job.models.clone(), models: Vec::new(), ..job.clone() };
    Gatehouse::new(&models, transport.clone())?.settle().await?;
    let gatehouse = Gatehouse::new(job, transport)?;
    gatehouse.forward(SignedDuration::from_mins(15));
    let store = Files(&job.state);
    let by_source: BTreeMap<_, _> = job.models.iter().map(|model| (model.source, model)).collect();
    for customer in &job.customers {
        let model = by_source.get(&customer.source).ok_or("a team has no model")?;
        for path in [lease_path, body_path, head_path] {
            let text = store.read(&path(access::ids::TenantId(model.tenant)))?;
            let mut text = as_of(&text, model, customer);
            let place = path(access::ids::TenantId(customer.tenant));
            if place == head_path(access::ids::TenantId(customer.tenant)) {
                let mut head: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
                head["value"]["inputs"] = gatehouse.inputs(&customer.name).await?.into();
                text = head.to_string();
            }
            store.write(&place, &text)?;
        }
    }
    // Customers that are in the store and not in the configuration would be a problem.
    for model in &job.models {
        for folder in [format!("customers/{}", model.tenant), format!("journal/{}", model.tenant)] {
            std::fs::remove_dir_all(job.state.join(&folder)).map_err(|error| format!("{folder}: {error}"))?;
        }
        let lease = format!("{LEASES}{}", model.tenant);
        std::fs::remove_file(job.state.join(&lease)).map_err(|error| format!("{lease}: {error}"))?;
    }
    Ok(())
}

fn as_of(text: &str, model: &Customer, customer: &Customer) -> String {
    text.replace(&model.tenant.to_string(), &customer.tenant.to_string()).replace(&model.name, &customer.name)
}

/// The store's files, written without waiting for the disk.
struct Files<'a>(&'a Path);

impl Files<'_> {
    fn read(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(self.0.join(path)).map_err(|error| format!("{path}: {error}"))
    }

    fn write(&self, path: &str, text: &str) -> Result<(), String> {
        let file = self.0.join(path);
        let folder = file.parent().ok_or("a document is in a folder")?;
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, text));
        written.map_err(|error| format!("{path}: {error}"))
    }
}
