//! Real servers beside us, each on a free port of this machine under a root certificate made for the occasion, and gone
//! when the test lets go of it: Azurite for Azure Storage, moto for AWS.
//!
//! `tests/tools` installs them.

mod azurite;
mod moto;

pub(crate) use azurite::{ACCOUNT, ACCOUNT_KEY, Azurite};
pub(crate) use moto::Moto;

use outside::{Random, SystemRandom};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a server may take to say that it listens. On an idle machine it is 4 s; tests share two cores.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// A file of an installed tool.
pub(crate) fn tool(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools").join(path);
    assert!(path.exists(), "{} is not there: run tests/tools, which installs it", path.display());
    path
}

/// A process that dies with its owner.
pub(crate) struct Running {
    child: Child,
    folder: PathBuf,
    /// The root certificate under which it serves, PEM.
    pub(crate) ca_pem: String,
}

impl Running {
    /// Starts the command, which is given the paths of a certificate and of its key, and waits until its output (standard
    /// output or standard error, as `output` says) has named an address once after each of `listening`. Returns the
    /// ports in that order.
    pub(crate) fn start(
        name: &str,
        output: Output,
        listening: &[&str],
        command: impl FnOnce(&Path, &Path) -> Command,
    ) -> (Self, Vec<u16>) {
        let folder = std::env::temp_dir().join(format!("gatehouse-{name}-{}", SystemRandom.id()));
        std::fs::create_dir(&folder).unwrap();
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        let ca_pem = write_certificate(&certificate, &key);
        let mut command = command(&certificate, &key);
        command.current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match output {
            Output::Standard => command.stdout(Stdio::piped()),
            Output::Errors => command.stderr(Stdio::piped()),
        };
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}: {command:?}"));
        let lines: Box<dyn std::io::Read + Send> = match output {
            Output::Standard => Box::new(child.stdout.take().unwrap()),
            Output::Errors => Box::new(child.stderr.take().unwrap()),
        };
        let (send, said) = mpsc::channel();
        // Reads to the end, so that the server never stands still for a full pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(lines).lines().map_while(Result::ok) {
                drop(send.send(line));
            }
        });
        let mut running = Self { child, folder, ca_pem };
        let mut heard = Vec::new();
        let mut ports = vec![None; listening.len()];
        while ports.iter().any(Option::is_none) {
            let Ok(line) = said.recv_timeout(READY_WITHIN) else {
                let status = running.child.try_wait();
                panic!("{name} did not start ({status:?}); it said:\n{}", heard.join("\n"));
            };
            for (place, words) in ports.iter_mut().zip(listening) {
                if let Some((_, after)) = line.split_once(words) {
                    *place = after.rsplit(':').next().and_then(|port| port.trim().trim_end_matches('/').parse().ok());
                }
            }
            heard.push(line);
        }
        (running, ports.into_iter().flatten().collect())
    }

    /// A file that holds the root certificate, for programs that take one by its path.
    pub(crate) fn ca_file(&self) -> PathBuf {
        let path = self.folder.join("ca.pem");
        std::fs::write(&path, &self.ca_pem).unwrap();
        path
    }
}

/// Where a server says that it listens.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Output {
    Standard,
    Errors,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Writes a certificate for this machine and its key, and returns the root that signed it.
fn write_certificate(certificate: &Path, key: &Path) -> String {
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, root_key).unwrap();
    let server_key = KeyPair::generate().unwrap();
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let server = CertificateParams::new(names).unwrap().signed_by(&server_key, &root).unwrap();
    std::fs::write(certificate, server.pem()).unwrap();
    std::fs::write(key, server_key.serialize_pem()).unwrap();
    root.pem()
}

#[cfg(test)]
mod tests {
    use super::{Azurite, Moto};
    use bytes::Bytes;
    use http::Request;
    use outside::{Https, Transport};
    use std::time::Duration;

    /// Whoever reads a failure further down wants to know first whether the servers work at all.
    #[tokio::test]
    async fn azurite_and_moto_answer_over_tls() {
        let (azurite, moto) = (Azurite::start(), Moto::start());
        for (url, ca_pem, status) in [
            (format!("{}?comp=list", azurite.blob_url()), &azurite.running.ca_pem, 403),
            (format!("{}/moto-api/data.json", moto.url()), &moto.running.ca_pem, 200),
        ] {
            let https = Https::new(ca_pem.clone().into_bytes());
            let request = Request::get(&url).body(Bytes::new()).unwrap();
            let answer = https.send(request, Duration::from_secs(30)).await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{url}: {:?}", answer.body());
        }
    }
}
