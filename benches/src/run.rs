//! One measurement: the cloud in a process of its own, the contender in another; and what either does inside.
#![allow(clippy::print_stderr, reason = "how a long measurement goes on is told to whoever waits")]

use crate::cloud::{Tally, World};
use crate::contender::Gatehouse;
use crate::job::{Account, JOB, Job};
use crate::large;
use crate::machine::Watch;
use crate::peers::{Contender, command};
use crate::process::{Part, next_word, tell};
use crate::scenario::Scenario;
use crate::table::Row;
use jiff::SignedDuration;
use outside::{Random, SystemRandom};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How Gatehouse's preparing process is told apart from the measured one.
const PREPARE: &str = "prepare";

/// How many runs a host makes before the last word about who is missing.
const LATER_RUNS: usize = 3;

/// Measures one contender in one scenario. `program` is the one that takes [`part`]'s arguments; `target` a folder for
/// what is kept between measurements.
///
/// # Errors
/// In words, when a process or the machine fails.
pub fn measure(scenario: &Scenario, contender: Contender, program: &Path, target: &Path) -> Result<Vec<Row>, String> {
    let folder = Folder::new()?;
    let of_us = |role: &str, words: &[&str]| {
        let mut command = Command::new(program);
        // As infra/ sets it for the hosts.
        command.arg(role).args(words).arg(&folder.0).env("MALLOC_ARENA_MAX", "2");
        command
    };
    let guests = if contender == Contender::Gatehouse && scenario.invited { "without-guests" } else { "with-guests" };
    let world = serde_json::to_string(scenario).map_err(|error| error.to_string())?;
    let mut cloud = Part::start("the simulated cloud", of_us("part:cloud", &[&world, guests]))?;
    let () = cloud.hear()?;
    let job = folder.0.join(JOB);
    let mut part = match command(contender, &job, target)? {
        Some(command) => Part::start(contender.title(), command)?,
        None => {
            // What was there before is known before: by another process, so that its memory does not count.
            let mut prepare = Part::start(PREPARE, of_us("part:gatehouse", &[PREPARE]))?;
            let Account { seconds, peak_mib, .. } = prepare.hear()?;
            eprintln!("prepared in {seconds:.1} s, with {peak_mib:.0} MiB at most");
            Part::start(contender.title(), of_us("part:gatehouse", &["measure"]))?
        }
    };
    let () = part.hear()?;
    if scenario.twins {
        return large::rows(scenario, &mut cloud, &mut part);
    }
    let () = cloud.ask("start")?;
    let account: Account = part.ask("go")?;
    let mut tally: Tally = cloud.ask("tally")?;
    if contender == Contender::Gatehouse && tally.missing > 0 {
        // What it cannot know yet it leaves to the next runs, which a host makes by itself; nobody else does.
        for _ in 0..LATER_RUNS {
            let () = part.ask("later")?;
        }
        let later: Tally = cloud.ask("tally")?;
        (tally.missing_later, tally.duplicates) = (Some(later.missing), later.duplicates);
    }
    Ok(vec![Row { scenario: scenario.in_words(), contender: contender.title(), account, tally }])
}

/// Measures Gatehouse without a network: the cloud in the same process, its latency by the clock. What is left is the
/// program's own time, and the simulator's.
///
/// # Errors
/// In words, when the store or the configuration fails.
pub async fn inside(scenario: &Scenario) -> Result<Row, String> {
    let folder = Folder::new()?;
    let mut world = World::new(scenario, !scenario.invited);
    let options = world.sim.options();
    let job = world.job(&options.login_base, &options.graph_base, PathBuf::new(), &folder.0);
    let transport = std::sync::Arc::new(world.sim.clone());
    Gatehouse::new(&job, Some(transport.clone()))?.settle().await?;
    let gatehouse = Gatehouse::new(&job, Some(transport))?;
    warm(&gatehouse).await?;
    world.start().await;
    let (account, _) = gatehouse.measured().await?;
    let tally = world.tally();
    let title = format!("{}, no network", scenario.in_words());
    Ok(Row { scenario: title, contender: Contender::Gatehouse.title(), account, tally })
}

/// What a process does that [`measure`] started; `false` when the arguments are not of that kind.
///
/// # Errors
/// In words, for the process that started this one.
pub async fn part(arguments: &[String]) -> Result<bool, String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["part:cloud", world, guests, folder] => {
            let scenario: Scenario = serde_json::from_str(world).map_err(|error| error.to_string())?;
            cloud(World::new(&scenario, *guests == "with-guests"), Path::new(folder)).await?;
        }
        ["part:gatehouse", what, folder] => contender(*what == PREPARE, Path::new(folder)).await?,
        _ => return Ok(false),
    }
    Ok(true)
}

async fn cloud(mut world: World, folder: &Path) -> Result<(), String> {
    let (_served, _) = world.serve(folder).await.map_err(|error| error.to_string())?;
    tell(&())?;
    loop {
        // Reading standard input blocks a thread, which must not be one that serves.
        let word = tokio::task::spawn_blocking(next_word).await.map_err(|error| error.to_string())?;
        match word.as_deref() {
            Some("tally") => tell(&world.tally())?,
            Some(word) => {
                world.happen(word).await;
                tell(&())?;
            }
            None => return Ok(()),
        }
    }
}

async fn contender(prepare: bool, folder: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(folder.join(JOB)).map_err(|error| error.to_string())?;
    let job: Job = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if prepare {
        let watch = Watch::start();
        match job.models.is_empty() {
            true => Gatehouse::new(&job, None)?.settle().await?,
            false => large::prepare(&job, None).await?,
        }
        return tell(&watch.read());
    }
    let gatehouse = Gatehouse::new(&job, None)?;
    drop((job, text));
    warm(&gatehouse).await?;
    tell(&())?;
    loop {
        let word = tokio::task::spawn_blocking(next_word).await.map_err(|error| error.to_string())?;
        match word.as_deref() {
            Some("go") => {
                let (account, ticked) = gatehouse.measured().await?;
                if ticked.left > 0 {
                    eprintln!("left for a later run: {} steps; first {:?}", ticked.left, ticked.failures.first());
                }
                tell(&account)?;
            }
            Some("rest") => {
                large::rest(&gatehouse).await?;
                tell(&())?;
            }
            Some("later") => {
                // An invitation whose end nobody knows is settled once the directory's index must show it.
                gatehouse.forward(SignedDuration::from_mins(11));
                gatehouse.tick().await?;
                tell(&())?;
            }
            _ => return Ok(()),
        }
    }
}

/// A tick in which nothing happens: a host has been running for a while, so tokens and connections are there.
pub(crate) async fn warm(gatehouse: &Gatehouse) -> Result<(), String> {
    // Later than anything that the preparing process did.
    gatehouse.forward(SignedDuration::from_mins(20));
    let ticked = gatehouse.tick().await?;
    gatehouse.forward(SignedDuration::from_secs(61));
    if ticked.ran > 0 || ticked.left > 0 {
        return Err(format!("the world was not at rest: {ticked:?}"));
    }
    Ok(())
}

/// A folder for temporary files, removed with the value.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A new one.
    ///
    /// # Errors
    /// In words, when it cannot be made.
    pub fn new() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("gatehouse-bench-{}", SystemRandom.id().simple()));
        std::fs::create_dir_all(&path).map_err(|error| format!("{} cannot be made: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Another program may look into it just now; then the system's own clean-up gets it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
