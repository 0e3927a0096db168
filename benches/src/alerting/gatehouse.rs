//! Gatehouse as it is measured: its configuration, its process, and those who send it alerts.
#![allow(clippy::disallowed_methods, reason = "a measurement waits in real time")]

use super::alert::{ACCOUNT, UPN, incident};
use super::receiver::Reader;
use crate::asking::client::exchange;
use crate::asking::host::{Host, STATE};
use crate::job::{DOMAIN, JOB, Job};
use crate::process::Part;
use crate::run::Folder;
use crate::scenario::{Scenario, all};
use access::ids::TenantId;
use cloud_sim::Hook;
use serde_json::Value;
use std::collections::HashMap;
use std::io::BufReader;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What the address of the alerts ends in.
const KEY: &str = "f0e1d2c3b4a5968778695a4b3c2d1e0f";
const SECRET: &str = "whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNo";

/// The pauses of an action group between its attempts (Microsoft's page "Action groups").
const SENDERS_PAUSES: [u64; 5] = [5, 20, 5, 40, 5];

/// A host with one customer and one channel.
pub(super) struct Gatehouse {
    program: PathBuf,
    folder: Folder,
    host: Option<Host>,
    customer: String,
    _cloud: Part,
}

/// The tenant of the customer that the measurement is about: known before the cloud is, so that pages can be read.
pub(super) struct Known {
    folder: Folder,
    cloud: Part,
    job: Job,
}

impl Known {
    /// Starts the cloud.
    pub(super) fn start(program: &Path) -> Result<Self, String> {
        let folder = Folder::new()?;
        let quiet = all().into_iter().find(|scenario| scenario.name == "nothing").expect("it is measured");
        let quiet = Scenario { latency_ms: quiet.latency_ms, ..quiet.small() };
        let world = serde_json::to_string(&quiet).map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.args(["part:cloud", &world, "with-guests"]).arg(&folder.0);
        let mut cloud = Part::start("the simulated cloud", command)?;
        let () = cloud.hear()?;
        let text = std::fs::read_to_string(folder.0.join(JOB)).map_err(|error| error.to_string())?;
        let job = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok(Self { folder, cloud, job })
    }

    /// Finds the sign-in that a page is about, of so many.
    pub(super) fn reader(&self, sign_ins: usize) -> Reader {
        let tenant = TenantId(self.job.customers[0].tenant);
        let numbers: HashMap<String, usize> = (0..sign_ins).map(|number| (incident(tenant, number), number)).collect();
        Box::new(move |body| {
            let data = &body["data"];
            let incidents = data["incidents"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let found = incidents.filter_map(|incident| numbers.get(incident).copied()).collect();
            (found, data["mayRepeat"] == true)
        })
    }
}

impl Gatehouse {
    /// Writes the configuration for this receiver and starts the host.
    pub(super) fn start(program: &Path, known: Known, receiver: &Hook) -> Result<Self, String> {
        let Known { folder, cloud, job } = known;
        let customer = job.customers[0].name.clone();
        write_configuration(&folder.0, &job, receiver)?;
        let host = Host::start(program, &folder.0)?;
        Ok(Self { program: program.to_owned(), folder, host: Some(host), customer, _cloud: cloud })
    }

    pub(super) fn id(&self) -> u32 {
        self.host.as_ref().map_or(0, Host::id)
    }

    /// Kills the process.
    pub(super) fn kill(&mut self) {
        self.host = None;
    }

    /// Starts it again, after it was killed.
    pub(super) fn start_again(&mut self) -> Result<(), String> {
        self.host = Some(Host::start(&self.program, &self.folder.0)?);
        Ok(())
    }

    /// Where it takes alerts; `None`: it is dead.
    pub(super) fn address(&self) -> Option<Address> {
        let port = self.host.as_ref()?.port;
        Some(Address { port, path: format!("/api/v1/alerts/{}?code={KEY}", self.customer) })
    }

    /// How many documents the store has below this folder.
    pub(super) fn stored(&self, folder: &str) -> usize {
        let path = self.folder.0.join("config").join(STATE).join(folder);
        std::fs::read_dir(path).map_or(0, Iterator::count)
    }
}

/// Where alerts are sent.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) port: u16,
    pub(super) path: String,
}

/// A sender with a connection of its own.
#[derive(Default)]
pub(super) struct Sender {
    stream: Option<BufReader<TcpStream>>,
}

impl Sender {
    /// Sends an alert once. The answer's status; an error is a connection that was refused or broke.
    pub(super) fn send(&mut self, to: &Address, body: &[u8]) -> std::io::Result<u16> {
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            to.path,
            body.len()
        );
        let request = head + &String::from_utf8_lossy(body);
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(("127.0.0.1", to.port))?;
                // A request is one write, which must not wait for the answer to the one before.
                stream.set_nodelay(true)?;
                BufReader::new(stream)
            }
        };
        let (status, _) = exchange(&mut stream, &request)?;
        self.stream = Some(stream);
        Ok(status)
    }

    /// Sends an alert as an action group does: up to six times, to wherever it is taken by then. Whether it was taken, and
    /// how often the connection broke.
    pub(super) fn deliver(&mut self, to: impl Fn() -> Option<Address>, body: &[u8]) -> (bool, usize) {
        let mut broken = 0;
        for pause in [0].into_iter().chain(SENDERS_PAUSES) {
            std::thread::sleep(Duration::from_secs(pause));
            let sent = to().map(|to| self.send(&to, body));
            match sent {
                Some(Ok(202)) => return (true, broken),
                // These are repeated, and no other.
                Some(Ok(408 | 429 | 503 | 504)) => {}
                Some(Ok(_)) => return (false, broken),
                Some(Err(_)) | None => {
                    broken += 1;
                    self.stream = None;
                }
            }
        }
        (false, broken)
    }
}

fn write_configuration(folder: &Path, job: &Job, receiver: &Hook) -> Result<(), String> {
    let config = folder.join("config");
    let write = |name: &str, text: String| {
        let file = config.join(name);
        let parent = file.parent().expect("it is in the folder");
        std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&file, text)).map_err(|error| error.to_string())
    };
    let root = std::fs::read_to_string(&job.ca_file).map_err(|error| error.to_string())?;
    write("roots.pem", format!("{root}{}", receiver.ca_pem))?;
    write("alerts.key", KEY.to_owned())?;
    write("channel.key", SECRET.to_owned())?;
    let program = format!(
        r#"
[partner]
name = "Northwind"
tenant_id = "{}"
[app]
client_id = "{}"
credential = {{ client_secret = "env:GATEHOUSE_CLIENT_SECRET" }}
[cloud]
name = "custom"
login = "{}"
graph = "{}"
ca_file = "roots.pem"
[store]
url = "file:{STATE}"
[channels.soc]
webhook = {{ url = "https://{}/hook", secret = "file:{}" }}
[[escalation]]
channels = ["soc"]
wait = "24h"
"#,
        job.partner,
        job.app,
        job.login,
        job.graph,
        receiver.host,
        config.join("channel.key").display(),
    );
    write("gatehouse.toml", program)?;
    let customer = &job.customers[0];
    let text = format!(
        r#"
display_name = "{name}"
tenant_id = "{tenant}"
mode = "observe"
domains = ["{DOMAIN}"]
[break_glass]
accounts = [{{ id = "{ACCOUNT}", upn = "{UPN}" }}]
[break_glass.webhook]
key = "file:{key}"
"#,
        name = customer.name,
        tenant = customer.tenant,
        key = config.join("alerts.key").display(),
    );
    write(&format!("customers/{}.toml", customer.name), text)
}
