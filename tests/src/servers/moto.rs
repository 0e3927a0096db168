//! AWS on this machine: S3, SQS, SNS, STS and whatever else moto knows.

use super::{Output, Running, tool};
use bytes::Bytes;
use http::Request;
use outside::{Https, Transport};
use std::process::Command;
use std::time::Duration;

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

    /// Makes a bucket.
    pub(crate) async fn bucket(&self, name: &str) {
        let request = Request::put(format!("{}/{name}", self.url())).body(Bytes::new()).unwrap();
        let https = Https::new(self.running.ca_pem.clone().into_bytes());
        let answer = https.send(request, Duration::from_secs(30)).await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{:?}", answer.body());
    }
}
