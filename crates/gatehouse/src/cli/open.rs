//! What most commands begin with: the configuration, read and checked.

use super::console::{Console, Failure};
use super::desk;
use crate::configuration::{Found, Location};
use crate::settings::Settings;
use crate::wiring::{Doors, Place};
use access::config::{Config, Loaded, Severity};
use clap::ValueEnum;
use engine::Engine;
use std::path::PathBuf;
use std::sync::Arc;
use store::Store;

/// What every command is given.
pub(super) struct Context {
    /// `--config`.
    pub(super) folder: Option<PathBuf>,
    /// The environment.
    pub(super) settings: Settings,
    /// The ways out.
    pub(super) doors: Doors,
    /// The published configuration, or why it cannot be read; `None`: the configuration is in a folder, which each command
    /// reads when it needs it.
    pub(super) published: Option<Result<Found, String>>,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    #[default]
    #[value(alias = "human")]
    Text,
    Json,
}

/// Whether a command may go on without the customers whose files have errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errors {
    /// It only looks, so it does.
    Skip,
    /// It writes to customers: half of a configuration might mean more access than the whole.
    Refuse,
}

/// A checked configuration.
pub(super) struct Opened {
    pub(super) place: Place,
    pub(super) config: Arc<Config>,
    /// Whether some customers are missing because their files have errors.
    pub(super) has_errors: bool,
}

impl Context {
    /// What every command is given; a published configuration is read now if the command `needs` one.
    pub(super) async fn new(folder: Option<PathBuf>, settings: Settings, doors: Doors, needs: bool) -> Self {
        let context = Self { folder, settings, doors, published: None };
        let place = context
            .place()
            .ok()
            .filter(|place| needs && Location::of(&place.folder).is_ok_and(|at| at.url().is_some()));
        let published = match place {
            Some(place) => Some(place.find().await),
            None => None,
        };
        Self { published, ..context }
    }

    /// Where the configuration is.
    pub(super) fn place(&self) -> Result<Place, Failure> {
        let folder = self.folder.clone().or_else(|| self.settings.config.clone());
        let folder = folder.ok_or_else(|| {
            Failure::new("no configuration is named")
                .hint("gatehouse --config DIR …, or set GATEHOUSE_CONFIG; gatehouse demo needs none")
        })?;
        Location::of(&folder)?;
        Ok(Place { folder, settings: self.settings.clone(), doors: self.doors.clone() })
    }

    /// Reads and checks the configuration; its problems are told.
    pub(super) fn open(&self, errors: Errors, console: &mut Console<'_>) -> Result<Opened, Failure> {
        let (place, loaded) = self.load()?;
        let has_errors = loaded.has_errors();
        for problem in loaded.problems.iter().filter(|problem| problem.severity == Severity::Error) {
            console.tell(&problem.to_string());
        }
        let broken = || {
            Failure::new(format!("the configuration {} {} has errors", self.preposition(), place.folder.display()))
                .hint("gatehouse check lists everything that is wrong with it")
        };
        if has_errors && errors == Errors::Refuse {
            return Err(broken().hint("nothing was done; gatehouse check lists everything that is wrong"));
        }
        let config = Arc::new(loaded.config.ok_or_else(broken)?);
        Ok(Opened { place, config, has_errors })
    }

    /// Reads and checks the configuration.
    pub(super) fn load(&self) -> Result<(Place, Loaded), Failure> {
        let place = self.place()?;
        let loaded = match &self.published {
            Some(Ok(found)) => place.check(found),
            Some(Err(why)) => return Err(Failure { hint: desk::hint(why).map(str::to_owned), ..Failure::new(why) }),
            None => place.load().map_err(|text| {
                let failure = Failure::new(text);
                if place.folder.is_dir() {
                    return failure;
                }
                failure.hint("the folder that --config or GATEHOUSE_CONFIG names is the one that holds gatehouse.toml")
            })?,
        };
        Ok((place, loaded))
    }

    fn preposition(&self) -> &'static str {
        if self.published.is_some() { "at" } else { "in" }
    }
}

impl Opened {
    /// An engine on this configuration, for what asks tenants: without a credential it ends before anything is begun.
    pub(super) fn engine(&self) -> Result<Engine, Failure> {
        self.place.engine(self.config.clone()).map_err(desk::unopened)
    }

    /// An engine for what is done with the store: it needs no credential of the app. What it would like to do in tenants
    /// beside that is left to the hosts.
    pub(super) fn engine_on_store(&self) -> Result<Engine, Failure> {
        self.place.engine_on_store(self.config.clone()).map_err(desk::unopened)
    }

    /// The store alone.
    pub(super) fn store(&self) -> Result<Store, Failure> {
        self.place.store(&self.config).map_err(desk::unopened)
    }

    /// The customers that are meant: these, or all. A name that nobody has ends the command before it does anything.
    pub(super) fn chosen(&self, names: &[String]) -> Result<Vec<String>, Failure> {
        let known: Vec<String> = self.config.customers.iter().map(|customer| customer.name.clone()).collect();
        if names.is_empty() {
            return Ok(known);
        }
        let mut chosen = Vec::new();
        for name in names {
            if !known.contains(name) {
                return Err(engine::Error::UnknownCustomer(name.clone()).into());
            }
            if !chosen.contains(name) {
                chosen.push(name.clone());
            }
        }
        Ok(chosen)
    }
}
