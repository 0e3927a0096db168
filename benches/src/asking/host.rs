//! The host that is measured: its configuration, its process, its end.
#![allow(clippy::disallowed_methods, reason = "a measurement waits in real time")]

use crate::job::{DOMAIN, JOB, Job};
use gatehouse::cli;
use gatehouse::settings::Process;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The caller's key.
pub(crate) const KEY: &str = "a-key-of-the-measurement";
/// The package that is asked for, at the first customer.
pub(super) const PACKAGE: &str = "second-line";
/// The name of the customer that is asked about.
pub(crate) const CUSTOMER: &str = "customer-00000";
/// The folder of the store, in the measurement's.
pub(crate) const STATE: &str = "state";

const GIVE_UP_AFTER: Duration = Duration::from_secs(30);

/// The host's process, which ends with the value.
pub(crate) struct Host {
    child: Child,
    pub(crate) port: u16,
}

/// Writes the configuration for the cloud that the folder's job names.
pub(super) fn write_configuration(folder: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(folder.join(JOB)).map_err(|error| error.to_string())?;
    let Job { login, graph, ca_file, app, partner, customers, .. } =
        serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let program = format!(
        r#"
[partner]
name = "Northwind"
tenant_id = "{partner}"
[app]
client_id = "{app}"
credential = {{ client_secret = "env:GATEHOUSE_CLIENT_SECRET" }}
[cloud]
name = "custom"
login = "{login}"
graph = "{graph}"
ca_file = "{}"
[store]
url = "file:{STATE}"
[callers.tickets]
auth = {{ api_key = "env:GATEHOUSE_TICKETS_KEY" }}
may = ["request"]
"#,
        ca_file.display()
    );
    let write = |name: &str, text: String| {
        let file = folder.join("config").join(name);
        let parent = file.parent().expect("it is in the folder");
        std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&file, text)).map_err(|error| error.to_string())
    };
    write("gatehouse.toml", program)?;
    for customer in customers {
        let text = format!(
            r#"
display_name = "{name}"
tenant_id = "{tenant}"
mode = "enforce"
domains = ["{DOMAIN}"]
[[packages]]
name = "{PACKAGE}"
members = ["{source}"]
groups = ["{target}"]
[packages.requests]
duration_max = "72h"
approvals = 1
ticket = "^INC[0-9]{{9}}$"
"#,
            name = customer.name,
            tenant = customer.tenant,
            source = customer.source,
            target = customer.target,
        );
        write(&format!("customers/{}.toml", customer.name), text)?;
    }
    Ok(())
}

/// `gatehouse serve`, as its own process runs it.
pub(super) async fn serve(folder: &Path, port: &str) -> Result<(), String> {
    let config = folder.join("config");
    let words = ["gatehouse".into(), "serve".into(), "--config".into(), config.into_os_string()];
    let words = words.into_iter().chain(["--port".into(), port.into()]);
    match cli::run_process(words, Arc::new(Process), &mut std::io::stdout(), &mut std::io::stderr()).await {
        0 => Ok(()),
        status => Err(format!("the host ended with {status}")),
    }
}

impl Host {
    /// Starts it and waits until it answers. Its log goes to a file in the folder.
    pub(crate) fn start(program: &Path, folder: &Path) -> Result<Self, String> {
        let taken = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = taken.map_err(|error| error.to_string())?.port();
        let log = File::create(folder.join("host.log")).map_err(|error| error.to_string())?;
        let child = Command::new(program)
            .arg(super::PART)
            .arg(folder)
            .arg(port.to_string())
            .env("GATEHOUSE_CLIENT_SECRET", crate::job::SECRET)
            .env("GATEHOUSE_TICKETS_KEY", KEY)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        let host = Self { child: child.map_err(|error| format!("the host cannot be started: {error}"))?, port };
        let started = Instant::now();
        while !answers(port) {
            if started.elapsed() > GIVE_UP_AFTER {
                let log = std::fs::read_to_string(folder.join("host.log")).unwrap_or_default();
                return Err(format!("the host does not answer: {log}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(host)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it half a second after the work began.
    pub(super) fn die_while<T: Send>(
        mut self,
        work: impl FnOnce(u16) -> Result<T, String> + Send,
    ) -> Result<T, String> {
        let port = self.port;
        std::thread::scope(|scope| {
            let working = scope.spawn(move || work(port));
            std::thread::sleep(Duration::from_millis(500));
            self.child.kill().map_err(|error| error.to_string())?;
            working.join().map_err(|_| "a client panicked".to_owned())?
        })
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may be dead already; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let asked = stream.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
}
