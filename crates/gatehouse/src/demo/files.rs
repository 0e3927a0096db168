//! The demo's folder: configuration to look at, and beside it the state of the store.

use super::clock::StoryClock;
use super::world::{CLIENT_SECRET, World};
use crate::settings::Settings;
use crate::wiring::{Doors, Place};
use outside::{Clock, Random, SeededRandom, SystemRandom};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The key with which a visitor calls the demo's HTTP API. It opens nothing but simulated tenants.
pub const API_KEY: &str = "visitor-of-the-demo";

/// The files of the configuration.
const FILES: [(&str, &str); 7] = [
    ("gatehouse.toml", include_str!("folder/gatehouse.toml")),
    ("profiles/standard.toml", include_str!("folder/profiles/standard.toml")),
    ("customers/adatum.toml", include_str!("folder/customers/adatum.toml")),
    ("customers/contoso.toml", include_str!("folder/customers/contoso.toml")),
    ("customers/fabrikam.toml", include_str!("folder/customers/fabrikam.toml")),
    ("customers/tailspin.toml", include_str!("folder/customers/tailspin.toml")),
    ("customers/wingtip.toml", include_str!("folder/customers/wingtip.toml")),
];

/// A demo's folder, with the simulated tenants that its configuration speaks of.
pub struct Home {
    /// Where the configuration is.
    pub folder: PathBuf,
    pub(crate) world: World,
    pub(super) place: Place,
}

impl Home {
    /// Writes the configuration to `folder`, which must be new or empty; `None`: to a new folder for temporary files.
    /// Time passes as it does on `pace`.
    pub fn make(folder: Option<&Path>, pace: Arc<dyn Clock>) -> Result<Self, String> {
        let folder = match folder {
            Some(folder) => folder.to_owned(),
            None => std::env::temp_dir().join(format!("gatehouse-demo-{}", SystemRandom.id().simple())),
        };
        let failed = |what: &Path, error: std::io::Error| format!("{} cannot be written: {error}", what.display());
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
        let mut inside = fs::read_dir(&folder).map_err(|error| failed(&folder, error))?;
        if inside.next().is_some() {
            return Err(format!("{} is not empty; the demo begins with a new or an empty folder", folder.display()));
        }
        for (name, text) in FILES {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(&folder);
            fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
            fs::write(&path, text).map_err(|error| failed(&path, error))?;
        }
        let clock = Arc::new(StoryClock::new(pace));
        let world = World::new(clock.clone());
        let settings = Settings::read(Arc::new(environment())).map_err(|problems| problems.join("; "))?;
        // The same ids in each demo, so that plans and journals can be compared; there is nothing to keep secret.
        let random = Arc::new(SeededRandom::new(1));
        let doors = Doors { clock, random, transport: Some(Arc::new(world.sim.clone())) };
        let place = Place { folder: folder.clone(), settings, doors };
        Ok(Self { folder, world, place })
    }

    /// What a host or a command needs to work on the simulated tenants.
    pub fn place(&self) -> Place {
        self.place.clone()
    }
}

/// The variables that the configuration names.
pub(crate) fn environment() -> BTreeMap<String, String> {
    let variables = [("GATEHOUSE_CLIENT_SECRET", CLIENT_SECRET), ("GATEHOUSE_DEMO_KEY", API_KEY)];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
