//! What differs between deployments: the environment's variables. This file alone reads them, through a [`Lookup`], so
//! that tests pass a map.

use crate::configuration::Location;
use crate::hosts::lambda::SqsPlace;
use crate::telemetry::Otlp;
use access::config::SecretRef;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the configuration is, if `--config` does not say so.
pub const CONFIG: &str = "GATEHOUSE_CONFIG";
/// What is logged: directives as in `tracing_subscriber::EnvFilter`.
pub const LOG: &str = "GATEHOUSE_LOG";
/// Set by the Azure Functions host: the port of our custom handler.
pub const AZURE_PORT: &str = "FUNCTIONS_CUSTOMHANDLER_PORT";
/// Set by AWS Lambda.
pub const LAMBDA: &str = "AWS_LAMBDA_RUNTIME_API";
/// Set by App Service and Functions: where a managed identity's tokens are issued, and the header that it wants.
pub const IDENTITY: [&str; 2] = ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"];
/// Set by AWS Lambda, the credentials of the function's own role; and by people, as `aws configure export-credentials`
/// prints them.
pub const AWS_KEYS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
/// Set by AWS Lambda too: without these its runtime API cannot be served.
pub const LAMBDA_NAMES: [&str; 3] =
    ["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"];
/// Under Lambda: the SQS queue that takes the messages of functions.
pub const QUEUE_URL: &str = "GATEHOUSE_QUEUE_URL";
/// Where SQS is, if not at the host of the queue's URL; a name of AWS's own SDKs, as the next.
pub const SQS_ENDPOINT: &str = "AWS_ENDPOINT_URL_SQS";
/// Set by AWS Lambda, and by people: the region in which we run.
pub const AWS_REGION: &str = "AWS_REGION";
/// Which managed identity is ours: a name of Azure's own SDKs.
pub const AZURE_CLIENT_ID: &str = "AZURE_CLIENT_ID";
/// A person's token for Azure Storage.
pub const STORAGE_TOKEN: &str = "GATEHOUSE_STORAGE_TOKEN";
/// Where a person's machine has no managed identity: a PEM file with a certificate of the app and its key.
pub const APP_CERTIFICATE: &str = "GATEHOUSE_APP_CERTIFICATE";
/// Where the store of a published configuration is, if not at its service's public place.
pub const CONFIG_ENDPOINT: &str = "GATEHOUSE_CONFIG_ENDPOINT";
/// Set by App Service and Functions: the host's public name.
pub const HOSTNAME: &str = "WEBSITE_HOSTNAME";
/// Where the public reaches us, where the platform does not say so: `https://HOST`.
pub const PUBLIC_URL: &str = "GATEHOUSE_URL";
/// Whoever is logged in, by the names that shells use.
const USER: [&str; 3] = ["USER", "LOGNAME", "USERNAME"];
/// The largest file with a secret, in bytes; a certificate chain with its key is smaller.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// Something that knows variables by their names.
pub trait Lookup: Send + Sync {
    /// The variable's value; `None` where it is not set or not Unicode.
    fn get(&self, name: &str) -> Option<String>;
}

/// The process's own environment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Process;

impl Lookup for Process {
    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

impl Lookup for BTreeMap<String, String> {
    fn get(&self, name: &str) -> Option<String> {
        BTreeMap::get(self, name).cloned()
    }
}

/// What the environment says.
#[derive(Clone)]
pub struct Settings {
    /// The configuration folder, or the address of a published configuration.
    pub config: Option<PathBuf>,
    /// The log filter.
    pub log: Option<String>,
    /// The port at which the Azure host expects us; `None`: no Azure host started us.
    pub azure_port: Option<u16>,
    /// Whether AWS Lambda started us.
    pub lambda: bool,
    /// Which of its own variables Lambda did not set: then it was not Lambda.
    pub lambda_lacks: Vec<&'static str>,
    /// Under Lambda, the queue that takes the messages of functions.
    pub queue: Option<SqsPlace>,
    /// The platform's token address for managed identities, and the header that proves we are allowed to ask.
    pub identity: Option<(String, cloud::SecretText)>,
    /// What AWS lets the function's own role in with, where Lambda started us: elsewhere such variables are somebody's own.
    pub aws: Option<notify::AwsKeys>,
    /// The same wherever we run, for a store in S3: whoever names one there means its keys.
    pub aws_own: Option<notify::AwsKeys>,
    /// Which of the machine's managed identities reads a published configuration; `None`: the one of the whole app.
    pub azure_client_id: Option<String>,
    /// A person's token for Azure Storage, who publishes a configuration or gives a command.
    pub storage_token: Option<cloud::SecretText>,
    /// The file with the certificate with which a person's commands sign in where the configuration names a managed
    /// identity, and this machine has none; `None` under a platform's host, whatever the variable says.
    pub app_certificate: Option<PathBuf>,
    /// Where the store of a published configuration is, if not at its service's public place: https, without a slash at
    /// its end.
    pub config_endpoint: Option<String>,
    /// The region of AWS in which we run, or that somebody chose.
    pub aws_region: Option<String>,
    /// The name at which the public reaches us, where the platform says so.
    pub hostname: Option<String>,
    /// The same, where the operator says so.
    pub public_host: Option<String>,
    /// Who is logged in: for the record of publishing and onboarding, never for a decision.
    pub user: Option<String>,
    /// Where traces and metrics go; `None`: nowhere.
    pub otlp: Option<Otlp>,
    /// What is wrong with the variables that say so. It is told in the log and stops nothing.
    pub otlp_problems: Vec<String>,
    lookup: Arc<dyn Lookup>,
}

/// No values: one of them could be a secret.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads all settings; the error names everything that is wrong with them.
    pub fn read(lookup: Arc<dyn Lookup>) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        // An empty variable is how many platforms say "not set".
        let get = |name: &str| lookup.get(name).filter(|value| !value.is_empty());
        let azure_port = get(AZURE_PORT).and_then(|port| {
            let parsed = port.parse().ok().filter(|port| *port != 0);
            if parsed.is_none() {
                problems.push(format!("{AZURE_PORT} is not a port from 1 to 65535"));
            }
            parsed
        });
        let config = get(CONFIG).map(PathBuf::from);
        if let Some(Err(why)) = config.as_deref().map(Location::of) {
            problems.push(format!("{CONFIG}: {why}"));
        }
        let [endpoint, header] = IDENTITY.map(get);
        if endpoint.is_some() != header.is_some() {
            problems.push(format!("{} and {} must be set together", IDENTITY[0], IDENTITY[1]));
        }
        let lambda = get(LAMBDA).is_some();
        let [id, secret, session] = AWS_KEYS.map(|name| get(name).map(notify::SecretText::new));
        let aws_own = id.zip(secret).map(|(id, secret)| notify::AwsKeys { id, secret, session });
        let aws = aws_own.clone().filter(|_| lambda);
        let queue = get(QUEUE_URL).filter(|_| lambda).and_then(|url| {
            let (endpoint, region) = (get(SQS_ENDPOINT), get(AWS_REGION));
            let place = SqsPlace::new(&url, endpoint.as_deref(), region.as_deref());
            place.map_err(|why| problems.push(format!("{QUEUE_URL}: {why}"))).ok()
        });
        if queue.is_some() && aws.is_none() {
            problems.push(format!("{QUEUE_URL} is set, but not {} and {}", AWS_KEYS[0], AWS_KEYS[1]));
        }
        let (otlp, otlp_problems) = Otlp::read(get);
        let public_host = get(PUBLIC_URL).and_then(|url| {
            let host =
                url.strip_prefix("https://").map(|host| host.trim_end_matches('/')).filter(|host| is_public_name(host));
            if host.is_none() {
                problems.push(format!(
                    "{PUBLIC_URL} is not the address of a host, such as https://gatehouse.northwind.example"
                ));
            }
            host.map(str::to_owned)
        });
        let settings = Self {
            config,
            queue,
            lambda_lacks: LAMBDA_NAMES.into_iter().filter(|name| get(name).is_none()).collect(),
            log: get(LOG),
            azure_port,
            lambda,
            identity: endpoint.zip(header.map(cloud::SecretText::new)),
            aws,
            aws_own,
            azure_client_id: get(AZURE_CLIENT_ID),
            storage_token: get(STORAGE_TOKEN).map(cloud::SecretText::new),
            app_certificate: get(APP_CERTIFICATE).filter(|_| azure_port.is_none() && !lambda).map(PathBuf::from),
            config_endpoint: get(CONFIG_ENDPOINT),
            aws_region: get(AWS_REGION),
            hostname: get(HOSTNAME).filter(|name| is_public_name(name)),
            public_host,
            user: USER.into_iter().find_map(get),
            otlp,
            otlp_problems,
            lookup: lookup.clone(),
        };
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    /// Whether people give commands here: no platform's host started us.
    pub fn is_desk(&self) -> bool {
        self.azure_port.is_none() && !self.lambda
    }

    /// The bytes of a secret that the configuration in `folder` refers to, exactly as they are. The error names the
    /// reference, never a value.
    pub fn secret(&self, secret: &SecretRef, folder: &Path) -> Result<Vec<u8>, String> {
        let bytes = match secret {
            SecretRef::Env(name) => self
                .lookup
                .get(name)
                .map(String::into_bytes)
                .ok_or_else(|| format!("the variable {name} is not set"))?,
            SecretRef::File(path) => read_small(&folder.join(path))?,
        };
        match (bytes.is_empty(), secret) {
            (false, _) => Ok(bytes),
            (true, SecretRef::Env(name)) => Err(format!("the variable {name} is empty")),
            (true, SecretRef::File(path)) => Err(format!("the file {path} is empty")),
        }
    }
}

/// Whether a host's name can be reached by others: the tools that run functions on one's own machine set `localhost:7071`.
fn is_public_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    name.contains('.') && name.bytes().all(fits) && !name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// A file of a size that a secret or a certificate can have.
pub(crate) fn read_small(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("the file {} cannot be read: {error}", path.display());
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > SECRET_BYTES_MAX {
        return Err(format!("the file {} is larger than {SECRET_BYTES_MAX} bytes", path.display()));
    }
    std::fs::read(path).map_err(failed)
}

#[cfg(test)]
mod tests;
