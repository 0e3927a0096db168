//! How soon somebody is paged after an alert, and what is lost, repeated or late when things go wrong; beside Alertmanager.
//!
//! ```text
//! cargo bench -p bench --bench alerts                       everything: half an hour, most of it waiting
//! cargo bench -p bench --bench alerts -- speed              how soon the first page is there, and how many a second
//! cargo bench -p bench --bench alerts -- flood              2,000 alerts, and a host that is killed in the middle
//! cargo bench -p bench --bench alerts -- matrix             receivers that are not well, beside Alertmanager
//! cargo bench -p bench --bench alerts -- --quick            all of it, small: whether it works, not how fast
//! ```
//!
//! Needs Linux; Alertmanager is fetched with `apt-get download` into the target folder and run with `unshare`, and left out
//! where that fails. The store is in the folder for temporary files (`TMPDIR`), which should be on a disk.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program whose output is a table")]

use bench::alerting::matrix::{Behaviour, Contender, measure};
use bench::alerting::{alertmanager, flood, speed, table};
use bench::{asking, run};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Alerts of a measurement of speed: one at a time, and so many at a time.
const ALERTS: [(usize, usize); 2] = [(1, 500), (32, 8_000)];

/// Sign-ins of the flood, each told four times.
const SIGN_INS: usize = 500;

const BEHAVIOURS: [Behaviour; 7] = [
    Behaviour::Takes,
    Behaviour::Fails,
    Behaviour::Busy,
    Behaviour::Hangs,
    Behaviour::Cuts,
    Behaviour::IsOut,
    Behaviour::IsOutAndKilled,
];

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
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    // `cargo bench` adds `--bench` by itself.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [asking::PART, folder, port] => return runtime.block_on(asking::part(Path::new(folder), port)),
        _ if runtime.block_on(run::part(&arguments))? => return Ok(()),
        _ => {}
    }
    let quick = arguments.iter().any(|word| word == "--quick");
    let chosen: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != "--quick").collect();
    if let Some(unknown) = chosen.iter().find(|word| !["speed", "flood", "matrix"].contains(word)) {
        return Err(format!("{unknown} is none of speed, flood, matrix and --quick"));
    }
    let wanted = |what: &str| chosen.is_empty() || chosen.contains(&what);
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    if wanted("speed") {
        let mut rows = Vec::new();
        for (senders, alerts) in ALERTS {
            let alerts = if quick { alerts.min(200) } else { alerts };
            rows.push(speed(&runtime, &program, senders, alerts)?);
            eprint!("{}", table::speeds(&rows));
        }
        println!("{}", table::speeds(&rows));
    }
    if wanted("flood") {
        let sign_ins = if quick { 60 } else { SIGN_INS };
        println!("{}", table::flooded(&flood(&runtime, &program, sign_ins, 32)?));
    }
    if wanted("matrix") {
        matrix(&runtime, &program, quick)?;
    }
    Ok(())
}

fn matrix(runtime: &tokio::runtime::Runtime, program: &Path, quick: bool) -> Result<(), String> {
    let peer = match alertmanager::program(&target(program)?).and_then(|peer| alertmanager::works(&peer).map(|()| peer))
    {
        Ok(peer) => Some(peer),
        Err(why) => {
            println!("Alertmanager is left out, since it cannot be had here: {why}\n");
            None
        }
    };
    let behaviours = if quick { &[Behaviour::IsOut][..] } else { &BEHAVIOURS[..] };
    let mut cells = Vec::new();
    for behaviour in behaviours {
        for contender in [Contender::Gatehouse, Contender::Alertmanager] {
            let beside = match (contender, &peer) {
                (Contender::Gatehouse, _) => None,
                (Contender::Alertmanager, Some(peer)) => Some(peer.as_path()),
                (Contender::Alertmanager, None) => continue,
            };
            cells.push(measure(runtime, program, beside, *behaviour)?);
            eprint!("{}", table::cells(&cells[cells.len() - 1..]));
        }
    }
    println!("{}", table::cells(&cells));
    Ok(())
}

/// The folder into which this program was built.
fn target(program: &Path) -> Result<PathBuf, String> {
    let profile = program.ancestors().nth(2).and_then(Path::parent);
    profile.map(Path::to_owned).ok_or_else(|| format!("{} is in no target folder", program.display()))
}
