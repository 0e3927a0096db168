//! From a folder on disk to an engine and a gate: what every command and every host works with.

use crate::configuration::{Found, Location, document, location};
use crate::gate::{Configured, KeySets};
use crate::hosts::{Lasting, Wired, Wiring};
use crate::settings::{APP_CERTIFICATE, Settings, read_small};
use crate::telemetry::{Telemetry, Traced, measured};
use access::config::{self, App, Cloud, Config, FILE_BYTES_MAX, Folder, Loaded, SecretRef};
use access::permissions::customers_of;
use async_trait::async_trait;
use callers::{Callers, Secret};
use cloud::graph::{Graph, GraphParts};
use cloud::{CertificateKey, Credential, Endpoints, FurtherApp, SecretText};
use engine::notices::Outbox;
use engine::{Engine, Parts};
use functions::Inside;
use jiff::Timestamp;
use outside::{Clock, Https, PlainLocal, Random, SystemClock, SystemRandom, Transport};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::{Opening, Store};

/// The store that is gone with the process.
const MEMORY: &str = "memory:";

/// What is said where the configuration names a managed identity, and nothing here gives out its tokens.
pub(crate) const NO_IDENTITY: &str = "this machine has no managed identity (IDENTITY_ENDPOINT is not set)";

/// How long one customer's run may begin new work: 80 % of `functionTimeout` in host.json (10 minutes).
pub const RUN_LIMIT: Duration = Duration::from_secs(8 * 60);

/// The doors out. A run is a function of these and of what is stored.
#[derive(Clone)]
pub struct Doors {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and jitter.
    pub random: Arc<dyn Random>,
    /// The way to Microsoft; `None`: HTTPS, with the extra root that the configuration names.
    pub transport: Option<Arc<dyn Transport>>,
}

impl Doors {
    /// The real world.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock::new()), random: Arc::new(SystemRandom), transport: None }
    }
}

/// Where the configuration is, and everything that it takes to make something of it.
#[derive(Clone)]
pub struct Place {
    /// The folder; or the address of the store in which the configuration is published, as [`Location::of`] reads it.
    pub folder: PathBuf,
    /// What the environment says.
    pub settings: Settings,
    /// The doors out.
    pub doors: Doors,
}

impl Place {
    /// Reads and checks the configuration in the folder. The error says which file could not be read.
    pub fn load(&self) -> Result<Loaded, String> {
        let files = read_folder(&self.folder)?;
        Ok(config::load(&files, self.today()))
    }

    /// Reads the configuration, in the folder or published, and does nothing with it.
    pub async fn find(&self) -> Result<Found, String> {
        match Location::of(&self.folder)? {
            Location::Published(url) => document::find(&self.published(&url).await?, &url).await,
            Location::Folder(folder) => {
                let (path, read) = (folder.clone(), self.doors.clock.now());
                // A folder of ten thousand customers takes a while.
                let files = tokio::task::spawn_blocking(move || read_folder(&folder)).await;
                let files = files.map_err(|error| format!("the folder {} was not read: {error}", path.display()))?;
                Ok(Found::in_folder(files?, path, read))
            }
        }
    }

    /// Checks what was found.
    pub fn check(&self, found: &Found) -> Loaded {
        found.check(self.today())
    }

    /// The day of the doors' clock, as loosened limits count it.
    pub(crate) fn today(&self) -> jiff::civil::Date {
        self.doors.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    /// Everything at once, for whoever needs it only once.
    pub async fn build(&self) -> Result<Inside, String> {
        let lasting = Lasting::default();
        match self.wire(&Wiring::find(self, &lasting).await?, &lasting).await? {
            Wired::Anew(inside) => Ok(inside),
            Wired::AsBefore => Err("internal error: nothing was built before".into()),
        }
    }

    /// The store of a published configuration: opened with what the environment alone gives.
    pub async fn published(&self, url: &str) -> Result<Store, String> {
        let objects = stores::published(self, url).map_err(|why| format!("the store {url}: {why}"))?;
        Ok(Store::new(location::open(url, objects)?, self.doors.clock.clone(), self.doors.random.clone()))
    }

    /// The store that the configuration names.
    pub fn store(&self, config: &Config) -> Result<Store, String> {
        let objects = stores::objects(self, config).map_err(|why| format!("[store] {why}"))?;
        let documents = store::open(&config.store_url, Opening { base_dir: &self.folder, objects })
            .map_err(|error| format!("the store {} cannot be opened: {error}", config.store_url))?;
        let documents = measured(documents, self.doors.clock.clone());
        Ok(Store::new(documents, self.doors.clock.clone(), self.doors.random.clone()))
    }

    /// The same, opened once for the process.
    async fn published_once<'a>(&self, lasting: &'a Lasting, url: &str) -> Result<&'a Store, String> {
        lasting.published.get_or_try_init(|| self.published(url)).await
    }

    /// Traces and metrics, where the environment names a collector that can be used. Nothing is sent yet.
    pub fn telemetry(&self) -> Result<Option<Arc<Telemetry>>, String> {
        let Some(otlp) = &self.settings.otlp else { return Ok(None) };
        let transport = self.doors.transport.clone().unwrap_or_else(|| Arc::new(Https::new(Vec::new())));
        let (clock, random) = (self.doors.clock.clone(), self.doors.random.clone());
        let telemetry = Telemetry::new(otlp, transport, clock, random, self.settings.lambda)?;
        Ok(Some(Arc::new(telemetry)))
    }

    /// An engine on this configuration. Nothing is sent yet.
    pub fn engine(&self, config: Arc<Config>) -> Result<Engine, String> {
        self.engine_after(None, config, Credentials::Now)
    }

    /// The same for what is done with the store: a credential that is not there is missed only by what asks a tenant.
    pub fn engine_on_store(&self, config: Arc<Config>) -> Result<Engine, String> {
        self.engine_after(None, config, Credentials::WhenUsed)
    }

    /// An engine in the place of another.
    fn engine_after(
        &self,
        before: Option<&Engine>,
        config: Arc<Config>,
        credentials: Credentials,
    ) -> Result<Engine, String> {
        let mut graph = self.graph(&config, credentials)?;
        if let Some(before) = before {
            graph = graph.at_the_pace_of(before.graph());
        }
        let outbox = Outbox { channels: self.channels(&config), ways: self.ways(&config, &graph)? };
        let tickets = self.tickets(&config)?;
        let heartbeat = self.heartbeat(&config)?;
        let engine = Engine::new(Parts {
            store: self.store_after(before, &config)?,
            config,
            graph,
            clock: self.doors.clock.clone(),
            random: self.doors.random.clone(),
            run_limit: RUN_LIMIT,
        })
        .telling(outbox)
        .calling_back(tickets);
        let engine = match before {
            Some(before) => engine.following(before),
            None => engine,
        };
        Ok(match heartbeat {
            Some(heartbeat) => engine.beating(heartbeat),
            None => engine,
        })
    }

    /// What is kept in memory is there only once.
    fn store_after(&self, before: Option<&Engine>, config: &Config) -> Result<Store, String> {
        match before {
            Some(before) if config.store_url == MEMORY && before.config.store_url == MEMORY => {
                Ok(before.store().clone())
            }
            _ => self.store(config),
        }
    }

    /// The way to Microsoft. Nothing is sent yet.
    fn graph(&self, config: &Config, credentials: Credentials) -> Result<Graph, String> {
        let credential = |table: &str, app: &App| match (self.credential(table, app), credentials) {
            (Err(why), Credentials::WhenUsed) => Ok(Credential::Missing(why)),
            (found, _) => found,
        };
        let parts = GraphParts {
            endpoints: endpoints(&config.cloud),
            app: config.app.client_id.0,
            credential: credential("[app]", &config.app)?,
            // Microsoft alone is told which trace a request belongs to.
            transport: Arc::new(Traced(self.transport(config)?)),
            clock: self.doors.clock.clone(),
            random: self.doors.random.clone(),
        };
        let further = config.apps.iter().map(|(name, app)| {
            let credential = credential(&format!("[apps.{name}]"), app)?;
            let tenants = customers_of(config, name).map(|customer| customer.tenant_id.0).collect();
            Ok::<_, String>(FurtherApp { app: app.client_id.0, credential, tenants })
        });
        Ok(Graph::with_apps(parts, further.collect::<Result<_, _>>()?))
    }

    /// A way out. Each use has a client of its own, built when it is first used: addresses that the operator configures
    /// never share one with Microsoft's.
    fn transport(&self, config: &Config) -> Result<Arc<dyn Transport>, String> {
        Ok(match &self.doors.transport {
            Some(transport) => transport.clone(),
            None => Arc::new(Https::new(self.extra_roots(config)?)),
        })
    }

    /// Where Microsoft can tell us of changes, and where the links of our pages lead: under the Azure host, which says its
    /// public name, and elsewhere where the operator does.
    fn notification_url(&self) -> Option<String> {
        let of_azure = || self.settings.azure_port.and(self.settings.hostname.as_ref());
        let host = self.settings.public_host.as_ref().or_else(of_azure)?;
        Some(format!("https://{host}{}v1/directory-changes", functions::PREFIX))
    }

    /// Who may call the HTTP API. A caller whose secret cannot be read is left out, and the log says so: the others
    /// and the timers must not stand still for it. `store` keeps the keys that tokens are held against.
    pub fn gate(&self, config: &Config, store: Store) -> Result<Configured, String> {
        let mut resolved = BTreeMap::new();
        for (name, caller) in &config.callers {
            let read = |secret: &SecretRef| self.settings.secret(secret, &self.folder).map(Secret::new);
            match callers::resolve(caller, read) {
                Ok(caller) => {
                    resolved.insert(name.clone(), caller);
                }
                Err(why) => tracing::error!(caller = name, why, "the caller cannot be let in"),
            }
        }
        let (callers, unusable) = Callers::new(resolved);
        for caller in unusable {
            tracing::error!(caller = caller.caller, why = caller.text, "the caller cannot be let in");
        }
        let clock = self.doors.clock.clone();
        let key_sets = KeySets::new(endpoints(&config.cloud).login, self.transport(config)?, store, clock.clone());
        Ok(Configured::new(callers, config, clock, key_sets))
    }

    /// A secret that is text. An editor's or a shell's line end is never part of a secret, or of a PEM text's meaning.
    fn secret_text(&self, secret: &SecretRef) -> Result<String, String> {
        let bytes = self.settings.secret(secret, &self.folder)?;
        let text = String::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// What proves that we are this app; `table` is where the configuration describes it.
    fn credential(&self, table: &str, app: &App) -> Result<Credential, String> {
        let text = |secret: &SecretRef| self.secret_text(secret);
        let credential = match &app.credential {
            config::Credential::ClientSecret(secret) => {
                text(secret).map(|text| Credential::Secret(SecretText::new(text)))
            }
            config::Credential::Certificate(secret) => text(secret).and_then(|pem| certificate(&pem)),
            config::Credential::ManagedIdentity(id) => {
                match (&self.settings.identity, &self.settings.app_certificate) {
                    (Some((endpoint, header)), _) => Ok(Credential::ManagedIdentity {
                        client_id: id.to_string(),
                        identity_endpoint: endpoint.clone(),
                        identity_header: header.clone(),
                        local: Arc::new(PlainLocal::default()),
                    }),
                    (None, Some(file)) => at_a_desk(file).map_err(|why| format!("{APP_CERTIFICATE}: {why}")),
                    (None, None) => Err(NO_IDENTITY.into()),
                }
            }
        };
        credential.map_err(|why| format!("{table} credential: {why}"))
    }

    fn extra_roots(&self, config: &Config) -> Result<Vec<u8>, String> {
        match &config.cloud {
            Cloud::Custom { ca_file: Some(file), .. } => {
                read_small(&self.folder.join(file)).map_err(|why| format!("[cloud] ca_file: {why}"))
            }
            _ => Ok(Vec::new()),
        }
    }
}

#[async_trait]
impl Wiring for Place {
    async fn find(&self, lasting: &Lasting) -> Result<Found, String> {
        if self.folder.as_os_str().is_empty() {
            return Err(
                "no configuration is named: set GATEHOUSE_CONFIG to its folder, or to the address of a published one"
                    .into(),
            );
        }
        match Location::of(&self.folder)? {
            Location::Published(url) => document::find(self.published_once(lasting, &url).await?, &url).await,
            Location::Folder(_) => Self::find(self).await,
        }
    }

    async fn wire(&self, found: &Found, lasting: &Lasting) -> Result<Wired, String> {
        let (name, loaded) = (found.name(), self.check(found));
        if let Some(first) = loaded.problems.iter().find(|problem| problem.severity == config::Severity::Error) {
            // Half a configuration might mean more access than the whole.
            return Err(format!("{name} has errors, the first: {first}; gatehouse check lists them all"));
        }
        let config = Arc::new(loaded.config.ok_or_else(|| format!("{name} has no gatehouse.toml"))?);
        let before = lasting.engine.lock().expect("no holder panics").clone();
        if before.as_ref().is_some_and(|before| before.config == config) {
            return Ok(Wired::AsBefore);
        }
        let cannot = |why: String| format!("{name} cannot be used: {why}");
        self.warn_of_a_store_that_ends(&config);
        let engine = self.engine_after(before.as_deref(), config.clone(), Credentials::Now).map_err(cannot)?;
        let engine = Arc::new(engine.reached_at(self.notification_url()).ailing(lasting.ailments.clone()));
        let gate = self.gate(&config, engine.store().clone()).map_err(cannot)?;
        *lasting.engine.lock().expect("no holder panics") = Some(engine.clone());
        Ok(Wired::Anew(Inside { engine, gate: Arc::new(gate) }))
    }

    async fn last_good(&self, lasting: &Lasting) -> Result<Option<(Found, Timestamp)>, String> {
        match Location::of(&self.folder)? {
            Location::Published(url) => document::last_good(self.published_once(lasting, &url).await?, &url).await,
            Location::Folder(_) => Ok(None),
        }
    }

    async fn keep(&self, found: &Found, lasting: &Lasting) -> Result<(), String> {
        match Location::of(&self.folder)? {
            Location::Published(url) => document::keep(self.published_once(lasting, &url).await?, found)
                .await
                .map_err(|error| error.to_string()),
            Location::Folder(_) => Ok(()),
        }
    }
}

impl Place {
    /// Lambda runs many processes, each with a disk and a memory of its own, and ends them when it likes: what one of them
    /// stored there, no other knows. Somebody may still want to try it out.
    fn warn_of_a_store_that_ends(&self, config: &Config) {
        let url = &config.store_url;
        if self.settings.lambda && ["file:", "memory:"].iter().any(|kind| url.starts_with(kind)) {
            tracing::warn!(
                store = url,
                "Lambda takes this store away with the process, and with it what is ours, held and paged: use s3:// or \
                 az:// for anything but a trial"
            );
        }
    }
}

/// When a credential that cannot be had is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credentials {
    /// At once: whoever signs in for everybody finds it out before anything is begun.
    Now,
    /// When it is used.
    WhenUsed,
}

fn certificate(pem: &str) -> Result<Credential, String> {
    let key = CertificateKey::from_pem(pem).map_err(|error| error.to_string())?;
    Ok(Credential::Certificate(Box::new(key)))
}

/// The certificate of a person's machine.
fn at_a_desk(file: &Path) -> Result<Credential, String> {
    let pem = String::from_utf8(read_small(file)?).map_err(|_| format!("the file {} is not text", file.display()))?;
    certificate(&pem)
}

fn endpoints(cloud: &Cloud) -> Endpoints {
    match cloud {
        Cloud::Public => Endpoints::public(),
        Cloud::UsGovernment => Endpoints::us_government(),
        Cloud::China => Endpoints::china(),
        Cloud::Custom { login, graph, resource_manager, log_analytics, ca_file: _ } => {
            let mut endpoints = Endpoints::custom(login, graph);
            if let Some(base) = resource_manager {
                endpoints = endpoints.resource_manager_at(base);
            }
            if let Some(base) = log_analytics {
                endpoints = endpoints.log_analytics_at(base);
            }
            endpoints
        }
    }
}

/// The texts of a folder's files: `*.toml` at the top and one level below, which is all that is ever read.
pub fn read_folder(folder: &Path) -> Result<Folder, String> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            for below in entries(&path)?.into_iter().filter(|below| below.is_file()) {
                read_file(folder, &below, &mut files)?;
            }
        } else {
            read_file(folder, &path, &mut files)?;
        }
    }
    Ok(Folder { files })
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: io::Error| format!("the folder {} cannot be read: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn read_file(folder: &Path, path: &Path, files: &mut Vec<(String, String)>) -> Result<(), String> {
    if path.extension().is_none_or(|extension| extension != "toml") {
        return Ok(());
    }
    let failed = |error: io::Error| format!("the file {} cannot be read: {error}", path.display());
    let size = std::fs::metadata(path).map_err(failed)?.len();
    // Not read at all: the check names the file by its size.
    let text = if size > FILE_BYTES_MAX as u64 {
        " ".repeat(FILE_BYTES_MAX + 1)
    } else {
        let bytes = std::fs::read(path).map_err(failed)?;
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            format!("the file {} is not UTF-8 text (byte {at}); save it as UTF-8", path.display())
        })?
    };
    let relative = path.strip_prefix(folder).unwrap_or(path);
    let name: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    files.push((name.join("/"), text));
    Ok(())
}

mod channels;
mod stores;
#[cfg(test)]
mod tests;
mod tickets;
