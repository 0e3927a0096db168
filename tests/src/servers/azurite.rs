//! Azure Storage on this machine.

use super::{Output, Running, tool};
use std::process::Command;

/// The account that Azurite has, and its key: both are public (page "Use the Azurite emulator for local Azure Storage
/// development").
pub(crate) const ACCOUNT: &str = "devstoreaccount1";
pub(crate) const ACCOUNT_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Blobs and queues in memory. Tokens are believed when their claims are right (`--oauth basic`): audience
/// `https://storage.azure.com`, an issuer below `https://sts.windows.net/`, times; their signature is not looked at.
pub(crate) struct Azurite {
    pub(crate) running: Running,
    blob: u16,
    queue: u16,
}

impl Azurite {
    /// Starts one that is empty.
    pub(crate) fn start() -> Self {
        let program = tool("azurite/node_modules/azurite/dist/src/azurite.js");
        let listening = ["Blob service is successfully listening at", "Queue service is successfully listening at"];
        let (running, ports) = Running::start("azurite", Output::Standard, &listening, |certificate, key| {
            let mut command = Command::new("node");
            command.arg(program).args(["--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"]);
            for service in ["blob", "queue", "table"] {
                command.args([&format!("--{service}Host"), "127.0.0.1", &format!("--{service}Port"), "0"]);
            }
            command.args(["--oauth", "basic", "--cert"]).arg(certificate).arg("--key").arg(key);
            command
        });
        Self { running, blob: ports[0], queue: ports[1] }
    }

    /// The base of the account's blobs, without a slash at its end.
    pub(crate) fn blob_url(&self) -> String {
        format!("https://127.0.0.1:{}/{ACCOUNT}", self.blob)
    }

    /// The base of the account's queues, without a slash at its end.
    pub(crate) fn queue_url(&self) -> String {
        format!("https://127.0.0.1:{}/{ACCOUNT}", self.queue)
    }
}
