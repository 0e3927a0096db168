//! Azure Storage on this machine.

use super::{Output, Running, tool};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Request;
use outside::{Https, Transport};
use serde_json::json;
use std::process::Command;
use std::time::Duration;

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
        Self { running, blob: ports[0] }
    }

    /// The base of the account's blobs, without a slash at its end.
    pub(crate) fn blob_url(&self) -> String {
        format!("https://127.0.0.1:{}/{ACCOUNT}", self.blob)
    }

    /// A token that it believes, good until the end of the century.
    pub(crate) fn token(&self) -> String {
        self.token_for("https://storage.azure.com")
    }

    /// The same for another audience.
    pub(crate) fn token_for(&self, audience: &str) -> String {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let tenant = "11111111-1111-4111-8111-111111111111";
        let issuer = format!("https://sts.windows.net/{tenant}/");
        let claims = json!({
            "aud": audience, "iss": issuer, "tid": tenant, "oid": tenant, "sub": tenant,
            "nbf": 1_700_000_000, "iat": 1_700_000_000, "exp": 4_102_444_800_u64,
        });
        format!("{}.{}.{}", part(json!({ "alg": "RS256", "typ": "JWT" })), part(claims), "c2lnbmF0dXJl")
    }

    /// Makes a container.
    pub(crate) async fn container(&self, name: &str) {
        let request = Request::put(format!("{}/{name}?restype=container", self.blob_url()))
            .header("authorization", format!("Bearer {}", self.token()))
            .header("x-ms-version", "2023-11-03")
            .header("x-ms-date", "Sun, 22 Nov 2026 12:00:00 GMT")
            .body(Bytes::new())
            .unwrap();
        let https = Https::new(self.running.ca_pem.clone().into_bytes());
        let answer = https.send(request, Duration::from_secs(30)).await.unwrap();
        assert_eq!(answer.status().as_u16(), 201, "{:?}", answer.body());
    }
}
