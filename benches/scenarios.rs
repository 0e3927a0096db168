//! Gatehouse beside a script and the official SDK: time, requests, resource units, refusals, memory, and who is in which
//! group at the end.
//!
//! ```text
//! cargo bench -p bench --bench scenarios                       everything: the whole table of docs/performance.md
//! cargo bench -p bench --bench scenarios -- leaver joiners     some of it
//! cargo bench -p bench --bench scenarios -- --only gatehouse   one contender: gatehouse, script, sdk
//! cargo bench -p bench --bench scenarios -- large --customers 1000 --people 50
//!                                                              other sizes
//! cargo bench -p bench --bench scenarios -- crowd --strangers 50000
//!                                                              a smaller crowd
//! cargo bench -p bench --bench scenarios -- --inside           Gatehouse with the cloud in its own process, no network
//! cargo bench -p bench --bench scenarios -- --quick            all of it, tiny: whether it works, not how fast
//! ```
//!
//! Needs Linux, and Python 3 for the peers; the SDK is installed from PyPI into the target folder.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program whose output is a table")]

use bench::peers::Contender;
use bench::run;
use bench::scenario::{Scenario, all};
use bench::table::{self, Row};
use std::path::{Path, PathBuf};
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
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    // `cargo bench` adds `--bench` by itself.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if runtime.block_on(run::part(&arguments))? {
        return Ok(());
    }
    let wanted = Wanted::read(&arguments)?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = target(&program)?;
    let mut rows = Vec::new();
    if wanted.inside {
        for scenario in wanted.scenarios() {
            eprintln!("{}: {}", scenario.name, Contender::Gatehouse.title());
            rows.push(runtime.block_on(run::inside(&scenario))?);
        }
    } else {
        let mut measured = Vec::new();
        for group in wanted.groups() {
            measured.extend(side_by_side(group, &program, &target)?);
        }
        // They were taken contender by contender; the table goes by scenarios.
        measured.sort_by_key(|(place, _)| *place);
        rows.extend(measured.into_iter().flat_map(|(_, rows)| rows));
    }
    print!("{}", table::table(&rows));
    Ok(())
}

/// One measurement: its place in the table, the scenario, and who.
type One = (usize, Scenario, Contender);

/// Measures these at the same time.
fn side_by_side(group: Vec<One>, program: &Path, target: &Path) -> Result<Vec<(usize, Vec<Row>)>, String> {
    std::thread::scope(|scope| {
        let measure = |(place, scenario, contender): One| {
            scope.spawn(move || {
                let rows = run::measure(&scenario, contender, program, target);
                let rows = rows.map_err(|why| format!("{}, {}: {why}", scenario.name, contender.title()))?;
                eprint!("{}", table::table(&rows));
                Ok((place, rows))
            })
        };
        let running: Vec<_> = group.into_iter().map(measure).collect();
        running.into_iter().map(|one| one.join().map_err(|_| "a measurement panicked".to_owned())?).collect()
    })
}

/// What the command line asks for.
#[derive(Default)]
struct Wanted {
    names: Vec<String>,
    quick: bool,
    inside: bool,
    only: Option<Contender>,
    customers: Option<usize>,
    people: Option<usize>,
    strangers: Option<usize>,
}

impl Wanted {
    fn read(arguments: &[String]) -> Result<Self, String> {
        let mut wanted = Self::default();
        let mut words = arguments.iter();
        let number = |word: Option<&String>| {
            let number = word.and_then(|word| word.parse::<usize>().ok());
            number.ok_or_else(|| "a number belongs here".to_owned())
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => wanted.quick = true,
                "--inside" => wanted.inside = true,
                "--customers" => wanted.customers = Some(number(words.next())?),
                "--people" => wanted.people = Some(number(words.next())?),
                "--strangers" => wanted.strangers = Some(number(words.next())?),
                "--only" => {
                    let name = words.next().map(String::as_str).unwrap_or_default();
                    let known = Contender::ALL.into_iter().find(|contender| contender.name() == name);
                    wanted.only = Some(known.ok_or_else(|| format!("{name:?} is not gatehouse, script or sdk"))?);
                }
                name if all().iter().any(|scenario| scenario.name == name) => wanted.names.push(name.to_owned()),
                other => {
                    let known: Vec<String> = all().into_iter().map(|scenario| scenario.name).collect();
                    return Err(format!("{other} is neither an option nor one of the scenarios {}", known.join(", ")));
                }
            }
        }
        Ok(wanted)
    }

    /// Everything that is to be measured, in groups that are measured at the same time: Gatehouse and the SDK each by
    /// themselves; the scripts together, since they do nothing but wait.
    fn groups(&self) -> Vec<Vec<One>> {
        let mut groups: Vec<Vec<One>> = Vec::new();
        for contender in [Contender::Gatehouse, Contender::Sdk, Contender::Script] {
            let mut ones = Vec::new();
            for (number, scenario) in self.scenarios().enumerate() {
                let takes_part = self.only.map_or(scenario.contenders.contains(&contender), |only| only == contender);
                if takes_part {
                    let place = number * Contender::ALL.len() + contender as usize;
                    ones.push((place, scenario.sized_for(contender), contender));
                }
            }
            match contender {
                Contender::Script if !ones.is_empty() => groups.push(ones),
                _ => groups.extend(ones.into_iter().map(|one| vec![one])),
            }
        }
        groups
    }

    fn scenarios(&self) -> impl Iterator<Item = Scenario> {
        let is_wanted = |scenario: &Scenario| match self.names.as_slice() {
            [] => true,
            names => names.contains(&scenario.name),
        };
        all().into_iter().filter(is_wanted).map(|scenario| {
            let sized = Scenario {
                customers: self.customers.unwrap_or(scenario.customers),
                people: self.people.unwrap_or(scenario.people),
                strangers: self.strangers.unwrap_or(scenario.strangers),
                ..scenario
            };
            if self.quick { sized.small() } else { sized }
        })
    }
}

/// The target folder: `…/target/release/deps/scenarios-…` is in it.
fn target(program: &Path) -> Result<PathBuf, String> {
    program.ancestors().nth(3).map(PathBuf::from).ok_or_else(|| "this program is not in a target folder".to_owned())
}
