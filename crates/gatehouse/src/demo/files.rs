//! The demo's folder: configuration to look at, and beside it the state of the store.

use super::duty::Duty;
use super::world::{CLIENT_SECRET, World};
use crate::settings::Settings;
use crate::wiring::{Doors, Place};
use cloud_sim::{Hook, Sim, TlsSim};
use outside::{Clock, Random, SeededRandom, SystemRandom};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The key with which a visitor calls the demo's HTTP API. It opens nothing but simulated tenants.
pub const API_KEY: &str = "visitor-of-the-demo";

/// The file that names the cloud.
const MAIN: &str = "gatehouse.toml";

/// The key at the end of the address that Contoso's action group calls. It opens as little.
pub(super) const ALERT_KEY: &str = "contoso-alerts-of-the-demo";

/// What signs the messages to the duty engineer.
const DUTY_SECRET: &str = "whsec_YS1zZWNyZXQtb2YtdGhlLXNpbXVsYXRlZC1kdXR5";

/// The files of the configuration, with the secrets that it refers to: none of them is one.
const FILES: [(&str, &str); 11] = [
    (MAIN, include_str!("folder/gatehouse.toml")),
    ("client-secret", CLIENT_SECRET),
    ("visitor-key", API_KEY),
    ("alert-key", ALERT_KEY),
    ("duty-secret", DUTY_SECRET),
    ("profiles/standard.toml", include_str!("folder/profiles/standard.toml")),
    ("customers/adatum.toml", include_str!("folder/customers/adatum.toml")),
    ("customers/contoso.toml", include_str!("folder/customers/contoso.toml")),
    ("customers/fabrikam.toml", include_str!("folder/customers/fabrikam.toml")),
    ("customers/tailspin.toml", include_str!("folder/customers/tailspin.toml")),
    ("customers/wingtip.toml", include_str!("folder/customers/wingtip.toml")),
];

/// Where the cloud stands in [`MAIN`] until it is served.
const LOGIN: &str = "https://login.sim.example";
const GRAPH: &str = "https://graph.sim.example";

/// Where the duty engineer is until then.
const DUTY: &str = "https://duty.sim.example";

/// The root certificate of the cloud while it is served.
const ROOT: &str = "ca.pem";

/// A demo's folder, with the simulated tenants that its configuration speaks of.
pub struct Home {
    /// Where the configuration is.
    pub folder: PathBuf,
    pub(crate) world: World,
    pub(crate) duty: Duty,
    pub(super) place: Place,
    /// The simulated cloud for other processes, while it is served, and the duty engineer's telephone.
    served: Option<(TlsSim, Hook)>,
    /// What people call the customers.
    called: BTreeMap<String, String>,
}

impl Home {
    /// Writes the configuration to `folder`, which must be new or empty; `None`: to a new folder for temporary files.
    pub fn make(folder: Option<&Path>, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let folder = match folder {
            Some(folder) => folder.to_owned(),
            None => std::env::temp_dir().join(format!("gatehouse-demo-{}", SystemRandom.id().simple())),
        };
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
        let world = World::new(clock.clone());
        let settings = Settings::read(Arc::new(BTreeMap::new())).map_err(|problems| problems.join("; "))?;
        // The same ids in each demo, so that plans and journals can be compared; there is nothing to keep secret.
        let random = Arc::new(SeededRandom::new(1));
        let duty = Duty::beside(world.sim.clone());
        let doors = Doors { clock, random, transport: Some(Arc::new(duty.clone())) };
        let place = Place { folder: folder.clone(), settings, doors };
        let config = place.load()?.config;
        let customers = config.iter().flat_map(|config| &config.customers);
        let called = customers.map(|customer| (customer.name.clone(), customer.display_name.clone())).collect();
        Ok(Self { folder, world, duty, place, served: None, called })
    }

    /// Opens the simulated tenants to other processes of this machine, for as long as this value lives: every command
    /// that is given the folder reaches them.
    pub async fn open(&mut self) -> Result<(), String> {
        let served = cloud_sim::serve(&self.world.sim, 0).await;
        let served = served.map_err(|error| format!("the simulated cloud cannot be served: {error}"))?;
        let duty = Hook::open().await.map_err(|error| format!("the duty engineer cannot be served: {error}"))?;
        let path = self.folder.join(MAIN);
        let text = fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
        let text = text.replace(LOGIN, &served.login_url).replace(DUTY, &format!("https://{}", duty.host));
        let graph = format!("\"{}\"\nca_file = \"{ROOT}\"", served.graph_url);
        fs::write(&path, text.replace(&format!("\"{GRAPH}\""), &graph)).map_err(|error| failed(&path, error))?;
        let root = self.folder.join(ROOT);
        fs::write(&root, format!("{}{}", served.ca_pem, duty.ca_pem)).map_err(|error| failed(&root, error))?;
        self.served = Some((served, duty));
        Ok(())
    }

    /// The simulated tenants.
    pub fn sim(&self) -> &Sim {
        &self.world.sim
    }

    /// What the story calls the things that happen: a joiner, a leaver, a mover, a customer who says no, and a script that
    /// goes wrong.
    pub fn things_happen(&self) {
        self.world.somebody_joins();
        self.world.somebody_leaves();
        self.world.somebody_moves();
        self.world.a_customer_says_no();
        self.world.a_script_goes_wrong();
    }

    /// What people call the customer of this name.
    pub(super) fn called<'a>(&'a self, customer: &'a str) -> &'a str {
        self.called.get(customer).map_or(customer, String::as_str)
    }

    /// What a host or a command needs to work on the simulated tenants.
    pub fn place(&self) -> Place {
        self.place.clone()
    }
}

fn failed(what: &Path, error: std::io::Error) -> String {
    format!("{} cannot be written: {error}", what.display())
}
