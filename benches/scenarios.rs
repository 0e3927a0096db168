//! Gatehouse beside a script and the official SDK: time, requests, resource units, refusals, memory, and who is in which
//! group at the end.
//!
//! ```text
//! cargo bench -p bench --bench scenarios                       everything but the two large worlds
//! cargo bench -p bench --bench scenarios -- leaver joiners     some of it; `large large-leaver` the large worlds
//! cargo bench -p bench --bench scenarios -- --only gatehouse   one contender: gatehouse, script, sdk
//! cargo bench -p bench --bench scenarios -- --inside           Gatehouse with the cloud in its own process, no network
//! cargo bench -p bench --bench scenarios -- --quick            all of it, tiny: whether it works, not how fast
//! ```
//!
//! Needs Linux, and Python 3 for the peers; the SDK is installed from PyPI into the target folder.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program whose output is a table")]

use bench::peers::Contender;
use bench::scenario::{Scenario, all};
use bench::{run, table};
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    // `cargo bench` adds `--bench` by itself.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if runtime.block_on(run::part(&arguments))? {
        return Ok(());
    }
    let (mut quick, mut inside, mut only) = (false, false, None);
    let mut names = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => quick = true,
            "--inside" => inside = true,
            "--only" => only = words.next().cloned(),
            name if all().iter().any(|scenario| scenario.name == name) => names.push(name.to_owned()),
            other => {
                let known: Vec<&str> = all().iter().map(|scenario| scenario.name).collect();
                return Err(format!("{other} is neither an option nor one of the scenarios {}", known.join(", ")));
            }
        }
    }
    let is_wanted = |scenario: &Scenario| match names.as_slice() {
        [] => quick || !scenario.name.starts_with("large"),
        names => names.iter().any(|name| name == scenario.name),
    };
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = target(&program)?;
    let mut rows = Vec::new();
    for scenario in all().into_iter().filter(is_wanted) {
        let scenario = if quick { scenario.small() } else { scenario };
        if inside {
            eprintln!("{}: inside", scenario.name);
            rows.push(runtime.block_on(run::inside(&scenario))?);
            continue;
        }
        for contender in Contender::ALL {
            let is_peer = contender != Contender::Gatehouse;
            if only.as_deref().is_some_and(|only| only != contender.name()) || (is_peer && !scenario.peers) {
                continue;
            }
            eprintln!("{}: {}", scenario.name, contender.title());
            rows.push(run::measure(&scenario, quick, contender, &program, &target)?);
        }
    }
    print!("{}", table::table(&rows));
    Ok(())
}

/// The target folder: `…/target/release/deps/scenarios-…` is in it.
fn target(program: &std::path::Path) -> Result<PathBuf, String> {
    program.ancestors().nth(3).map(PathBuf::from).ok_or_else(|| "this program is not in a target folder".to_owned())
}
