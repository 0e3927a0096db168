//! How many requests for access one host on one machine accepts in a second.
//!
//! The host is the program's own `serve` in a process of its own, with its `file:` store on disk, its timers running and
//! the simulated cloud behind HTTPS beside it. Clients ask over HTTP on loopback, one request after the other, each with a
//! ticket of its own, for a package that somebody has to approve. At the end the host is killed in the middle of its work,
//! and every request that it had answered must be in the store.

pub(crate) mod client;
pub(crate) mod host;
mod kept;

use crate::machine::{cpu_seconds_of, peak_mib_of};
use crate::process::Part;
use crate::run::Folder;
use crate::scenario::{Scenario, all};
use client::{Asked, ask_until};
use host::Host;
use kept::Kept;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The first word of a process that is a host.
pub const PART: &str = "part:host";

/// How long the host works before anything counts.
const WARM_UP: Duration = Duration::from_secs(2);

/// One measurement.
#[derive(Debug, Clone)]
pub struct Row {
    /// How many clients asked at the same time.
    pub clients: usize,
    /// For how long, in seconds.
    pub seconds: f64,
    /// How long each accepted request took, in milliseconds, sorted.
    pub took_ms: Vec<f64>,
    /// Answers other than 202, and connections that broke before the end.
    pub errors: usize,
    /// Processor time of the host for each accepted request, in milliseconds.
    pub cpu_ms: f64,
    /// The most memory that the host had resident at once, in MiB.
    pub peak_mib: f64,
    /// What was found in the store afterwards.
    pub kept: Kept,
}

/// What a process does that [`measure`] started as its host.
///
/// # Errors
/// In words, when it cannot serve.
pub async fn part(folder: &Path, port: &str) -> Result<(), String> {
    host::serve(folder, port).await
}

/// Measures with so many clients for so long. `program` takes [`PART`] and the parts of [`crate::run::part`].
///
/// # Errors
/// In words, when a process or the machine fails, or when an accepted request is not in the store.
pub fn measure(program: &Path, clients: usize, time: Duration) -> Result<Row, String> {
    let folder = Folder::new()?;
    let quiet = all().into_iter().find(|scenario| scenario.name == "nothing").expect("it is measured");
    let quiet = Scenario { latency_ms: quiet.latency_ms, ..quiet.small() };
    let world = serde_json::to_string(&quiet).map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["part:cloud", &world, "with-guests"]).arg(&folder.0);
    let mut cloud = Part::start("the simulated cloud", command)?;
    let () = cloud.hear()?;
    host::write_configuration(&folder.0)?;
    let host = Host::start(program, &folder.0)?;
    let warm = ask_until(host.port, clients, WARM_UP, 0)?;
    let cpu = cpu_seconds_of(host.id());
    let asked = ask_until(host.port, clients, time, warm.next)?;
    let (cpu, peak_mib) = (cpu_seconds_of(host.id()) - cpu, peak_mib_of(host.id()));
    // Nobody waits for these: they are under way when the host dies.
    let last = host.die_while(|port| ask_until(port, clients, Duration::from_secs(1), asked.next))?;
    let answered = [&warm, &asked, &last].into_iter().flat_map(|asked| asked.accepted.iter());
    let kept = kept::look(&folder.0, answered.collect())?;
    let Asked { accepted, errors, seconds, .. } = asked;
    let mut took_ms: Vec<f64> = accepted.iter().map(|one| one.took.as_secs_f64() * 1_000.0).collect();
    took_ms.sort_by(f64::total_cmp);
    let cpu_ms = cpu * 1_000.0 / took_ms.len().max(1) as f64;
    Ok(Row { clients, seconds, took_ms, errors, cpu_ms, peak_mib, kept })
}

/// A Markdown table.
pub fn table(rows: &[Row]) -> String {
    let mut text = "| clients | accepted a second | p50 ms | p99 ms | worst ms | errors | host's CPU ms each | host's peak MiB | answered, and in the store |\n".to_owned();
    text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for row in rows {
        let Row { clients, seconds, took_ms, errors, cpu_ms, peak_mib, kept } = row;
        let Kept { answered, found } = kept;
        text.push_str(&format!(
            "| {clients} | {:.0} | {:.1} | {:.1} | {:.1} | {errors} | {cpu_ms:.2} | {peak_mib:.0} | {answered}, {found} |\n",
            took_ms.len() as f64 / seconds,
            percentile(took_ms, 50),
            percentile(took_ms, 99),
            percentile(took_ms, 100),
        ));
    }
    text
}

/// The value that so many of a hundred do not exceed; 0 of none.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let place = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(place).copied().unwrap_or(0.0)
}
