//! AWS on this machine: S3, SQS, SNS, STS and whatever else moto knows.

use super::{Output, Running, tool};
use std::process::Command;

/// AWS in memory, behind one address. It believes every signature.
pub(crate) struct Moto {
    pub(crate) running: Running,
    port: u16,
}

impl Moto {
    /// Starts one that is empty.
    pub(crate) fn start() -> Self {
        let program = tool("moto/bin/moto_server");
        let (running, ports) = Running::start("moto", Output::Errors, &["Running on"], |certificate, key| {
            let mut command = Command::new(program);
            command.args(["-H", "127.0.0.1", "-p", "0", "-s", "-c"]).arg(certificate).arg("-k").arg(key);
            command
        });
        Self { running, port: ports[0] }
    }

    /// The address of all its services, without a slash at its end.
    pub(crate) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }
}
