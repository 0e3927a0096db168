//! `cargo lambda watch --only-lambda-apis`: AWS's own event sources are not there, but its runtime API, its invoke API and
//! function URLs are, and all of them are somebody else's work.

use crate::servers::tool;
use outside::{Clock, Random, SystemClock, SystemRandom};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long it may take until it listens.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// The emulator on a port of its own; it ends with the test.
pub(crate) struct Emulator {
    child: Child,
    folder: PathBuf,
    pub(crate) port: u16,
}

impl Emulator {
    /// Starts it, and waits until it listens.
    pub(crate) async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("gatehouse-emulator-{}", SystemRandom.id()));
        // It wants to stand in a package, which it does not build.
        std::fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = "[package]\nname = \"gatehouse\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n";
        std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        std::fs::write(folder.join("src/main.rs"), "fn main() {}\n").unwrap();
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let child = Command::new(tool("lambda/bin/cargo-lambda"))
            .args(["lambda", "watch", "--only-lambda-apis", "--ignore-changes", "-A", "127.0.0.1", "-P"])
            .arg(port.to_string())
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut emulator = Self { child, folder, port };
        let clock = SystemClock::new();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            let ended = emulator.child.try_wait().unwrap();
            assert!(ended.is_none() && clock.monotonic() < READY_WITHIN, "the emulator does not start: {ended:?}");
            clock.sleep(Duration::from_millis(100)).await;
        }
        emulator
    }

    /// What the function is told as the address of the runtime API.
    pub(crate) fn runtime_api(&self) -> String {
        format!("http://127.0.0.1:{}/.rt/gatehouse", self.port)
    }

    /// `cargo lambda invoke gatehouse` with this event: the answer, or everything that it said of the failure.
    pub(crate) async fn invoke(&self, event: &Value) -> Result<Value, String> {
        let file = self.folder.join(format!("{}.json", SystemRandom.id()));
        std::fs::write(&file, event.to_string()).unwrap();
        let output = tokio::process::Command::new(tool("lambda/bin/cargo-lambda"))
            .args(["lambda", "invoke", "gatehouse", "--invoke-address", "127.0.0.1", "--invoke-port"])
            .arg(self.port.to_string())
            .args(["--output-format", "json", "--data-file"])
            .arg(&file)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(Duration::from_secs(120), output).await.expect("an answer in time").unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}")));
        }
        Err(format!("{said}{}", String::from_utf8_lossy(&output.stderr)))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
