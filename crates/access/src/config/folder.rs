//! The folder, from texts to the resolved configuration.

use super::checks;
use super::files::{CustomerFile, ProfileFile, ProgramFile};
use super::model::Config;
use super::places::Places;
use super::problem::{ConfigProblem, Severity};
use super::read::read;
use super::resolve::resolve;
use super::schema::{Kind, schema};
use super::shape::Shapes;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// The largest file that is read: 1 MiB, some ten thousand packages.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;

/// The program's own file.
pub(super) const PROGRAM: &str = "gatehouse.toml";

/// The configuration folder, as the host found it.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// Path relative to the folder, with `/`, and text. Files that do not end in `.toml` are ignored.
    pub files: Vec<(String, String)>,
}

/// What a folder yields.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration, if `gatehouse.toml` has no error. A customer whose file (or profile) has an error is *not*
    /// in it: half of a customer might mean more access than the whole. Whoever writes to customers should stop when
    /// there is any error; whoever only looks may go on with the others.
    pub config: Option<Config>,
    /// Everything that was found, sorted by file and line.
    pub problems: Vec<ConfigProblem>,
}

impl Loaded {
    /// Whether anything was found that cannot be used.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

/// A file of which at least something can be used.
pub(super) struct Source<T> {
    /// Its path.
    pub(super) file: String,
    /// Its name, without folder and `.toml`.
    pub(super) name: String,
    pub(super) parts: T,
    pub(super) places: Places,
}

/// All files, sorted by name.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) program: Option<Source<ProgramFile>>,
    pub(super) customers: Vec<Source<CustomerFile>>,
    pub(super) profiles: BTreeMap<String, Source<ProfileFile>>,
    /// The names of all customers and profiles, of unreadable ones too: who refers to one of them is not wrong.
    pub(super) customer_names: BTreeSet<String>,
    pub(super) profile_names: BTreeSet<String>,
}

/// Reads the folder. `today` decides whether a loosened limit still holds.
pub fn load(folder: &Folder, today: Date) -> Loaded {
    let mut problems = Vec::new();
    let sources = read_all(folder, &mut problems);
    checks::all(&sources, today, &mut problems);
    problems.sort();
    problems.dedup();
    let broken: BTreeSet<&str> = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| problem.file.as_str())
        .collect();
    let config = resolve(&sources, &broken, today);
    Loaded { config, problems }
}

fn read_all(folder: &Folder, problems: &mut Vec<ConfigProblem>) -> Sources {
    let shapes = |kind| Shapes::new(schema(kind));
    let (program, customer, profile) = (shapes(Kind::Program), shapes(Kind::Customer), shapes(Kind::Profile));
    let mut files: Vec<_> = folder.files.iter().filter(|(file, _)| file.ends_with(".toml")).collect();
    files.sort();
    let mut sources = Sources::default();
    for (file, text) in files {
        let places = Places::new(file, "");
        match placed(file) {
            Some((kind, name)) => {
                if kind != Kind::Program {
                    problems.extend(checks::file_name(&places, kind, name));
                }
                match kind {
                    Kind::Program => sources.program = source(file, name, text, &program, problems),
                    Kind::Customer => {
                        sources.customer_names.insert(name.to_owned());
                        sources.customers.extend(source(file, name, text, &customer, problems));
                    }
                    Kind::Profile => {
                        sources.profile_names.insert(name.to_owned());
                        let source = source(file, name, text, &profile, problems);
                        sources.profiles.extend(source.map(|source| (name.to_owned(), source)));
                    }
                }
            }
            None => problems.push(
                places
                    .warning("", "stray_file", "is not read")
                    .hint("configuration is gatehouse.toml, customers/<name>.toml and profiles/<name>.toml"),
            ),
        }
    }
    if !folder.files.iter().any(|(file, _)| file == PROGRAM) {
        problems.push(Places::new(PROGRAM, "").error("", "missing_file", "there is no such file in the folder"));
    }
    sources
}

/// What the file at this path is, and its name.
fn placed(file: &str) -> Option<(Kind, &str)> {
    let path = file.strip_suffix(".toml")?;
    let (kind, name) = match path.split_once('/') {
        None => (Kind::Program, path),
        Some(("customers", name)) => (Kind::Customer, name),
        Some(("profiles", name)) => (Kind::Profile, name),
        Some(_) => return None,
    };
    let known = if kind == Kind::Program { file == PROGRAM } else { !name.contains('/') };
    known.then_some((kind, name))
}

fn source<T: DeserializeOwned>(
    file: &str,
    name: &str,
    text: &str,
    shapes: &Shapes,
    problems: &mut Vec<ConfigProblem>,
) -> Option<Source<T>> {
    if text.len() > FILE_BYTES_MAX {
        problems.push(Places::new(file, "").error("", "file_too_large", "is larger than 1 MiB"));
        return None;
    }
    let (parts, places) = read(file, text, shapes, problems);
    Some(Source { file: file.to_owned(), name: name.to_owned(), parts: parts?, places })
}
