//! Debian's Prometheus Alertmanager, unpacked into the target folder; nothing is installed on the machine.
#![allow(clippy::disallowed_methods, reason = "a measurement waits in real time")]

use super::gatehouse::Address;
use super::receiver::Reader;
use crate::asking::client::exchange;
use crate::run::Folder;
use cloud_sim::Hook;
use serde_json::{Value, json};
use std::fs::File;
use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PACKAGE: &str = "prometheus-alertmanager";

const READY_WITHIN: Duration = Duration::from_secs(20);

/// The program, fetched with `apt-get download` when it is not there yet.
///
/// # Errors
/// In words, why it cannot be had.
pub fn program(target: &Path) -> Result<PathBuf, String> {
    let folder = target.join("bench-alertmanager");
    let program = folder.join("usr/bin").join(PACKAGE);
    if program.exists() {
        return Ok(program);
    }
    let parent = folder.with_extension("new");
    let _ = std::fs::remove_dir_all(&parent);
    std::fs::create_dir_all(&parent).map_err(|error| error.to_string())?;
    run(Command::new("apt-get").args(["download", "-qq", PACKAGE]).current_dir(&parent))?;
    let entries = std::fs::read_dir(&parent).map_err(|error| error.to_string())?;
    let mut packages = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let package = packages.find(|path| path.extension().is_some_and(|end| end == "deb"));
    let package = package.ok_or_else(|| format!("apt-get brought no {PACKAGE}"))?;
    run(Command::new("dpkg").arg("-x").arg(package).arg(&parent))?;
    std::fs::rename(&parent, &folder).map_err(|error| error.to_string())?;
    Ok(program)
}

/// Whether it runs here.
///
/// # Errors
/// In words, why it does not.
pub fn works(program: &Path) -> Result<(), String> {
    run(within(program).arg("--version"))
}

/// Debian's program reads its templates from where the package would have put them: for this process they are there.
fn within(program: &Path) -> Command {
    let share = program.ancestors().nth(2).unwrap_or(program).join("share");
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", r#"mount --bind "$0" /usr/share && exec "$@""#]);
    command.arg(share).arg(program);
    command
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

/// A running one, with a group for each alert, told at once.
pub(super) struct Alertmanager {
    program: PathBuf,
    folder: Folder,
    child: Option<Child>,
    port: u16,
}

impl Alertmanager {
    pub(super) fn start(program: &Path, receiver: &Hook) -> Result<Self, String> {
        let folder = Folder::new()?;
        let write =
            |name: &str, text: &str| std::fs::write(folder.0.join(name), text).map_err(|error| error.to_string());
        write("ca.pem", &receiver.ca_pem)?;
        // Its defaults, but that it does not wait for further alerts of a group, and that nothing resolves by time.
        let config = format!(
            r#"
global:
  resolve_timeout: 24h
route:
  receiver: soc
  group_by: ['n']
  group_wait: 0s
receivers:
- name: soc
  webhook_configs:
  - url: https://{}/hook
    send_resolved: false
    http_config:
      tls_config:
        ca_file: {}
"#,
            receiver.host,
            folder.0.join("ca.pem").display()
        );
        write("alertmanager.yml", &config)?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.map_err(|error| error.to_string())?.port();
        let mut started = Self { program: program.to_owned(), folder, child: None, port };
        started.start_again()?;
        Ok(started)
    }

    /// Kills the process.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it, again after it was killed.
    pub(super) fn start_again(&mut self) -> Result<(), String> {
        let log = File::options().append(true).create(true).open(self.folder.0.join("log"));
        let child = within(&self.program)
            .arg(format!("--config.file={}", self.folder.0.join("alertmanager.yml").display()))
            .arg(format!("--storage.path={}", self.folder.0.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{}", self.port))
            .args(["--cluster.listen-address=", "--log.level=error"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.map_err(|error| error.to_string())?)
            .spawn();
        self.child = Some(child.map_err(|error| format!("Alertmanager cannot be started: {error}"))?);
        let started = Instant::now();
        while !matches!(call(self.port, "GET /-/ready", ""), Ok(200)) {
            if started.elapsed() > READY_WITHIN {
                let log = std::fs::read_to_string(self.folder.0.join("log")).unwrap_or_default();
                return Err(format!("Alertmanager does not answer: {log}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Where it takes alerts.
    pub(super) fn address(&self) -> Address {
        Address { port: self.port, path: "/api/v2/alerts".into() }
    }
}

/// Tells it of an alert, once. Whether it took it.
pub(super) fn send(to: &Address, number: usize) -> bool {
    let labels = json!({ "alertname": "breakglass", "severity": "critical", "n": number.to_string() });
    let body = json!([{ "labels": labels, "annotations": { "summary": "a break-glass account signed in" } }]);
    matches!(call(to.port, &format!("POST {}", to.path), &body.to_string()), Ok(200))
}

fn call(port: u16, what: &str, body: &str) -> std::io::Result<u16> {
    let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port))?);
    let request = format!(
        "{what} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Ok(exchange(&mut stream, &request)?.0)
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Finds the alerts that its webhook names.
pub(super) fn reader() -> Reader {
    Box::new(|body| {
        let alerts = body["alerts"].as_array().into_iter().flatten();
        let number = |alert: &Value| alert["labels"]["n"].as_str()?.parse().ok();
        (alerts.filter_map(number).collect(), false)
    })
}
